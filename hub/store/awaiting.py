"""What opens no more, as its key is gone: what would bring it back, and that back in its place.

What no message brings back is listed with what is known of it, until it ends: by the receiver's own `verwerkt`, with
its offer, with its term in quarantine, or by an operator.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, Uuid, bindparam, case, cast, func, null, select, union_all, update
from sqlalchemy import literal as value
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.ids import CaseId, MessageId, PartnerId
from hub.ports import InboxRow, Lost, OutboxRow, Period, Place, Refilled
from hub.ports.periods import GONE
from hub.schemas.message import wire_type
from hub.store.bulk import arrays, rows
from hub.store.inbox import row_from
from hub.store.moments import NOW
from hub.store.outbox import message_from
from hub.store.periods import CONTENTS, QUARANTINED, columns, opening, opens_no_more, record
from hub.store.quarantine import storable
from hub.store.tables import case_event, held, inbox, outbox, stored_delivery

_IDS = bindparam("ids", type_=ARRAY(Uuid))
_DOSSIER = wire_type("overdrachten.dossier")
_is_gone = CONTENTS[Place.OUTBOX].waits & (outbox.c.key_id == GONE)
# A message may be sent again before a look has said of what came of it that it is gone.
_is_lost = CONTENTS[Place.OUTBOX].waits & opens_no_more(Place.OUTBOX)
_HANDOVER = case_event.c.document["event"]["handover"].astext
_gives = case_event.c.kind.in_(["HandoverOffered", "MoreGiven"])
_offered = (
    select(case_event.c.inbox)
    .where(case_event.c.case == held.c.case, _gives, cast(held.c.handover, Text) == _HANDOVER)
    .order_by(case_event.c.version.desc())
    .limit(1)
    .scalar_subquery()
)
_offer, _yes = inbox.alias("offer"), inbox.alias("yes")
_CAME_OF = select(outbox, outbox.c.origin.label("cause"), null().label("follows")).where(
    _is_lost, outbox.c.origin == _IDS.any_()
)
# What the offer said went to who said yes, and was held no longer.
_DOSSIERS = (
    select(outbox, _offer.c.id.label("cause"), _yes.c.message.label("follows"))
    .join_from(_offer, case_event, (case_event.c.case == _offer.c.case) & (case_event.c.inbox == _offer.c.id) & _gives)
    .join(outbox, (outbox.c.case == case_event.c.case) & (cast(outbox.c.about, Text) == _HANDOVER))
    .join(_yes, _yes.c.id == outbox.c.origin)
    .where(_is_lost, outbox.c.type == _DOSSIER, _offer.c.id == _IDS.any_(), _yes.c.id != _offer.c.id)
)
_PART = (
    select(value(Place.HELD.value).label("place"), inbox.c.id.label("cause"), held.c.case, held.c.handover)
    .join_from(inbox, held, held.c.case == inbox.c.case)
    .where(inbox.c.id == _IDS.any_(), opens_no_more(Place.HELD), _offered == inbox.c.id)
)
_KEPT = select(value(Place.STORED.value).label("place"), stored_delivery.c.inbox.label("cause"), null(), null()).where(
    opens_no_more(Place.STORED), stored_delivery.c.inbox == _IDS.any_()
)
_WITHIN = union_all(_PART, _KEPT)

_stored = CONTENTS[Place.STORED]
_HOW = [stored_delivery.c[name] for name in ("message_id", "user_id", "content_type", "traceparent")]
_filled = rows("filled", [*columns(_stored), *_HOW, inbox.c.partner])
_FILL = (
    update(stored_delivery)
    .where(stored_delivery.c.inbox == _filled.c.inbox, opens_no_more(Place.STORED))
    .values(
        {column.name: _filled.c[column.name] for column in (_stored.content, *_HOW)}
        | {"wrapped_key": _filled.c.wrapped_key, "key_id": _filled.c.key_id}
        | {"next_at": case((QUARANTINED, null()), else_=NOW)}
    )
)
# Signed with the keys of the connection that it came by now.
_CAME_BY = (
    update(inbox)
    .where(inbox.c.id == _filled.c.inbox, inbox.c.partner != _filled.c.partner)
    .values(partner=_filled.c.partner)
)
_ANSWERED = (
    select(inbox, outbox.c.id.label("said"))
    .join_from(outbox, inbox, inbox.c.id == outbox.c.origin)
    .where(outbox.c.id == _IDS.any_(), _is_gone, ~outbox.c.owes_confirmation)
)
_AS_THEY_STAND = select(outbox).where(outbox.c.id == _IDS.any_(), _is_gone)
_GIVE_UP = (
    update(outbox)
    .where(outbox.c.id == _IDS.any_(), _is_gone)
    .values(next_at=None, ciphertext=None, wrapped_key=None)
    .returning(outbox.c.id, outbox.c.origin)
)


@dataclass(frozen=True, slots=True)
class Gone:
    """Something whose key is gone: which message of whom would bring it back, if one does, and for whom it was.

    Attributes:
        id: of a message of the hub its own; of a full part its offer's; of a message that was kept its row's.
    """

    id: UUID
    place: Place
    sender: PartnerId | None
    message: MessageId | None
    case: CaseId | None
    recipient: PartnerId | None
    type: str | None
    since: datetime


_sender = [inbox.c.partner.label("sender"), inbox.c.message]
_given_by = (
    select(case_event.c.inbox)
    .where(case_event.c.case == outbox.c.case, _gives, cast(outbox.c.about, Text) == _HANDOVER)
    .where(outbox.c.type == _DOSSIER)
    .order_by(case_event.c.version.desc())
    .limit(1)
    .scalar_subquery()
)
_LISTS = {
    Place.OUTBOX: select(
        outbox.c.id, *_sender, outbox.c.case, outbox.c.partner.label("recipient"), outbox.c.type,
        outbox.c.created.label("since"),
    )
    .outerjoin_from(outbox, inbox, inbox.c.id == func.coalesce(_given_by, outbox.c.origin))
    .where(_is_gone),
    Place.HELD: select(
        held.c.handover.label("id"), *_sender, held.c.case, null().label("recipient"), inbox.c.type,
        inbox.c.received_at.label("since"),
    )
    .outerjoin_from(held, inbox, inbox.c.id == _offered)
    .where(held.c.key_id == GONE),
    Place.STORED: select(
        inbox.c.id, *_sender, inbox.c.case, null().label("recipient"), inbox.c.type,
        inbox.c.received_at.label("since"),
    )
    .join_from(stored_delivery, inbox, inbox.c.id == stored_delivery.c.inbox)
    .where(stored_delivery.c.key_id == GONE),
}  # fmt: skip


async def lost(connection: AsyncConnection, used: Period, ids: Sequence[UUID]) -> list[Lost]:
    """Of what came of these inbox rows, that whose key is gone."""
    asked = {"ids": sorted(ids), **opening(used)}
    said = [_said(row) for query in (_CAME_OF, _DOSSIERS) for row in await connection.execute(query, asked)]
    return said + [_within(row) for row in await connection.execute(_WITHIN, asked)]


async def fill(connection: AsyncConnection, used: Period, now: datetime, filled: Sequence[Refilled]) -> None:
    """Put this in the place of kept deliveries whose key is gone; they are due now, but for those in quarantine."""
    if filled:
        records = [_refilled(one) for one in filled]
        given = arrays([*columns(_stored), *_HOW, inbox.c.partner], records)
        await connection.execute(_FILL, {**given, **opening(used), "now": now})
        await connection.execute(_CAME_BY, given)


async def answered(connection: AsyncConnection, ids: Sequence[MessageId]) -> dict[MessageId, InboxRow]:
    """Of these answers: the rows of the messages that they answer."""
    found = await connection.execute(_ANSWERED, {"ids": sorted(ids)})
    return {MessageId(row.said): row_from(row) for row in found}


async def as_they_stand(connection: AsyncConnection, ids: Sequence[MessageId]) -> dict[MessageId, OutboxRow]:
    """These messages, without their content."""
    found = await connection.execute(_AS_THEY_STAND, {"ids": sorted(ids)})
    return {MessageId(row.id): message_from(row) for row in found}


async def give_up(connection: AsyncConnection, ids: Sequence[MessageId]) -> dict[MessageId, UUID | None]:
    """Wait no longer for these: those that there were, each with the inbox row that it came of, if it came of one."""
    found = await connection.execute(_GIVE_UP, {"ids": sorted(ids)})
    return {MessageId(row.id): row.origin for row in found}


async def gone(connection: AsyncConnection) -> list[Gone]:
    """What awaits that its sender sends it again, the oldest first."""
    found = [
        Gone(place=place, **row._mapping) for place, query in _LISTS.items() for row in await connection.execute(query)
    ]
    return sorted(found, key=lambda one: one.since)


def _said(row: Row[Any]) -> Lost:
    return Lost(row.cause, Place.OUTBOX, (row.id,), message_from(row), row.follows)


def _within(row: Row[Any]) -> Lost:
    place = Place(row.place)
    return Lost(row.cause, place, (row.cause,) if place is Place.STORED else (row.case, row.handover))


def _refilled(one: Refilled) -> dict[str, Any]:
    how = one.properties
    return record(one.content, _stored) | {
        "message_id": storable(how.message_id),
        "user_id": storable(how.user_id),
        "content_type": storable(how.content_type),
        "traceparent": storable(how.traceparent),
        "partner": one.partner,
    }
