"""Who may see which field, on which legal ground: stands beside the field, and is all that `disclose` knows.

What is not named is not sent on. A field is seen below an object only by who sees the object too.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from hub.canonical.partners import Role
from hub.schemas.base import Wire
from hub.schemas.texts import Identifies

EVERYONE = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Seen:
    """Stands beside a field, once or more: these roles see it, on this ground."""

    by: frozenset[Role]
    ground: str


def seen(ground: str, *by: Role) -> Seen:
    return Seen(frozenset(by), ground)


TRIAGE = seen("Wmo 2015 art. 5.2.6: derden verstrekken aan Veilig Thuis", Role.VEILIG_THUIS)
NO_PERSON = Seen(EVERYONE, "Bevat geen persoonsgegevens")


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a wire model, as disclosure and the rule on test data see it."""

    name: str
    alias: str
    by: frozenset[Role]
    grounds: tuple[str, ...]
    nested: type[Wire] | None
    many: bool
    identifies: Identifies | None


@functools.cache
def parts_of(model: type[Wire]) -> tuple[Part, ...]:
    return tuple(_part(name, field) for name, field in model.model_fields.items())


def disclose(model: Wire, role: Role) -> dict[str, Any]:
    """What `role` may see of a message: plain JSON values under wire names."""
    return _cut(model.wire(), type(model), role)


def audience(model: type[Wire]) -> frozenset[Role]:
    """Every role that sees anything of a message."""
    return frozenset[Role]().union(*(part.by for part in parts_of(model)))


def _cut(data: dict[str, Any], model: type[Wire], role: Role) -> dict[str, Any]:
    cut = {}
    for alias, nested, many in _plan(model, role):
        if alias in data:
            value = data[alias]
            if nested is not None:
                value = [_cut(item, nested, role) for item in value] if many else _cut(value, nested, role)
            cut[alias] = value
    return cut


@functools.cache
def _plan(model: type[Wire], role: Role) -> tuple[tuple[str, type[Wire] | None, bool], ...]:
    return tuple((part.alias, part.nested, part.many) for part in parts_of(model) if role in part.by)


def _part(name: str, field: FieldInfo) -> Part:
    said = [*_inside(field.annotation), *field.metadata]
    rules = [item for item in said if isinstance(item, Seen)]
    return Part(
        name=name,
        alias=field.alias or name,
        by=frozenset[Role]().union(*(rule.by for rule in rules)),
        grounds=tuple(rule.ground for rule in rules),
        nested=next((item for item in said if isinstance(item, type) and issubclass(item, Wire)), None),
        many=any(get_origin(item) is tuple for item in said),
        identifies=next((item for item in said if isinstance(item, Identifies)), None),
    )


def _inside(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in get_args(annotation):
        yield from _inside(argument)
