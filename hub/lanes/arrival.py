"""A delivery, opened as far as it goes: who sent it, under which id and hash it is counted, and what it says."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.canonical.codes import Lane
from hub.canonical.partners import Directory
from hub.envelope import strict_json
from hub.envelope.keys import DecryptionKey, VerifyingKey
from hub.envelope.opening import Opened, open_envelope
from hub.errors import Code, HubError, OurFault, Rejection, Surroundings
from hub.ids import KeyId, MessageId
from hub.lanes.fate import DEAD_LETTER
from hub.lanes.setting import Setting
from hub.ports import Delivery, InboxRow
from hub.schemas.registry import message_types

LANES = tuple(lane.value for lane in Lane)
KEY_LOST = "key-lost"
UUID_TEXT = 36
"""Characters of a UUID in canonical text (RFC 9562, section 4)."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Attributes:
    row: the inbox row that this delivery asks for.
    attributes: the parsed payload; `None` where it could not be opened or parsed.
    error: why it went no further.
    """

    delivery: Delivery
    row: InboxRow
    attributes: dict[str, Any] | None = field(default=None, repr=False)
    error: HubError | None = None

    @property
    def is_readable(self) -> bool:
        """Whether it became a message, or may yet: a fault of ours says nothing of it."""
        return self.attributes is not None or not isinstance(self.error, Rejection)


def arrive(
    delivery: Delivery,
    directory: Directory,
    now: datetime,
    setting: Setting,
    *,
    sure: datetime | None = None,
    recovering: bool = False,
) -> Arrival:
    """Open one delivery. Never raises: what goes wrong is the arrival's error, and spoils no other's.

    Args:
        sure: the moment by which keys begin and end; `now`, if nothing is said.
        recovering: the directory may have lost keys: what names one that it does not know waits for it.
    """
    if delivery.cut:
        return _unopened(delivery, now, setting, _too_large())
    if delivery.dead:
        return _unopened(delivery, now, setting, OurFault(DEAD_LETTER, "A queue gave this message up; look at it."))
    try:
        opened = _open(delivery, directory, sure or now, setting, recovering)
    except (Rejection, OurFault) as error:
        return _unopened(delivery, now, setting, error)
    try:
        attributes = _object(strict_json.parse(opened.payload))
    except Rejection as error:
        return Arrival(delivery, _row(delivery, opened.sha256, True, None, now, setting), error=error)
    row = _row(delivery, opened.sha256, True, uuid_of(attributes.get("id")), now, setting)
    return Arrival(delivery, _described(row, attributes, directory.version), attributes)


def refused_unopened(delivery: Delivery, now: datetime, setting: Setting, error: HubError) -> Arrival:
    """A delivery that is not opened at all, because opening it may have killed a worker."""
    return _unopened(delivery, now, setting, _too_large() if delivery.cut else error)


def written_at(arrival: Arrival) -> datetime | None:
    """The `time` that its sender signed, if it is one: whatever else is wrong with the message, its clock said so."""
    said = (arrival.attributes or {}).get("time")
    try:
        time = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return time if time is not None and time.tzinfo is not None else None


def uuid_of(text: object) -> MessageId | None:
    """The UUID in canonical text, or `None`: anything else is never kept, echoed or logged."""
    try:
        found = UUID(text) if isinstance(text, str) and len(text) == UUID_TEXT else None
    except ValueError:
        return None
    return MessageId(found) if found and str(found) == text else None


def _open(delivery: Delivery, directory: Directory, now: datetime, setting: Setting, recovering: bool) -> Opened:
    partner = directory.partners.get(delivery.partner)

    def decryption(kid: KeyId) -> DecryptionKey | None:
        if recovering and all(key.id != kid for key in directory.hub_keys):
            raise _key_lost("hub")
        return setting.keys.opens(directory, kid)

    def verifying(kid: KeyId) -> VerifyingKey | None:
        if partner is None or not partner.is_read(now):
            return None
        if recovering and not any(key.kid == kid for one in directory.partners.values() for key in one.keys):
            raise _key_lost(partner.id)
        return setting.partner_keys.verifying(partner, kid, now)

    return open_envelope(
        delivery.body, decryption=decryption, verifying=verifying, limit=setting.limits.body_bytes_to_hub
    )


def _key_lost(whose: str) -> Surroundings:
    sentence = (
        f"A message names a key of {whose} that the directory does not know, and may have had before the hub "
        "recovered: add it again, or let the recovery end."
    )
    return Surroundings(KEY_LOST, sentence, whose)


def _too_large() -> Rejection:
    return Rejection(Code.TOO_LARGE, detail="body over any limit")


def _object(parsed: object) -> dict[str, Any]:
    if not isinstance(parsed, dict):
        raise Rejection(Code.SCHEMA_INVALID, ("",), "payload is no object")
    return parsed


def _described(row: InboxRow, attributes: dict[str, Any], version: int) -> InboxRow:
    """With the type and lane that the sender signed, where they are ones we know: nothing else is kept of them."""
    type_, urgency = attributes.get("type"), attributes.get("urgentie")
    known = type_ if isinstance(type_, str) and type_ in message_types() else None
    lane = Lane(urgency) if urgency in LANES else row.lane  # a tuple: it may be anything, also what has no hash
    return replace(row, type=known, lane=lane, directory_version=version)


def _unopened(delivery: Delivery, now: datetime, setting: Setting, error: HubError) -> Arrival:
    claimed = uuid_of(delivery.properties.message_id)
    return Arrival(delivery, _row(delivery, delivery.body_hash, False, claimed, now, setting), error=error)


def _row(
    delivery: Delivery, content_hash: str, opened: bool, message: MessageId | None, now: datetime, setting: Setting
) -> InboxRow:
    return InboxRow(
        id=delivery.stored or setting.new_id(),
        partner=delivery.partner,
        message=message or uuid_of(delivery.properties.message_id),
        content_hash=content_hash,
        opened=opened,
        claims_id=opened and message is not None,
        lane=delivery.lane,
        received_at=now,
    )
