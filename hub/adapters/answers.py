"""What a sender hears of its own message: accepted, refused, or not decided yet. Data of `verwerking.*`.

Made of nothing but their arguments, so that the same row gives the same answer again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.errors import EXPLANATIONS, Code
from hub.ids import MessageId
from hub.schemas.codes import HashOf
from hub.schemas.pointers import MOST
from hub.schemas.texts import moment_text


def receipt(
    message: MessageId,
    sha256: str,
    received_at: datetime,
    reference: UUID | None,
    journal: str,
    remarks: Sequence[str] = (),
) -> dict[str, Any]:
    """`verwerking.ontvangstbevestiging`.

    Args:
        sha256: of the signed payload, hex.
        reference: the `correlationid` to use from now on; `None` off a case.
        journal: hash of the journal row, hex.
        remarks: what of the message was not taken as it was said.
    """
    said: dict[str, Any] = {"bericht": str(message), "sha256": sha256, "ontvangenOp": moment_text(received_at)}
    known = {"referentie": str(reference)} if reference is not None else {}
    remarked = {"opmerkingen": list(remarks)} if remarks else {}
    return said | {"journaal": journal} | known | remarked


def refusal(
    message: MessageId | None,
    sha256: str,
    opened: bool,
    code: Code,
    fields: Sequence[str],
    found: Sequence[str] = (),
    also: Sequence[tuple[MessageId | None, str]] = (),
) -> dict[str, Any]:
    """`verwerking.foutmelding`.

    Args:
        message: `None` where the hub never learnt an id.
        sha256: of the signed payload if the body was opened, else of the body.
        fields: JSON pointers.
        found: kinds of data that identify, one for each of `fields`.
        also: others that are refused with it, by id and hash.
    """
    refused = {"code": code.value, "velden": list(fields)[:MOST], "uitleg": EXPLANATIONS[code]}
    kinds = {"gevonden": list(found)[:MOST]} if found else {}
    others = {"ookGeweigerd": named(also)} if also else {}
    return _about(message, sha256, opened) | refused | kinds | others


def named(also: Sequence[tuple[MessageId | None, str]]) -> list[dict[str, str]]:
    """These bodies as `ookGeweigerd` has them."""
    return [_named(message) | {"sha256": sha256} for message, sha256 in also]


def delayed(message: MessageId | None, sha256: str, opened: bool, received_at: datetime) -> dict[str, Any]:
    """`verwerking.vertraagd`: received, not decided, still ours."""
    return _about(message, sha256, opened) | {"ontvangenOp": moment_text(received_at)}


def _about(message: MessageId | None, sha256: str, opened: bool) -> dict[str, Any]:
    hash_of = HashOf.PAYLOAD if opened else HashOf.BODY
    return _named(message) | {"sha256": sha256, "hashVan": hash_of.value}


def _named(message: MessageId | None) -> dict[str, str]:
    return {"bericht": str(message)} if message is not None else {}
