"""What asks for attention goes on asking until whoever holds has said since that it is safe."""

from datetime import timedelta
from uuid import UUID

import pytest

from hub.canonical import commands as c
from hub.canonical.codes import MonitoringResult
from hub.canonical.terms import MONITORING_QUESTION
from hub.cases.case import Case
from hub.cases.states import ReportState
from hub.ids import HandoverId, Oin, QuestionId
from tests.unit.cases.builders import MONDAY, RVDK, TEAM_A, TEAM_B, VT, a_case, a_context, a_report, play

FIRST, SECOND = QuestionId(UUID(int=1)), QuestionId(UUID(int=2))


def handed(case: Case, giver: Oin, to: Oin, number: int) -> Case:
    offer = HandoverId(UUID(int=100 + number))
    case = play(case, c.Offer(offer, (to,), None), a_context(giver)).case
    return play(case, c.Accept(offer, case.handovers[offer].candidates[to].offer_hash or ""), a_context(to)).case


def watched() -> Case:
    return handed(a_case(reports=(a_report(ReportState.ASSESSED),)), VT, TEAM_A, 1)


def asked(case: Case, question: QuestionId) -> Case:
    return play(case, c.AskMonitoring(question, None), a_context(VT)).case


def said(case: Case, question: QuestionId, by: Oin, result: MonitoringResult = MonitoringResult.SAFE) -> Case:
    return play(case, c.AnswerMonitoring(question, result), a_context(by, now=MONDAY + timedelta(days=1))).case


def reported(case: Case) -> Case:
    return play(case, c.Report(None), a_context(RVDK)).case


def has_to_ask(case: Case) -> bool:
    return any(term.name == MONITORING_QUESTION for term in case.running())


def test_an_answer_to_what_was_asked_before_the_new_report_does_not_settle_it() -> None:
    case = said(reported(asked(watched(), FIRST)), FIRST, TEAM_A)
    assert case.attention
    assert not said(asked(case, SECOND), SECOND, TEAM_A).attention


def test_nor_does_the_word_of_who_no_longer_holds() -> None:
    case = handed(asked(reported(watched()), FIRST), TEAM_A, TEAM_B, 2)
    assert said(case, FIRST, TEAM_A).attention


@pytest.mark.parametrize("result", [one for one in MonitoringResult if one is not MonitoringResult.SAFE])
def test_a_triage_that_holds_has_in_hand_what_a_late_answer_says(result: MonitoringResult) -> None:
    case = handed(asked(watched(), FIRST), TEAM_A, VT, 2)
    assert not said(case, FIRST, TEAM_A, result).attention


def test_the_triage_has_to_ask_the_next_holder_what_the_last_did_not_answer() -> None:
    case = handed(asked(reported(watched()), FIRST), TEAM_A, TEAM_B, 2)
    assert has_to_ask(case)
    assert not has_to_ask(asked(case, SECOND))


def test_it_has_to_ask_once() -> None:
    case = handed(reported(watched()), TEAM_A, TEAM_B, 2)
    assert [term.name for term in case.running()].count(MONITORING_QUESTION) == 1


def test_without_attention_there_is_nothing_to_ask_at_once() -> None:
    assert not has_to_ask(handed(asked(watched(), FIRST), TEAM_A, TEAM_B, 2))
