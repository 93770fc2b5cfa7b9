"""Timers over whole years: every moment fires when it is due, once, and again and again until somebody has acted."""

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from hub.canonical import terms as t
from hub.canonical.codes import Lane, TermUnit
from hub.cases import events as e
from hub.cases.states import CaseState
from tests.unit.cases.builders import TERMS, counted_ids
from tests.unit.cases.days_off import AMSTERDAM, off
from tests.unit.cases.years import Fired, Key, Years, a_plan

BEGINNINGS = [
    datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Amsterdam")).astimezone(UTC)
    for text in (
        "2026-03-02T10:00",
        "2026-03-27T23:50",  # a Friday night before summer time
        "2026-03-29T01:55",  # five minutes before it begins
        "2026-04-30T12:00",  # King's day, Liberation day, Ascension and Whitsun ahead
        "2026-10-24T22:00",  # before winter time
        "2026-10-25T02:30",  # in the hour that comes twice
        "2026-12-24T17:00",  # Christmas
        "2026-12-31T23:59",
        "2027-02-28T09:00",
        "2027-03-25T18:00",  # Good Friday and summer time in one weekend
        "2027-07-01T00:00",
        "2027-11-30T15:00",  # three months on there is no such day
    )
]
END = datetime(2029, 3, 1, tzinfo=UTC)


def lived(seed: int, *, standstill_days: float = 0) -> Years:
    chance, fresh = Random(seed), counted_ids()
    years = Years(END, lambda: timedelta(days=chance.uniform(0, standstill_days)) if standstill_days else timedelta(0))
    for number, start in enumerate(BEGINNINGS * 2):
        years.add(start, (Lane.ROUTINE, Lane.ACUTE)[number % 2], a_plan(chance, fresh))
    return years.run()


@pytest.fixture(scope="module", params=[0, 30], ids=["always up", "away for up to a month"])
def years(request: pytest.FixtureRequest) -> Years:
    return lived(20260302, standstill_days=request.param)


@pytest.fixture(scope="module")
def on_time() -> Years:
    return lived(7)


def of_each_run(years: Years, kind: type[e.Event]) -> dict[Key, list[Fired]]:
    """The firings that led to such an event, by run, in order."""
    found: defaultdict[Key, list[Fired]] = defaultdict(list)
    for one in years.fired:
        if any(isinstance(event, kind) for event in one.events):
            found[one.run].append(one)
    return found


def next_alarm(now: datetime, name: str) -> datetime:
    """The rhythm, counted out by hand."""
    rule = TERMS.named(name)
    if rule.unit is TermUnit.MINUTES:
        return now + timedelta(minutes=rule.again)
    days = {TermUnit.WORKING_DAYS: 1, TermUnit.WEEKS: 7}[rule.unit]
    day = now.astimezone(AMSTERDAM).date() + timedelta(days=days)
    while off(day):
        day += timedelta(days=1)
    return datetime.combine(day, time(23, 59, 59), AMSTERDAM).astimezone(UTC)


def test_enough_happened(years: Years) -> None:
    never = {t.CONTACT, t.OFFER_ANSWER_ACUTE, t.REGION_HANDOVER}
    assert {name for _, name, _, _ in years.started} == set(t.TERMS) - never
    assert sum(bool(one.events) for one in years.fired) > 500
    assert {case.state for case in years.cases} == set(CaseState)


def test_nothing_fires_before_its_moment(years: Years) -> None:
    assert all(one.before == () for one in years.fired)
    assert all(one.now >= one.at for one in years.fired)


def test_nothing_fires_twice_at_one_moment_however_many_ask(years: Years) -> None:
    assert all(one.again == () for one in years.fired)


def test_each_firing_moves_the_term_ahead_or_ends_it(years: Years) -> None:
    assert all(one.next is None or one.next > one.now for one in years.fired if one.events)


def test_a_term_is_reminded_of_at_most_once_and_before_its_end(years: Years) -> None:
    for run, reminders in of_each_run(years, e.TermReminded).items():
        (one,) = reminders
        assert one.now < years.started[run].due
        assert one.next == years.started[run].due


def test_alarms_begin_at_the_end_and_count_from_one(years: Years) -> None:
    for run, alarms in of_each_run(years, e.TermEscalated).items():
        rounds = [event.round for one in alarms for event in one.events if isinstance(event, e.TermEscalated)]
        assert rounds == list(range(1, len(rounds) + 1))
        assert alarms[0].now >= years.started[run].due


def test_alarms_come_at_the_rhythm_until_somebody_has_acted(on_time: Years) -> None:
    for run, alarms in of_each_run(on_time, e.TermEscalated).items():
        started, until = on_time.started[run], on_time.over.get(run, END)
        expected, moment = [], max(started.due, started.at)
        while moment < until or (moment == until == END):
            expected.append(moment)
            moment = next_alarm(moment, started.name)
        assert [one.now for one in alarms] == expected


def test_every_term_that_nobody_met_in_time_was_an_alarm(on_time: Years) -> None:
    questions = (t.MONITORING_FIRST, t.MONITORING_SECOND)
    late = {
        run
        for run, started in on_time.started.items()
        if started.due < on_time.over.get(run, END) and started.name not in questions
    }
    assert late == set(of_each_run(on_time, e.TermEscalated))


def test_after_a_standstill_there_is_one_alarm_and_not_one_for_each_that_was_missed() -> None:
    years = lived(20260302, standstill_days=30)
    for alarms in of_each_run(years, e.TermEscalated).values():
        for one, following in pairwise(alarms):
            assert following.at == one.next
            assert following.now >= one.next > one.now


def test_a_term_that_is_over_never_fires(years: Years) -> None:
    for one in years.fired:
        if one.run in years.over and one.now > years.over[one.run]:
            assert one.events == ()


def test_no_term_runs_on_a_closed_case(years: Years) -> None:
    assert all(list(case.running()) == [] for case in years.cases if case.state is CaseState.CLOSED)


def test_a_moment_of_monitoring_that_comes_is_met_by_the_question_it_makes_due(years: Years) -> None:
    for name in (t.MONITORING_FIRST, t.MONITORING_SECOND):
        came = [one for one in years.fired if one.run[1] == name and one.events]
        assert came
        assert all(isinstance(one.events[0], e.TermMet) and one.next is None for one in came)


def test_moments_of_day_terms_are_at_the_end_of_a_day_in_amsterdam_in_summer_and_in_winter(on_time: Years) -> None:
    clocks = {
        one.at.astimezone(AMSTERDAM).time()
        for one in on_time.fired
        if TERMS.named(one.run[1]).unit is not TermUnit.MINUTES
    }
    assert clocks == {time(23, 59, 59)}
    offsets = {one.at.astimezone(AMSTERDAM).utcoffset() for one in on_time.fired}
    assert offsets == {timedelta(hours=1), timedelta(hours=2)}


def test_quarters_of_an_hour_are_as_long_in_the_night_of_summer_time(on_time: Years) -> None:
    alarms = of_each_run(on_time, e.TermEscalated)
    acute = [found for run, found in alarms.items() if run[1] == t.ACUTE_RECORDING]
    assert any(one.now.date().isoformat() == "2026-03-29" for found in acute for one in found)
    assert all(b.now - a.now == timedelta(minutes=15) for found in acute for a, b in pairwise(found))


def test_no_passed_term_moved_a_holder(years: Years) -> None:
    assert not any(isinstance(event, e.HolderMoved) for one in years.fired for event in one.events)
