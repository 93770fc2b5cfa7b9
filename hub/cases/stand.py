"""`zaken.stand`: who holds, what is open, which terms run, as far as the asker may know. No content."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from hub.canonical.notices import OpenStep, RunningTerm, Stand
from hub.canonical.partners import Role
from hub.canonical.terms import MDA_TABLE, MONITORING_QUESTION, REGION_HANDOVER
from hub.cases.case import NO_OTHERS, Case, ReportOnCase, TermOnCase
from hub.cases.sight import PART_OF, Part, Sight, sight_of
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
from hub.cases.terms import owed
from hub.cases.ties import Tie
from hub.ids import Oin

_NEXT = {ReportState.OFFERED: Step.RECORD, ReportState.RECORDED: Step.ASSESS}
NOT_RECORDED, RECORDED = "nog-niet-vastgelegd", "vastgelegd"
"""`status`, to a reporter: of its own report. Until it is recorded, it goes on watching."""
HANDED_ON = "overgedragen"
"""`status`, to who has handed on: it had the case, or gave it, and that is over."""
OVER = "beeindigd"
"""`status`, to who was at a table: that is over."""


def stand_for(
    case: Case, asker: Oin, now: datetime, but: frozenset[Role] = NO_OTHERS, named: UUID | None = None
) -> Stand:
    """The stand as this party may see it, by the table of `sight.py`. What it owes itself comes first: a message holds
    only so many.

    Args:
        but: the roles of the asker's other connections: what it sees or owes in these is not this one's.
        named: what the asker calls the case; as it usually does, if nothing is said.
    """
    name = named if named is not None else case.known_as(asker, but)
    sight = sight_of(case, asker, but)
    report = None if sight.oversees else case.report_called(asker, name)
    seen = sight.called(report.id if report is not None else None)
    told_as = report.id if report is not None else case.known_as(asker, but)
    steps = _as_told(case, report, _seen_steps(case, asker, seen))
    return Stand(
        status=_status(case, report, seen),
        holder=case.holder if seen.knows_holder else None,
        version=case.next_version(asker, told_as) if told_as is not None else 1,
        steps=tuple(sorted(steps, key=lambda step: step.by != asker)),
        terms=tuple(_shown(term, now) for term in case.running() if _sees_term(case, term, asker, seen)),
        attention=case.attention and seen.oversees,
        report=report.id if report is not None else None,
    )


def open_steps(case: Case) -> Iterator[OpenStep]:
    """Every step somebody owes on the case; none once it is closed."""
    return (step for _, step in _steps(case))


def running_terms(case: Case, now: datetime) -> Iterator[RunningTerm]:
    """Every term that is not met, with whether it has passed: overdue is a state, not an error."""
    return (_shown(term, now) for term in case.running())


def _shown(term: TermOnCase, now: datetime) -> RunningTerm:
    return RunningTerm(term.name, term.length, term.unit.value, term.about, term.due, now > term.due)


def _status(case: Case, report: ReportOnCase | None, seen: Sight) -> str:
    """Of the case to who may know it; of its own report to a reporter; else of what became of an offer to the asker."""
    if report is not None:
        return NOT_RECORDED if report.state is ReportState.OFFERED else RECORDED
    if seen.knows_state:
        return case.state.value
    return next((word for tie, word in _BECAME.items() if tie in seen.ties), HANDED_ON)


_BECAME: Mapping[Tie, str] = {
    Tie.GIVER: HANDED_ON,
    Tie.HELD_BEFORE: HANDED_ON,
    Tie.FORMER_TRIAGE: HANDED_ON,
    Tie.REFUSED: CandidacyState.REFUSED.value,
    Tie.WITHDRAWN: CandidacyState.WITHDRAWN.value,
    Tie.DECLINED: SeatState.DECLINED.value,
    Tie.SAT: OVER,
}


def _seen_steps(case: Case, asker: Oin, seen: Sight) -> Iterator[OpenStep]:
    return (step for part, step in _steps(case) if seen.sees(part, step.about, itself=step.by == asker))


def _as_told(case: Case, report: ReportOnCase | None, steps: Iterator[OpenStep]) -> Iterator[OpenStep]:
    """A reporter is told of the desk of the region that it reported to, wherever the case is."""
    desk = case.desk_of(report) if report is not None else None
    for step in steps:
        if report is None or step.about != report.id:
            yield step
        elif desk is not None:
            yield replace(step, by=desk)


def _sees_term(case: Case, term: TermOnCase, asker: Oin, seen: Sight) -> bool:
    return seen.sees(PART_OF[term.name], term.about, itself=asker in owed(case, term)[1])


def _steps(case: Case) -> Iterator[tuple[Part, OpenStep]]:
    if case.state is not CaseState.CLOSED:
        yield from ((part, step) for part, of in _OPEN for step in of(case))


def _of_reports(case: Case) -> Iterator[OpenStep]:
    for report in case.reports.values():
        if report.state in _NEXT:
            yield OpenStep(f"triage.{_NEXT[report.state].value}", case.triage, report.id)


def _of_research(case: Case) -> Iterator[OpenStep]:
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


def _of_monitoring(case: Case) -> Iterator[OpenStep]:
    for question in case.questions.values():
        if question.state is QuestionState.ASKED and question.of == case.holder:
            yield OpenStep("monitoring.antwoord", question.of, question.id)


def _of_radar(case: Case) -> Iterator[OpenStep]:
    for one in reversed(tuple(case.coincidences.values())):
        if one.state is CoincidenceState.FOUND:
            yield from (OpenStep("radar.contact-gelegd", oin, one.id) for oin in case.awaited(one))


def _of_term(name: str) -> Callable[[Case], Iterator[OpenStep]]:
    """What nothing but a running term says that somebody owes."""

    def of(case: Case) -> Iterator[OpenStep]:
        for term in case.running():
            if term.name == name:
                step, by = owed(case, term)
                yield from (OpenStep(step, oin, term.about) for oin in by)

    return of


_OPEN: tuple[tuple[Part, Callable[[Case], Iterator[OpenStep]]], ...] = (
    (Part.REPORTS, _of_reports),
    (Part.RESEARCH, _of_research),
    (Part.OFFERS, _of_handovers),
    (Part.TABLES, _of_tables),
    (Part.TABLES, _of_term(MDA_TABLE)),
    (Part.OFFERS, _of_term(REGION_HANDOVER)),
    (Part.MONITORING, _of_term(MONITORING_QUESTION)),
    (Part.MONITORING, _of_monitoring),
    (Part.RADAR, _of_radar),
)
