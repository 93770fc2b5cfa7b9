"""A report leaves a case for one of its own, with what rests on it: both sides."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never
from uuid import UUID

from hub.cases import events as e
from hub.cases.attention import without_attention
from hub.cases.case import Case, CoincidenceOnCase, Question, ReportOnCase, Table
from hub.cases.folds.base import counted_under, having, stepped, taking_part
from hub.cases.states import ACTION, COINCIDENCE, QUESTION, REPORT, RESEARCH, TOOK_OVER, State, Step, after
from hub.ids import Oin, ReportId


def detached(case: Case, event: e.ReportDetached) -> Case:
    report = case.reports[event.report]
    gone = replace(report, state=stepped(REPORT, report.state, Step.DETACH))
    without = without_attention(case) if case.id in event.over else case
    left = replace(
        without,
        reports=having(case.reports, report.id, gone),
        research=stepped(RESEARCH, case.research, Step.DETACH) if event.research else case.research,
        gone={**case.gone, **dict.fromkeys(event.along, event.to)},
        held=tuple(oin for oin in case.held if oin != report.reporter or not _held_by(case, report)),
        attention_by=_but(report.id, without.attention_by),
        handovers={id_: one for id_, one in case.handovers.items() if id_ not in event.along},
        tables={
            id_: _without_seat(one, report.reporter) if id_ in event.over else one
            for id_, one in case.tables.items()
            if id_ not in event.along
        },
        questions={id_: _question(one, report.id, event.over) for id_, one in case.questions.items()},
    )
    if case.region_by == report.id:
        left = replace(left, assumed=True, named_desk=None, region_by=None)
    return replace(
        left,
        coincidences={
            id_: _coincidence(one, report, left, event.over)
            for id_, one in case.coincidences.items()
            if id_ not in event.along
        },
    )


def attached(case: Case, event: e.ReportAttached) -> Case:
    report = ReportOnCase(
        event.report,
        event.reporter,
        event.lane,
        opened=True,
        received_at=event.received_at,
        state=event.state,
        outcome=event.outcome,
        researched=event.researched,
        mda=event.mda,
        region=event.region,
        desk=event.desk,
        names=event.names,
        assumed=event.assumed,
    )
    under = counted_under(case, report, event.told)
    case = taking_part(case, event.report, {event.reporter: event.role})
    for table in event.tables:
        case = taking_part(case, table.table, dict(table.roles))
    return replace(
        case,
        reports=having(case.reports, event.report, report),
        told={event.reporter: event.told} if event.told and not under else {},
        told_under=under,
        apart_from=event.origin,
        advice=event.advice,
        tables={one.table: _table(one) for one in event.tables},
        coincidences={one.id: one for one in event.coincidences},
    )


def _table(one: e.TableAsItStood) -> Table:
    actions = {action.id: action for action in one.actions}
    ties = dict(one.ties)
    return Table(
        one.table,
        one.kind,
        one.chair,
        one.answer_by,
        dict(one.seats),
        actions,
        ties,
        one.decision_by,
        one.said_at,
        one.ended,
    )


def _held_by(case: Case, report: ReportOnCase) -> bool:
    """Whether its reporter held by it, and by nothing that anybody gave it."""
    took = any(report.reporter in one.in_state(*TOOK_OVER) for one in case.handovers.values())
    return report.opened and not took and report.reporter != case.holder and not case.is_desk(report.reporter)


def _without_seat(table: Table, oin: Oin) -> Table:
    actions = {
        id_: replace(one, state=_over(ACTION, one.state)) if one.responsible == oin else one
        for id_, one in table.actions.items()
    }
    return replace(
        table,
        seats={one: state for one, state in table.seats.items() if one != oin},
        ties={one: tie for one, tie in table.ties.items() if one != oin},
        actions=actions,
    )


def _coincidence(one: CoincidenceOnCase, report: ReportOnCase, left: Case, over: tuple[UUID, ...]) -> CoincidenceOnCase:
    told = tuple(oin for oin in one.told if oin != report.reporter or left.known_as(oin) is not None)
    state = _over(COINCIDENCE, one.state) if one.id in over else one.state
    return replace(one, state=state, told=told, others=_but(report.id, one.others))


def _question(one: Question, report: ReportId, over: tuple[UUID, ...]) -> Question:
    state = _over(QUESTION, one.state) if one.id in over else one.state
    return replace(one, state=state, because=_but(report, one.because))


def _over(table: Mapping[tuple[State, Step], State], state: State) -> State:
    return after(table, state, Step.DETACH) or state


def _but(report: ReportId, reports: tuple[ReportId, ...]) -> tuple[ReportId, ...]:
    return tuple(one for one in reports if one != report)


def evolve(case: Case, event: e.OfApart) -> Case:
    match event:
        case e.ReportDetached():
            return detached(case, event)
        case e.ReportAttached():
            return attached(case, event)
    assert_never(event)
