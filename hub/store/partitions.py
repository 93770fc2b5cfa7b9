"""The processing log by month: the tables of months to come are made, those of months past their term are ended.

Who keeps house looks, once a minute; where others look too, what is to be done is done by the one that gets the lock on
the default partition. Whatever else is locked is waited for, and held, only as long as `_BRIEF` says, as everybody who
writes would wait behind it: if somebody is at work there it is left for the next look. To make a month stops writers
for a moment, and not readers; to drop one stops both, as it takes the whole log: so a long reader is let finish first.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Insert, MetaData, Select, Table, and_, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.errors import Busy, Clash
from hub.ports import MonthsTurned
from hub.store.clocks import Moment
from hub.store.months import Part, bounds, is_there, missing, month_of, named, past
from hub.store.tables import ended_month, processing_log

LOG = processing_log.name
A_DAY = timedelta(days=1)
MOVED = 50_000
"""Lines of a month in the default with which it is still made: more would take seconds. They stay and lapse there."""
_BRIEF = text("select set_config('lock_timeout', '100ms', true), set_config('statement_timeout', '2s', true)")
_PARTS = text(r"""
    select c.relname as name, cast((regexp_match(bound, 'FROM \(''([^'']+)''\)'))[1] as timestamptz) as since,
        cast((regexp_match(bound, 'TO \(''([^'']+)''\)'))[1] as timestamptz) as until,
        log.relnamespace::regnamespace::text as schema
    from pg_class log
        left join (pg_inherits i join pg_class c on c.oid = i.inhrelid) on i.inhparent = log.oid
        left join lateral pg_get_expr(c.relpartbound, c.oid) bound on true
    where log.oid = cast(:log as regclass)
""")


@dataclass(frozen=True, slots=True)
class _Found:
    """What the catalogue says of the log."""

    schema: str
    parts: list[Part]


Transactions = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
Act = Callable[[AsyncConnection, _Found], Awaitable[bool | None]]
"""Whether there was anything to do, None if it gave way; it is given what there is now that nobody else acts."""


async def turn(transactions: Transactions, moment: Moment, kept: float) -> MonthsTurned:
    """Make the months that are missing, and end those of which every line is older than `kept` seconds.

    A month ends in two looks: it is taken out of the log, one a day, and dropped a day after that. What was taken out
    and is not past its term is put back. A month that has come is made though the clock is doubted: it does no harm.
    """
    horizon = moment.now - timedelta(seconds=kept)
    back = 0
    found, waiting = await _both(transactions)
    if not moment.doubted and (early := [one for one in waiting if one.until > horizon]):
        back = [await _alone(transactions, found.schema, _attaching(one)) for one in early].count(True)
        found, waiting = await _both(transactions)
    there = [*found.parts, *(Part(one.name, one.since, one.until) for one in waiting)]
    acts = [_making(month) for month in missing(there, moment.now)]
    made = [await _alone(transactions, found.schema, act) for act in acts]
    if moment.doubted:
        return MonthsTurned(made.count(True), 0, None in made)
    acts = [_dropping(one) for one in waiting if one.until <= horizon and one.is_ripe(moment.now)]
    dropped = [await _alone(transactions, found.schema, act) for act in acts]
    today = any(not one.is_ripe(moment.now) for one in waiting)
    acts = [] if today else [_detaching(part, moment.now) for part in past(found.parts, horizon)[:1]]
    ended = [await _alone(transactions, found.schema, act) for act in acts]
    gave_way = None in [*made, *dropped, *ended]
    return MonthsTurned(made.count(True), ended.count(True), gave_way, dropped.count(True), back)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A month that was taken out of the log, and when."""

    name: str
    since: datetime | None
    until: datetime
    detached_at: datetime

    def is_ripe(self, now: datetime) -> bool:
        return now >= self.detached_at + A_DAY


async def _both(transactions: Transactions) -> tuple[_Found, list[_Waiting]]:
    """What the log consists of, and what was taken out of it."""
    async with transactions() as connection:
        found = await _look(connection)
        waiting = await connection.execute(select(ended_month).order_by(ended_month.c.until))
        return found, [_Waiting(row.name, row.since, row.until, row.detached_at) for row in waiting]


async def _look(connection: AsyncConnection) -> _Found:
    rows = (await connection.execute(_PARTS, {"log": LOG})).all()
    parts = [Part(row.name, row.since, row.until) for row in rows if row.name is not None]
    return _Found(rows[0].schema, parts)


async def _alone(transactions: Transactions, schema: str, act: Act) -> bool | None:
    """Whether it was done, in a transaction of its own; None if it gave way."""
    try:
        async with transactions() as connection:
            await connection.execute(_BRIEF)
            # Nobody who reads or writes is in the way of this lock, and nobody waits for it.
            await connection.execute(text(f"lock table {schema}.{LOG}_default in share update exclusive mode nowait"))
            return await act(connection, await _look(connection))
    except (Clash, Busy):  # what was locked, or took too long, must not be tried again at once
        return None


def _making(month: datetime) -> Act:
    """Make its table apart, bring in what the default has of it, and only then let it be a part of the log."""

    async def make(connection: AsyncConnection, found: _Found) -> bool | None:
        if is_there(month, found.parts):
            return False
        log, name, schema = f"{found.schema}.{LOG}", named(LOG, month), found.schema
        default = _like_log(f"{LOG}_default", schema)
        if (await connection.execute(_number(default, month))).scalar_one() > MOVED:
            return None
        # Writers out, all of them: one that has already looked where its line goes would put it in the default.
        await connection.execute(text(f"lock table only {log} in share row exclusive mode"))
        await connection.execute(text(f"create table {schema}.{name} (like {log})"))
        await connection.execute(_moved(default, _like_log(name, schema), month))
        await connection.execute(text(f"create index on {schema}.{name} (at)"))
        attach = f"alter table {log} attach partition {schema}.{name} for values {bounds(month)}"
        await connection.execute(text(attach))
        return True

    return make


def _like_log(name: str, schema: str) -> Table:
    return processing_log.to_metadata(MetaData(), schema=schema, name=name)


def _of(month: datetime, table: Table) -> ColumnElement[bool]:
    return and_(table.c.at >= month, table.c.at < month_of(month, 1))


def _number(table: Table, month: datetime) -> Select[Any]:
    """How many lines of the month, as far as it matters."""
    some = select(table.c.seq).where(_of(month, table)).limit(MOVED + 1)
    return select(func.count()).select_from(some.subquery())


def _moved(source: Table, target: Table, month: datetime) -> Insert:
    taken = delete(source).where(_of(month, source)).returning(*source.c).cte()
    return insert(target).from_select(list(source.c.keys()), select(taken))


def _detaching(part: Part, now: datetime) -> Act:
    async def end(connection: AsyncConnection, found: _Found) -> bool:
        if part not in found.parts:
            return False
        log = f"{found.schema}.{LOG}"
        await connection.execute(text(f"alter table {log} detach partition {found.schema}.{part.name}"))
        record = {"name": part.name, "since": part.since, "until": part.until, "detached_at": now}
        await connection.execute(insert(ended_month).values(**record))
        return True

    return end


def _dropping(one: _Waiting) -> Act:
    async def drop(connection: AsyncConnection, found: _Found) -> bool:
        if not await _taken(connection, one):
            return False
        await connection.execute(text(f"drop table {found.schema}.{one.name}"))
        return True

    return drop


def _attaching(one: _Waiting) -> Act:
    """It was taken out by a wrong clock, or by a term that is longer now."""

    async def attach(connection: AsyncConnection, found: _Found) -> bool:
        if not await _taken(connection, one):
            return False
        since = f"'{one.since.isoformat()}'" if one.since else "minvalue"
        values = f"from ({since}) to ('{one.until.isoformat()}')"
        name = f"{found.schema}.{one.name}"
        await connection.execute(text(f"alter table {found.schema}.{LOG} attach partition {name} for values {values}"))
        return True

    return attach


async def _taken(connection: AsyncConnection, one: _Waiting) -> bool:
    """Whether it waited until now; another worker may have been first."""
    gone = await connection.execute(delete(ended_month).where(ended_month.c.name == one.name))
    return gone.rowcount == 1
