"""The outbox: what is to reach a partner, until the partner's system says it has it.

`next_at` is the whole state machine: due when it has passed; leased by moving it ahead; done when it is null. A worker
that dies leaves a lease that ends. Two kinds of rows are not due, whatever it says: one that was published and owes a
confirmation has a `place` in its queue, until that is found to have given it away unread (`unread.py`); and an alarm
whose last round lies unread waits `behind` that.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Integer,
    Row,
    Text,
    Uuid,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    null,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.canonical.codes import Lane, Result
from hub.ids import CaseId, MessageId, Oin, PartnerId
from hub.ports import Cause, Confirmation, Fate, OutboxRow, Sealed, SentMessage, Taken
from hub.ports.periods import GONE
from hub.store.bulk import arrays, insert_rows, is_one_of, rows
from hub.store.moments import NOW, seconds
from hub.store.tables import inbox, outbox, queue

OinOf = Callable[[PartnerId], Oin]
"""Whose a connection is."""

_IDS = bindparam("ids", type_=ARRAY(Uuid))
_LOCK = select(outbox.c.id).where(outbox.c.id == _IDS.any_()).order_by(outbox.c.id).with_for_update()
# Marks, confirmations and answers said again meet on the same rows: without one order they deadlock all the time.
_locked = outbox.c.id.in_(select(_LOCK.cte("locked").c.id))
_LOCK_FREE = _LOCK.with_for_update(skip_locked=True)
_THERE = select(outbox.c.id).where(outbox.c.id == _IDS.any_())
_meant = select(outbox.c.id, outbox.c.partner, outbox.c.lane).where(outbox.c.id == _IDS.any_()).cte("meant")
_is_its_queue = (queue.c.partner == _meant.c.partner) & (queue.c.lane == _meant.c.lane)
_their_queues = select(queue.c.partner, queue.c.lane).where(exists().where(_is_its_queue))
_FREE_QUEUES = _their_queues.order_by(queue.c.partner, queue.c.lane).with_for_update(skip_locked=True).cte("free")
_is_free = exists().where(_FREE_QUEUES.c.partner == _meant.c.partner, _FREE_QUEUES.c.lane == _meant.c.lane)
_BEHIND_A_LOCKED_QUEUE = select(_meant.c.id).where(exists().where(_is_its_queue), ~_is_free)
_LATER = ("seq", "published_at", "delivered_at", "result", "lack", "replaced_by", "sent", "place", "seen")
_COLUMNS = [one for one in outbox.c if one.name not in _LATER]
_insert = insert_rows(outbox, _COLUMNS)
# A receipt that is asked for again keeps its id and content: it is published once more, to the connection that asked.
_SAID_AGAIN = ("partner", "sha256", "ciphertext", "wrapped_key", "key_id", "next_at", "attempts")
_ADD = _insert.on_conflict_do_update(
    index_elements=[outbox.c.id],
    set_={name: _insert.excluded[name] for name in _SAID_AGAIN} | {"place": null(), "seen": false()},
)
_SENT = select(outbox).where(outbox.c.id == _IDS.any_())
_CONFIRMED = select(outbox.c.id, outbox.c.partner).where(outbox.c.id == _IDS.any_(), outbox.c.published_at.is_not(None))

_confirmed = rows("confirmed", [outbox.c.id, outbox.c.partner, outbox.c.result])
_stored = _confirmed.c.result == Result.STORED.value
_END = (
    update(outbox)
    .where(outbox.c.id == _confirmed.c.id, outbox.c.partner == _confirmed.c.partner, outbox.c.delivered_at.is_(None))
    .where(_locked)
    .values(
        result=_confirmed.c.result,
        delivered_at=case((_stored, NOW), else_=null()),
        # Confirmed delivery ends the payload, and its key with it (P7). A code keeps it, to be sent again after repair.
        ciphertext=case((_stored, null()), else_=outbox.c.ciphertext),
        wrapped_key=case((_stored, null()), else_=outbox.c.wrapped_key),
        next_at=case((_stored, null()), else_=outbox.c.next_at),
        lack=case((_stored, null()), else_=outbox.c.lack),
    )
    .returning(outbox.c.id, outbox.c.delivered_at)
    .cte("ended")
)
# The next round of an alarm has waited for just that.
_CONFIRM = (
    update(outbox)
    .where(outbox.c.behind == _END.c.id, _END.c.delivered_at.is_not(None), outbox.c.next_at.is_not(None))
    .values(behind=null(), next_at=NOW)
)

_asked_for = rows("asked_for", [outbox.c.partner])
_of_partner = (
    select(outbox.c.id)
    .where(outbox.c.partner == _asked_for.c.partner, outbox.c.lane == bindparam("in_lane", type_=Text))
    .where(outbox.c.next_at <= NOW, outbox.c.place.is_(None), outbox.c.behind.is_(None))
    .order_by(outbox.c.next_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
    .lateral("of_partner")
)
# Partner by partner, and no further than it takes: what lies there for those not asked for is not even passed over.
_due = (
    select(_of_partner.c.id).select_from(_asked_for.join(_of_partner, true())).limit(bindparam("most", type_=Integer))
)
_LEASE = (
    update(outbox)
    .where(is_one_of(outbox.c.id, _due))
    .values(next_at=NOW + seconds("lease"), attempts=outbox.c.attempts + 1)
    .returning(outbox)
)
# What was made again while it was being published is done: its other is sent from here on.
_open = outbox.c.owes_confirmation & outbox.c.delivered_at.is_(None) & outbox.c.replaced_by.is_(None)
_marked = select(outbox.c.id, outbox.c.partner, outbox.c.lane, outbox.c.seq).where(outbox.c.id == _IDS.any_())
_MARKED = _marked.order_by(outbox.c.id).with_for_update().cte("marked")
_queue_of = (_MARKED.c.partner, _MARKED.c.lane)
_count = upsert(queue).from_select(
    ["partner", "lane", "published"],
    select(*_queue_of, func.count()).group_by(*_queue_of).order_by(*_queue_of),
)
_COUNTED = (
    _count.on_conflict_do_update(
        index_elements=[queue.c.partner, queue.c.lane],
        set_={"published": queue.c.published + _count.excluded.published},
    )
    .returning(queue.c.partner, queue.c.lane, queue.c.published)
    .cte("counted")
)
_newest_first = func.row_number().over(partition_by=_queue_of, order_by=_MARKED.c.seq.desc())
_PLACED = (
    select(_MARKED.c.id, (_COUNTED.c.published + 1 - _newest_first).label("place"))
    .join(_COUNTED, (_COUNTED.c.partner == _MARKED.c.partner) & (_COUNTED.c.lane == _MARKED.c.lane))
    .cte("placed")
)
_PUBLISHED = (
    update(outbox)
    .where(outbox.c.id == _PLACED.c.id)
    .values(
        published_at=NOW,
        sent=outbox.c.sent + 1,
        place=case((_open, _PLACED.c.place), else_=null()),
        seen=false(),
        lack=null(),
        next_at=case(
            (_open & (outbox.c.key_id == GONE), outbox.c.next_at),
            (_open & (outbox.c.lane == Lane.ACUTE.value), NOW + seconds("acute")),
            (_open, NOW + seconds("routine")),
            else_=null(),
        ),
        ciphertext=case((_open, outbox.c.ciphertext), else_=null()),
        wrapped_key=case((_open, outbox.c.wrapped_key), else_=null()),
    )
)
_taken = rows("taken", [outbox.c.id, outbox.c.attempts])
_is_still_theirs = (outbox.c.id == _taken.c.id) & (outbox.c.attempts == _taken.c.attempts)
_RENEW = (
    update(outbox)
    .where(_is_still_theirs, outbox.c.id.in_(select(_LOCK_FREE.cte("free").c.id)), outbox.c.next_at.is_not(None))
    # Never sooner: it may have been published, and marked, since this was asked.
    .values(next_at=func.greatest(outbox.c.next_at, NOW + seconds("lease")))
    .returning(outbox.c.id)
)
_UNPUBLISHED = (
    update(outbox)
    .where(_is_still_theirs)
    # A late confirm, or the partner's own answer, may have ended it meanwhile: then it is not due ever again.
    .where(_locked, outbox.c.ciphertext.is_not(None), outbox.c.key_id != GONE)
    .values(next_at=NOW + seconds("wait"), lack=bindparam("for_want_of", type_=Text))
)


async def add(connection: AsyncConnection, added: Sequence[OutboxRow], now: datetime, lease: timedelta) -> None:
    """Insert what the batch has to say, leased to this worker, which publishes it right after the commit."""
    again = sorted(row.id for row in added if row.created < now)
    if again:
        await connection.execute(_LOCK, {"ids": again})
    if added:
        last = {row.id: row for row in added}  # one answer, asked for by two connections: it waits for the last
        await connection.execute(_ADD, arrays(_COLUMNS, [_record(row, now + lease) for row in last.values()]))


async def confirm(connection: AsyncConnection, confirmations: Iterable[Confirmation], now: datetime) -> None:
    given: dict[MessageId, Confirmation] = {}
    for one in confirmations:
        if one.message not in given or given[one.message].result is not Result.STORED:
            given[one.message] = one  # as one by one: the last word counts, but nothing undoes a confirmed delivery
    if given:
        columns = [outbox.c.id, outbox.c.partner, outbox.c.result]
        said = [{"id": id_, "partner": one.partner, "result": one.result.value} for id_, one in sorted(given.items())]
        await connection.execute(_CONFIRM, {**arrays(columns, said), "ids": sorted(given), "now": now})


_is_lapsed = _open & outbox.c.next_at.is_not(None) & (outbox.c.expires <= NOW) & (outbox.c.key_id != GONE)
_LAPSED = (
    select(outbox.c.id, outbox.c.case)
    .where(_is_lapsed)
    .order_by(outbox.c.expires)
    .limit(bindparam("most", type_=Integer))
)
_LOCK_LAPSED = select(outbox).where(outbox.c.id == _IDS.any_(), _is_lapsed).order_by(outbox.c.id).with_for_update()
_replaced = rows("replaced", [outbox.c.id, outbox.c.replaced_by])
_REPLACE = (
    update(outbox)
    .where(outbox.c.id == _replaced.c.id)
    .values(replaced_by=_replaced.c.replaced_by, next_at=null(), ciphertext=null(), wrapped_key=null(), lack=null())
)


async def lapsed(connection: AsyncConnection, now: datetime, most: int) -> list[tuple[MessageId, CaseId | None]]:
    """See `ports.Store.lapsed_outgoing`."""
    found = await connection.execute(_LAPSED, {"now": now, "most": most})
    return [(MessageId(row.id), CaseId(row.case) if row.case else None) for row in found]


async def lock_lapsed(connection: AsyncConnection, now: datetime, ids: Sequence[MessageId]) -> list[OutboxRow]:
    """See `ports.Unit.lapsed`."""
    found = await connection.execute(_LOCK_LAPSED, {"now": now, "ids": sorted(ids)})
    return [message_from(row) for row in found if row.ciphertext is not None]


async def replace(connection: AsyncConnection, replaced: Sequence[tuple[MessageId, MessageId]]) -> None:
    """What was locked is done, and another stands in its place."""
    if replaced:
        columns = [outbox.c.id, outbox.c.replaced_by]
        await connection.execute(_REPLACE, arrays(columns, [{"id": old, "replaced_by": new} for old, new in replaced]))


async def sent(
    connection: AsyncConnection, asked: Sequence[tuple[Oin, MessageId]], oin_of: OinOf
) -> dict[tuple[Oin, MessageId], SentMessage]:
    """What the hub sent to these organisations under these ids, by whichever of their connections."""
    found = await connection.execute(_SENT, {"ids": sorted({id_ for _, id_ in asked})})
    return {key: _sent(row) for row in found if (key := (oin_of(row.partner), row.id)) in asked}


async def published_to(connection: AsyncConnection, ids: Collection[MessageId]) -> dict[MessageId, PartnerId]:
    """Those of these that the broker has confirmed, and to which connection."""
    found = await connection.execute(_CONFIRMED, {"ids": sorted(ids)})
    return {MessageId(row.id): PartnerId(row.partner) for row in found}


async def lease(
    connection: AsyncConnection, now: datetime, lane: Lane, most: int, lasts: float, partners: Sequence[PartnerId]
) -> list[OutboxRow]:
    """Rows that are due, taken for `lasts` seconds; rows that somebody else is taking are passed over.

    Of the first of these partners first, the oldest first of each.
    """
    named = arrays([outbox.c.partner], [{"partner": partner} for partner in partners])
    asked = {"now": now, "in_lane": lane.value, "most": most, "lease": lasts} | named
    found = (await connection.execute(_LEASE, asked)).all()
    return [message_from(row) for row in sorted(found, key=lambda row: row.seq) if row.ciphertext is not None]


async def published(
    connection: AsyncConnection, now: datetime, ids: Collection[MessageId], routine: float, acute: float
) -> None:
    """Confirmed: to be looked for after `routine` or `acute` seconds while the partner owes its `verwerkt`."""
    await connection.execute(_PUBLISHED, {"now": now, "ids": sorted(ids), "routine": routine, "acute": acute})


async def renew(connection: AsyncConnection, now: datetime, taken: Taken, lease: float) -> list[MessageId]:
    """See `ports.Store.renew`."""
    renewed = await connection.execute(_RENEW, {"now": now, "lease": lease} | _theirs(taken))
    return [MessageId(id_) for id_ in renewed.scalars()]


async def unpublished(connection: AsyncConnection, now: datetime, taken: Taken, wait: float, lack: str | None) -> None:
    """Not confirmed: due again after `wait` seconds; `lack`: for want of what, if that is why."""
    await connection.execute(_UNPUBLISHED, {"now": now, "wait": wait, "for_want_of": lack} | _theirs(taken))


def _theirs(taken: Taken) -> dict[str, Any]:
    columns = [outbox.c.id, outbox.c.attempts]
    records = [{"id": id_, "attempts": attempt} for id_, attempt in sorted(taken.items())]
    return arrays(columns, records) | {"ids": sorted(taken)}


async def free(connection: AsyncConnection, ids: Collection[MessageId]) -> frozenset[MessageId]:
    """Those of these that nobody else has locked, or that are not there any more: locked from here on."""
    held = set((await connection.execute(_THERE, {"ids": sorted(ids)})).scalars())
    held -= set((await connection.execute(_LOCK_FREE, {"ids": sorted(ids)})).scalars())
    return frozenset(ids) - held


async def countable(connection: AsyncConnection, ids: Collection[MessageId]) -> frozenset[MessageId]:
    """Those of these to whose queue they can be counted, as nobody else has that count locked: locked from here on."""
    held = (await connection.execute(_BEHIND_A_LOCKED_QUEUE, {"ids": sorted(ids)})).scalars()
    return frozenset(ids) - set(held)


def _record(row: OutboxRow, leased_until: datetime) -> dict[str, Any]:
    record = {one.name: getattr(row, one.name, None) for one in _COLUMNS}
    return record | {
        "lane": row.lane.value,
        "ciphertext": row.payload.ciphertext,
        "wrapped_key": row.payload.wrapped_key,
        "key_id": row.payload.key_id,
        "next_at": leased_until,
    }


def message_from(row: Row[Any]) -> OutboxRow:
    """A row of the outbox."""
    return OutboxRow(
        id=row.id,
        partner=row.partner,
        lane=Lane(row.lane),
        type=row.type,
        sha256=row.sha256,
        payload=Sealed(row.ciphertext, row.wrapped_key, row.key_id),
        created=row.created,
        expires=row.expires,
        owes_confirmation=row.owes_confirmation,
        case=row.case,
        about=row.about,
        origin=row.origin,
        attempts=row.attempts,
        published=row.published_at,
        reissue=row.reissue,
        alarm=row.alarm,
        behind=row.behind,
    )


def _sent(row: Row[Any]) -> SentMessage:
    return SentMessage(
        row.id, row.partner, row.type, CaseId(row.case) if row.case else None, row.about, row.delivered_at is not None
    )


_wanted = rows("wanted", [inbox.c.organisation, outbox.c.id])
_decided = inbox.c.fate.in_([Fate.ACCEPTED.value, Fate.REJECTED.value])
_CAUSES = (
    select(
        _wanted.c.organisation.label("asker"),
        _wanted.c.id.label("asked"),
        func.coalesce(inbox.c.id, outbox.c.origin).label("origin"),
        case((inbox.c.id.is_(None), outbox.c.partner), else_=null()).label("got_by"),
    )
    .outerjoin_from(
        _wanted,
        inbox,
        (inbox.c.organisation == _wanted.c.organisation)
        & (inbox.c.message == _wanted.c.id)
        & inbox.c.claims_id
        & _decided,
    )
    .outerjoin(outbox, outbox.c.id == _wanted.c.id)
    .where(inbox.c.id.is_not(None) | outbox.c.id.is_not(None))
    .cte("named")
)
_copies = outbox.alias("copies")
_first = inbox.alias("first")
# What has lapsed was not read: its receiver knows the one that took its place.
_is_copy = _copies.c.owes_confirmation & _copies.c.replaced_by.is_(None)
_KNOWN_AS = (
    select(
        _CAUSES.c.asker,
        _CAUSES.c.asked,
        _CAUSES.c.got_by,
        _first.c.partner,
        _first.c.message,
        literal(0).label("rank"),
        _first.c.type,
    )
    .outerjoin_from(_CAUSES, _first, _first.c.id == _CAUSES.c.origin)
    .union_all(
        select(
            _CAUSES.c.asker,
            _CAUSES.c.asked,
            _CAUSES.c.got_by,
            _copies.c.partner,
            _copies.c.id,
            _copies.c.seq,
            null(),
        ).join_from(_CAUSES, _copies, (_copies.c.origin == _CAUSES.c.origin) & _is_copy)
    )
    .order_by("rank")
)


async def causes(
    connection: AsyncConnection, asked: Sequence[tuple[Oin, MessageId]], oin_of: OinOf
) -> dict[tuple[Oin, MessageId], Cause]:
    """The messages these organisations name, each with the id under which every connection knows it.

    A message of the hub's own stands for the one that caused it, and so do all other copies of it; a connection that
    got several knows it by the first, its sender by the id it gave itself.

    What the hub sent is named by the organisation that got it, and by no other.
    """
    columns = [inbox.c.organisation, outbox.c.id]
    named = arrays(columns, [{"organisation": oin, "id": id_} for oin, id_ in asked])
    known: dict[tuple[Oin, MessageId], dict[PartnerId, MessageId]] = {}
    first: dict[tuple[Oin, MessageId], tuple[PartnerId | None, str | None]] = {}
    for asker, id_, got_by, partner, message, _, type_ in await connection.execute(_KNOWN_AS, named):
        if got_by is not None and oin_of(got_by) != asker:
            continue
        names = known.setdefault((asker, id_), {})
        first.setdefault((asker, id_), (partner, type_))
        if partner is not None and message is not None:
            names.setdefault(partner, message)
    return {key: Cause(names, *first[key]) for key, names in known.items()}
