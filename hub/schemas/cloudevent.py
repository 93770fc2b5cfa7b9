"""The signed payload: one CloudEvent in JSON (NL GOV profile for CloudEvents 1.1), strict in every attribute.

No person data stands in an attribute. Judging time is apart from reading, with `now` given: a duplicate is recognised
before expiry is judged, and expiry is judged once, at first arrival.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import Field, ValidationError, model_validator

from hub.canonical.codes import Lane
from hub.errors import Code, Rejection
from hub.ids import CaseId, MessageId, Oin, ReportId
from hub.schemas.base import Coded, Opt, Wire, broken
from hub.schemas.message import Direction, dataschema
from hub.schemas.pointers import pointers
from hub.schemas.texts import OIN_DIGITS, Id, Moment, WireType, moment_text

AHEAD = timedelta(minutes=5)
LIFETIME = {Direction.TO_HUB: timedelta(days=7), Direction.FROM_HUB: timedelta(days=30)}

Source = Annotated[str, Field(pattern=f"^urn:nld:oin:{OIN_DIGITS}:systeem:[A-Za-z0-9._-]{{1,64}}$", max_length=120)]
Recipient = Annotated[str, Field(pattern=f"^urn:nld:oin:{OIN_DIGITS}$", max_length=40)]


class CloudEvent(Wire):
    """A message to the hub."""

    direction: ClassVar[Direction] = Direction.TO_HUB

    specversion: Literal["1.0"]
    id: Id
    source: Source
    recipient: Recipient
    type: WireType
    time: Moment
    expirytime: Moment
    datacontenttype: Literal["application/json"]
    dataschema: Annotated[str, Field(max_length=120)]
    urgentie: Coded[Lane]
    correlationid: Opt[Id] = None
    causationid: Opt[Id] = None
    data: dict[str, Any]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.time < self.expirytime <= self.time + LIFETIME[self.direction]:
            raise broken("The message lapses before it is sent, or too long after.", at="expirytime")
        if self.dataschema != dataschema(self.type, self.direction):
            raise broken("The schema is not that of the type.", at="dataschema")
        return self

    @property
    def message_id(self) -> MessageId:
        return MessageId(self.id)

    @property
    def sender(self) -> Oin:
        return Oin(self.source.split(":")[3])

    @property
    def addressee(self) -> Oin:
        return Oin(self.recipient.split(":")[3])

    @property
    def correlation(self) -> CaseId | ReportId | None:
        """The case, or the report, as this sender calls it."""
        return None if self.correlationid is None else CaseId(self.correlationid)


class CloudEventFromHub(CloudEvent):
    """A message of the hub."""

    direction: ClassVar[Direction] = Direction.FROM_HUB


_MODELS = {Direction.TO_HUB: CloudEvent, Direction.FROM_HUB: CloudEventFromHub}


def event_model(direction: Direction) -> type[CloudEvent]:
    return _MODELS[direction]


def read_event(payload: object, direction: Direction = Direction.TO_HUB) -> CloudEvent:
    """Read the parsed JSON of a signed payload; `data` is an object and no more, see `registry.validate`.

    Raises:
        Rejection: `type-onbekend` if the type is no type of ours; else `schema-ongeldig` with pointers.
    """
    try:
        return _MODELS[direction].model_validate(payload)
    except ValidationError as error:
        fields = pointers(error, "")
        foreign = any(item["loc"] == ("type",) and item["type"] == "string_pattern_mismatch" for item in _plain(error))
    # Raised outside the handler: the refusal must not carry the error, whose locations hold names the sender invented.
    raise Rejection(Code.TYPE_UNKNOWN, ("/type",)) if foreign else Rejection(Code.SCHEMA_INVALID, fields)


def judge_time(event: CloudEvent, received_at: datetime, now: datetime, *, expiry: bool = True) -> None:
    """Whether the message may arrive, for the first time.

    Of one that was kept since, nothing is held against its sender that is true by one of the two moments only: the
    clock may have been wrong when it came.

    Args:
        expiry: whether `expirytime` is judged.

    Raises:
        Rejection: `tijd-in-toekomst` if sent over 5 minutes ahead of now; `verlopen` if it was past its `expirytime`.
    """
    if event.time > max(received_at, now) + AHEAD:
        raise Rejection(Code.TIME_AHEAD, ("/time",))
    if expiry and min(received_at, now) > event.expirytime:
        raise Rejection(Code.EXPIRED, ("/expirytime",))


def render(
    *,
    id: UUID,  # noqa: A002
    type: str,  # noqa: A002
    source: str,
    recipient: Oin,
    time: datetime,
    expirytime: datetime,
    urgentie: Lane,
    data: Mapping[str, Any],
    correlationid: UUID | None = None,
    causationid: UUID | None = None,
    direction: Direction = Direction.FROM_HUB,
) -> bytes:
    """One CloudEvent as canonical JSON: UTF-8, sorted names, no spaces; the same inputs give the same bytes.

    Args:
        type: the wire type.
        source: the URN of the sending system, see `source_of`.
        time, expirytime: aware.
        data: JSON values under wire names.
    """
    event = {
        "specversion": "1.0",
        "id": str(id),
        "source": source,
        "recipient": recipient_of(recipient),
        "type": type,
        "time": moment_text(time),
        "expirytime": moment_text(expirytime),
        "datacontenttype": "application/json",
        "dataschema": dataschema(type, direction),
        "urgentie": urgentie.value,
        "data": data,
    }
    links = {"correlationid": correlationid, "causationid": causationid}
    event |= {name: str(link) for name, link in links.items() if link is not None}
    return canonical_json(event)


def canonical_json(value: Any) -> bytes:
    """UTF-8, sorted names, no spaces; ValueError for NaN and Infinity."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def recipient_of(oin: Oin) -> str:
    """The `recipient` that an organisation is."""
    return f"urn:nld:oin:{oin}"


def source_of(oin: Oin, system: str) -> str:
    """The `source` of an organisation's system; the name is 1 to 64 of `A-Za-z0-9._-`."""
    return f"urn:nld:oin:{oin}:systeem:{system}"


def _plain(error: ValidationError) -> list[Any]:
    return list(error.errors(include_url=False, include_input=False, include_context=False))
