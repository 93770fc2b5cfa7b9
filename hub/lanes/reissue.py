"""A message past its `expirytime` that its receiver never confirmed: the same again, under a new id (P7).

Nothing that waits for a partner lapses: it is made again with a moment and an end of its own, and says the same. The
one before is done, so that only one of the two is sent from here on; if it arrives after all, its receiver knows by the
`zaakversie` that it has both, and a yes to either counts. The processing log has said already who is told what.

But an offer, or its full part, is not said again to one that is asked no more and does not hold, by the table of
`hub/cases/hearing.py`; that it is over is. Such a row is done, and has none in its place but itself.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from hub.canonical import notices as n
from hub.canonical.codes import Lane
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.evolve import evolve
from hub.cases.hearing import may_hear
from hub.envelope.at_rest import Kept, WrappingKey, reveal
from hub.envelope.hashes import sha256_hex
from hub.errors import OurFault, Surroundings
from hub.ids import CaseId, HandoverId, MessageId, Oin
from hub.lanes.answers import LIFETIME, sealed
from hub.lanes.fate import lack_of
from hub.lanes.naming import reissue_id
from hub.lanes.setting import Setting
from hub.lanes.workspace import Part, Workspace
from hub.ports import Changes, Lack, OutboxRow, Place, Store, Wanted
from hub.schemas.cloudevent import canonical_json
from hub.schemas.message import wire_type
from hub.schemas.texts import moment_text
from hub.telemetry import LogEvent

_log = structlog.get_logger()
_OF_AN_OFFER = frozenset(wire_type(f"overdrachten.{name}") for name in ("aanbod", "aanvulling-gegeven", "dossier"))


async def reissue(lapsed: Sequence[tuple[MessageId, CaseId | None]], store: Store, setting: Setting) -> Changes:
    """Make these again, and commit."""
    async with store.unit() as unit:
        if unit.doubted:  # nobody can say then what has lapsed
            return Changes()
        setting.keys.begins(unit.period)
        loaded = await unit.load(Wanted(correlations=list({case for _, case in lapsed if case is not None})))
        work = Workspace.of(unit, loaded)
        rows = await unit.lapsed([id_ for id_, _ in lapsed])
        over = [row for row in rows if _is_over(row, work)]
        made = [(row, _made_if_it_can_be(row, work, setting)) for row in rows if row not in over]
        replaced = [(row.id, again.id) for row, again in made if again is not None]
        changes = replace(work.changes(0, 0), replaced=(*replaced, *((row.id, row.id) for row in over)))
        await unit.write(changes, setting.worker, Lane.ROUTINE)
    for row in over:
        _log.error(LogEvent.OUTGOING_OVER, message=row.id, recipient=row.partner, type=row.type, since=row.created)
    return changes


def _is_over(row: OutboxRow, work: Workspace) -> bool:
    """Whether it is an offer, or its full part, that its candidate may hear no more, as far as its case can be read."""
    if row.type not in _OF_AN_OFFER or row.case in work.loaded.unreadable:
        return False
    case, oin = work.case(row.case), work.directory.partners[row.partner].oin
    offer = case.handovers.get(HandoverId(row.about)) if case is not None and row.about is not None else None
    if case is None or offer is None or oin not in offer.candidates or oin == case.holder:
        return False
    return not may_hear(case, oin, n.Dossier(offer.id))


def _made_if_it_can_be(row: OutboxRow, work: Workspace, setting: Setting) -> OutboxRow | None:
    """What cannot be read now, or whose case cannot, stays as it is, and stops no other."""
    try:
        again = _again(row, work, setting)
        work.happened(tuple(_on_case(row, again, work)), (again,), ())
    except OurFault as error:
        work.lacks(lack_of(error) if isinstance(error, Surroundings) else Lack(error.code, str(row.id), error.sentence))
        return None
    _report(row, again)
    return again


def _again(row: OutboxRow, work: Workspace, setting: Setting) -> OutboxRow:
    number = row.reissue + 1
    id_ = reissue_id(row.id, number, setting.keys.names(work.directory))
    expires: timedelta = LIFETIME
    again = replace(row, id=id_, created=work.now, expires=work.now + expires, attempts=0, reissue=number)
    key = setting.keys.keeping(work.directory, work.period)
    return as_reissued(what_it_says(row, setting), replace(again, published=None), key)


def what_it_says(row: OutboxRow, setting: Setting) -> dict[str, Any]:
    """The event that waits in this row. Raises `OurFault`."""
    kept = Kept(row.payload.ciphertext, row.payload.wrapped_key)
    said: dict[str, Any] = json.loads(reveal(kept, keys=setting.keys.wrapped, bound_to=Place.OUTBOX.bound(row.id)))
    return said


def as_reissued(said: Mapping[str, Any], row: OutboxRow, key: WrappingKey) -> OutboxRow:
    """The row with what was said, under its own id and moments."""
    moments = {"time": moment_text(row.created), "expirytime": moment_text(row.expires)}
    return saying({**said, "id": str(row.id), **moments}, row, key)


def saying(event: Mapping[str, Any], row: OutboxRow, key: WrappingKey) -> OutboxRow:
    """The row with this event in it."""
    payload = canonical_json(event)
    return replace(row, sha256=sha256_hex(payload), payload=sealed(payload, key, Place.OUTBOX.bound(row.id)))


def _on_case(row: OutboxRow, again: OutboxRow, work: Workspace) -> Iterator[Part]:
    case = work.case(row.case)
    if case is None:
        return
    offer, to = offer_of(case, row.sha256) or (None, work.directory.partners[row.partner].oin)
    event = e.NoticeReissued(case.next_at(work.now), to, again.id, row.id, again.sha256, offer)
    yield Part(evolve(case, event), (event,))


def offer_of(case: Case, sha256: str) -> tuple[HandoverId, Oin] | None:
    """The offer that had this hash, and to whom: a yes may name the new one."""
    made = ((one.id, oin) for one in case.handovers.values() for oin, mine in one.candidates.items()
            if mine.offer_hash == sha256)  # fmt: skip
    return next(made, None)


def _report(row: OutboxRow, again: OutboxRow) -> None:
    log = _log.bind(message=again.id, lane=row.lane.value)
    since, times = row.created, again.reissue
    log.error(LogEvent.OUTGOING_REISSUED, recipient=row.partner, type=row.type, since=since, times=times)
