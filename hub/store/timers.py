"""Running terms as timers: whoever looks first takes what is due, for as long as its lease lasts.

The rows are written and removed with the case they belong to (`cases.save`); a worker that dies leaves a lease that
ends. That a timer was taken changes no case: what follows from it is decided as any command.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.ids import CaseId
from hub.ports import DueTimer
from hub.store.bulk import arrays, is_one_of, place, rows
from hub.store.moments import MINUTE, NOW, seconds
from hub.store.tables import timer

_KEY = (timer.c.case, timer.c.name, timer.c.about)
# A lease that ends later than one that is given now was given by a wrong clock.
_free = or_(
    timer.c.lease_until.is_(None), timer.c.lease_until <= NOW, timer.c.lease_until > NOW + seconds("lease") + MINUTE
)
_due = (
    select(place(timer))
    .where(timer.c.due <= NOW, _free)
    .order_by(timer.c.due)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_TAKE = (
    update(timer)
    .where(is_one_of(place(timer), _due))
    .values(lease_until=NOW + seconds("lease"))
    .returning(*_KEY, timer.c.due)
)


_BOUND = [timer.c.name, timer.c.due]
_bounds = rows("bound", _BOUND)
_PUT_OFF = (
    select(*_KEY, timer.c.due)
    .join_from(timer, _bounds, _bounds.c.name == timer.c.name)
    .where(timer.c.due > _bounds.c.due)
    .where(tuple_(*_KEY) > tuple_(bindparam("case", type_=Uuid), bindparam("name"), bindparam("about", type_=Uuid)))
    .order_by(*_KEY)
    .limit(bindparam("most", type_=Integer))
)
_BEFORE_ALL = (UUID(int=0), "", UUID(int=0))


async def put_off(
    connection: AsyncConnection, latest: Mapping[str, datetime], after: DueTimer | None, most: int
) -> list[DueTimer]:
    """See `ports.Store.put_off`."""
    last = (after.case, after.name, after.about) if after else _BEFORE_ALL
    bounds = arrays(_BOUND, [{"name": name, "due": moment} for name, moment in latest.items()])
    asked = dict(zip(("case", "name", "about"), last, strict=True)) | {"most": most} | bounds
    found = await connection.execute(_PUT_OFF, asked)
    return [DueTimer(CaseId(row.case), row.name, row.about, row.due) for row in found]


async def take_due(connection: AsyncConnection, now: datetime, most: int, lease: float) -> list[DueTimer]:
    """Timers that are due and that nobody has, taken for `lease` seconds, longest overdue first."""
    found = (await connection.execute(_TAKE, {"now": now, "most": most, "lease": lease})).all()
    return sorted((DueTimer(CaseId(row.case), row.name, row.about, row.due) for row in found), key=lambda one: one.due)
