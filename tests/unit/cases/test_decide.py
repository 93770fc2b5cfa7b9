"""Which case a message is about, and what holds for every step."""

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Outcome, RefusalReason, WithdrawalReason
from hub.cases.decide import decide
from hub.cases.states import ReportState
from hub.errors import Code, Rejection
from hub.ids import Oin
from tests.unit.cases.builders import (
    CASE,
    LATEST,
    OFFER,
    OM,
    POLICE,
    REPORT,
    RVDK,
    STRANGER,
    TEAM_A,
    VT,
    a_case,
    a_closed_case,
    a_context,
    a_report,
    an_offer,
    play,
)

STEPS: tuple[c.CaseCommand, ...] = (
    c.Update(None),
    c.Record(REPORT),
    c.Assess(REPORT, Outcome.RESEARCH, None),
    c.Close(),
    c.Offer(OFFER, (TEAM_A,), None),
    c.Accept(OFFER, LATEST),
    c.Refuse(OFFER, RefusalReason.CAPACITY, None),
    c.Withdraw(OFFER, WithdrawalReason.BY_GIVER),
)


@pytest.mark.parametrize("command", [*STEPS, c.AskStand()], ids=lambda one: type(one).__name__)
def test_a_step_on_a_case_the_sender_cannot_name_is_unknown(command: c.CaseCommand) -> None:
    with pytest.raises(Rejection) as refusal:
        decide(None, command, a_context(STRANGER))
    assert (refusal.value.reason, refusal.value.fields) == (Code.CASE_UNKNOWN, ("/correlationid",))


@pytest.mark.parametrize("command", STEPS, ids=lambda one: type(one).__name__)
def test_a_step_on_a_closed_case_says_so(command: c.CaseCommand) -> None:
    with pytest.raises(Rejection) as refusal:
        decide(a_closed_case(), command, a_context(VT))
    assert (refusal.value.reason, refusal.value.fields) == (Code.CASE_CLOSED, ("/correlationid",))


def test_a_closed_case_still_answers_and_takes_a_late_confirmation() -> None:
    played = play(a_closed_case(), c.AskStand(), a_context(POLICE))
    assert [notice.to for notice in played.notices] == [POLICE]
    assert decide(a_closed_case(), c.Delivered(REPORT), a_context(VT)).events == ()


@pytest.mark.parametrize("sender", [POLICE, TEAM_A])
@pytest.mark.parametrize("command", [c.Record(REPORT), c.Assess(REPORT, Outcome.RESEARCH, None), c.Close()])
def test_only_the_triage_records_assesses_and_closes(sender: Oin, command: c.CaseCommand) -> None:
    state = ReportState.ASSESSED if isinstance(command, c.Close) else ReportState.OFFERED
    case = a_case(reports=(a_report(state),), offers=(an_offer(),))
    with pytest.raises(Rejection) as refusal:
        decide(case, command, a_context(sender))
    assert refusal.value.reason is Code.STEP_NOT_ALLOWED


def test_asking_changes_nothing_and_names_the_case_as_the_asker_knows_it() -> None:
    by_triage = play(a_case(), c.AskStand(), a_context(VT))
    by_reporter = play(a_case(), c.AskStand(), a_context(POLICE))
    assert by_triage.decision.events == by_reporter.decision.events == ()
    assert (by_triage.decision.reference, by_reporter.decision.reference) == (CASE, REPORT)


def test_news_goes_once_to_triage_holder_and_route_and_never_back() -> None:
    case = a_case(holder=TEAM_A, offers=(an_offer(),))
    played = play(case, c.Update(None), a_context(POLICE, tell=(OM, TEAM_A, POLICE, VT, OM)))
    assert [(notice.to, notice.body) for notice in played.notices] == [(to, n.PassOn()) for to in (VT, TEAM_A, OM)]
    assert played.decision.events == ()
    assert played.case.holder == TEAM_A


def test_the_triages_own_news_does_not_come_back_to_it() -> None:
    assert [notice.to for notice in play(a_case(), c.Update(None), a_context(VT, tell=(RVDK,))).notices] == [RVDK]
