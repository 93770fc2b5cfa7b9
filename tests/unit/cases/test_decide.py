"""Which case a message is about, and what holds for every step."""

from typing import get_args

import pytest

from hub.canonical import commands as c
from hub.canonical.codes import (
    Arrangement,
    Contribution,
    MonitoringResult,
    Outcome,
    RadarWithdrawal,
    RefusalReason,
    ResearchOutcome,
    TableKind,
    WithdrawalReason,
)
from hub.canonical.terms import SAFETY_ASSESSMENT
from hub.cases.decide import decide
from hub.cases.states import CandidacyState, ReportState
from hub.errors import Code
from tests.unit.cases.builders import (
    ACTION,
    CASE,
    COINCIDENCE,
    HUB,
    JOINED,
    LATEST,
    MONDAY,
    OFFER,
    POLICE,
    QUESTION,
    REPORT,
    STRANGER,
    TABLE,
    TEAM_A,
    VT,
    a_case,
    a_closed_case,
    a_context,
    a_report,
    an_offer,
    play,
    refusal,
)

COMMANDS: tuple[c.CaseCommand, ...] = (
    c.Report(None),
    c.Update(None),
    c.Delivered(REPORT),
    c.Record(REPORT),
    c.Assess(REPORT, Outcome.RESEARCH, None),
    c.Detach(JOINED),
    c.ConcludeResearch((ResearchOutcome.MOVED,)),
    c.Arrange(Arrangement.HELP_PRESENT),
    c.Close(),
    c.Offer(OFFER, (TEAM_A,), None),
    c.AskMore(OFFER),
    c.GiveMore(OFFER, full=False),
    c.Accept(OFFER, LATEST),
    c.Refuse(OFFER, RefusalReason.CAPACITY, None),
    c.Withdraw(OFFER, WithdrawalReason.BY_GIVER),
    c.Start(OFFER),
    c.Complete(OFFER),
    c.OpenTable(TABLE, TableKind.ACTION, (TEAM_A,), None),
    c.Contribute(TABLE, Contribution.KNOWN),
    c.Agree(TABLE, (c.AgreedAction(ACTION, TEAM_A, None),)),
    c.AcceptAction(TABLE, ACTION),
    c.AskMonitoring(QUESTION, None),
    c.AnswerMonitoring(QUESTION, MonitoringResult.SAFE),
    c.ConfirmContact(COINCIDENCE),
    c.WithdrawFromRadar(REPORT, RadarWithdrawal.RISK_GONE),
    c.AskStand(),
    c.TermReached(SAFETY_ASSESSMENT, REPORT),
    c.HolderEnded(),
)
ON_A_CASE = COMMANDS[1:]
ANY_PARTY = (c.Update, c.OpenTable)
"""Whoever can name the case may."""
STEPS = [one for one in ON_A_CASE if not isinstance(one, c.AtAnyTime | c.OfTheHub)]


def named(command: object) -> str:
    return type(command).__name__


def test_these_are_all_there_is_to_ask() -> None:
    assert [type(one) for one in COMMANDS] == list(dict.fromkeys(type(one) for one in COMMANDS))
    assert {type(one) for one in COMMANDS} == set(get_args(c.CaseCommand))


@pytest.mark.parametrize("command", ON_A_CASE, ids=named)
def test_a_step_on_a_case_the_sender_cannot_name_is_unknown(command: c.CaseCommand) -> None:
    assert refusal(None, command, a_context(STRANGER)) == (Code.CASE_UNKNOWN, ("/correlationid",))


@pytest.mark.parametrize("command", STEPS, ids=named)
def test_a_step_on_a_closed_case_says_so(command: c.CaseCommand) -> None:
    assert refusal(a_closed_case(), command, a_context(VT)) == (Code.CASE_CLOSED, ("/correlationid",))


@pytest.mark.parametrize("command", [c.Delivered(REPORT), c.TermReached(SAFETY_ASSESSMENT, REPORT)], ids=named)
def test_what_the_hub_itself_says_may_come_too_late_for_a_closed_case(command: c.CaseCommand) -> None:
    assert decide(a_closed_case(), command, a_context(HUB)).events == ()


def test_a_closed_case_still_answers() -> None:
    assert [notice.to for notice in play(a_closed_case(), c.AskStand(), a_context(POLICE)).notices] == [POLICE]


@pytest.mark.parametrize("command", [one for one in STEPS if not isinstance(one, ANY_PARTY)], ids=named)
def test_who_is_no_party_takes_no_step_and_is_refused_with_the_field_that_says_why(command: c.CaseCommand) -> None:
    """That it could not name the case is asked before; here it did."""
    joined = a_report(ReportState.RECORDED, number=JOINED, opened=False)
    case = a_case(reports=(a_report(ReportState.OFFERED), joined), offers=(an_offer((TEAM_A, CandidacyState.OFFERED)),))
    code, fields = refusal(case, command, a_context(STRANGER))
    assert code in {Code.STEP_NOT_ALLOWED, Code.HANDOVER_UNKNOWN}
    assert fields


def test_asking_changes_nothing_and_names_the_case_as_the_asker_knows_it() -> None:
    by_triage = play(a_case(), c.AskStand(), a_context(VT))
    by_reporter = play(a_case(), c.AskStand(), a_context(POLICE))
    assert by_triage.decision.events == by_reporter.decision.events == ()
    assert (by_triage.decision.reference, by_reporter.decision.reference) == (CASE, REPORT)


def test_a_moment_comes_for_no_case_but_its_own() -> None:
    assert decide(a_case(), c.TermReached(SAFETY_ASSESSMENT, JOINED), a_context(HUB, now=MONDAY)).events == ()
