"""Which clock is believed: whatever the clocks do, and whatever partners' clocks say."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.belief import (
    AHEAD,
    APART,
    CALM,
    HEARD,
    RENEWED,
    UNCONFIRMED,
    Belief,
    Doubt,
    Reading,
    begun,
    heard,
    judge,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EXCURSIONS = {
    "six minutes back": -6 * MINUTE,
    "eight days back": -8 * DAY,
    "a month ahead": 31 * DAY,
    "800 days ahead": 800 * DAY,
    "six years ahead": 2200 * DAY,
}
wrongs = st.sampled_from([*EXCURSIONS.values(), 2 * APART, -2 * APART, HOUR, -HOUR])
signs = st.sampled_from([-1, 1])


@dataclass
class World:
    """True time, and how far each clock is off it."""

    passed: timedelta = timedelta(0)
    database: timedelta = timedelta(0)
    own: timedelta = timedelta(0)
    last: datetime | None = None
    belief: Belief | None = None
    partners: dict[str, timedelta] = field(default_factory=dict)

    @property
    def true(self) -> datetime:
        return NOON + self.passed

    def look(self, after: timedelta = SECOND, took: timedelta = timedelta(0)) -> Belief:
        self.passed += after
        reading = Reading(self.true + self.database + took / 2, self.true + self.own, self.passed, took)
        self.belief = judge(self.belief, reading) if self.belief else begun(reading, self.last)
        return self.belief

    def pass_by(self, time: timedelta, step: timedelta = MINUTE) -> Belief:
        """Time goes by, with a look at each step; partners say what they say."""
        for _ in range(time // step):
            self.speak()
            self.look(step)
        return self.look()

    def speak(self) -> None:
        if self.belief and self.partners:
            said = [(who, self.true + off) for who, off in self.partners.items()]
            self.belief = heard(self.belief, said, self.passed)

    @property
    def error(self) -> timedelta:
        assert self.belief
        return abs(self.belief.now(self.passed) - self.true)


def a_world(**changes: object) -> World:
    world = World(**changes)  # type: ignore[arg-type]
    world.look()
    return world


def test_clocks_that_agree_are_believed() -> None:
    world = a_world()

    assert not world.pass_by(3 * DAY, HOUR).doubted
    assert world.error == timedelta(0)


def test_clocks_may_differ_a_little_and_drift_a_little() -> None:
    world = a_world(database=APART / 2)

    for _ in range(100):
        world.database += SECOND / 10  # as a crystal of the worst kind in an hour
        world.own -= SECOND / 20
        assert not world.pass_by(RENEWED, HOUR / 4).doubted or abs(world.database - world.own) > APART


@pytest.mark.parametrize("wrong", EXCURSIONS.values(), ids=EXCURSIONS)
@pytest.mark.parametrize(
    ("who", "why"),
    [
        (("database",), {Doubt.APART, Doubt.DATABASE_JUMPED}),
        (("own",), {Doubt.APART, Doubt.OWN_JUMPED}),
        (("database", "own"), {Doubt.DATABASE_JUMPED, Doubt.OWN_JUMPED}),
    ],
    ids=["the database's", "the own", "both"],
)
def test_a_clock_that_jumps_is_doubted_and_the_moment_stays_right_until_all_agree_again(
    wrong: timedelta, who: tuple[str, ...], why: set[Doubt]
) -> None:
    world = a_world()
    world.pass_by(HOUR)
    for one in who:
        setattr(world, one, wrong)

    assert world.look().why == why
    world.pass_by(5 * HOUR)
    assert world.belief
    assert world.belief.doubted
    assert world.error <= APART

    for one in who:
        setattr(world, one, timedelta(0))
    assert world.pass_by(CALM / 2).doubted, "that they agree again is not enough at once"
    assert not world.pass_by(CALM).doubted
    assert world.error == timedelta(0)


@given(st.lists(st.tuples(st.sampled_from(["database", "own"]), wrongs), min_size=1, max_size=6))
def test_through_whatever_jumps_the_moment_stays_right_and_doubt_ends_when_they_are_over(
    jumps: list[tuple[str, timedelta]],
) -> None:
    world = a_world()
    for who, wrong in jumps:
        setattr(world, who, wrong)
        world.pass_by(5 * MINUTE)
        assert world.error <= APART
    world.database = world.own = timedelta(0)

    assert not world.pass_by(CALM + MINUTE).doubted
    assert world.error == timedelta(0)


def test_a_clock_that_creeps_away_is_doubted_too() -> None:
    world = a_world()
    while abs(world.database) < 2 * APART:
        world.database += SECOND / 2
        world.own += SECOND / 2
        found = world.look()

    assert found.doubted


def test_a_database_that_answers_late_is_no_sign() -> None:
    world = a_world()

    assert not world.look(took=10 * MINUTE).doubted


@pytest.mark.parametrize("at_first", [True, False])
def test_nor_is_what_it_answers_right_after(at_first: bool) -> None:
    world = World()
    if not at_first:
        world.look()
    assert not world.look(took=10 * MINUTE).doubted

    assert not world.look().doubted
    assert world.error == timedelta(0)


# Two clocks that went wrong together agree


def test_a_new_line_on_which_both_go_is_believed_after_a_day() -> None:
    world = a_world()
    world.database = world.own = 6 * HOUR

    assert world.pass_by(UNCONFIRMED - HOUR).doubted
    assert not world.pass_by(2 * HOUR).doubted


def test_or_soon_if_several_organisations_are_on_it() -> None:
    world = a_world(partners={"a": 8 * HOUR, "b": 8 * HOUR + SECOND})
    world.database = world.own = 8 * HOUR  # the machine was suspended: partners' clocks have gone on
    assert world.pass_by(CALM / 2).doubted
    assert not world.pass_by(CALM).doubted


def test_and_never_while_several_are_on_the_old_one_and_none_on_the_new() -> None:
    world = a_world(partners={"a": timedelta(0), "b": MINUTE})
    world.database = world.own = 6 * 365 * DAY

    assert world.pass_by(2 * UNCONFIRMED).doubted
    assert world.error <= APART


# What partners say


@given(st.lists(st.timedeltas(-4000 * DAY, 4000 * DAY), max_size=30))
def test_one_organisation_alone_says_nothing(times: list[timedelta]) -> None:
    world = a_world()
    for off in times:
        world.partners = {"one": off}
        world.speak()
        assert not world.look().doubted


@given(st.dictionaries(st.text(max_size=3), st.timedeltas(-4000 * DAY, AHEAD - SECOND), max_size=20))
def test_old_times_are_no_sign_however_many_have_slow_queues(times: dict[str, timedelta]) -> None:
    world = a_world(partners=times)

    assert not world.pass_by(5 * MINUTE).doubted


@pytest.mark.parametrize(
    ("partners", "doubted"),
    [
        ({"a": 6 * MINUTE}, False),
        ({"a": 6 * MINUTE, "b": 6 * MINUTE}, True),
        ({"a": 6 * MINUTE, "b": 8 * DAY}, True),
        ({"a": 6 * MINUTE, "b": -6 * DAY}, False),
        ({"a": 6 * MINUTE, "b": AHEAD - SECOND}, False),
        ({"a": 6 * MINUTE, "b": 6 * MINUTE, "c": timedelta(0)}, True),
        ({"a": 6 * MINUTE, "b": 6 * MINUTE, "c": timedelta(0), "d": SECOND}, False),
        ({"a": 6 * MINUTE, "b": 6 * MINUTE, "c": -6 * DAY, "d": -6 * DAY}, True),
    ],
)
def test_several_organisations_that_are_ahead_of_us_and_more_than_are_with_us_make_us_doubt(
    partners: dict[str, timedelta], doubted: bool
) -> None:
    world = a_world(partners=partners)
    world.speak()

    assert (world.look().why == {Doubt.PARTNERS}) == doubted
    assert world.error == timedelta(0)


def test_what_partners_said_is_forgotten_and_with_it_the_doubt() -> None:
    world = a_world(partners={"a": 6 * MINUTE, "b": 6 * MINUTE})
    world.speak()
    assert world.look().doubted
    world.partners = {}

    assert world.pass_by(HEARD - MINUTE).doubted
    assert not world.pass_by(CALM + 2 * MINUTE).doubted


def test_the_newest_that_an_organisation_signed_counts_whatever_its_queue_brings_after_it() -> None:
    world = a_world()
    assert world.belief
    said = [("a", NOON + 6 * MINUTE), ("b", NOON + 6 * MINUTE), ("a", NOON - DAY), ("b", NOON - DAY)]
    world.belief = heard(world.belief, said, world.passed)

    assert world.look().doubted


# The first look of a process


@pytest.mark.parametrize("wrong", EXCURSIONS.values(), ids=EXCURSIONS)
def test_a_process_that_starts_while_one_clock_is_wrong_finds_the_right_one_by_what_was_believed_last(
    wrong: timedelta,
) -> None:
    for database, own in ((wrong, timedelta(0)), (timedelta(0), wrong)):
        world = a_world(database=database, own=own, last=NOON - MINUTE)

        assert world.look().doubted
        assert world.error <= 2 * APART
        world.database = world.own = timedelta(0)
        assert not world.pass_by(CALM + MINUTE).doubted


def test_time_does_not_go_back_behind_what_was_believed() -> None:
    world = a_world(database=-8 * DAY, own=-8 * DAY, last=NOON - MINUTE)

    assert Doubt.BEFORE in world.look().why
    assert world.error <= 2 * APART


@pytest.mark.parametrize("wrong", [by for by in EXCURSIONS.values() if by > DAY])
def test_a_process_that_starts_while_both_clocks_are_far_ahead_goes_on_from_what_was_believed_last(
    wrong: timedelta,
) -> None:
    world = a_world(database=wrong, own=wrong, last=NOON - 5 * MINUTE)

    assert world.pass_by(2 * HOUR).why == {Doubt.LONG_AFTER}
    assert world.error <= 5 * MINUTE + APART, "less only by how long the hub was off"
    world.database = world.own = timedelta(0)
    assert world.pass_by(CALM / 2).doubted
    assert not world.pass_by(CALM).doubted, "a line that it would have begun with"
    assert world.error == timedelta(0)


def test_nor_does_it_believe_them_for_agreeing_a_day_long_while_partners_say_otherwise() -> None:
    world = a_world(database=31 * DAY, own=31 * DAY, last=NOON - HOUR, partners={"a": timedelta(0), "b": -MINUTE})

    assert world.pass_by(2 * UNCONFIRMED).doubted
    assert world.error <= HOUR + APART


def test_a_hub_that_was_off_for_long_doubts_until_two_organisations_have_written_or_a_day_is_over() -> None:
    world = a_world(last=NOON - 5 * DAY)

    assert world.pass_by(CALM + MINUTE).why == {Doubt.LONG_AFTER}
    assert world.belief
    assert world.belief.now(world.passed) < NOON - 4 * DAY, "nothing is due by a moment that nobody confirms"
    quiet = a_world(last=NOON - 5 * DAY)
    assert not quiet.pass_by(UNCONFIRMED, HOUR).doubted


def test_it_believes_as_soon_as_two_have() -> None:
    world = a_world(last=NOON - 5 * DAY, partners={"a": timedelta(0)})
    world.speak()
    assert world.look().doubted

    world.partners = {"a": timedelta(0), "b": timedelta(0)}
    world.speak()
    assert not world.look().doubted
    assert world.error == timedelta(0)


def test_a_hub_that_was_off_for_a_night_and_one_that_never_was_on_believe_at_once() -> None:
    assert not a_world(last=NOON - DAY / 2).look().doubted
    assert not a_world().look().doubted
