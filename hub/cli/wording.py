"""What happened to a case, in words: a line for each kind of event, with codes, parties and times, and no content."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import assert_never
from uuid import UUID

from hub.canonical.partners import Directory
from hub.cases import events as e
from hub.ids import Oin
from hub.routing.directory import known_by_oin

_KINDS = {
    "report": "report",
    "handover": "offer",
    "table": "table",
    "action": "action",
    "question": "question",
    "coincidence": "coincidence",
}
"""What an event numbers, by its attribute."""


@dataclass(frozen=True, slots=True)
class Names:
    """Short names instead of numbers.

    Attributes:
        parties: the id of the partner that an organisation is, as the directory has it now.
        things: `report 1`, `offer 2`, by their ids, in the order in which they came.
    """

    parties: Mapping[Oin, str] = field(default_factory=dict)
    things: Mapping[UUID, str] = field(default_factory=dict)

    def party(self, oin: Oin) -> str:
        return self.parties.get(oin, oin)

    def all(self, oins: Iterable[Oin]) -> str:
        return ", ".join(map(self.party, oins)) or "nobody"

    def thing(self, id_: UUID) -> str:
        """Its short name; the whole id of what is not on this case."""
        return self.things.get(id_, str(id_))


def names_of(events: Iterable[e.Event], directory: Directory, now: datetime) -> Names:
    """The names of all that these events mention."""
    things: dict[UUID, str] = {}
    seen = dict.fromkeys(_KINDS.values(), 0)
    for event in events:
        if isinstance(event, e.CaseOpened):
            things[event.case] = "the case"
        for attribute, kind in _KINDS.items():
            id_ = getattr(event, attribute, None)
            if id_ is not None and id_ not in things:
                seen[kind] += 1
                things[id_] = f"{kind} {seen[kind]}"
    parties = {one.oin: known_by_oin(directory, one.oin, now) for one in directory.partners.values()}
    return Names({oin: one.id for oin, one in parties.items() if one is not None}, things)


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}Z"


def words(event: e.Event, names: Names) -> str:
    """The event as a line of a register."""
    if isinstance(event, e.CaseOpened):
        return _opened(event, names)
    if isinstance(event, e.OfTheCase):
        return _of_the_case(event, names)
    if isinstance(event, e.OfSuccession):
        return _of_succession(event, names)
    if isinstance(event, e.OfReports):
        return _of_reports(event, names)
    if isinstance(event, e.OfApart):
        return _of_apart(event, names)
    if isinstance(event, e.OfTerms):
        return _of_terms(event, names)
    if isinstance(event, e.OfHandovers):
        return _of_handovers(event, names)
    if isinstance(event, e.OfMonitoring):
        return _of_monitoring(event, names)
    if isinstance(event, e.OfTables):
        return _of_tables(event, names)
    assert_never(event)


def _received(event: e.ReportReceived, n: Names) -> str:
    joins = "opens the case" if event.opened else f"joins by {event.ground or 'its sender'}"
    return f"{n.thing(event.report)} received from {n.party(event.reporter)} ({event.lane}), {joins}"


def _assessed(event: e.ReportAssessed, n: Names) -> str:
    found = {"acute unsafety": event.acute, "structural unsafety": event.structural, "MDA++": event.mda}
    return ", ".join(
        (f"{n.thing(event.report)} assessed: {event.outcome}", *(one for one, is_ in found.items() if is_))
    )


def _offered(event: e.HandoverOffered, n: Names) -> str:
    how = " back" if event.back else ""
    acute = ", acute" if event.acute else ""
    who = f"{n.thing(event.handover)}: {n.party(event.giver)} offers{how} to {n.all(event.candidates)}"
    return f"{who}{acute}, answer by {moment(event.answer_by)}"


def _refused(event: e.HandoverRefused, n: Names) -> str:
    onward = f"; it names {n.party(event.onward_to)}" if event.onward_to else ""
    return f"{n.thing(event.handover)}: no of {n.party(event.by)}, {event.reason}{onward}"


def _opened(event: e.CaseOpened, n: Names) -> str:
    linked = f", goes on from {n.thing(event.linked)}" if event.linked else ""
    region = f"{event.region} (assumed: nothing named a region)" if event.assumed else event.region
    return f"case opened in {region}, triage {n.party(event.triage)}{linked}"


def _linked(event: e.CaseLinked, n: Names) -> str:
    if not event.contradicts:
        return f"perhaps the same people as case {n.thing(event.other)}: {', '.join(event.grounds)}"
    also = f" ({', '.join(event.grounds)})" if event.grounds else ""
    differ = " and ".join(event.contradicts)
    return f"one number, two people: case {n.thing(event.other)}{also} says another {differ}"


def _region_moved(event: e.RegionMoved, n: Names) -> str:
    because = f", as {n.thing(event.because)} names it" if event.because else ""
    return f"the case goes to region {event.region}, triage {n.party(event.triage)}{because}"


def _agreed(event: e.ActionAgreed, n: Names) -> str:
    by = f", by {moment(event.by)}" if event.by else ""
    return f"{n.thing(event.table)}: {n.thing(event.action)} agreed, for {n.party(event.responsible)}{by}"


def _found(event: e.CoincidenceFound, n: Names) -> str:
    others = f"{len(event.others)} other report{'s' * (len(event.others) != 1)}"
    return f"{n.thing(event.coincidence)}: {others} beside {n.thing(event.report)}; told {n.all(event.told)}"


def _detached(event: e.ReportDetached, n: Names) -> str:
    along = f", with {', '.join(map(n.thing, event.along))}" if event.along else ""
    ends = (n.thing(one).replace("the case", "attention") for one in event.over)
    over = f"; over with it: {', '.join(ends)}" if event.over else ""
    return f"{n.thing(event.report)} is taken out, goes on as case {n.thing(event.to)}{along}{over}"


def _reissued(event: e.NoticeReissued, n: Names) -> str:
    again = f"as {event.message} instead of {event.replaces}"
    return f"told {n.party(event.to)} again, {again if event.message != event.replaces else 'for who is in its place'}"


def _of_the_case(event: e.OfTheCase, n: Names) -> str:
    match event:
        case e.CaseLinked():
            return _linked(event, n)
        case e.HolderMoved():
            return f"sight on safety: {n.party(event.giver)} to {n.party(event.receiver)}"
        case e.RegionMoved():
            return _region_moved(event, n)
        case e.RegionNamed():
            return f"{n.thing(event.report)} names region {event.region}, triage {n.party(event.triage)}"
        case e.CaseArranged():
            return f"follow-up arranged: {event.arrangement}"
        case e.CaseClosed():
            return f"case closed by {n.party(event.by)}" + (f": {event.reason}" if event.reason else "")
        case e.NoticeIssued():
            return f"told {n.party(event.to)}"
        case e.NoticeReissued():
            return _reissued(event, n)
    assert_never(event)


def _of_succession(event: e.OfSuccession, n: Names) -> str:
    match event:
        case e.PartySucceeded():
            return f"{n.party(event.successor)} succeeds {n.party(event.former)}"
        case e.Settled():
            return f"{n.thing(event.about)}: settled, nobody is asked for it any more"
    assert_never(event)


def _of_reports(event: e.OfReports, n: Names) -> str:
    match event:
        case e.ReportReceived():
            return _received(event, n)
        case e.OpenerFound():
            return f"{n.thing(event.report)} was signed first: it opened the case, as {event.name}"
        case e.ReportRecorded():
            return f"{n.thing(event.report)} recorded" + (" by its assessment" if event.implied else "")
        case e.ReportAssessed():
            return _assessed(event, n)
        case e.ResearchStarted():
            return f"research started by {n.thing(event.because)}"
        case e.ResearchConcluded():
            return f"research concluded: {', '.join(event.outcomes)}"
        case e.RadarWithdrawn():
            return f"{n.thing(event.report)} taken out of the radar: {event.reason}"
        case e.CoincidenceFound():
            return _found(event, n)
        case e.ContactMade():
            return f"{n.thing(event.coincidence)}: contact made, says {n.party(event.by)}"
    assert_never(event)


def _of_apart(event: e.OfApart, n: Names) -> str:
    match event:
        case e.ReportDetached():
            return _detached(event, n)
        case e.ReportAttached():
            whose = f"{n.thing(event.report)} of {n.party(event.reporter)}"
            return f"{whose} comes from case {n.thing(event.origin)}, {event.state}"
    assert_never(event)


def _of_terms(event: e.OfTerms, n: Names) -> str:
    match event:
        case e.TermStarted():
            return f"term {event.name} on {n.thing(event.about)} runs until {moment(event.due)}"
        case e.TermReminded():
            return f"reminded of term {event.name} on {n.thing(event.about)}"
        case e.TermEscalated():
            return f"alarm {event.round}: term {event.name} on {n.thing(event.about)} is over"
        case e.TermMet():
            return f"term {event.name} on {n.thing(event.about)} met"
        case e.TermEnded():
            return f"term {event.name} on {n.thing(event.about)} no longer applies"
    assert_never(event)


def _of_handovers(event: e.OfHandovers, n: Names) -> str:
    match event:
        case e.HandoverOffered():
            return _offered(event, n)
        case e.MoreAsked():
            return f"{n.thing(event.handover)}: {n.party(event.by)} asks for more"
        case e.MoreGiven():
            return f"{n.thing(event.handover)}: more given" + (", with a full part" if event.full else "")
        case e.HandoverAccepted():
            return f"{n.thing(event.handover)}: yes of {n.party(event.by)}"
        case e.FullPartWanted():
            return f"{n.thing(event.handover)}: the full part had lapsed, its giver is asked again"
        case e.HandoverRefused():
            return _refused(event, n)
        case e.HandoverWithdrawn():
            return f"{n.thing(event.handover)} withdrawn from {n.party(event.candidate)}: {event.reason}"
        case e.HelpStarted():
            return f"{n.thing(event.handover)}: help started by {n.party(event.by)}"
        case e.HandoverCompleted():
            return f"{n.thing(event.handover)}: completed by {n.party(event.by)}"
    assert_never(event)


def _of_monitoring(event: e.OfMonitoring, n: Names) -> str:
    match event:
        case e.MonitoringAsked():
            asked = f"{n.thing(event.question)} to {n.party(event.of)}"
            return f"{asked}: how safe is it, answer by {moment(event.answer_by)}"
        case e.MonitoringAnswered():
            return f"{n.thing(event.question)}: {n.party(event.by)} says {event.result}"
        case e.AttentionReopened():
            return f"attention: {n.thing(event.report)} came while the case was only watched"
    assert_never(event)


def _of_tables(event: e.OfTables, n: Names) -> str:
    match event:
        case e.TableOpened():
            called = f"{n.thing(event.table)} ({event.kind}) called by {n.party(event.chair)}"
            return f"{called}: {n.all(event.participants)}, answer by {moment(event.answer_by)}"
        case e.ContributionGiven():
            return f"{n.thing(event.table)}: {n.party(event.by)} says {event.contribution}"
        case e.ActionAgreed():
            return _agreed(event, n)
        case e.ActionAccepted():
            return f"{n.thing(event.table)}: {n.thing(event.action)} accepted by {n.party(event.by)}"
        case e.TableEnded():
            return f"{n.thing(event.table)} is over: nothing has been said at it for long"
    assert_never(event)
