"""What only a connection of the hub's own tells: whether the broker takes one, and how many read a queue now, as the
management API answers where the broker does not, and may be seconds behind."""

import asyncio
from collections.abc import Sequence

from aiormq.exceptions import ConnectionNotAllowed

from hub.broker.boundary import as_broker_away
from hub.broker.connection import Connector, close
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


async def readers(connector: Connector, partner: PartnerId, queues: Sequence[str]) -> dict[str, int]:
    """Consumers of these queues, which exist, now.

    Raises:
        BrokerAway: no connection, or no answer in time.
    """
    connection = await connector.open(partner)
    try:
        with as_broker_away():
            async with asyncio.timeout(PATIENCE):
                channel = await connection.channel()
                asked = {name: await channel.declare_queue(name, passive=True) for name in queues}
    finally:
        await close(connection)
    return {name: queue.declaration_result.consumer_count or 0 for name, queue in asked.items()}
