"""One process of the floor: `python -m bench.floor FILE`, until SIGTERM. FILE is what `bench.contenders` wrote.

A yardstick, not a hub: it decides nothing, checks no rights, knows no case, retries nothing, and one bad message ends
it. What it does, it does as the hub: batches of 64 in one transaction, the envelope's own functions, one statement a
table, acknowledged after the commit, answers sealed and published with confirms, and then marked in bulk.
"""

import asyncio
import json
import signal
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiormq
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic
from sqlalchemy import Column, DateTime, LargeBinary, MetaData, Table, Text, Uuid, bindparam, func, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from hub.app import runtime
from hub.canonical.codes import Lane
from hub.envelope.at_rest import StorageKey, WrappingKey, keep
from hub.envelope.keys import (
    DecryptionKey,
    EncryptionKey,
    SigningKey,
    VerifyingKey,
    load_decryption_key,
    load_encryption_key,
    load_signing_key,
    load_verifying_key,
)
from hub.envelope.opening import open_envelope
from hub.envelope.policy import TO_HUB_LIMIT
from hub.envelope.ratchet import PeriodKey
from hub.envelope.sealing import seal
from hub.ids import Oin
from hub.schemas.cloudevent import LIFETIME, moment_text, read_event, render
from hub.schemas.message import Direction, wire_type
from hub.schemas.registry import validate
from hub.store.bulk import arrays, insert_rows

BATCH = 64
PREFETCH = 200
AHEAD = 2
"""Batches whose answers may still be on their way while the next one is opened."""
RECEIPT = wire_type("verwerking.ontvangstbevestiging")

inbox = Table(
    "inbox",
    MetaData(),
    Column("id", Uuid),
    Column("partner", Text),
    Column("message", Uuid),
    Column("content_hash", Text),
)
outbox = Table(
    "outbox",
    MetaData(),
    Column("id", Uuid),
    Column("origin", Uuid),
    Column("partner", Text),
    Column("type", Text),
    Column("payload", LargeBinary),
    Column("wrapped_key", LargeBinary),
    Column("published_at", DateTime(timezone=True)),
)
_SAID = [one for one in outbox.c if one.name != "published_at"]
_CLAIM = insert_rows(inbox, list(inbox.c)).on_conflict_do_nothing().returning(inbox.c.id)
_ADD = insert_rows(outbox, _SAID)
_ids = bindparam("ids", type_=ARRAY(Uuid))
_MARK = update(outbox).where(outbox.c.id == _ids.any_()).values(published_at=func.now())


@dataclass(frozen=True, slots=True)
class Keys:
    decryption: DecryptionKey
    verifying: VerifyingKey
    signing: SigningKey
    recipients: dict[str, EncryptionKey]
    storage: WrappingKey


@dataclass(frozen=True, slots=True)
class Answer:
    id: UUID
    origin: UUID
    partner: str
    type: str
    plain: bytes = field(repr=False)


class Floor:
    def __init__(self, told: dict[str, Any], engine: AsyncEngine) -> None:
        self._told = told
        self._engine = engine
        self._sender, self._triage = told["sender"], told["triage"]
        self._keys = Keys(
            load_decryption_key(json.dumps(told["decryption"])),
            load_verifying_key(json.dumps(told["verifying"])),
            load_signing_key(json.dumps(told["signing"])),
            {name: load_encryption_key(json.dumps(jwk)) for name, jwk in told["recipients"].items()},
            PeriodKey.begin().wrapping(StorageKey.new()),
        )
        self._oins = {name: Oin(oin) for name, oin in told["oins"].items()}
        self._arrived: deque[DeliveredMessage] = deque()
        self._news = asyncio.Event()
        self._ahead = asyncio.Semaphore(AHEAD)

    async def run(self) -> None:
        connection = await aiormq.connect(self._told["amqp"])
        self._reading = await connection.channel(publisher_confirms=False)
        self._publishing = await connection.channel(publisher_confirms=True)
        await self._reading.basic_qos(prefetch_count=PREFETCH)
        await self._reading.basic_consume(self._told["intake"], self._arrive)
        async with asyncio.TaskGroup() as tasks:
            while True:
                deliveries = await self._take()
                answers = await self._keep(deliveries)
                # One reader on one channel, in order: "all up to this" is exactly the batch.
                await self._reading.basic_ack(deliveries[-1].delivery_tag or 0, multiple=True, wait=False)
                await self._ahead.acquire()
                tasks.create_task(self._send(answers))

    async def _arrive(self, message: DeliveredMessage) -> None:
        self._arrived.append(message)
        self._news.set()

    async def _take(self) -> list[DeliveredMessage]:
        while not self._arrived:
            self._news.clear()
            await self._news.wait()
        return [self._arrived.popleft() for _ in range(min(BATCH, len(self._arrived)))]

    async def _keep(self, deliveries: Sequence[DeliveredMessage]) -> list[Answer]:
        received, answers = [], []
        for one in deliveries:
            row, two = self._open(one.body)
            received.append(row)
            answers += two
        async with self._engine.begin() as connection:
            await connection.execute(_CLAIM, arrays(list(inbox.c), received))
            await connection.execute(_ADD, arrays(_SAID, map(self._row, answers)))
        return answers

    def _open(self, body: bytes) -> tuple[dict[str, Any], tuple[Answer, Answer]]:
        keys = self._keys
        opened = open_envelope(
            body, decryption=lambda _: keys.decryption, verifying=lambda _: keys.verifying, limit=TO_HUB_LIMIT
        )
        event = read_event(json.loads(opened.payload), Direction.TO_HUB)
        validate(event.type, event.data)
        row = {"id": uuid4(), "partner": self._sender, "message": event.id, "content_hash": opened.sha256}
        now = datetime.now(UTC)
        receipt = {"bericht": str(event.id), "sha256": opened.sha256, "ontvangenOp": moment_text(now)}
        return row, (
            self._answer(row["id"], self._sender, RECEIPT, receipt, now),
            self._answer(row["id"], self._triage, event.type, event.data, now),
        )

    def _answer(self, origin: Any, partner: str, type_: str, data: dict[str, Any], now: datetime) -> Answer:
        id_ = uuid4()
        payload = render(
            id=id_, type=type_, source=self._told["source"], recipient=self._oins[partner], time=now,
            expirytime=now + LIFETIME[Direction.FROM_HUB], urgentie=Lane.ROUTINE, data=data,
        )  # fmt: skip
        return Answer(id_, origin, partner, type_, payload)

    def _row(self, answer: Answer) -> dict[str, Any]:
        kept = keep(answer.plain, key=self._keys.storage, bound_to=b"outbox:" + answer.id.bytes)
        return {
            "id": answer.id, "origin": answer.origin, "partner": answer.partner, "type": answer.type,
            "payload": kept.ciphertext, "wrapped_key": kept.wrapped_key,
        }  # fmt: skip

    async def _send(self, answers: Sequence[Answer]) -> None:
        try:
            await asyncio.gather(*map(self._publish, answers))
            async with self._engine.begin() as connection:
                await connection.execute(_MARK, {"ids": [one.id for one in answers]})
        finally:
            self._ahead.release()

    async def _publish(self, answer: Answer) -> None:
        body = seal(answer.plain, signing=self._keys.signing, recipient=self._keys.recipients[answer.partner])
        properties = Basic.Properties(content_type="application/jose", delivery_mode=2, message_id=str(answer.id))
        queue = self._told["queues"][answer.partner]
        await self._publishing.basic_publish(body, routing_key=queue, properties=properties, mandatory=True, wait=False)


async def main(told: dict[str, Any]) -> None:
    engine = create_async_engine(told["database"], pool_size=AHEAD + 1)
    floor = Floor(told, engine)
    runtime.settle()
    running = asyncio.create_task(floor.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        await engine.dispose()


if __name__ == "__main__":
    runtime.run(main(json.loads(Path(sys.argv[1]).read_text())))
