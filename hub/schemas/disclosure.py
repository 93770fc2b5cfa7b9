"""Who may see which field, on which legal ground: stands beside the field, and is all that `disclose` knows.

What is not named is not sent on. A field is seen below an object only by who sees the object too. A ground may be about
some people only, or about one reader: then it counts where the object is about such a person, or names that reader.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import Any, NamedTuple, get_args, get_origin

from pydantic.fields import FieldInfo

from hub.canonical.partners import Role
from hub.ids import Oin
from hub.schemas.base import Wire
from hub.schemas.codes import PersonRole
from hub.schemas.concerned import counts_as
from hub.schemas.texts import Identifies

EVERYONE = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who gets a message: a connection of this role, of this organisation, on this day.

    Without an organisation it is named nowhere; without a day nobody's age says anything.
    """

    role: Role
    oin: Oin | None = None
    on: date | None = None

    @classmethod
    def of(cls, reader: "Role | Reader") -> "Reader":
        """A role alone is that of nobody in particular."""
        return reader if isinstance(reader, Reader) else cls(reader)


@dataclass(frozen=True, slots=True)
class About:
    """Of one object: as what the person counts that it is about, or that it stands in; what of it names the reader."""

    person: PersonRole | None = None
    naming: frozenset[str] = frozenset()


NOTHING = About()


@dataclass(frozen=True, slots=True)
class Seen:
    """Stands beside a field, once or more: these roles see it, on this ground.

    Attributes:
        of: of a person who counts as one of these only.
        named_in: by nobody but the party that stands in this field of the same object (wire name).
    """

    by: frozenset[Role]
    ground: str
    of: frozenset[PersonRole] | None = None
    named_in: str | None = None

    @property
    def always(self) -> bool:
        """Whomever the object is about, and whoever reads."""
        return self.of is None and self.named_in is None

    def counts(self, about: About) -> bool:
        whom = self.of is None or about.person in self.of
        return whom and (self.named_in is None or self.named_in in about.naming)


class Tells(Enum):
    """Stands beside the fields of an object that say as what the person counts whom it is about."""

    ROLE = auto()
    BIRTH = auto()


def seen(ground: str, *by: Role, of: frozenset[PersonRole] | None = None) -> Seen:
    return Seen(frozenset(by), ground, of)


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
    tells: Tells | None

    @property
    def by(self) -> frozenset[Role]:
        """Every role that sees it of somebody."""
        return _roles(self.rules)

    @property
    def always_by(self) -> frozenset[Role]:
        """Those that see it wherever it stands."""
        return _roles(rule for rule in self.rules if rule.always)

    def grounds(self, role: Role, about: About = NOTHING) -> tuple[str, ...]:
        """On which `role` sees it of what is about this: none if it does not."""
        return tuple(rule.ground for rule in self.rules if role in rule.by and rule.counts(about))


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
    nested: type[Wire] | None
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


def disclose(model: Wire, reader: Role | Reader) -> dict[str, Any]:
    """What this reader may see of a message: plain JSON values under wire names."""
    return cut(model.wire(), type(model), reader)


def cut(data: Mapping[str, Any], model: type[Wire], reader: Role | Reader) -> dict[str, Any]:
    """What this reader may see of data in the words of this model; what the model does not name is gone too."""
    return _cut(data, model, Reader.of(reader), NOTHING)


def audience(model: type[Wire]) -> frozenset[Role]:
    """Every role that sees anything of a message."""
    return frozenset[Role]().union(*(part.by for part in parts_of(model)))


def shown(data: Mapping[str, Any], model: type[Wire], reader: Role | Reader, at: str = "") -> list[Shown]:
    """What in `data` is about people: every value that has another ground than `NO_PERSON`.

    Args:
        data: as the reader gets it.
    """
    found: list[Shown] = []
    _find(data, model, Reader.of(reader), NOTHING, (), at, found)
    return found


def _cut(data: Mapping[str, Any], model: type[Wire], reader: Reader, outside: About) -> dict[str, Any]:
    about = _about(data, model, reader, outside)
    kept = {}
    for alias, nested, many in _plan(model, reader.role, about):
        if alias in data:
            value = data[alias]
            if nested is not None:
                items = [_cut(item, nested, reader, about) for item in (value if many else (value,))]
                value = items if many else items[0]
            kept[alias] = value
    return kept


def _find(
    data: Mapping[str, Any],
    model: type[Wire],
    reader: Reader,
    outside: About,
    above: tuple[str, ...],
    at: str,
    found: list[Shown],
) -> None:
    about = _about(data, model, reader, outside)
    for reason in _reasons(model, reader.role, about, above):
        if reason.alias not in data:
            continue
        here, value = at + reason.step, data[reason.alias]
        if reason.nested is None:
            if reason.about_people:
                found.append(Shown(here, reason.grounds))
        elif reason.many:
            for index, item in enumerate(value):
                _find(item, reason.nested, reader, about, reason.grounds, f"{here}/{index}", found)
        else:
            _find(value, reason.nested, reader, about, reason.grounds, here, found)


def _about(data: Mapping[str, Any], model: type[Wire], reader: Reader, outside: About) -> About:
    """What stands in an object about a person is about that person too; whom it names says nothing of what is in it."""
    role, birth, names = _telling(model)
    person = outside.person
    if role is not None and role in data:
        person = counts_as(PersonRole(data[role]), data.get(birth) if birth else None, reader.on)
    naming = frozenset(name for name in names if reader.oin is not None and data.get(name) == reader.oin)
    return NOTHING if person is None and not naming else About(person, naming)


@functools.cache
def _telling(model: type[Wire]) -> tuple[str | None, str | None, tuple[str, ...]]:
    """The wire names of the fields by which an object says whom it is about, and of those that may name a reader."""
    parts = parts_of(model)
    said = {part.tells: part.alias for part in parts if part.tells is not None}
    names = dict.fromkeys(rule.named_in for part in parts for rule in part.rules if rule.named_in is not None)
    return said.get(Tells.ROLE), said.get(Tells.BIRTH), tuple(names)


@functools.cache
def _plan(model: type[Wire], role: Role, about: About) -> tuple[tuple[str, type[Wire] | None, bool], ...]:
    return tuple((part.alias, part.nested, part.many) for part in parts_of(model) if part.grounds(role, about))


@functools.cache
def _reasons(model: type[Wire], role: Role, about: About, above: tuple[str, ...]) -> tuple[_Reason, ...]:
    """Worked out once: only what is there, and how often, differs from message to message."""
    parts = ((part, part.grounds(role, about)) for part in parts_of(model))
    return tuple(_reason(part, grounds, above) for part, grounds in parts if grounds)


def _reason(part: Part, grounds: tuple[str, ...], above: tuple[str, ...]) -> _Reason:
    own = tuple(one for one in grounds if one != NO_PERSON.ground)
    return _Reason(part.alias, f"/{part.alias}", (*above, *own), bool(own), part.nested, part.many)


def _roles(rules: Iterable[Seen]) -> frozenset[Role]:
    return frozenset[Role]().union(*(rule.by for rule in rules))


def _part(name: str, field: FieldInfo) -> Part:
    said = [*_inside(field.annotation), *field.metadata]
    return Part(
        name=name,
        alias=field.alias or name,
        rules=tuple(item for item in said if isinstance(item, Seen)),
        nested=next((item for item in said if isinstance(item, type) and issubclass(item, Wire)), None),
        many=any(get_origin(item) is tuple for item in said),
        identifies=next((item for item in said if isinstance(item, Identifies)), None),
        tells=next((item for item in said if isinstance(item, Tells)), None),
    )


def _inside(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in get_args(annotation):
        yield from _inside(argument)
