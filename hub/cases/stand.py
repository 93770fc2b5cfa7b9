"""`zaken.stand`: who holds, what is open, which terms run, as far as the asker may know. No content."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from hub.canonical.notices import OpenStep, RunningTerm, Stand
from hub.cases.case import Case
from hub.cases.states import ReportState, Step
from hub.ids import Oin

_NEXT = {ReportState.OFFERED: Step.RECORD, ReportState.RECORDED: Step.ASSESS}


def stand_for(case: Case, asker: Oin, now: datetime) -> Stand:
    """The stand as this party may see it.

    Triage and holder see the whole case, a reporter its own reports, a giver its offers; a candidate sees what it is
    asked itself, for who else was asked is the giver's business.
    """
    seen, asked = _seen(case, asker), _asked(case, asker)
    return Stand(
        status=case.state.value,
        holder=case.holder if case.may_know_holder(asker) else None,
        version=case.told.get(asker, 0) + 1,
        steps=tuple(step for step in open_steps(case) if step.about in seen or step.by == asker),
        terms=tuple(term for term in running_terms(case, now) if term.about in seen | asked),
    )


def open_steps(case: Case) -> Iterator[OpenStep]:
    """Every step somebody owes on the case."""
    for report in case.reports.values():
        if report.state in _NEXT:
            yield OpenStep(f"triage.{_NEXT[report.state].value}", case.triage, report.id)
    for handover in case.handovers.values():
        for oin in handover.open_candidates():
            yield OpenStep(f"overdrachten.{Step.ACCEPT.value}", oin, handover.id)


def running_terms(case: Case, now: datetime) -> Iterator[RunningTerm]:
    """Every term that is not met, with whether it has passed: overdue is a state, not an error."""
    for term in case.terms:
        if not term.met:
            yield RunningTerm(term.name, term.length, term.unit.value, term.about, term.due, now > term.due)


def _seen(case: Case, asker: Oin) -> set[UUID]:
    if asker == case.triage or (asker == case.holder and case.knows_case(asker)):
        return {*case.reports, *case.handovers}
    own = {report.id for report in case.reports.values() if report.reporter == asker}
    given = {handover.id for handover in case.handovers.values() if asker == handover.giver}
    return {*own, *given}


def _asked(case: Case, asker: Oin) -> set[UUID]:
    return {handover.id for handover in case.handovers.values() if asker in handover.open_candidates()}
