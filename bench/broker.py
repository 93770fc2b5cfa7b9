"""What the bench does at the broker besides what it measures: virtual hosts, queues, filling and emptying them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import aio_pika
import httpx
from aio_pika.abc import AbstractChannel

from bench.work import Sealed
from hub.broker.topology import Limits, policies, queues

IN_FLIGHT = 200
"""Unconfirmed publishes while a queue is filled."""


@asynccontextmanager
async def channel(url: str, vhost: str | None = None) -> AsyncIterator[AbstractChannel]:
    """A channel with confirms. Args: vhost: another than the URL's."""
    connection = await aio_pika.connect(url if vhost is None else at_vhost(url, vhost))
    async with connection:
        yield await connection.channel(publisher_confirms=True, on_return_raises=True)


def at_vhost(url: str, vhost: str) -> str:
    parts = urlsplit(url)
    return parts._replace(path=f"/{quote(vhost, safe='')}").geturl()


async def make_vhost(admin_url: str, amqp_url: str, vhost: str, names: Sequence[str], limits: Limits) -> None:
    """A virtual host with quorum queues that have the same arguments and limits as those of the hub's partners."""
    parts = urlsplit(admin_url)
    user, password = parts.username or "", parts.password or ""
    base = parts._replace(netloc=f"{parts.hostname}:{parts.port}").geturl()
    async with httpx.AsyncClient(base_url=base, auth=(user, password)) as client:
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        (await client.put(f"/api/vhosts/{vhost}")).raise_for_status()
        (await client.put(f"/api/permissions/{vhost}/{quote(user, safe='')}", json=everything)).raise_for_status()
        *_, policy = policies(limits)
        said = {"pattern": "", "definition": dict(policy.definition), "apply-to": "queues"}
        (await client.put(f"/api/policies/{vhost}/{policy.name}", json=said)).raise_for_status()
    arguments = {**queues()[0].arguments}
    async with channel(amqp_url, vhost) as opened:
        for name in names:
            await opened.declare_queue(name, durable=True, arguments=arguments)


async def version(admin_url: str) -> str:
    parts = urlsplit(admin_url)
    base = parts._replace(netloc=f"{parts.hostname}:{parts.port}").geturl()
    async with httpx.AsyncClient(base_url=base, auth=(parts.username or "", parts.password or "")) as client:
        found = (await client.get("/api/overview")).raise_for_status()
    return str(found.json()["rabbitmq_version"])


async def fill(url: str, exchange: str, key: str, messages: Sequence[Sealed]) -> None:
    """Publish these, each confirmed, as a partner does."""
    async with filling(url, exchange) as publish:
        await publish(key, messages)


@asynccontextmanager
async def filling(url: str, exchange: str) -> AsyncIterator[Callable[[str, Sequence[Sealed]], Awaitable[None]]]:
    """The same, many times over one connection: a function of routing key and messages."""
    room, user = asyncio.Semaphore(IN_FLIGHT), urlsplit(url).username
    async with channel(url) as opened:
        target = await opened.get_exchange(exchange, ensure=False) if exchange else opened.default_exchange

        async def one(key: str, message: Sealed) -> None:
            async with room:
                await target.publish(outgoing(message, user), key, mandatory=True)

        async def publish(key: str, messages: Sequence[Sealed]) -> None:
            await asyncio.gather(*(one(key, message) for message in messages))

        yield publish


def outgoing(message: Sealed, user: str | None) -> aio_pika.Message:
    return aio_pika.Message(
        message.body,
        content_type="application/jose",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=str(message.id),
        timestamp=datetime.now(UTC),
        user_id=user,
    )


async def depth(url: str, vhost: str, queue: str) -> int:
    """How many messages are ready."""
    async with channel(url, vhost) as opened:
        declared = await opened.declare_queue(queue, passive=True)
    return declared.declaration_result.message_count or 0


async def empty(url: str, vhost: str, names: Sequence[str]) -> None:
    async with channel(url, vhost) as opened:
        for name in names:
            await (await opened.get_queue(name, ensure=False)).purge()


async def first(url: str, vhost: str, queue: str, most: int) -> list[bytes]:
    """The first bodies of a queue, which are then gone from it."""
    async with channel(url, vhost) as opened:
        reading = await opened.get_queue(queue, ensure=False)
        found = [await reading.get(no_ack=True, fail=False) for _ in range(most)]
    return [one.body for one in found if one is not None]
