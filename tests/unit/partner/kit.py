"""A partner and a hub, each with keys, and messages between them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from hub.canonical.codes import Lane
from hub.canonical.partners import Role, Suite
from hub.envelope import keys
from hub.envelope.sealing import seal
from hub.ids import Oin, PartnerId
from hub.partner import profile
from hub.partner.profile import Profile
from hub.schemas.cloudevent import render, source_of
from hub.schemas.message import wire_type

HUB_OIN = Oin("00000099000000000000")
OIN = Oin("00000099000000001000")
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

HUB_KEYS = keys.generate(Suite.S1)
PARTNER_KEYS = keys.generate(Suite.S1)


def hub_json(amqp: str = "amqp://politie:geheim@127.0.0.1:5672/politie") -> dict[str, Any]:
    """What `ketenhub partner add` prints."""
    return {
        "amqp": amqp,
        "hubOin": HUB_OIN,
        "hubSig": json.loads(keys.public(HUB_KEYS.signing)),
        "hubEnc": json.loads(keys.public(HUB_KEYS.encryption)),
    }


def enrolled(folder: Path, hub: dict[str, Any] | None = None) -> Profile:
    profile.save_keys(folder, PARTNER_KEYS)
    profile.enrol(folder, PartnerId("politie"), OIN, Role.POLICE, hub or hub_json())
    return profile.load(folder)


def said(name: str, said_data: dict[str, Any], **changes: Any) -> bytes:
    """The payload of a message of the hub to the partner."""
    event: dict[str, Any] = {
        "id": uuid4(),
        "type": wire_type(name),
        "source": source_of(HUB_OIN, "ketenhub"),
        "recipient": OIN,
        "time": NOW,
        "expirytime": NOW + timedelta(days=30),
        "urgentie": Lane.ROUTINE,
        "data": said_data,
    }
    return render(**(event | changes))


def sealed(payload: bytes) -> bytes:
    """In the hub's envelope for the partner."""
    signing = keys.load_signing_key(HUB_KEYS.signing)
    recipient = keys.load_encryption_key(keys.public(PARTNER_KEYS.encryption))
    return seal(payload, signing=signing, recipient=recipient)


def id_of(payload: bytes) -> UUID:
    return UUID(json.loads(payload)["id"])
