"""The processing log: written in the transaction of what it tells of, so that nothing goes out unlogged."""

from collections.abc import AsyncGenerator, Collection, Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import ColumnElement, Integer, Text, bindparam, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.expression import FromClause

from hub.ids import PartnerId
from hub.ports import ProcessingLine
from hub.store.bulk import arrays, insert_rows, is_one_of, place
from hub.store.engine import UNHURRIED, transaction
from hub.store.moments import NOW, seconds
from hub.store.months import month_of
from hub.store.tables import processing_log


def _of_the_month(log: FromClause) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return log.c.at >= bindparam("since"), log.c.at < bindparam("until")


def _is_about(log: FromClause) -> ColumnElement[bool]:
    said = log.c.attributes.op("->>")(bindparam("attribute", type_=Text))
    return said == bindparam("subjects", type_=ARRAY(Text)).any_()


_COLUMNS = [processing_log.c[field.name] for field in fields(ProcessingLine)]
_ADD = insert_rows(processing_log, _COLUMNS)
_is_past = processing_log.c.at < NOW - seconds("kept")
_old = (
    select(place(processing_log))
    .where(_is_past)
    .order_by(processing_log.c.at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_OLDEST = select(processing_log.c.at).order_by(processing_log.c.at).limit(1)
_ENDS = select(func.min(processing_log.c.at), func.max(processing_log.c.at))
# Months have places alike. So the bound is said again: what is met by such a place elsewhere has lapsed too.
_END = delete(processing_log).where(_is_past, is_one_of(place(processing_log), _old))


_own = processing_log.alias("own")
_below = select(_own.c.at, _own.c.parent_span_id).where(*_of_the_month(_own), _is_about(_own))
_above = tuple_(processing_log.c.at, processing_log.c.span_id).in_(_below)
_traces = select(_own.c.trace_id).where(*_of_the_month(_own), _is_about(_own))
_of_a_message = processing_log.c.parent_span_id.is_(None)
_named = processing_log.c.span_id == bindparam("spans", type_=ARRAY(Text)).any_()
_beside = _of_a_message & (processing_log.c.trace_id.in_(_traces) | _named)
_ABOUT = (
    select(*_COLUMNS)
    .where(*_of_the_month(processing_log), _is_about(processing_log) | _above | _beside)
    .order_by(processing_log.c.at, processing_log.c.seq)
)


async def add(connection: AsyncConnection, written: Iterable[ProcessingLine]) -> None:
    records = [_record(line) for line in written]
    if records:
        await connection.execute(_ADD, arrays(_COLUMNS, records))


async def end(connection: AsyncConnection, now: datetime, most: int, *, kept: float) -> int:
    """Delete some `most` lines older than `kept` seconds, those that somebody else deletes apart; how many.

    A few more where they lie in two months.
    """
    return int((await connection.execute(_END, {"now": now, "kept": kept, "most": most})).rowcount)


async def oldest(connection: AsyncConnection) -> datetime | None:
    """The moment of the first line that is still there."""
    found = await connection.execute(_OLDEST)
    return found.scalars().one_or_none()


async def written(
    engine: AsyncEngine, start: datetime, end: datetime, partner: PartnerId | None
) -> AsyncGenerator[ProcessingLine, None]:
    """The lines from `start` until before `end`, the oldest first, a few at a time: there may be years.

    Args:
        partner: only what went to this one.
    """
    asked = select(*_COLUMNS).where(*_between(start, end, partner))
    async with transaction(engine) as connection:
        await connection.execute(UNHURRIED)
        async for row in await connection.stream(asked.order_by(processing_log.c.at, processing_log.c.seq)):
            yield ProcessingLine(**row._mapping)


async def number(engine: AsyncEngine, start: datetime, end: datetime, partner: PartnerId | None) -> int:
    """How many those are."""
    asked = select(func.count()).select_from(processing_log).where(*_between(start, end, partner))
    async with transaction(engine) as connection:
        return int((await connection.execute(asked)).scalar_one())


def _between(start: datetime, end: datetime, partner: PartnerId | None) -> list[ColumnElement[bool]]:
    own = [] if partner is None else [processing_log.c.partner == partner]
    return [processing_log.c.at >= start, processing_log.c.at < end, *own]


async def about(
    engine: AsyncEngine, attribute: str, subjects: Collection[str], spans: Collection[str] = ()
) -> AsyncGenerator[ProcessingLine, None]:
    """The lines in which this attribute is one of `subjects`, those that they are below, and of each message that
    followed from the same one, or has one of these spans, the line above all; the oldest first.

    Every line is looked at, a month in each statement: no index has them by person, as each line that is written would
    pay for what is asked a few times a year.
    """
    async with transaction(engine) as connection:
        first, last = (await connection.execute(_ENDS)).one()
        month = None if first is None else month_of(first)
        while month is not None and month <= last:
            asked = {"since": month, "until": month_of(month, 1), "attribute": attribute}
            asked |= {"subjects": list(subjects), "spans": list(spans)}
            for row in await connection.execute(_ABOUT, asked):
                yield ProcessingLine(**row._mapping)
            month = month_of(month, 1)


def _record(line: ProcessingLine) -> dict[str, Any]:
    record = {one.name: getattr(line, one.name) for one in _COLUMNS}
    return record | {"attributes": to_json(line.attributes).decode()}
