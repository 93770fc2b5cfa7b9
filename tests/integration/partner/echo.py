"""One partner's virtual host on a real broker, as docs/contract.md lists it, and a stand-in for the hub behind it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import aio_pika
import httpx
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from hub.envelope import keys
from hub.envelope.hashes import sha256_hex
from hub.envelope.opening import open_envelope
from hub.envelope.policy import TO_HUB_LIMIT
from hub.errors import Rejection
from hub.local.servers import Addresses
from tests.patience import CEILING
from tests.unit.partner.kit import HUB_KEYS, PARTNER_KEYS, id_of, said, sealed

PATIENCE = CEILING
QUEUES = ("intake.acuut", "intake.regulier", "from-hub.acuut", "from-hub.regulier")


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition of this process; fails after `PATIENCE` seconds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - a condition of many sources
            await asyncio.sleep(0.02)


class Host:
    """The virtual host of partner `politie`; `amqp` is what the partner is given."""

    def __init__(self, servers: Addresses, limit: int = 1000) -> None:
        self.name = f"politie-{uuid4().hex[:8]}"
        self._admin = httpx.AsyncClient(base_url=f"{servers.admin_url}/api", timeout=CEILING)
        amqp = urlsplit(servers.amqp_url)
        self.amqp = f"amqp://{self.name}:geheim@{amqp.hostname}:{amqp.port}/{self.name}"
        self.hub_amqp = f"{servers.amqp_url}/{self.name}"
        self._limit = limit

    async def make(self) -> None:
        await self._put(f"vhosts/{self.name}", {})
        await self._put(f"users/{self.name}", {"password": "geheim", "tags": ""})
        least = {"configure": "^$", "write": "^to-hub$", "read": r"^from-hub\.(acuut|regulier)$"}
        await self._put(f"permissions/{self.name}/{self.name}", least)
        await self._put(f"exchanges/{self.name}/to-hub", {"type": "direct", "durable": True})
        arguments = {"x-queue-type": "quorum", "x-overflow": "reject-publish", "x-max-length": self._limit}
        for queue in QUEUES:
            await self._put(f"queues/{self.name}/{queue}", {"durable": True, "arguments": arguments})
        for lane in ("acuut", "regulier"):
            await self.bind(lane)

    async def bind(self, lane: str) -> None:
        path = f"bindings/{self.name}/e/to-hub/q/intake.{lane}"
        (await self._admin.post(path, json={"routing_key": lane})).raise_for_status()

    async def unbind(self, lane: str) -> None:
        (await self._admin.delete(f"bindings/{self.name}/e/to-hub/q/intake.{lane}/{lane}")).raise_for_status()

    async def cut(self) -> None:
        """Close the partner's connections from the broker's side; once there are any."""
        async with asyncio.timeout(PATIENCE):
            while not (open_ := await self._connections()):  # noqa: ASYNC110 - the broker lists them late
                await asyncio.sleep(0.1)
        for name in open_:
            await self._admin.delete(f"connections/{name}")

    async def remove(self) -> None:
        await self._admin.delete(f"vhosts/{self.name}")
        await self._admin.delete(f"users/{self.name}")
        await self._admin.aclose()

    async def _connections(self) -> list[str]:
        listed = (await self._admin.get(f"vhosts/{self.name}/connections")).json()
        return [one["name"] for one in listed if one.get("user") == self.name]

    async def _put(self, path: str, body: dict[str, Any]) -> None:
        (await self._admin.put(path, json=body)).raise_for_status()


@dataclass
class Got:
    """What the stand-in got: the AMQP message, and the event if it could open it."""

    message: AbstractIncomingMessage
    event: dict[str, Any] | None
    sha256: str


@dataclass
class EchoHub:
    """Opens what comes in, keeps it, and answers every message but `verwerkt` with a receipt while `answers`."""

    channel: AbstractChannel
    answers: bool = True
    got: list[Got] = field(default_factory=list)

    def events(self, name: str) -> list[dict[str, Any]]:
        return [one.event for one in self.got if one.event and one.event["type"] == f"nl.ketenhub.{name}.v1"]

    def confirmed(self, id_: UUID) -> list[str]:
        """Every `resultaat` that the partner gave for this message."""
        told = (event["data"] for event in self.events("verwerking.verwerkt"))
        return [data["resultaat"] for data in told if data["bericht"] == str(id_)]

    async def take(self, message: AbstractIncomingMessage) -> None:
        try:
            payload = self._open(message.body)
        except Rejection:
            self.got.append(Got(message, None, sha256_hex(message.body)))
        else:
            event = json.loads(payload)
            self.got.append(Got(message, event, sha256_hex(payload)))
            if self.answers and event["type"] != "nl.ketenhub.verwerking.verwerkt.v1":
                await self.say(receipt_for(event, sha256_hex(payload)))
        await message.ack()

    async def say(self, payload: bytes, lane: str = "regulier") -> UUID:
        await self.put(sealed(payload), id_of(payload), lane)
        return id_of(payload)

    async def put(self, body: bytes, message_id: object, lane: str = "regulier") -> None:
        message = aio_pika.Message(body, message_id=str(message_id), delivery_mode=2, content_type="application/jose")
        await self.channel.default_exchange.publish(message, f"from-hub.{lane}")

    def _open(self, body: bytes) -> bytes:
        decryption = keys.load_decryption_key(HUB_KEYS.encryption)
        verifying = keys.load_verifying_key(keys.public(PARTNER_KEYS.signing))
        opened = open_envelope(
            body,
            decryption={decryption.kid: decryption}.get,
            verifying={verifying.kid: verifying}.get,
            limit=TO_HUB_LIMIT,
        )
        return opened.payload


def receipt_for(event: dict[str, Any], sha256: str) -> bytes:
    """The same receipt for the same message."""
    data = {
        "bericht": event["id"],
        "sha256": sha256,
        "ontvangenOp": event["time"],
        "referentie": event["id"],
        "journaal": "ab" * 32,
    }
    time = datetime(2026, 3, 2, tzinfo=UTC)
    name = "verwerking.ontvangstbevestiging"
    return said(name, data, id=UUID(int=UUID(event["id"]).int ^ 1), time=time, expirytime=time + timedelta(days=30))


@asynccontextmanager
async def echo_hub(host: Host) -> AsyncIterator[EchoHub]:
    connection = await aio_pika.connect(host.hub_amqp)
    async with connection:
        hub = EchoHub(await connection.channel(on_return_raises=True))
        for lane in ("acuut", "regulier"):
            queue = await hub.channel.get_queue(f"intake.{lane}")
            await queue.consume(hub.take)
        yield hub
