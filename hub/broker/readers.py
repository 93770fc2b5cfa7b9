"""How many read a queue, asked of the queue itself: the management API may be seconds behind."""

import asyncio
from collections.abc import Sequence

from hub.broker.boundary import as_broker_away
from hub.broker.connection import Connector, close
from hub.ids import PartnerId

PATIENCE = 10.0


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
