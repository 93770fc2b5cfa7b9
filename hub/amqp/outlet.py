"""Publishing with a proof: done is what the broker confirmed and did not return.

Always mandatory, so that a missing queue shows; with a deadline, as the client's covers neither the wait for a
connection nor the one while the broker is blocked.

An outcome belongs to a channel. Returns are matched by message id there, so an id is never twice in flight on one
channel; and a channel that did not confirm in time is never used again, as the broker may have stopped to enqueue what
comes in by it. Nor is one that refused: what was first published by it while its queue's leader was on a node just gone
is refused on it for as long as that node is away, and goes through on another. It is retired: those still waiting on it
get their own deadline, then it is closed.
"""

import asyncio
from dataclasses import dataclass
from typing import cast

from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import DeliveryError, PublishError
from aiormq import Channel
from pamqp.commands import Basic

from hub.amqp.boundary import as_broker_away
from hub.amqp.connection import close
from hub.amqp.link import Link
from hub.errors import BrokerAway, Unconfirmed

Properties = Basic.Properties
PERSISTENT = 2
"""The client's own default is not."""
CONTENT_TYPE = "application/jose"
DEAF = 2.0
"""Seconds after which a connection on which no channel opens is given up; heartbeats would take longer to tell."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes; the exchange without a name takes that of a queue."""

    routing_key: str
    exchange: str = ""


@dataclass(slots=True, eq=False)
class _Channel:
    channel: AbstractChannel
    underlay: Channel
    users: int = 0
    retired: bool = False

    @property
    def is_usable(self) -> bool:
        return not self.retired and not self.channel.is_closed

    async def publish(self, body: bytes, to: Address, properties: Properties) -> None:
        self.users += 1
        try:
            # `wait` would be for the socket, not for the confirm; that is awaited in any case.
            await self.underlay.basic_publish(
                body,
                exchange=to.exchange,
                routing_key=to.routing_key,
                properties=properties,
                mandatory=True,
                wait=False,
            )
        except PublishError:  # returned: the channel did as it should
            raise
        except BaseException:
            self.retired = True
            raise
        finally:
            self.users -= 1


class Outlet:
    """One place to publish to: its own channel, and how much may be in flight to it."""

    def __init__(self, link: Link, to: Address, in_flight: int) -> None:
        self._link = link
        self._to = to
        self._room = asyncio.Semaphore(in_flight)
        self._ids: set[str] = set()
        self._opening = asyncio.Lock()
        self._current: _Channel | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def publish(self, body: bytes, properties: Properties, until: float) -> None:
        """Raises `Unconfirmed` or `BrokerAway`; the latter means that it was not sent."""
        id_ = properties.message_id or ""
        if id_ in self._ids:
            raise Unconfirmed("in-flight", "A copy of the message is on its way; its outcome counts.")
        self._ids.add(id_)
        on: _Channel | None = None
        try:
            with as_broker_away():
                async with asyncio.timeout_at(until), self._room:
                    on = await self._usable()
                    await on.publish(body, self._to, properties)
        except PublishError as exc:
            raise Unconfirmed("returned", "The broker has no queue for the message.") from exc
        except DeliveryError as exc:
            raise Unconfirmed("refused", "The broker refused the message; its queue may be full.") from exc
        except BrokerAway as exc:
            if on is None:
                raise
            raise Unconfirmed("no-confirm", "The broker did not confirm the message in time.") from exc
        finally:
            self._ids.discard(id_)
            if on is not None and on.retired and not on.users:
                self._close_later(on.channel)

    async def stop(self) -> None:
        if self._current is not None:
            await close(self._current.channel)
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def _usable(self) -> _Channel:
        await self._link.open_to_publish()
        async with self._opening:
            if self._current is None or not self._current.is_usable:
                self._current = await self._open(await self._link.connected())
            return self._current

    async def _open(self, connection: AbstractConnection) -> _Channel:
        try:
            async with asyncio.timeout(DEAF):
                channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
                return _Channel(channel, cast(Channel, await channel.get_underlay_channel()))
        except TimeoutError:
            self._link.renew()
            raise

    def _close_later(self, channel: AbstractChannel) -> None:
        task = asyncio.create_task(close(channel))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
