"""Whether anything is due, in one statement that reads a step of an index for each kind."""

from datetime import datetime, timedelta

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.canonical.codes import Lane
from hub.ports import Due

_FIRST = text("""
select (select due from timer where due < :until order by due limit 1) as terms,
  (select next_at from stored_delivery where next_at < :until order by next_at limit 1) as retries,
  (select next_at from outbox where lane = 'acuut' and next_at < :until and place is null and behind is null
    order by next_at limit 1) as acute,
  (select next_at from outbox where lane = 'regulier' and next_at < :until and place is null and behind is null
    order by next_at limit 1) as routine,
  (select inbox from stored_delivery where delay_told_at is null and not dead order by inbox limit 1) as undecided,
  exists(select from lack) as lacks
""").bindparams(bindparam("until", type_=DateTime(timezone=True)))
AHEAD = timedelta(seconds=2)
"""No further: the next look comes before that."""


async def due(connection: AsyncConnection, now: datetime) -> Due:
    """What may be due at this moment; what somebody has in hand counts."""
    found = (await connection.execute(_FIRST, {"until": now + AHEAD})).one()
    outgoing = {Lane.ACUTE: found.acute, Lane.ROUTINE: found.routine}
    moments = [one for one in (found.terms, found.retries, *outgoing.values()) if one is not None]
    return Due(
        terms=_is_past(found.terms, now),
        retries=found.lacks or _is_past(found.retries, now),  # one of those that wait for what is lacking is tried
        outgoing=frozenset(lane for lane, first in outgoing.items() if _is_past(first, now)),
        undecided=found.undecided is not None,
        lacks=found.lacks,
        next_at=min((one for one in moments if one > now), default=None),
    )


def _is_past(first: datetime | None, now: datetime) -> bool:
    return first is not None and first <= now
