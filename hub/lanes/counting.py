"""What a decision adds to the counts of the region: one table of which event counts as what. Pure.

A count names no case and no party: only the role of who reported. That is the report the event is about, or else the
one that opened the case. What is done after its term counts as `buiten`, all else that a term waits for as `binnen`:
a term that had not begun has not passed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
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
    """How an event of one kind counts.

    Attributes:
        type: `group.name`; empty: that of the message which led to it.
        outcomes: the codes; each counts once.
        terms: names of the terms that wait for it, of which at most one runs.
        about: what such a term is about, of an event and its case.
    """

    type: str = ""
    outcomes: Callable[[Any], tuple[str, ...]] = lambda _event: ("",)
    terms: tuple[str, ...] = ()
    about: Callable[[Any, Case], UUID] = lambda _event, case: case.id


def _handover(event: Any, _case: Case) -> UUID:
    id_: UUID = event.handover
    return id_


_ANSWER = (t.OFFER_ANSWER, t.OFFER_ANSWER_ACUTE)

COUNTED: Mapping[type, Counting] = {
    e.ReportReceived: Counting(),
    e.ReportAssessed: Counting(
        "triage.veiligheidsbeoordeling",
        lambda event: (event.outcome,),
        (t.SAFETY_ASSESSMENT,),
        lambda event, _case: event.report,
    ),
    e.ResearchConcluded: Counting("triage.onderzoeksuitkomst", lambda event: event.outcomes, (t.RESEARCH,)),
    e.CaseArranged: Counting("overdrachten.belegd", lambda event: (event.arrangement,)),
    e.CaseClosed: Counting("triage.zaak-gesloten", lambda event: (event.reason,)),
    e.HandoverAccepted: Counting("overdrachten.aanvaard", terms=_ANSWER, about=_handover),
    e.HandoverRefused: Counting("overdrachten.geweigerd", lambda event: (event.reason,), _ANSWER, _handover),
    e.HandoverWithdrawn: Counting("overdrachten.ingetrokken", lambda event: (event.reason,), _ANSWER, _handover),
    e.MonitoringAnswered: Counting(
        "monitoring.antwoord",
        lambda event: (event.result,),
        (t.MONITORING_ANSWER,),
        lambda event, _case: event.question,
    ),
}
"""By kind of event; what is not here is not counted."""


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
    one = COUNTED.get(type(event))
    if one is None:
        return ()
    name = one.type or type_.removeprefix(WIRE_PREFIX).removesuffix(f".{VERSION}")
    role, within = _role(_report(event, after), after, directory, now), _within(one, event, before, now)
    region = (before or after).region
    return tuple(Count(_month(now), region, name, role, str(code), within) for code in one.outcomes(event))


def _month(now: datetime) -> str:
    return f"{now.astimezone(AMSTERDAM):%Y-%m}"


def _within(one: Counting, event: e.Event, before: Case | None, now: datetime) -> str:
    if not one.terms:
        return ""
    running = (before.term(name, one.about(event, before)) for name in one.terms) if before else iter(())
    late = any(term is not None and now > term.due for term in running)
    return LATE if late else IN_TIME


def _report(event: e.Event, case: Case) -> ReportOnCase | None:
    named = getattr(event, "report", None)
    opening = next((one for one in case.reports.values() if one.opened), None)
    return case.reports.get(named) if named else opening


def _role(report: ReportOnCase | None, case: Case, directory: Directory, now: datetime) -> str:
    """That in which it was reported; by an older version, that of who reported."""
    if report is None:
        return ""
    known = known_by_oin(directory, report.reporter, now)
    role = case.part(report.id, report.reporter) or (known.role if known is not None else None)
    return role.value if role is not None else ""
