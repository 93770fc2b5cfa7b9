"""Who publishes and who reads, behind the same few words: the hub, a partner, and the fakes of the lanes' tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Protocol
from uuid import UUID

import aio_pika
from yarl import URL

from hub.amqp.connection import Connector
from hub.broker.consumer import Consumers
from hub.broker.publisher import Publisher
from hub.canonical.codes import Lane
from hub.errors import Unconfirmed
from hub.ids import MessageId, PartnerId
from hub.partner.link import Delivery as Arrived
from hub.partner.link import Link
from hub.ports import Delivery, Outgoing, Properties
from tests.fakes import FakePublisher, FakeQueue
from tests.faults.proxy import Proxy, Way, proxy_to
from tests.integration.broker.rig import WATCH_EVERY, Broker, Partner, eventually
from tests.patience import CEILING

FAKE = PartnerId("partner")
HASTE = 1.0
"""Seconds for a publish that is not to succeed."""


def message_id(number: int) -> MessageId:
    return MessageId(UUID(int=number))


class Publishing(Protocol):
    """One that publishes messages, which go by numbers.

    Attributes:
        copies_wait: for the one before, rather than being refused.
    """

    copies_wait: ClassVar[bool]

    async def publish(self, number: int) -> None: ...

    async def lying(self) -> int:
        """How many the broker has."""
        ...

    async def fill(self) -> None:
        """Until the broker takes no more."""
        ...

    def say_nothing(self) -> None:
        """From now on the broker takes what comes, and its confirms get lost."""
        ...

    def go_away(self) -> None:
        """From now on there is no connection."""
        ...

    def come_back(self) -> None: ...

    def hurry(self, seconds: float) -> None:
        """A publish from now on has so long."""
        ...


async def fill(publish: Callable[[int], Awaitable[None]]) -> None:
    """A queue at its limit lets some more pass before it says so."""
    for number in range(1_000, 1_050):
        try:
            await publish(number)
        except Unconfirmed:
            return
    raise AssertionError


@dataclass
class Wired:
    """By a wire that can be spoiled."""

    broker: Broker
    partner: Partner
    wire: Proxy
    queue: str

    async def lying(self) -> int:
        return await self.broker.ready(self.partner.id, self.queue)

    def say_nothing(self) -> None:
        self.wire.silence(Way.DOWN)

    def go_away(self) -> None:
        self.wire.refuse()

    def come_back(self) -> None:
        self.wire.heal()


@dataclass
class HubPublishing(Wired):
    copies_wait: ClassVar[bool] = False
    publisher: Publisher

    async def publish(self, number: int) -> None:
        await self.publisher.publish(Outgoing(message_id(number), self.partner.id, Lane.ROUTINE, b"x"))

    async def fill(self) -> None:
        await fill(self.publish)

    def hurry(self, seconds: float) -> None:
        self.publisher._deadline = seconds


@dataclass
class PartnerPublishing(Wired):
    copies_wait: ClassVar[bool] = True
    link: Link

    async def publish(self, number: int) -> None:
        await self.link.publish(message_id(number), Lane.ROUTINE, b"x", datetime.now(UTC))

    async def fill(self) -> None:
        await fill(self.publish)

    def hurry(self, seconds: float) -> None:
        self.link._deadline = seconds


@dataclass
class FakePublishing:
    copies_wait: ClassVar[bool] = False
    publisher: FakePublisher = field(default_factory=FakePublisher)
    partner: PartnerId = FAKE

    async def publish(self, number: int) -> None:
        await self.publisher.publish(Outgoing(message_id(number), self.partner, Lane.ROUTINE, b"x"))

    async def lying(self) -> int:
        return len(self.publisher.published)

    async def fill(self) -> None:
        self.publisher.refusing.add(self.partner)

    def say_nothing(self) -> None:
        self.publisher.silent.add(self.partner)

    def go_away(self) -> None:
        self.publisher.away = True

    def come_back(self) -> None:
        self.publisher.away = False
        self.publisher.silent.clear()

    def hurry(self, seconds: float) -> None:
        self.publisher.deadline = seconds


@asynccontextmanager
async def hub_publishing(broker: Broker, partner: Partner) -> AsyncIterator[Publishing]:
    async with proxy_to(broker.addresses.amqp_url) as wire:
        connector = Connector((wire.url,), name="hub under test")
        publisher = Publisher(connector, deadline=CEILING, clock=lambda: datetime.now(UTC), watch_every=WATCH_EVERY)
        yield HubPublishing(broker, partner, wire, "from-hub.regulier", publisher)
        await publisher.stop()


@asynccontextmanager
async def partner_publishing(broker: Broker, partner: Partner) -> AsyncIterator[Publishing]:
    async with proxy_to(partner.url) as wire, Link([wire.url], CEILING) as link:
        yield PartnerPublishing(broker, partner, wire, "intake.regulier", link)


@asynccontextmanager
async def fake_publishing(_broker: Broker, _partner: Partner) -> AsyncIterator[Publishing]:
    yield FakePublishing()


class Reading(Protocol):
    """One that reads messages, which go by numbers."""

    async def bring(self, *numbers: int) -> None: ...

    async def take(self, count: int) -> list[int]: ...

    async def ack(self, *numbers: int) -> None: ...

    async def begin_anew(self) -> None:
        """What is not acknowledged comes again."""
        ...


@dataclass
class HubReading:
    consumers: Consumers
    partner: Partner
    taken: dict[int, Delivery] = field(default_factory=dict)

    async def bring(self, *numbers: int) -> None:
        await self.partner.send_all([str(number).encode() for number in numbers])

    async def take(self, count: int) -> list[int]:
        found = list[int]()
        async with asyncio.timeout(CEILING):
            while len(found) < count:
                for one in await self.consumers.take(count - len(found), 0.005):
                    found.append(int(one.body))
                    self.taken[int(one.body)] = one
        return found

    async def ack(self, *numbers: int) -> None:
        await self.consumers.ack([self.taken[number] for number in numbers])

    async def begin_anew(self) -> None:
        await self.consumers.pause()
        await self.consumers.resume()
        await eventually(lambda: self.consumers.healthy)


@dataclass
class PartnerReading:
    link: Link
    broker: Broker
    partner: Partner
    taken: dict[int, Arrived] = field(default_factory=dict)

    async def bring(self, *numbers: int) -> None:
        connection = await aio_pika.connect(str(URL(self.broker.addresses.amqp_url).with_path(f"/{self.partner.id}")))
        async with connection:
            channel = await connection.channel()
            for number in numbers:
                message = aio_pika.Message(str(number).encode(), delivery_mode=2)
                await channel.default_exchange.publish(message, "from-hub.regulier")

    async def take(self, count: int) -> list[int]:
        found = list[int]()
        async with asyncio.timeout(CEILING):
            while len(found) < count:
                one = await self.link.take()
                found.append(int(one.body))
                self.taken[int(one.body)] = one
        return found

    async def ack(self, *numbers: int) -> None:
        for number in numbers:
            await self.taken[number].ack()

    async def begin_anew(self) -> None:
        self.link.reset()


@dataclass
class FakeReading:
    queue: FakeQueue = field(default_factory=FakeQueue)
    taken: dict[int, Delivery] = field(default_factory=dict)

    async def bring(self, *numbers: int) -> None:
        await self.queue.bring(*(fake_delivery(number) for number in numbers))

    async def take(self, count: int) -> list[int]:
        found = list[int]()
        async with asyncio.timeout(CEILING):
            while len(found) < count:
                for one in await self.queue.take(count - len(found), 0.005):
                    found.append(int(one.body))
                    self.taken[int(one.body)] = one
        return found

    async def ack(self, *numbers: int) -> None:
        await self.queue.ack([self.taken[number] for number in numbers])

    async def begin_anew(self) -> None:
        again = self.queue.unacknowledged
        self.queue.taken.clear()
        await self.queue.bring(*again)


def fake_delivery(number: int) -> Delivery:
    return Delivery(FAKE, Lane.ROUTINE, str(number).encode(), Properties(), 0, object())


@asynccontextmanager
async def hub_reading(broker: Broker, partner: Partner) -> AsyncIterator[Reading]:
    consumers = Consumers(broker.connector, Lane.ROUTINE, prefetch=50, watch_every=WATCH_EVERY)
    await consumers.add(partner.id)
    yield HubReading(consumers, partner)
    await consumers.stop()


@asynccontextmanager
async def partner_reading(broker: Broker, partner: Partner) -> AsyncIterator[Reading]:
    async with Link([partner.url], CEILING) as link:
        yield PartnerReading(link, broker, partner)


@asynccontextmanager
async def fake_reading(_broker: Broker, _partner: Partner) -> AsyncIterator[Reading]:
    yield FakeReading()
