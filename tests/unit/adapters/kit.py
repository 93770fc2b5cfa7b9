"""Messages as they come in, for the adapters."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.envelope import strict_json
from hub.ids import Oin
from hub.schemas.cloudevent import CloudEvent, read_event, render, source_of
from hub.schemas.message import Direction, wire_type
from hub.schemas.registry import ToHub, validate
from hub.schemas.samples import MESSAGE_ID, OIN_POLICE, sample

HUB = Oin("00000099000000000001")
SENDER = Oin(OIN_POLICE)
NOW = datetime(2026, 3, 2, 21, 10, tzinfo=UTC)


def said(name: str, *, on_case: UUID | None = None, **other: Any) -> tuple[CloudEvent, ToHub]:
    """The sample of a type as an opened message, with some fields put otherwise (`None` takes one away)."""
    data = {key: value for key, value in (sample(name, Direction.TO_HUB) | other).items() if value is not None}
    payload = render(
        id=UUID(MESSAGE_ID),
        type=wire_type(name),
        source=source_of(SENDER, "proef"),
        recipient=HUB,
        time=NOW,
        expirytime=NOW + timedelta(days=7),
        urgentie=Lane.ROUTINE,
        data=data,
        correlationid=on_case,
        direction=Direction.TO_HUB,
    )
    event = read_event(strict_json.parse(payload))
    return event, validate(event.type, event.data)


ROLES = list(Role)
