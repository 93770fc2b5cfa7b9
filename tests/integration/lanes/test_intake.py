"""P1, P5: acknowledged only after the commit; one bad message never spoils its batch; nothing is lost meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from hub.canonical.codes import Lane
from hub.envelope.hashes import sha256_hex
from hub.errors import DatabaseAway
from hub.lanes import asking
from hub.lanes import batch as batch_module
from hub.lanes.batch import begin, body_of
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.intake import MOST_ATTEMPTS, Intake
from hub.ports import Delivery, OutboxRow, Unit
from hub.store.engine import connect, transaction
from hub.store.store import PostgresStore
from hub.telemetry import LogEvent
from tests.databases import one, rows
from tests.fakes import FakeQueue, until
from tests.faults.proxy import Proxy, proxy_to
from tests.kit import Kit
from tests.patience import CEILING
from tests.talk import PROCESSED, REPORT, STAND, a_case, given_up, processed, timers


@dataclass
class Lines:
    """An intake between a queue in memory and a hub, and what it offered to the relay."""

    kit: Kit
    queue: FakeQueue = field(default_factory=FakeQueue)
    offered: list[OutboxRow] = field(default_factory=list)
    health: Health = field(default_factory=Health)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def intake(self) -> Intake:
        kit, offer = self.kit, self.offered.extend
        patient = Patient(self.health, longest=0.05)
        return Intake(self.queue, self.queue, kit.store, offer, Lane.ROUTINE, kit.setting, patient)

    @asynccontextmanager
    async def running(self, batches: int = 1) -> AsyncIterator[None]:
        task = asyncio.create_task(self.intake.run(self.stop, batches))
        try:
            yield
            self.stop.set()
            await asyncio.wait_for(task, CEILING)
        finally:
            task.cancel()

    def acked(self, number: int) -> bool:
        return len(self.queue.acked) == number


@pytest.fixture
def lines(kit: Kit) -> Lines:
    return Lines(kit)


def reports(kit: Kit, number: int) -> list[Delivery]:
    return [kit.delivery("politie-test", kit.event("politie-test", REPORT)) for _ in range(number)]


async def fates(kit: Kit) -> dict[str, tuple[str, str | None]]:
    """Fate and code by message."""
    found = await rows(kit.engine, "select message, fate, code from inbox")
    return {str(row["message"]): (row["fate"], row["code"]) for row in found}


async def test_a_delivery_is_acknowledged_only_when_its_row_can_be_read_by_others(kit: Kit) -> None:
    lines = Lines(kit.in_one_batch())

    async def look(deliveries: Sequence[Delivery]) -> None:
        assert not lines.offered
        assert await fates(kit) == {str(one.properties.message_id): ("aanvaard", None) for one in deliveries}

    lines.queue.at_ack = look
    async with lines.running():
        await lines.queue.bring(*reports(kit, 3))
        await until(lambda: lines.acked(3))

    assert len(lines.queue.taken) == 1
    assert {row.partner for row in lines.offered} == {"politie-test", "vt-test"}


async def test_what_comes_within_the_age_of_a_batch_goes_in_one_commit(kit: Kit) -> None:
    lines = Lines(kit.in_one_batch().limited(batch_size=5, batch_max_age=timedelta(seconds=0.2)))
    async with lines.running():
        await lines.queue.bring(*reports(kit, 12))
        await until(lambda: lines.acked(12))

    assert [len(batch) for batch in lines.queue.taken] == [5, 5, 2]
    assert [row["deliveries"] for row in await rows(kit.engine, "select deliveries from batch order by id")] == [
        5,
        5,
        2,
    ]


async def test_while_one_batch_waits_another_is_decided_and_acknowledged(kit: Kit) -> None:
    lines, others = Lines(kit.limited(batch_size=2)), asyncio.Event()

    async def first_waits(deliveries: Sequence[Delivery]) -> None:
        if deliveries[0] is first[0]:
            await others.wait()

    lines.queue.at_ack = first_waits
    async with lines.running(batches=2):
        await lines.queue.bring(*(first := reports(kit, 2)))
        await until(lambda: len(lines.queue.taken) == 1)
        await lines.queue.bring(*reports(kit, 6))
        await until(lambda: lines.acked(6))
        assert lines.queue.unacknowledged == first
        others.set()
        await until(lambda: lines.acked(8))


async def test_an_error_in_one_of_the_batches_under_way_ends_all_of_them(kit: Kit, lines: Lines) -> None:
    async def breaks(_: Sequence[Delivery]) -> None:
        raise ZeroDivisionError

    lines.queue.at_ack = breaks
    running = asyncio.create_task(lines.intake.run(lines.stop, 2))
    await lines.queue.bring(*reports(kit, 1))
    with pytest.raises(ExceptionGroup):
        await asyncio.wait_for(running, CEILING)


@asynccontextmanager
async def refused_by_the_database(kit: Kit, *messages: str) -> AsyncIterator[None]:
    """Messages whose acceptance the database will not have; keeping them is fine."""
    named = ", ".join(f"'{UUID(one)}'" for one in messages)
    rule = f"message not in ({named}) or fate <> 'aanvaard'"
    await rows(kit.engine, f"alter table inbox add constraint spoilt check ({rule})")
    try:
        yield
    finally:
        await rows(kit.engine, "alter table inbox drop constraint spoilt")


async def test_the_message_the_database_refuses_is_found_by_halving_and_kept_and_all_others_pass(
    kit: Kit, lines: Lines
) -> None:
    deliveries = reports(kit, 9)
    culprit = str(deliveries[5].properties.message_id)
    async with refused_by_the_database(kit, culprit):
        await lines.intake.handle(deliveries)

    found = await fates(kit)
    assert found.pop(culprit) == ("opnieuw", "database-error")
    assert set(found.values()) == {("aanvaard", None)}
    assert lines.acked(9)
    assert await one(kit.engine, "select attempts from stored_delivery") == 1
    assert await one(kit.engine, "select sum(deliveries) from batch") == 9


async def test_two_culprits_in_a_batch_are_both_found(kit: Kit, lines: Lines) -> None:
    deliveries = reports(kit, 8)
    spoilt = {str(deliveries[number].properties.message_id) for number in (2, 3)}
    async with refused_by_the_database(kit, *spoilt):
        await lines.intake.handle(deliveries)

    kept = {name for name, found in (await fates(kit)).items() if found == ("opnieuw", "database-error")}
    assert kept == spoilt


async def test_a_bug_on_one_message_keeps_that_one_and_names_the_bug_without_its_text(
    kit: Kit, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliveries = reports(kit, 3)
    broken = UUID(str(deliveries[1].properties.message_id))
    real = asking.check_environment

    def failing(*asked: Any) -> None:
        if failing.calls == 1:  # type: ignore[attr-defined]
            failing.calls += 1  # type: ignore[attr-defined]
            raise KeyError("Kanarievogel")
        failing.calls += 1  # type: ignore[attr-defined]
        real(*asked)

    failing.calls = 0  # type: ignore[attr-defined]
    monkeypatch.setattr(asking, "check_environment", failing)
    await lines.intake.handle(deliveries)

    found = await fates(kit)
    assert found.pop(str(broken)) == ("opnieuw", "bug:KeyError")
    assert set(found.values()) == {("aanvaard", None)}


async def test_a_batch_that_loses_a_deadlock_runs_again(kit: Kit, lines: Lines) -> None:
    first, second = sorted([(await a_case(kit)).case, (await a_case(kit)).case])
    steps = [kit.event("vt-test", STAND, {}, correlationid=case) for case in (first, second)]
    lock = "select from cases where id = :id for update"
    async with transaction(kit.engine) as other:
        # Whoever waits longest looks first whether it is a deadlock: not this one.
        await other.execute(text("set local deadlock_timeout = '30s'"))
        await other.execute(text(lock), {"id": second})
        batch = asyncio.create_task(lines.intake.handle([kit.delivery("vt-test", one) for one in steps]))
        await until(lambda: waits_for_a_lock(kit))
        await other.execute(text(lock), {"id": first})
    await batch

    assert lines.acked(2)
    assert await one(kit.engine, "select count(*) from batch where deliveries = 2") == 1


async def test_a_case_that_two_batches_change_has_the_steps_of_both(kit: Kit, lines: Lines) -> None:
    opened = await a_case(kit)
    steps = [kit.event("vt-test", STAND, {}, correlationid=opened.case) for _ in range(6)]

    await asyncio.gather(*(lines.intake.handle([kit.delivery("vt-test", one)]) for one in steps))

    assert lines.acked(6)
    versions = [kit.opened(row)["data"]["zaakversie"] for row in lines.offered if row.type.endswith("zaken.stand.v1")]
    assert sorted(versions) == list(range(min(versions), min(versions) + 6))


# --- the database goes away ---------------------------------------------------------------------------------------


@pytest.fixture
async def wire(kit: Kit) -> AsyncIterator[Proxy]:
    """What lies between the hub and its database, to be cut."""
    async with proxy_to(kit.url) as proxy:
        engine = connect(proxy.url, "test")
        direct, kit.store = kit.store, PostgresStore(engine, kit.store._decode, 30.0, kit.own.clocks)
        yield proxy
        kit.store = direct
        await engine.dispose()


async def test_while_the_database_is_away_nothing_is_acknowledged_or_taken_and_then_all_of_it_is(
    kit: Kit, wire: Proxy
) -> None:
    lines = Lines(kit.limited(batch_size=2))
    async with lines.running():
        await lines.queue.bring(*reports(kit, 2))
        await until(lambda: lines.acked(2))
        wire.refuse()
        await lines.queue.bring(*reports(kit, 6))
        await until(lambda: not lines.health.database)
        assert lines.acked(2)
        assert [len(batch) for batch in lines.queue.taken] == [2, 2]

        wire.heal()
        await until(lambda: lines.acked(8))

    assert lines.health.database
    assert set((await fates(kit)).values()) == {("aanvaard", None)}
    assert len(await fates(kit)) == 8


async def test_a_connection_that_dies_in_the_middle_of_a_batch_costs_nothing(kit: Kit, lines: Lines) -> None:
    async with transaction(kit.engine) as blocker:
        await blocker.execute(text("lock table case_event in exclusive mode"))
        batch = asyncio.create_task(lines.intake.handle(reports(kit, 2)))
        await until(lambda: waits_for_a_lock(kit))
        assert lines.acked(0)
        await blocker.execute(text("select pg_terminate_backend(pid) " + WAITING))
    await batch

    assert lines.acked(2)
    assert await one(kit.engine, "select count(*) from batch") == 1


async def test_a_commit_whose_answer_is_lost_is_not_done_twice(kit: Kit, lines: Lines) -> None:
    deliveries = reports(kit, 2)

    @asynccontextmanager
    async def unit(*, hasty: bool = False) -> AsyncIterator[Unit]:
        async with real(hasty=hasty) as unit_:
            yield unit_
        if not lost:
            lost.append(True)
            raise DatabaseAway("the answer to the commit was lost")

    real, lost = kit.store.unit, list[bool]()
    kit.store.unit = unit  # type: ignore[method-assign]
    await lines.intake.handle(deliveries)

    assert await one(kit.engine, "select count(*) from cases") == 2
    assert {row["deliveries"] for row in await rows(kit.engine, "select deliveries from inbox")} == {2}
    assert {row.type for row in lines.offered} == {"nl.ketenhub.verwerking.ontvangstbevestiging.v1"}


# --- what may kill a worker ----------------------------------------------------------------------------------------


def brought_again(deliveries: Sequence[Delivery], count: int = 1) -> list[Delivery]:
    return [replace(one, count=count) for one in deliveries]


async def left_behind(kit: Kit, deliveries: Sequence[Delivery]) -> None:
    """As by a process that died with these in a batch."""
    await begin([body_of(one) for one in deliveries], kit.store)


async def batches(kit: Kit) -> list[int]:
    return [row["deliveries"] for row in await rows(kit.engine, "select deliveries from batch order by id")]


async def test_however_often_the_broker_brought_it_what_was_open_when_nobody_died_is_decided_in_a_batch(
    kit: Kit,
) -> None:
    lines = Lines(kit.in_one_batch())
    await lines.intake.handle(brought_again(reports(kit, 9), 7))

    assert await batches(kit) == [9]
    assert set((await fates(kit)).values()) == {("aanvaard", None)}
    assert await one(kit.engine, "select count(*) from attempt") == 0


async def test_what_was_open_in_a_batch_when_a_process_died_is_handled_alone_and_all_else_together(
    kit: Kit,
) -> None:
    lines = Lines(kit.in_one_batch())
    deliveries = brought_again(reports(kit, 6))
    await left_behind(kit, deliveries[:2])
    await lines.intake.handle([*deliveries, *reports(kit, 3)])

    assert await batches(kit) == [7, 1, 1]
    assert set((await fates(kit)).values()) == {("aanvaard", None)}
    assert await one(kit.engine, "select count(*) from attempt") == 0


async def test_what_a_process_that_lives_has_open_is_waited_for_and_is_not_suspect(kit: Kit) -> None:
    """Its channel was lost, so the broker brings to another what it has open itself."""
    lines, other = (Lines(kit.in_one_batch()) for _ in range(2))
    deliveries = brought_again(reports(kit, 4))
    with capture_logs() as logs:
        async with transaction(kit.engine) as blocker:
            await blocker.execute(text("lock table case_event in exclusive mode"))
            both = [asyncio.create_task(lines.intake.handle(deliveries))]
            await until(lambda: waits_for_a_lock(kit))
            both.append(asyncio.create_task(other.intake.handle(brought_again(deliveries, 2))))
            await until(lambda: waits_for_a_lock(kit, 2))
        await asyncio.gather(*both)

    assert not [line for line in logs if line["event"] == LogEvent.MESSAGE_ALONE]
    assert (lines.acked(4), other.acked(4)) == (True, True)
    assert await one(kit.engine, "select count(*) from attempt") == 0


async def test_what_this_process_has_open_itself_while_the_database_is_away_is_not_suspect_when_it_comes_again(
    kit: Kit, wire: Proxy
) -> None:
    deliveries, lines = brought_again(reports(kit, 3)), Lines(kit)
    intake = lines.intake
    real, begun = kit.store.unit, asyncio.Event()

    @asynccontextmanager
    async def unit(*, hasty: bool = False) -> AsyncIterator[Unit]:
        async with real(hasty=hasty) as unit_:
            yield unit_
        if not begun.is_set():
            begun.set()
            wire.refuse()

    kit.store.unit = unit  # type: ignore[method-assign]
    with capture_logs() as logs:
        open_here = asyncio.create_task(intake.handle(deliveries))
        await until(lambda: begun.is_set() and not lines.health.database)
        again = asyncio.create_task(intake.handle(brought_again(deliveries, 2)))
        wire.heal()
        await asyncio.gather(open_here, again)

    assert not [line for line in logs if line["event"] == LogEvent.MESSAGE_ALONE]
    assert lines.acked(6)


async def test_what_a_batch_had_no_time_for_stays_noted_until_it_is_decided(kit: Kit) -> None:
    slow = kit.slow(1.0)  # longer than a batch may take
    deliveries = brought_again(reports(slow, 3))
    await left_behind(slow, deliveries)
    changes = await batch_module.decide_batch(deliveries, slow.store, Lane.ROUTINE, slow.setting)
    assert changes.left
    noted = {row["body_hash"] for row in await rows(kit.engine, "select body_hash from attempt")}
    assert noted == {one.body_hash for one in changes.left}
    await Lines(slow).intake.handle(changes.left)
    assert await one(kit.engine, "select count(*) from attempt") == 0


class Died(BaseException):
    """The process would have."""


@pytest.mark.parametrize("killers", [1, 2])
async def test_a_message_that_kills_workers_reaches_quarantine_and_those_beside_it_are_decided(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, killers: int
) -> None:
    waiting_, real, deaths = reports(kit, 8 + killers), batch_module.arrive, 0
    deadly = {one.body for one in waiting_[2 : 2 + killers]}

    def arrive(delivery: Delivery, *args: Any, **named: Any) -> Any:
        if delivery.body in deadly:
            raise Died
        return real(delivery, *args, **named)

    monkeypatch.setattr(batch_module, "arrive", arrive)
    while waiting_:
        lines = Lines(kit)
        try:
            await lines.intake.handle(waiting_)
        except Died:
            deaths += 1
            assert deaths < 20
        gone = {one.body for one in lines.queue.acked}
        waiting_ = [replace(one, count=one.count + 1) for one in waiting_ if one.body not in gone]

    assert deaths == 1 + 1 + (MOST_ATTEMPTS - 1) * killers
    found = list((await fates(kit)).values())
    assert found.count(("aanvaard", None)) == 8
    assert await one(kit.engine, "select count(*) from inbox where code = 'may-kill-worker'") == killers
    assert await one(kit.engine, "select count(*) from attempt") == 0


async def test_a_suspect_is_handled_alone_with_its_attempt_counted_before_it_is_opened(kit: Kit) -> None:
    deliveries = reports(kit, 3)
    deliveries[1] = replace(deliveries[1], count=1)
    await left_behind(kit, deliveries[1:2])
    seen: list[Sequence[Mapping[str, Any]]] = []

    class Watched(dict[Any, Any]):
        """The hub's keys: every message asks for one when it is opened."""

        def get(self, kid: Any, default: Any = None) -> Any:
            seen.append(attempts.result() if attempts.done() else [])
            return dict.get(self, kid, default)

    attempts = asyncio.get_running_loop().create_future()
    real = kit.store.attempt

    async def attempt(*args: Any) -> int:
        counted = await real(*args)
        attempts.set_result(await rows(kit.engine, "select count, body_hash from attempt"))
        return counted

    kit.store.attempt = attempt  # type: ignore[method-assign]
    keys = replace(kit.setting.keys, decryption=Watched(kit.setting.keys.decryption))
    lines = Lines(replace(kit, setting=replace(kit.in_one_batch().setting, keys=keys)))
    await lines.intake.handle(deliveries)

    assert seen == [[], [], [{"count": 2, "body_hash": sha256_hex(deliveries[1].body)}]]
    assert [row["deliveries"] for row in await rows(kit.engine, "select deliveries from batch order by id")] == [2, 1]
    assert set((await fates(kit)).values()) == {("aanvaard", None)}
    assert await one(kit.engine, "select count(*) from attempt") == 0


async def test_what_may_have_killed_five_workers_is_quarantined_unopened(kit: Kit, lines: Lines) -> None:
    (delivery,) = reports(kit, 1)
    delivery = replace(delivery, count=7)
    for _ in range(MOST_ATTEMPTS):  # each of these workers counted, opened it, and was no more
        await kit.store.attempt(delivery.partner, sha256_hex(delivery.body))
    blind = Lines(replace(kit, setting=replace(kit.setting, keys=replace(kit.setting.keys, decryption=Unopenable()))))

    await blind.intake.handle([delivery])

    assert blind.acked(1)
    (row,) = await rows(kit.engine, "select id, fate, code, opened from inbox")
    assert (row["fate"], row["code"], row["opened"]) == ("quarantaine", "may-kill-worker", False)
    assert await one(kit.engine, "select next_at from stored_delivery") is None


class Unopenable(dict[Any, Any]):
    def get(self, kid: Any, default: Any = None) -> Any:
        raise AssertionError("opened")


async def test_a_dead_letter_is_quarantined_and_its_partner_is_told_nothing_when_it_is_given_up(
    kit: Kit, lines: Lines
) -> None:
    (delivery,) = reports(kit, 1)
    await lines.intake.handle([replace(delivery, dead=True), *reports(kit, 1)])

    assert lines.acked(2)
    id_ = await one(kit.engine, "select id from inbox where fate = 'quarantaine' and code = 'dead-letter'")
    assert await one(kit.engine, "select delay_told_at from stored_delivery") is None
    assert (await given_up(kit, id_)).outbox == ()


async def test_a_partners_message_that_a_version_before_kept_as_a_dead_letter_is_decided_when_it_is_tried_again(
    kit: Kit, lines: Lines
) -> None:
    (delivery,) = reports(kit, 1)
    await lines.intake.handle([replace(delivery, dead=True)])
    await kit.store.release([await one(kit.engine, "select id from inbox where code = 'dead-letter'")])
    await timers(kit).look()
    found = [row["fate"] for row in await rows(kit.engine, "select fate from inbox order by fate")]
    assert found == ["aanvaard", "dubbel"]  # as whatever was kept unopened: see decision 14


async def test_a_step_with_odd_properties_can_be_kept(kit: Kit, lines: Lines) -> None:
    """U+0000 may stand in a property; the database has no such text."""
    early = kit.delivery("vt-test", kit.event("vt-test", STAND, {}, correlationid=uuid4(), causationid=uuid4()))
    odd = replace(early.properties, traceparent="00-\0", content_type="\0")

    await lines.intake.handle([replace(early, properties=odd)])

    assert set((await fates(kit)).values()) == {("opnieuw", "oorzaak-onbekend")}


# --- stopping ------------------------------------------------------------------------------------------------------


async def test_stopping_finishes_the_batch_under_way_and_takes_no_more(kit: Kit) -> None:
    lines = Lines(kit.limited(batch_size=2))
    async with transaction(kit.engine) as blocker:
        await blocker.execute(text("lock table case_event in exclusive mode"))
        task = asyncio.create_task(lines.intake.run(lines.stop))
        await lines.queue.bring(*reports(kit, 4))
        await until(lambda: waits_for_a_lock(kit))
        lines.stop.set()
        assert lines.acked(0)
    await asyncio.wait_for(task, CEILING)

    assert lines.acked(2)
    assert [len(batch) for batch in lines.queue.taken] == [2]
    assert await one(kit.engine, "select count(*) from inbox") == 2


async def test_stopping_does_not_wait_for_a_message(kit: Kit, lines: Lines) -> None:
    task = asyncio.create_task(lines.intake.run(lines.stop))
    await asyncio.sleep(0)
    lines.stop.set()

    await asyncio.wait_for(task, CEILING)
    await lines.queue.bring(*reports(kit, 1))
    assert lines.queue.taken == []


async def test_cancelled_it_leaves_no_task_behind(kit: Kit, lines: Lines) -> None:
    before = asyncio.all_tasks()
    task = asyncio.create_task(lines.intake.run(lines.stop))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)

    assert asyncio.all_tasks() == before


async def test_a_confirmation_is_taken_and_not_receipted(kit: Kit, lines: Lines) -> None:
    opened = await a_case(kit)
    await lines.intake.handle([kit.delivery("vt-test", kit.event("vt-test", PROCESSED, processed(opened.presented)))])

    assert lines.offered == []
    assert lines.acked(1)


WAITING = "from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


async def waits_for_a_lock(kit: Kit, number: int = 1) -> bool:
    return bool(await one(kit.engine, f"select count(*) >= {number} {WAITING}"))
