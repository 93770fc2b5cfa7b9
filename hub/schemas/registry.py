"""Every type of message, and the one way to judge one.

A new dialogue costs a line in `ToHub`, and one in `_SAID`.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import overload

from pydantic import ValidationError

from hub.errors import Code, Rejection
from hub.schemas import (
    actieoverleg,
    adviezen,
    gecertificeerde_instelling,
    meldcode,
    monitoring,
    om,
    overdrachten,
    politie,
    radar,
    reclassering,
    rvdk,
    terugkoppelingen,
    veilig_thuis,
    verwerking,
    zaken,
)
from hub.schemas.base import Wire
from hub.schemas.message import Direction, Said, dataschema, wire_type
from hub.schemas.outgoing import passed_on
from hub.schemas.pointers import pointers

ToHub = (
    politie.ToHub
    | om.ToHub
    | rvdk.ToHub
    | reclassering.ToHub
    | meldcode.ToHub
    | adviezen.ToHub
    | gecertificeerde_instelling.ToHub
    | veilig_thuis.ToHub
    | overdrachten.ToHub
    | actieoverleg.ToHub
    | monitoring.ToHub
    | radar.ToHub
    | zaken.ToHub
    | verwerking.ToHub
)
"""All that a partner may say. What a dialogue adds is decoded (`hub/adapters/decoding.py`), or mypy says so."""
_SAID: tuple[Said[ToHub], ...] = (
    *politie.MESSAGES,
    *om.MESSAGES,
    *rvdk.MESSAGES,
    *reclassering.MESSAGES,
    *meldcode.MESSAGES,
    *adviezen.MESSAGES,
    *gecertificeerde_instelling.MESSAGES,
    *veilig_thuis.MESSAGES,
    *overdrachten.MESSAGES,
    *actieoverleg.MESSAGES,
    *monitoring.MESSAGES,
    *radar.MESSAGES,
    *terugkoppelingen.MESSAGES,
    *zaken.MESSAGES,
    *verwerking.MESSAGES,
)


@dataclass(frozen=True, slots=True)
class MessageType:
    """A type of message and its model in each direction; `None` where it is not said that way."""

    name: str
    to_hub: type[ToHub] | None
    from_hub: type[Wire] | None

    @property
    def wire(self) -> str:
        return wire_type(self.name)

    def model(self, direction: Direction) -> type[Wire] | None:
        return self.to_hub if direction is Direction.TO_HUB else self.from_hub

    def schema_uri(self, direction: Direction) -> str:
        return dataschema(self.wire, direction)


@functools.cache
def message_types() -> Mapping[str, MessageType]:
    """Every type by its wire name, `nl.ketenhub.<group>.<name>.v1`."""
    return {wire_type(line.name): _message_type(line) for line in _SAID}


@overload
def validate(type_: str, data: object) -> ToHub: ...
@overload
def validate(type_: str, data: object, direction: Direction) -> Wire: ...
def validate(type_: str, data: object, direction: Direction = Direction.TO_HUB) -> Wire:
    """Judge the `data` of a message.

    Args:
        data: parsed JSON.

    Raises:
        Rejection: `type-onbekend`; `niet-bevoegd` for a type that is never said in this direction;
            `schema-ongeldig` with pointers below `/data`.
    """
    known = message_types().get(type_)
    if known is None:
        raise Rejection(Code.TYPE_UNKNOWN, ("/type",))
    model = known.model(direction)
    if model is None:
        raise Rejection(Code.NOT_ALLOWED, ("/type",), "this type is never said in this direction")
    return judged(model, data, "/data")


def judged(model: type[Wire], data: object, at: str) -> Wire:
    """The data as the model, or a refusal that points at fields below `at`."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fields = pointers(error, at)
    # Raised outside the handler: the refusal must not carry the error, whose locations hold names the sender invented.
    raise Rejection(Code.SCHEMA_INVALID, fields)


def _message_type(line: Said[ToHub]) -> MessageType:
    derived = passed_on(line.to_hub) if line.passed_on and line.to_hub else line.from_hub
    return MessageType(line.name, line.to_hub, derived)
