"""What the database says of a change of suite keys: who has said that it has a key, and what the one before is needed
for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.ids import PartnerId
from hub.ports.periods import GONE
from hub.store.tables import ABOUT_HUB_KEYS, inbox, outbox

# In words, and not as parameters: an index of some of the rows is of use only for what is known when it is planned.
_of_keys, _undecided = text(f"outbox.{ABOUT_HUB_KEYS}"), text("inbox.fate in ('opnieuw', 'quarantaine')")
_of_a_partner = text("inbox.code is distinct from 'dead-letter'")
_BY = bindparam("by", type_=DateTime(timezone=True))
_UNTAKEN = select(outbox.c.about, outbox.c.partner).where(_of_keys, outbox.c.next_at.is_not(None))
_TAKEN = select(func.max(outbox.c.delivered_at)).where(_of_keys, outbox.c.about == bindparam("about", type_=Uuid))
_SENT = (
    select(outbox.c.partner)
    .distinct()
    .where(outbox.c.partner == bindparam("partners", type_=ARRAY(Text)).any_(), outbox.c.next_at.is_not(None))
    .where(outbox.c.owes_confirmation, outbox.c.published_at <= _BY, outbox.c.key_id != GONE)
)
_KEPT = select(func.count()).select_from(inbox).where(_undecided, _of_a_partner, inbox.c.received_at <= _BY)


@dataclass(frozen=True, slots=True)
class Untaken:
    """A connection that has been told of a key, by its number, and has not said that it has it."""

    about: UUID
    partner: PartnerId


async def untaken(connection: AsyncConnection) -> list[Untaken]:
    """What was said of keys, and not yet confirmed."""
    return [Untaken(row.about, row.partner) for row in await connection.execute(_UNTAKEN)]


async def taken(connection: AsyncConnection, about: UUID) -> datetime | None:
    """When the last partner said that it has this key, as far as that is known still."""
    last: datetime | None = (await connection.execute(_TAKEN, {"about": about})).scalar_one()
    return last


async def unanswered(connection: AsyncConnection, partners: Collection[PartnerId], by: datetime) -> list[PartnerId]:
    """Which of these have a message that was sent last by then, and that they have not answered."""
    found = await connection.execute(_SENT, {"partners": sorted(partners), "by": by})
    return sorted(row.partner for row in found)


async def kept(connection: AsyncConnection, by: datetime) -> int:
    """How many deliveries that came in by then wait for a retry or in quarantine."""
    return int((await connection.execute(_KEPT, {"by": by})).scalar_one())
