"""Whether the broker refuses bodies that are too large, and takes those that are not, on each of its nodes.

`max_message_size` stands in each node's own configuration, and no API tells it: so it is tried, in a virtual host of
the hub's own. What is published there has no queue to go to: the broker judges its size, and forgets it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aio_pika import Message
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import ChannelPreconditionFailed

from hub.addresses.broker import broker_address
from hub.amqp.boundary import as_broker_away
from hub.amqp.connection import Connector, close
from hub.broker.admin import Admin
from hub.envelope.policy import FROM_HUB_LIMIT
from hub.errors import BrokerAway
from hub.ids import PartnerId

OWN_VHOST = PartnerId("ketenhub.own")
"""No partner's: an id of a partner has no dot."""
LARGEST = 512 * 1024
"""Bytes of the largest body that the broker should take (docs/runbook.md); none of a message is larger than half."""
PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """What one node of the broker does.

    Attributes:
        node: its host and port.
        refuses_large: a body over `LARGEST`.
        takes_all: a body as large as a message may be.
    """

    node: str
    refuses_large: bool
    takes_all: bool


async def try_sizes(urls: Sequence[str], admin: Admin) -> list[Sizes]:
    """Of the nodes at these URLs, those that answer.

    Raises:
        BrokerAway, OperatorError: the virtual host cannot be made.
    """
    await admin.provide_own(OWN_VHOST)
    found = await asyncio.gather(*(_of_node(url) for url in urls))
    return [one for one in found if one is not None]


async def _of_node(url: str) -> Sizes | None:
    connector = Connector((url,), name="ketenhub sizes", patience=PATIENCE)
    try:
        connection = await connector.open(OWN_VHOST)
        try:
            large = await _is_taken(connection, LARGEST + 1)
            fits = await _is_taken(connection, FROM_HUB_LIMIT)
        finally:
            await close(connection)
    except BrokerAway:
        return None
    return Sizes(node_of(url), refuses_large=not large, takes_all=fits)


def node_of(url: str) -> str:
    """Its host and port."""
    place = broker_address(url).place
    return f"{place.host}:{place.port}"


async def _is_taken(connection: AbstractConnection, size: int) -> bool:
    with as_broker_away():
        async with asyncio.timeout(PATIENCE):
            channel = await connection.channel(publisher_confirms=True, on_return_raises=False)
            try:
                await channel.default_exchange.publish(Message(bytes(size)), "", mandatory=False)
            except ChannelPreconditionFailed:
                return False
            return True
