"""Publishes to the partners' queues; the only place that publishes what the hub says (`renewal.py` moves messages from
queue to queue, `sizes.py` tries what goes nowhere).

A publish counts as done on the broker's confirm and nothing else: mandatory, so that a missing queue shows; persistent;
with a deadline of its own, as the client's covers neither the wait for a connection nor
the one while the broker is blocked.

An outcome belongs to a channel. Returns are matched by message id there, so an id is never twice in flight on one
channel; and a channel that did not confirm in time is never used again, as the broker may have stopped to enqueue what
comes in by it. Nor is one that refused: what was first published by it while its queue's leader was on a node just gone
is refused on it for as long as that node is away, and goes through on another. It is retired: those still waiting on it
get their own deadline, then it is closed.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import DeliveryError, PublishError
from aiormq import Channel
from pamqp.commands import Basic

from hub.broker.boundary import as_broker_away
from hub.broker.connection import Connector, Link, close
from hub.broker.topology import FROM_HUB
from hub.canonical.codes import Lane
from hub.errors import BrokerAway, Unconfirmed
from hub.ids import PartnerId
from hub.ports import Clock, Outgoing

Properties = Basic.Properties
PERSISTENT = 2
"""The client's own default is not."""
CONTENT_TYPE = "application/jose"
DEAF = 2.0
"""Seconds after which a connection on which no channel opens is given up; heartbeats would take longer to tell."""


@dataclass(frozen=True, slots=True)
class OutletReport:
    """How publishing to one partner goes; `blocked`: the broker is short of memory or disk."""

    connected: bool
    blocked: bool


@dataclass(slots=True, eq=False)
class _Channel:
    channel: AbstractChannel
    underlay: Channel
    users: int = 0
    retired: bool = False

    @property
    def is_usable(self) -> bool:
        return not self.retired and not self.channel.is_closed

    async def publish(self, body: bytes, queue: str, properties: Properties) -> None:
        self.users += 1
        try:
            # `wait` would be for the socket, not for the confirm; that is awaited in any case.
            await self.underlay.basic_publish(
                body, routing_key=queue, properties=properties, mandatory=True, wait=False
            )
        except PublishError:  # returned: the channel did as it should
            raise
        except BaseException:
            self.retired = True
            raise
        finally:
            self.users -= 1


class Outlet:
    """One partner's queue of one lane: its own channel, and how much of it may be in flight."""

    def __init__(self, link: Link, queue: str, in_flight: int) -> None:
        self._link = link
        self._queue = queue
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
                    await on.publish(body, self._queue, properties)
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


class Publisher:
    """`ports.Publisher`, with one connection a partner, opened when it is first needed.

    Args:
        deadline: seconds, for everything a publish waits for.
        clock: gives the AMQP timestamp.
        in_flight: unconfirmed publishes a partner and lane; more wait for their turn.
    """

    def __init__(
        self, connector: Connector, *, deadline: float, clock: Clock, in_flight: int = 100, watch_every: float = 5.0
    ) -> None:
        self._connector = connector
        self._user = connector.user
        self._deadline = deadline
        self._clock = clock
        self._in_flight = in_flight
        self._watch_every = watch_every
        self._links: dict[PartnerId, Link] = {}
        self._outlets: dict[tuple[PartnerId, Lane], Outlet] = {}

    async def publish(self, message: Outgoing) -> None:
        until = asyncio.get_running_loop().time() + self._deadline
        await self._outlet(message.partner, message.lane).publish(message.body, self._properties(message), until)

    async def remove(self, partner: PartnerId) -> None:
        """Close the partner's connection; a later publish opens another."""
        outlets = [self._outlets.pop((partner, lane), None) for lane in Lane]
        await asyncio.gather(*(outlet.stop() for outlet in outlets if outlet is not None))
        link = self._links.pop(partner, None)
        if link is not None:
            await link.stop()

    async def stop(self) -> None:
        await asyncio.gather(*(self.remove(partner) for partner in tuple(self._links)))

    def report(self) -> Mapping[PartnerId, OutletReport]:
        return {partner: OutletReport(link.is_connected, link.blocked) for partner, link in self._links.items()}

    def _outlet(self, partner: PartnerId, lane: Lane) -> Outlet:
        key = (partner, lane)
        if key not in self._outlets:
            self._outlets[key] = Outlet(self._link(partner), FROM_HUB[lane], self._in_flight)
        return self._outlets[key]

    def _link(self, partner: PartnerId) -> Link:
        if partner not in self._links:
            self._links[partner] = link = Link(self._connector, partner, self._watch_every)
            link.start()
        return self._links[partner]

    def _properties(self, message: Outgoing) -> Properties:
        return Properties(
            content_type=CONTENT_TYPE,
            delivery_mode=PERSISTENT,
            message_id=str(message.id),
            timestamp=self._clock(),
            user_id=self._user,
            headers={"traceparent": message.traceparent} if message.traceparent else None,
        )
