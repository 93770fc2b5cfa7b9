"""Every type of message, and the one way to judge one.

A new role costs one line in `_MODULES`.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

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

_MODULES = (
    politie,
    om,
    rvdk,
    reclassering,
    meldcode,
    adviezen,
    gecertificeerde_instelling,
    veilig_thuis,
    overdrachten,
    actieoverleg,
    monitoring,
    radar,
    terugkoppelingen,
    zaken,
    verwerking,
)


@dataclass(frozen=True, slots=True)
class MessageType:
    """A type of message and its model in each direction; `None` where it is not said that way."""

    name: str
    to_hub: type[Wire] | None
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
    said = (line for module in _MODULES for line in module.MESSAGES)
    return {wire_type(line.name): _message_type(line) for line in said}


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


def _message_type(line: Said) -> MessageType:
    derived = passed_on(line.to_hub) if line.passed_on and line.to_hub else line.from_hub
    return MessageType(line.name, line.to_hub, derived)
