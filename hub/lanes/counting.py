"""What a decision adds to the counts of the region: one table of which event counts as what. Pure.

A count names no case and no party: only the role of who reported. That is the report the event is about, or else the
one that opened the case. What is done after its term counts as `buiten`, all else that a term waits for as `binnen`:
a term that had not begun has not passed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.canonical import terms as t
from hub.canonical.partners import Directory, Role
from hub.cases import events as e
from hub.cases.calendar import AMSTERDAM
from hub.cases.case import Case, ReportOnCase
from hub.ids import RegionId
from hub.ports import Count
from hub.routing.directory import known_by_oin
from hub.schemas.message import VERSION, WIRE_PREFIX

ADVICE = "adviezen.adviesvraag"
IN_TIME, LATE = "binnen", "buiten"


@dataclass(frozen=True, slots=True)
class Counting:
    """How an event counts.

    Attributes:
        type: `group.name`; empty: that of the message which led to it.
        outcomes: the codes; each counts once.
        terms: names of the terms that wait for it, of which at most one runs.
        about: what such a term is about; the case, if nothing else.
    """

    type: str = ""
    outcomes: tuple[str, ...] = ("",)
    terms: tuple[str, ...] = ()
    about: UUID | None = None


_ANSWER = (t.OFFER_ANSWER, t.OFFER_ANSWER_ACUTE)


def _counting(event: e.Event) -> Counting | None:
    """What is not here is not counted."""
    match event:
        case e.ReportReceived():
            return Counting()
        case e.ReportAssessed():
            return Counting("triage.veiligheidsbeoordeling", (event.outcome,), (t.SAFETY_ASSESSMENT,), event.report)
        case e.ResearchConcluded():
            return Counting("triage.onderzoeksuitkomst", event.outcomes, (t.RESEARCH,))
        case e.CaseArranged():
            return Counting("overdrachten.belegd", (event.arrangement,))
        case e.CaseClosed():
            return Counting("triage.zaak-gesloten", (event.reason or "",))
        case e.HandoverAccepted():
            return Counting("overdrachten.aanvaard", terms=_ANSWER, about=event.handover)
        case e.HandoverRefused():
            return Counting("overdrachten.geweigerd", (event.reason,), _ANSWER, event.handover)
        case e.HandoverWithdrawn():
            return Counting("overdrachten.ingetrokken", (event.reason,), _ANSWER, event.handover)
        case e.MonitoringAnswered():
            return Counting("monitoring.antwoord", (event.result,), (t.MONITORING_ANSWER,), event.question)
    return None


def counted(
    type_: str, events: Iterable[e.Event], before: Case | None, after: Case, now: datetime, directory: Directory
) -> tuple[Count, ...]:
    """What these events on one case add.

    Args:
        type_: the wire type of the message that led to them.
        before, after: the case; its region before is the one that counts, as a case may go to another by a yes.
        directory: for the role of a reporter, also of one that has ended.
    """
    return tuple(count for event in events for count in _counts(type_, event, before, after, now, directory))


def advice_counted(role: Role, region: RegionId, now: datetime) -> Count:
    """A request for advice: it has no case, and counts by the role of who asks."""
    return Count(_month(now), region, ADVICE, role.value)


def _counts(
    type_: str, event: e.Event, before: Case | None, after: Case, now: datetime, directory: Directory
) -> tuple[Count, ...]:
    one = _counting(event)
    if one is None:
        return ()
    name = one.type or type_.removeprefix(WIRE_PREFIX).removesuffix(f".{VERSION}")
    role, within = _role(_report(event, after), after, directory, now), _within(one, before, now)
    region = (before or after).region
    return tuple(Count(_month(now), region, name, role, str(code), within) for code in one.outcomes)


def _month(now: datetime) -> str:
    return f"{now.astimezone(AMSTERDAM):%Y-%m}"


def _within(one: Counting, before: Case | None, now: datetime) -> str:
    if not one.terms:
        return ""
    running = (before.term(name, one.about or before.id) for name in one.terms) if before else iter(())
    late = any(term is not None and now > term.due for term in running)
    return LATE if late else IN_TIME


def _report(event: e.Event, case: Case) -> ReportOnCase | None:
    named = event.report if isinstance(event, e.ReportReceived | e.ReportAssessed) else None
    opening = next((one for one in case.reports.values() if one.opened), None)
    return case.reports.get(named) if named else opening


def _role(report: ReportOnCase | None, case: Case, directory: Directory, now: datetime) -> str:
    """That in which it was reported; by an older version, that of who reported."""
    if report is None:
        return ""
    known = known_by_oin(directory, report.reporter, now)
    role = case.part(report.id, report.reporter) or (known.role if known is not None else None)
    return role.value if role is not None else ""
