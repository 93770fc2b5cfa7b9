"""Joint tables."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from hub.canonical.codes import Contribution
from hub.cases import events as e
from hub.cases.case import Action, Case, Table
from hub.cases.folds.base import having, stepped, taking_part
from hub.cases.states import ACTION, SEAT, SeatState, Step

SAYING: Mapping[Contribution, Step] = {
    Contribution.KNOWN: Step.SAY_KNOWN,
    Contribution.NOTHING_KNOWN: Step.SAY_NOTHING,
    Contribution.DECLINED: Step.DECLINE,
}


def opened(case: Case, event: e.TableOpened) -> Case:
    seats = dict.fromkeys(event.participants, SeatState.INVITED)
    seated = taking_part(case, event.table, dict(event.roles))
    table = Table(event.table, event.kind, event.chair, event.answer_by, seats)
    return _with(seated, replace(table, ties=dict(event.ties), decision_by=event.decision_by, said_at=event.at))


def contributed(case: Case, event: e.ContributionGiven) -> Case:
    table = case.tables[event.table]
    state = stepped(SEAT, table.seats[event.by], SAYING[event.contribution])
    return _with(case, replace(table, seats=having(table.seats, event.by, state), said_at=event.at))


def agreed(case: Case, event: e.ActionAgreed) -> Case:
    table = case.tables[event.table]
    action = Action(event.action, event.responsible, event.by)
    return _with(case, replace(table, actions=having(table.actions, event.action, action), said_at=event.at))


def accepted(case: Case, event: e.ActionAccepted) -> Case:
    table = case.tables[event.table]
    action = table.actions[event.action]
    taken = replace(action, state=stepped(ACTION, action.state, Step.ACCEPT_ACTION))
    return _with(case, replace(table, actions=having(table.actions, action.id, taken), said_at=event.at))


def ended(case: Case, event: e.TableEnded) -> Case:
    return _with(case, replace(case.tables[event.table], ended=True))


def _with(case: Case, table: Table) -> Case:
    return replace(case, tables=having(case.tables, table.id, table))


def evolve(case: Case, event: e.OfTables) -> Case:
    match event:
        case e.TableOpened():
            return opened(case, event)
        case e.ContributionGiven():
            return contributed(case, event)
        case e.ActionAgreed():
            return agreed(case, event)
        case e.ActionAccepted():
            return accepted(case, event)
        case e.TableEnded():
            return ended(case, event)
    assert_never(event)
