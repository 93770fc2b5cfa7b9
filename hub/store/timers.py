"""Running terms as timers: whoever looks first takes what is due, for as long as its lease lasts.

The rows are written and removed with the case they belong to (`cases.save`); a worker that dies leaves a lease that
ends. That a timer was taken changes no case: what follows from it is decided as any command.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, bindparam, column, func, or_, select, true, tuple_, update, values
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.canonical.codes import Lane
from hub.ids import CaseId
from hub.ports import DueTimer
from hub.store.bulk import arrays, is_one_of, place, rows
from hub.store.moments import MINUTE, NOW, seconds
from hub.store.tables import cases, timer

WINDOW = 1_000
"""Of a lane, so many that are due are looked at; more than that is a standstill of all."""
_KEY = (timer.c.case, timer.c.name, timer.c.about)
# A lease that ends later than one that is given now was given by a wrong clock.
_free = or_(
    timer.c.lease_until.is_(None), timer.c.lease_until <= NOW, timer.c.lease_until > NOW + seconds("lease") + MINUTE
)
_lane = values(column("lane", Text), name="lanes").data([(lane.value,) for lane in Lane])
# Of each lane a window, which an index bounds; in it whoever holds the cases has turns.
_window = (
    select(place(timer).label("place"), *_KEY, timer.c.lane, timer.c.due)
    .where(timer.c.lane == _lane.c.lane, timer.c.due <= NOW, _free)
    .order_by(timer.c.due)
    .limit(WINDOW)
    .lateral("due")
)
# One by one: a join with a table that grows may read all of it.
_holder = select(cases.c.holder).where(cases.c.id == _window.c.case).scalar_subquery()
_turn = func.row_number().over(partition_by=(_window.c.lane, _holder), order_by=_window.c.due)
_in_turn = (
    select(_window.c.place, _window.c.lane, _window.c.due, _turn.label("turn"))
    .select_from(_lane.join(_window, true()))
    .cte("in_turn")
)
_first = (
    select(_in_turn.c.place)
    .order_by(_in_turn.c.lane, _in_turn.c.turn, _in_turn.c.due)
    .limit(bindparam("most", type_=Integer))
)
_chosen = select(place(timer)).where(is_one_of(place(timer), _first), _free).with_for_update(skip_locked=True)
_TAKE = (
    update(timer)
    .where(is_one_of(place(timer), _chosen))
    .values(lease_until=NOW + seconds("lease"))
    .returning(*_KEY, timer.c.due, timer.c.lane)
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
    """Timers that are due and that nobody has, taken for `lease` seconds: acute ones first, then longest overdue; of a
    lane with more than `most` so many of each holder's."""
    found = await connection.execute(_TAKE, {"now": now, "most": most, "lease": lease})
    taken = sorted(found, key=lambda row: (row.lane != Lane.ACUTE.value, row.due))
    return [DueTimer(CaseId(row.case), row.name, row.about, row.due) for row in taken]
