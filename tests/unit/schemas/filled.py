"""Messages in which every field is filled, each with a value that stands nowhere else, and who is named for it.

Who is named is read here from the annotations alone, and not as `hub/schemas/disclosure.py` reads them. Rules between
fields are not kept, or some field could not be filled; only persons keep theirs, as a full part is judged when it is
sent on: of each role there are two, who have every field between them, and those whose age says more than their role.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from itertools import count
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from hub.canonical.partners import Role
from hub.schemas.base import Wire
from hub.schemas.codes import PersonRole
from hub.schemas.disclosure import NO_PERSON, Seen
from hub.schemas.persons import Person
from hub.schemas.texts import BSN_UNBORN, eleven_test
from tests.unit.schemas.kit import Path
from tests.unit.schemas.texts import TABLE, pattern_of


@dataclass(frozen=True)
class _Person:
    """What it leaves to another one, what it must have if not anything will do, and as what it counts in March 2026."""

    role: PersonRole
    counts: PersonRole
    without: frozenset[str] = frozenset({"ongeboren", "adresAfgeschermd"})
    bsn: str | None = None
    born: str | None = None

    @property
    def given(self) -> dict[str, str | None]:
        return {"rol": self.role.value, "bsn": self.bsn, "geboortedatum": self.born}


_UNBORN = frozenset({"geboortedatum", "adres"})
_SUSPECT, _CHILD, _OTHER = PersonRole.PERPETRATOR, PersonRole.CHILD, PersonRole.OTHER
_GROWN, _YOUNG = "1988-03-03", "2008-03-03"
"""On 2 March 2026 the one has long been of age, and the other is not until tomorrow."""
PERSONS = (
    *(_Person(role, _OTHER if role is _CHILD else role, born=_GROWN) for role in PersonRole),
    *(_Person(role, role, _UNBORN, BSN_UNBORN) for role in PersonRole),
    *(_Person(role, role if role is _SUSPECT else _CHILD, born=_YOUNG) for role in PersonRole),
    _Person(PersonRole.VICTIM, PersonRole.VICTIM, born="2008-03-02"),
    _Person(PersonRole.VICTIM, PersonRole.VICTIM, born="2008"),
    _Person(PersonRole.VICTIM, _CHILD, born="2009"),
    _Person(_CHILD, _CHILD, born="2008-03"),
    _Person(_CHILD, _OTHER, born="2007"),
    _Person(PersonRole.VICTIM, PersonRole.VICTIM, frozenset({"geboortedatum", "ongeboren", "adresAfgeschermd"})),
    _Person(_CHILD, _CHILD, frozenset({"geboortedatum", "ongeboren", "adresAfgeschermd"})),
)
_BSNS = [text for number in range(999900006, 999911006) if eleven_test(text := str(number))]
_FIRST_DAY, _FIRST_MOMENT = date(1951, 1, 1), datetime.fromisoformat("2041-01-01T00:00:00Z")
_LARGE = 90_000

UNIQUE: dict[str, Callable[[int], str]] = {
    "bsn": lambda n: _BSNS[n],
    "skn": lambda n: f"9{n:08}",
    "oin": lambda n: f"00000099{n:09}000",
    "municipality": lambda n: f"GM{n:04}",
    "uuid": lambda n: f"{n:08}-cafe-4afe-8afe-{n:012}",
    "date": lambda n: str(_FIRST_DAY + timedelta(days=n)),
    "partial date": lambda n: str(_FIRST_DAY + timedelta(days=n)),
    "moment": lambda n: (_FIRST_MOMENT + timedelta(hours=n)).isoformat(),
    "postcode": lambda n: f"{n + 1000:04}ZZ",
    "phone": lambda n: f"+31 6 {n:08}",
    "reference": lambda n: f"KENMERK-{n:05}",
    "hash": lambda n: f"{n:064}",
    "addition": lambda n: f"T{n:05}",
    "name": lambda n: f"Kanarie {n:05}",
    "free text": lambda n: f"Kanarie {n:05} vloog\nuit.",
}
"""By the kinds of text in `texts.py`, the n-th."""
_BY_PATTERN = {
    next(found for item in get_args(kind)[1:] if (found := pattern_of(item))): UNIQUE[name]
    for name, kind, _, _ in TABLE
    if name in UNIQUE
}


@dataclass(frozen=True)
class Leaf:
    """One value.

    Attributes:
        readers: who is named for it, and for all that it stands in.
        named: who is besides, if it is the party that the object names; at `namer` stands which that is.
        about_people: it says so of itself.
        unique: it would be known anywhere; a code or a yes would not.
    """

    path: Path
    value: Any
    readers: frozenset[Role]
    about_people: bool
    unique: bool
    named: frozenset[Role] = frozenset()
    namer: Path = ()


def is_in(text: str, leaf: Leaf) -> bool:
    """Whether a text has the value, not as part of a longer word or number."""
    written = str(leaf.value).replace("\n", "\\n")
    if written not in text:
        return False
    return re.search(rf"(?<![0-9A-Za-z]){re.escape(written)}(?![0-9A-Za-z])", text) is not None


@dataclass
class Filled:
    """A message, and all that is in it."""

    data: Wire
    leaves: list[Leaf]


def filled(model: type[Wire]) -> Filled:
    filling = _Filling()
    return Filled(filling.object(model, (), frozenset(Role)), filling.leaves)


@dataclass(frozen=True)
class _Way:
    """To one field: who is named for it, who if it is the party at `namer`, what must stand there, whom it is about."""

    at: Path
    readers: frozenset[Role]
    named: frozenset[Role]
    namer: Path
    given: str | None
    person: _Person | None


@dataclass
class _Filling:
    leaves: list[Leaf] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def object(self, model: type[Wire], at: Path, readers: frozenset[Role], person: _Person | None = None) -> Wire:
        hints = get_type_hints(model, include_extras=True)
        values = {}
        for name, one in model.model_fields.items():
            given = person.given if person is not None and model is Person else {}
            if person is None or model is not Person or one.alias not in person.without:
                said = list(_said(hints[name]))
                rules = [item for item in said if isinstance(item, Seen) and _is_about(item, person)]
                named = readers & {role for item in rules if item.named_in is None for role in item.by}
                if_named = frozenset(role for item in rules if item.named_in for role in item.by & readers)
                namer = next(((*at, item.named_in) for item in rules if item.named_in), ())
                way = _Way((*at, str(one.alias)), named, if_named, namer, given.get(str(one.alias)), person)
                values[name] = self.value(hints[name], said, way)
        return model.model_construct(**values)

    def value(self, hint: Any, said: list[Any], way: _Way) -> Any:
        nested = next((item for item in said if isinstance(item, type) and issubclass(item, Wire)), None)
        many = any(get_origin(item) is tuple for item in said)
        if nested is not None:
            each = [*PERSONS] if nested is Person else [way.person]
            places = ((*way.at, n) if many else way.at for n in range(len(each)))
            found = [self.object(nested, at, way.readers, one) for at, one in zip(places, each, strict=True)]
            return tuple(found) if many else found[0]
        plain, unique = _plain(said, next(self.numbers)) if way.given is None else (way.given, False)
        adapter = TypeAdapter(hint)
        value = adapter.validate_python([plain] if many else plain)
        wire = adapter.dump_python(value, mode="json")
        people = any(isinstance(item, Seen) and item != NO_PERSON for item in said)
        where, one = ((*way.at, 0), wire[0]) if many else (way.at, wire)
        self.leaves.append(Leaf(where, one, way.readers, people, unique, way.named, way.namer))
        return value


def _is_about(rule: Seen, person: _Person | None) -> bool:
    return rule.of is None or (person is not None and person.counts in rule.of)


def _plain(said: list[Any], number: int) -> tuple[Any, bool]:
    """The value as it travels, and whether it is unique."""
    pattern = next((found for item in said if (found := pattern_of(item))), None)
    if pattern is not None:
        return _BY_PATTERN[pattern](number), True
    codes = next((item for item in said if isinstance(item, type) and issubclass(item, Enum)), None)
    if codes is not None:
        return next(iter(codes)).value, False
    if bool in said:
        return True, False
    bounds = [part for item in said for part in (item.metadata if isinstance(item, FieldInfo) else [item])]
    most = next(part.le for part in bounds if hasattr(part, "le"))
    return (_LARGE + number, True) if most > _LARGE else (most, False)


def _said(hint: Any) -> Iterator[Any]:
    yield hint
    for argument in get_args(hint):
        yield from _said(argument)
