"""Connections of the hub: one for each partner's virtual host and use (reading, publishing) in each process.

Reading and publishing are apart because of the broker's alarms: when its memory or disk runs short it stops to listen
to every connection that publishes. Acknowledgements on such a connection would be stuck too, and queues never empty.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential
from yarl import URL

from hub.addresses.broker import BrokerAddress, broker_address
from hub.addresses.tls import CertificateProblem, context, refusal, was_ended
from hub.broker.boundary import as_broker_away
from hub.broker.transport import HarmlessConnection
from hub.errors import BrokerAway, BrokerCertificate
from hub.ids import PartnerId
from hub.telemetry import LogEvent

_log = structlog.get_logger()

T = TypeVar("T")
LONGEST_PAUSE = 5.0
CLOSE_PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Connector:
    """Where the broker is, and as whom the hub connects.

    Attributes:
        urls: of the nodes of one cluster, tried in turn.
        chance: begins each connection at another node, so that they are spread; without it, at the first.
        name: shown by the broker beside each connection.
        heartbeat: seconds, where a URL says none; the client gives a connection up after three without a sign of
            life. A batch holds the event loop for tens of milliseconds, so a live process never misses one.
        patience: seconds for an attempt at the last URL.
        patience_before_next: seconds for an attempt while another URL is left: a node that is paused, or hangs, takes
            connections and answers nothing. A slow cluster still has the whole patience of the last.
    """

    urls: tuple[str, ...] = field(repr=False)
    name: str = "ketenhub"
    chance: random.Random | None = field(default=None, repr=False, compare=False)
    heartbeat: int = 15
    patience: float = 10.0
    patience_before_next: float = 3.0

    @property
    def user(self) -> str:
        """The hub's own user."""
        return broker_address(self.urls[0]).user

    async def open(self, partner: PartnerId) -> AbstractConnection:
        """Connect to a partner's virtual host, trying each URL once.

        Raises:
            BrokerAway: none of them answers, or the virtual host is not there.
            BrokerCertificate: and of one of them it is not proved who answers.
        """
        failure = BrokerAway("no address")
        for left, url in zip(reversed(range(len(self.urls))), self._in_turn(), strict=True):
            try:
                with as_broker_away():
                    address = broker_address(url)
                    return await self._open(address, partner, self.patience_before_next if left else self.patience)
            except BrokerAway as error:
                failure = failure if isinstance(failure, BrokerCertificate) else error
        raise failure

    def _in_turn(self) -> Sequence[str]:
        return self.chance.sample(self.urls, len(self.urls)) if self.chance else self.urls

    async def _open(self, address: BrokerAddress, partner: PartnerId, patience: float) -> AbstractConnection:
        heartbeat = str(address.heartbeat or self.heartbeat)
        target = URL.build(
            scheme=address.scheme,
            user=address.user or None,
            password=address.password or None,
            host=address.place.host,
            port=address.place.port,
            path=f"/{partner}",
            query={"heartbeat": heartbeat, "name": self.name, "auth": address.mechanism},
        )
        trusted = context(address.tls) if address.tls else None
        try:
            async with asyncio.timeout(patience):
                return await aio_pika.connect(target, connection_class=HarmlessConnection, ssl_context=trusted)
        except CONNECTION_EXCEPTIONS as error:
            if trusted and was_ended(error) and (found := await refusal(address.place, trusted)):
                raise CertificateProblem(found) from error
            raise


class Link:
    """One connection to one virtual host, opened anew whenever it is lost, from `start` until `stop`."""

    def __init__(self, connector: Connector, partner: PartnerId, watch_every: float = 5.0) -> None:
        self.partner = partner
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
        self._away_since: float | None = None
        self._log = _log.bind(partner=partner)

    @property
    def is_connected(self) -> bool:
        return self._ready.is_set() and self._keeper is not None and not self._keeper.done()

    def start(self) -> None:
        if self._keeper is None:
            self._keeper = asyncio.create_task(forever(self._keep, "link"), name=f"link {self.partner}")

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
        self._connection = await patiently(lambda: self._connector.open(self.partner), self._report_away)
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
        self._report_back()
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

    def _report_away(self, error: BrokerAway) -> None:
        if isinstance(error, BrokerCertificate):
            if not self.untrusted:
                self._log.error(LogEvent.CERTIFICATE_REFUSED, code=error.code, detail=error.problem)
        elif self._away_since is None:
            self._log.warning(LogEvent.BROKER_AWAY, attempt=1)
        self.untrusted = isinstance(error, BrokerCertificate)
        self._away_since = self._away_since or time.monotonic()

    def _report_back(self) -> None:
        self.untrusted = False
        if self._away_since is not None:
            self._log.info(LogEvent.BROKER_BACK, seconds=time.monotonic() - self._away_since)
            self._away_since = None


async def forever(work: Callable[[], Awaitable[None]], at: str) -> None:
    """Do it again and again, whatever comes, until cancelled: nobody would see a supervisor that ended."""
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001  a bug here must not end reading or publishing in silence
            _log.exception(LogEvent.CRASHED, at=at)
            await asyncio.sleep(LONGEST_PAUSE)


async def patiently(attempt: Callable[[], Awaitable[T]], failed: Callable[[BrokerAway], None]) -> T:
    """Try until the broker answers, with longer and longer pauses of random length."""
    retrying = AsyncRetrying(
        wait=wait_random_exponential(multiplier=0.1, max=LONGEST_PAUSE),
        retry=retry_if_exception_type(BrokerAway),
        after=lambda state: failed(_failure(state)),
    )
    async for one in retrying:  # given a plain function that makes an awaitable, tenacity would not await it
        with one:
            result = await attempt()
    return result


def _failure(state: RetryCallState) -> BrokerAway:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, BrokerAway) else BrokerAway()


async def close(resource: AbstractConnection | AbstractChannel) -> None:
    """Close without complaint, and without waiting long for a broker that does not answer."""
    # As a task of its own: cancelled once, the client's close can go on waiting for ever.
    closing = asyncio.ensure_future(resource.close())
    try:
        await asyncio.wait({closing}, timeout=CLOSE_PATIENCE)
    finally:
        for _ in range(2):
            closing.cancel()
            await asyncio.wait({closing}, timeout=0.1)
        if closing.done() and not closing.cancelled():
            closing.exception()


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
