"""`zaken.stand`: who holds, what is open, which terms run, as far as the asker may know. No content."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from hub.canonical.notices import OpenStep, RunningTerm, Stand
from hub.canonical.partners import Role
from hub.canonical.terms import MDA_TABLE, MONITORING_QUESTION, REGION_HANDOVER
from hub.cases.case import NO_OTHERS, Case
from hub.cases.parts import asked_as, held_as
from hub.cases.states import (
    ActionState,
    CandidacyState,
    CaseState,
    CoincidenceState,
    QuestionState,
    ReportState,
    ResearchState,
    Step,
)
from hub.cases.terms import owed
from hub.ids import Oin

_NEXT = {ReportState.OFFERED: Step.RECORD, ReportState.RECORDED: Step.ASSESS}


def stand_for(case: Case, asker: Oin, now: datetime, but: frozenset[Role] = NO_OTHERS) -> Stand:
    """The stand as this party may see it.

    Triage and holder see the whole case, but what the radar found is the triage's; a reporter its own reports, a giver
    its offers, who sits at a joint table that table; a candidate sees what it is asked itself, for who else was asked
    is the giver's business. What it owes itself comes first: a message holds only so many.

    Args:
        but: the roles of the asker's other connections: what it sees or owes in these is not this one's.
    """
    seen, asked = _seen(case, asker, but), _asked(case, asker, but)
    steps = [step for step in open_steps(case) if step.about in seen or _owes(case, step, asker, but)]
    return Stand(
        status=case.state.value,
        holder=case.holder if case.may_know_holder(asker, but) else None,
        version=case.told.get(asker, 0) + 1,
        steps=tuple(sorted(steps, key=lambda step: step.by != asker)),
        terms=tuple(term for term in running_terms(case, now) if term.about in seen | asked),
        attention=case.attention and _oversees(case, asker, but),
    )


def open_steps(case: Case) -> Iterator[OpenStep]:
    """Every step somebody owes on the case; none once it is closed."""
    if case.state is CaseState.CLOSED:
        return
    yield from _of_reports(case)
    yield from _of_handovers(case)
    yield from _of_tables(case)
    yield from _of_terms(case)
    for question in case.questions.values():
        if question.state is QuestionState.ASKED and question.of == case.holder:
            yield OpenStep("monitoring.antwoord", question.of, question.id)
    for one in reversed(tuple(case.coincidences.values())):
        if one.state is CoincidenceState.FOUND:
            yield from (OpenStep("radar.contact-gelegd", oin, one.id) for oin in case.awaited(one))


def running_terms(case: Case, now: datetime) -> Iterator[RunningTerm]:
    """Every term that is not met, with whether it has passed: overdue is a state, not an error."""
    for term in case.running():
        yield RunningTerm(term.name, term.length, term.unit.value, term.about, term.due, now > term.due)


def _of_reports(case: Case) -> Iterator[OpenStep]:
    for report in case.reports.values():
        if report.state in _NEXT:
            yield OpenStep(f"triage.{_NEXT[report.state].value}", case.triage, report.id)
    if case.research is ResearchState.RUNNING:
        yield OpenStep(f"triage.{Step.CONCLUDE_RESEARCH.value}", case.triage, case.id)


def _of_handovers(case: Case) -> Iterator[OpenStep]:
    for handover in case.handovers.values():
        for oin in handover.open_candidates():
            yield OpenStep(f"overdrachten.{Step.ACCEPT.value}", oin, handover.id)
        if handover.full_wanted or handover.in_state(CandidacyState.MORE_ASKED):
            yield OpenStep(f"overdrachten.{Step.GIVE_MORE.value}", handover.giver, handover.id)


def _of_tables(case: Case) -> Iterator[OpenStep]:
    for table in case.tables.values():
        yield from (OpenStep("actieoverleg.inbreng", oin, table.id) for oin in table.silent())
        for action in table.actions.values():
            if action.state is ActionState.AGREED:
                yield OpenStep(f"actieoverleg.{Step.ACCEPT_ACTION.value}", action.responsible, action.id)


def _of_terms(case: Case) -> Iterator[OpenStep]:
    """What nothing but a running term says that somebody owes."""
    for term in case.running():
        if term.name in (MDA_TABLE, REGION_HANDOVER, MONITORING_QUESTION):
            step, by = owed(case, term)
            yield from (OpenStep(step, oin, term.about) for oin in by)


def _owes(case: Case, step: OpenStep, asker: Oin, but: frozenset[Role]) -> bool:
    return step.by == asker and asked_as(case, asker, step.about) not in but


def _is_triage(case: Case, asker: Oin, but: frozenset[Role]) -> bool:
    return asker == case.triage and case.is_desk(asker, but)


def _oversees(case: Case, asker: Oin, but: frozenset[Role]) -> bool:
    holds = asker == case.holder and case.knows_case(asker, but) and held_as(case, asker) not in but
    return _is_triage(case, asker, but) or holds


def _seen(case: Case, asker: Oin, but: frozenset[Role]) -> set[UUID]:
    if _oversees(case, asker, but):
        radar = case.coincidences if _is_triage(case, asker, but) else ()
        everything = (case.reports, case.handovers, case.tables, case.questions, radar, _actions(case))
        return {case.id, *(id_ for part in everything for id_ in part)}
    own = {report.id for report in case.own_reports() if report.reporter == asker}
    offers = case.handovers.values()
    given = {one.id for one in offers if asker == one.giver and case.part(one.id, asker) not in but}
    seated = {table.id for table in case.tables.values() if asker == table.chair or asker in table.seats}
    agreed = {action for table in case.tables.values() if table.id in seated for action in table.actions}
    return {*own, *given, *seated, *agreed}


def _asked(case: Case, asker: Oin, but: frozenset[Role]) -> set[UUID]:
    """What the asker itself owes: candidates, and whoever a running term waits for."""
    owing = (term.about for term in case.running() if asker in owed(case, term)[1])
    return {about for about in owing if asked_as(case, asker, about) not in but}


def _actions(case: Case) -> set[UUID]:
    return {action for table in case.tables.values() for action in table.actions}
