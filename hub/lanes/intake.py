"""The lane in: from a delivery to its commit and its acknowledgement.

A task takes a batch, decides it in one transaction, acknowledges, and hands what was committed to the relay. A worker
runs a few of them: while one waits for the database, another opens and decides. To each other they are as two workers
are. Stopping is: finish these batches, take no more. Cancelled or killed anywhere, a task leaves its deliveries
unacknowledged: the broker brings them again.

It takes none while the answers to two batches are still to be sent: what was decided would only wait elsewhere, and
longer than this worker may keep it.

When the database does not answer it keeps its batch, takes no more and asks again until it does. Where somebody else
has locked what a delivery needs, the batch is tried again without waiting for that: what needs a case that is locked is
kept for a retry, and all others are decided. Any other error or lock is narrowed down: the batch in halves, until the
one delivery that causes it is alone; that one is kept for a retry. Where it cannot even be kept, as its own row is
locked, it waits apart, in no batch: it stays unacknowledged, and is tried again until it is decided.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import compress

import structlog

from hub.canonical.codes import Lane
from hub.errors import Busy, OurFault
from hub.ids import PartnerId
from hub.lanes import batch
from hub.lanes.database import Patient, standing_still
from hub.lanes.fate import Poison
from hub.lanes.misplaced import CROWDS_FOR
from hub.lanes.report import report, report_unreadable
from hub.lanes.setting import Setting
from hub.ports import Body, Changes, Delivery, OutboxRow, Settler, Source, Store
from hub.telemetry import LogEvent

_log = structlog.get_logger()

APART_EVERY = 0.5
"""Seconds between two tries of what waits apart."""
MOST_ATTEMPTS = 5
"""How often a body is opened that may kill, the time included at which it was noted (`ports.Unit.begin`)."""

Offer = Callable[[Sequence[OutboxRow]], None]
Room = Callable[[Lane], Awaitable[None]]


async def _always(_: Lane) -> None:
    return


@dataclass(frozen=True, slots=True)
class Intake:
    """Attributes:
    lane: whose queues `source` reads.
    offer: takes what was committed, to be published at once.
    hold_back: what this sender sent has its turn after others, for so many seconds; 0 ends that.
    room: comes back when a batch of this lane may be taken, as the answers to those before are sent.
    open: bodies that came again, and are in hand here: whoever has them lives.
    apart: what could not be decided and not be kept, each with how to try again.
    """

    source: Source
    settler: Settler
    store: Store
    offer: Offer
    lane: Lane
    setting: Setting
    patient: Patient
    hold_back: Callable[[PartnerId, float], None] = lambda _, __: None
    room: Room = field(default=_always)
    open: set[Body] = field(default_factory=set)
    apart: deque[tuple[Body, Callable[[], Awaitable[None]]]] = field(default_factory=deque)
    _who_waits: object = field(default_factory=object, init=False)

    async def run(self, stop: asyncio.Event, batches: int = 1) -> None:
        """Until `stop`: what is under way is finished, nothing more is taken.

        Args:
            batches: how many are under way at once, at most.
        """
        async with asyncio.TaskGroup() as tasks:
            apart = tasks.create_task(self._try_apart_for_ever())
            taking = [tasks.create_task(self._take_in_turn(stop)) for _ in range(batches)]
            await asyncio.wait(taking)
            apart.cancel()

    async def _take_in_turn(self, stop: asyncio.Event) -> None:
        stopping = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                taking = asyncio.ensure_future(self._take())
                try:
                    await asyncio.wait({taking, stopping}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    if not taking.done():
                        taking.cancel()
                if taking.done():
                    await self.handle(taking.result())
        finally:
            stopping.cancel()

    async def handle(self, deliveries: Sequence[Delivery]) -> None:
        """Decide and acknowledge every one of these: alone, what was open in a batch when a process died."""
        returned = [one for one in deliveries if one.returned]
        brought = [one for one in deliveries if not one.returned]
        if returned:
            await self._take_back(returned)
        again = batch.again(brought)
        suspects = await self._begun_before(again) if again else frozenset[Body]()
        self.open.update(again)
        try:
            await self._decide_each(brought, suspects)
        finally:
            self.open.difference_update(again - {body for body, _ in self.apart})

    async def _begun_before(self, again: Collection[Body]) -> Collection[Body]:
        noted = await self.patient(lambda: batch.begin(again, self.store))
        return frozenset(noted) - self.open

    async def _decide_each(self, deliveries: Sequence[Delivery], suspects: Collection[Body]) -> None:
        alone = [bool(suspects) and batch.body_of(one) in suspects for one in deliveries]
        if usual := [one for one, apart in zip(deliveries, alone, strict=True) if not apart]:
            await self._decide(usual)
        for one in compress(deliveries, alone):
            await self._decide_alone(one)

    async def _take(self) -> list[Delivery]:
        limits = self.setting.limits
        await self.room(self.lane)
        return await self.source.take(limits.batch_size, limits.batch_max_age.total_seconds())

    async def _take_back(self, returned: Sequence[Delivery]) -> None:
        began = time.monotonic()
        changes = await self.patient(lambda: batch.take_back(returned, self.store, self.lane, self.setting))
        _log.info(LogEvent.OUTGOING_RETURNED, messages=len(returned))
        await self._done(returned, changes, began)

    async def _decide(self, deliveries: Sequence[Delivery], *, hasty: bool = False) -> None:
        began = time.monotonic()
        try:
            changes = await self.patient.unless_busy(
                lambda: batch.decide_batch(deliveries, self.store, self.lane, self.setting, hasty=hasty)
            )
        except OurFault as error:
            await self._narrow(deliveries, error, hasty=hasty)
            return
        left = changes.left
        waiting = {id(one) for one in left}
        decided = [one for one in deliveries if id(one) not in waiting]
        await self._done(decided, changes, began)
        # So many as there was time for: what is opened, and left again, costs twice.
        for first in range(0, len(left), len(decided)):
            await self._decide(left[first : first + len(decided)], hasty=hasty)

    async def _narrow(self, deliveries: Sequence[Delivery], error: OurFault, *, hasty: bool) -> None:
        if isinstance(error, Busy) and not hasty:
            _log.warning(LogEvent.BATCH_WITHOUT_LOCKED, messages=len(deliveries), about=error.about or None)
            await self._decide(deliveries, hasty=True)
        elif len(deliveries) == 1:
            await self._keep(deliveries[0], error)
        else:
            half = len(deliveries) // 2
            _log.warning(LogEvent.BATCH_HALVED, messages=len(deliveries))
            await self._decide(deliveries[:half], hasty=hasty)
            await self._decide(deliveries[half:], hasty=hasty)

    async def _decide_alone(self, delivery: Delivery) -> None:
        _log.warning(LogEvent.MESSAGE_ALONE, partner=delivery.partner, attempt=delivery.count)
        await self.patient(self._possible)  # a worker that is ended while all stand still was not killed by this one
        attempts = await self.patient(lambda: self.store.attempt(*batch.body_of(delivery)))
        if attempts <= MOST_ATTEMPTS:
            await self._decide([delivery])
        else:
            await self._keep(delivery, Poison(), batch.keep_unopened)

    async def _possible(self) -> None:
        async with self.store.unit():
            return

    async def _keep(self, delivery: Delivery, error: OurFault, keep: batch.Keep = batch.keep_delivery) -> None:
        began = time.monotonic()
        try:
            changes = await self.patient.unless_busy(
                lambda: standing_still(lambda: keep(delivery, error, self.store, self.lane, self.setting))
            )
        except Busy as busy:
            again = partial(self._decide, [delivery], hasty=True)
            if isinstance(error, Poison):
                again = partial(self._keep, delivery, error, keep)
            self.apart.append((batch.body_of(delivery), again))
            self.patient.health.stands_still(self._who_waits, busy, 1)
            return
        await self._done([delivery], changes, began)

    async def _try_apart_for_ever(self) -> None:
        while True:
            await self.try_apart()
            await asyncio.sleep(APART_EVERY)

    async def try_apart(self) -> None:
        """Try each once more that waits apart; one that has to wait on is the last from then on."""
        for _ in range(len(self.apart)):
            body, again = self.apart.popleft()
            await again()
            if body not in {other for other, _ in self.apart}:
                self.open.discard(body)
        if not self.apart:
            self.patient.health.waits_no_more(self._who_waits)

    async def _done(self, deliveries: Sequence[Delivery], changes: Changes, began: float) -> None:
        # Only here, after the commit: acknowledged earlier, a crash would lose what the sender believes we have.
        await self.settler.ack(deliveries)
        self.offer(changes.outbox)
        report(changes, time.monotonic() - began)
        for turn in self.setting.unreadable.turned():
            self.hold_back(turn.sender, turn.pause)
            report_unreadable(turn, self.lane)
        for sender in self.setting.misplaced.crowding(self.setting.ticks()):
            self.hold_back(sender, CROWDS_FOR)
