"""Acknowledgements on their way to the broker: said here, written by a task of their own.

The client's queue of frames is short, so many acknowledgements take many turns of the event loop, and in a process with
too much to do each turn is slow. That is no fault of the channel: nothing ends it for being late, and nobody waits for
it. A connection that is stuck is found by its heartbeats and by asking (`reading.py`).

All that are done with up to the first that is not go in one frame. A quorum queue takes some 32 settlements at a time,
and the broker drops what waits behind them when the channel ends: those messages would come again after each stop.
"""

import asyncio
from collections.abc import Callable

from aiormq import Channel

from hub.amqp.boundary import as_broker_away
from hub.errors import BrokerAway


class Acks:
    """Of one channel with one consumer, whose deliveries are numbered from 1; the only place that acknowledges what
    the hub has decided (`renewal.py` moves messages from queue to queue).

    Args:
        failed: is told that one could not be written, as the channel is gone: the broker brings it again.
    """

    def __init__(self, channel: Channel, failed: Callable[[], None]) -> None:
        self._channel = channel
        self._failed = failed
        self._said: set[int] = set()
        """Not written yet."""
        self._up_to = 0
        """All of these are written."""
        self._beyond: set[int] = set()
        """And these."""
        self._writing: asyncio.Task[None] | None = None

    def say(self, number: int) -> None:
        """Acknowledge the delivery of this number, soon."""
        self._said.add(number)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def finish(self, seconds: float) -> None:
        """Before the channel ends: until all that was said is written, or for so long."""
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=0 if self._channel.is_closed else seconds)
            self._writing.cancel()

    async def _write(self) -> None:
        try:
            with as_broker_away():
                while self._said:
                    number, multiple = self._next()
                    await self._channel.basic_ack(number, multiple=multiple, wait=False)
        except BrokerAway:
            self._said.clear()
            self._failed()

    def _next(self) -> tuple[int, bool]:
        """One to write, and whether it stands for all before it: never for one that is not done with.

        The broker knows the number of one that was written no more, so it is always one that was not.
        """
        last = 0
        while (number := self._up_to + 1) in self._said or number in self._beyond:
            self._up_to = number
            if number in self._said:
                last = number
        self._said = {one for one in self._said if one > self._up_to}
        self._beyond = {one for one in self._beyond if one > self._up_to}
        if last:
            return last, True
        alone = min(self._said)
        self._said.remove(alone)
        self._beyond.add(alone)
        return alone, False
