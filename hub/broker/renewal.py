"""Queues of an earlier version, whose limits stand in their arguments and can never change, are made anew under their
names, one at a time, and nothing in them is lost. Why so: docs/decisions/0052-limits-are-policies.md.

    intake     its messages to come go aside; its readers empty it; it is made anew; what lies aside is brought back
    from-hub   what lies in it is put aside until it is empty, and then it is made anew; what lies aside is brought back
    dead       its readers empty it; it is made anew

Everything can be done again, so a process that dies between two steps leaves the rest to the next: what to do is read
from the broker each time. One process does it at a time, as the broker itself says: who has the exclusive queue
`renewing`, which ends with the connection that all else is done on. A message that comes in while two queues are bound
comes twice, and the inbox knows it; none comes in while none is.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from enum import Enum, auto
from typing import cast

import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import DeliveryError
from aiormq import Channel
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic

from hub.amqp.boundary import as_broker_away
from hub.amqp.connection import Connector, close
from hub.broker.admin import Admin, Depth
from hub.broker.declare import FORGOTTEN, alone, declare_queue
from hub.broker.topology import ASIDE, DEAD, EXCHANGE, FROM_HUB, INTAKE, QUEUES, Limits, Queue, aside, queues
from hub.canonical.codes import Lane
from hub.errors import BrokerAway
from hub.ids import PartnerId
from hub.ports import Clock
from hub.telemetry import LogEvent

_log = structlog.get_logger()
QUIET = 12.0
"""Seconds after which the broker, which counts what is in a queue every five, has counted what was in it since."""
LOOK_EVERY = 1.0
EMPTIED_WITHIN = {INTAKE[Lane.ACUTE]: 60.0, INTAKE[Lane.ROUTINE]: 600.0, DEAD: 60.0}
"""Seconds for its readers; a queue that is not empty by then is left as it was: nothing waits aside for longer."""
PATIENCE = 30.0
"""Seconds for what is done on the connection at once."""
IN_HAND = 500
"""Messages that are put aside at once."""
FIRST = 1_000_000
"""The priority of a reader that gets everything, while it has room for more."""
RETURNED = 1.0
"""Seconds in which a queue takes back what a connection had in hand that was closed."""
_BY_NAME = {queue.name: queue for queue in queues()}
_KEYS = {name: lane.value for lane, queue in INTAKE.items() for name in (queue, ASIDE[queue])}
"""By which the exchange sends messages there; into other queues the hub publishes by their names."""


class Outcome(Enum):
    """What came of it."""

    DONE = auto()
    ANOTHERS = auto()
    """Another process is at it."""
    NOT_EMPTIED = auto()
    """A queue was not emptied in time, and is as it was."""


def unfinished(depths: Mapping[str, Depth]) -> Iterator[str]:
    """The queues that are to be made anew, or were and lack what lies aside; acute first."""
    for name in QUEUES:
        if name not in depths or depths[name].earlier or ASIDE.get(name) in depths:
            yield name


class Renewal:
    """Of the queues of one partner. See `renew`.

    Args:
        user: the hub's own, under which alone it may publish.
        clock: gives the AMQP timestamp of what was put aside.
    """

    def __init__(
        self, connection: AbstractConnection, admin: Admin, partner: PartnerId, user: str, clock: Clock, quiet: float
    ) -> None:
        self._connection = connection
        self._admin = admin
        self._partner = partner
        self._user = user
        self._clock = clock
        self._quiet = quiet

    async def all(self) -> Outcome:
        """Make anew whatever queue has to be."""
        for name in QUEUES:
            began, depths = time.monotonic(), await self._depths()
            if name not in unfinished(depths):
                continue
            gone = name not in depths or (depths[name].earlier and await self._end(name))
            if gone:
                await asyncio.sleep(FORGOTTEN)
                await self._declare(_BY_NAME[name])
                await self._bind(name)
            if ASIDE.get(name) in await self._depths():
                await self._bring_back(name)
            if not gone and depths[name].earlier:
                return Outcome.NOT_EMPTIED
            _log.info(LogEvent.QUEUE_RENEWED, partner=self._partner, queue=name, seconds=time.monotonic() - began)
        return Outcome.DONE

    async def _end(self, name: str) -> bool:
        """The queue goes when all that was in it is decided, or lies aside; whether it did."""
        if name in FROM_HUB.values():
            await self._put_aside(name)
            return True
        if not await self._emptied(name):
            return False
        await self._delete(name)
        return True

    async def _emptied(self, name: str) -> bool:
        """Whether its readers emptied it in time. Into an intake queue nothing comes but what lies aside as well."""
        began = time.monotonic()
        while time.monotonic() - began < EMPTIED_WITHIN[name]:
            if name in ASIDE:
                await self._declare(aside(name))
                await self._bind(ASIDE[name])
                await self._unbind(name)  # each time: a start of `serve` binds it
            if await self._is_empty(name, since=began):
                return True
            await asyncio.sleep(LOOK_EVERY)
        return False

    async def _bring_back(self, name: str) -> None:
        """What lies aside is rejected there: the broker itself takes it to its queue, and keeps it until it arrived."""
        if name in FROM_HUB.values():
            # A client that was reading may not notice that its queue went, but does that its connection did.
            await self._admin.disconnect(self._partner)
        await self._bind(name)
        await self._unbind(ASIDE[name])
        began = time.monotonic()
        while not await self._is_empty(ASIDE[name], since=began):
            await self._reject_all(ASIDE[name])
            await asyncio.sleep(LOOK_EVERY)
        if name in FROM_HUB.values() and not (await self._depths())[name].consumers:
            await self._admin.disconnect(self._partner)  # what had just connected was not listed the first time
        await self._delete(ASIDE[name])

    async def _put_aside(self, name: str) -> None:
        """All that is in it, then the queue itself goes; who publishes to it then hears that it is not there.

        What was confirmed to somebody in that moment has been delivered to us, as the queue's log is one line: what
        comes before its end is put aside too.
        """
        await self._declare(aside(name))
        over = asyncio.Event()
        async with self._channel(on_return_raises=True) as writing, self._channel() as reading:
            to, of = await _underlay(writing), await _underlay(reading)
            arrived = asyncio.Queue[DeliveredMessage]()
            of.on_consumer_cancel_callbacks.add(lambda _: over.set())
            await reading.set_qos(prefetch_count=IN_HAND)
            await of.basic_consume(name, arrived.put, arguments={"x-priority": FIRST})
            await self._admin.disconnect(self._partner)
            await asyncio.sleep(RETURNED)  # what its reader had in hand is back, and goes to us before it
            while not arrived.empty() or await self._ready(name):
                await self._move(arrived, to, ASIDE[name])
            await self._delete(name)
            async with asyncio.timeout(PATIENCE):
                await over.wait()
            await asyncio.sleep(0)  # each delivery comes by a task of its own
            await self._move(arrived, to, ASIDE[name])

    async def _move(self, arrived: "asyncio.Queue[DeliveredMessage]", to: Channel, where: str) -> None:
        messages = [arrived.get_nowait() for _ in range(arrived.qsize())]
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(self._copy(message, to, where) for message in messages))
        except DeliveryError as exc:
            raise BrokerAway("what lies aside is refused") from exc
        for message in messages:
            await message.channel.basic_ack(message.delivery_tag or 0, wait=False)

    async def _copy(self, message: DeliveredMessage, to: Channel, where: str) -> None:
        known = message.header.properties
        properties = Basic.Properties(
            content_type=known.content_type,
            delivery_mode=2,
            message_id=known.message_id,
            timestamp=self._clock(),
            user_id=self._user,
            headers={name: value for name, value in (known.headers or {}).items() if name == "traceparent"},
        )
        await to.basic_publish(message.body, routing_key=where, properties=properties, mandatory=True, wait=False)

    async def _reject_all(self, name: str) -> None:
        async with self._channel() as channel:
            queue = await channel.get_queue(name, ensure=False)
            while (message := await queue.get(fail=False, timeout=PATIENCE)) is not None:
                await message.reject(requeue=False)

    # --- what is asked, and done -------------------------------------------------------------------------------

    async def _depths(self) -> dict[str, Depth]:
        return await self._admin.depths(self._partner)

    async def _is_empty(self, name: str, since: float) -> bool:
        """Certain where nothing comes into it since then (monotonic seconds)."""
        depth = (await self._depths()).get(name)
        if depth is None:
            return True
        counted = depth.counted and not depth.held and time.monotonic() - since >= self._quiet
        return counted and await self._ready(name) == 0

    async def _ready(self, name: str) -> int:
        async with self._channel() as channel:
            return (await channel.declare_queue(name, passive=True)).declaration_result.message_count or 0

    async def _declare(self, queue: Queue) -> None:
        await declare_queue(self._connection, queue)

    async def _delete(self, name: str) -> None:
        async with self._channel() as channel:
            await channel.queue_delete(name)

    async def _bind(self, name: str) -> None:
        if key := _KEYS.get(name):
            async with self._channel() as channel:
                await (await channel.get_queue(name, ensure=False)).bind(EXCHANGE, routing_key=key)

    async def _unbind(self, name: str) -> None:
        if key := _KEYS.get(name):
            async with self._channel() as channel:
                await (await channel.get_queue(name, ensure=False)).unbind(EXCHANGE, routing_key=key)

    @asynccontextmanager
    async def _channel(self, *, on_return_raises: bool = False) -> AsyncIterator[AbstractChannel]:
        """Of its own for each step: an error closes it."""
        channel = await self._connection.channel(on_return_raises=on_return_raises)
        try:
            yield channel
        finally:
            await close(channel)


async def renew(
    connector: Connector, admin: Admin, partner: PartnerId, limits: Limits, clock: Clock, quiet: float = QUIET
) -> Outcome:
    """Make the queues of an earlier version anew; also finish what another process began.

    It takes as long as its readers need to empty the intake, and then some 20 seconds a queue.

    Raises:
        BrokerAway, OperatorError: it could not go on.
    """
    if not [*unfinished(await admin.depths(partner))]:
        return Outcome.DONE
    await admin.limit_queues(partner, limits)
    connection = await connector.open(partner)
    try:
        with as_broker_away():
            if not await alone(connection):
                return Outcome.ANOTHERS
            return await Renewal(connection, admin, partner, connector.user, clock, quiet).all()
    finally:
        await close(connection)


async def _underlay(channel: AbstractChannel) -> Channel:
    return cast(Channel, await channel.get_underlay_channel())
