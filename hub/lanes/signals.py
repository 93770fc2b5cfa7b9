"""The radar beside a report: its pseudonyms, and what is known under them as the case's decision needs it. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from hub.canonical import notices as n
from hub.canonical.codes import Trait
from hub.canonical.hub_keys import KeyKind
from hub.canonical.partners import Directory
from hub.cases.case import Case, Link
from hub.cases.context import Radar
from hub.ids import CaseId, Oin, RadarKeyId, ReportId
from hub.lanes.keys import RadarKeys
from hub.lanes.setting import Setting
from hub.lanes.workspace import Workspace
from hub.routing.directory import known_by_oin, successor_of
from hub.routing.hub_keys import writes
from hub.routing.radar import Match, OwnIdentity, RadarEntry, RadarHit, Standing, entries_of, match, own_identities
from hub.schemas.base import Wire
from hub.schemas.identities import identities_of


def signals_of(data: Wire, directory: Directory, now: datetime, setting: Setting) -> tuple[OwnIdentity, ...]:
    """By what the people in a report can be known again, under every key that is read.

    Raises:
        Surroundings: a key is not at hand: without it the report would miss, and be missed by, others.
    """
    keys = RadarKeys.of(directory, setting.keys)
    return own_identities(identities_of(data, setting.dummies), keys.sought, now, setting.limits.radar_kept)


def matched(own: tuple[OwnIdentity, ...], named: CaseId | None, work: Workspace) -> Match:
    """What is known under these pseudonyms, before and in this batch."""
    found = {one.pseudonym: work.signals(one.pseudonym) for mine in own for one in mine.sought}
    return match(own, found, lambda report: _standing(report, work), named)


def radar_for(found: Match, own: Case | None, work: Workspace, pairs: Callable[[Oin, Oin], bool]) -> Radar:
    """The match, as the report's decision needs it.

    Args:
        own: the case that the report joins, if it does.
    """
    mine = own.id if own is not None else None
    hits = tuple(hit for hit in found.hits if not _is_another_family(hit.case, own, work))
    elsewhere = dict.fromkeys(hit.case for hit in hits if hit.case != mine)
    return Radar(
        ground=found.ground,
        continues=found.continues,
        hits=tuple(
            _reached(n.Hit(hit.reporter, hit.report, hit.grounds, hit.sure, None, hit.contradicts, hit.ambiguous), work)
            for hit in hits
        ),
        links=tuple(_link(case, [hit for hit in hits if hit.case == case]) for case in elsewhere),
        pairs=pairs,
    )


def as_seen_by_others(reporter: Oin, report: ReportId, link: Link, there: Sequence[n.Hit], work: Workspace) -> n.Hit:
    """The new report, as the other side hears of it: beside these that were found there."""
    sure = [hit for hit in there if hit.sure]
    ambiguous = bool(sure) and all(hit.ambiguous for hit in sure)
    return _reached(
        n.Hit(reporter, report, link.grounds, bool(sure), contradicts=link.contradicts, ambiguous=ambiguous), work
    )


def entered(
    own: tuple[OwnIdentity, ...], report: ReportId, reporter: Oin, at: datetime, directory: Directory
) -> tuple[RadarEntry, ...]:
    """What the radar keeps of a report."""
    key = writes(directory, KeyKind.RADAR)
    assert key is not None, "the signals were made with it"
    return entries_of(own, report, reporter, at, RadarKeyId(key.id))


def _link(case: CaseId, there: Sequence[RadarHit]) -> Link:
    """By all that the report has in common with those on a case."""
    grounds = dict.fromkeys(ground for hit in there for ground in hit.grounds)
    return Link(case, tuple(grounds), tuple(one for one in Trait if any(one in hit.contradicts for hit in there)))


def _reached(hit: n.Hit, work: Workspace) -> n.Hit:
    """With who answers for the reporter now, and where to call."""
    case = work.case(hit.report)
    roles = tuple(case.parts.get(hit.report, {}).values()) if case is not None else ()
    reporter = successor_of(work.directory, hit.reporter, work.now, *roles) or hit.reporter
    partner = known_by_oin(work.directory, reporter, work.now, *roles)
    phone = partner.contacts[0].phone if partner and partner.contacts else None
    return replace(hit, reporter=reporter, phone=phone)


def _is_another_family(other: CaseId, own: Case | None, work: Workspace) -> bool:
    """Whether the triage has said of these two cases that they were joined wrongly: then what they share is no hint."""
    case = work.case(other)
    if own is None or case is None:
        return False
    one_of = (own.apart_from == case.id and not own.advice, case.apart_from == own.id and not case.advice)
    return any(one_of)


def _standing(report: ReportId, work: Workspace) -> Standing | None:
    case = work.case(report)
    return None if case is None else Standing(case.id, case.takes_reports, case.apart_from)
