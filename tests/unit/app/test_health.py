"""What `ketenhub status` says of the broker's queues, and of keys that stay."""

from datetime import UTC, datetime, timedelta

from hub.app.health import READ, _leaderless, _steps, _unread
from hub.broker.admin import Depth
from hub.broker.topology import QUEUES
from hub.ids import PartnerId
from hub.ports import Contents, Period
from hub.ports.periods import NO_PERIOD

WELL = {name: Depth(ready=0, unacked=0, consumers=1) for name in QUEUES}
P = PartnerId("politie")


def test_queues_that_are_led_and_read_are_well() -> None:
    assert not [*_leaderless({P: WELL}), *_unread({P: WELL})]


def test_a_queue_without_a_leader_is_named_whoever_should_read_it_and_not_called_unread_too() -> None:
    for name in QUEUES:
        (line,) = [*_leaderless(found := {P: WELL | {name: Depth(0, 0, 0, led=False)}}), *_unread(found)]
        assert f"{P}: queue {name} has no leader" in line


def test_a_queue_that_is_led_and_not_read_is_named_where_the_hub_should_read_it() -> None:
    said = _unread({P: {name: Depth(0, 0, 0) for name in QUEUES}})
    assert [name in line for name, line in zip(READ, said, strict=True)] == [True] * len(READ)


def test_steps_that_have_stopped_for_longer_than_two_periods_are_said() -> None:
    lasts = timedelta(hours=6)
    now, period = datetime(2026, 11, 30, tzinfo=UTC), Period("chain", 3)
    assert not [*_steps(Contents(period, now - 2 * lasts, frozenset(), now), lasts)]
    (line,) = _steps(Contents(period, now - timedelta(hours=13), frozenset(), now), lasts)
    assert "13 hours" in line


def test_that_nothing_is_under_a_period_yet_is_said() -> None:
    (line,) = _steps(Contents(NO_PERIOD, None, frozenset(), datetime(2026, 11, 30, tzinfo=UTC)), timedelta(hours=6))
    assert "older versions" in line
