"""Whether this database has what this process saw committed: a restored one, or another, must not be taken for it.

Theory. What was confirmed to a partner must still be there. A database that came back from a backup, a standby that was
promoted without having everything, another cluster behind the same address: each answers as if nothing had happened. So
a process remembers outside the database what it last saw of it (`Seen`; the composition root keeps it in the machine's
home), and asks for that with every new connection, before it works there. A restore gives back the beginning of what
was committed and nothing after it: so the newest commit stands for all before it. Each commit has a row in `batch`; an
idle hub's may have lapsed as traffic data, and then what has lapsed says that the database got that far.

What is refused is worked on again when an operator has said `ketenhub recover`, which writes a row in `recovery`: from
then on every memory begins anew, whoever has it. A new timeline that has everything is followed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.canonical.hub_keys import HubKey
from hub.canonical.partners import Directory
from hub.errors import DatabaseAway, Standstill
from hub.telemetry import LogEvent

_log = structlog.get_logger()
RECOVERY_NEEDED = "recovery-needed"
_FOUND = text("""
select r.number as recovery, r.database, (select system_identifier::text from pg_control_system()) as system,
  case when not pg_is_in_recovery() then ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end
    as timeline,
  (select max(version) from directory_head) as directory,
  exists(select from batch where id = cast(:batch as bigint) and at = cast(:at as timestamptz)) as has_batch,
  (select at from batch order by id desc limit 1) as newest,
  exists(select from lapsed where name = 'until' and to_timestamp(number) > cast(:at as timestamptz)) as is_past
from (select 1) one left join lateral (select number, database from recovery order by number desc limit 1) r on true
""")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a process saw of a database.

    Attributes:
        database: its own id, made when it was first used, and anew by each recovery.
        system: PostgreSQL's id of the cluster.
        recovery: how many recoveries it has been through.
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
    asked = {"batch": seen.batch if seen else None, "at": seen.at if seen else None}
    found = (await connection.execute(_FOUND, asked)).one()
    if found.timeline is None:
        raise DatabaseAway("a standby")
    return found


@dataclass(slots=True)
class Memory:
    """One process's; `seen` is `None` until it has been at work."""

    seen: Seen | None = None

    async def recognise(self, connection: AsyncConnection) -> None:
        """Go on in this database, if it is the one that is remembered.

        What others see while it is looked at it need not have had yet: it is compared with what was seen before.

        Raises:
            Standstill: it is not, and no operator has said `recover`.
        """
        seen = self.seen
        found = await look(connection, seen)
        if seen is None or (found.recovery is not None and found.recovery > seen.recovery):
            self._begin(found)
            return
        if lost := list(missing(seen, found)):
            sentence = f"The database is not as this machine saw it: {'; '.join(lost)}. See `ketenhub recover`."
            raise Standstill(RECOVERY_NEEDED, sentence)
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
