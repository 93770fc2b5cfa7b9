"""What happened to a case, in words: a line for each kind of event, with codes, parties and times, and no content."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
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
    return WORDS[type(event)](event, names)


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


WORDS: Mapping[type, Callable[[Any, Names], str]] = {
    e.CaseOpened: _opened,
    e.CaseLinked: _linked,
    e.HolderMoved: lambda one, n: f"sight on safety: {n.party(one.giver)} to {n.party(one.receiver)}",
    e.RegionMoved: _region_moved,
    e.RegionNamed: lambda one, n: f"{n.thing(one.report)} names region {one.region}, triage {n.party(one.triage)}",
    e.PartySucceeded: lambda one, n: f"{n.party(one.successor)} succeeds {n.party(one.former)}",
    e.Settled: lambda one, n: f"{n.thing(one.about)}: settled, nobody is asked for it any more",
    e.CaseArranged: lambda one, _: f"follow-up arranged: {one.arrangement}",
    e.CaseClosed: lambda one, n: f"case closed by {n.party(one.by)}" + (f": {one.reason}" if one.reason else ""),
    e.NoticeIssued: lambda one, n: f"told {n.party(one.to)}",
    e.NoticeReissued: _reissued,
    e.ReportReceived: _received,
    e.OpenerFound: lambda one, n: f"{n.thing(one.report)} was signed first: it opened the case, as {one.name}",
    e.ReportRecorded: lambda one, n: f"{n.thing(one.report)} recorded" + (" by its assessment" if one.implied else ""),
    e.ReportAssessed: _assessed,
    e.ReportDetached: _detached,
    e.ReportAttached: lambda one, n: (
        f"{n.thing(one.report)} of {n.party(one.reporter)} comes from case {n.thing(one.origin)}, {one.state}"
    ),
    e.ResearchStarted: lambda one, n: f"research started by {n.thing(one.because)}",
    e.ResearchConcluded: lambda one, _: f"research concluded: {', '.join(one.outcomes)}",
    e.RadarWithdrawn: lambda one, n: f"{n.thing(one.report)} taken out of the radar: {one.reason}",
    e.CoincidenceFound: _found,
    e.ContactMade: lambda one, n: f"{n.thing(one.coincidence)}: contact made, says {n.party(one.by)}",
    e.TermStarted: lambda one, n: f"term {one.name} on {n.thing(one.about)} runs until {moment(one.due)}",
    e.TermReminded: lambda one, n: f"reminded of term {one.name} on {n.thing(one.about)}",
    e.TermEscalated: lambda one, n: f"alarm {one.round}: term {one.name} on {n.thing(one.about)} is over",
    e.TermMet: lambda one, n: f"term {one.name} on {n.thing(one.about)} met",
    e.TermEnded: lambda one, n: f"term {one.name} on {n.thing(one.about)} no longer applies",
    e.HandoverOffered: _offered,
    e.MoreAsked: lambda one, n: f"{n.thing(one.handover)}: {n.party(one.by)} asks for more",
    e.MoreGiven: lambda one, n: f"{n.thing(one.handover)}: more given" + (", with a full part" if one.full else ""),
    e.HandoverAccepted: lambda one, n: f"{n.thing(one.handover)}: yes of {n.party(one.by)}",
    e.FullPartWanted: lambda one, n: f"{n.thing(one.handover)}: the full part had lapsed, its giver is asked again",
    e.HandoverRefused: _refused,
    e.HandoverWithdrawn: lambda one, n: (
        f"{n.thing(one.handover)} withdrawn from {n.party(one.candidate)}: {one.reason}"
    ),
    e.HelpStarted: lambda one, n: f"{n.thing(one.handover)}: help started by {n.party(one.by)}",
    e.HandoverCompleted: lambda one, n: f"{n.thing(one.handover)}: completed by {n.party(one.by)}",
    e.TableOpened: lambda one, n: (
        f"{n.thing(one.table)} ({one.kind}) called by {n.party(one.chair)}: {n.all(one.participants)}, "
        f"answer by {moment(one.answer_by)}"
    ),
    e.ContributionGiven: lambda one, n: f"{n.thing(one.table)}: {n.party(one.by)} says {one.contribution}",
    e.ActionAgreed: _agreed,
    e.ActionAccepted: lambda one, n: f"{n.thing(one.table)}: {n.thing(one.action)} accepted by {n.party(one.by)}",
    e.TableEnded: lambda one, n: f"{n.thing(one.table)} is over: nothing has been said at it for long",
    e.MonitoringAsked: lambda one, n: (
        f"{n.thing(one.question)} to {n.party(one.of)}: how safe is it, answer by {moment(one.answer_by)}"
    ),
    e.MonitoringAnswered: lambda one, n: f"{n.thing(one.question)}: {n.party(one.by)} says {one.result}",
    e.AttentionReopened: lambda one, n: f"attention: {n.thing(one.report)} came while the case was only watched",
}
"""By kind of event; each must be here (`tests/unit/cli/test_wording.py`)."""
