"""The long breath: after a handover the triage asks the holder, at set moments, how safe it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical import terms as t
from hub.canonical.codes import MonitoringResult, Outcome
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.evolve import fold
from hub.cases.states import QuestionState, ReportState
from hub.errors import Code
from hub.ids import HandoverId, Oin, QuestionId
from tests.unit.cases.builders import (
    CASE,
    HUB,
    MONDAY,
    OFFER,
    POLICE,
    QUESTION,
    REPORT,
    RVDK,
    SECOND_OFFER,
    TEAM_A,
    TEAM_B,
    VT,
    VT_ELSEWHERE,
    Played,
    a_case,
    a_context,
    a_report,
    play,
    refusal,
)

THREE_MONTHS = datetime(2026, 6, 2, 21, 59, 59, tzinfo=UTC)
EIGHTEEN_MONTHS = datetime(2027, 9, 2, 21, 59, 59, tzinfo=UTC)
"""The ends of the terms from a yes on `MONDAY`: the law moves no end that is so far off."""
MOMENTS = (t.MONITORING_FIRST, t.MONITORING_SECOND)
ASK = c.AskMonitoring(QUESTION, None)
SAFE = c.AnswerMonitoring(QUESTION, MonitoringResult.SAFE)


def handed(case: Case, giver: Oin, to: Oin, offer: HandoverId, now: datetime = MONDAY) -> Case:
    case = play(case, c.Offer(offer, (to,), None), a_context(giver, now=now)).case
    hash_ = case.handovers[offer].candidates[to].offer_hash or ""
    return play(case, c.Accept(offer, hash_), a_context(to, now=now)).case


def watched() -> Case:
    """VT handed over to team A on Monday."""
    return handed(a_case(reports=(a_report(ReportState.ASSESSED),)), VT, TEAM_A, OFFER)


def asked(case: Case | None = None) -> Case:
    return play(case or watched(), ASK, a_context(VT)).case


def reached(case: Case, name: str, now: datetime, about: UUID = OFFER) -> Played:
    return play(case, c.TermReached(name, about), a_context(HUB, now=now))


def running(case: Case) -> dict[str, datetime]:
    return {term.name: term.due for term in case.running()}


# The moments


def test_a_yes_sets_two_moments_to_ask() -> None:
    assert running(watched()) == {t.MONITORING_FIRST: THREE_MONTHS, t.MONITORING_SECOND: EIGHTEEN_MONTHS}


def test_a_moment_that_comes_makes_the_question_due_and_the_triage_hears_so() -> None:
    played = reached(watched(), t.MONITORING_FIRST, THREE_MONTHS)
    week_later = datetime(2026, 6, 9, 21, 59, 59, tzinfo=UTC)
    assert running(played.case) == {t.MONITORING_SECOND: EIGHTEEN_MONTHS, t.MONITORING_QUESTION: week_later}
    reminder = n.Reminder(t.MONITORING_QUESTION, "monitoring.vraag", CASE, week_later)
    assert [(notice.to, notice.body) for notice in played.notices] == [(VT, reminder)]


def test_a_moment_does_not_come_before_its_day() -> None:
    assert reached(watched(), t.MONITORING_FIRST, THREE_MONTHS - timedelta(seconds=1)).decision.events == ()


def test_two_moments_at_once_after_a_standstill_make_one_question_due() -> None:
    late = EIGHTEEN_MONTHS + timedelta(days=1)
    case = reached(watched(), t.MONITORING_FIRST, late).case
    case = reached(case, t.MONITORING_SECOND, late).case
    assert [term.name for term in case.running()] == [t.MONITORING_QUESTION]


def test_a_question_that_the_triage_does_not_ask_is_an_alarm_to_the_triage_and_the_holder() -> None:
    case = reached(watched(), t.MONITORING_FIRST, THREE_MONTHS).case
    played = reached(case, t.MONITORING_QUESTION, THREE_MONTHS + timedelta(days=30), CASE)
    assert [(one.to, one.body.by) for one in played.notices if isinstance(one.body, n.Escalation)] == [
        (VT, (VT,)),
        (TEAM_A, (VT,)),
    ]


def test_a_handover_to_the_next_holder_sets_the_moments_anew() -> None:
    later = MONDAY + timedelta(days=30)
    case = handed(watched(), TEAM_A, TEAM_B, SECOND_OFFER, later)
    assert [(term.name, term.about) for term in case.running()] == [(name, SECOND_OFFER) for name in MOMENTS]
    assert running(case)[t.MONITORING_FIRST] == datetime(2026, 7, 1, 21, 59, 59, tzinfo=UTC)


def test_the_moments_end_when_the_triage_has_it_back() -> None:
    case = reached(watched(), t.MONITORING_FIRST, THREE_MONTHS).case
    assert running(handed(asked(case), TEAM_A, VT, SECOND_OFFER)) == {}


def test_there_are_none_where_a_reporter_took_back_what_became_advice() -> None:
    case = play(a_case(), c.Assess(REPORT, Outcome.TURNED_INTO_ADVICE, OFFER), a_context(VT)).case
    hash_ = case.handovers[OFFER].candidates[POLICE].offer_hash or ""
    case = play(case, c.Accept(OFFER, hash_), a_context(POLICE)).case
    assert (case.holder, running(case)) == (POLICE, {})


def test_there_are_none_where_only_the_region_moved_and_there_are_when_that_triage_hands_over() -> None:
    case = handed(a_case(reports=(a_report(ReportState.ASSESSED),)), VT, VT_ELSEWHERE, OFFER)
    assert running(case) == {}
    case = handed(case, VT_ELSEWHERE, TEAM_A, SECOND_OFFER)
    assert set(running(case)) == set(MOMENTS)
    played = reached(case, t.MONITORING_FIRST, THREE_MONTHS, SECOND_OFFER)
    assert [notice.to for notice in played.notices] == [VT_ELSEWHERE]


@pytest.mark.parametrize("name", [t.MONITORING_FIRST, t.MONITORING_QUESTION])
def test_a_triage_that_has_become_the_holder_itself_by_succession_is_not_to_ask_itself(name: str) -> None:
    case = watched() if name == t.MONITORING_FIRST else reached(watched(), t.MONITORING_FIRST, THREE_MONTHS).case
    about = OFFER if name == t.MONITORING_FIRST else CASE
    merged = fold(case, (e.PartySucceeded(THREE_MONTHS, TEAM_A, VT),))
    assert merged is not None
    played = reached(merged, name, THREE_MONTHS + timedelta(days=30), about)
    assert (played.decision.events, played.notices) == (
        (e.TermEnded(THREE_MONTHS + timedelta(days=30), name, about),),
        (),
    )


# Asked and answered


def test_the_holder_is_asked_and_the_question_is_met() -> None:
    case = reached(watched(), t.MONITORING_FIRST, THREE_MONTHS).case
    played = play(case, ASK, a_context(VT, now=THREE_MONTHS))
    assert [(notice.to, notice.body) for notice in played.notices] == [(TEAM_A, n.PassOn())]
    assert set(running(played.case)) == {t.MONITORING_SECOND, t.MONITORING_ANSWER}
    assert played.case.questions[QUESTION].of == TEAM_A


def test_it_is_to_be_answered_within_the_term_unless_the_triage_names_a_moment() -> None:
    by = MONDAY + timedelta(days=2)
    named = play(watched(), c.AskMonitoring(QUESTION, by), a_context(VT)).case
    assert running(asked())[t.MONITORING_ANSWER] == datetime(2026, 3, 16, 22, 59, 59, tzinfo=UTC)
    assert (running(named)[t.MONITORING_ANSWER], named.questions[QUESTION].answer_by) == (by, by)


def test_the_triage_may_ask_at_any_time_and_the_moments_stay() -> None:
    assert running(asked())[t.MONITORING_FIRST] == THREE_MONTHS


@pytest.mark.parametrize("holder", [VT, POLICE])
def test_there_is_nobody_to_ask_while_the_triage_or_a_reporter_holds(holder: Oin) -> None:
    state = ReportState.OFFERED if holder == POLICE else ReportState.ASSESSED
    case = a_case(holder=holder, reports=(a_report(state),))
    assert refusal(case, ASK, a_context(VT)) == (Code.STEP_NOT_ALLOWED, ("/correlationid",))


@pytest.mark.parametrize("sender", [TEAM_A, POLICE])
def test_only_the_triage_asks(sender: Oin) -> None:
    assert refusal(watched(), ASK, a_context(sender)) == (Code.STEP_NOT_ALLOWED, ("/correlationid",))


def test_a_number_of_a_question_is_used_once() -> None:
    assert refusal(asked(), ASK, a_context(VT)) == (Code.STEP_NOT_ALLOWED, ("/data/vraag",))


def test_a_moment_that_has_passed_is_none_to_answer_by() -> None:
    command = c.AskMonitoring(QUESTION, MONDAY)
    assert refusal(watched(), command, a_context(VT)) == (Code.SCHEMA_INVALID, ("/data/antwoordVoor",))


@pytest.mark.parametrize("result", MonitoringResult)
def test_the_triage_hears_the_answer_and_anything_but_safe_keeps_its_attention(result: MonitoringResult) -> None:
    played = play(asked(), c.AnswerMonitoring(QUESTION, result), a_context(TEAM_A))
    assert [(notice.to, notice.body) for notice in played.notices] == [(VT, n.PassOn())]
    assert played.case.attention is (result is not MonitoringResult.SAFE)
    assert played.case.questions[QUESTION].state is QuestionState.ANSWERED
    assert t.MONITORING_ANSWER not in running(played.case)


def test_no_answer_by_the_date_is_an_alarm_to_the_triage_too_for_who_must_act_is_the_holder() -> None:
    played = reached(asked(), t.MONITORING_ANSWER, MONDAY + timedelta(days=30), QUESTION)
    assert [one.to for one in played.notices if isinstance(one.body, n.Escalation)] == [TEAM_A, VT]
    assert played.case.holder == TEAM_A


@pytest.mark.parametrize(
    ("command", "sender"), [(SAFE, POLICE), (SAFE, VT), (replace(SAFE, question=QuestionId(CASE)), TEAM_A)]
)
def test_only_who_was_asked_answers_what_was_asked(command: c.CaseCommand, sender: Oin) -> None:
    assert refusal(asked(), command, a_context(sender)) == (Code.STEP_NOT_ALLOWED, ("/data/vraag",))


def test_an_answer_is_given_once() -> None:
    case = play(asked(), SAFE, a_context(TEAM_A)).case
    assert refusal(case, SAFE, a_context(TEAM_A)) == (Code.STEP_NOT_ALLOWED, ("/data/vraag",))


def test_an_answer_that_crosses_a_handover_is_still_heard() -> None:
    case = handed(asked(), TEAM_A, TEAM_B, SECOND_OFFER)
    assert t.MONITORING_ANSWER not in running(case)
    assert [notice.to for notice in play(case, SAFE, a_context(TEAM_A)).notices] == [VT]


# A new report


def test_a_new_report_on_a_case_that_is_watched_makes_the_question_due_at_once() -> None:
    played = play(watched(), c.Report(None), a_context(RVDK))
    assert any(isinstance(event, e.AttentionReopened) for event in played.events)
    assert played.case.attention
    assert running(played.case)[t.MONITORING_QUESTION] == datetime(2026, 3, 9, 22, 59, 59, tzinfo=UTC)


def test_a_second_one_does_not_make_it_due_twice() -> None:
    case = play(watched(), c.Report(None), a_context(RVDK)).case
    later = play(case, c.Report(None), a_context(POLICE, now=MONDAY + timedelta(days=1))).case
    assert [term.name for term in later.running()].count(t.MONITORING_QUESTION) == 1


@pytest.mark.parametrize("holder", [VT, POLICE])
def test_a_new_report_while_the_triage_or_a_reporter_holds_reopens_nothing(holder: Oin) -> None:
    state = ReportState.OFFERED if holder == POLICE else ReportState.ASSESSED
    played = play(a_case(holder=holder, reports=(a_report(state),)), c.Report(None), a_context(RVDK))
    assert (played.case.attention, running(played.case)) == (False, {})


def test_a_safe_answer_settles_it() -> None:
    case = play(watched(), c.Report(None), a_context(RVDK)).case
    assert not play(asked(case), SAFE, a_context(TEAM_A)).case.attention


def test_the_triage_that_has_it_back_has_it_in_hand() -> None:
    case = play(watched(), c.Report(None), a_context(RVDK)).case
    assert not handed(case, TEAM_A, VT, SECOND_OFFER).attention


def test_the_next_holder_does_not_settle_it() -> None:
    case = play(watched(), c.Report(None), a_context(RVDK)).case
    case = handed(case, TEAM_A, TEAM_B, SECOND_OFFER)
    assert case.attention
    assert t.MONITORING_QUESTION in running(case)
