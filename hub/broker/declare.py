"""Make the exchange, queues and bindings of a partner's virtual host as the topology says; again changes nothing."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed
from aiormq.exceptions import ChannelLockedResource

from hub.amqp.boundary import as_broker_away
from hub.amqp.connection import Connector, close
from hub.broker.topology import EARLIER, EXCHANGE, INTAKE, Queue, queues
from hub.errors import OperatorError
from hub.ids import PartnerId
from hub.telemetry import LogEvent

_log = structlog.get_logger()
_INEQUIVALENT = re.compile(r"inequivalent arg '([a-z-]+)' for (exchange|queue) '([a-z.-]+)'")
PATIENCE = 30.0
_LOCK = "renewing"
FORGOTTEN = 3.0
"""Seconds in which the channels that read a queue hear that it went. Where it is there again before that, RabbitMQ 3.10
lists them as its readers, tells them nothing, and what it gives them comes to nobody."""


async def declare(connector: Connector, partner: PartnerId) -> None:
    """Apply the topology to a virtual host that exists (`Admin.provision`).

    A queue of an earlier version stays as it is: `renewal.py` makes it anew, and while it is at it leaves none out. Any
    other that is missing may have gone a moment ago: it stays gone for long enough that its readers hear of it.

    Raises:
        OperatorError: a queue or the exchange is there with other arguments, which the broker cannot change.
        BrokerAway: no connection, or no answer in time.
    """
    began = time.monotonic()
    connection = await connector.open(partner)
    try:
        with as_broker_away():
            async with asyncio.timeout(PATIENCE):
                if not await _alone_soon(connection):
                    return
                await _declare_all(connection, partner)
                await let_others(connection)
    finally:
        await close(connection)
    _log.info(LogEvent.TOPOLOGY_APPLIED, partner=partner, seconds=time.monotonic() - began)


async def _declare_all(connection: AbstractConnection, partner: PartnerId) -> None:
    try:
        is_known = await _is_there(connection, lambda channel: channel.get_exchange(EXCHANGE))
        channel = await connection.channel()
        await channel.declare_exchange(EXCHANGE, "direct", durable=True)
        for queue in queues():
            if is_known and not await _is_there(connection, partial(_passively, queue.name)):
                await asyncio.sleep(FORGOTTEN)
            await declare_queue(connection, queue)
        for lane, name in INTAKE.items():
            await (await channel.get_queue(name, ensure=False)).bind(EXCHANGE, routing_key=lane.value)
    except ChannelPreconditionFailed as exc:
        raise _mismatch(str(exc), partner) from exc


async def alone(connection: AbstractConnection) -> bool:
    """Whether nobody else makes queues there, as the broker itself says: from now on until this connection ends, or
    `let_others`."""
    channel = await connection.channel()
    try:
        await channel.declare_queue(_LOCK, exclusive=True, arguments={"x-queue-type": "classic"})
    except ChannelLockedResource:  # it has closed the channel
        return False
    return True


async def let_others(connection: AbstractConnection) -> None:
    channel = await connection.channel()
    await channel.queue_delete(_LOCK)
    await channel.close()


async def _alone_soon(connection: AbstractConnection) -> bool:
    """Waits for another start: a renewal takes longer."""
    until = time.monotonic() + FORGOTTEN
    while not await alone(connection):
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.1)
    return True


async def _is_there(connection: AbstractConnection, ask: Callable[[AbstractChannel], Awaitable[object]]) -> bool:
    channel = await connection.channel()
    try:
        await ask(channel)
    except ChannelNotFoundEntity:  # it has closed the channel
        return False
    await channel.close()
    return True


async def _passively(name: str, channel: AbstractChannel) -> None:
    await channel.get_queue(name)


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
