"""A connection that is there, or is made again: kept by a task of its own, for those who wait for it.

Who reads and publishes much does so on two of them, because of the broker's alarms: when its memory or disk runs short
it stops to listen to every connection that publishes. Acknowledgements on such a connection would be stuck too, and
queues never empty.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from aio_pika.abc import AbstractConnection

from hub.amqp.boundary import as_broker_away
from hub.amqp.connection import Connector, close
from hub.amqp.supervision import forever, patiently
from hub.errors import BrokerAway, BrokerCertificate


class Observer(Protocol):
    """What is told of a link, to say in its own words."""

    def away(self, error: BrokerAway) -> None:
        """One more attempt has failed."""
        ...

    def back(self) -> None:
        """There is a connection."""
        ...

    def crashed(self) -> None:
        """Whoever keeps it met a bug, which is the current exception, and goes on."""
        ...


class Link:
    """One connection to one virtual host, opened anew whenever it is lost, from `start` until `stop`."""

    def __init__(self, connector: Connector, vhost: str, observer: Observer, watch_every: float = 5.0) -> None:
        self.vhost = vhost
        self.blocked = False
        """Whether the broker, short of memory or disk, does not listen; seen within `watch_every` seconds."""
        self.untrusted = False
        """Whether no connection is made for a matter of certificates."""
        self._connector = connector
        self._watch_every = watch_every
        self._connection: AbstractConnection | None = None
        self._ready = asyncio.Event()
        self._lost = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._observer = observer

    @property
    def is_connected(self) -> bool:
        return self._ready.is_set() and self._keeper is not None and not self._keeper.done()

    def start(self) -> None:
        if self._keeper is None:
            self._keeper = asyncio.create_task(forever(self._keep, self._observer.crashed))

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    async def connected(self) -> AbstractConnection:
        """Wait for the connection."""
        await self._ready.wait()
        assert self._connection is not None
        return self._connection

    async def open_to_publish(self) -> AbstractConnection:
        """Wait for the connection, and until the broker listens on it."""
        connection = await self.connected()
        self.blocked = _is_blocked(connection)
        if self.blocked and connection.transport is not None:
            await connection.transport.ready()
            self.blocked = False
        return connection

    def renew(self) -> None:
        """Give the connection up and open another."""
        self._lost.set()

    async def _keep(self) -> None:
        self._connection = await patiently(lambda: self._connector.open(self.vhost), self._failed)
        try:
            self._watch(self._connection)
            await self._until_lost(self._connection)
        finally:
            self._ready.clear()
            self.blocked = False
            await close(self._connection)
        # Not at once: after a restart all partners' connections would come back in the same instant.
        await asyncio.sleep(random.uniform(0.05, 0.5))

    def _watch(self, connection: AbstractConnection) -> None:
        self.untrusted = False
        self._observer.back()
        lost = self._lost = asyncio.Event()
        connection.close_callbacks.add(lambda *_: lost.set())
        if connection.transport is None or connection.transport.connection.is_closed:
            lost.set()
        self._ready.set()

    async def _until_lost(self, connection: AbstractConnection) -> None:
        while not self._lost.is_set():
            self.blocked = _is_blocked(connection)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._watch_every):
                    await self._lost.wait()

    def _failed(self, error: BrokerAway) -> None:
        self.untrusted = isinstance(error, BrokerCertificate)
        self._observer.away(error)


@asynccontextmanager
async def answering(link: Link, seconds: float) -> AsyncIterator[None]:
    """A broker that does not answer on a connection in time may do so on another.

    Raises:
        BrokerAway: it did not, or the connection is lost.
    """
    with as_broker_away():
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError:
            link.renew()
            raise


def _is_blocked(connection: AbstractConnection) -> bool:
    """The client tells of an alarm only by letting `ready` wait: take its first step, and see."""
    if connection.transport is None:
        return False
    waiting = connection.transport.ready().__await__()
    try:
        next(waiting)
    except StopIteration:
        return False
    waiting.close()
    return True
