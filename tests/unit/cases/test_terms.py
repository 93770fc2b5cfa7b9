"""Terms: reminded of before their end, an alarm after it, again and again, until somebody has acted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical import terms as t
from hub.canonical.codes import Contribution, Lane, Outcome, RefusalReason, TermUnit
from hub.cases import events as e
from hub.cases.calendar import due
from hub.cases.case import Case, TermOnCase
from hub.cases.states import CandidacyState, ReportState, SeatState
from hub.cases.terms import OWED, is_shortened, lane_of, latest, owed, started
from hub.ids import Oin
from tests.unit.cases.builders import (
    ACTION,
    CASE,
    COINCIDENCE,
    CONTACTS,
    HUB,
    JOINED,
    MONDAY,
    OFFER,
    OM,
    POLICE,
    QUESTION,
    REPORT,
    RVDK,
    TABLE,
    TEAM_A,
    TEAM_B,
    TERMS,
    VT,
    Played,
    a_case,
    a_coincidence,
    a_context,
    a_question,
    a_report,
    a_table,
    an_action,
    an_offer,
    play,
)

OPEN, SILENT = CandidacyState.OFFERED, SeatState.INVITED
WEDNESDAY_NIGHT = datetime(2026, 3, 4, 22, 59, 59, tzinfo=UTC)
THURSDAY_NIGHT = datetime(2026, 3, 5, 22, 59, 59, tzinfo=UTC)
FRIDAY_NIGHT = datetime(2026, 3, 6, 22, 59, 59, tzinfo=UTC)
"""Ends of the second, third and fourth working day after `MONDAY`."""
SECOND = timedelta(seconds=1)
ANSWER = "overdrachten.aanvaard"


def reached(case: Case, name: str, about: UUID, now: datetime) -> Played:
    return play(case, c.TermReached(name, about), a_context(HUB, now=now))


def offered(*candidates: Oin, lane: Lane = Lane.ROUTINE) -> Case:
    return play(a_case(), c.Offer(OFFER, candidates or (TEAM_A,), None), a_context(VT, lane=lane)).case


def running(case: Case, name: str, about: UUID, *, due: datetime = MONDAY) -> Case:
    """The case with this term on it, which has ended at `due`."""
    return replace(case, terms=(TermOnCase(name, 1, TermUnit.WORKING_DAYS, about, due),))


def alarms(played: Played) -> list[tuple[Oin, tuple[Oin, ...]]]:
    """Who hears an alarm, and who must act by what it is told."""
    return [(notice.to, notice.body.by) for notice in played.notices if isinstance(notice.body, n.Escalation)]


# Started


def test_a_term_first_fires_at_its_reminder() -> None:
    event = started(a_context(), t.OFFER_ANSWER, OFFER)
    assert (event.due, event.next) == (THURSDAY_NIGHT, WEDNESDAY_NIGHT)


def test_a_term_without_a_reminder_first_fires_at_its_end() -> None:
    event = started(a_context(), t.MORE_ASKED, OFFER)
    assert event.next == event.due == THURSDAY_NIGHT


@pytest.mark.parametrize("name", t.SET_BY_PARTIES)
@given(ahead=st.timedeltas(timedelta(seconds=1), timedelta(days=80_000)))
def test_a_moment_that_somebody_set_counts_as_far_as_it_may_and_is_reminded_of_no_later_than_without_it(
    name: str, ahead: timedelta
) -> None:
    rule, usual = TERMS.named(name), started(a_context(), name, OFFER)
    farthest = due(MONDAY, rule.length * rule.most, rule.unit)
    event = started(a_context(), name, OFFER, until=MONDAY + ahead)

    assert event.due == min(MONDAY + ahead, farthest)
    assert event.next is not None
    assert usual.next is not None
    assert MONDAY < event.next < event.due, "there is a reminder before any end"
    assert event.next <= usual.next
    assert event.next == usual.next or event.due < usual.due
    assert is_shortened(event, MONDAY + ahead) == (event.due != MONDAY + ahead)


def test_an_end_that_is_set_early_is_reminded_of_as_far_on_the_way_to_it() -> None:
    until = MONDAY + timedelta(minutes=20)
    event = started(a_context(), t.OFFER_ANSWER_ACUTE, OFFER, until=until)
    assert (event.due, event.next) == (until, MONDAY + timedelta(minutes=15)), "as 45 minutes are of an hour"


def test_no_moment_is_too_far_by_a_clock_that_is_doubted() -> None:
    far = MONDAY + 300 * DAY
    assert started(replace(a_context(), doubted=True), t.OFFER_ANSWER, OFFER, until=far).due == far


YEARS = MONDAY + timedelta(days=63_000)


@pytest.mark.parametrize("reminded_in_doubt", [False, True])
def test_an_end_set_for_years_ahead_while_the_clock_was_doubted_counts_no_further_than_any_once_it_is_believed(
    *, reminded_in_doubt: bool
) -> None:
    offer = c.Offer(OFFER, (TEAM_A,), YEARS)
    case = play(a_case(), offer, replace(a_context(VT), doubted=True)).case
    if reminded_in_doubt:
        moment = replace(a_context(HUB, now=WEDNESDAY_NIGHT + SECOND), doubted=True)
        case = play(case, c.TermReached(t.OFFER_ANSWER, OFFER), moment).case
    looked, heard = 0, list[n.Notice]()
    while (term := case.term(t.OFFER_ANSWER, OFFER)) is not None and not any(map(is_alarm, heard)):
        looked += 1
        assert looked < 5
        assert term.fires_at() < MONDAY + timedelta(days=40), "it is looked at again"
        played = reached(case, t.OFFER_ANSWER, OFFER, term.fires_at() + SECOND)
        case, heard = played.case, [*heard, *played.notices]

    assert any(map(is_alarm, heard))


def is_alarm(notice: n.Notice) -> bool:
    return isinstance(notice.body, n.Escalation)


def test_a_term_that_began_long_ago_is_not_reminded_of_any_more() -> None:
    event = started(a_context(now=THURSDAY_NIGHT - SECOND), t.OFFER_ANSWER, OFFER, since=MONDAY)
    assert event.next == event.due == THURSDAY_NIGHT


# Reminded


def test_who_must_act_is_reminded_and_nobody_else() -> None:
    played = reached(offered(TEAM_A, TEAM_B), t.OFFER_ANSWER, OFFER, WEDNESDAY_NIGHT)
    reminder = n.Reminder(t.OFFER_ANSWER, ANSWER, OFFER, THURSDAY_NIGHT)
    assert [(notice.to, notice.body) for notice in played.notices] == [(TEAM_A, reminder), (TEAM_B, reminder)]
    assert played.decision.events == (e.TermReminded(WEDNESDAY_NIGHT, t.OFFER_ANSWER, OFFER, THURSDAY_NIGHT),)


def test_who_has_answered_is_not_reminded() -> None:
    case = play(offered(TEAM_A, TEAM_B), c.Refuse(OFFER, RefusalReason.CAPACITY, None), a_context(TEAM_A)).case
    assert [notice.to for notice in reached(case, t.OFFER_ANSWER, OFFER, WEDNESDAY_NIGHT).notices] == [TEAM_B]


def test_nothing_comes_before_its_moment() -> None:
    case = offered()
    assert reached(case, t.OFFER_ANSWER, OFFER, WEDNESDAY_NIGHT - SECOND).decision.events == ()
    reminded = reached(case, t.OFFER_ANSWER, OFFER, WEDNESDAY_NIGHT).case
    assert reached(reminded, t.OFFER_ANSWER, OFFER, THURSDAY_NIGHT - SECOND).decision.events == ()


# Escalated


def test_an_alarm_goes_to_who_must_act_and_to_the_holder() -> None:
    played = reached(offered(), t.OFFER_ANSWER, OFFER, THURSDAY_NIGHT)
    alarm = n.Escalation(t.OFFER_ANSWER, ANSWER, OFFER, THURSDAY_NIGHT, (TEAM_A,), 1, CONTACTS[0])
    assert [(notice.to, notice.body) for notice in played.notices] == [(TEAM_A, alarm), (VT, alarm)]
    assert played.case.holder == VT


def test_the_holder_hears_of_everybody_and_who_must_act_of_itself_only() -> None:
    played = reached(offered(TEAM_A, TEAM_B), t.OFFER_ANSWER, OFFER, THURSDAY_NIGHT)
    assert alarms(played) == [(TEAM_A, (TEAM_A,)), (TEAM_B, (TEAM_B,)), (VT, (TEAM_A, TEAM_B))]


def test_the_alarm_comes_again_at_its_rhythm_and_each_round_calls_the_next_contact() -> None:
    case, heard, now = offered(), [], THURSDAY_NIGHT
    for _ in range(4):
        played = reached(case, t.OFFER_ANSWER, OFFER, now)
        (alarm,) = (body for body in played.told(TEAM_A) if isinstance(body, n.Escalation))
        heard.append((now, alarm.round, alarm.contact))
        case = played.case
        now = next(case.running()).fires_at()
    assert heard == [
        (THURSDAY_NIGHT, 1, CONTACTS[0]),
        (FRIDAY_NIGHT, 2, CONTACTS[1]),
        (FRIDAY_NIGHT + timedelta(days=3), 3, CONTACTS[0]),
        (FRIDAY_NIGHT + timedelta(days=4), 4, CONTACTS[1]),
    ]


def test_an_acute_alarm_comes_again_every_quarter_of_an_hour() -> None:
    case = offered(lane=Lane.ACUTE)
    played = reached(case, t.OFFER_ANSWER_ACUTE, OFFER, MONDAY + timedelta(minutes=60))
    assert next(played.case.running()).fires_at() == MONDAY + timedelta(minutes=75)


def test_after_a_long_standstill_there_is_one_alarm_and_not_many() -> None:
    months_later = MONDAY + timedelta(days=200)
    played = reached(offered(), t.OFFER_ANSWER, OFFER, months_later)
    assert alarms(played) == [(TEAM_A, (TEAM_A,)), (VT, (TEAM_A,))]
    again = reached(played.case, t.OFFER_ANSWER, OFFER, months_later)
    assert (again.decision.events, again.notices) == ((), ())
    assert next(played.case.running()).fires_at() > months_later


def test_a_moment_that_two_workers_saw_fires_once() -> None:
    case = reached(offered(), t.OFFER_ANSWER, OFFER, WEDNESDAY_NIGHT).case
    assert reached(case, t.OFFER_ANSWER, OFFER, WEDNESDAY_NIGHT).decision.events == ()


def test_a_term_that_is_met_never_fires() -> None:
    case = offered()
    hash_ = case.handovers[OFFER].candidates[TEAM_A].offer_hash or ""
    case = play(case, c.Accept(OFFER, hash_), a_context(TEAM_A)).case
    assert reached(case, t.OFFER_ANSWER, OFFER, MONDAY + timedelta(days=99)).decision.events == ()


def test_a_term_that_waits_for_nobody_any_more_ends_without_an_alarm() -> None:
    case = running(a_case(offers=(an_offer((TEAM_A, CandidacyState.REFUSED)),)), t.OFFER_ANSWER, OFFER)
    played = reached(case, t.OFFER_ANSWER, OFFER, MONDAY)
    assert (played.decision.events, played.notices) == ((e.TermEnded(MONDAY, t.OFFER_ANSWER, OFFER),), ())
    assert played.case.terms == ()


def test_the_chair_of_a_table_sees_who_is_missing() -> None:
    table = a_table((OM, SeatState.KNOWN), (RVDK, SeatState.INVITED), chair=POLICE)
    played = reached(running(a_case(tables=(table,)), t.CONTRIBUTION, TABLE), t.CONTRIBUTION, TABLE, MONDAY)
    (stand,) = played.told(POLICE)
    assert isinstance(stand, n.TableStand)
    assert stand.seats == (n.Seat(OM, Contribution.KNOWN, False), n.Seat(RVDK, None, True))
    assert alarms(played) == [(RVDK, (RVDK,)), (VT, (RVDK,))]


# Who may hear an alarm


def test_a_reporter_that_still_holds_hears_that_its_report_is_not_recorded() -> None:
    case = play(None, c.Report(None), a_context(POLICE, lane=Lane.ACUTE)).case
    (report,) = case.reports
    played = reached(case, t.ACUTE_RECORDING, report, MONDAY + timedelta(minutes=15))
    assert alarms(played) == [(VT, (VT,)), (POLICE, (VT,))]
    assert [notice.correlation for notice in played.notices] == [case.id, report]


@pytest.mark.parametrize(
    ("name", "about"), [(t.ACUTE_RECORDING, JOINED), (t.SAFETY_ASSESSMENT, JOINED), (t.CONTACT, COINCIDENCE)]
)
def test_it_hears_nothing_of_the_report_of_another(name: str, about: UUID) -> None:
    joined = a_report(ReportState.OFFERED, number=JOINED, reporter=RVDK, opened=False)
    found = a_coincidence(told=(VT, RVDK), report=JOINED)
    case = a_case(holder=POLICE, reports=(a_report(ReportState.OFFERED), joined), coincidences=(found,))
    assert POLICE not in [notice.to for notice in reached(running(case, name, about), name, about, MONDAY).notices]


def test_of_a_coincidence_only_who_was_told_hears_and_of_the_others_only_the_triage() -> None:
    reports = (a_report(), a_report(number=JOINED, reporter=RVDK, opened=False))
    taken = an_offer((TEAM_A, CandidacyState.ACCEPTED))
    found = a_coincidence(told=(VT, POLICE, RVDK))
    case = a_case(holder=TEAM_A, reports=reports, offers=(taken,), coincidences=(found,))
    played = reached(running(case, t.CONTACT, COINCIDENCE), t.CONTACT, COINCIDENCE, MONDAY)
    assert alarms(played) == [(VT, (VT, POLICE, RVDK)), (POLICE, (POLICE,)), (RVDK, (RVDK,))]


def test_nobody_is_chased_that_cannot_name_the_case_any_more() -> None:
    """Its only report on the case was taken apart from it."""
    detached = a_report(ReportState.DETACHED, number=JOINED, reporter=RVDK, opened=False)
    case = a_case(reports=(a_report(), detached), coincidences=(a_coincidence(told=(VT, RVDK), report=JOINED),))
    assert alarms(reached(running(case, t.CONTACT, COINCIDENCE), t.CONTACT, COINCIDENCE, MONDAY)) == [(VT, (VT,))]


# What each term waits for

BUSY = a_case(
    holder=TEAM_A,
    reports=(a_report(), a_report(number=JOINED, reporter=RVDK, opened=False)),
    offers=(an_offer((TEAM_B, OPEN), (RVDK, CandidacyState.MORE_ASKED), (OM, CandidacyState.REFUSED), giver=TEAM_A),),
    tables=(
        a_table(
            (OM, SeatState.INVITED), (RVDK, SeatState.KNOWN), (TEAM_B, SeatState.INVITED), actions=(an_action(OM),)
        ),
    ),
    questions=(a_question(),),
    coincidences=(a_coincidence(told=(VT, POLICE)),),
)


@pytest.mark.parametrize(
    ("name", "about", "step", "by"),
    [
        (t.SAFETY_ASSESSMENT, REPORT, "triage.veiligheidsbeoordeling", (VT,)),
        (t.ACUTE_RECORDING, REPORT, "triage.melding-vastgelegd", (VT,)),
        (t.RESEARCH, CASE, "triage.onderzoeksuitkomst", (VT,)),
        (t.MDA_TABLE, CASE, "actieoverleg.aanmelding", (VT,)),
        (t.OFFER_ANSWER, OFFER, "overdrachten.aanvaard", (TEAM_B, RVDK)),
        (t.OFFER_ANSWER_ACUTE, OFFER, "overdrachten.aanvaard", (TEAM_B, RVDK)),
        (t.MORE_ASKED, OFFER, "overdrachten.aanvulling-gegeven", (TEAM_A,)),
        (t.CONTACT, COINCIDENCE, "radar.contact-gelegd", (VT, POLICE)),
        (t.CONTRIBUTION, TABLE, "actieoverleg.inbreng", (OM, TEAM_B)),
        (t.ACTION_ANSWER, ACTION, "actieoverleg.afspraak-aanvaard", (OM,)),
        (t.MONITORING_FIRST, OFFER, "monitoring.vraag", (VT,)),
        (t.MONITORING_SECOND, OFFER, "monitoring.vraag", (VT,)),
        (t.MONITORING_QUESTION, CASE, "monitoring.vraag", (VT,)),
        (t.MONITORING_ANSWER, QUESTION, "monitoring.antwoord", (TEAM_A,)),
    ],
)
def test_a_term_waits_for_a_step_of_somebody(name: str, about: UUID, step: str, by: tuple[Oin, ...]) -> None:
    case = running(BUSY, name, about)
    assert owed(case, case.terms[0]) == (step, by)


# The lane of an alarm


@pytest.mark.parametrize("lane", Lane)
def test_an_alarm_about_what_is_acute_is_acute(lane: Lane) -> None:
    report = a_report(ReportState.OFFERED, lane=lane)
    case = a_case(reports=(report,), offers=(an_offer(acute=lane is Lane.ACUTE),))
    assert lane_of(case, REPORT) is lane
    assert lane_of(case, OFFER) is lane


@pytest.mark.parametrize("about", [CASE, TABLE, COINCIDENCE, QUESTION, ACTION])
def test_any_other_alarm_is_routine(about: UUID) -> None:
    case = a_case(reports=(a_report(lane=Lane.ACUTE),), offers=(an_offer(acute=True),))
    assert lane_of(case, about) is Lane.ROUTINE


def test_a_passed_term_moves_nothing_and_the_step_it_waits_for_can_still_be_taken() -> None:
    case = play(a_case(), c.Delivered(REPORT), a_context(VT)).case
    for days in (10, 20, 400):
        played = reached(case, t.SAFETY_ASSESSMENT, REPORT, MONDAY + timedelta(days=days))
        assert (played.case.holder, played.case.reports) == (VT, case.reports)
        case = played.case
    late = play(case, c.Assess(REPORT, Outcome.NO_FOLLOW_UP, None), a_context(VT, now=MONDAY + timedelta(days=401)))
    assert list(late.case.running()) == []


# Put off by a clock that was ahead and believed


DAY = timedelta(days=1)


@given(
    name=st.sampled_from(sorted(OWED)),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    later=st.timedeltas(timedelta(0), 400 * DAY),
)
def test_what_a_right_clock_put_is_never_taken_for_put_off(name: str, start: datetime, later: timedelta) -> None:
    context = a_context(HUB, now=start)
    since = started(context, t.SAFETY_ASSESSMENT, CASE, since=start).due if name == t.RESEARCH else None
    begun = started(context, name, CASE, since=since)

    assert (begun.next or begun.due) <= latest(context.terms, name, start + later)


def put_off(name: str, about: UUID, ends: datetime, since: datetime) -> Case:
    """A case with an offer, of which this term runs until then, and began at `since`."""
    term = TermOnCase(name, 3, TermUnit.WORKING_DAYS, about, ends, next=ends, since=since)
    return replace(offered(TEAM_A), terms=(term,))


def test_a_term_that_a_clock_ahead_started_runs_from_now() -> None:
    since = MONDAY + 800 * DAY
    ends = started(a_context(now=since), t.OFFER_ANSWER, OFFER).due
    played = reached(put_off(t.OFFER_ANSWER, OFFER, ends, since), t.OFFER_ANSWER, OFFER, MONDAY)

    term = played.case.term(t.OFFER_ANSWER, OFFER)
    assert term
    assert (term.due, term.fires_at(), term.round) == (THURSDAY_NIGHT, WEDNESDAY_NIGHT, 0)
    assert not played.notices
    assert not reached(played.case, t.OFFER_ANSWER, OFFER, MONDAY).events


def test_an_end_that_a_party_set_as_far_as_it_may_stays() -> None:
    case = put_off(t.OFFER_ANSWER, OFFER, due(MONDAY, 12, TermUnit.WORKING_DAYS), MONDAY)

    assert not reached(case, t.OFFER_ANSWER, OFFER, MONDAY).events


def test_an_end_that_a_version_before_let_a_party_set_for_years_ahead_is_not_waited_for() -> None:
    case = put_off(t.OFFER_ANSWER, OFFER, MONDAY + 800 * DAY, MONDAY - DAY)
    term = reached(case, t.OFFER_ANSWER, OFFER, MONDAY).case.term(t.OFFER_ANSWER, OFFER)

    assert term
    assert (term.due, term.fires_at()) == (THURSDAY_NIGHT, WEDNESDAY_NIGHT)


def test_nothing_is_taken_for_put_off_while_the_clock_is_doubted() -> None:
    case = put_off(t.ACUTE_RECORDING, REPORT, MONDAY + 800 * DAY, MONDAY + 800 * DAY)
    context = replace(a_context(HUB), doubted=True)

    assert not play(case, c.TermReached(t.ACUTE_RECORDING, REPORT), context).events


def test_of_a_term_that_is_over_the_next_alarm_comes_now() -> None:
    case = put_off(t.OFFER_ANSWER, OFFER, MONDAY - DAY, MONDAY - 5 * DAY)
    far = replace(case, terms=(replace(case.terms[0], next=MONDAY + 8 * DAY, round=2),))

    assert alarms(reached(far, t.OFFER_ANSWER, OFFER, MONDAY))
