"""Queues of an earlier version with messages in them, who uses them, and who dies while making them anew."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage

from hub.broker.admin import Depth
from hub.broker.consumer import Consumers
from hub.broker.renewal import Outcome, Renewal, renew, unfinished
from hub.broker.topology import FROM_HUB, INTAKE, LANE_OF, Limits, queues
from hub.canonical.codes import Lane
from hub.errors import BrokerAway, Unconfirmed
from hub.ids import PartnerId
from hub.local.servers import Addresses
from hub.ports import Delivery
from tests.faults.pressure.broker import rabbitmqctl
from tests.integration.broker.rig import LIMITS, Broker, Partner, eventually, new_publisher, outgoing

BEFORE = {
    "x-overflow": "reject-publish",
    "x-max-length": LIMITS.queue_messages,
    "x-max-length-bytes": LIMITS.queue_bytes,
    "x-delivery-limit": 1_000_000,
}
QUIET = 0.6
SENT = {f"{lane.value} {number}".encode() for lane in Lane for number in range(10)}


STEPS = ("_declare", "_bind", "_unbind", "_delete", "_move", "_reject_all")


@contextlib.contextmanager
def counted_soon(servers: Addresses) -> Iterator[None]:
    """The broker counts what is in a new queue five times a second, instead of every five seconds."""
    rabbitmqctl(servers, "eval", "application:set_env(rabbit, quorum_tick_interval, 200).")
    yield
    rabbitmqctl(servers, "eval", "application:set_env(rabbit, quorum_tick_interval, 5000).")


async def as_before(broker: Broker, names: Collection[str]) -> Partner:
    """A partner of whom these queues are of an earlier version."""
    partner = broker.unprovisioned()
    await broker.provision(partner)
    await earlier_queues(broker, partner.id, names)
    return partner


async def earlier_queues(broker: Broker, partner: PartnerId, names: Collection[str]) -> None:
    """Have these queues of the partner, which are empty, be as an earlier version made them."""
    connection = await broker.connector.open(partner)
    async with connection:
        channel = await connection.channel()
        for queue in (one for one in queues() if one.name in names):
            await channel.queue_delete(queue.name)
            arguments = {**queue.arguments, **BEFORE}
            made = await channel.declare_queue(queue.name, durable=True, arguments=arguments)
            for lane, name in INTAKE.items():
                if name == queue.name:
                    await made.bind("to-hub", routing_key=lane.value)


async def renewed(broker: Broker, partner: Partner, limits: Limits = LIMITS) -> Outcome:
    async with broker.admin() as admin:
        return await renew(broker.connector, admin, partner.id, limits, lambda: datetime.now(UTC), QUIET)


async def found(broker: Broker, partner: Partner) -> dict[str, Depth]:
    async with broker.admin() as admin:
        return await admin.depths(partner.id)


@contextlib.asynccontextmanager
async def the_hub_reads(broker: Broker, partner: Partner, *lanes: Lane) -> AsyncIterator[list[Delivery]]:
    """Workers read the intake, and acknowledge what they are given."""
    given: list[Delivery] = []
    readers = [Consumers(broker.connector, lane, prefetch=5, dead=lane is Lane.ACUTE) for lane in lanes]

    async def read(consumers: Consumers) -> None:
        while True:
            taken = await consumers.take(5, 0.005)
            given.extend(taken)
            await consumers.ack(taken)

    for consumers in readers:
        await consumers.add(partner.id)
    tasks = [asyncio.ensure_future(read(one)) for one in readers]
    yield given
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.gather(*(one.stop() for one in readers))


@contextlib.asynccontextmanager
async def the_partner_reads(partner: Partner) -> AsyncIterator[list[bytes]]:
    """As a plain client: it connects again, and notices nothing else."""
    given: list[bytes] = []

    async def take(message: AbstractIncomingMessage) -> None:
        given.append(message.body)
        await message.ack()

    async def connect() -> None:
        closed = asyncio.Event()
        connection = await aio_pika.connect(partner.url)
        connection.close_callbacks.add(lambda *_: closed.set())
        channel = await connection.channel()
        for name in FROM_HUB.values():
            await (await channel.get_queue(name, ensure=False)).consume(take)
        await closed.wait()

    async def read() -> None:
        while True:
            with contextlib.suppress(Exception):
                await connect()
            await asyncio.sleep(0.05)

    task = asyncio.ensure_future(read())
    yield given
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def fill(broker: Broker, partner: Partner) -> None:
    """Ten messages in each queue of the partner."""
    publisher = new_publisher(broker)
    for lane in Lane:
        bodies = sorted(body for body in SENT if body.startswith(lane.value.encode()))
        await partner.send_all(bodies, lane)
        for body in bodies:
            await publisher.publish(outgoing(partner, body, lane))
    await publisher.stop()
    async with partner.channel() as channel:
        exchange = await channel.get_exchange("to-hub", ensure=False)
        dies = aio_pika.Message(b"dies", user_id=partner.id, expiration=0)
        await exchange.publish(dies, Lane.ACUTE.value)


async def broken_off_everywhere(broker: Broker, queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process dies before and after each step under traffic, and the next goes on: nothing is lost."""
    partner = await as_before(broker, [queue])
    died: set[tuple[str, str, str]] = set()
    for name in STEPS:
        monkeypatch.setattr(Renewal, name, dying(name, died))
    await fill(broker, partner)
    traffic = Traffic(broker, partner, LANE_OF.get(queue, Lane.ACUTE))
    async with the_hub_reads(broker, partner, *Lane) as to_hub, the_partner_reads(partner) as to_partner:
        going = [asyncio.ensure_future(traffic.send()), asyncio.ensure_future(traffic.publish())]
        await eventually(lambda: survived(broker, partner))
        traffic.over.set()
        await asyncio.gather(*going)
        assert len(died) >= 4
        assert not [*unfinished(await found(broker, partner))]
        assert min(len(traffic.sent), len(traffic.published)) > 20
        await all_come(lambda: {one.body for one in to_hub}, {*SENT, b"dies", *traffic.sent})
        await all_come(lambda: {*to_partner}, {*SENT, *traffic.published})


async def all_come(given: Callable[[], set[bytes]], wanted: set[bytes]) -> None:
    """Says what is missing."""
    try:
        await eventually(lambda: given() >= wanted)
    except AssertionError:
        raise AssertionError(sorted(wanted - given())) from None


def dying(name: str, died: set[tuple[str, str, str]]) -> Callable[..., Awaitable[None]]:
    step = getattr(Renewal, name)

    async def once(*given: Any) -> None:
        about = next(one for one in (getattr(any_, "name", any_) for any_ in given[1:]) if isinstance(one, str))
        for when in ("before", "after"):
            if when == "after":
                await step(*given)
            if (name, when, about) not in died and not is_in_hand(name, when, about, died):
                died.add((name, when, about))
                raise BrokerAway

    return once


def is_in_hand(name: str, when: str, about: str, died: set[tuple[str, str, str]]) -> bool:
    """What is confirmed in the moment in which a queue to a partner goes is in the hands of who would die: the outbox
    has it still, or who is answered asks again."""
    going = name == "_delete" and when == "after" and about in FROM_HUB.values()
    return going or (name == "_move" and any(one[0] == "_delete" for one in died))


async def survived(broker: Broker, partner: Partner) -> bool:
    try:
        return await renewed(broker, partner) is Outcome.DONE
    except BrokerAway:
        return False


@dataclass
class Traffic:
    """What was confirmed, both ways."""

    broker: Broker
    partner: Partner
    lane: Lane
    sent: set[bytes] = field(default_factory=set)
    published: set[bytes] = field(default_factory=set)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            with contextlib.suppress(Exception):
                await self.partner.send(b"more %d" % number, self.lane)
                self.sent.add(b"more %d" % number)

    async def publish(self) -> None:
        publisher, number = new_publisher(self.broker), 0
        while not self.over.is_set():
            number += 1
            with contextlib.suppress(Unconfirmed, BrokerAway):
                await publisher.publish(outgoing(self.partner, b"more %d" % number, self.lane))
                self.published.add(b"more %d" % number)
            await asyncio.sleep(0.01)
        await publisher.stop()
