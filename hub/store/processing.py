"""The processing log: written in the transaction of what it tells of, so that nothing goes out unlogged."""

from collections.abc import AsyncGenerator, Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Integer, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.ids import PartnerId
from hub.ports import ProcessingLine
from hub.store.bulk import arrays, insert_rows, is_one_of, place
from hub.store.engine import transaction
from hub.store.moments import NOW, seconds
from hub.store.tables import processing_log

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
# Months have places alike. So the bound is said again: what is met by such a place elsewhere has lapsed too.
_END = delete(processing_log).where(_is_past, is_one_of(place(processing_log), _old))


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
    asked = select(*_COLUMNS).where(processing_log.c.at >= start, processing_log.c.at < end)
    if partner is not None:
        asked = asked.where(processing_log.c.partner == partner)
    async with transaction(engine) as connection:
        async for row in await connection.stream(asked.order_by(processing_log.c.at, processing_log.c.seq)):
            yield ProcessingLine(**row._mapping)


def _record(line: ProcessingLine) -> dict[str, Any]:
    record = {one.name: getattr(line, one.name) for one in _COLUMNS}
    return record | {"attributes": to_json(line.attributes).decode()}
