"""What `ketenhub status` says of the broker's queues, and of keys that stay."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hub.app.health import READ, _filling, _leaderless, _limited, _steps, _unread, _unverified
from hub.broker.admin import Depth
from hub.broker.topology import ASIDE, QUEUES
from hub.ids import PartnerId
from hub.ports import Contents, Period
from hub.ports.periods import NO_PERIOD
from hub.settings import Settings

WELL = {name: Depth(ready=0, unacked=0, consumers=1) for name in QUEUES}
P = PartnerId("politie")


def test_queues_that_are_led_and_read_are_well() -> None:
    assert not [*_leaderless({P: WELL}), *_unread({P: WELL}, ())]


def test_a_queue_without_a_leader_is_named_whoever_should_read_it_and_not_called_unread_too() -> None:
    for name in QUEUES:
        (line,) = [*_leaderless(found := {P: WELL | {name: Depth(0, 0, 0, led=False)}}), *_unread(found, ())]
        assert f"{P}: queue {name} has no leader" in line


def test_a_queue_that_is_led_and_not_read_is_named_where_the_hub_should_read_it() -> None:
    said = _unread({P: {name: Depth(0, 0, 0) for name in QUEUES}}, ())
    assert [name in line for name, line in zip(READ, said, strict=True)] == [True] * len(READ)


def test_a_queue_whose_limits_are_not_those_of_the_configuration_is_named() -> None:
    assert not [*_limited({P: WELL})]
    for name in QUEUES:
        (earlier,) = _limited({P: WELL | {name: Depth(0, 0, 1, earlier=True)}})
        assert f"{P}: queue {name} has the limits of an earlier version" in earlier
        (other,) = _limited({P: WELL | {name: Depth(0, 0, 1, ruled=False)}})
        assert f"do not hold for {name}" in other
    for name, aside in ASIDE.items():
        (made,) = _limited({P: WELL | {name: Depth(0, 0, 1, earlier=True), aside: Depth(3, 1, 0, dying=2)}})
        assert f"queue {name} is being made anew, 6 messages lie aside" in made


def test_a_queue_whose_reading_the_broker_ends_is_told_apart_from_one_that_nobody_reads() -> None:
    nobody = {P: {name: Depth(0, 0, 0) for name in QUEUES}}
    for number, name in enumerate(READ):
        said = _unread(nobody, {f"{P} {name}"})
        assert "the broker ends the reading of" in said[number]
        assert sum("is `ketenhub serve` running?" in line for line in said) == len(READ) - 1


def test_a_queue_that_is_nearly_full_by_its_partners_own_limit_is_named() -> None:
    holds = {P: WELL | {"from-hub.acuut": Depth(50, 30, 1)}}
    assert not [*_filling(holds, {P: 101})]
    (line,) = _filling(holds, {P: 100})
    assert "from-hub.acuut holds 80 of at most 100 messages" in line


def test_steps_that_have_stopped_for_longer_than_two_periods_are_said() -> None:
    lasts = timedelta(hours=6)
    now, period = datetime(2026, 11, 30, tzinfo=UTC), Period("chain", 3)
    assert not [*_steps(Contents(period, now - 2 * lasts, frozenset(), now), lasts)]
    (line,) = _steps(Contents(period, now - timedelta(hours=13), frozenset(), now), lasts)
    assert "13 hours" in line


def test_that_nothing_is_under_a_period_yet_is_said() -> None:
    (line,) = _steps(Contents(NO_PERIOD, None, frozenset(), datetime(2026, 11, 30, tzinfo=UTC)), timedelta(hours=6))
    assert "older versions" in line


def test_that_unverified_connections_are_accepted_is_said_for_as_long_as_they_are() -> None:
    elsewhere = Settings(amqp_urls=("amqp://u:s3cr3t@broker.example",), database_url="postgresql://h1,localhost/db")
    assert not [*_unverified(elsewhere)]

    (line,) = _unverified(replace(elsewhere, unverified=True))

    assert "broker.example:5672 (KETENHUB_AMQP_URL); h1:5432 (KETENHUB_DATABASE_URL)" in line
    assert "s3cr3t" not in line
    (line,) = _unverified(Settings(unverified=True))
    assert "none now" in line
