"""What a partner says, and what it believes."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.canonical.codes import Lane, Result
from hub.canonical.partners import Suite
from hub.envelope import keys
from hub.envelope.hashes import sha256_hex
from hub.envelope.opening import open_envelope
from hub.envelope.policy import TO_HUB_LIMIT
from hub.envelope.sealing import seal
from hub.ids import Oin
from hub.partner.messages import Draft, UnreadableError, compose, envelope, full_type, read
from hub.schemas.cloudevent import read_event, source_of
from hub.schemas.message import wire_type
from tests.unit.partner.kit import HUB_KEYS, HUB_OIN, NOW, OIN, PARTNER_KEYS, enrolled, id_of, said, sealed

STEPS = {"melding": str(uuid4()), "stap": "beoordeeld", "uitkomst": "onderzoek"}


def test_what_is_said_is_an_event_of_the_contract(tmp_path: Path) -> None:
    me, id_, case, cause = enrolled(tmp_path), uuid4(), uuid4(), uuid4()
    payload = compose(me, Draft(full_type("zaken.standvraag"), {}, Lane.ACUTE, case, cause), id_, NOW)
    event = read_event(json.loads(payload))
    assert (event.id, event.urgentie, event.correlationid, event.causationid) == (id_, Lane.ACUTE, case, cause)
    assert (event.source, event.recipient) == (source_of(OIN, "politie"), f"urn:nld:oin:{HUB_OIN}")


def test_the_same_words_are_the_same_bytes(tmp_path: Path) -> None:
    me, id_, draft = enrolled(tmp_path), uuid4(), Draft(wire_type("zaken.standvraag"), {})
    assert compose(me, draft, id_, NOW) == compose(me, draft, id_, NOW)


def test_the_hub_opens_what_we_seal(tmp_path: Path) -> None:
    body = envelope(enrolled(tmp_path), b"payload")
    decryption = keys.load_decryption_key(HUB_KEYS.encryption)
    verifying = keys.load_verifying_key(keys.public(PARTNER_KEYS.signing))
    opened = open_envelope(
        body,
        decryption={decryption.kid: decryption}.get,
        verifying={verifying.kid: verifying}.get,
        limit=TO_HUB_LIMIT,
    )
    assert opened.payload == b"payload"


def test_a_message_of_the_hub_is_read(tmp_path: Path) -> None:
    payload = said("terugkoppelingen.stappen", STEPS | {"zaakversie": 3}, correlationid=uuid4())
    received = read(enrolled(tmp_path), sealed(payload), str(id_of(payload)))
    assert (received.id, received.sha256, received.version) == (id_of(payload), sha256_hex(payload), 3)
    assert received.content == json.loads(payload)


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"source": source_of(Oin("00000099000000009000"), "ketenhub")}, Result.CANNOT_READ),
        ({"recipient": Oin("00000099000000009000")}, Result.CANNOT_READ),
        ({"data": {"melding": "canary"}}, Result.CANNOT_READ),
        ({"type": wire_type("meldingen.onbekend")}, Result.CANNOT_READ),
        ({"type": wire_type("zaken.standvraag"), "data": {}}, Result.CANNOT_READ),
    ],
)
def test_what_the_hub_would_not_say_is_not_believed(tmp_path: Path, change: dict[str, Any], result: Result) -> None:
    payload = said("terugkoppelingen.stappen", STEPS, **change)
    with pytest.raises(UnreadableError) as caught:
        read(enrolled(tmp_path), sealed(payload), str(id_of(payload)))
    assert caught.value.result is result
    assert "canary" not in str(caught.value)


def test_a_message_id_that_is_not_the_signed_one_is_not_believed(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        read(enrolled(tmp_path), sealed(said("terugkoppelingen.stappen", STEPS)), str(UUID(int=7)))


def test_what_another_signed_cannot_be_opened(tmp_path: Path) -> None:
    payload = said("terugkoppelingen.stappen", STEPS)
    stranger = keys.load_signing_key(keys.generate(Suite.S1).signing)
    recipient = keys.load_encryption_key(keys.public(PARTNER_KEYS.encryption))
    with pytest.raises(UnreadableError) as caught:
        read(enrolled(tmp_path), seal(payload, signing=stranger, recipient=recipient), str(id_of(payload)))
    assert caught.value.result is Result.CANNOT_OPEN


def test_a_type_may_be_named_short_or_in_full() -> None:
    assert full_type("zaken.stand") == full_type("nl.ketenhub.zaken.stand.v1") == "nl.ketenhub.zaken.stand.v1"
