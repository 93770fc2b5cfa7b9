"""A virtual host of its own for each test, on the real broker, and the partner's side of it."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import aio_pika
import httpx
import pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from yarl import URL

from hub.amqp.connection import Connector
from hub.broker.admin import Admin
from hub.broker.consumer import Consumers
from hub.broker.declare import declare
from hub.broker.publisher import Publisher
from hub.broker.topology import Limits
from hub.canonical.codes import Lane
from hub.ids import MessageId, PartnerId
from hub.local.servers import Addresses
from hub.ports import Delivery, Outgoing
from tests.patience import CEILING

LIMITS = Limits(queue_messages=200, queue_bytes=50_000_000)
WATCH_EVERY = 0.3
PATIENCE = CEILING


@dataclass
class Broker:
    """The broker, seen from outside the hub."""

    addresses: Addresses
    http: httpx.AsyncClient
    made: list[PartnerId] = field(default_factory=list)

    @property
    def connector(self) -> Connector:
        return Connector((self.addresses.amqp_url,), name="hub under test")

    def admin(self) -> Admin:
        return Admin((self.addresses.admin_url,), self.connector.user)

    async def partner(self, limits: Limits = LIMITS) -> "Partner":
        """A partner with everything the hub gives it."""
        partner = self.unprovisioned()
        await self.provision(partner, limits)
        return partner

    def unprovisioned(self) -> "Partner":
        """A partner of which the broker knows nothing."""
        id_, password = PartnerId(f"test-{secrets.token_hex(5)}"), secrets.token_hex(12)
        self.made.append(id_)
        url = URL(self.addresses.amqp_url).with_user(id_).with_password(password).with_path(f"/{id_}")
        return Partner(id_, str(url))

    async def provision(self, partner: "Partner", limits: Limits = LIMITS) -> None:
        async with self.admin() as admin:
            await admin.provision(partner.id, limits, URL(partner.url).password)
        await self.declare(partner)

    async def declare(self, partner: "Partner") -> None:
        await declare(self.connector, partner.id)

    async def connections(self, partner: PartnerId) -> list[dict[str, Any]]:
        return list((await self.http.get(f"/api/vhosts/{partner}/connections")).json())

    async def kill_connections(self, partner: PartnerId) -> bool:
        """Close every connection to the virtual host that the broker lists yet, as an operator would."""
        found = await self.connections(partner)
        for one in found:
            await self.http.delete(f"/api/connections/{one['name']}", headers={"X-Reason": "test"})
        return bool(found)

    async def delete_queue(self, partner: PartnerId, queue: str) -> None:
        (await self.http.delete(f"/api/queues/{partner}/{queue}")).raise_for_status()

    async def ready(self, partner: PartnerId, queue: str) -> int:
        """Messages in the queue that nobody has, as the queue itself counts."""
        connection = await aio_pika.connect(f"{self.addresses.amqp_url}/{partner}")
        async with connection:
            declared = await (await connection.channel()).declare_queue(queue, passive=True)
            return declared.declaration_result.message_count or 0


@contextlib.asynccontextmanager
async def broker_at(addresses: Addresses) -> AsyncIterator[Broker]:
    async with httpx.AsyncClient(base_url=addresses.admin_url, timeout=CEILING) as http:
        broker = Broker(addresses, http)
        yield broker
        for partner in broker.made:
            await http.delete(f"/api/vhosts/{partner}")
            await http.delete(f"/api/users/{partner}")


@dataclass
class Partner:
    """A partner's system: its own user, in its own virtual host."""

    id: PartnerId
    url: str = field(repr=False)

    @contextlib.asynccontextmanager
    async def channel(self) -> AsyncIterator[AbstractChannel]:
        connection = await aio_pika.connect(self.url)
        async with connection:
            yield await connection.channel(on_return_raises=True)

    async def send(self, body: bytes, lane: Lane = Lane.ROUTINE, **properties: Any) -> None:
        await self.send_all([body], lane, **properties)

    async def send_all(self, bodies: list[bytes], lane: Lane = Lane.ROUTINE, **properties: Any) -> None:
        async with self.channel() as channel:
            exchange = await channel.get_exchange("to-hub", ensure=False)
            given = {"user_id": self.id, "delivery_mode": 2, "message_id": str(uuid4())} | properties
            for body in bodies:
                await exchange.publish(aio_pika.Message(body, **given), lane.value)

    async def send_raw(self, body: bytes, routing_key: bytes, properties: dict[str, Any]) -> None:
        """Send with another client, which puts bytes on the wire as they are."""
        await asyncio.to_thread(self._send_raw, body, routing_key, properties)

    def _send_raw(self, body: bytes, routing_key: bytes, properties: dict[str, Any]) -> None:
        connection = pika.BlockingConnection(pika.URLParameters(self.url))
        channel = connection.channel()
        channel.confirm_delivery()
        given = pika.BasicProperties(**properties)
        channel.basic_publish("to-hub", routing_key, body, given, mandatory=True)  # type: ignore[arg-type]
        connection.close()

    async def get(self, lane: Lane = Lane.ROUTINE) -> AbstractIncomingMessage:
        """Read and acknowledge one message of the hub."""
        async with self.channel() as channel:
            queue = await channel.get_queue(f"from-hub.{lane.value}", ensure=False)
            message = await queue.get()
            assert message is not None
            await message.ack()
            return message

    async def give_up(self, lane: Lane = Lane.ROUTINE) -> None:
        """Refuse one message of the hub for good."""
        async with self.channel() as channel:
            queue = await channel.get_queue(f"from-hub.{lane.value}", ensure=False)
            message = await queue.get()
            assert message is not None
            await message.reject(requeue=False)


def new_publisher(
    broker: Broker, deadline: float = PATIENCE, in_flight: int = 100, url: str | None = None
) -> Publisher:
    return Publisher(
        Connector((url,)) if url else broker.connector,
        deadline=deadline,
        clock=lambda: datetime.now(UTC),
        in_flight=in_flight,
        watch_every=WATCH_EVERY,
    )


@contextlib.contextmanager
def hasty(publisher: Publisher, deadline: float = 1.0) -> Iterator[None]:
    """Whose publishes are not to succeed in this block: what is needed before and after them has time."""
    former, publisher._deadline = publisher._deadline, deadline
    yield
    publisher._deadline = former


def outgoing(partner: Partner, body: bytes = b"x", lane: Lane = Lane.ROUTINE, trace: str | None = None) -> Outgoing:
    return Outgoing(MessageId(uuid4()), partner.id, lane, body, trace)


async def reading(consumers: Consumers, *partners: Partner) -> None:
    """Have these partners read, and wait until they are."""
    for partner in partners:
        await consumers.add(partner.id)
    await eventually(lambda: consumers.healthy)


async def take(consumers: Consumers, count: int, most: int = 100) -> list[Delivery]:
    """Take until there are `count`."""
    taken: list[Delivery] = []
    async with asyncio.timeout(CEILING):
        while len(taken) < count:
            taken += await consumers.take(most, 0.005)
    return taken


async def nothing_comes(consumers: Consumers, seconds: float = 0.5) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await consumers.take(1, 0.005)
    except TimeoutError:
        return True
    return False


async def eventually(condition: Callable[[], bool | Awaitable[bool]], every: float = 0.02) -> None:
    """Wait until it holds, or fail."""
    ends = time.monotonic() + CEILING
    while True:
        holds = condition()
        if holds if isinstance(holds, bool) else await holds:
            return
        assert time.monotonic() < ends, "it did not come to pass in time"
        await asyncio.sleep(every)
