"""What each machine of the hub says it has: the ids of its keys, never more of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.store.engine import transaction
from hub.store.tables import machine

LIVE: Final = 60
"""Seconds after which a machine that has said nothing new counts as stopped."""

_ALIVE = func.now() - text(f"interval '{LIVE} seconds'")
_KEYS_USED = text("""
select 'storage' as kind, split_part(key_id, '.', 1) as id, count(*) as number from (
  select key_id from outbox where next_at is not null
  union all select key_id from held union all select key_id from stored_delivery) as waiting
  where key_id not in ('', 'gone') group by id
union all select 'radar', key_id, count(*) from radar_entry where expires > now() group by key_id
""")


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine that runs the hub, or ran it.

    Attributes:
        host, home: its name and its `KETENHUB_HOME`; together they are one machine.
        keys: the ids of the keys it has, by kind.
        live: it has said so within `LIVE` seconds.
    """

    host: str
    home: str
    keys: Mapping[str, Collection[str]]
    live: bool = True

    @property
    def name(self) -> str:
        return f"{self.host}:{self.home}"


async def report(engine: AsyncEngine, said: Machine) -> None:
    """Say what a machine has, from now on."""
    keys = {kind: sorted(ids) for kind, ids in said.keys.items()}
    added = insert(machine).values(host=said.host, home=said.home, key_ids=keys, at=func.now())
    changed = {"key_ids": added.excluded.key_ids, "at": added.excluded.at}
    async with transaction(engine) as connection:
        await connection.execute(added.on_conflict_do_update(index_elements=["host", "home"], set_=changed))


async def reported(engine: AsyncEngine) -> list[Machine]:
    """What each machine said last."""
    query = select(machine, (machine.c.at > _ALIVE).label("live")).order_by(machine.c.host, machine.c.home)
    async with transaction(engine) as connection:
        return [Machine(row.host, row.home, row.key_ids, row.live) for row in await connection.execute(query)]


async def keys_used(engine: AsyncEngine) -> Mapping[str, Mapping[str, int]]:
    """Of the kinds that rows name: how many there are under each key, by kind and id."""
    found: dict[str, dict[str, int]] = {}
    async with transaction(engine) as connection:
        for row in await connection.execute(_KEYS_USED):
            ids = found.setdefault(row.kind, {})
            ids[row.id] = ids.get(row.id, 0) + row.number
    return found
