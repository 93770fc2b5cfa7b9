"""One queue of one partner, read for as long as it should be.

A reading is a loop: subscribe, hold, end, and again. It ends when the channel or connection is lost, when the broker
cancels the consumer (its queue moved or was deleted), when the broker no longer lists a consumer, or when reading is
paused. Ending closes the channel, so that the broker brings everything
unacknowledged again, here or to another process; what of it still waits here is forgotten. One that ends as soon as it
begins is made anew after longer and longer pauses (`restarts.py`).

The broker is asked by passive declares, on a channel of their own (`Probe`): a call that fails or is cancelled closes
its channel, and with it everything that was delivered on it. A queue whose leader is away says that it has no
consumers at all, so it must say so twice. It counts the readers of all processes: that a queue has none is certain,
that one of several is ours is not; the client's own list of consumers says the rest.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import structlog
from aio_pika.abc import AbstractChannel
from aiormq import Channel
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic

from hub.amqp.connection import CLOSE_PATIENCE, close
from hub.amqp.cutting import CUT
from hub.amqp.link import Link, answering
from hub.amqp.restarts import LONGEST, LONGEST_OF_LIMITED, SOON, Restarts
from hub.amqp.supervision import forever, patiently
from hub.broker.acks import Acks
from hub.broker.topology import DEAD, FROM_HUB, LANE_OF
from hub.canonical.codes import Lane
from hub.errors import BrokerAway
from hub.ids import PartnerId
from hub.ports import Delivery, Properties
from hub.telemetry import LogEvent

_log = structlog.get_logger()

PATIENCE = 10.0
"""Seconds for one call to the broker."""
MISSES = 2
STOPPED, PAUSED, HELD = "stopped", "paused", "held"
OURS = (STOPPED, PAUSED, HELD)
"""Ends that we wanted."""


@dataclass(frozen=True, slots=True)
class Tag:
    """By what a delivery is acknowledged: its own channel, and its number there."""

    reading: "Reading"
    channel: Channel
    number: int


@dataclass(slots=True)
class Subscription:
    channel: AbstractChannel
    underlay: Channel
    consumer: str = ""
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    why: str = ""
    acks: Acks = field(init=False)

    def __post_init__(self) -> None:
        self.acks = Acks(self.underlay, lambda: self.lose("ack-not-written"))

    def lose(self, why: str) -> None:
        if not self.lost.is_set():
            self.why = why
            self.lost.set()


class Probe:
    """Asks how many consumers a queue has."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._channel: AbstractChannel | None = None
        self._one_at_a_time = asyncio.Lock()

    async def consumers(self, queue: str) -> int:
        """Raises `BrokerAway`: no answer, or no such queue."""
        async with self._one_at_a_time:
            try:
                async with answering(self._link, PATIENCE):
                    return await self._ask(queue)
            except BaseException:
                await self.stop()
                raise

    async def stop(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            await close(channel)

    async def _ask(self, queue: str) -> int:
        if self._channel is None or self._channel.is_closed:
            connection = await self._link.connected()
            self._channel = await connection.channel(publisher_confirms=False)
        declared = await self._channel.declare_queue(queue, passive=True)
        return declared.declaration_result.consumer_count or 0


class Reading:
    """See the module. `run` is a task's work; `deliver` is called for each delivery, and must not block.

    Args:
        prefetch: deliveries that a subscription which begins now may have unacknowledged.
        running: cleared while reading is paused.
        forget: is told which channel's deliveries will come again.
    """

    def __init__(
        self,
        link: Link,
        queue: str,
        *,
        prefetch: Callable[[], int],
        running: asyncio.Event,
        deliver: Callable[[Delivery], None],
        forget: Callable[[PartnerId, Channel], None],
        probe: Probe,
        watch_every: float,
    ) -> None:
        self.queue = queue
        self.seen_at: float | None = None
        """When the broker last listed a consumer (monotonic seconds)."""
        self._link = link
        self._prefetch = prefetch
        self._running = running
        self._deliver = deliver
        self._forget = forget
        self._probe = probe
        self._watch_every = watch_every
        self._subscription: Subscription | None = None
        self._ended = asyncio.Event()
        self._ended.set()
        self._restarts = Restarts(LONGEST if queue == DEAD else LONGEST_OF_LIMITED)
        self._lost_at: float | None = None
        self._partner = PartnerId(link.vhost)
        self._log = _log.bind(partner=self._partner)

    @property
    def is_consuming(self) -> bool:
        return self._subscription is not None and not self._subscription.lost.is_set()

    async def run(self) -> None:
        await forever(self._read, lambda: self._log.exception(LogEvent.CRASHED, at="reading"))

    @property
    def is_cut_off(self) -> bool:
        """Whether its subscriptions end as soon as they begin."""
        return self._restarts.pause > 0

    def acknowledge(self, tag: Tag) -> None:
        """Say that a delivery of it is done with, if it came by the subscription there is: else it comes again."""
        subscription = self._subscription
        if subscription is not None and subscription.underlay is tag.channel:
            subscription.acks.say(tag.number)
            if not subscription.lost.is_set():
                self._restarts.worked()

    async def _read(self) -> None:
        narrow = self._restarts.narrow
        if self.is_cut_off:
            self._log.error(LogEvent.CONSUMER_CUT_OFF, queue=self.queue, seconds=self._restarts.pause)
            await asyncio.sleep(self._restarts.pause)
        await self._running.wait()
        window = 1 if narrow else self._prefetch()
        subscription = await patiently(partial(self._subscribe, window), self._report_failure)
        began = time.monotonic()
        try:
            self._report_started()
            async with asyncio.timeout(SOON if narrow else None):
                await self._hold(subscription)
        except TimeoutError:
            subscription.lose(HELD)  # whatever ended the others is not there any more: the next takes more at a time
        finally:
            if subscription.why not in (STOPPED, PAUSED):
                self._restarts.ended(time.monotonic() - began)
            await self._end(subscription)

    def lose(self, why: str) -> None:
        """End the subscription there is; `run` makes another."""
        if self._subscription is not None:
            self._subscription.lose(why)

    async def ended(self) -> None:
        """Wait until nothing is subscribed."""
        await self._ended.wait()

    # --- subscribe ---------------------------------------------------------------------------------------------

    async def _subscribe(self, window: int) -> Subscription:
        connection = await self._link.connected()
        async with answering(self._link, PATIENCE):
            channel = await connection.channel(publisher_confirms=False)
            subscription = Subscription(channel, cast(Channel, await channel.get_underlay_channel()))
            try:
                await self._consume(subscription, window)
            except BaseException:
                await self._end(subscription)
                raise
        self._subscription = subscription
        return subscription

    async def _consume(self, subscription: Subscription, window: int) -> None:
        self._ended.clear()
        channel, underlay = subscription.channel, subscription.underlay
        channel.close_callbacks.add(lambda *_: subscription.lose("channel-closed"))
        underlay.on_consumer_cancel_callbacks.add(lambda _: subscription.lose("cancelled-by-broker"))
        await channel.set_qos(prefetch_count=window)
        # The client runs a callback as a task that ends with the channel: so it only enqueues, and nothing awaits.
        answer = await underlay.basic_consume(self.queue, partial(self._arrive, subscription))
        subscription.consumer = answer.consumer_tag or ""

    async def _arrive(self, subscription: Subscription, message: DeliveredMessage) -> None:
        if self._running.is_set() and not subscription.lost.is_set():
            tag = Tag(self, subscription.underlay, message.delivery_tag or 0)
            self._deliver(read(message, self._partner, self.queue, tag))

    # --- hold --------------------------------------------------------------------------------------------------

    async def _hold(self, subscription: Subscription) -> None:
        misses = 0
        while self._running.is_set() and not subscription.lost.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._watch_every):
                    await subscription.lost.wait()
                    return
            misses = 0 if await self._is_listed(subscription) else misses + 1
            if misses >= MISSES:
                subscription.lose("not-listed")

    async def _is_listed(self, subscription: Subscription) -> bool:
        try:
            consumers = await self._probe.consumers(self.queue)
        except BrokerAway:
            return False
        if consumers == 0 or subscription.consumer not in subscription.underlay.consumers:
            return False
        self.seen_at = time.monotonic()
        return True

    # --- end ---------------------------------------------------------------------------------------------------

    async def _end(self, subscription: Subscription) -> None:
        """Acknowledgements written before are in the same stream, so the broker reads them before it closes."""
        subscription.lose(STOPPED)
        self._report_lost(subscription.why)
        self._subscription = None
        try:
            await subscription.acks.finish(CLOSE_PATIENCE)
            await close(subscription.channel)
        finally:
            self._forget(self._partner, subscription.underlay)
            self._ended.set()

    # --- report ------------------------------------------------------------------------------------------------

    def _report_started(self) -> None:
        self.seen_at = time.monotonic()
        if self._lost_at is None:
            self._log.info(LogEvent.CONSUMER_STARTED, queue=self.queue)
        else:
            self._log.info(LogEvent.CONSUMER_HEALED, queue=self.queue, seconds=self.seen_at - self._lost_at)
        self._lost_at = None

    def _report_failure(self, _: BrokerAway) -> None:
        self._report_lost("not-subscribed")

    def _report_lost(self, why: str) -> None:
        if self._lost_at is None and why not in OURS:
            self._lost_at = time.monotonic()
            self._log.warning(LogEvent.CONSUMER_LOST, queue=self.queue, code=why)


def read(message: DeliveredMessage, partner: PartnerId, queue: str, tag: Tag) -> Delivery:
    """A delivery as the lanes know it. `frames` has left only plain ASCII."""
    properties = message.header.properties
    headers = properties.headers or {}
    origin = headers.get("x-first-death-queue") if queue == DEAD else queue
    cut = message.body.hex() if properties.app_id == CUT else None
    kept = Properties(
        message_id=properties.message_id,
        user_id=properties.user_id,
        content_type=properties.content_type,
        traceparent=_text(headers.get("traceparent")),
    )
    return Delivery(
        partner=partner,
        lane=LANE_OF.get(str(origin), Lane.ROUTINE),
        body=b"" if cut else message.body,
        properties=kept,
        count=_count(message, headers.get("x-delivery-count")),
        tag=tag,
        cut=cut,
        dead=queue == DEAD and not kept.published_by(partner),
        returned=queue in FROM_HUB.values(),
    )


def _count(message: DeliveredMessage, header: object) -> int:
    """From the second delivery on the header is the broker's; on a first one it can be the sender's own invention."""
    if not (isinstance(message.delivery, Basic.Deliver) and message.delivery.redelivered):
        return 0
    return header if isinstance(header, int) and header > 0 else 1


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
