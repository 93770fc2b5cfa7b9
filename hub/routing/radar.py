"""Which reports are about the same people: matching keyed pseudonyms (decisions 15 and 16; after Jeugdwet par. 7.1).

Theory. A report is entered in the radar under a pseudonym for each thing by which somebody in it can be known
(`hub/schemas/identities.py`). Two reports with a pseudonym in common speak of the same person, address or parent; the
radar knows no more than that. What follows is decided here, from values only:

    join        both reports have a BSN or SKN of a child or victim in common, and all such reports that are still on an
                open case are on one and the same: the new report joins it. A perpetrator's number never does this: one
                man may be a danger in two families. A sender that named its case itself has said where it belongs,
                and the triage that took a report out of a case that it is not by what the two have in common.
    continues   no such case is open any more: a new case is opened, linked to the one that closed last.
    hit         everything in common, numbers too, is a hint: who else reported, on which grounds, never what.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from hub.canonical.codes import MatchGround
from hub.canonical.partners import Role
from hub.ids import CaseId, Oin, RadarKeyId, ReportId
from hub.schemas.identities import NUMBERS, Identity

MOST_HITS = 50
"""Of one report, and entries read of one pseudonym: an institution's address may be in hundreds."""


@dataclass(frozen=True, slots=True)
class RadarEntry:
    """That a report speaks of somebody, by pseudonym. Its case is found through the report, and kept nowhere else.

    Attributes:
        pseudonym: 32 bytes; each ground has pseudonyms of its own.
        joins: it is the number of a child or victim, so that it can bring a report to a case.
        at: when the report came.
        expires: from then on it is not found any more.
        key_id: the key that the pseudonym was made with.
    """

    pseudonym: bytes = field(repr=False)
    report: ReportId
    ground: MatchGround
    joins: bool
    reporter: Oin
    at: datetime
    expires: datetime
    key_id: RadarKeyId


@dataclass(frozen=True, slots=True)
class OwnIdentity:
    """One identity of the report that is being decided.

    Attributes:
        pseudonyms: under every key that is read; the first is under the one that writes.
    """

    kind: MatchGround
    pseudonyms: tuple[bytes, ...] = field(repr=False)
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
        sure: by a number of that person's own; otherwise not necessarily the same person.
        at: when that report came.
    """

    report: ReportId
    case: CaseId
    reporter: Oin
    grounds: tuple[MatchGround, ...]
    sure: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Match:
    """What the radar says of a report.

    Attributes:
        join: the open case that it belongs to.
        continues: the closed case that its new case goes on from.
        hits: at most `MOST_HITS`, the surest and newest first; those on `join` are among them.
    """

    join: CaseId | None = None
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
    pseudonyms: Callable[[MatchGround, str], tuple[bytes, ...]],
    now: datetime,
    kept: timedelta,
) -> tuple[OwnIdentity, ...]:
    """The identities of a message's persons, without what they say.

    Args:
        pseudonyms: of a kind and text, under every key that is read, the one that writes first.
        kept: how long an entry stays; for who is young now, until the 23rd birthday at most.
    """
    return tuple(
        OwnIdentity(one.kind, pseudonyms(one.kind, one.text), one.joins, _expiry(one, now, kept)) for one in identities
    )


def entries_of(
    own: Iterable[OwnIdentity], report: ReportId, reporter: Oin, at: datetime, key: RadarKeyId
) -> tuple[RadarEntry, ...]:
    """What the radar keeps of a report; `key` is the one that writes."""
    return tuple(
        RadarEntry(one.pseudonyms[0], report, one.kind, one.joins, reporter, at, one.expires, key) for one in own
    )


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
    met = list(_met(own, found, on))
    joining = [one for one in met if one.joins] if named is None else []
    matching = {one.standing.case for one in joining if one.standing.open}
    open_ones = {one.standing.case for one in joining if one.standing.open and one.standing.apart_from not in matching}
    if open_ones:
        return Match(join=open_ones.pop() if len(open_ones) == 1 else None, hits=_hits(met))
    last = max(joining, key=lambda one: (one.entry.at, one.standing.case), default=None)
    return Match(continues=last.standing.case if last else None, hits=_hits(met))


@dataclass(frozen=True, slots=True)
class _Meeting:
    entry: RadarEntry
    standing: Standing
    joins: bool


def _met(
    own: Iterable[OwnIdentity],
    found: Mapping[bytes, Sequence[RadarEntry]],
    on: Callable[[ReportId], Standing | None],
) -> Iterator[_Meeting]:
    for mine in own:
        for entry in (entry for pseudonym in mine.pseudonyms for entry in found.get(pseudonym, ())):
            if standing := on(entry.report):
                yield _Meeting(entry, standing, mine.joins and entry.joins)


def _hits(met: Iterable[_Meeting]) -> tuple[RadarHit, ...]:
    by_report: defaultdict[ReportId, list[_Meeting]] = defaultdict(list)
    for one in met:
        by_report[one.entry.report].append(one)
    hits = sorted(map(_hit, by_report.values()), key=lambda hit: (not hit.sure, -hit.at.timestamp(), hit.report))
    return tuple(hits[:MOST_HITS])


def _hit(same: Sequence[_Meeting]) -> RadarHit:
    first, grounds = same[0], {one.entry.ground for one in same}
    return RadarHit(
        first.entry.report,
        first.standing.case,
        first.entry.reporter,
        tuple(ground for ground in MatchGround if ground in grounds),
        not grounds.isdisjoint(NUMBERS),
        first.entry.at,
    )


def _expiry(identity: Identity, now: datetime, kept: timedelta) -> datetime:
    if identity.young_until is None or identity.young_until <= now.date():
        return now + kept
    return min(now + kept, datetime.combine(identity.young_until, time(), UTC))
