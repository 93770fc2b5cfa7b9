"""After a wrong clock that was believed: what it put further off than anything is ever put off is brought back.

A clock that is doubted schedules nothing, so this finds something only where a wrong one was believed: by the version
before, or when all clocks were wrong from the start. What it put off too little comes too early, which loses nothing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Integer, Table, Update, bindparam, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.canonical.codes import Lane
from hub.ports import Fate, Longest
from hub.store.bulk import is_one_of, place
from hub.store.moments import NEVER, NOW
from hub.store.tables import attempt, held, inbox, outbox, radar_entry, stored_delivery

SLACK = timedelta(minutes=1)
"""What clocks that are believed may differ."""
_LATEST = bindparam("latest", type_=DateTime(timezone=True))


def _one_of(column: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
    """Written out, so that a plan for any parameters can use an index by it."""
    return column.in_([literal(value, literal_execute=True) for value in values])


def _brought_back(table: Table, name: str, to: Any, *where: ColumnElement[bool]) -> Update:
    column = table.c[name]
    # What is never due, as it opens no more, was not put off by a clock.
    late = select(place(table)).where(column > _LATEST, column < NEVER, *where).limit(bindparam("most", type_=Integer))
    chosen = late.with_for_update(skip_locked=True)
    return update(table).where(is_one_of(place(table), chosen)).values({name: to})


_UNDECIDED = _one_of(inbox.c.fate, (Fate.RETRY.value, Fate.QUARANTINED.value))
_OUTBOX = _brought_back(
    outbox, "next_at", NOW, _one_of(outbox.c.lane, (lane.value for lane in Lane)), outbox.c.next_at.is_not(None)
)
_STORED = _brought_back(stored_delivery, "next_at", NOW)
_RECEIVED = _brought_back(inbox, "received_at", NOW, _UNDECIDED)
_ATTEMPT = _brought_back(attempt, "at", NOW)
_HELD = _brought_back(held, "expires", _LATEST)
_RADAR = _brought_back(radar_entry, "expires", _LATEST)


async def put_right(connection: AsyncConnection, now: datetime, longest: Longest, most: int) -> int:
    """Bring back up to `most` rows of each kind; how many."""
    bounds = (
        (_OUTBOX, longest.resend + SLACK),
        (_STORED, longest.retry + SLACK),
        (_RECEIVED, SLACK),
        (_ATTEMPT, SLACK),
        (_HELD, longest.held + SLACK),
        (_RADAR, longest.radar + SLACK),
    )
    rows = 0
    for statement, bound in bounds:
        values = {"now": now, "latest": now + bound, "most": most}
        rows += int((await connection.execute(statement, values)).rowcount)
    return rows
