"""An operator's word that the hub goes on with a database that lacks what was committed: a row for each time."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.canonical.acts import Record
from hub.canonical.hub_keys import HubKey
from hub.routing.document import hub_key_from_document
from hub.store import acts
from hub.store.engine import SETTINGS, require_durable, transaction
from hub.store.memory import Seen, look, missing, note_missing

LASTS = timedelta(days=7)
"""As long as partners resend: docs/contract.md, "What a partner must do"."""
# Held once, whoever comes first: the system identifier is that of the cluster it is first used on.
_FIRST = text("""
insert into recovery (number, database, at, until, what) values (0, gen_random_uuid(), now(), now(), 'first use')
on conflict (number) do nothing
""")
# Its number is the second in which it was said: where one backup is gone back to twice, and nobody remembers the first
# time, they differ all the same. Case versions lie above it, as none is said more than once a second for long.
_NEXT = text("""
insert into recovery (number, database, at, until, what, instead)
select greatest(coalesce(max(number), 0) + 1, :seen + 1,
    floor(extract(epoch from clock_timestamp() - timestamptz '2026-01-01Z'))::bigint),
  gen_random_uuid(), now(), now() + make_interval(secs => :lasts), :what, cast(:instead as uuid)
from recovery returning number, until
""")
_UNTIL_NEXT_SECOND = text("select pg_sleep(1 - mod(extract(epoch from clock_timestamp()), 1)::float8)")
_BEGUN = text("select exists(select from recovery)")
_DURABLE = text(f"select {SETTINGS}")


@dataclass(frozen=True, slots=True)
class Found:
    """A database before it is recovered, beside what a machine saw.

    Attributes:
        lost: what of that is not there, in words.
        newest: the moment of its newest commit.
        noted: the newest directory that any machine said it saw, as far as they miss something here.
        keys: the hub's own in that.
    """

    lost: tuple[str, ...]
    recovery: int
    directory: int
    newest: datetime | None
    noted: int
    keys: tuple[HubKey, ...]


async def begin(engine: AsyncEngine) -> None:
    """Give a database that is used for the first time an id of its own."""
    async with transaction(engine) as connection:
        if not (await connection.execute(_BEGUN)).scalar_one():
            await connection.execute(_FIRST)


async def found(engine: AsyncEngine, seen: Seen | None) -> Found:
    """What there is; and what this machine misses is said in it, as its workers would (`note_missing`)."""
    async with transaction(engine) as connection:
        row = await look(connection, seen)
        lost = tuple(missing(seen, row)) if seen is not None else (row.missed,) if row.missed else ()
        if seen is not None:
            await note_missing(connection, seen)
            row = await look(connection, seen)
    keys = tuple(hub_key_from_document(key) for key in json.loads(row.missed_keys or "[]"))
    return Found(lost, row.recovery or 0, row.directory or 0, row.newest, row.missed_directory or 0, keys)


async def recover(engine: AsyncEngine, seen: Seen | None, record: Record | None = None) -> tuple[int, datetime]:
    """Have every machine go on with this database; number of the recovery, and until when it lasts."""
    async with transaction(engine) as connection:
        await _require_durable(connection)
        what = "; ".join(missing(seen, await look(connection, seen))) if seen is not None else ""
        values = {
            "seen": seen.recovery if seen else 0,
            "lasts": LASTS.total_seconds(),
            "what": what,
            "instead": seen.database if seen else None,
        }
        row = (await connection.execute(_NEXT, values)).one()
        await acts.add(connection, record)
        await connection.execute(_UNTIL_NEXT_SECOND)
        return row.number, row.until


async def _require_durable(connection: AsyncConnection) -> None:
    await require_durable(connection, (await connection.execute(_DURABLE)).one())
