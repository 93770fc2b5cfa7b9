"""The connection to the broker: one that mends itself, publishes with a proof, and brings acute deliveries first.

How it stays there, and what counts as a proof: `hub/amqp/`. Deliveries that were not acknowledged when a subscription
ended come again on the next one; the old copies are dropped.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import count
from typing import Self
from urllib.parse import unquote

import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from hub.addresses.broker import broker_address
from hub.amqp import link as amqp
from hub.amqp.boundary import as_broker_away
from hub.amqp.connection import Connector, close
from hub.amqp.outlet import CONTENT_TYPE, PERSISTENT, Address, Outlet, Properties
from hub.amqp.restarts import LONGEST_OF_LIMITED, Restarts
from hub.amqp.supervision import forever, patiently
from hub.canonical.codes import Lane
from hub.errors import BrokerAway
from hub.ids import MessageId
from hub.telemetry import LogEvent

EXCHANGE = "to-hub"
QUEUES = {Lane.ACUTE: "from-hub.acuut", Lane.ROUTINE: "from-hub.regulier"}
PREFETCH = 100
IN_FLIGHT = 100
HEARTBEAT = 30
DEADLINE = 10.0
_RANK = {Lane.ACUTE: 0, Lane.ROUTINE: 1}

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of the broker; `subscription` counts the subscriptions so far."""

    lane: Lane
    body: bytes = field(repr=False)
    message_id: str | None
    subscription: int
    message: AbstractIncomingMessage = field(repr=False)
    acked: Callable[[], None] = field(repr=False)

    async def ack(self) -> None:
        """Acknowledge; where its channel is gone, it comes again."""
        with contextlib.suppress(BrokerAway), as_broker_away():
            await self.message.ack()
            self.acked()


class Link:
    """One partner's connection; open with `async with`.

    Args:
        urls: of the nodes of one cluster, each with user, password and virtual host; tried in turn.
        deadline: seconds for the first connection, and for each publish.
    """

    def __init__(self, urls: Sequence[str], deadline: float = DEADLINE) -> None:
        each = deadline / len(urls)  # a paused node takes connections and answers nothing
        nodes = Connector(
            tuple(urls), name="ketenhub partner", heartbeat=HEARTBEAT, patience=each, patience_before_next=each
        )
        self._user = nodes.user
        self._deadline = deadline
        self._link = amqp.Link(nodes, unquote(broker_address(urls[0]).path.removeprefix("/")), self)
        self._outlets = {lane: Outlet(self._link, Address(lane.value, EXCHANGE), IN_FLIGHT) for lane in Lane}
        self._copies: dict[MessageId, asyncio.Lock] = {}
        self._waiting: Counter[MessageId] = Counter()
        self._number = 0
        self._order = count()
        self._arrived: asyncio.PriorityQueue[tuple[int, int, Delivery]] = asyncio.PriorityQueue()
        self._subscribed = asyncio.Event()
        self._restarts = Restarts(LONGEST_OF_LIMITED)
        self._failure = BrokerAway("no answer")
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Raises `BrokerAway` when nothing is subscribed within the deadline."""
        self._link.start()
        self._reader = asyncio.create_task(forever(self._read, self.crashed))
        try:
            async with asyncio.timeout(self._deadline):
                await self._subscribed.wait()
        except TimeoutError:
            await self.__aexit__()
            raise self._failure from None
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        await asyncio.gather(*(outlet.stop() for outlet in self._outlets.values()))
        await self._link.stop()

    async def take(self) -> Delivery:
        """The next delivery: an acute one before any routine one that is here."""
        while True:
            _, _, delivery = await self._arrived.get()
            if delivery.subscription == self._number:
                return delivery

    async def publish(self, id_: MessageId, lane: Lane, body: bytes, now: datetime) -> None:
        """Publish one message, and wait for the proof that the broker has it; copies of one go one after the other.

        Raises:
            Unconfirmed: refused, returned, or not confirmed in time; it may have arrived.
            BrokerAway: no connection within the deadline; it has not.
        """
        properties = Properties(
            content_type=CONTENT_TYPE, delivery_mode=PERSISTENT, message_id=str(id_), timestamp=now, user_id=self._user
        )
        async with self._one_copy(id_):
            until = asyncio.get_running_loop().time() + self._deadline
            await self._outlets[lane].publish(body, properties, until)

    def reset(self) -> None:
        """Connect anew; what is not acknowledged comes again."""
        self._link.renew()

    # --- what the connection tells ------------------------------------------------------------------------------------

    def away(self, error: BrokerAway) -> None:
        self._failure = error

    def back(self) -> None:
        """Nothing is to be said: whoever waits goes on."""

    def crashed(self) -> None:
        _log.exception(LogEvent.CRASHED, at="link")

    # ------------------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _one_copy(self, id_: MessageId) -> AsyncIterator[None]:
        lock = self._copies.setdefault(id_, asyncio.Lock())
        self._waiting[id_] += 1
        try:
            async with lock:
                yield
        finally:
            self._waiting[id_] -= 1
            if not self._waiting[id_]:
                del self._waiting[id_], self._copies[id_]

    async def _read(self) -> None:
        """One subscription, for as long as it lasts."""
        await asyncio.sleep(self._restarts.pause)
        lost = asyncio.Event()
        channel = await patiently(partial(self._subscribe, lost), self.away)
        began = time.monotonic()
        try:
            self._subscribed.set()
            await lost.wait()
        finally:
            self._restarts.ended(time.monotonic() - began)
            await close(channel)

    async def _subscribe(self, lost: asyncio.Event) -> AbstractChannel:
        connection = await self._link.connected()
        async with amqp.answering(self._link, self._deadline):
            channel = await connection.channel(publisher_confirms=False)
            channel.close_callbacks.add(lambda *_: lost.set())
            try:
                await self._consume(channel, lost)
            except BaseException:
                await close(channel)
                raise
        return channel

    async def _consume(self, channel: AbstractChannel, lost: asyncio.Event) -> None:
        self._number += 1
        underlay = await channel.get_underlay_channel()
        underlay.on_consumer_cancel_callbacks.add(lambda _: lost.set())
        await channel.set_qos(prefetch_count=PREFETCH)
        for lane, name in QUEUES.items():
            queue = await channel.get_queue(name, ensure=False)
            await queue.consume(self._receiver(lane, self._number))

    def _receiver(self, lane: Lane, number: int) -> Callable[[AbstractIncomingMessage], Awaitable[None]]:
        async def arrive(message: AbstractIncomingMessage) -> None:
            delivery = Delivery(lane, message.body, message.message_id, number, message, self._restarts.worked)
            self._arrived.put_nowait((_RANK[lane], next(self._order), delivery))

        return arrive
