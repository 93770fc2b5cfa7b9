"""What the database still holds of a connection that is closing, and what waits for it on its way to another."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, bindparam, case, exists, false, func, null, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.cases.case import Case
from hub.ids import CaseId, MessageId, Oin, PartnerId
from hub.ports import Fate, InboxRow, OutboxRow, Waiting
from hub.ports.periods import GONE
from hub.store.bulk import arrays, rows
from hub.store.inbox import row_from
from hub.store.mapper import case_from
from hub.store.moments import NOW
from hub.store.outbox import message_from
from hub.store.tables import cases, inbox, outbox, stored_delivery

_FORMER = bindparam("former", type_=Text)
_to_do = (outbox.c.partner == _FORMER) & outbox.c.next_at.is_not(None)
_WAITING = select(outbox.c.id, outbox.c.case).where(_to_do).limit(bindparam("most", type_=Integer))
_MOVED = [outbox.c.id, outbox.c.partner, outbox.c.sha256, outbox.c.ciphertext, outbox.c.wrapped_key, outbox.c.key_id]
_moved = rows("moved", _MOVED)
_is_kept_back = outbox.c.published_at.is_(None) | (outbox.c.key_id == GONE)
_MOVE = (
    update(outbox)
    .where(outbox.c.id == _moved.c.id)
    .values({one.name: _moved.c[one.name] for one in _MOVED if one.name != "id"})
    # One that was never out may be in a worker's hands just now: it stays leased. One that opens no more is never due.
    .values(next_at=case((_is_kept_back, outbox.c.next_at), else_=NOW), place=null(), seen=false())
)
_GIVE_UP = (
    update(outbox)
    .where(_to_do)
    .values(next_at=None, ciphertext=None, wrapped_key=None)
    .returning(outbox.c.id, outbox.c.origin)
)
# In words, and not as parameters: an index of some of the rows is of use only for what is known when it is planned.
_undecided, _is_open = text("inbox.fate in ('opnieuw', 'quarantaine')"), text("cases.state = 'open'")
# What opens no more ends by itself, or is sent again by who stands in its place: no partner waits for that.
_opens_no_more = exists().where(stored_delivery.c.inbox == inbox.c.id, stored_delivery.c.key_id == GONE)
_FATES = (
    select(inbox.c.fate, func.count().label("n"))
    .where(inbox.c.partner == _FORMER, _undecided, ~_opens_no_more)
    .group_by(inbox.c.fate)
)
_HELD = select(cases.c.id).where(_is_open, cases.c.holder == bindparam("oin", type_=Text))
_NAMED = (
    select(cases.c.document).where(_is_open, cases.c.document.like(bindparam("like", type_=Text))).order_by(cases.c.id)
)
_OUTGOING = select(func.count()).select_from(outbox).where(_to_do, outbox.c.key_id != GONE)

_IDS = bindparam("ids", type_=ARRAY(Uuid))
_of_these = select(outbox).where(outbox.c.id == _IDS.any_(), _to_do)
_LOCK_WAITING = _of_these.order_by(outbox.c.id).with_for_update(skip_locked=True)
_LOCK = select(outbox.c.id).where(outbox.c.id == _IDS.any_()).order_by(outbox.c.id).with_for_update()
_DUE = (
    update(outbox)
    .where(outbox.c.id.in_(select(_LOCK.cte("locked").c.id)))
    .where(outbox.c.owes_confirmation, outbox.c.delivered_at.is_(None), outbox.c.ciphertext.is_not(None))
    .where(outbox.c.key_id != GONE)
    .values(next_at=NOW, place=null(), seen=false())
)
_ANSWERED = (
    select(inbox)
    .join(outbox, (outbox.c.origin == inbox.c.id) & (outbox.c.id == inbox.c.answer))
    .where(outbox.c.id == _IDS.any_(), ~outbox.c.owes_confirmation)
)


async def waiting(connection: AsyncConnection, partner: PartnerId) -> Waiting:
    """What is undecided of this connection, and what is still to reach it."""
    fates: dict[str, int] = {row.fate: row.n for row in await connection.execute(_FATES, {"former": partner})}
    outgoing = (await connection.execute(_OUTGOING, {"former": partner})).scalar_one()
    return Waiting(fates.get(Fate.RETRY.value, 0), fates.get(Fate.QUARANTINED.value, 0), outgoing)


async def held(connection: AsyncConnection, oin: Oin) -> list[CaseId]:
    """The open cases that an organisation holds."""
    found = await connection.execute(_HELD, {"oin": oin})
    return [CaseId(one) for one in found.scalars()]


async def named_on(connection: AsyncConnection, oin: Oin) -> list[Case]:
    """The open cases that speak of an organisation: a look at every open case, for an operator."""
    found = await connection.execute(_NAMED, {"like": f"%{oin}%"})
    return [case_from(one) for one in found.scalars()]


async def outgoing(connection: AsyncConnection, partner: PartnerId, most: int) -> list[tuple[MessageId, CaseId | None]]:
    """See `ports.Store.waiting_outgoing`."""
    found = await connection.execute(_WAITING, {"former": partner, "most": most})
    return [(MessageId(row.id), CaseId(row.case) if row.case else None) for row in found]


async def lock_outgoing(connection: AsyncConnection, partner: PartnerId, ids: Sequence[MessageId]) -> list[OutboxRow]:
    """See `ports.Unit.outgoing`."""
    found = await connection.execute(_LOCK_WAITING, {"former": partner, "ids": sorted(ids)})
    return [message_from(row) for row in found if row.ciphertext is not None]


async def move(connection: AsyncConnection, moved: Sequence[OutboxRow], now: datetime) -> None:
    """What was locked waits for another connection, due at once."""
    if moved:
        sealed = [(one, one.payload) for one in moved]
        records = [
            {"id": one.id, "partner": one.partner, "sha256": one.sha256, "ciphertext": of.ciphertext,
             "wrapped_key": of.wrapped_key, "key_id": of.key_id}
            for one, of in sealed
        ]  # fmt: skip
        await connection.execute(_MOVE, {**arrays(_MOVED, records), "now": now})


async def give_up(connection: AsyncConnection, partner: PartnerId) -> dict[MessageId, UUID | None]:
    """Destroy what waits for a connection, and its keys with it: as `awaiting.give_up`."""
    found = await connection.execute(_GIVE_UP, {"former": partner})
    return {MessageId(row.id): row.origin for row in found}


async def resend(connection: AsyncConnection, now: datetime, ids: Sequence[MessageId]) -> list[InboxRow]:
    """Of messages that came back unread: those that a `verwerkt` is owed for are due at once.

    Returns:
        The rows whose answers are among them: an answer is not kept once it is out, and is made again from its row.
    """
    asked = {"ids": sorted(ids)}
    await connection.execute(_DUE, {"now": now, **asked})
    return [row_from(row) for row in await connection.execute(_ANSWERED, asked)]
