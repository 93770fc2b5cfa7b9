"""The one row that says who keeps house, and what holds a leader to it: no clock is compared.

Theory. Whoever leads shows that it lives by counting its beat up; who takes the lead counts the epoch up, if epoch and
beat are still as it saw them (compare and set). Every transaction of a leader begins with a beat under its own epoch.
That holds the row until the transaction ends: nobody takes the lead from under it, and one that has been deposed finds
no such row and changes nothing, however late it wakes. One that hangs in its transaction keeps the row no longer than
the server lets a session be idle there, which is brief. The name stands beside the epoch, as a database that was
restored counts its epochs again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.errors import Deposed
from hub.ports import Lead

_LEAD = text("select epoch, beat, leader, yields from upkeep")
_TAKE = text("""
insert into upkeep (epoch, beat, leader, yields) values (:epoch + 1, :beat + 1, :leader, :yields)
on conflict (one) do update set epoch = excluded.epoch, beat = excluded.beat, leader = excluded.leader,
  yields = excluded.yields
where upkeep.epoch = :epoch and upkeep.beat = :beat
returning epoch, beat, leader, yields
""")
# A patience of its own: whoever waits behind a transaction of upkeep waits as long.
_BEGIN = text("""
update upkeep set beat = beat + 1, yields = :yields where epoch = :epoch and leader = :leader
returning set_config('lock_timeout', '1s', true), set_config('statement_timeout', '5s', true),
  set_config('idle_in_transaction_session_timeout', '5s', true)
""")
_GIVE_BACK = text("update upkeep set leader = null, beat = beat + 1 where epoch = :epoch and leader = :leader")


@dataclass(frozen=True, slots=True)
class Tenure:
    """Of a leader: `begin` every transaction with it."""

    lead: Lead
    yields: Callable[[], bool]

    async def begin(self, connection: AsyncConnection) -> None:
        """Raises `Deposed`: another worker leads."""
        values = {"epoch": self.lead.epoch, "leader": self.lead.leader, "yields": self.yields()}
        if (await connection.execute(_BEGIN, values)).one_or_none() is None:
            raise Deposed


async def lead(connection: AsyncConnection) -> Lead:
    found = (await connection.execute(_LEAD)).one_or_none()
    return Lead() if found is None else _read(found)


async def take(connection: AsyncConnection, seen: Lead, leader: str, *, yields: bool) -> Lead | None:
    """See `ports.Store.take_lead`."""
    values = {"epoch": seen.epoch, "beat": seen.beat, "leader": leader, "yields": yields}
    taken = (await connection.execute(_TAKE, values)).one_or_none()
    return None if taken is None else _read(taken)


async def give_back(connection: AsyncConnection, mine: Lead) -> None:
    await connection.execute(_GIVE_BACK, {"epoch": mine.epoch, "leader": mine.leader})


def _read(row: Row[tuple[int, int, str | None, bool]]) -> Lead:
    return Lead(row.epoch, row.beat, row.leader, row.yields)
