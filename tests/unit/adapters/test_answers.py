"""Answers to a sender: valid, and the same for the same arguments."""

from uuid import UUID

import pytest

from hub.adapters import answers
from hub.errors import EXPLANATIONS, Code
from hub.ids import MessageId
from hub.schemas.codes import Found
from hub.schemas.message import Direction, wire_type
from hub.schemas.registry import validate
from hub.schemas.samples import HASH, MESSAGE_ID, REPORT_ID
from tests.unit.adapters.kit import NOW

ID = MessageId(UUID(MESSAGE_ID))


def test_a_receipt_says_what_was_received_and_where_it_stands() -> None:
    data = answers.receipt(ID, HASH, NOW, UUID(REPORT_ID), "a7" * 32)
    validate(wire_type("verwerking.ontvangstbevestiging"), data, Direction.FROM_HUB)
    assert data == {
        "bericht": MESSAGE_ID,
        "sha256": HASH,
        "ontvangenOp": "2026-03-02T21:10:00Z",
        "referentie": REPORT_ID,
        "journaal": "a7" * 32,
    }


def test_a_receipt_off_a_case_has_no_reference() -> None:
    data = answers.receipt(ID, HASH, NOW, None, "a7" * 32)
    validate(wire_type("verwerking.ontvangstbevestiging"), data, Direction.FROM_HUB)
    assert "referentie" not in data


@pytest.mark.parametrize("code", list(Code))
@pytest.mark.parametrize("opened", [True, False])
def test_a_refusal_says_why_and_what_to_do(code: Code, opened: bool) -> None:
    data = answers.refusal(ID, HASH, opened, code, ("/data/betrokkenen/0/bsn", "", "/time"))
    validate(wire_type("verwerking.foutmelding"), data, Direction.FROM_HUB)
    assert data["hashVan"] == ("inhoud" if opened else "bericht")
    assert (data["code"], data["uitleg"]) == (code.value, EXPLANATIONS[code])
    assert data["velden"] == ["/data/betrokkenen/0/bsn", "", "/time"]


def test_a_refusal_of_what_has_no_id_names_none_and_at_most_twenty_fields() -> None:
    data = answers.refusal(None, HASH, False, Code.ENVELOPE_INVALID, [f"/data/{index}" for index in range(30)])
    validate(wire_type("verwerking.foutmelding"), data, Direction.FROM_HUB)
    assert "bericht" not in data
    assert len(data["velden"]) == 20


def test_a_refusal_of_many_bodies_names_each_by_its_hash_and_by_its_id_if_it_has_one() -> None:
    data = answers.refusal(None, HASH, False, Code.ENVELOPE_INVALID, (), also=[(ID, HASH), (None, "0" * 64)])
    validate(wire_type("verwerking.foutmelding"), data, Direction.FROM_HUB)
    assert data["ookGeweigerd"] == [{"bericht": str(ID), "sha256": HASH}, {"sha256": "0" * 64}]


def test_a_refusal_for_what_identifies_says_what_kind_it_was_and_where_and_nothing_of_it() -> None:
    found, fields = [kind.value for kind in Found], ["/data/vraag", "/data/context"] * 30
    code = Code.IDENTIFIES
    data = answers.refusal(ID, HASH, True, code, fields, (found * 20)[: len(fields)])
    validate(wire_type("verwerking.foutmelding"), data, Direction.FROM_HUB)
    assert (data["gevonden"][:2], len(data["gevonden"])) == (found[:2], 20)


@pytest.mark.parametrize("message", [ID, None])
def test_a_delay_says_that_it_is_still_ours(message: MessageId | None) -> None:
    data = answers.delayed(message, HASH, True, NOW)
    validate(wire_type("verwerking.vertraagd"), data, Direction.FROM_HUB)
    assert ("bericht" in data) is (message is not None)
