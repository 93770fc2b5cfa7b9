"""A type of message: its name, and what may be said under it in each direction."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

from pydantic import Field

from hub.schemas.base import Opt, Wire
from hub.schemas.disclosure import NO_PERSON
from hub.schemas.texts import OinNumber

M = TypeVar("M", bound=Wire, covariant=True)
WIRE_PREFIX = "nl.ketenhub."
VERSION = "v1"


class Direction(StrEnum):
    TO_HUB = "naar-hub"
    FROM_HUB = "van-hub"


class OnCase(Wire):
    """What the hub adds on a case: the message's number per case and recipient; who holds, if they may know."""

    version: Annotated[Opt[Annotated[int, Field(ge=1, le=2**31 - 1)]], NO_PERSON] = Field(None, alias="zaakversie")
    holder: Annotated[Opt[OinNumber], NO_PERSON] = Field(None, alias="houder")


class PassedOn(OnCase):
    """What the hub adds to what one party said and another gets: who said it, where they may know."""

    said_by: Annotated[Opt[OinNumber], NO_PERSON] = Field(None, alias="van")


@dataclass(frozen=True, slots=True)
class Said(Generic[M]):
    """One line of the registry; `M` is what a partner may say in its dialogue.

    Attributes:
        name: `group.name`.
        to_hub: what a partner sends; `None` if only the hub says it.
        from_hub: what the hub sends; `None` if it does not, or if it is derived.
        passed_on: the hub sends on what it got, cut to what the recipient may see.
    """

    name: str
    to_hub: type[M] | None = None
    from_hub: type[Wire] | None = None
    passed_on: bool = False


def wire_type(name: str) -> str:
    return f"{WIRE_PREFIX}{name}.{VERSION}"


def dataschema(type_: str, direction: Direction) -> str:
    """The schema that belongs to a wire type in one direction: derived, so that it cannot contradict it."""
    name, _, version = type_.removeprefix(WIRE_PREFIX).rpartition(".")
    suffix = ":van-hub" if direction is Direction.FROM_HUB else ""
    return f"urn:ketenhub:schema:{name}:{version}{suffix}"
