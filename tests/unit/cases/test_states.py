"""Every pair of state and step: the allowed ones lead where the contract says, the others are refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from itertools import product
from typing import Any, get_args

import pytest

from hub.canonical import commands as c
from hub.canonical import terms as t
from hub.canonical.codes import (
    Contribution,
    MonitoringResult,
    Outcome,
    RefusalReason,
    ResearchOutcome,
    WithdrawalReason,
)
from hub.cases import events as e
from hub.cases import states as s
from hub.cases.case import Case
from hub.cases.states import (
    ActionState,
    CandidacyState,
    CaseState,
    CoincidenceState,
    QuestionState,
    ReportState,
    ResearchState,
    SeatState,
    Step,
)
from hub.cases.terms import OWED
from hub.errors import Code
from hub.ids import Oin
from hub.routing.rules import RULES
from hub.schemas.message import wire_type
from tests.unit.cases.builders import (
    ACTION,
    COINCIDENCE,
    JOINED,
    LATEST,
    OFFER,
    OM,
    POLICE,
    QUESTION,
    REPORT,
    RVDK,
    TABLE,
    TEAM_A,
    VT,
    a_case,
    a_closed_case,
    a_coincidence,
    a_context,
    a_question,
    a_report,
    a_table,
    an_action,
    an_offer,
    play,
    refusal,
)

ASSESSED = a_report(ReportState.ASSESSED)


@dataclass(frozen=True)
class Machine:
    """One table, written out again from docs/contract.md, "Messages", so that a change of a table shows here.

    Attributes:
        moves: what the table is to be.
        steps: who takes a step, and how; the others cannot be asked for by a message about this.
        at: a case in which the thing is in a state.
        look: the state of the thing.
        also: steps on something else that bring this along.
    """

    states: type[Enum]
    table: Mapping[Any, Any]
    moves: Mapping[Any, Any]
    steps: Mapping[Step, tuple[Oin, c.CaseCommand]]
    at: Callable[[Any], Case]
    look: Callable[[Case], Enum]
    also: tuple[Step, ...] = ()


def reported(state: ReportState) -> Case:
    return a_case(reports=(ASSESSED, a_report(state, number=JOINED, reporter=RVDK, opened=False)))


def researched(state: ResearchState) -> Case:
    return replace(a_case(), research=state)


def offered(state: CandidacyState) -> Case:
    took_over = state in s.TOOK_OVER
    offer = replace(an_offer((TEAM_A, state)), full_wanted=took_over)
    return a_case(holder=TEAM_A if took_over else VT, offers=(offer,))


def seated(state: SeatState) -> Case:
    return a_case(tables=(a_table((OM, state)),))


def agreed(state: ActionState) -> Case:
    return a_case(tables=(a_table((OM, SeatState.KNOWN), actions=(an_action(OM, state),)),))


def asked(state: QuestionState) -> Case:
    return a_case(holder=TEAM_A, offers=(an_offer((TEAM_A, CandidacyState.ACCEPTED)),), questions=(a_question(state),))


def found(state: CoincidenceState) -> Case:
    return a_case(coincidences=(a_coincidence(state, told=(VT, POLICE)),))


MACHINES = {
    "case": Machine(
        CaseState,
        s.CASE,
        {(CaseState.OPEN, Step.CLOSE): CaseState.CLOSED},
        {Step.CLOSE: (VT, c.Close())},
        lambda state: a_closed_case() if state is CaseState.CLOSED else a_case(reports=(ASSESSED,)),
        lambda case: case.state,
    ),
    "report": Machine(
        ReportState,
        s.REPORT,
        {
            (ReportState.OFFERED, Step.RECORD): ReportState.RECORDED,
            (ReportState.OFFERED, Step.ASSESS): ReportState.ASSESSED,
            (ReportState.OFFERED, Step.DETACH): ReportState.DETACHED,
            (ReportState.RECORDED, Step.ASSESS): ReportState.ASSESSED,
            (ReportState.RECORDED, Step.DETACH): ReportState.DETACHED,
            (ReportState.ASSESSED, Step.RECORD): ReportState.ASSESSED,
            (ReportState.ASSESSED, Step.DETACH): ReportState.DETACHED,
        },
        {
            Step.RECORD: (VT, c.Record(JOINED)),
            Step.ASSESS: (VT, c.Assess(JOINED, Outcome.NO_FOLLOW_UP, None)),
            Step.DETACH: (VT, c.Detach(JOINED)),
        },
        reported,
        lambda case: case.reports[JOINED].state,
    ),
    "research": Machine(
        ResearchState,
        s.RESEARCH,
        {
            (ResearchState.NONE, Step.ASSESS): ResearchState.RUNNING,
            (ResearchState.RUNNING, Step.ASSESS): ResearchState.RUNNING,
            (ResearchState.RUNNING, Step.CONCLUDE_RESEARCH): ResearchState.CONCLUDED,
            (ResearchState.RUNNING, Step.DETACH): ResearchState.NONE,
            (ResearchState.CONCLUDED, Step.ASSESS): ResearchState.RUNNING,
        },
        {
            Step.ASSESS: (VT, c.Assess(REPORT, Outcome.RESEARCH, None)),
            Step.CONCLUDE_RESEARCH: (VT, c.ConcludeResearch((ResearchOutcome.NO_CHILD_ABUSE,))),
        },
        researched,
        lambda case: case.research,
        also=(Step.DETACH,),
    ),
    "candidacy": Machine(
        CandidacyState,
        s.CANDIDACY,
        {
            (CandidacyState.OFFERED, Step.ASK_MORE): CandidacyState.MORE_ASKED,
            (CandidacyState.OFFERED, Step.GIVE_MORE): CandidacyState.OFFERED,
            (CandidacyState.OFFERED, Step.ACCEPT): CandidacyState.ACCEPTED,
            (CandidacyState.OFFERED, Step.REFUSE): CandidacyState.REFUSED,
            (CandidacyState.OFFERED, Step.WITHDRAW): CandidacyState.WITHDRAWN,
            (CandidacyState.OFFERED, Step.SUCCEED): CandidacyState.WITHDRAWN,
            (CandidacyState.MORE_ASKED, Step.ASK_MORE): CandidacyState.MORE_ASKED,
            (CandidacyState.MORE_ASKED, Step.GIVE_MORE): CandidacyState.OFFERED,
            (CandidacyState.MORE_ASKED, Step.ACCEPT): CandidacyState.ACCEPTED,
            (CandidacyState.MORE_ASKED, Step.REFUSE): CandidacyState.REFUSED,
            (CandidacyState.MORE_ASKED, Step.WITHDRAW): CandidacyState.WITHDRAWN,
            (CandidacyState.MORE_ASKED, Step.SUCCEED): CandidacyState.WITHDRAWN,
            (CandidacyState.ACCEPTED, Step.GIVE_MORE): CandidacyState.ACCEPTED,
            (CandidacyState.ACCEPTED, Step.START): CandidacyState.STARTED,
            (CandidacyState.ACCEPTED, Step.COMPLETE): CandidacyState.COMPLETED,
            (CandidacyState.STARTED, Step.GIVE_MORE): CandidacyState.STARTED,
            (CandidacyState.STARTED, Step.COMPLETE): CandidacyState.COMPLETED,
            (CandidacyState.COMPLETED, Step.START): CandidacyState.COMPLETED,
            (CandidacyState.COMPLETED, Step.GIVE_MORE): CandidacyState.COMPLETED,
        },
        {
            Step.ASK_MORE: (TEAM_A, c.AskMore(OFFER)),
            Step.GIVE_MORE: (VT, c.GiveMore(OFFER, full=True)),
            Step.ACCEPT: (TEAM_A, c.Accept(OFFER, LATEST)),
            Step.REFUSE: (TEAM_A, c.Refuse(OFFER, RefusalReason.CAPACITY, None)),
            Step.WITHDRAW: (VT, c.Withdraw(OFFER, WithdrawalReason.BY_GIVER)),
            Step.START: (TEAM_A, c.Start(OFFER)),
            Step.COMPLETE: (TEAM_A, c.Complete(OFFER)),
        },
        offered,
        lambda case: case.handovers[OFFER].candidates[TEAM_A].state,
        also=(Step.SUCCEED,),
    ),
    "seat": Machine(
        SeatState,
        s.SEAT,
        {
            (SeatState.INVITED, Step.SAY_KNOWN): SeatState.KNOWN,
            (SeatState.INVITED, Step.SAY_NOTHING): SeatState.NOTHING_KNOWN,
            (SeatState.INVITED, Step.DECLINE): SeatState.DECLINED,
            (SeatState.KNOWN, Step.SAY_KNOWN): SeatState.KNOWN,
            (SeatState.NOTHING_KNOWN, Step.SAY_KNOWN): SeatState.KNOWN,
            (SeatState.DECLINED, Step.SAY_KNOWN): SeatState.KNOWN,
            (SeatState.DECLINED, Step.SAY_NOTHING): SeatState.NOTHING_KNOWN,
        },
        {
            Step.SAY_KNOWN: (OM, c.Contribute(TABLE, Contribution.KNOWN)),
            Step.SAY_NOTHING: (OM, c.Contribute(TABLE, Contribution.NOTHING_KNOWN)),
            Step.DECLINE: (OM, c.Contribute(TABLE, Contribution.DECLINED)),
        },
        seated,
        lambda case: case.tables[TABLE].seats[OM],
    ),
    "action": Machine(
        ActionState,
        s.ACTION,
        {
            (ActionState.AGREED, Step.ACCEPT_ACTION): ActionState.ACCEPTED,
            (ActionState.AGREED, Step.SUCCEED): ActionState.ACCEPTED,
            (ActionState.AGREED, Step.DETACH): ActionState.MOOT,
            (ActionState.ACCEPTED, Step.DETACH): ActionState.MOOT,
        },
        {Step.ACCEPT_ACTION: (OM, c.AcceptAction(TABLE, ACTION))},
        agreed,
        lambda case: case.tables[TABLE].actions[ACTION].state,
        also=(Step.SUCCEED, Step.DETACH),
    ),
    "question": Machine(
        QuestionState,
        s.QUESTION,
        {
            (QuestionState.ASKED, Step.ANSWER): QuestionState.ANSWERED,
            (QuestionState.ASKED, Step.SUCCEED): QuestionState.MOOT,
            (QuestionState.ASKED, Step.DETACH): QuestionState.WITHDRAWN,
            (QuestionState.WITHDRAWN, Step.ANSWER): QuestionState.ANSWERED,
        },
        {Step.ANSWER: (TEAM_A, c.AnswerMonitoring(QUESTION, MonitoringResult.SAFE))},
        asked,
        lambda case: case.questions[QUESTION].state,
        also=(Step.SUCCEED, Step.DETACH),
    ),
    "coincidence": Machine(
        CoincidenceState,
        s.COINCIDENCE,
        {
            (CoincidenceState.FOUND, Step.CONTACT): CoincidenceState.CONTACTED,
            (CoincidenceState.FOUND, Step.SUCCEED): CoincidenceState.CONTACTED,
            (CoincidenceState.FOUND, Step.DETACH): CoincidenceState.MOOT,
            (CoincidenceState.CONTACTED, Step.CONTACT): CoincidenceState.CONTACTED,
        },
        {Step.CONTACT: (POLICE, c.ConfirmContact(COINCIDENCE))},
        found,
        lambda case: case.coincidences[COINCIDENCE].state,
        also=(Step.SUCCEED, Step.DETACH),
    ),
}
PAIRS = [
    pytest.param(one, state, step, id=f"{name}-{state.value}-{step.value}")
    for name, one in MACHINES.items()
    for state, step in product(one.states, one.steps)
]
EVERY = pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES.keys())


@EVERY
def test_a_table_allows_what_the_contract_allows_and_nothing_else(machine: Machine) -> None:
    assert machine.table == machine.moves
    assert {step for _, step in machine.table} == {*machine.steps, *machine.also}


@pytest.mark.parametrize(("machine", "state", "step"), PAIRS)
def test_a_step_leads_where_its_table_says_and_is_refused_where_it_says_nothing(
    machine: Machine, state: Enum, step: Step
) -> None:
    sender, command = machine.steps[step]
    case, expected = machine.at(state), machine.moves.get((state, step))
    if expected is not None:
        assert machine.look(play(case, command, a_context(sender)).case) is expected
    else:
        code, _ = refusal(case, command, a_context(sender))
        assert code is (Code.CASE_CLOSED if state is CaseState.CLOSED else Code.STEP_NOT_ALLOWED)


@EVERY
def test_a_pair_that_is_not_in_the_table_leads_nowhere(machine: Machine) -> None:
    for state, step in product(machine.states, Step):
        assert s.after(machine.table, state, step) == machine.moves.get((state, step))


def test_a_step_that_nobody_can_ask_for_is_the_directorys_or_the_recoverys_or_goes_along_with_another() -> None:
    assert set(Step) - {step for one in MACHINES.values() for step in one.steps} == {Step.SUCCEED, Step.REBUILD}


def test_the_holder_moves_by_these_steps_and_no_others() -> None:
    assert set(s.HOLDER_MOVES) == {
        Step.RECORD,
        Step.ASSESS,
        Step.DETACH,
        Step.ACCEPT,
        Step.CLOSE,
        Step.SUCCEED,
        Step.REBUILD,
    }


def test_every_kind_of_event_and_of_command_is_of_one_subject() -> None:
    """What each does is then for the type checker to see: a kind without its line does not pass `make check`."""
    events = (e.OfTheCase, e.OfSuccession, e.OfReports, e.OfApart, e.OfTerms, e.OfHandovers, e.OfMonitoring, e.OfTables)
    commands = (c.OfReports, c.OfTriage, c.OfHandovers, c.OfTables, c.OfMonitoring, c.AtAnyTime)
    for subjects, apart, every in (
        (events, {e.CaseOpened}, e.Event),
        (commands, {c.Report, c.TermReached}, c.CaseCommand),
    ):
        kinds = [kind for subject in subjects for kind in get_args(subject)]
        assert len(kinds) == len(set(kinds))
        assert {*kinds} | apart == set(get_args(every))


def test_every_term_waits_for_a_step_that_somebody_can_send() -> None:
    assert set(OWED) == set(t.TERMS)
    assert all(RULES[wire_type(one.step)].senders for one in OWED.values())
