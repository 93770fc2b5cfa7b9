"""What waits, for how long, and why: read only, codes, parties, numbers and times."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.canonical.codes import Lane
from hub.ids import PartnerId


class Kind(StrEnum):
    """What a message waits for."""

    RETRY = "retry"
    """Undecided; it is tried again."""
    QUARANTINE = "quarantine"
    """Undecided; an operator has to judge it."""
    UNPUBLISHED = "unpublished"
    """Of the hub; the broker has not confirmed it. Not an alarm that waits behind one which lies unread."""
    UNCONFIRMED = "unconfirmed"
    """Of the hub, in its receiver's queue or system: no `verwerkt` has come."""
    TERM = "term"
    """To be said, as a term has passed; nobody has done so yet."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits of, or for, one partner (none, of a term) in one lane, for one reason.

    Attributes:
        code: why it is undecided; of what is unpublished what it lacks, as `CODE` or `CODE:ABOUT`; the name of a term;
            else nothing.
        number: how many wait.
        since: when the oldest of them came, was made, or passed.
        due: since when the oldest that is due has been; of what is unpublished, and does not wait behind another, only.
        tried: whether any of these was ever taken up again; of what is unpublished only.
    """

    what: Kind
    partner: PartnerId
    lane: Lane
    code: str
    number: int
    since: datetime
    due: datetime | None = None
    tried: bool = False


# What is undecided, and what is open, has an index of its own: each is said so that only that is read.
_UNDECIDED = text("""
select case when i.fate = 'opnieuw' then 'retry' else 'quarantine' end as what, i.partner, i.lane, s.code,
  count(*) as number, min(i.received_at) as since, cast(null as timestamptz) as due, false as tried
from inbox i cross join lateral (
  select code from stored_delivery where inbox = i.id and key_id <> 'gone' offset 0) s
where i.fate in ('opnieuw', 'quarantaine')
group by i.fate, i.partner, i.lane, s.code
""")
_OPEN = text("""
select case when published_at is null then 'unpublished' else 'unconfirmed' end as what, partner, lane,
  coalesce(lack, '') as code, count(*) as number, min(created) as since,
  min(next_at) filter (where published_at is null and behind is null) as due,
  bool_or(attempts > 0) filter (where published_at is null) as tried
from outbox
where next_at is not null and key_id <> 'gone' and behind is null and (published_at is null or owes_confirmation)
group by published_at is null, partner, lane, coalesce(lack, '')
""")
_DUE = text("""
select 'term' as what, '' as partner, lane, name as code, count(*) as number, min(due) as since,
  cast(null as timestamptz) as due, false as tried
from timer where due <= now() group by lane, name
""")


async def backlogs(connection: AsyncConnection) -> list[Backlog]:
    """All that waits, by kind and then the oldest first; not what opens no more, which is in `awaiting`."""
    asked = (_UNDECIDED, _OPEN, _DUE)
    found = [_backlog(row) for query in asked for row in await connection.execute(query)]
    return sorted(found, key=lambda one: ([*Kind].index(one.what), one.since))


def _backlog(row: Row[Any]) -> Backlog:
    who = PartnerId(row.partner), Lane(row.lane)
    return Backlog(Kind(row.what), *who, row.code, row.number, row.since, row.due, bool(row.tried))
