"""One recipient's messages on their way: so many together, in order, and none while it is left alone."""

import asyncio
from datetime import timedelta

import pytest

from hub.lanes import line as module
from hub.lanes.line import AT_A_TIME, Line
from hub.ports import OutboxRow
from hub.routing.limits import Backoff
from tests.fakes import until
from tests.unit.lanes.rows import an_outbox_row

BACKOFF = Backoff(timedelta(seconds=0.5), timedelta(seconds=60))


class Publish:
    """Notes what it is given and how many at once; waits at the gate."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.given: list[OutboxRow] = []
        self.now = self.most = 0

    async def __call__(self, row: OutboxRow) -> bool:
        self.given.append(row)
        self.now += 1
        self.most = max(self.most, self.now)
        await self.gate.wait()
        self.now -= 1
        return True


class Seconds:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    made = Seconds()
    monkeypatch.setattr(module, "time", made)
    return made


async def test_it_runs_in_order_and_so_many_together() -> None:
    publish = Publish()
    line = Line(publish, BACKOFF)
    wanted = [an_outbox_row() for _ in range(AT_A_TIME * 2 + 7)]
    for row in wanted:
        line.add(row)
    await until(lambda: len(publish.given) >= AT_A_TIME)
    assert publish.given == wanted[:AT_A_TIME]

    publish.gate.set()
    await line.working()

    assert publish.given == wanted
    assert publish.most == AT_A_TIME


async def test_what_is_added_after_it_ended_is_run_too() -> None:
    publish = Publish()
    publish.gate.set()
    line = Line(publish, BACKOFF)
    for _ in range(3):
        line.add(an_outbox_row())
        await line.working()

    assert len(publish.given) == 3


async def test_stopped_it_forgets_what_waits() -> None:
    publish = Publish()
    line = Line(publish, BACKOFF)
    for _ in range(AT_A_TIME + 5):
        line.add(an_outbox_row())
    await until(lambda: len(publish.given) == AT_A_TIME)
    line.stop()
    await line.working()

    assert (len(publish.given), line.takes_no_more) == (AT_A_TIME, False)


async def test_nothing_works_where_nothing_was_added() -> None:
    line = Line(Publish(), BACKOFF)
    await line.working()
    line.stop()

    assert not line.blocked


async def test_a_full_line_takes_no_more_and_is_not_blocked() -> None:
    publish = Publish()
    line = Line(publish, BACKOFF)
    for _ in range(AT_A_TIME):
        line.add(an_outbox_row())
    assert line.takes_no_more
    await asyncio.sleep(0)
    assert not line.takes_no_more

    for _ in range(AT_A_TIME):
        line.add(an_outbox_row())
    assert (line.takes_no_more, line.blocked) == (True, False)
    line.stop()


def test_each_failure_in_a_row_doubles_the_wait_up_to_its_cap(clock: Seconds) -> None:
    line = Line(Publish(), BACKOFF)
    waits = []
    for _ in range(9):
        assert line.failed()
        waits.append(line.wait)
        clock.now += line.wait

    assert waits == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]


def test_those_that_fail_together_count_once(clock: Seconds) -> None:
    line = Line(Publish(), BACKOFF)
    assert [line.failed() for _ in range(50)] == [True] + [False] * 49
    assert line.wait == 0.5

    clock.now += 0.4
    assert line.blocked
    clock.now += 0.2
    assert not line.blocked


def test_a_confirm_ends_the_back_off_and_says_so_once(clock: Seconds) -> None:
    line = Line(Publish(), BACKOFF)
    assert not line.worked()
    line.failed()
    clock.now += 1

    assert line.worked()
    assert not line.worked()
    line.failed()
    assert line.wait == 0.5
