"""The database as one object (`ports.Store`): short transactions around the tables' own modules."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.canonical.codes import Lane
from hub.canonical.partners import Directory
from hub.ids import MessageId, PartnerId
from hub.ports import DueTimer, InboxRow, Lack, LacksTurned, MonthsTurned, OutboxRow, StoredDelivery, TrafficEnded
from hub.store import cases, lacks, outbox, partitions, processing, quarantine, radar, timers, traffic
from hub.store.directory import read_version
from hub.store.engine import SETTINGS, require_durable, transaction
from hub.store.unit import HEAD, PostgresUnit

_VERSION = text(f"select version, {SETTINGS} from directory_head")  # noqa: S608 its own
Decode = Callable[[str], Directory]
"""A stored directory document to its value."""


class PostgresStore:
    """See `ports.Store`.

    Args:
        decode: reads a stored directory document.
        lease: seconds for which fresh outbox rows belong to the worker that wrote them.
    """

    def __init__(self, engine: AsyncEngine, decode: Decode, lease: float) -> None:
        self._engine = engine
        self._decode = decode
        self._lease = lease
        self._directory: Directory | None = None

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[PostgresUnit]:
        async with transaction(self._engine) as connection:
            head = (await connection.execute(HEAD)).one()
            await require_durable(connection, head)
            directory = await self._directory_at(connection, head.version)
            yield PostgresUnit(connection, head.now, directory, self._lease)

    async def directory(self) -> Directory:
        async with transaction(self._engine) as connection:
            head = (await connection.execute(_VERSION)).one()
            await require_durable(connection, head)  # asked every second, so that a worker is not ready before it stops
            return await self._directory_at(connection, head.version)

    async def attempt(self, partner: PartnerId, body_hash: str) -> int:
        async with transaction(self._engine) as connection:
            return await quarantine.count_attempt(connection, partner, body_hash)

    async def due_deliveries(self, most: int, lease: float) -> list[tuple[InboxRow, StoredDelivery]]:
        async with transaction(self._engine) as connection:
            return await quarantine.take_due(connection, most, lease, await lacks.probed(connection))

    async def turn_lacks(self) -> LacksTurned:
        async with transaction(self._engine) as connection:
            return await lacks.turn(connection)

    async def release_lacking(self, codes: Sequence[str]) -> int:
        async with transaction(self._engine) as connection:
            return len(await quarantine.release(connection, await quarantine.lacking(connection, codes)))

    async def attempt_ended(self, partner: PartnerId, body_hash: str) -> None:
        async with transaction(self._engine) as connection:
            await quarantine.forget_attempts(connection, partner, body_hash)

    async def is_anyone_undecided(self, lane: Lane, seconds: float) -> bool:
        async with transaction(self._engine) as connection:
            return await quarantine.is_anyone_undecided(connection, lane, seconds)

    async def quarantined(self) -> list[tuple[InboxRow, StoredDelivery]]:
        async with transaction(self._engine) as connection:
            return await quarantine.quarantined(connection)

    async def quarantined_before(self, seconds: float, most: int) -> list[UUID]:
        async with transaction(self._engine) as connection:
            return await quarantine.older_than(connection, seconds, most)

    async def quarantined_over(self, quota: int, most: int) -> list[UUID]:
        async with transaction(self._engine) as connection:
            return await quarantine.over_quota(connection, quota, most)

    async def release(self, ids: Sequence[UUID]) -> list[UUID]:
        async with transaction(self._engine) as connection:
            return await quarantine.release(connection, ids)

    async def end_held(self) -> int:
        async with transaction(self._engine) as connection:
            return await cases.end_lapsed(connection)

    async def end_lapsed_radar(self, most: int) -> int:
        async with transaction(self._engine) as connection:
            return await radar.end_lapsed(connection, most)

    async def turn_months(self, kept: float) -> MonthsTurned:
        return await partitions.turn(self._engine, kept)

    async def end_processing_log(self, kept: float, most: int) -> int:
        async with transaction(self._engine) as connection:
            return await processing.end(connection, kept, most)

    async def end_traffic(self, kept: float, most: int, after: int) -> TrafficEnded:
        async with transaction(self._engine) as connection:
            return await traffic.sweep(connection, kept, most, after)

    async def due_timers(self, most: int, lease: float) -> list[DueTimer]:
        async with transaction(self._engine) as connection:
            return await timers.take_due(connection, most, lease)

    async def due_outgoing(self, lane: Lane, most: int, lease: float, partners: Sequence[PartnerId]) -> list[OutboxRow]:
        async with transaction(self._engine) as connection:
            return await outbox.lease(connection, lane, most, lease, partners)

    async def published(self, ids: Sequence[MessageId], routine: float, acute: float) -> None:
        async with transaction(self._engine) as connection:
            await outbox.published(connection, ids, routine, acute)

    async def unpublished(self, ids: Sequence[MessageId], wait: float, lack: Lack | None = None) -> None:
        async with transaction(self._engine) as connection:
            await outbox.unpublished(connection, ids, wait, lack.id if lack else None)
            await lacks.note(connection, [lack] if lack else [])

    async def now(self) -> datetime:
        """The moment, as every decision has it."""
        async with transaction(self._engine) as connection:
            now: datetime = (await connection.execute(text("select now()"))).scalar_one()
            return now

    async def close(self) -> None:
        await self._engine.dispose()

    async def _directory_at(self, connection: AsyncConnection, version: int) -> Directory:
        if self._directory is None or self._directory.version != version:
            self._directory = self._decode(await read_version(connection, version))
        return self._directory
