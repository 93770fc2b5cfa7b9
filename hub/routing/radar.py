"""Which reports are about the same people: matching keyed pseudonyms (decisions 15, 16, 41; after Jeugdwet par. 7.1).

Theory. A report is entered in the radar under a pseudonym for each thing by which somebody in it can be known
(`hub/schemas/identities.py`). Two reports with a pseudonym in common speak of the same person, address or parent; the
radar knows no more than that. What follows is decided here, from values only:

    join        both reports have a BSN or SKN of a child or victim in common, and all such reports that are still on an
                open case are on one and the same: the new report joins it. Where they are on several, as the number was
                given to two children, it joins the one that has those surely of the same child. A perpetrator's number
                never does this: one man may be a danger in two families. A sender that named its case itself has said
                where it belongs, and the triage that took a report out of a case that it is not by what the two have in
                common.
    contradicts both reports have a number in common, and say another sex or whole birth date of whom it is of: somebody
                typed it wrong, or where none was known. It joins no case on which a report says so, and continues
                none (`contradiction.py`); a hint it stays, and a strong one.
    continues   no such case is open any more: a new case is opened, linked to the one that closed last.
    hit         everything in common, numbers too, is a hint: who else reported, on which grounds, never what.

What is not read of a pseudonym, as there is too much, is never what joins or contradicts: `within_reach`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from hub.canonical.codes import MatchGround, Trait
from hub.canonical.partners import Role
from hub.ids import CaseId, Oin, RadarKeyId, ReportId
from hub.routing.contradiction import NO_TRAITS, Traits, contradicted, contradictions, of_one
from hub.schemas.identities import NUMBERS, Identity

MOST_HITS = 50
"""Of one report; reports and cases looked at of one pseudonym: an institution's address may be in hundreds."""
MOST_JOINING = 1_000
"""Cases and persons that one number stands for: one that stands for so many names nobody, and joins nothing."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: one pseudonym, with the traits under the same key if it is of a number."""

    pseudonym: bytes = field(repr=False)
    traits: Traits = field(default=NO_TRAITS, repr=False)


@dataclass(frozen=True, slots=True)
class RadarEntry:
    """That a report speaks of somebody, by pseudonym. Its case is found through the report, and kept nowhere else.

    Attributes:
        pseudonym: 32 bytes; each ground has pseudonyms of its own.
        joins: it is the number of a child or victim, so that it can bring a report to a case.
        at: when the report came.
        expires: from then on it is not found any more.
        key_id: the key that the pseudonym was made with.
        traits: what it says of whom the number is of; none if it is no number, or was entered before they were.
    """

    pseudonym: bytes = field(repr=False)
    report: ReportId
    ground: MatchGround
    joins: bool
    reporter: Oin
    at: datetime
    expires: datetime
    key_id: RadarKeyId
    traits: Traits = field(default=NO_TRAITS, repr=False)


@dataclass(frozen=True, slots=True)
class OwnIdentity:
    """One identity of the report that is being decided.

    Attributes:
        sought: under every key that is read; the first is under the one that writes.
    """

    kind: MatchGround
    sought: tuple[Sought, ...]
    joins: bool
    expires: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """The case that a report is on, as it stands now.

    `apart_from`: the case that the triage took it apart from: what both share, does not lead to this one.
    """

    case: CaseId
    open: bool
    apart_from: CaseId | None = None


@dataclass(frozen=True, slots=True)
class RadarHit:
    """One other report on somebody in this one.

    Attributes:
        grounds: each once, in the order of `MatchGround`.
        sure: by a number of that person's own in which neither contradicts the other; otherwise not necessarily the
            same person.
        at: when that report came.
        contradicts: in what a number that both give is of two people.
        of_child: by the number of a child or victim in both: what joins, or would have.
        ambiguous: each number by which it is sure was given to somebody else, whom one of the two may mean as well.
    """

    report: ReportId
    case: CaseId
    reporter: Oin
    grounds: tuple[MatchGround, ...]
    sure: bool
    at: datetime
    contradicts: tuple[Trait, ...] = ()
    of_child: bool = False
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """What the radar says of a report.

    Attributes:
        join: the open case that it belongs to; by this `ground`.
        continues: the closed case that its new case goes on from.
        hits: at most `MOST_HITS`, the surest and newest first; each case has one before any has two, `join` first.
    """

    join: CaseId | None = None
    ground: MatchGround | None = None
    continues: CaseId | None = None
    hits: tuple[RadarHit, ...] = ()


@dataclass(frozen=True, slots=True)
class RolePairs:
    """Which reporters may hear of each other by the radar, and that a case runs at all."""

    pairs: frozenset[frozenset[Role]] = frozenset()

    def allows(self, one: Role, other: Role) -> bool:
        return frozenset((one, other)) in self.pairs


def own_identities(
    identities: Iterable[Identity],
    sought: Callable[[Identity], tuple[Sought, ...]],
    now: datetime,
    kept: timedelta,
) -> tuple[OwnIdentity, ...]:
    """The identities of a message's persons, without what they say.

    Args:
        sought: under every key that is read, the one that writes first.
        kept: how long an entry stays; for who is young now, until the 23rd birthday at most.
    """
    return tuple(OwnIdentity(one.kind, sought(one), one.joins, _expiry(one, now, kept)) for one in identities)


def entries_of(
    own: Iterable[OwnIdentity], report: ReportId, reporter: Oin, at: datetime, key: RadarKeyId
) -> tuple[RadarEntry, ...]:
    """What the radar keeps of a report; `key` is the one that writes."""
    return tuple(
        RadarEntry(new.pseudonym, report, one.kind, one.joins, reporter, at, one.expires, key, new.traits)
        for one, new in ((one, one.sought[0]) for one in own)
    )


def within_reach(
    sought: Iterable[Sought], found: Mapping[bytes, Sequence[RadarEntry]], on: Mapping[UUID, CaseId]
) -> dict[UUID, CaseId]:
    """The reports on the cases that are looked at, with these.

    Of each pseudonym the cases of its newest entries, and of those that join the cases that are not contradicted before
    others, surely the same person's first: none is hidden by what merely mentions somebody.

    Args:
        found: of each pseudonym the newest first; all that join are among them, of one case and traits the newest.
        on: the case of each report.
    """
    cases = {case for one in sought for case in _cases(one, found.get(one.pseudonym, ()), on)}
    return {report: case for report, case in on.items() if case in cases}


def _cases(one: Sought, entries: Sequence[RadarEntry], on: Mapping[UUID, CaseId]) -> set[CaseId]:
    joining = [(on[entry.report], one.traits, entry.traits) for entry in entries if entry.joins]
    against, surely = contradicted(joining), of_one([(one.traits, [entry.traits for entry in entries])])
    same = {case for case, mine, theirs in joining if surely(mine, theirs)}
    fitting_first = dict.fromkeys(
        sorted((case for case, *_ in joining), key=lambda it: (it in against, it not in same))
    )
    return {*(on[entry.report] for entry in entries[:MOST_HITS]), *list(fitting_first)[:MOST_HITS]}


def match(
    own: Iterable[OwnIdentity],
    found: Mapping[bytes, Sequence[RadarEntry]],
    on: Callable[[ReportId], Standing | None],
    named: CaseId | None,
) -> Match:
    """What follows from the reports that are known under these pseudonyms.

    Args:
        on: where a report is now; `None` leaves it out.
        named: the case that the sender itself named: then nothing is joined or continued.
    """
    met = [one for mine in own for one in _met(mine, found, on)]
    joining = [one for one in met if one.joins] if named is None else []
    matching = {one.standing.case for one in joining if one.standing.open}
    open_ones = [one for one in joining if one.standing.open and one.standing.apart_from not in matching]
    if open_ones:
        join = _the_one(open_ones) or _the_one(one for one in open_ones if one.surely)
        return Match(join, _ground(one for one in joining if one.standing.case == join), hits=_hits(met))
    last = max(joining, key=lambda one: (one.surely, one.entry.at, one.standing.case), default=None)
    return Match(continues=last.standing.case if last else None, hits=_hits(met))


@dataclass(frozen=True, slots=True)
class _Meeting:
    entry: RadarEntry
    standing: Standing
    of_child: bool
    joins: bool
    contradicts: tuple[Trait, ...]
    surely: bool


def _met(
    mine: OwnIdentity,
    found: Mapping[bytes, Sequence[RadarEntry]],
    on: Callable[[ReportId], Standing | None],
) -> list[_Meeting]:
    """Whom this identity meets, and what joins: no case that it contradicts, and no number that stands for too many."""
    pairs = [(one.traits, entry) for one in mine.sought for entry in found.get(one.pseudonym, ())]
    met = [(standing, traits, entry) for traits, entry in pairs if (standing := on(entry.report))]
    against = contradicted((there.case, traits, entry.traits) for there, traits, entry in met if entry.joins)
    names_one = sum(entry.joins for _, entry in pairs) < MOST_JOINING
    surely = of_one((one.traits, _said_of(one, found)) for one in mine.sought)
    return [
        _Meeting(
            entry,
            there,
            of_child := mine.joins and entry.joins,
            of_child and names_one and there.case not in against,
            contradictions(traits, entry.traits),
            surely(traits, entry.traits),
        )
        for there, traits, entry in met
    ]


def _said_of(one: Sought, found: Mapping[bytes, Sequence[RadarEntry]]) -> list[Traits]:
    return [entry.traits for entry in found.get(one.pseudonym, ())]


def _the_one(joining: Iterable[_Meeting]) -> CaseId | None:
    """The case that all of these are on."""
    cases = {one.standing.case for one in joining}
    return cases.pop() if len(cases) == 1 else None


def _ground(joining: Iterable[_Meeting]) -> MatchGround | None:
    grounds = {one.entry.ground for one in joining}
    return next((ground for ground in MatchGround if ground in grounds), None)


def _hits(met: Iterable[_Meeting]) -> tuple[RadarHit, ...]:
    by_report: defaultdict[ReportId, list[_Meeting]] = defaultdict(list)
    for one in met:
        by_report[one.entry.report].append(one)
    hits = sorted(map(_hit, by_report.values()), key=lambda hit: (not hit.of_child, *_surest(hit)))
    before: Counter[CaseId] = Counter()
    turns: list[tuple[int, RadarHit]] = []
    for hit in hits:
        turns.append((before[hit.case], hit))
        before[hit.case] += 1
    first = sorted(turns, key=lambda turn: turn[0])[:MOST_HITS]  # a stable sort: in one turn as they stood
    return tuple(sorted((hit for _, hit in first), key=_surest))


def _surest(hit: RadarHit) -> tuple[bool, bool, float, ReportId]:
    """A number in common that contradicts is a stronger hint than a name, an address or a parent."""
    return not hit.sure, not hit.contradicts, -hit.at.timestamp(), hit.report


def _hit(same: Sequence[_Meeting]) -> RadarHit:
    first, grounds = same[0], {one.entry.ground for one in same}
    contradicts = {trait for one in same for trait in one.contradicts}
    by_number = [one for one in same if one.entry.ground in NUMBERS and not one.contradicts]
    return RadarHit(
        first.entry.report,
        first.standing.case,
        first.entry.reporter,
        tuple(ground for ground in MatchGround if ground in grounds),
        bool(by_number),
        first.entry.at,
        tuple(trait for trait in Trait if trait in contradicts),
        any(one.of_child for one in same),
        bool(by_number) and not any(one.surely for one in by_number),
    )


def _expiry(identity: Identity, now: datetime, kept: timedelta) -> datetime:
    if identity.young_until is None or identity.young_until <= now.date():
        return now + kept
    return min(now + kept, datetime.combine(identity.young_until, time(), UTC))
