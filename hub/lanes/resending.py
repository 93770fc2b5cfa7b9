"""What was published and is not confirmed: looked for in its reader's queue, and sent again when it is there no more.

The broker counts a queue some seconds late. So its count is held against what was known to be published so long before;
it may count more than that, which only lets a message wait. And a reader that comes back finds few copies before what
is new: no more go out at a time than fill its queue to `COPIES`, however many processes look: what another let go since
the count is taken off.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

import structlog

from hub.canonical.codes import Lane
from hub.errors import Busy, OurFault
from hub.ids import PartnerId
from hub.lanes.database import Patient
from hub.lanes.unread import judge
from hub.ports import InQueue, Judged, QueueOut, Store
from hub.routing.limits import PerLane
from hub.telemetry import LogEvent

_log = structlog.get_logger()
LOOK_EVERY = 15.0
COUNTED_AFTER = 12.0
"""Seconds after which what was published is in the broker's count: it counts every five."""
AT_ONCE = 1_000
ASKED_AT_ONCE = 8
"""Partners whose queues are asked for side by side: while a node of the broker hangs, each takes seconds."""
COPIES, COPIES_AT_LEAST = 50, 5
"""Copies go out while a queue holds fewer messages than that; some do in any case, or none would to a reader that is
always behind."""

Key = tuple[PartnerId, Lane]
Depths = Callable[[PartnerId], Awaitable[Mapping[Lane, int]]]
"""How many messages lie in a partner's queues, with a reader or without; a lane is left out of which nobody says so."""


@dataclass(slots=True)
class Resending:
    """See the module. `run` for as long as a process lives; many may, as each writes only on what is as it was read.

    Args:
        depths: without it nobody knows what lies where, and a message goes out again whenever its time is over.
        patience: how long a reader has to confirm what it took.
    """

    store: Store
    patience: PerLane
    patient: Patient
    depths: Depths | None = None
    counted_after: float = COUNTED_AFTER
    _published: dict[Key, list[tuple[float, int]]] = field(default_factory=dict)
    """Of each queue in which something is out: how many had been published, and when that was known."""
    _away: set[Key] = field(default_factory=set)

    @property
    def look_every(self) -> float:
        """Often enough to find a message in its queue before its reader's time is over."""
        shortest = min(self.patience.acute, self.patience.routine).total_seconds()
        return min(LOOK_EVERY, shortest / 4)

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self.look_every)

    async def look(self) -> None:
        """Judge what is out, in every queue of which the broker says how much lies there.

        What is refused here ends the look, and keeps nobody from working.
        """
        try:
            queues = await self.patient.unless_busy(lambda: self.store.queues_out(self.look_every))
            for counted in await self._counted(queues):
                await self._judge(counted)
            self._note_back(queues)
            await self.patient.unless_busy(lambda: self.store.judged(()))
        except Busy:
            return  # somebody holds what is to be written: the next look
        except OurFault as error:
            _log.error(LogEvent.RESENDING_FAILED, code=error.code)

    async def _judge(self, counted: InQueue) -> None:
        unread = await self.patient.unless_busy(lambda: self.store.unread_in(counted, AT_ONCE))
        judged = judge(unread, counted, self.patience)
        room = max(COPIES_AT_LEAST, COPIES - counted.lying) - unread.coming
        copies = [one for one in judged if one.look is None][: max(0, room)]
        kept = [one for one in judged if one.look is not None]
        if copies or kept:
            await self.patient.unless_busy(lambda: self.store.judged((*copies, *kept)))
        self._note_away(counted, kept)

    async def _counted(self, queues: Iterable[QueueOut]) -> list[InQueue]:
        """Those of which the broker counted since what was known to be published to them."""
        known = self._known(queues)
        if self.depths is None:
            return [InQueue(*key, published, 0) for key, published in known.items()]
        partners, room = list(dict.fromkeys(partner for partner, _ in known)), asyncio.Semaphore(ASKED_AT_ONCE)
        depths = await asyncio.gather(*(_asked(self.depths, one, room) for one in partners))
        lying = dict(zip(partners, depths, strict=True))
        return [
            InQueue(partner, lane, published, lying[partner][lane])
            for (partner, lane), published in known.items()
            if lane in lying[partner]
        ]

    def _known(self, queues: Iterable[QueueOut]) -> dict[Key, int]:
        now, before, known = time.monotonic(), self._published, dict[Key, int]()
        after = 0.0 if self.depths is None else self.counted_after
        self._published = {}
        for queue in queues:
            key = queue.partner, queue.lane
            seen = [*before.get(key, ()), (now, queue.published)]
            settled = [published for at, published in seen if at <= now - after]
            if settled:
                known[key] = settled[-1]
            self._published[key] = seen[max(0, len(settled) - 1) :]
        return known

    def _note_away(self, counted: InQueue, kept: Iterable[Judged]) -> None:
        key = counted.partner, counted.lane
        if key not in self._away and any(one.seen for one in kept):
            self._away.add(key)
            _log.warning(
                LogEvent.READER_AWAY, recipient=counted.partner, lane=counted.lane.value, messages=counted.lying
            )

    def _note_back(self, queues: Iterable[QueueOut]) -> None:
        """All that lay there was confirmed."""
        for partner, lane in self._away - {(one.partner, one.lane) for one in queues}:
            self._away.discard((partner, lane))
            _log.info(LogEvent.READER_BACK, recipient=partner, lane=lane.value)


async def _asked(depths: Depths, partner: PartnerId, room: asyncio.Semaphore) -> Mapping[Lane, int]:
    async with room:
        return await depths(partner)
