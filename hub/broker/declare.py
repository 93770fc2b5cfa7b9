"""Make the exchange, queues and bindings of a partner's virtual host as the topology says; again changes nothing."""

import asyncio
import re
import time

import structlog
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import ChannelPreconditionFailed

from hub.broker.boundary import as_broker_away
from hub.broker.connection import Connector, close
from hub.broker.topology import EARLIER, EXCHANGE, INTAKE, Queue, queues
from hub.errors import OperatorError
from hub.ids import PartnerId
from hub.telemetry import LogEvent

_log = structlog.get_logger()
_INEQUIVALENT = re.compile(r"inequivalent arg '([a-z-]+)' for (exchange|queue) '([a-z.-]+)'")
PATIENCE = 30.0


async def declare(connector: Connector, partner: PartnerId) -> None:
    """Apply the topology to a virtual host that exists (`Admin.provision`).

    A queue of an earlier version stays as it is: `renewal.py` makes it anew.

    Raises:
        OperatorError: a queue or the exchange is there with other arguments, which the broker cannot change.
        BrokerAway: no connection, or no answer in time.
    """
    began = time.monotonic()
    connection = await connector.open(partner)
    try:
        with as_broker_away():
            async with asyncio.timeout(PATIENCE):
                await _declare_all(connection, partner)
    finally:
        await close(connection)
    _log.info(LogEvent.TOPOLOGY_APPLIED, partner=partner, seconds=time.monotonic() - began)


async def _declare_all(connection: AbstractConnection, partner: PartnerId) -> None:
    try:
        channel = await connection.channel()
        await channel.declare_exchange(EXCHANGE, "direct", durable=True)
        for queue in queues():
            await declare_queue(connection, queue)
        for lane, name in INTAKE.items():
            await (await channel.get_queue(name, ensure=False)).bind(EXCHANGE, routing_key=lane.value)
    except ChannelPreconditionFailed as exc:
        raise _mismatch(str(exc), partner) from exc


async def declare_queue(connection: AbstractConnection, queue: Queue) -> None:
    """Make it, unless one of an earlier version is there.

    Raises:
        ChannelPreconditionFailed: it is there with other arguments.
    """
    channel = await connection.channel()
    try:
        await channel.declare_queue(queue.name, durable=True, arguments=dict(queue.arguments))
    except ChannelPreconditionFailed as exc:  # it has closed the channel
        found = _INEQUIVALENT.search(str(exc))
        if found is None or found[1] not in EARLIER:
            raise
    else:
        await channel.close()


def _mismatch(reply: str, partner: PartnerId) -> OperatorError:
    """The broker compares every argument, and names the first that differs."""
    found = _INEQUIVALENT.search(reply)
    if found is None:
        return OperatorError("topology-refused", f"the broker refuses the topology of {partner}: see the broker's log")
    argument, kind, name = found.groups()
    return OperatorError(
        "topology-differs",
        f"{kind} {name} of {partner} exists with another {argument} than the hub makes it with: "
        f"delete the {kind} once it is empty and apply the topology again",
    )
