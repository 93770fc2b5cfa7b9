"""Who may see which field, on which legal ground: stands beside the field, and is all that `disclose` knows.

What is not named is not sent on. A field is seen below an object only by who sees the object too.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, get_args, get_origin

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
    rules: tuple[Seen, ...]
    nested: type[Wire] | None
    many: bool
    identifies: Identifies | None

    @property
    def by(self) -> frozenset[Role]:
        return frozenset[Role]().union(*(rule.by for rule in self.rules))

    def grounds(self, role: Role) -> tuple[str, ...]:
        """On which `role` sees it."""
        return tuple(rule.ground for rule in self.rules if role in rule.by)


@dataclass(frozen=True, slots=True)
class _Reason:
    """Why a role sees a field, and what stands in it.

    Attributes:
        grounds: those of what it stands in, then its own.
        about_people: whether any is its own.
    """

    alias: str
    step: str
    grounds: tuple[str, ...]
    about_people: bool
    within: "tuple[_Reason, ...] | None"
    many: bool


class Shown(NamedTuple):
    """One value about people that somebody gets.

    Attributes:
        at: its path on the wire, a JSON pointer from where the search began.
        grounds: its own, after those of what it stands in.
    """

    at: str
    grounds: tuple[str, ...]


@functools.cache
def parts_of(model: type[Wire]) -> tuple[Part, ...]:
    return tuple(_part(name, field) for name, field in model.model_fields.items())


def disclose(model: Wire, role: Role) -> dict[str, Any]:
    """What `role` may see of a message: plain JSON values under wire names."""
    return cut(model.wire(), type(model), role)


def cut(data: Mapping[str, Any], model: type[Wire], role: Role) -> dict[str, Any]:
    """What `role` may see of data in the words of this model; what the model does not name is gone too."""
    kept = {}
    for alias, nested, many in _plan(model, role):
        if alias in data:
            value = data[alias]
            if nested is not None:
                value = [cut(item, nested, role) for item in value] if many else cut(value, nested, role)
            kept[alias] = value
    return kept


def audience(model: type[Wire]) -> frozenset[Role]:
    """Every role that sees anything of a message."""
    return frozenset[Role]().union(*(part.by for part in parts_of(model)))


def shown(data: Mapping[str, Any], model: type[Wire], role: Role, at: str = "") -> list[Shown]:
    """What in `data` is about people: every value that has another ground than `NO_PERSON`.

    Args:
        data: as `role` gets it.
    """
    found: list[Shown] = []
    _find(data, _reasons(model, role, ()), at, found)
    return found


def _find(data: Mapping[str, Any], reasons: tuple[_Reason, ...], at: str, found: list[Shown]) -> None:
    for reason in reasons:
        if reason.alias not in data:
            continue
        here, value = at + reason.step, data[reason.alias]
        if reason.within is None:
            if reason.about_people:
                found.append(Shown(here, reason.grounds))
        elif reason.many:
            for index, item in enumerate(value):
                _find(item, reason.within, f"{here}/{index}", found)
        else:
            _find(value, reason.within, here, found)


@functools.cache
def _plan(model: type[Wire], role: Role) -> tuple[tuple[str, type[Wire] | None, bool], ...]:
    return tuple((part.alias, part.nested, part.many) for part in parts_of(model) if role in part.by)


@functools.cache
def _reasons(model: type[Wire], role: Role, above: tuple[str, ...]) -> tuple[_Reason, ...]:
    """Worked out once: only what is there, and how often, differs from message to message."""
    return tuple(_reason(part, role, above) for part in parts_of(model) if role in part.by)


def _reason(part: Part, role: Role, above: tuple[str, ...]) -> _Reason:
    own = tuple(one for one in part.grounds(role) if one != NO_PERSON.ground)
    within = _reasons(part.nested, role, (*above, *own)) if part.nested is not None else None
    return _Reason(part.alias, f"/{part.alias}", (*above, *own), bool(own), within, part.many)


def _part(name: str, field: FieldInfo) -> Part:
    said = [*_inside(field.annotation), *field.metadata]
    return Part(
        name=name,
        alias=field.alias or name,
        rules=tuple(item for item in said if isinstance(item, Seen)),
        nested=next((item for item in said if isinstance(item, type) and issubclass(item, Wire)), None),
        many=any(get_origin(item) is tuple for item in said),
        identifies=next((item for item in said if isinstance(item, Identifies)), None),
    )


def _inside(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in get_args(annotation):
        yield from _inside(argument)
