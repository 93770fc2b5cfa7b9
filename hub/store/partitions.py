"""The processing log by month: the tables of months to come are made, those of months past their term are dropped.

Every worker looks, once a minute; what is to be done is done by the one that gets the lock on the default partition,
and the others go on. Whatever else is locked is waited for, and held, only as long as `_BRIEF` says, as everybody who
writes would wait behind it: if somebody is at work there it is left for the next look. To make a month stops writers
for a moment, and not readers; to drop one stops both, as it takes the whole log: so a long reader is let finish first.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Insert, MetaData, Select, Table, and_, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.errors import Clash, DatabaseAway
from hub.ports import MonthsTurned
from hub.store.clocks import Moment
from hub.store.engine import transaction
from hub.store.months import Part, bounds, is_there, missing, month_of, named, past
from hub.store.tables import processing_log

LOG = processing_log.name
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


Act = Callable[[AsyncConnection, _Found], Awaitable[bool | None]]
"""Whether there was anything to do, None if it gave way; it is given what there is now that nobody else acts."""


async def turn(engine: AsyncEngine, moment: Moment, kept: float) -> MonthsTurned:
    """Make the months that are missing, and drop those of which every line is older than `kept` seconds.

    A month that the clock says has come is made though it is doubted: to have it does no harm.
    """
    async with transaction(engine) as connection:
        found = await _look(connection)
    acts = [_making(month) for month in missing(found.parts, moment.now)]
    made = [await _alone(engine, found.schema, act) for act in acts]
    over = [] if moment.doubted else past(found.parts, moment.now - timedelta(seconds=kept))
    acts = [_ending(part) for part in over]
    ended = [await _alone(engine, found.schema, act) for act in acts]
    return MonthsTurned(made.count(True), ended.count(True), None in made + ended)


async def _look(connection: AsyncConnection) -> _Found:
    rows = (await connection.execute(_PARTS, {"log": LOG})).all()
    parts = [Part(row.name, row.since, row.until) for row in rows if row.name is not None]
    return _Found(rows[0].schema, parts)


async def _alone(engine: AsyncEngine, schema: str, act: Act) -> bool | None:
    """Whether it was done, in a transaction of its own; None if it gave way."""
    try:
        async with transaction(engine) as connection:
            await connection.execute(_BRIEF)
            # Nobody who reads or writes is in the way of this lock, and nobody waits for it.
            await connection.execute(text(f"lock table {schema}.{LOG}_default in share update exclusive mode nowait"))
            return await act(connection, await _look(connection))
    except (Clash, DatabaseAway):  # a statement that took too long is the latter, and must not be tried again at once
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


def _ending(part: Part) -> Act:
    async def end(connection: AsyncConnection, found: _Found) -> bool:
        if part not in found.parts:
            return False
        await connection.execute(text(f"drop table {found.schema}.{part.name}"))
        return True

    return end
