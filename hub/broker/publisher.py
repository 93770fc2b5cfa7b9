"""Publishes to the partners' queues; the only place that publishes what the hub says (`renewal.py` moves messages from
queue to queue, `sizes.py` tries what goes nowhere).

What a proof is, and what a channel does after one that did not come: `hub/amqp/outlet.py`.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from hub.amqp.connection import Connector
from hub.amqp.link import Link
from hub.amqp.outlet import CONTENT_TYPE, PERSISTENT, Address, Outlet, Properties
from hub.broker.link_log import LinkLog
from hub.broker.topology import FROM_HUB
from hub.canonical.codes import Lane
from hub.ids import PartnerId
from hub.ports import Clock, Outgoing


@dataclass(frozen=True, slots=True)
class OutletReport:
    """How publishing to one partner goes; `blocked`: the broker is short of memory or disk."""

    connected: bool
    blocked: bool


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
            self._outlets[key] = Outlet(self._link(partner), Address(FROM_HUB[lane]), self._in_flight)
        return self._outlets[key]

    def _link(self, partner: PartnerId) -> Link:
        if partner not in self._links:
            self._links[partner] = link = Link(self._connector, partner, LinkLog(partner), self._watch_every)
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
