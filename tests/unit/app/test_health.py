"""What `ketenhub status` says of the broker's queues, and of keys that stay."""

from datetime import timedelta

from hub.app.health import READ, _leaderless, _steps, _unread
from hub.broker.admin import Depth
from hub.broker.topology import QUEUES
from hub.ids import PartnerId

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
    assert not [*_steps({}, lasts), *_steps({"period_seconds": 12 * 3600}, lasts)]
    (line,) = _steps({"period_seconds": 13 * 3600}, lasts)
    assert "13 hours" in line
