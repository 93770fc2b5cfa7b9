"""Every pair of state and step: the allowed ones lead where the contract says, the others are refused."""

from copy import deepcopy
from itertools import product

import pytest

from hub.canonical import commands as c
from hub.canonical.codes import Outcome, RefusalReason, WithdrawalReason
from hub.cases.case import Case
from hub.cases.states import (
    CANDIDACY,
    CASE,
    HOLDER_MOVES,
    REPORT,
    CandidacyState,
    CaseState,
    ReportState,
    Step,
    after,
)
from hub.errors import Code, Rejection
from hub.ids import Oin
from tests.unit.cases.builders import (
    LATEST,
    OFFER,
    POLICE,
    TEAM_A,
    VT,
    a_case,
    a_closed_case,
    a_context,
    a_report,
    an_offer,
    play,
)
from tests.unit.cases.builders import (
    REPORT as REPORT_ID,
)

# Written out again from CONTRACT, "Messages", so that a change of a table shows here.
REPORT_MOVES = {
    (ReportState.OFFERED, Step.RECORD): ReportState.RECORDED,
    (ReportState.OFFERED, Step.ASSESS): ReportState.ASSESSED,
    (ReportState.RECORDED, Step.ASSESS): ReportState.ASSESSED,
    (ReportState.ASSESSED, Step.RECORD): ReportState.ASSESSED,
}
CANDIDACY_MOVES = {
    (CandidacyState.OFFERED, Step.ACCEPT): CandidacyState.ACCEPTED,
    (CandidacyState.OFFERED, Step.REFUSE): CandidacyState.REFUSED,
    (CandidacyState.OFFERED, Step.WITHDRAW): CandidacyState.WITHDRAWN,
}
CASE_MOVES = {(CaseState.OPEN, Step.CLOSE): CaseState.CLOSED}

COMMANDS: dict[Step, tuple[Oin, c.CaseCommand]] = {
    Step.RECORD: (VT, c.Record(REPORT_ID)),
    Step.ASSESS: (VT, c.Assess(REPORT_ID, Outcome.RESEARCH, None)),
    Step.CLOSE: (VT, c.Close()),
    Step.ACCEPT: (TEAM_A, c.Accept(OFFER, LATEST)),
    Step.REFUSE: (TEAM_A, c.Refuse(OFFER, RefusalReason.CAPACITY, None)),
    Step.WITHDRAW: (VT, c.Withdraw(OFFER, WithdrawalReason.BY_GIVER)),
}


def refused(case: Case, step: Step) -> Code:
    """The code the step is refused with, once it is sure that the refusal changed nothing."""
    sender, command = COMMANDS[step]
    before = deepcopy(case)
    with pytest.raises(Rejection) as refusal:
        play(case, command, a_context(sender))
    assert case == before
    return refusal.value.reason


def a_case_with_report(state: ReportState) -> Case:
    return a_case(holder=POLICE if state is ReportState.OFFERED else VT, reports=(a_report(state),))


@pytest.mark.parametrize(("table", "moves"), [(REPORT, REPORT_MOVES), (CANDIDACY, CANDIDACY_MOVES), (CASE, CASE_MOVES)])
def test_a_table_allows_what_the_contract_allows_and_nothing_else(table: object, moves: object) -> None:
    assert table == moves


@pytest.mark.parametrize(("state", "step"), [*product(ReportState, (Step.RECORD, Step.ASSESS))])
def test_a_report_takes_the_steps_of_its_table_only(state: ReportState, step: Step) -> None:
    case, expected = a_case_with_report(state), REPORT_MOVES.get((state, step))
    if expected is None:
        assert refused(case, step) is Code.STEP_NOT_ALLOWED
    else:
        assert play(case, COMMANDS[step][1], a_context(VT)).case.reports[REPORT_ID].state is expected


@pytest.mark.parametrize(("state", "step"), [*product(CandidacyState, (Step.ACCEPT, Step.REFUSE, Step.WITHDRAW))])
def test_a_candidacy_takes_the_steps_of_its_table_only(state: CandidacyState, step: Step) -> None:
    case, expected = a_case(offers=(an_offer((TEAM_A, state)),)), CANDIDACY_MOVES.get((state, step))
    sender, command = COMMANDS[step]
    if expected is None:
        assert refused(case, step) is Code.STEP_NOT_ALLOWED
    else:
        played = play(case, command, a_context(sender))
        assert played.case.handovers[OFFER].candidates[TEAM_A].state is expected


@pytest.mark.parametrize("step", Step)
def test_a_closed_case_takes_no_steps(step: Step) -> None:
    assert refused(a_closed_case(), step) is Code.CASE_CLOSED


def test_an_open_case_closes() -> None:
    played = play(a_case(reports=(a_report(ReportState.ASSESSED),)), c.Close(), a_context(VT))
    assert (played.case.state, played.case.holder) == (CaseState.CLOSED, None)


def test_the_holder_moves_by_these_steps_and_no_others() -> None:
    assert set(HOLDER_MOVES) == {Step.RECORD, Step.ASSESS, Step.ACCEPT, Step.CLOSE}


@pytest.mark.parametrize(("state", "step"), [*product(ReportState, Step)])
def test_a_pair_that_is_not_in_the_table_leads_nowhere(state: ReportState, step: Step) -> None:
    assert after(REPORT, state, step) == REPORT_MOVES.get((state, step))
