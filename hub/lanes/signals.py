"""The radar beside a report: its pseudonyms, and what is known under them as the case's decision needs it. Pure."""

from collections.abc import Callable
from datetime import datetime

from hub.canonical import notices as n
from hub.canonical.codes import MatchGround
from hub.canonical.hub_keys import KeyKind
from hub.canonical.partners import Directory
from hub.cases.case import Case
from hub.cases.context import Radar
from hub.cases.states import CaseState
from hub.ids import CaseId, Oin, RadarKeyId, ReportId
from hub.lanes.keys import RadarKeys
from hub.lanes.setting import Setting
from hub.lanes.workspace import Workspace
from hub.routing.directory import known_by_oin, successor_of
from hub.routing.hub_keys import writes
from hub.routing.radar import Match, OwnIdentity, RadarEntry, Standing, entries_of, match, own_identities
from hub.schemas.base import Wire
from hub.schemas.identities import identities_of


def signals_of(data: Wire, directory: Directory, now: datetime, setting: Setting) -> tuple[OwnIdentity, ...]:
    """By what the people in a report can be known again, under every key that is read.

    Raises:
        Surroundings: a key is not at hand: without it the report would miss, and be missed by, others.
    """
    keys = RadarKeys.of(directory, setting.keys)
    return own_identities(identities_of(data), keys.pseudonyms, now, setting.limits.radar_kept)


def matched(own: tuple[OwnIdentity, ...], named: CaseId | None, work: Workspace) -> Match:
    """What is known under these pseudonyms, before and in this batch."""
    found = {one: work.signals(one) for mine in own for one in mine.pseudonyms}
    return match(own, found, lambda report: _standing(report, work), named)


def radar_for(found: Match, own: Case | None, work: Workspace, pairs: Callable[[Oin, Oin], bool]) -> Radar:
    """The match, as the report's decision needs it.

    Args:
        own: the case that the report joins, if it does.
    """
    mine = own.id if own is not None else None
    grounds: dict[CaseId, dict[MatchGround, None]] = {}
    for hit in found.hits:
        if hit.case != mine:
            grounds.setdefault(hit.case, {}).update(dict.fromkeys(hit.grounds))
    joined = next((hit.grounds[0] for hit in found.hits if hit.case == found.join), None)
    return Radar(
        ground=joined if found.join is not None else None,
        continues=found.continues,
        hits=tuple(_hit(hit.reporter, hit.report, hit.grounds, hit.sure, work) for hit in found.hits),
        links=tuple((case, tuple(one)) for case, one in grounds.items()),
        pairs=pairs,
    )


def as_seen_by_others(reporter: Oin, report: ReportId, hit: n.Hit, work: Workspace) -> n.Hit:
    """The new report, as the other side of a hit hears of it."""
    return _hit(reporter, report, hit.grounds, hit.sure, work)


def entered(
    own: tuple[OwnIdentity, ...], report: ReportId, reporter: Oin, at: datetime, directory: Directory
) -> tuple[RadarEntry, ...]:
    """What the radar keeps of a report."""
    key = writes(directory, KeyKind.RADAR)
    assert key is not None, "the signals were made with it"
    return entries_of(own, report, reporter, at, RadarKeyId(key.id))


def _hit(reporter: Oin, report: ReportId, grounds: tuple[MatchGround, ...], sure: bool, work: Workspace) -> n.Hit:
    case = work.case(report)
    roles = tuple(case.parts.get(report, {}).values()) if case is not None else ()
    reporter = successor_of(work.directory, reporter, work.now, *roles) or reporter
    partner = known_by_oin(work.directory, reporter, work.now, *roles)
    phone = partner.contacts[0].phone if partner and partner.contacts else None
    return n.Hit(reporter, report, grounds, sure, phone)


def _standing(report: ReportId, work: Workspace) -> Standing | None:
    case = work.case(report)
    return None if case is None else Standing(case.id, case.state is CaseState.OPEN, case.apart_from)
