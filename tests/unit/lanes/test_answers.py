"""P2, P10: an answer is made of its inbox row and nothing else, so that the same row gives the same bytes again."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from hub.canonical.codes import Lane
from hub.canonical.partners import Partner
from hub.errors import Code, Rejection
from hub.lanes.answers import accepted, answer, delayed, rejected
from hub.ports import Fate, InboxRow, OutboxRow
from hub.ports.journal import journaled
from tests.kit import PERIOD, Kit
from tests.unit.lanes.rows import HASH, NOW, an_inbox_row

LATER = NOW + timedelta(minutes=5)
REFERENCE = UUID("0b7c0f6e-6f0d-4c8e-9a51-2f4a3d1c7e01")


def decided(kit: Kit, row: InboxRow, code: Code | None = None) -> InboxRow:
    if code is None:
        return accepted(row, None, REFERENCE, LATER, kit.directory, kit.setting)
    return rejected(row, None, Rejection(code, ("/data/kenmerk",)), LATER, kit.directory, kit.setting)


def politie(kit: Kit) -> Partner:
    return kit.speakers["politie-test"].partner


def answered(kit: Kit, row: InboxRow) -> OutboxRow:
    made = answer(row, politie(kit), kit.directory, PERIOD, kit.setting)
    assert made is not None
    return made


@pytest.mark.parametrize("code", [None, Code.SCHEMA_INVALID])
def test_the_same_row_gives_the_same_bytes_under_the_same_id_and_never_the_same_ciphertext(
    kit: Kit, code: Code | None
) -> None:
    row, _ = journaled(decided(kit, an_inbox_row(), code), LATER)
    first, second = answered(kit, row), answered(kit, row)

    assert (first.id, first.sha256) == (second.id, second.sha256)
    assert kit.opened(first) == kit.opened(second)
    assert first.payload.ciphertext != second.payload.ciphertext
    assert not first.owes_confirmation


def test_a_receipt_says_what_was_received_when_and_under_which_reference(kit: Kit) -> None:
    row, entry = journaled(decided(kit, an_inbox_row(lane=Lane.ACUTE)), LATER)
    said = kit.opened(made := answered(kit, row))

    assert said["data"] == {
        "bericht": str(row.message),
        "sha256": HASH,
        "ontvangenOp": "2026-03-02T09:00:00.125000Z",
        "referentie": str(REFERENCE),
        "journaal": entry.hash,
    }
    assert (said["urgentie"], made.lane) == ("acuut", Lane.ACUTE)
    assert (said["causationid"], said["recipient"]) == (str(row.message), f"urn:nld:oin:{kit.oin('politie-test')}")
    assert "correlationid" not in said


def test_an_undecided_message_has_no_answer(kit: Kit) -> None:
    for fate in (Fate.NEW, Fate.RETRY, Fate.QUARANTINED):
        assert answer(an_inbox_row(fate=fate), politie(kit), kit.directory, PERIOD, kit.setting) is None


def test_an_accepted_verwerkt_is_not_receipted_and_a_refused_one_is_told(kit: Kit) -> None:
    row = an_inbox_row(type="nl.ketenhub.verwerking.verwerkt.v1")

    assert answer(decided(kit, row), politie(kit), kit.directory, PERIOD, kit.setting) is None
    assert answer(decided(kit, row, Code.CAUSE_UNKNOWN), politie(kit), kit.directory, PERIOD, kit.setting) is not None


@pytest.mark.parametrize("opened", [True, False])
def test_a_refusal_and_a_delay_say_which_hash_they_name(kit: Kit, opened: bool) -> None:
    row = an_inbox_row(opened=opened, message=None)
    refused = kit.opened(answered(kit, decided(kit, row, Code.ENVELOPE_INVALID)))
    slow = kit.opened(delayed(row, politie(kit), kit.directory, PERIOD, LATER, kit.setting))

    for said in (refused, slow):
        assert (said["data"]["sha256"], said["data"]["hashVan"]) == (HASH, "inhoud" if opened else "bericht")
        assert "bericht" not in said["data"]
        assert "causationid" not in said


@pytest.mark.parametrize(
    "change",
    [
        {"id": uuid4()},
        {"partner": "om-test"},
        {"message": uuid4()},
        {"content_hash": "00" * 32},
        {"fate": Fate.REJECTED},
        {"code": "verlopen"},
        {"case": uuid4()},
        {"directory_version": 7},
        {"rule": "case"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_hash_in_the_receipt_covers_every_fact_of_the_decision(kit: Kit, change: dict[str, object]) -> None:
    row = decided(kit, an_inbox_row())
    _, entry = journaled(row, LATER)
    _, other = journaled(replace(row, **change), LATER)  # type: ignore[arg-type]
    _, later = journaled(row, LATER + timedelta(microseconds=1))

    assert len({entry.hash, other.hash, later.hash}) == 3


def test_the_journal_row_stands_by_itself(kit: Kit) -> None:
    row, entry = journaled(decided(kit, an_inbox_row(), Code.EXPIRED), LATER)

    assert row.journal_hash == entry.hash
    assert (entry.inbox, entry.partner, entry.message, entry.at) == (row.id, row.partner, row.message, LATER)
    assert (entry.fate, entry.code, entry.content_hash) == (Fate.REJECTED, "verlopen", HASH)
