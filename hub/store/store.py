"""The database as one object (`ports.Store`): short transactions around the tables' own modules."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.canonical.acts import NOT_THERE, Act, Record
from hub.canonical.belief import Doubt
from hub.canonical.codes import Lane
from hub.canonical.partners import Directory
from hub.errors import Busy, HubError, Standstill
from hub.ids import CaseId, MessageId, PartnerId
from hub.ports import (
    Contents,
    DueTimer,
    Glance,
    InboxRow,
    InQueue,
    Judged,
    Lack,
    LacksTurned,
    Lead,
    Longest,
    MonthsTurned,
    OutboxRow,
    Period,
    QueueOut,
    StoredDelivery,
    Taken,
    TrafficEnded,
    Unread,
)
from hub.store import (
    acts,
    cases,
    clocks,
    closing,
    due,
    lacks,
    mending,
    outbox,
    pace,
    partitions,
    periods,
    processing,
    quarantine,
    radar,
    timers,
    traffic,
    unread,
    upkeep,
)
from hub.store.clocks import BELIEVED, LOOK, MACHINE, Clocks, Moment, OwnClocks
from hub.store.directory import read_version
from hub.store.engine import HASTY, SETTINGS, needed_by_all, require_durable, transaction, unless_locked
from hub.store.head import one_head
from hub.store.memory import MISSED, Memory, note_missing, require_whole
from hub.store.migrate import leave_behind
from hub.store.tables import held, inbox, operator_act, processing_log, radar_entry, stored_delivery
from hub.store.unit import HEAD, Decode, PostgresUnit

_VERSION = text(f"select version, {SETTINGS}, {MISSED} from directory_head")  # noqa: S608 its own
# What then looks at other tables waits for none that is locked.
_GLANCE = text(f"""
select version, now() as now, {BELIEVED}, {SETTINGS}, {MISSED}, set_config('lock_timeout', '200ms', true)
from directory_head
""")  # noqa: S608 its own
AT_ONCE = 1_000
"""Full parts that go at one look, at most."""


class PostgresStore:
    """See `ports.Store`.

    Args:
        decode: reads a stored directory document.
        lease: seconds for which fresh outbox rows belong to the worker that wrote them.
        own: this machine's clocks, which the database's is compared with.
        floor: see `pace.FLOOR`.
        memory: what this process saw committed; without one it works on any database.
        recovering, recovery: see `ports.Unit`; what the database says counts where it says more.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        decode: Decode,
        lease: float,
        own: OwnClocks = MACHINE,
        floor: int = pace.FLOOR,
        *,
        memory: Memory | None = None,
        recovering: bool = False,
        recovery: int = 0,
    ) -> None:
        self._memory = memory
        self._engine = engine
        self._decode = decode
        self._lease = lease
        self._clocks = Clocks(own)
        self._floor = floor
        self._recovering, self._recovery = recovering, recovery
        self._directory: Directory | None = None
        self._tenure: upkeep.Tenure | None = None

    @property
    def doubts(self) -> frozenset[Doubt]:
        return self._clocks.doubts

    @asynccontextmanager
    async def unit(self, *, hasty: bool = False) -> AsyncIterator[PostgresUnit]:
        judged = self._clocks.begin()
        async with self._transaction() as connection:
            with needed_by_all():
                if hasty:
                    await connection.execute(HASTY)
                await self._recognise(connection)
                head = one_head(await connection.execute(HEAD))
                require_whole(head.missed)
                await require_durable(connection, head)
                directory, moment = await self._directory_at(connection, head.version), judged(head)
            recovers = head.recovers_until is not None and moment.now < head.recovers_until
            unit = PostgresUnit(
                connection,
                moment,
                self._clocks,
                directory,
                Period(head.period_chain or "", head.period_step or 0),
                self._lease,
                self._decode,
                recovering=recovers or self._recovering,
                recovery=max(head.recovery, self._recovery),
                hasty=hasty,
            )
            yield unit
        if self._memory is not None and unit.batch is not None:
            self._memory.committed(unit.batch, unit.now)

    async def directory(self) -> Directory:
        async with self._transaction() as connection:
            with needed_by_all():
                await self._recognise(connection)
                head = one_head(await connection.execute(_VERSION))
                require_whole(head.missed)
                await require_durable(connection, head)  # asked every second: a worker is unready before it stops
                return await self._directory_at(connection, head.version)

    async def glance(self) -> Glance:
        judged, glance = self._clocks.begin(), None
        try:
            async with self._transaction() as connection:
                with needed_by_all():
                    await self._recognise(connection)
                    head = one_head(await connection.execute(_GLANCE))
                    require_whole(head.missed)
                    await require_durable(connection, head)
                    directory = await self._directory_at(connection, head.version)
                glance = Glance(directory, judged(head).now)
                glance = replace(glance, due=await due.due(connection, glance.now))
        except Busy:  # a table is locked: who needs it finds that out, and the others go on
            if glance is None:
                raise
        return glance

    async def attempt(self, partner: PartnerId, body_hash: str) -> int:
        async with self._looking() as (connection, now):
            return await quarantine.count_attempt(connection, now, partner, body_hash)

    async def due_deliveries(self, most: int, lease: float) -> list[tuple[InboxRow, StoredDelivery]]:
        async with self._hurrying() as (connection, now):
            probed: list[str] = []
            async with unless_locked(connection):  # what waits for nothing that is lacking is due all the same
                probed = await lacks.probed(connection, now)
            return await quarantine.take_due(connection, now, most, lease, probed)

    async def turn_lacks(self) -> LacksTurned:
        async with self._hurrying() as (connection, now):
            return await lacks.turn(connection, now)

    async def release_lacking(self, codes: Sequence[str]) -> int:
        async with self._looking() as (connection, now):
            return len(await quarantine.release(connection, now, await quarantine.lacking(connection, codes)))

    async def is_anyone_undecided(self, lane: Lane, seconds: float) -> bool:
        async with self._looking() as (connection, now):
            return await quarantine.is_anyone_undecided(connection, now, lane, seconds)

    async def quarantined(self) -> list[tuple[InboxRow, StoredDelivery]]:
        async with self._transaction() as connection:
            return await quarantine.quarantined(connection)

    async def quarantined_before(self, seconds: float, most: int) -> list[UUID]:
        async with self._judged() as (connection, moment):
            if moment.doubted or not (old := await quarantine.older_than(connection, moment.now, seconds, most)):
                return []
            may = await pace.allowed(connection, stored_delivery, moment.now, most, self._floor)
            await pace.spend(connection, stored_delivery, moment.now, len(old[:may]))
            return old[:may]

    async def quarantined_over(self, quota: int, most: int) -> list[UUID]:
        async with self._transaction() as connection:
            return await quarantine.over_quota(connection, quota, most)

    async def release(self, ids: Sequence[UUID], act: Act | None = None) -> list[UUID]:
        """Have these in quarantine tried again, as an operator says; the ones that are."""
        async with self._looking() as (connection, now):
            released = await quarantine.release(connection, now, ids)
            await acts.add(connection, Record(now, act.done_to(released, NOT_THERE)) if act else None)
            return released

    async def lapsed_outgoing(self, most: int) -> list[tuple[MessageId, CaseId | None]]:
        async with self._judged() as (connection, moment):
            return [] if moment.doubted else await outbox.lapsed(connection, moment.now, most)

    async def waiting_outgoing(self, partner: PartnerId, most: int) -> list[tuple[MessageId, CaseId | None]]:
        async with self._transaction() as connection:
            return await closing.outgoing(connection, partner, most)

    async def end_held(self) -> int:
        async with self._judged() as (connection, moment):
            if moment.doubted or not await cases.has_lapsed(connection, moment.now):
                return 0
            return await self._paced(connection, held, moment.now, cases.end_lapsed, AT_ONCE)

    async def end_lapsed_radar(self, most: int) -> int:
        async with self._judged() as (connection, moment):
            if moment.doubted:
                return 0
            return await self._paced(connection, radar_entry, moment.now, radar.end_lapsed, most)

    async def turn_months(self, kept: float) -> MonthsTurned:
        async with self._judged() as (_, moment):
            pass
        return await partitions.turn(self._transaction, moment, kept)

    async def end_processing_log(self, kept: float, most: int) -> int:
        async with self._judged() as (connection, moment):
            if moment.doubted:
                return 0
            lines, records = (partial(end, kept=kept) for end in (processing.end, acts.end))
            ended = await self._paced(connection, processing_log, moment.now, lines, most)
            return ended + await self._paced(connection, operator_act, moment.now, records, most)

    async def end_traffic(self, kept: float, most: int, after: int) -> TrafficEnded:
        async with self._judged() as (connection, moment):
            await connection.execute(HASTY)
            may = 0 if moment.doubted else await pace.allowed(connection, inbox, moment.now, most, self._floor)
            if not may:
                return TrafficEnded(0, after)
            ended = await traffic.sweep(connection, moment.now, kept, may, after)
            await pace.spend(connection, inbox, moment.now, ended.rows)
            return ended

    async def lead(self) -> Lead:
        async with self._transaction() as connection:
            await self._recognise(connection)
            require_whole(one_head(await connection.execute(_VERSION)).missed)
            return await upkeep.lead(connection)

    async def take_lead(self, seen: Lead, worker: str, *, yields: bool) -> Lead | None:
        async with self._transaction() as connection:
            return await upkeep.take(connection, seen, worker, yields=yields)

    async def give_back_lead(self, mine: Lead) -> None:
        async with self._transaction() as connection:
            await upkeep.give_back(connection, mine)

    def under(self, mine: Lead, yields: Callable[[], bool]) -> "PostgresStore":
        store = copy(self)
        store._tenure = upkeep.Tenure(mine, yields)
        return store

    async def contents(self) -> Contents:
        async with self._judged() as (connection, moment):
            return await periods.contents(connection, moment)

    async def begin_period(self, period: Period) -> bool:
        if not await leave_behind(self._engine, periods.SINCE):
            return False
        async with self._looking() as (connection, now):
            return await periods.begin(connection, period, now)

    async def step_period(self, period: Period, lasts: float) -> bool:
        async with self._judged() as (connection, moment):
            return not moment.doubted and await periods.step(connection, moment.now, period, lasts)

    async def due_timers(self, most: int, lease: float) -> list[DueTimer]:
        async with self._hurrying() as (connection, now):
            return await timers.take_due(connection, now, most, lease)

    async def due_outgoing(self, lane: Lane, most: int, lease: float, partners: Sequence[PartnerId]) -> list[OutboxRow]:
        async with self._looking() as (connection, now):
            return await outbox.lease(connection, now, lane, most, lease, partners)

    async def published(
        self, ids: Collection[MessageId], routine: float, acute: float, *, hasty: bool = False
    ) -> Collection[MessageId]:
        async with self._looking() as (connection, now):
            free = await outbox.countable(connection, await outbox.free(connection, ids)) if hasty else ids
            await outbox.published(connection, now, free, routine, acute)
            return free

    async def queues_out(self, since: float) -> list[QueueOut]:
        async with self._looking() as (connection, now):
            return await unread.queues(connection, now, since)

    async def unread_in(self, counted: InQueue, most: int) -> Unread:
        async with self._looking() as (connection, now):
            return await unread.look(connection, now, counted, most)

    async def judged(self, judged: Sequence[Judged]) -> None:
        async with self._looking() as (connection, now):
            await unread.judge(connection, now, judged)

    async def renew(self, taken: Taken, lease: float) -> Collection[MessageId]:
        async with self._looking() as (connection, now):
            return await outbox.renew(connection, now, taken, lease)

    async def unpublished(
        self, taken: Taken, wait: float, lack: Lack | None = None, *, hasty: bool = False
    ) -> Collection[MessageId]:
        async with self._looking() as (connection, now):
            free = await outbox.free(connection, taken) if hasty else taken.keys()
            left = {id_: taken[id_] for id_ in free}
            await outbox.unpublished(connection, now, left, wait, lack.id if lack else None)
            await lacks.note(connection, now, [lack] if lack else [])
            return free

    async def put_right(self, longest: Longest, most: int) -> int:
        async with self._judged() as (connection, moment):
            return 0 if moment.doubted else await mending.put_right(connection, moment.now, longest, most)

    async def ran_ahead(self) -> datetime | None:
        async with self._judged() as (connection, moment):
            return moment.now if not moment.doubted and await clocks.ran_ahead(connection, moment.now) else None

    async def put_off(self, latest: Mapping[str, datetime], after: DueTimer | None, most: int) -> list[DueTimer]:
        async with self._transaction() as connection:
            return await timers.put_off(connection, latest, after, most)

    async def note_believed(self) -> None:
        async with self._judged() as (connection, moment):
            await clocks.note(connection, moment)

    async def now(self) -> datetime:
        """The moment, as every decision has it."""
        return (await self.moment()).now

    async def moment(self) -> Moment:
        """The moment, and whether it is doubted."""
        async with self._judged() as (_, moment):
            return moment

    async def close(self) -> None:
        await self._engine.dispose()

    async def _paced(
        self,
        connection: AsyncConnection,
        table: Table,
        now: datetime,
        end: Callable[[AsyncConnection, datetime, int], Awaitable[int]],
        most: int,
    ) -> int:
        """Let go what has had its term, and no more than may go in a day; nothing waits for it, and it for nobody."""
        await connection.execute(HASTY)
        may = await pace.allowed(connection, table, now, most, self._floor)
        gone = await end(connection, now, may) if may else 0
        await pace.spend(connection, table, now, gone)
        return gone

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        """Every one of this store: a leader's are under its lead."""
        async with transaction(self._engine) as connection:
            if self._tenure is not None:
                await self._tenure.begin(connection)
            yield connection

    @asynccontextmanager
    async def _judged(self) -> AsyncIterator[tuple[AsyncConnection, Moment]]:
        """A transaction that decides by the clock."""
        judged = self._clocks.begin()
        async with self._transaction() as connection:
            yield connection, judged((await connection.execute(LOOK)).one())

    @asynccontextmanager
    async def _looking(self) -> AsyncIterator[tuple[AsyncConnection, datetime]]:
        """A transaction that looks for what is due, or says when something is: by a moment that was just judged."""
        if now := self._clocks.recent():
            async with self._transaction() as connection:
                yield connection, now
        else:
            async with self._judged() as (connection, moment):
                yield connection, moment.now

    @asynccontextmanager
    async def _hurrying(self) -> AsyncIterator[tuple[AsyncConnection, datetime]]:
        """As `_looking`, for a look that comes again, and on which others wait: it passes over what is locked."""
        async with self._looking() as (connection, now):
            await connection.execute(HASTY)
            yield connection, now

    async def _recognise(self, connection: AsyncConnection) -> None:
        """Once for each connection: whatever takes the place of a database breaks those to it.

        What took it may have another directory under the same number of a version.
        """
        info = (await connection.get_raw_connection()).info
        if self._memory is None or info.get("recognised_by") is self._memory:
            return
        try:
            await self._memory.recognise(connection)
        except Standstill:
            if (seen := self._memory.misses) is not None:
                # Apart, as the caller's is rolled back; where it cannot be said, it is refused here all the same.
                with contextlib.suppress(HubError):
                    async with transaction(self._engine) as apart:
                        await note_missing(apart, seen)
            raise
        self._directory = None
        info["recognised_by"] = self._memory

    async def _directory_at(self, connection: AsyncConnection, version: int) -> Directory:
        if self._directory is None or self._directory.version != version:
            self._directory = self._decode(await read_version(connection, version))
        if self._memory is not None:
            self._memory.knows_directory(self._directory)
        return self._directory
