"""Running terms as timers: whoever looks first takes what is due, for as long as its lease lasts.

The rows are written and removed with the case they belong to (`cases.save`); a worker that dies leaves a lease that
ends. That a timer was taken changes no case: what follows from it is decided as any command.
"""

from datetime import datetime

from sqlalchemy import Integer, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.ids import CaseId
from hub.ports import DueTimer
from hub.store.bulk import is_one_of, place
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


async def take_due(connection: AsyncConnection, now: datetime, most: int, lease: float) -> list[DueTimer]:
    """Timers that are due and that nobody has, taken for `lease` seconds, longest overdue first."""
    found = (await connection.execute(_TAKE, {"now": now, "most": most, "lease": lease})).all()
    return sorted((DueTimer(CaseId(row.case), row.name, row.about, row.due) for row in found), key=lambda one: one.due)
