"""How much of what has had its term may go in a day: a bound on what any mistake, of a clock or of ours, can delete.

In steady state one part in so many goes each day as days of it are kept. Several times that may go, so that what a
standstill left is caught up with; of a small table `FLOOR` rows. What went is counted in a row for each kind, in the
transaction in which it goes; who finds that row locked leaves the deleting to the other. So neither many workers nor
restarts let more go, and the day is one of the believed clock, which follows the steady one.
"""

from datetime import datetime, timedelta

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.moments import NOW
from hub.store.tables import deletion, held, inbox, operator_act, processing_log, radar_entry, stored_delivery

FLOOR = 1_000
"""Rows of a kind that may go in a day, however few there are."""
SHARES = {
    radar_entry: 0.02,
    inbox: 0.02,
    processing_log: 0.02,
    operator_act: 0.02,
    held: 0.25,
    stored_delivery: 0.25,
}
"""Of each table, what may go in a day: kept for two years, six months, five years, five years, a month and a month."""
DAY = timedelta(days=1)

_TAKE = text("""
with taken as (select since, number from deletion where kind = :kind for update skip locked),
begun as (insert into deletion (kind, since, number)
    select :kind, :now, 0 where not exists (select from deletion where kind = :kind)
    on conflict do nothing returning since, number)
select since, number, (select sum(greatest(c.reltuples, 0)) from pg_class c where c.oid in (
    select cast(:table as regclass)
    union all select inhrelid from pg_inherits where inhparent = cast(:table as regclass))) as rows
from (select * from taken union all select * from begun) one
""").bindparams(NOW)
_SPEND = text("update deletion set since = :since, number = :number where kind = :kind")


async def allowed(connection: AsyncConnection, table: Table, now: datetime, most: int, floor: int) -> int:
    """How many rows of this table may go now, up to `most`; none while somebody else is at it."""
    kind = {"kind": table.name, "table": table.name, "now": now}
    found = (await connection.execute(_TAKE, kind)).one_or_none()
    if found is None:
        return 0
    a_day = max(floor, int(SHARES[table] * float(found.rows or 0)))
    return max(0, min(most, a_day - _gone(found.since, found.number, now)))


async def spend(connection: AsyncConnection, table: Table, now: datetime, rows: int) -> None:
    """So many have gone, of what was allowed in this transaction."""
    if not rows:
        return
    query = deletion.select().where(deletion.c.kind == table.name)
    found = (await connection.execute(query)).one()
    since = found.since if found.since <= now < found.since + DAY else now
    number = _gone(found.since, found.number, now) + rows
    await connection.execute(_SPEND, {"kind": table.name, "since": since, "number": number})


def _gone(since: datetime, number: int, now: datetime) -> int:
    """Since the day began. A day that begins ahead of now was begun by a wrong clock, and what went in it counts."""
    return 0 if now >= since + DAY else number
