"""The connection to the broker: one that mends itself, publishes with a proof, and brings acute deliveries first.

What bites here, and what is done about it:

- A publish counts only when the broker has confirmed it and did not return it. Two copies of one message in flight on
  one channel would get each other's outcome, so copies of one message go one after the other.
- After a confirm that is late, the channel's state is unknown: the whole connection is replaced.
- A channel that refused is not used again: if the node of its queue's leader was gone when it was first used, it
  refuses until that node is back, while another channel is served.
- A cancelled consumer (its queue moved, its time was up) and a closed channel are reasons to connect anew too.
- The client mixes loss and cancellation: who waits on a connection that is lost may get a `CancelledError`, though
  nobody cancelled the task, or an `Exception` of no kind. It would end, in silence, whoever keeps the connection or
  receives.
- Deliveries that were not acknowledged on an old connection come again on the new one; the old copies are dropped.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, cycle
from typing import Self
from urllib.parse import unquote

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError, DeliveryError, PublishError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential
from yarl import URL

from hub.canonical.codes import Lane
from hub.errors import BrokerAway, Unconfirmed
from hub.ids import MessageId

EXCHANGE = "to-hub"
QUEUES = {Lane.ACUTE: "from-hub.acuut", Lane.ROUTINE: "from-hub.regulier"}
PREFETCH = 100
HEARTBEAT = 30
DEADLINE = 10.0
_RANK = {Lane.ACUTE: 0, Lane.ROUTINE: 1}
_AWAY = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of the broker; `connection` counts the connections so far."""

    lane: Lane
    body: bytes = field(repr=False)
    message_id: str | None
    connection: int
    message: AbstractIncomingMessage = field(repr=False)

    async def ack(self) -> None:
        """Acknowledge; where its connection is gone, it comes again."""
        with contextlib.suppress(*_AWAY), _as_loss():
            await self.message.ack()


@dataclass(slots=True, eq=False)
class _Outgoing:
    """A channel to publish by; once `left`, it is closed when nobody waits on it any more."""

    channel: AbstractChannel
    exchange: AbstractExchange
    users: int = 0
    left: bool = False

    async def publish(self, message: aio_pika.Message, lane: Lane) -> None:
        self.users += 1
        try:
            with _as_loss():
                await self.exchange.publish(message, lane.value, mandatory=True)
        except PublishError:
            raise
        except DeliveryError:
            self.left = True
            raise
        finally:
            self.users -= 1


class Link:
    """One partner's connection; open with `async with`.

    Args:
        urls: of the nodes of one cluster, each with user, password and virtual host; tried in turn, and when a
            connection is lost, from the next one on.
        deadline: seconds for the first connection, and for each publish.
    """

    def __init__(self, urls: Sequence[str], deadline: float = DEADLINE) -> None:
        self._urls = cycle([URL(url).update_query(heartbeat=HEARTBEAT) for url in urls])
        self._user = unquote(URL(urls[0]).user or "")
        self._deadline = deadline
        self._patience = deadline / len(urls)  # a paused node takes connections and answers nothing
        self._number = 0
        self._order = count()
        self._arrived: asyncio.PriorityQueue[tuple[int, int, Delivery]] = asyncio.PriorityQueue()
        self._lost = asyncio.Event()
        self._ready = asyncio.Event()
        self._copies: dict[MessageId, asyncio.Lock] = {}
        self._waiting: Counter[MessageId] = Counter()
        self._outgoing: _Outgoing | None = None
        self._opening = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()
        self._connection: AbstractConnection | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Raises `BrokerAway` when there is no connection within the deadline."""
        try:
            async for attempt in AsyncRetrying(
                wait=_pause(), stop=stop_after_delay(self._deadline), retry=retry_if_exception_type(_AWAY), reraise=True
            ):
                with attempt:
                    await self._attach()
        except _AWAY as exc:
            raise BrokerAway(type(exc).__name__) from exc
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await self._detach()
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def take(self) -> Delivery:
        """The next delivery: an acute one before any routine one that is here."""
        while True:
            _, _, delivery = await self._arrived.get()
            if delivery.connection == self._number:
                return delivery

    async def publish(self, id_: MessageId, lane: Lane, body: bytes, now: datetime) -> None:
        """Publish one message, and wait for the proof that the broker has it.

        Raises:
            Unconfirmed: refused, returned, or not confirmed in time; it may have arrived.
            BrokerAway: no connection within the deadline; it has not.
        """
        message = aio_pika.Message(
            body,
            content_type="application/jose",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=str(id_),
            timestamp=now,
            user_id=self._user,
        )
        async with self._one_copy(id_):
            connection, on = await self._connected(), None
            try:
                async with asyncio.timeout(self._deadline):
                    on = await self._usable(connection)
                    await on.publish(message, lane)
            except PublishError as exc:
                raise Unconfirmed("returned", "The broker has no queue for the message.") from exc
            except DeliveryError as exc:
                raise Unconfirmed("refused", "The broker refused the message; its queue may be full.") from exc
            except _AWAY as exc:
                self.reset()
                raise Unconfirmed("no-confirm", "The broker did not confirm the message; send it again.") from exc
            finally:
                if on is not None and on.left and not on.users:
                    self._close_later(on.channel)

    def reset(self) -> None:
        """Connect anew; what is not acknowledged comes again."""
        self._lost.set()

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

    async def _connected(self) -> AbstractConnection:
        try:
            async with asyncio.timeout(self._deadline):
                await self._ready.wait()
        except TimeoutError as exc:
            raise BrokerAway from exc
        assert self._connection is not None
        return self._connection

    async def _usable(self, connection: AbstractConnection) -> _Outgoing:
        async with self._opening:
            if self._outgoing is None or self._outgoing.left:
                self._outgoing = await self._open(connection, self._lost)
            return self._outgoing

    async def _open(self, connection: AbstractConnection, lost: asyncio.Event) -> _Outgoing:
        with _as_loss():
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            outgoing = _Outgoing(channel, await channel.get_exchange(EXCHANGE, ensure=False))
        channel.close_callbacks.add(lambda *_: None if outgoing.left else lost.set())
        return outgoing

    def _close_later(self, channel: AbstractChannel) -> None:
        task = asyncio.create_task(_close(channel))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _keep(self) -> None:
        while True:
            await self._lost.wait()
            self._ready.clear()
            await self._detach()
            async for attempt in AsyncRetrying(wait=_pause(), retry=retry_if_exception_type(_AWAY)):
                with attempt:
                    await self._attach()

    async def _attach(self) -> None:
        with _as_loss():
            connection = await aio_pika.connect(next(self._urls), timeout=self._patience)
        try:
            async with asyncio.timeout(self._deadline):
                with _as_loss():
                    await self._use(connection)
        except BaseException:
            await _close(connection)
            raise

    async def _use(self, connection: AbstractConnection) -> None:
        lost = asyncio.Event()
        outgoing = await self._open(connection, lost)
        incoming = await connection.channel(publisher_confirms=False)
        self._number += 1
        self._lost, self._outgoing = lost, outgoing
        for part in (connection, incoming):
            part.close_callbacks.add(lambda *_: lost.set())
        await self._consume(incoming, lost)
        self._connection = connection
        self._ready.set()

    async def _consume(self, channel: AbstractChannel, lost: asyncio.Event) -> None:
        await channel.set_qos(prefetch_count=PREFETCH)
        underlay = await channel.get_underlay_channel()
        underlay.on_consumer_cancel_callbacks.add(lambda _: lost.set())
        for lane, name in QUEUES.items():
            queue = await channel.get_queue(name, ensure=False)
            await queue.consume(self._receiver(lane, self._number))

    def _receiver(self, lane: Lane, number: int) -> Callable[[AbstractIncomingMessage], Awaitable[None]]:
        async def arrive(message: AbstractIncomingMessage) -> None:
            delivery = Delivery(lane, message.body, message.message_id, number, message)
            self._arrived.put_nowait((_RANK[lane], next(self._order), delivery))

        return arrive

    async def _detach(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await _close(connection)


async def _close(resource: AbstractConnection | AbstractChannel) -> None:
    with contextlib.suppress(*_AWAY), _as_loss():
        await asyncio.wait_for(resource.close(), 5.0)


@contextmanager
def _as_loss() -> Iterator[None]:
    """Turn a `CancelledError` or a bare `Exception`, by which the client says "lost", into an error that says so."""
    try:
        yield
    except asyncio.CancelledError as exc:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise ConnectionError("connection lost") from exc
    except Exception as exc:
        if type(exc) is not Exception:
            raise
        raise ConnectionError("connection lost") from exc


def _pause() -> wait_random_exponential:
    return wait_random_exponential(multiplier=0.1, max=5.0)
