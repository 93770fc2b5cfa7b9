"""A broker in memory, behind the same three Protocols as the real one, for tests of the lanes.

They do what the real ones promise and no more: a delivery that is taken and not acknowledged is the broker's still; a
publish is confirmed or raises; one id is never twice in flight to a partner.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from hub.errors import BrokerAway, Unconfirmed
from hub.ids import MessageId, PartnerId
from hub.ports import Delivery, Outgoing
from tests.patience import CEILING


class FakeQueue:
    """`Source` and `Settler` of one lane."""

    def __init__(self) -> None:
        self.acked: list[Delivery] = []
        self.taken: list[list[Delivery]] = []
        self.at_ack: Callable[[Sequence[Delivery]], Awaitable[None]] | None = None
        self._waiting: deque[tuple[float, Delivery]] = deque()
        self._changed = asyncio.Condition()

    async def bring(self, *deliveries: Delivery) -> None:
        async with self._changed:
            now = asyncio.get_running_loop().time()
            self._waiting.extend((now, one) for one in deliveries)
            self._changed.notify_all()

    async def take(self, most: int, max_age: float) -> list[Delivery]:
        batch: list[Delivery] = []
        while not batch:  # another taker may have been faster
            async with self._changed:
                await self._changed.wait_for(lambda: self._waiting)
                until = self._waiting[0][0] + max_age
                try:
                    async with asyncio.timeout_at(until):
                        await self._changed.wait_for(lambda: len(self._waiting) >= most)
                except TimeoutError:
                    pass
                batch = [self._waiting.popleft()[1] for _ in range(min(most, len(self._waiting)))]
        self.taken.append(batch)
        return batch

    async def ack(self, deliveries: Sequence[Delivery]) -> None:
        if self.at_ack is not None:
            await self.at_ack(deliveries)
        self.acked.extend(deliveries)

    @property
    def unacknowledged(self) -> list[Delivery]:
        """What the broker would bring again."""
        return [one for batch in self.taken for one in batch if not any(one is acked for acked in self.acked)]


@dataclass
class FakePublisher:
    """`Publisher`.

    Attributes:
        published: confirmed, in the order of their confirms.
        refusing: partners whose queue is full.
        silent: partners whose confirms never come; a publish to them takes `deadline` seconds.
        away: no connection at all.
        gate: while it is shut, no confirm comes.
        most: how many were in flight at once, by partner.
    """

    deadline: float = 0.05
    published: list[Outgoing] = field(default_factory=list)
    tried: list[Outgoing] = field(default_factory=list)
    refusing: set[PartnerId] = field(default_factory=set)
    silent: set[PartnerId] = field(default_factory=set)
    away: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    in_flight: set[tuple[PartnerId, MessageId]] = field(default_factory=set)
    twice: list[MessageId] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()

    async def publish(self, message: Outgoing) -> None:
        on_its_way = message.partner, message.id
        if on_its_way in self.in_flight:
            self.twice.append(message.id)
            raise Unconfirmed("in-flight", "A copy of the message is on its way; its outcome counts.")
        self.in_flight.add(on_its_way)
        try:
            await self._confirmed(message)
        finally:
            self.in_flight.discard(on_its_way)

    async def _confirmed(self, message: Outgoing) -> None:
        self.tried.append(message)
        await self.gate.wait()
        await asyncio.sleep(0)
        if self.away:
            raise BrokerAway("fake")
        if message.partner in self.refusing:
            raise Unconfirmed("refused", "The broker refused the message; its queue may be full.")
        if message.partner in self.silent:
            await asyncio.sleep(self.deadline)
            raise Unconfirmed("no-confirm", "The broker did not confirm the message in time.")
        self.published.append(message)

    def to(self, partner: str) -> list[Outgoing]:
        return [one for one in self.published if one.partner == partner]


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait for a condition, looking again and again."""
    async with asyncio.timeout(CEILING):
        while True:
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)
