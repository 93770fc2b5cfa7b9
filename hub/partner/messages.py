"""Between words and envelopes: what a partner sends, and what it got. Pure: time and ids are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.canonical.codes import Lane, Result
from hub.envelope import strict_json
from hub.envelope.hashes import sha256_hex
from hub.envelope.keys import SigningKey
from hub.envelope.opening import open_envelope
from hub.envelope.policy import FROM_HUB_LIMIT
from hub.envelope.sealing import seal
from hub.errors import HubError, Rejection
from hub.ids import MessageId
from hub.partner.profile import Profile
from hub.schemas.cloudevent import LIFETIME, CloudEvent, read_event, render, source_of
from hub.schemas.message import Direction, wire_type
from hub.schemas.registry import validate

PROCESSED = wire_type("verwerking.verwerkt")
RECEIPT = wire_type("verwerking.ontvangstbevestiging")
REFUSAL = wire_type("verwerking.foutmelding")
DELAY = wire_type("verwerking.vertraagd")
HUB_KEY = wire_type("verwerking.hubsleutel")
UNANSWERED = frozenset({RECEIPT, REFUSAL, DELAY})
"""Types of the hub that are not answered with `verwerkt`."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What to say: `type` is a wire type, `data` JSON values under wire names.

    Attributes:
        correlation: the case or report this is about, as the hub's `referentie` or `correlationid` called it.
        causation: the message that this one answers or follows.
    """

    type: str
    data: Mapping[str, Any] = field(repr=False)
    lane: Lane = Lane.ROUTINE
    correlation: UUID | None = None
    causation: UUID | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A message of the hub, opened, proved and read.

    Attributes:
        sha256: of the signed payload: `aanbodHash`, if this is an offer.
        content: the whole event, JSON values under wire names.
        current: no word with a higher `zaakversie` came before it; otherwise its `houder` is old news.
    """

    id: MessageId
    sha256: str
    event: CloudEvent
    content: dict[str, Any] = field(repr=False)
    current: bool = True

    @property
    def type(self) -> str:
        return self.event.type

    @property
    def data(self) -> dict[str, Any]:
        return self.event.data

    @property
    def version(self) -> int | None:
        return self.event.data.get("zaakversie")


class UnreadableError(HubError):
    """A message of the hub that we could not take; `result` is what to tell the hub."""

    def __init__(self, result: Result, detail: str) -> None:
        super().__init__("unreadable", f"A message of the hub was not taken ({result}): {detail}")
        self.result = result


def full_type(name: str) -> str:
    """The wire type of `group.name`; a wire type stays as it is."""
    return name if name.startswith("nl.ketenhub.") else wire_type(name)


def compose(profile: Profile, draft: Draft, id_: UUID, now: datetime) -> bytes:
    """The payload to sign: the same inputs give the same bytes."""
    return render(
        id=id_,
        type=draft.type,
        source=source_of(profile.oin, profile.id),
        recipient=profile.hub_oin,
        time=now,
        expirytime=now + LIFETIME[Direction.TO_HUB],
        urgentie=draft.lane,
        data=draft.data,
        correlationid=draft.correlation,
        causationid=draft.causation,
        direction=Direction.TO_HUB,
    )


def envelope(profile: Profile, payload: bytes, signing: SigningKey | None = None) -> bytes:
    """Signed by us (or, to try the hub, by another key) and encrypted to the hub's newest key."""
    return seal(payload, signing=signing or profile.signing, recipient=profile.hub_encryption)


def read(profile: Profile, body: bytes, message_id: str | None) -> Received:
    """Open a body, prove that the hub sent it to us, and read it.

    Args:
        message_id: the AMQP property, which must be the signed id.

    Raises:
        UnreadableError: with the result to answer.
    """
    payload = _open(profile, body)
    try:
        content = strict_json.parse(payload)
        event = read_event(content, Direction.FROM_HUB)
        validate(event.type, event.data, Direction.FROM_HUB)
    except Rejection as rejection:
        raise UnreadableError(Result.CANNOT_READ, f"{rejection.reason} {' '.join(rejection.fields)}") from rejection
    _prove(profile, event, message_id)
    return Received(event.message_id, sha256_hex(payload), event, content)


def _open(profile: Profile, body: bytes) -> bytes:
    try:
        opened = open_envelope(
            body, decryption=profile.decryption.get, verifying=profile.hub_signing.get, limit=FROM_HUB_LIMIT
        )
    except HubError as error:
        raise UnreadableError(Result.CANNOT_OPEN, error.code) from error
    return opened.payload


def _prove(profile: Profile, event: CloudEvent, message_id: str | None) -> None:
    if event.sender != profile.hub_oin:
        raise UnreadableError(Result.CANNOT_READ, "its source is not the hub")
    if event.addressee != profile.oin:
        raise UnreadableError(Result.CANNOT_READ, "it is for somebody else")
    if message_id != str(event.id):
        raise UnreadableError(Result.CANNOT_READ, "its message_id is not its id")
