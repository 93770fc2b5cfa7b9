"""Whether this database has what this process saw committed: a restored one, or another, must not be taken for it.

Theory. What was confirmed to a partner must still be there. A database that came back from a backup, a standby that was
promoted without having everything, another cluster behind the same address: each answers as if nothing had happened. So
a process remembers outside the database what it last saw of it (`Seen`; the composition root keeps it in the machine's
home), and asks for that with every new connection, before it works there. A restore gives back the beginning of what
was committed and nothing after it: so the newest commit stands for all before it. Each commit has a row in `batch`; an
idle hub's may have lapsed as traffic data, and then what has lapsed says that the database got that far.

What is refused is worked on again when an operator has said `ketenhub recover`, which writes a row in `recovery`: from
then on every memory begins anew, of whoever has seen the database that it stands for. A new timeline that has
everything is followed. Who misses something says so in the database, so that those refuse it too that saw less of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.canonical.hub_keys import HubKey
from hub.canonical.partners import Directory
from hub.errors import DatabaseAway, Standstill
from hub.routing.document import hub_key_to_document
from hub.telemetry import LogEvent

_log = structlog.get_logger()
RECOVERY_NEEDED = "recovery-needed"
_FOUND = text("""
select r.number as recovery, r.database, r.missed, r.missed_directory, r.missed_keys,
  (select system_identifier::text from pg_control_system()) as system,
  case when not pg_is_in_recovery() then ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end
    as timeline,
  (select max(version) from directory_head) as directory,
  exists(select from batch where id = cast(:batch as bigint) and at = cast(:at as timestamptz)) as has_batch,
  (select at from batch order by id desc limit 1) as newest,
  exists(select from lapsed where name = 'until' and to_timestamp(number) > cast(:at as timestamptz)) as is_past,
  exists(select from recovery where cast(:database as text) in (database::text, to_jsonb(recovery) ->> 'instead'))
    as is_ours
from (select 1) one
left join lateral (select number, database, to_jsonb(recovery) ->> 'missed' as missed,
    (to_jsonb(recovery) ->> 'missed_directory')::bigint as missed_directory,
    to_jsonb(recovery) ->> 'missed_keys' as missed_keys
  from recovery order by number desc limit 1) r on true
""")
# Only of the database that it was: a machine at a wrong address stops nobody else's hub. The first says what it misses,
# whoever saw the newest directory what the hub's keys were.
_MISSED = text("""
update recovery set missed = coalesce(missed, :what), missed_directory = :directory, missed_keys = :keys
where number = :recovery and database = cast(:database as uuid)
  and (missed is null or coalesce(missed_directory, -1) < :directory)
  and number = (select max(number) from recovery)
""").bindparams(bindparam("keys", type_=JSONB))
MISSED = "(select to_jsonb(r) ->> 'missed' from recovery r order by number desc limit 1) as missed"
"""For a `select`: what somebody misses here; `require_whole` refuses it. Also of an older schema, which has no such
column: `serve` asks before it makes anything."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a process saw of a database.

    Attributes:
        database: its own id, made when it was first used, and anew by each recovery.
        system: PostgreSQL's id of the cluster.
        recovery: the number of its last recovery.
        directory: the newest version of the directory.
        keys: the hub's own, as that names them.
        batch, at: number and moment of the newest commit.
    """

    database: str
    system: str
    timeline: int
    recovery: int
    directory: int = 0
    keys: tuple[HubKey, ...] = ()
    batch: int | None = None
    at: datetime | None = None


def missing(seen: Seen, found: Row[Any]) -> Iterator[str]:
    """What of this the database that was found has not, in words; nothing if it may be worked on."""
    if found.missed:
        yield found.missed
        return
    if found.recovery is None or found.recovery < seen.recovery:
        yield "it is older than the last recovery" if seen.recovery else "it has never been used"
        return
    if found.system != seen.system:
        yield "it is another cluster (system identifier)"
    if str(found.database) != seen.database:
        yield "it is another database"
    if (found.directory or 0) < seen.directory:
        yield f"version {seen.directory} of the directory is not there"
    if seen.batch is not None and not found.has_batch and not found.is_past:
        newest = f"{found.newest:%Y-%m-%d %H:%M:%S}Z" if found.newest else "none"
        yield f"the commit of {seen.at:%Y-%m-%d %H:%M:%S}Z is not there (its newest: {newest})"


async def look(connection: AsyncConnection, seen: Seen | None) -> Row[Any]:
    """What stands in the place of what was seen.

    Raises:
        DatabaseAway: it is a standby, or not through its recovery.
    """
    asked = {
        "batch": seen.batch if seen else None,
        "at": seen.at if seen else None,
        "database": seen.database if seen else None,
    }
    found = (await connection.execute(_FOUND, asked)).one()
    if found.timeline is None:
        raise DatabaseAway("a standby")
    return found


def require_whole(missed: str | None) -> None:
    """Raises `Standstill` where somebody misses something here, and no operator has said `recover`."""
    if missed:
        sentence = f"The database is not as this hub saw it: {missed}. See `ketenhub recover`."
        raise Standstill(RECOVERY_NEEDED, sentence)


async def note_missing(connection: AsyncConnection, seen: Seen) -> None:
    """Have all others refuse this database too, if it is the one that this process has seen, and still lacks that.

    It is looked at anew: this stops everybody, until an operator says `recover`. That may be said on a machine that saw
    less: so the hub's keys are left here as this one saw them.
    """
    found = await look(connection, seen)
    if what := "; ".join(missing(seen, found)):
        values = {"what": what, "recovery": seen.recovery, "database": seen.database, "directory": seen.directory}
        await connection.execute(_MISSED, values | {"keys": [hub_key_to_document(key) for key in seen.keys]})


@dataclass(slots=True)
class Memory:
    """One process's; `seen` is `None` until it has been at work.

    `misses`: what was seen, if it was not there at the last look.
    """

    seen: Seen | None = None
    misses: Seen | None = None

    async def recognise(self, connection: AsyncConnection) -> None:
        """Go on in this database, if it is the one that is remembered.

        What others see while it is looked at it need not have had yet: it is compared with what was seen before.

        Raises:
            Standstill: it is not, and no operator has said `recover`.
        """
        self.misses, seen = None, self.seen
        found = await look(connection, seen)
        if seen is None or (found.recovery is not None and found.recovery > seen.recovery and found.is_ours):
            self._begin(found)
            return
        if lost := "; ".join(missing(seen, found)):
            self.misses = seen
            require_whole(lost)
        if found.timeline != seen.timeline and self.seen is not None:
            _log.warning(LogEvent.DATABASE_FOLLOWED, version=found.timeline)
            self.seen = replace(self.seen, timeline=found.timeline)

    def committed(self, batch: int, at: datetime) -> None:
        """By its number, which goes on whatever a clock does."""
        if self.seen is not None and (self.seen.batch is None or batch > self.seen.batch):
            self.seen = replace(self.seen, batch=batch, at=at)

    def knows_directory(self, directory: Directory) -> None:
        if self.seen is not None and directory.version >= self.seen.directory:
            self.seen = replace(self.seen, directory=directory.version, keys=directory.hub_keys)

    def _begin(self, found: Row[Any]) -> None:
        # Nobody may have made it ready yet; and another connection may have begun, and seen more.
        if found.recovery is not None and (self.seen is None or found.recovery > self.seen.recovery):
            self.seen = Seen(str(found.database), found.system, found.timeline, found.recovery, found.directory or 0)
