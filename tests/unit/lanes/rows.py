"""Inbox and outbox rows with sane defaults."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from hub.canonical.codes import Lane
from hub.ids import MessageId, PartnerId
from hub.ports import InboxRow, OutboxRow, Sealed

NOW = datetime(2026, 3, 2, 9, 0, 0, 125_000, tzinfo=UTC)
HASH = "3f" * 32


def an_inbox_row(**fields: Any) -> InboxRow:
    defaults: dict[str, Any] = {
        "id": uuid4(),
        "partner": PartnerId("politie-test"),
        "message": MessageId(uuid4()),
        "content_hash": HASH,
        "opened": True,
        "claims_id": True,
        "lane": Lane.ROUTINE,
        "received_at": NOW,
        "type": "nl.ketenhub.meldingen.zorgmelding.v1",
    }
    return InboxRow(**defaults | fields)


def an_outbox_row(**fields: Any) -> OutboxRow:
    defaults: dict[str, Any] = {
        "id": MessageId(uuid4()),
        "partner": PartnerId("vt-test"),
        "lane": Lane.ROUTINE,
        "type": "nl.ketenhub.zaken.stand.v1",
        "sha256": HASH,
        "payload": Sealed(b"", b"", ""),
        "created": NOW,
        "expires": NOW + timedelta(days=30),
        "owes_confirmation": True,
    }
    return OutboxRow(**defaults | fields)
