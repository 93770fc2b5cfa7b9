"""What opens no more, filled again when the message that it came of is sent again.

After a restore rows stand there whose key is destroyed (`hub/lanes/stepping.py`). Their inbox row is known, so the
message that led to them is a duplicate, and is decided no more. It is judged once more all the same, in a memory of its
own, by the cases as they stood before it; as ids follow from what led to them (`naming.py`), what comes out under an id
that is gone is what was there. Of all that comes out only that is taken, and nothing else changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import structlog

from hub.cases.case import Case
from hub.lanes.answers import delayed
from hub.lanes.asking import Asked
from hub.lanes.judge import judge
from hub.lanes.setting import Setting
from hub.lanes.workspace import Verdict, Workspace
from hub.ports import Before, Fate, InboxRow, Lost, OutboxRow, Place
from hub.routing.directory import next_connection
from hub.schemas.message import wire_type
from hub.telemetry import LogEvent

_log = structlog.get_logger()
OFFERS = (wire_type("overdrachten.aanbod"), wire_type("overdrachten.aanvulling-gegeven"))
NO_RECOVERY = 0
"""Versions of a case are those that were issued, not those of a recovery since."""


def filled(asked: Asked, row: InboxRow, lost: Sequence[Lost], before: Before, work: Workspace, setting: Setting) -> int:
    """Take in, of all that this known message leads to, what is lost; how much that is.

    Args:
        before: the cases that it changed, as they stood before it.

    Raises:
        HubError: it does not lead to what it led to.
    """
    if row.fate is not Fate.ACCEPTED or row.decided_at is None:
        return 0
    verdict = judge(asked, replace(row, fate=Fate.NEW, decided_at=None), _as_it_was(row, before, work), setting)
    found = _taken(verdict, {(one.place, one.key) for one in lost}, work)
    if found:
        _log.info(LogEvent.CONTENT_FILLED, partner=row.partner, message=row.message, rows=found)
    return found


def say_delayed(row: InboxRow, lost: Sequence[Lost], work: Workspace, setting: Setting) -> None:
    """Its `vertraagd`, if that is lost: it says no more than the row does."""
    to = next_connection(work.directory, work.directory.partners[row.partner], work.now)
    told = delayed(row, to, work.directory, work.period, work.now, setting)
    if any((one.place, one.key) == (Place.OUTBOX, (told.id,)) for one in lost):
        work.say(told)


def _taken(verdict: Verdict, lost: set[tuple[Place, tuple[UUID, ...]]], work: Workspace) -> int:
    said = [one for one in verdict.outgoing if (Place.OUTBOX, (one.id,)) in lost and _may_be_answered(one, work)]
    for one in said:
        work.say(one)
    part = verdict.held
    if part is None or (Place.HELD, (part.case, part.handover)) not in lost:
        return len(said)
    work.hold(part)
    return len(said) + 1


def _may_be_answered(message: OutboxRow, work: Workspace) -> bool:
    """A yes names the hash of its offer: other words under the same id (`naming.MAY_DIFFER`) would make it void."""
    case = work.case(message.case)
    if case is None or message.type not in OFFERS:
        return True
    candidates = (one for offer in case.handovers.values() for one in offer.candidates.values())
    return any(message.sha256 in (one.offer_hash, *one.older, *one.same) for one in candidates)


def _as_it_was(row: InboxRow, before: Before, work: Workspace) -> Workspace:
    """What was known when this message came, as far as it matters to what follows from it."""
    assert row.decided_at is not None
    loaded = work.loaded
    own = (one.at for entries in loaded.radar.values() for one in entries if one.report == row.reference)
    came = min(own, default=row.decided_at)
    radar = {name: tuple(one for one in entries if one.at < came) for name, entries in loaded.radar.items()}
    cases = {name: case for name, case in loaded.cases.items() if case.id not in before}
    cases |= _by_name(before)
    then = replace(loaded, cases=cases, radar=radar)
    return Workspace(row.decided_at, work.directory, work.period, then, True, NO_RECOVERY)


def _by_name(before: Before) -> Mapping[UUID, Case]:
    stood = [case for case in before.values() if case is not None]
    return {name: case for case in stood for name in (case.id, *case.names, *(one.id for one in case.own_reports()))}
