"""What only a connection of the hub's own tells: whether the broker takes one, how many read a queue now, and how many
messages wait in it. The management API answers where the broker does not, and may be seconds behind, or not there."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiormq.exceptions import ConnectionNotAllowed

from hub.amqp.boundary import as_broker_away
from hub.amqp.connection import Connector, close
from hub.errors import BrokerAway
from hub.ids import PartnerId

PATIENCE = 10.0
NOBODY = PartnerId("")
"""In place of a partner: the broker's own virtual host."""


async def reach(connector: Connector, partner: PartnerId = NOBODY) -> None:
    """Connect to a virtual host, whether or not it is there and the hub is let in: that is said after the login.

    Raises:
        BrokerAway: no address takes a connection of the hub's user.
    """
    try:
        await close(await connector.open(partner))
    except BrokerAway as error:
        if not isinstance(error.__cause__, ConnectionNotAllowed):
            raise


@dataclass(frozen=True, slots=True)
class Told:
    """What a queue says of itself: messages that nobody has in hand, and readers."""

    ready: int
    readers: int


async def told_by(connector: Connector, partner: PartnerId, queues: Sequence[str]) -> Mapping[str, Told]:
    """What these queues, which exist, say now.

    Raises:
        BrokerAway: no connection, no answer in time, or one of them does not exist.
    """
    connection = await connector.open(partner)
    try:
        with as_broker_away():
            async with asyncio.timeout(PATIENCE):
                channel = await connection.channel()
                asked = {name: await channel.declare_queue(name, passive=True) for name in queues}
    finally:
        await close(connection)
    declared = {name: queue.declaration_result for name, queue in asked.items()}
    return {name: Told(one.message_count or 0, one.consumer_count or 0) for name, one in declared.items()}
