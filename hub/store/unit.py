"""One transaction over everything the lanes read and write (`ports.Unit`).

How a batch goes to the database, in at most twenty statements whatever its size:

1. the directory's version, the period in use, the moment, and whether a commit is durable, their row held FOR SHARE;
2. inbox: lock what is known (order of locks: inbox, radar, cases, timers, each sorted by key);
3. what was sent, which causes are known; the radar: its pseudonyms locked, then what is known under them; the cases
   that are meant and those that the radar points at, locked together; the held parts;
4. everything written, one statement a table; commit.

READ COMMITTED is enough: each row that a decision rests on is locked before it is read, and unique keys keep the rest:
where two batches have the same new message, the second meets the first's row as it writes its own, and runs again.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.canonical.acts import Record
from hub.canonical.codes import Lane
from hub.canonical.partners import Directory
from hub.cases.case import Case
from hub.errors import Clash, Surroundings
from hub.ids import CaseId, MessageId, Oin, PartnerId
from hub.ports import (
    AlarmOut,
    AtRest,
    Body,
    CaseChange,
    Changes,
    Fate,
    InboxRow,
    Loaded,
    Lost,
    OutboxRow,
    OwnMaking,
    Period,
    Place,
    Refilled,
    Register,
    Wanted,
)
from hub.routing.directory import acting
from hub.routing.radar import within_reach
from hub.store import (
    acts,
    awaiting,
    cases,
    closing,
    counts,
    inbox,
    lacks,
    outbox,
    periods,
    processing,
    quarantine,
    radar,
    unread,
)
from hub.store.clocks import BELIEVED, Clocks, Moment
from hub.store.directory import read_versions
from hub.store.engine import SETTINGS, unless_locked
from hub.store.memory import MISSED
from hub.store.tables import batch

HEAD = text(f"""
select version, period_chain, period_step, now() as now, {BELIEVED}, {SETTINGS},
  coalesce((select max(number) from recovery), 0) as recovery, (select max(until) from recovery) as recovers_until,
  {MISSED}
from directory_head for share
""")  # noqa: S608 its own
_BATCH = insert(batch).returning(batch.c.id)
Decode = Callable[[str], Directory]
"""A stored directory document to its value."""


class PostgresUnit:
    """See `ports.Unit`."""

    def __init__(
        self,
        connection: AsyncConnection,
        moment: Moment,
        clocks: Clocks,
        directory: Directory,
        period: Period,
        lease: float,
        decode: Decode,
        *,
        recovering: bool = False,
        recovery: int = 0,
        hasty: bool = False,
    ) -> None:
        self._connection = connection
        self._clocks = clocks
        self._doubted = moment.doubted
        self._lease = timedelta(seconds=lease)
        self._decode = decode
        self._hasty = hasty
        self._looked_for: list[bytes] = []
        self._fresh: set[UUID] = set()
        self.now, self.sure = moment.now, moment.sure
        self.directory = directory
        self.period = period
        self.recovering = recovering
        self.recovery = recovery
        self.batch: int | None = None
        """Number of what was written, by which it is found again."""

    @property
    def doubted(self) -> bool:
        return self._doubted or bool(self._clocks.doubts)

    def hear(self, said: Iterable[tuple[Oin, datetime]]) -> None:
        self._clocks.hear(said)

    async def begin(self, bodies: Collection[Body]) -> Collection[Body]:
        return await quarantine.begin(self._connection, self.now, bodies)

    async def forget(self, bodies: Collection[Body]) -> None:
        await quarantine.forget(self._connection, bodies)

    async def claim(self, rows: Sequence[InboxRow]) -> list[InboxRow]:
        found = await inbox.claim(self._connection, rows)
        self._fresh.update(row.id for row in found if row.fate is Fate.NEW)
        return found

    async def reopen(self, stored: Sequence[UUID]) -> Mapping[UUID, InboxRow]:
        return await inbox.locked(self._connection, stored)

    async def undecided_since(self, lane: Lane, seconds: float, most: int) -> list[InboxRow]:
        return await quarantine.take_undecided(self._connection, self.now, lane, seconds, most)

    async def resend(self, ids: Sequence[MessageId]) -> list[InboxRow]:
        return await closing.resend(self._connection, self.now, ids)

    async def lapsed(self, ids: Sequence[MessageId]) -> list[OutboxRow]:
        return await outbox.lock_lapsed(self._connection, self.sure, ids)

    async def under(self, place: Place, label: str, most: int, *, whole: bool) -> list[AtRest]:
        return await periods.under(self._connection, place, label, most, whole)

    async def rewrap(self, place: Place, renewed: Sequence[AtRest]) -> None:
        await periods.rewrap(self._connection, place, renewed)

    async def lost(self, ids: Sequence[UUID]) -> list[Lost]:
        return await awaiting.lost(self._connection, self.period, ids)

    async def register(self, ids: Sequence[UUID]) -> Register:
        return await cases.told(self._connection, ids)

    async def former_directories(self, versions: Collection[int]) -> Mapping[int, Directory]:
        found = await read_versions(self._connection, versions)
        return {
            version: replace(self._decode(text), hub_keys=self.directory.hub_keys) for version, text in found.items()
        }

    async def own_making(self, ids: Sequence[MessageId]) -> OwnMaking:
        messages = await awaiting.as_they_stand(self._connection, ids)
        answered = await awaiting.answered(self._connection, ids)
        by_itself = [id_ for id_, one in messages.items() if one.origin is None and one.case is not None]
        register = await cases.told(self._connection, by_itself) if by_itself else Register({}, (), {})
        return OwnMaking(messages, answered, register)

    async def give_up(self, ids: Sequence[MessageId]) -> int:
        return len(await awaiting.give_up(self._connection, ids))

    async def fill(self, filled: Sequence[Refilled]) -> None:
        await awaiting.fill(self._connection, self.period, self.now, filled)

    async def outgoing(self, partner: PartnerId, ids: Sequence[MessageId]) -> list[OutboxRow]:
        return await closing.lock_outgoing(self._connection, partner, ids)

    async def alarms_out(self, named: Collection[str]) -> list[AlarmOut]:
        return await unread.alarms(self._connection, named) if named else []

    async def load(self, wanted: Wanted) -> Loaded:
        sent = await outbox.sent(self._connection, wanted.sent, self._oin) if wanted.sent else {}
        causes = await outbox.causes(self._connection, wanted.causes, self._oin) if wanted.causes else {}
        lost = [cause for cause in wanted.causes if cause not in causes]
        undecided = await inbox.undecided(self._connection, lost) if lost else frozenset()
        answered = await outbox.published_to(self._connection, wanted.answers) if wanted.answers else {}
        pseudonyms = {one.pseudonym for one in wanted.radar}
        self._looked_for = await radar.lock(self._connection, pseudonyms)
        entries, known = await radar.entries(self._connection, pseudonyms, self.sure)
        on = within_reach(wanted.radar, entries, known)
        names = await cases.case_ids(self._connection, wanted.correlations) if wanted.correlations else {}
        about = {CaseId(one.case) for one in sent.values() if one.case}
        about |= await cases.gone_to(self._connection, wanted.numbers) if wanted.numbers else set()
        found, unreadable = await self._locked(names | on, about)
        asked = wanted.handovers
        held = await cases.held_parts(self._connection, self.period, asked) if asked else {}
        return Loaded(found, causes, undecided, sent, answered, unreadable, held, entries)

    async def _locked(
        self, names: Mapping[UUID, CaseId], more: Iterable[CaseId]
    ) -> tuple[dict[UUID, Case], dict[UUID, Surroundings]]:
        """The cases that these names stand for and `more`, locked, and why some cannot be read; by name and own id.

        Raises:
            Clash: while we waited for its case, a report moved to another.
        """
        meant = {*names.values(), *more}
        all_ = await cases.lock(self._connection, meant, hasty=self._hasty) if meant else {}
        found = {id_: case for id_, case in all_.items() if isinstance(case, Case)}
        unreadable = {id_: error for id_, error in all_.items() if isinstance(error, Surroundings)}
        by_name = {name: found[id_] for name, id_ in names.items() if id_ in found}
        moved = [name for name, case in by_name.items() if not _goes_by(case, name)]
        if moved and await cases.case_ids(self._connection, moved) != {name: names[name] for name in moved}:
            raise Clash
        lost = {name: unreadable[id_] for name, id_ in names.items() if id_ in unreadable}
        return by_name | dict[UUID, Case](found.items()), lost | dict[UUID, Surroundings](unreadable.items())

    async def write(self, changes: Changes, worker: str, lane: Lane) -> None:
        await inbox.add(self._connection, (row for row in changes.inbox if row.id in self._fresh))
        await inbox.save(self._connection, (row for row in changes.inbox if row.id not in self._fresh))
        await quarantine.save(self._connection, changes.stored, changes.stored_over)
        await self._wake(self._come(changes))
        await cases.save(self._connection, sorted(changes.cases, key=_by_case))
        await cases.save_held(self._connection, changes.held, changes.held_over)
        await outbox.confirm(self._connection, changes.confirmations, self.now)
        await outbox.add(self._connection, changes.outbox, self.now, self._lease)
        await outbox.replace(self._connection, changes.replaced)
        await closing.move(self._connection, changes.moved, self.now)
        await processing.add(self._connection, changes.processing)
        await inbox.add_journal(self._connection, changes.journal)
        await radar.save(self._connection, changes.radar, changes.radar_over)
        await radar.unlock(self._connection, self._looked_for)
        counted = await self._connection.execute(_BATCH, self._counted(changes, worker, lane))
        self.batch = counted.scalar_one()
        await counts.add(self._connection, changes.counts, worker)
        await lacks.note(self._connection, self.now, changes.lacks)
        await lacks.mend(self._connection, changes.mended)
        await acts.add(self._connection, Record(self.now, changes.act) if changes.act else None)

    async def _wake(self, come: set[UUID]) -> None:
        if not await quarantine.is_awaited(self._connection, come):
            return
        if not self._hasty:
            await quarantine.wake(self._connection, self.now, come)
            return
        async with unless_locked(self._connection):  # no decision waits for what only wakes another
            await quarantine.wake(self._connection, self.now, come)

    def _come(self, changes: Changes) -> set[UUID]:
        """What an early step may have waited for: messages that are decided; while the hub recovers names of cases."""
        decided = {row.message for row in changes.inbox if row.message is not None and row.decided_at is not None}
        cases_ = changes.cases if self.recovering else ()
        return {*decided, *(name for change in cases_ for name in change.case.all_names())}

    def _oin(self, partner: PartnerId) -> Oin:
        return acting(self.directory, self.directory.partners[partner], self.now)

    def _counted(self, changes: Changes, worker: str, lane: Lane) -> dict[str, object]:
        return {
            "at": self.now,
            "worker": worker,
            "lane": lane.value,
            "deliveries": changes.deliveries,
            "duplicates": changes.duplicates,
        }


def _goes_by(case: Case, name: UUID) -> bool:
    return name in case.all_names()


def _by_case(change: CaseChange) -> UUID:
    return change.case.id
