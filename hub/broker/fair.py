"""Deliveries of many partners, drawn in turn, so that one partner's backlog does not hold up another's message."""

import asyncio
import math
from collections import deque
from collections.abc import Callable

from hub.ids import PartnerId
from hub.ports import Delivery


class FairQueue:
    """Filled from callbacks, emptied by one task.

    Args:
        most_bytes: in the bodies of what is taken at once; one that is larger is taken by itself.
        rests: whether nothing is drawn of whoever is held back; else it has its turn after all others.
    """

    def __init__(self, most_bytes: float = math.inf, *, rests: bool = True) -> None:
        self._most_bytes = most_bytes
        self._rests = rests
        self._held: dict[PartnerId, asyncio.TimerHandle] = {}
        self._resting: dict[PartnerId, deque[tuple[float, Delivery]]] = {}
        self._waiting: dict[PartnerId, deque[tuple[float, Delivery]]] = {}
        self._turns: deque[PartnerId] = deque()
        self._count = 0
        self._wanted = 1
        self._first = asyncio.Event()
        self._full = asyncio.Event()

    def __len__(self) -> int:
        return self._count

    def put(self, delivery: Delivery) -> None:
        if self._rests and delivery.partner in self._held:
            self._resting.setdefault(delivery.partner, deque()).append((asyncio.get_running_loop().time(), delivery))
            return
        line = self._waiting.setdefault(delivery.partner, deque())
        if not line:
            self._turns.append(delivery.partner)
        line.append((asyncio.get_running_loop().time(), delivery))
        self._count += 1
        self._first.set()
        if self._count >= self._wanted:
            self._full.set()

    async def take(self, most: int, max_age: float) -> list[Delivery]:
        """Wait for one, then until the oldest is `max_age` seconds here or there are `most`; at least one comes."""
        while True:
            await self._first.wait()
            await self._fill(most, max_age)
            # Nothing is awaited from here on: what is drawn cannot be lost by a cancellation.
            if batch := self._draw(most):
                return batch

    def hold_back(self, partner: PartnerId, seconds: float) -> None:
        """From now on for so long, however long it was before; 0 ends it."""
        self._let_go(partner)
        if seconds <= 0:
            return
        self._held[partner] = asyncio.get_running_loop().call_later(seconds, self._let_go, partner)
        if self._rests and (line := self._waiting.get(partner)):
            self._resting[partner] = line
            self._count -= len(line)
            self._keep(partner, deque())
            self._note()

    def _let_go(self, partner: PartnerId) -> None:
        if (timer := self._held.pop(partner, None)) is not None:
            timer.cancel()
        if line := self._resting.pop(partner, None):
            self._waiting[partner] = line
            self._turns.append(partner)
            self._count += len(line)
            self._note()

    def discard(self, partner: PartnerId, unwanted: Callable[[Delivery], bool]) -> None:
        """Forget deliveries that the broker will bring again."""
        if resting := self._resting.get(partner):
            self._resting[partner] = deque(item for item in resting if not unwanted(item[1]))
        line = self._waiting.get(partner, deque())
        kept = deque(item for item in line if not unwanted(item[1]))
        self._count -= len(line) - len(kept)
        self._keep(partner, kept)
        self._note()

    async def _fill(self, most: int, max_age: float) -> None:
        self._wanted = most
        self._note()
        until = min((line[0][0] for line in self._waiting.values()), default=0.0) + max_age
        if self._full.is_set() or until <= asyncio.get_running_loop().time():
            return
        try:
            async with asyncio.timeout_at(until):
                await self._full.wait()
        except TimeoutError:
            return

    def _draw(self, most: int) -> list[Delivery]:
        held = deque(one for one in self._turns if one in self._held)
        self._turns = deque(one for one in self._turns if one not in self._held)
        # While others wait, each of whoever is held back has one: what is sound behind what is not comes all the same.
        each, few = (1, len(held)) if self._turns else (most, 0)
        batch = self._draw_in_turn(self._turns, max(1, most - few), self._most_bytes)
        left = self._most_bytes - sum(len(one.body) for one in batch)
        batch += self._draw_in_turn(held, min(most - len(batch), each * len(held)), left, begun=bool(batch))
        self._turns.extend(held)
        self._count -= len(batch)
        self._note()
        return batch

    def _draw_in_turn(self, turns: deque[PartnerId], most: int, left: float, *, begun: bool = False) -> list[Delivery]:
        batch: list[Delivery] = []
        while turns and len(batch) < most:
            line = self._waiting[turns[0]]
            left -= len(line[0][1].body)
            if left < 0 and (batch or begun):
                break
            partner = turns.popleft()
            batch.append(line.popleft()[1])
            if line:
                turns.append(partner)
            else:
                del self._waiting[partner]
        return batch

    def _keep(self, partner: PartnerId, line: deque[tuple[float, Delivery]]) -> None:
        if line:
            self._waiting[partner] = line
        elif self._waiting.pop(partner, None) is not None:
            self._turns.remove(partner)

    def _note(self) -> None:
        _set(self._first, self._count > 0)
        _set(self._full, self._count >= self._wanted)


def _set(event: asyncio.Event, value: bool) -> None:
    if value:
        event.set()
    else:
        event.clear()
