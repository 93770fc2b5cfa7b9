"""A delivery opened as far as it goes: whose it is, under which id and hash it counts, and what it says."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.canonical.codes import Lane
from hub.envelope.hashes import sha256_hex
from hub.errors import Code, OurFault, Rejection
from hub.lanes.arrival import Arrival, arrive, refused_unopened, uuid_of
from hub.lanes.fate import Poison
from hub.ports import Delivery, Properties
from tests.kit import Kit
from tests.unit.lanes.rows import NOW

LATER = NOW + timedelta(days=200)
REPORT = "meldingen.zorgmelding"


def arrived(kit: Kit, delivery: Delivery) -> Arrival:
    return arrive(delivery, kit.directory, LATER, kit.setting)


def said(kit: Kit, **attributes: Any) -> Delivery:
    """A sound envelope around an event with these attributes."""
    event = json.loads(kit.event("politie-test", REPORT)) | attributes
    sealed = kit.sealed(json.dumps(event).encode(), kit.speakers["politie-test"].signing)
    sound = kit.delivery("politie-test", kit.event("politie-test", REPORT))
    return replace(sound, body=sealed)


def test_an_opened_message_counts_by_its_signed_id_and_the_hash_of_its_payload(kit: Kit) -> None:
    payload = kit.event("politie-test", REPORT, urgentie=Lane.ACUTE)
    found = arrived(kit, kit.delivery("politie-test", payload, lane=Lane.ROUTINE))

    assert found.error is None
    assert found.attributes == json.loads(payload)
    row = found.row
    assert (str(row.message), row.content_hash) == (json.loads(payload)["id"], sha256_hex(payload))
    assert (row.opened, row.claims_id, row.received_at) == (True, True, LATER)
    assert (row.type, row.lane) == ("nl.ketenhub.meldingen.zorgmelding.v1", Lane.ACUTE)


def test_an_unopened_message_counts_by_the_hash_of_its_body_and_claims_no_id(kit: Kit) -> None:
    name = uuid4()
    sound = kit.delivery("politie-test", kit.event("politie-test", REPORT))
    found = arrived(kit, replace(sound, body=b"niets", properties=Properties(str(name))))

    assert isinstance(found.error, Rejection)
    assert (found.row.message, found.row.content_hash) == (name, sha256_hex(b"niets"))
    assert (found.row.opened, found.row.claims_id, found.row.type) == (False, False, None)


@pytest.mark.parametrize("dead", [False, True])
def test_a_body_too_large_to_be_held_is_refused_as_that_and_counts_by_its_hash(kit: Kit, dead: bool) -> None:
    name, hash_ = str(uuid4()), sha256_hex(b"groot")
    sound = kit.delivery("politie-test", kit.event("politie-test", REPORT))
    large = replace(sound, body=b"", cut=hash_, properties=Properties(name), dead=dead)
    unopened = refused_unopened(large, LATER, kit.setting, Poison())

    for found in (arrived(kit, large), unopened):
        assert isinstance(found.error, Rejection)
        assert found.error.reason is Code.TOO_LARGE
        assert (str(found.row.message), found.row.content_hash, found.row.opened) == (name, hash_, False)


UPPER = "A60726EB-6D72-4F78-A8B8-83A3F4EC24AE"


@pytest.mark.parametrize("id_", ["Kanarievogel", 5, None, ["x"], UPPER, "{" + UPPER.lower() + "}", "0" * 36])
def test_a_signed_id_that_is_no_uuid_claims_nothing(kit: Kit, id_: object) -> None:
    delivery = said(kit, id=id_)
    found = arrived(kit, delivery)

    assert (found.row.opened, found.row.claims_id) == (True, False)
    assert str(found.row.message) == delivery.properties.message_id


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("c2a9e1d4-3b5f-4a67-9c8d-7e6f5a4b3c03", True),
        ("C2A9E1D4-3B5F-4A67-9C8D-7E6F5A4B3C03", False),
        ("c2a9e1d43b5f4a679c8d7e6f5a4b3c03", False),
        ("urn:uuid:c2a9e1d4-3b5f-4a67-9c8d-7e6f5a4b3c03", False),
        ("c2a9e1d4-3b5f-4a67-9c8d-7e6f5a4b3c0", False),
        ("c2a9e1d4-3b5f-4a67-9c8d-7e6f5a4b3c03\n", False),
        ("c2a9e1d4-3b5f-4a67-9c8d-7e6f5a4b3c0٣", False),
        ("", False),
        (None, False),
        (7, False),
        (b"c2a9e1d4-3b5f-4a67-9c8d-7e6f5a4b3c03", False),
    ],
)
def test_an_id_is_read_in_its_one_canonical_text_only(text: object, read: bool) -> None:
    assert uuid_of(text) == (UUID(str(text)) if read else None)


@pytest.mark.parametrize(
    "attributes",
    [
        {"type": "Kanarievogel"},
        {"type": ["x"]},
        {"type": None},
        {"urgentie": "Kanarievogel"},
        {"urgentie": {"x": 1}},
        {"urgentie": None},
        {"data": [1]},
        {"correlationid": {"x": 1}},
    ],
)
def test_of_what_is_not_judged_yet_only_known_words_are_kept(kit: Kit, attributes: dict[str, Any]) -> None:
    row = arrived(kit, said(kit, **attributes)).row

    assert row.type in (None, "nl.ketenhub.meldingen.zorgmelding.v1")
    assert row.lane is Lane.ROUTINE
    assert "Kanarievogel" not in repr(row)


def test_a_dead_letter_is_not_opened_and_ours_to_look_at(kit: Kit) -> None:
    found = arrived(kit, replace(kit.delivery("politie-test", kit.event("politie-test", REPORT)), dead=True))

    assert isinstance(found.error, OurFault)
    assert (found.error.code, found.row.opened, found.attributes) == ("dead-letter", False, None)


def test_a_stored_delivery_keeps_its_row(kit: Kit) -> None:
    stored = uuid4()
    delivery = replace(kit.delivery("politie-test", kit.event("politie-test", REPORT)), stored=stored)

    assert arrived(kit, delivery).row.id == stored


def test_refused_unopened_it_is_not_opened(kit: Kit) -> None:
    delivery = kit.delivery("politie-test", kit.event("politie-test", REPORT))
    found = refused_unopened(delivery, LATER, kit.setting, Poison())

    assert (found.row.opened, found.row.content_hash) == (False, sha256_hex(delivery.body))
    assert isinstance(found.error, Poison)


def test_a_sender_the_directory_does_not_know_has_no_keys(kit: Kit) -> None:
    delivery = kit.delivery("politie-test", kit.event("politie-test", REPORT), partner="niemand")

    assert isinstance(arrived(kit, delivery).error, Rejection)
