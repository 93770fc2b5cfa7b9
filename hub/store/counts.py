"""What a region reports: numbers by month, type, role, outcome and term, added up in the transaction they belong to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, fields

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.ports import Count
from hub.store.bulk import arrays, insert_rows
from hub.store.engine import transaction
from hub.store.tables import counts

_ALL = list(counts.c)
_KINDS = [counts.c[field.name] for field in fields(Count) if field.name != "number"]
_insert = insert_rows(counts, _ALL)
_ADD = _insert.on_conflict_do_update(
    index_elements=[*_KINDS, counts.c.worker], set_={"number": counts.c.number + _insert.excluded.number}
)


async def add(connection: AsyncConnection, counted: Sequence[Count], worker: str) -> None:
    """Add to the rows of this worker.

    The last statement of its transaction, in the order of the key: who waits for a row holds none that another needs.
    """
    if not counted:
        return
    sums: Counter[tuple[str, ...]] = Counter()
    for one in counted:
        *kind, number = astuple(one)
        sums[tuple(kind)] += number
    names = [column.name for column in _KINDS]
    records = [dict(zip(names, kind, strict=True), worker=worker, number=n) for kind, n in sorted(sums.items())]
    await connection.execute(_ADD, arrays(_ALL, records))


async def counted(engine: AsyncEngine, first: str, last: str) -> list[Count]:
    """The sums over all workers, for the months from `first` to `last` (`2026-01`), in the order of their kinds."""
    number = cast(func.sum(counts.c.number), BigInteger).label("number")
    summed = select(*_KINDS, number).where(counts.c.month.between(first, last))
    async with transaction(engine) as connection:
        found = await connection.execute(summed.group_by(*_KINDS).order_by(*_KINDS))
        return [Count(**row._mapping) for row in found]
