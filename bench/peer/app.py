"""One process of the peer: `python app.py FILE`, until SIGTERM. FILE is what `bench.contenders` wrote.

FastStream as its documentation shows it: a subscriber that acknowledges by hand, a handler that does one message from
beginning to end, in one transaction, with an outbox. Runs in an environment of its own (requirements.txt).
"""

import asyncio
import hashlib
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import uvloop
from faststream import AckPolicy, FastStream
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitMessage, RabbitQueue
from joserfc import jwe, jws
from joserfc.jwk import ECKey
from messages import Event, Receipt
from sqlalchemy import DateTime, LargeBinary, Text, Uuid, func, insert, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

PREFETCH = int(os.environ.get("PEER_PREFETCH", "100"))
POOL = int(os.environ.get("PEER_POOL", "20"))
"""What was tried stands in ../README.md."""
JWE = jwe.JWERegistry(algorithms=["ECDH-ES+A256KW", "A256GCM"])
JWS = jws.JWSRegistry(algorithms=["ES256"])
RECEIPT = "nl.ketenhub.verwerking.ontvangstbevestiging.v1"
LIFETIME = timedelta(days=30)

told: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
decryption, verifying, signing = (ECKey.import_key(told[one]) for one in ("decryption", "verifying", "signing"))
recipients = {name: ECKey.import_key(key) for name, key in told["recipients"].items()}
engine = create_async_engine(told["database"], pool_size=POOL, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
broker = RabbitBroker(
    told["amqp"], default_channel=Channel(prefetch_count=PREFETCH, on_return_raises=True), logger=None
)
app = FastStream(broker, logger=None)
intake = RabbitQueue(told["intake"], queue_type=QueueType.QUORUM, durable=True, declare=False)


class Base(DeclarativeBase):
    pass


class Inbox(Base):
    __tablename__ = "inbox"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner: Mapped[str] = mapped_column(Text)
    message: Mapped[UUID] = mapped_column(Uuid)
    content_hash: Mapped[str] = mapped_column(Text)


class Outbox(Base):
    __tablename__ = "outbox"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    origin: Mapped[UUID] = mapped_column(Uuid)
    partner: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


@broker.subscriber(intake, ack_policy=AckPolicy.MANUAL)
async def handle(body: bytes, message: RabbitMessage) -> None:
    payload = open_sealed(body)
    event = Event.model_validate_json(payload)
    async with sessions() as session:
        answers = await keep(session, event, hashlib.sha256(payload).hexdigest())
    if answers:
        await asyncio.gather(*map(publish, answers))
        async with sessions() as session:
            marked = update(Outbox).where(Outbox.id.in_([one["id"] for one in answers]))
            await session.execute(
                marked.values(published_at=func.now()), execution_options={"synchronize_session": False}
            )
            await session.commit()
    await message.ack()


def open_sealed(body: bytes) -> bytes:
    token = jwe.decrypt_compact(body, decryption, registry=JWE).plaintext
    return jws.deserialize_compact(token or b"", verifying, registry=JWS).payload


def sealed(payload: bytes, partner: str) -> bytes:
    header = {"alg": "ES256", "kid": told["signing"]["kid"], "typ": "ketenhub+jws"}
    token = jws.serialize_compact(header, payload, signing, registry=JWS)
    kid = told["recipients"][partner]["kid"]
    outer = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "kid": kid, "cty": "JWS"}
    return jwe.encrypt_compact(outer, token, recipients[partner], registry=JWE).encode()


async def keep(session: AsyncSession, event: Event, content_hash: str) -> list[dict[str, Any]]:
    """In one transaction, the message and its answers; none if it was here before."""
    id_, now = uuid4(), datetime.now(UTC)
    row = {"id": id_, "partner": told["sender"], "message": event.id, "content_hash": content_hash}
    fresh = await session.execute(pg_insert(Inbox).values(row).on_conflict_do_nothing().returning(Inbox.id))
    if fresh.scalar() is None:
        await session.rollback()
        return []
    receipt = Receipt(bericht=event.id, sha256=content_hash, ontvangenOp=now).model_dump(mode="json", by_alias=True)
    report = event.data.model_dump(mode="json", by_alias=True, exclude_none=True)
    answers = [
        answer(id_, told["sender"], RECEIPT, receipt, now),
        answer(id_, told["triage"], event.type, report, now),
    ]
    await session.execute(insert(Outbox), answers)
    await session.commit()
    return answers


def answer(origin: UUID, partner: str, type_: str, data: dict[str, Any], now: datetime) -> dict[str, Any]:
    id_ = uuid4()
    event = {
        "specversion": "1.0",
        "id": str(id_),
        "source": told["source"],
        "recipient": f"urn:nld:oin:{told['oins'][partner]}",
        "type": type_,
        "time": now.isoformat(),
        "expirytime": (now + LIFETIME).isoformat(),
        "datacontenttype": "application/json",
        "dataschema": f"urn:{type_}",
        "urgentie": "regulier",
        "data": data,
    }
    payload = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    return {"id": id_, "origin": origin, "partner": partner, "type": type_, "payload": payload}


async def publish(row: dict[str, Any]) -> None:
    await broker.publish(
        sealed(row["payload"], row["partner"]),
        queue=told["queues"][row["partner"]],
        mandatory=True,
        persist=True,
        content_type="application/jose",
        message_id=str(row["id"]),
    )


if __name__ == "__main__":
    uvloop.run(app.run())
