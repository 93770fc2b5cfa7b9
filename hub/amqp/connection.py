"""One connection: opened at whichever node answers, with a proof of who that is, and closed without complaint."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from yarl import URL

from hub.addresses.broker import BrokerAddress, broker_address
from hub.addresses.tls import CertificateProblem, context, refusal, was_ended
from hub.amqp.boundary import as_broker_away
from hub.amqp.transport import HarmlessConnection
from hub.errors import BrokerAway, BrokerCertificate

CLOSE_PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Connector:
    """Where the broker is, and as whom to connect.

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
        """As whom; decoded."""
        return broker_address(self.urls[0]).user

    async def open(self, vhost: str) -> AbstractConnection:
        """Connect to a virtual host, trying each URL once.

        Raises:
            BrokerAway: none of them answers, or the virtual host is not there.
            BrokerCertificate: and of one of them it is not proved who answers.
        """
        failure = BrokerAway("no address")
        for left, url in zip(reversed(range(len(self.urls))), self._in_turn(), strict=True):
            try:
                with as_broker_away():
                    address = broker_address(url)
                    return await self._open(address, vhost, self.patience_before_next if left else self.patience)
            except BrokerAway as error:
                failure = failure if isinstance(failure, BrokerCertificate) else error
        raise failure

    def _in_turn(self) -> Sequence[str]:
        return self.chance.sample(self.urls, len(self.urls)) if self.chance else self.urls

    async def _open(self, address: BrokerAddress, vhost: str, patience: float) -> AbstractConnection:
        heartbeat = str(address.heartbeat or self.heartbeat)
        target = URL.build(
            scheme=address.scheme,
            user=address.user or None,
            password=address.password or None,
            host=address.place.host,
            port=address.place.port,
            path=f"/{vhost}",
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
