"""The database as the composition root and the command line see it: opened, made ready, asked, closed."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.canonical.acts import NOT_THERE, Act, Record
from hub.canonical.codes import Lane
from hub.canonical.hub_keys import HubKey
from hub.canonical.partners import Directory
from hub.cases.case import Case
from hub.errors import OperatorError
from hub.ids import CaseId, MessageId, Oin, PartnerId, RadarKeyId
from hub.ports import Count, Period, Place, ProcessingLine, Waiting
from hub.routing.hub_keys import bring_back
from hub.routing.radar import RadarEntry
from hub.store import (
    account,
    acts,
    awaiting,
    closing,
    counts,
    directory,
    inbox,
    machines,
    periods,
    processing,
    radar,
    recovery,
    suite_keys,
    views,
)
from hub.store.backlog import Backlog
from hub.store.engine import check_durable, connect, transaction
from hub.store.lacks import Standing
from hub.store.machines import Machine
from hub.store.memory import Memory, Seen
from hub.store.migrate import check, leave_behind, migrate, older_connections
from hub.store.sessions import require_sessions
from hub.store.store import PostgresStore

Encode = Callable[[Directory], str]
Decode = Callable[[str], Directory]


class Database:
    """One engine; `store` is what the lanes know of it."""

    def __init__(
        self, engine: AsyncEngine, encode: Encode, decode: Decode, lease: float, memory: Memory | None = None
    ) -> None:
        self._engine = engine
        self._encode = encode
        self._decode = decode
        self.store = PostgresStore(engine, decode, lease, memory=memory)

    async def require_sessions(self) -> None:
        """See `sessions.require_sessions`."""
        await require_sessions(self._engine)

    async def prepare(self, first: Callable[[datetime], Directory]) -> bool:
        """Make it ready to work on: durable, migrated, with a directory.

        Args:
            first: makes, of the moment, the directory for a database that has none yet; called for no other.

        Returns:
            Whether that directory was imported.

        Raises:
            OperatorError: it shares sessions, would forget what it has confirmed, is too old, or cannot be migrated.
        """
        await require_sessions(self._engine)
        await check_durable(self._engine)
        await migrate(self._engine)
        await recovery.begin(self._engine)
        if await directory.is_there(self._engine):
            return False
        return await directory.import_first(self._engine, first(await self.store.now()), self._encode)

    async def found(self, seen: Seen | None) -> recovery.Found:
        """What it is, beside what a machine saw; brought to this version's schema first, as a backup may be older."""
        await require_sessions(self._engine)
        await check_durable(self._engine)
        await migrate(self._engine)
        return await recovery.found(self._engine, seen)

    async def recover(self, seen: Seen | None, act: Act | None = None) -> tuple[int, datetime]:
        """Have every machine go on with it: see `recovery.recover`.

        With the hub's secrets as this one saw them, and as those did that said what they miss here: of each key what
        came last. Of the keys that partners have a half of, they would have to be told: an operator takes these steps
        again.
        """
        if await directory.is_there(self._engine):
            others = (await recovery.found(self._engine, seen)).keys
            for keys in (others, seen.keys if seen else ()):
                await self._bring_back([key for key in keys if not key.jwk])
        return await recovery.recover(self._engine, seen, await self._dated(act))

    async def _bring_back(self, keys: Collection[HubKey]) -> None:
        await self.change_directory("recover", lambda newest: bring_back(newest, keys))

    async def record(self, act: Act) -> None:
        """Have an act or a look recorded that changes nothing here: committed when this returns.

        Raises:
            OperatorError: it cannot be; nothing may be done or shown.
        """
        record = await self._dated(act)
        async with transaction(self._engine) as connection:
            await acts.require_place(connection)
            await acts.add(connection, record)

    async def acts(self, since: datetime, until: datetime, about: Sequence[str] = ()) -> list[Record]:
        """See `acts.written`."""
        async with transaction(self._engine) as connection:
            return await acts.written(connection, since, until, about)

    async def _dated(self, act: Act | None) -> Record | None:
        return Record(await self.store.now(), act) if act else None

    async def take_up_period(self, period: Period, act: Act | None = None) -> None:
        """Wrap content under this period from now on, whichever was in use.

        Raises:
            OperatorError: a version runs that reads nothing under one.
        """
        if not await leave_behind(self._engine, periods.SINCE):
            sentence = "Stop the hubs of older versions first: they read nothing that is kept by periods."
            raise OperatorError("older-workers-run", sentence)
        now = await self.store.now()
        async with transaction(self._engine) as connection:
            await periods.take_up(connection, period, now)
            await acts.add(connection, Record(now, act) if act else None)

    async def readable(self) -> Mapping[Place, int]:
        """How much waits whose key is not gone, by place."""
        async with transaction(self._engine) as connection:
            return await periods.waiting(connection)

    async def gone(self) -> list[awaiting.Gone]:
        async with transaction(self._engine) as connection:
            return await awaiting.gone(connection)

    async def give_up_gone(self, ids: Sequence[MessageId], act: Act | None = None) -> int:
        """See `ports.Unit.give_up`; as an operator says, with a journal row for what each came of."""
        now = await self.store.now()
        async with transaction(self._engine) as connection:
            given = await awaiting.give_up(connection, ids)
            await self._note_given_up(connection, now, given, act.done_to(given, NOT_THERE) if act else None)
            return len(given)

    async def workers(self) -> int:
        """How many connections workers have; one works only with the keys."""
        return await views.workers(self._engine)

    async def check(self) -> None:
        """Raises `OperatorError`: its schema is not one that this code can work on."""
        await check(self._engine)

    async def change_directory(
        self,
        what: str,
        how: directory.Change,
        say: directory.Say = directory.say_nothing,
        act: Act | None = None,
    ) -> Directory:
        """Make the next version of the directory the one that holds; `what` is kept with it, and `say` is sent."""
        record = await self._dated(act)
        return await directory.change(self._engine, self._decode, self._encode, what, how, say, record)

    @asynccontextmanager
    async def one_at_a_time(self) -> AsyncIterator[None]:
        """For what takes a moment, and only one process at a time may do to the accounts at the broker.

        Raises:
            Busy: another did not come to an end.
        """
        async with transaction(self._engine) as connection:
            await directory.lock_accounts(connection)
            yield

    async def waiting(self, partner: PartnerId) -> Waiting:
        async with transaction(self._engine) as connection:
            return await closing.waiting(connection, partner)

    async def held_by(self, oin: Oin) -> list[CaseId]:
        async with transaction(self._engine) as connection:
            return await closing.held(connection, oin)

    async def cases_of(self, oin: Oin) -> list[Case]:
        async with transaction(self._engine) as connection:
            return await closing.named_on(connection, oin)

    async def give_up_outgoing(self, partner: PartnerId, act: Act | None = None) -> int:
        now = await self.store.now()
        async with transaction(self._engine) as connection:
            given = await closing.give_up(connection, partner)
            await self._note_given_up(connection, now, given, act)
            return len(given)

    async def _note_given_up(
        self, connection: AsyncConnection, now: datetime, given: Mapping[MessageId, UUID | None], act: Act | None
    ) -> None:
        await inbox.note_given_up(connection, now, {origin for origin in given.values() if origin})
        await acts.add(connection, Record(now, act) if act else None)

    async def account(self) -> account.Account:
        return await account.account(self._engine)

    async def status(self) -> Mapping[str, int]:
        return await views.status(self._engine)

    async def lanes_worked(self) -> frozenset[Lane]:
        """See `views.lanes_worked`."""
        return await views.lanes_worked(self._engine)

    async def backlogs(self) -> list[Backlog]:
        return await views.backlogs(self._engine)

    async def lacking(self) -> list[Standing]:
        return await views.lacking(self._engine)

    async def unreadable(self) -> list[views.Unreadable]:
        return await views.unreadable(self._engine)

    async def counts(self, first: str, last: str) -> list[Count]:
        return await counts.counted(self._engine, first, last)

    def processing_log(
        self, start: datetime, end: datetime, partner: PartnerId | None
    ) -> AsyncGenerator[ProcessingLine, None]:
        return processing.written(self._engine, start, end, partner)

    async def lines_of(self, start: datetime, end: datetime, partner: PartnerId | None) -> int:
        """How many lines `processing_log` gives."""
        return await processing.number(self._engine, start, end, partner)

    def lines_about(
        self, attribute: str, subjects: Collection[str], spans: Collection[str] = ()
    ) -> AsyncGenerator[ProcessingLine, None]:
        """See `processing.about`."""
        return processing.about(self._engine, attribute, subjects, spans)

    async def types_of(self, messages: Collection[MessageId]) -> Mapping[MessageId, str]:
        """See `views.types_of`."""
        return await views.types_of(self._engine, messages)

    async def oldest_line(self) -> datetime | None:
        """The moment of the first line of the processing log that is still there, or look at somebody: both name people
        by the log's key."""
        async with transaction(self._engine) as connection:
            found = await processing.oldest(connection), await acts.oldest_lookup(connection)
        return min((one for one in found if one is not None), default=None)

    async def radar_entries(self, pseudonyms: Iterable[bytes], most: int) -> list[tuple[RadarEntry, CaseId]]:
        """Every report that is known under one of these, and its case, the newest first; a look that locks nothing."""
        since = (await self.store.moment()).sure
        async with transaction(self._engine) as connection:
            found, cases = await radar.entries(connection, pseudonyms, since, most)
        entries = sorted((entry for some in found.values() for entry in some), key=lambda entry: entry.at, reverse=True)
        return [(entry, cases[entry.report]) for entry in entries]

    async def report(self, machine: Machine) -> None:
        await machines.report(self._engine, machine)

    async def machines(self) -> list[Machine]:
        return await machines.reported(self._engine)

    async def keys_used(self) -> Mapping[str, Mapping[str, int]]:
        return await machines.keys_used(self._engine)

    async def untaken_keys(self) -> list[suite_keys.Untaken]:
        async with transaction(self._engine) as connection:
            return await suite_keys.untaken(connection)

    async def key_taken(self, about: UUID) -> datetime | None:
        async with transaction(self._engine) as connection:
            return await suite_keys.taken(connection, about)

    async def unanswered(self, partners: Collection[PartnerId], by: datetime) -> list[PartnerId]:
        async with transaction(self._engine) as connection:
            return await suite_keys.unanswered(connection, partners, by)

    async def kept_deliveries(self, by: datetime) -> int:
        async with transaction(self._engine) as connection:
            return await suite_keys.kept(connection, by)

    async def older_connections(self) -> int:
        return await older_connections(self._engine)

    async def radar_keys_used(self) -> Mapping[RadarKeyId, radar.KeyUsed]:
        since = (await self.store.moment()).sure
        async with transaction(self._engine) as connection:
            return await radar.keys_used(connection, since)

    async def case(self, name: UUID) -> views.CaseView | None:
        return await views.case_view(self._engine, name)


@asynccontextmanager
async def opened(
    url: str,
    worker: str,
    encode: Encode,
    decode: Decode,
    lease: float = 30.0,
    command_timeout: float = 30.0,
    memory: Memory | None = None,
) -> AsyncIterator[Database]:
    """The database at this URL, for the length of a block; `command_timeout`: seconds that one statement may take."""
    engine = connect(url, worker, command_timeout=command_timeout)
    try:
        yield Database(engine, encode, decode, lease, memory)
    finally:
        await engine.dispose()
