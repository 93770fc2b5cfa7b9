"""Reads the intake queues of many partners.

Nothing is ever rejected or returned one by one: a delivery is acknowledged after its commit (`acks.py`), or its channel
ends and the broker brings it again. An acknowledgement is only written to a socket; if the connection dies before the
broker has read it, the message comes again too, and the inbox knows it.
"""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiormq import Channel

from hub.amqp.connection import Connector
from hub.amqp.link import Link
from hub.broker.fair import FairQueue
from hub.broker.link_log import LinkLog
from hub.broker.reading import PAUSED, Probe, Reading, Tag
from hub.broker.topology import DEAD, FROM_HUB, INTAKE
from hub.canonical.codes import Lane
from hub.envelope.policy import FROM_HUB_LIMIT
from hub.ids import PartnerId
from hub.ports import Delivery

DEAD_PREFETCH = 20
PREFETCH_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LineReport:
    """How reading from one partner goes, as this process has seen it.

    Attributes:
        consuming: every queue of the partner that this process reads.
        seen_ago: seconds since the broker listed a consumer on each of them; `None` if it never did.
    """

    connected: bool
    consuming: bool
    blocked: bool
    seen_ago: float | None


@dataclass(frozen=True, slots=True)
class _Line:
    """Everything of one partner."""

    link: Link
    probe: Probe
    readings: tuple[Reading, ...]
    tasks: tuple[asyncio.Task[None], ...]

    @property
    def is_consuming(self) -> bool:
        return all(reading.is_consuming for reading in self.readings) and not any(task.done() for task in self.tasks)

    def report(self) -> LineReport:
        seen = [reading.seen_at for reading in self.readings if reading.seen_at is not None]
        complete = len(seen) == len(self.readings)
        return LineReport(
            connected=self.link.is_connected,
            consuming=self.is_consuming,
            blocked=self.link.blocked,
            seen_ago=time.monotonic() - min(seen) if complete else None,
        )

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.probe.stop()
        await self.link.stop()


class Consumers:
    """`ports.Source` and `ports.Settler` of one lane, for any number of partners.

    Args:
        prefetch: deliveries a queue may have unacknowledged here; up to 2,000.
        batch_bytes: of the bodies that are taken at once.
        prefetch_bytes: what those of all queues may take together: where many are read, each has fewer.
        dead: whether this process drains `dead` too.
        watch_every: seconds between looks at whether the broker still lists us.
    """

    def __init__(
        self,
        connector: Connector,
        lane: Lane,
        *,
        prefetch: int,
        batch_bytes: float = math.inf,
        prefetch_bytes: int = PREFETCH_BYTES,
        dead: bool = False,
        watch_every: float = 5.0,
    ) -> None:
        self._connector = connector
        self._prefetch = {INTAKE[lane]: prefetch} | ({DEAD: min(prefetch, DEAD_PREFETCH)} if dead else {})
        self._returns = {FROM_HUB[lane]: prefetch}
        self._prefetch_bytes = prefetch_bytes
        self._watch_every = watch_every
        self._arrived = FairQueue(batch_bytes, rests=lane is Lane.ROUTINE)
        self._lines: dict[PartnerId, _Line] = {}
        self._back: dict[PartnerId, _Line] = {}
        self._running = asyncio.Event()
        self._running.set()

    async def add(self, partner: PartnerId) -> None:
        """Read this partner's queues from now on; returns at once, `report` says how it goes."""
        if partner not in self._lines:
            self._lines[partner] = self._line(partner, self._prefetch)

    async def take_back(self, partner: PartnerId) -> None:
        """Read what lies for this partner, too: it reads nothing any more, and another stands in its place."""
        if partner not in self._back:
            self._back[partner] = self._line(partner, self._returns)

    async def remove(self, partner: PartnerId) -> None:
        """Read them no more; what is unacknowledged goes back to them."""
        lines = [line for line in (self._lines.pop(partner, None), self._back.pop(partner, None)) if line is not None]
        await asyncio.gather(*(line.stop() for line in lines))

    async def take(self, most: int, max_age: float) -> list[Delivery]:
        return await self._arrived.take(most, max_age)

    def hold_back(self, partner: PartnerId, seconds: float) -> None:
        """What this partner sends has its turn later, for so long: see `FairQueue`."""
        self._arrived.hold_back(partner, seconds)

    async def ack(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            if isinstance(delivery.tag, Tag):
                delivery.tag.reading.acknowledge(delivery.tag)

    async def pause(self) -> None:
        """The database is away: give every delivery back and take no more, so that others may have them."""
        self._running.clear()
        readings = [reading for line in (*self._lines.values(), *self._back.values()) for reading in line.readings]
        for reading in readings:
            reading.lose(PAUSED)
        await asyncio.gather(*(reading.ended() for reading in readings))

    async def resume(self) -> None:
        self._running.set()

    async def stop(self) -> None:
        """Read nothing more; what is unacknowledged goes back to its queues."""
        await asyncio.gather(*(self.remove(partner) for partner in {*self._lines, *self._back}))

    @property
    def healthy(self) -> bool:
        """Whether every queue that should be read is read."""
        return self._running.is_set() and all(line.is_consuming for line in self._lines.values())

    @property
    def cut_off(self) -> frozenset[str]:
        """The queues, each after its partner's name, whose reading the broker ends each time that it begins."""
        readings = [(partner, reading) for partner, line in self._lines.items() for reading in line.readings]
        return frozenset(f"{partner} {reading.queue}" for partner, reading in readings if reading.is_cut_off)

    @property
    def untrusted(self) -> bool:
        """Whether some connection is not made for a matter of certificates."""
        return any(line.link.untrusted for line in self._lines.values())

    def report(self) -> Mapping[PartnerId, LineReport]:
        return {partner: line.report() for partner, line in self._lines.items()}

    def _line(self, partner: PartnerId, queues: Mapping[str, int]) -> _Line:
        link = Link(self._connector, partner, LinkLog(partner), self._watch_every)
        link.start()
        probe = Probe(link)
        readings = tuple(self._reading(link, probe, queue, prefetch) for queue, prefetch in queues.items())
        tasks = tuple(
            asyncio.create_task(reading.run(), name=f"reading {partner} {reading.queue}") for reading in readings
        )
        return _Line(link, probe, readings, tasks)

    def _reading(self, link: Link, probe: Probe, queue: str, prefetch: int) -> Reading:
        return Reading(
            link,
            queue,
            prefetch=lambda: self._window(prefetch),
            running=self._running,
            deliver=self._arrived.put,
            forget=self._forget,
            probe=probe,
            watch_every=self._watch_every,
        )

    def _window(self, most: int) -> int:
        """Of one queue, by how many are read now: none has a delivery here of more than `FROM_HUB_LIMIT` bytes."""
        queues = sum(len(line.readings) for line in (*self._lines.values(), *self._back.values()))
        return max(1, min(most, self._prefetch_bytes // (FROM_HUB_LIMIT * max(1, queues))))

    def _forget(self, partner: PartnerId, channel: Channel) -> None:
        self._arrived.discard(
            partner, lambda delivery: isinstance(delivery.tag, Tag) and delivery.tag.channel is channel
        )
