"""Deliveries kept to be tried again, or for an operator to judge: their bytes, sealed to the hub and encrypted anew."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, Text, Uuid, bindparam, case, delete, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.canonical.codes import Lane
from hub.ids import PartnerId
from hub.ports import Body, Fate, InboxRow, Properties, Sealed, StoredDelivery
from hub.ports.journal import RELEASED, journaled
from hub.ports.periods import GONE
from hub.store.bulk import arrays, insert_rows, is_one_of, rows
from hub.store.inbox import add_journal, locked, row_from
from hub.store.inbox import save as save_rows
from hub.store.moments import NOW, seconds
from hub.store.tables import attempt, inbox, stored_delivery

_COLUMNS = [one for one in stored_delivery.c if one.name not in ("note", "woken")]
_insert = insert_rows(stored_delivery, _COLUMNS)
_gone = stored_delivery.c.key_id == GONE
_SAVE = _insert.on_conflict_do_update(
    index_elements=[stored_delivery.c.inbox],
    set_={name: _insert.excluded[name] for name in ("code", "attempts", "lane", "taken_at", "awaits")}
    | {
        # What opens no more is due no more, whoever had it in hand when its key went.
        "lack": case((_gone, stored_delivery.c.lack), else_=_insert.excluded.lack),
        # What it waits for may have come while it was looked at.
        "next_at": case(
            (_gone | (stored_delivery.c.woken & _insert.excluded.next_at.is_not(None)), stored_delivery.c.next_at),
            else_=_insert.excluded.next_at,
        ),
    },
)
_AWAITING = (
    select(stored_delivery.c.inbox)
    .where(stored_delivery.c.awaits == bindparam("ids", type_=ARRAY(Uuid)).any_())
    .where(stored_delivery.c.next_at.is_not(None), ~_gone)
)
_IS_AWAITED = _AWAITING.limit(1)
_WAKE = (
    update(stored_delivery)
    .where(is_one_of(stored_delivery.c.inbox, _AWAITING.with_for_update(skip_locked=True)))
    .values(next_at=NOW, woken=True)
)
_OPEN_NO_MORE = select(stored_delivery.c.inbox).where(
    stored_delivery.c.inbox == bindparam("ids", type_=ARRAY(Uuid)).any_(), _gone
)
_AGAIN = (
    update(stored_delivery)
    .where(stored_delivery.c.inbox == bindparam("ids", type_=ARRAY(Uuid)).any_())
    .values(next_at=NOW, attempts=0)
)
_END = delete(stored_delivery).where(stored_delivery.c.inbox == bindparam("ids", type_=ARRAY(Uuid)).any_())

# Lane by lane, and of each its partners in turn: nobody's backlog is passed over to find an acute one, or another's. Of
# those that wait for what is lacking: one for each of `probed`, and all of what is mended, but for those that somebody
# has in hand. `waits` goes from one partner that has something there to the next, by the index.
_TAKE = text("""
with recursive waits as (
  (select lane, partner from stored_delivery where next_at is not null order by lane, partner limit 1)
  union all
  select n.* from waits w cross join lateral (
    select s.lane, s.partner from stored_delivery s
    where s.next_at is not null and (s.lane, s.partner) > (w.lane, w.partner)
    order by s.lane, s.partner limit 1) n),
due as (select d.* from waits w cross join lateral (
    select inbox, lane, partner, next_at from stored_delivery s
    where s.lane = w.lane and s.partner = w.partner and s.next_at <= :now
    order by s.next_at limit :most for update skip locked) d),
probes as (select s.* from unnest(cast(:probed as text[])) p(lack) cross join lateral (
    select inbox, lane, partner, next_at from stored_delivery where lack = p.lack
      and (taken_at is null or taken_at not between :now - make_interval(secs => :lease) and :now + interval '1 minute')
    order by lane, next_at limit 1 for update skip locked) s),
freed as (select s.* from lack l cross join lateral (
    select inbox, lane, partner, next_at from stored_delivery where lack = l.id
      and (taken_at is null or taken_at not between :now - make_interval(secs => :lease) and :now + interval '1 minute')
    order by lane, next_at limit :most for update skip locked) s where l.mended),
chosen as (select * from due union select * from probes union select * from freed),
in_turn as (select *, row_number() over (partition by lane, partner order by next_at) as turn from chosen),
taken as (update stored_delivery
  set next_at = :now + make_interval(secs => :lease), attempts = attempts + 1, taken_at = :now, woken = false
  where inbox = any(array(select inbox from in_turn order by lane, turn, next_at limit :most))
  returning *)
select taken.* from taken join in_turn on in_turn.inbox = taken.inbox
order by in_turn.lane, in_turn.turn, in_turn.next_at
""").bindparams(NOW)
_ROWS = select(inbox).where(inbox.c.id == bindparam("ids", type_=ARRAY(Uuid)).any_())

_counted = insert(attempt).values(partner=bindparam("partner"), body_hash=bindparam("body_hash"), count=1, at=NOW)
_ATTEMPT = _counted.on_conflict_do_update(
    index_elements=[attempt.c.partner, attempt.c.body_hash], set_={"count": attempt.c.count + 1, "at": NOW}
).returning(attempt.c.count)

_BODIES = [attempt.c.partner, attempt.c.body_hash]
_bodies = rows("bodies", _BODIES)
_is_body = (attempt.c.partner == _bodies.c.partner) & (attempt.c.body_hash == _bodies.c.body_hash)
# Where somebody is just forgetting the same one, this waits until that is done, or its process is gone.
_BEGIN = (
    insert(attempt)
    .from_select(
        ["partner", "body_hash", "count", "at"], select(_bodies.c.partner, _bodies.c.body_hash, literal(1), NOW)
    )
    .on_conflict_do_nothing()
    .returning(attempt.c.partner, attempt.c.body_hash)
)
_noted = select(*_BODIES).join(_bodies, _is_body).order_by(*_BODIES).with_for_update(of=attempt).cte("noted")
_FORGET = delete(attempt).where(attempt.c.partner == _noted.c.partner, attempt.c.body_hash == _noted.c.body_hash)


async def save(connection: AsyncConnection, kept: Sequence[StoredDelivery], over: Sequence[UUID]) -> None:
    if kept:
        await connection.execute(_SAVE, arrays(_COLUMNS, map(_record, kept)))
    if over:
        await connection.execute(_END, {"ids": sorted(over)})


async def take_due(
    connection: AsyncConnection, now: datetime, most: int, lease: float, probed: Sequence[str]
) -> list[tuple[InboxRow, StoredDelivery]]:
    """Stored retries that are due, with their inbox rows: taken for `lease` seconds, the attempt counted already. Acute
    ones first, and of a lane its partners in turn.

    Args:
        probed: lacks of which one that waits is due.
    """
    taken = await connection.execute(_TAKE, {"now": now, "most": most, "lease": lease, "probed": list(probed)})
    return await _with_rows(connection, [_stored(row) for row in taken])


async def is_awaited(connection: AsyncConnection, come: Collection[UUID]) -> bool:
    """Whether anything waits for one of these; a look that locks nothing, as nearly every batch asks."""
    return bool(come) and (await connection.execute(_IS_AWAITED, {"ids": sorted(come)})).first() is not None


async def wake(connection: AsyncConnection, now: datetime, come: Collection[UUID]) -> None:
    """What waits for one of these is due now, but for what somebody has locked: that looks again by itself."""
    await connection.execute(_WAKE, {"ids": sorted(come), "now": now})


async def count_attempt(connection: AsyncConnection, now: datetime, partner: PartnerId, body_hash: str) -> int:
    counted = await connection.execute(_ATTEMPT, {"now": now, "partner": partner, "body_hash": body_hash})
    return int(counted.scalar_one())


async def begin(connection: AsyncConnection, now: datetime, bodies: Collection[Body]) -> frozenset[Body]:
    """Note these; those that were noted already."""
    noted = await connection.execute(_BEGIN, {"now": now} | _named(bodies))
    return frozenset(bodies) - {(PartnerId(row.partner), row.body_hash) for row in noted}


async def forget(connection: AsyncConnection, bodies: Collection[Body]) -> None:
    await connection.execute(_FORGET, _named(bodies))


def _named(bodies: Collection[Body]) -> dict[str, list[Any]]:
    return arrays(_BODIES, [{"partner": partner, "body_hash": hash_} for partner, hash_ in sorted(bodies)])


# Written out, not parameters: only so can a plan for any parameters see that `ix_inbox_undecided` has these rows.
_RETRIED, _QUARANTINED = (literal(fate.value, literal_execute=True) for fate in (Fate.RETRY, Fate.QUARANTINED))
_since = NOW - seconds("since")
_undecided = (
    select(stored_delivery.c.inbox)
    .join(inbox, inbox.c.id == stored_delivery.c.inbox)
    .where(stored_delivery.c.delay_told_at.is_(None), ~stored_delivery.c.dead)
    .where(inbox.c.fate.in_([_RETRIED, _QUARANTINED]))
    .where(inbox.c.received_at < _since, inbox.c.lane == bindparam("in_lane", type_=Text))
    .limit(bindparam("most", type_=Integer))
)
_TELL = (
    update(stored_delivery)
    .where(is_one_of(stored_delivery.c.inbox, _undecided.with_for_update(of=stored_delivery, skip_locked=True)))
    .values(delay_told_at=NOW)
    .returning(stored_delivery.c.inbox)
)


async def is_anyone_undecided(connection: AsyncConnection, now: datetime, lane: Lane, since: float) -> bool:
    found = await connection.execute(_undecided, {"now": now, "in_lane": lane.value, "since": since, "most": 1})
    return found.first() is not None


async def take_undecided(
    connection: AsyncConnection, now: datetime, lane: Lane, since: float, most: int
) -> list[InboxRow]:
    """Rows undecided for so long whose sender has not heard of it; with this commit it has."""
    told = await connection.execute(_TELL, {"now": now, "in_lane": lane.value, "since": since, "most": most})
    found = await connection.execute(_ROWS, {"ids": sorted(told.scalars())})
    return [row_from(row) for row in found]


_TO_JUDGE = (
    select(stored_delivery)
    .join(inbox, inbox.c.id == stored_delivery.c.inbox)
    .where(inbox.c.fate == _QUARANTINED)
    .order_by(inbox.c.received_at)
)


async def quarantined(connection: AsyncConnection) -> list[tuple[InboxRow, StoredDelivery]]:
    """Everything an operator has to judge, oldest first."""
    return await _with_rows(connection, [_stored(row) for row in await connection.execute(_TO_JUDGE)])


async def _with_rows(
    connection: AsyncConnection, stored: Sequence[StoredDelivery]
) -> list[tuple[InboxRow, StoredDelivery]]:
    if not stored:
        return []
    found = await connection.execute(_ROWS, {"ids": sorted(one.inbox for one in stored)})
    rows = {row.id: row_from(row) for row in found}
    return [(rows[one.inbox], one) for one in stored]


def _record(one: StoredDelivery) -> dict[str, Any]:
    return {
        "inbox": one.inbox,
        "body": one.payload.ciphertext,
        "wrapped_key": one.payload.wrapped_key,
        "key_id": one.payload.key_id,
        "message_id": storable(one.properties.message_id),
        "user_id": storable(one.properties.user_id),
        "content_type": storable(one.properties.content_type),
        "traceparent": storable(one.properties.traceparent),
        "code": one.code,
        "attempts": one.attempts,
        "next_at": one.next_at,
        "dead": one.dead,
        "delay_told_at": one.told_at,
        "lane": one.lane.value,
        "lack": one.lack,
        "taken_at": None,
        "partner": one.partner,
        "awaits": one.awaits,
    }


def storable(untrusted: str | None) -> str | None:
    """PostgreSQL has no U+0000 in text: kept, it would fail every commit of the delivery, its quarantine too."""
    return None if untrusted is None or "\0" in untrusted else untrusted


def _stored(row: Row[Any]) -> StoredDelivery:
    return StoredDelivery(
        inbox=row.inbox,
        payload=Sealed(row.body, row.wrapped_key or b"", row.key_id),
        properties=Properties(row.message_id, row.user_id, row.content_type, row.traceparent),
        code=row.code,
        attempts=row.attempts,
        next_at=row.next_at,
        dead=row.dead,
        lane=Lane(row.lane),
        lack=row.lack,
        told_at=row.delay_told_at,
        partner=row.partner,
        awaits=row.awaits,
    )


_OLD = (
    select(stored_delivery.c.inbox)
    .join(inbox, inbox.c.id == stored_delivery.c.inbox)
    .where(inbox.c.fate.in_([_RETRIED, _QUARANTINED]), inbox.c.received_at < _since)
    .where(or_(inbox.c.fate == _QUARANTINED, _gone))
    .order_by(inbox.c.received_at)
    .limit(bindparam("most", type_=Integer))
)


async def older_than(connection: AsyncConnection, now: datetime, since: float, most: int) -> list[UUID]:
    """Rows received longer ago than that, in quarantine or without a key to try them again."""
    return list((await connection.execute(_OLD, {"now": now, "since": since, "most": most})).scalars())


_OVER = text("""
select inbox from (
  select s.inbox, i.received_at, sum(length(s.body)) over (partition by i.partner order by i.received_at desc) as bytes
  from stored_delivery s join inbox i on i.id = s.inbox where i.fate = 'quarantaine'
) as newest_first where bytes > :quota order by received_at limit :most
""")


async def over_quota(connection: AsyncConnection, quota: int, most: int) -> list[UUID]:
    """The oldest quarantined rows of partners that have more than `quota` bytes there."""
    return list((await connection.execute(_OVER, {"quota": quota, "most": most})).scalars())


# `offset 0`: one by one, so that what waits in the retry lane is not read.
_LACKING = text("""
select s.inbox from inbox i cross join lateral (
  select inbox, code from stored_delivery where inbox = i.id offset 0) s
where i.fate = 'quarantaine' and s.code = any(cast(:codes as text[]))
""")


async def lacking(connection: AsyncConnection, codes: Sequence[str]) -> list[UUID]:
    """Rows in quarantine for one of these codes."""
    return list((await connection.execute(_LACKING, {"codes": list(codes)})).scalars())


async def release(connection: AsyncConnection, now: datetime, ids: Sequence[UUID]) -> list[UUID]:
    """Have these quarantined deliveries tried again now, each with its journal row; those that are not in quarantine
    (any more), or open no more, are left alone.

    Returns:
        The ones released: asked for twice, a delivery is released once.
    """
    if not ids:
        return []
    found = await locked(connection, ids)
    gone = set((await connection.execute(_OPEN_NO_MORE, {"ids": sorted(found)})).scalars())
    free = [row for row in found.values() if row.fate is Fate.QUARANTINED and row.id not in gone]
    if not free:
        return []
    said = [(row, journaled(replace(row, fate=Fate.RETRY, code=RELEASED), now)[1]) for row in free]
    await save_rows(connection, [replace(row, fate=Fate.RETRY, journal_hash=entry.hash) for row, entry in said])
    await add_journal(connection, [entry for _, entry in said])
    released = [row.id for row in free]
    await connection.execute(_AGAIN, {"ids": sorted(released), "now": now})
    return released
