"""By what the persons of a message can be known again: everything their data allow, in one spelling.

Each identity is a text that is equal for two messages if they mean the same, however it was typed: it goes into a keyed
hash, where no near match is possible. What follows from a match is for others to decide; a name, an address or a
parent is a hint only, so the spellings here would rather match once too often.

- BSN, SKN: the number; never one that stands for "unknown" or "unborn".
- name and birth: surname without its prefix, the first initial (police knows "J.W.", the school "Jan"), a whole date.
- address: postcode, house number, addition. Never a shielded one: a hit on it would tell whoever reports with a guessed
  address that the person it was shielded for is there.
- parent: each adult with authority, and the mother of an unborn child, under a kind of their own: it links reports on
  different children of one parent, and is never the number of the person that the report is about.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from hub.canonical.codes import MatchGround
from hub.schemas.base import Wire
from hub.schemas.codes import PersonRole
from hub.schemas.persons import Address, Person, PersonName
from hub.schemas.texts import BSN_UNBORN, BSN_UNKNOWN

NUMBERS = frozenset({MatchGround.BSN, MatchGround.SKN})
"""What says for sure that two people are one."""
JOINING_ROLES = frozenset({PersonRole.CHILD, PersonRole.VICTIM})
YOUTH_ENDS = 23
"""Years of age (Jeugdwet art. 7.1.4.5, Verwijsindex)."""

PREFIXES = frozenset({
    "a", "aan", "af", "al", "am", "auf", "aus", "bij", "d", "da", "dal", "dalla", "das", "de", "degli", "dei", "del",
    "della", "den", "der", "des", "di", "do", "dos", "du", "e", "el", "het", "i", "im", "in", "l", "la", "las", "le",
    "les", "lo", "los", "onder", "op", "over", "s", "t", "te", "ten", "ter", "thoe", "tho", "to", "toe", "tot",
    "uijt", "uit", "uten", "v", "van", "vande", "vanden", "vander", "vd", "vdr", "ver", "vom", "von", "voor", "vor",
    "y", "zu", "zum", "zur",
})  # fmt: skip
"""Single words of surname prefixes (BRP, Landelijke Tabel 36) and how people shorten them."""
_NO_NAME = frozenset({"onbekend", "unknown", "nn", "nomennescio", "anoniem", "geen"})
_NO_BIRTHDAY = frozenset({"1800-01-01", "1899-12-30", "1899-12-31", "1900-01-01"})
"""What systems write where no name or date is known: it would make one person of many."""
# Letters that no Unicode decomposition takes apart, and apostrophes that count as letters.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ʼ": " ", "ʻ": " "}
)
_BETWEEN_WORDS = re.compile(r"[\W\d_]+")
_FULL_DATE = 10


@dataclass(frozen=True, slots=True)
class Identity:
    """One thing by which somebody can be known again.

    Attributes:
        text: in its one spelling; two of different kinds never mean the same.
        joins: the number of a child or victim.
        young_until: the 23rd birthday, the first day it can be if the date is not known whole; `None` if unknown.
    """

    kind: MatchGround
    text: str = field(repr=False)
    joins: bool = False
    young_until: date | None = None


def identities_of(data: Wire) -> tuple[Identity, ...]:
    """Those of all persons that a message names in `betrokkenen`, each once."""
    return identities_of_persons(getattr(data, "persons", None) or ())


def identities_of_persons(persons: Iterable[Person]) -> tuple[Identity, ...]:
    """In the order of the persons. One that several share joins if it does for any, and is as young as the youngest."""
    found: dict[tuple[MatchGround, str], Identity] = {}
    for identity in (one for person in persons for one in (*_own(person), *_as_parent(person))):
        key = identity.kind, identity.text
        found[key] = _both(found[key], identity) if key in found else identity
    return tuple(found.values())


def subject_of(person: Person) -> Identity | None:
    """The one thing by which a person is best known again: BSN, else SKN, else name and birth; `None` if by nothing."""
    return next(iter(subjects_of(person)), None)


def subjects_of(person: Person) -> tuple[Identity, ...]:
    """Each thing by which a message may have known a person best: of several, another message may have had fewer."""
    return tuple(Identity(kind, text) for kind, text in _known_by(person))


def words(text: str) -> tuple[str, ...]:
    """The words of a name without what spellings differ in: case, diacritics, ligatures, spaces, signs, digits."""
    for _ in range(2):  # folding and decomposing each make work for the other
        text = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(one for one in text.translate(_LETTERS) if not unicodedata.combining(one))
    return tuple(word for word in _BETWEEN_WORDS.split(plain) if word)


def surname(text: str) -> str:
    """A surname in one spelling: prefixes typed before or after it are not part of it; empty if it is none."""
    rest = list(words(text))
    while len(rest) > 1 and rest[0] in PREFIXES:
        del rest[0]
    while len(rest) > 1 and rest[-1] in PREFIXES:
        del rest[-1]
    name = "".join(rest)
    return "" if name in _NO_NAME else name


def _own(person: Person) -> Iterator[Identity]:
    young_until = _end_of_youth(person.born)
    for kind, text in _known_by(person):
        yield Identity(kind, text, kind in NUMBERS and person.role in JOINING_ROLES, young_until)
    if address := _address(person.address):
        yield Identity(MatchGround.ADDRESS, address, young_until=young_until)


def _as_parent(person: Person) -> Iterator[Identity]:
    if person.role is PersonRole.AUTHORITY:
        for kind, text in _known_by(person):
            yield Identity(MatchGround.PARENT, f"{kind.value} {text}")
    if person.unborn is not None and (number := _number(person.unborn.mother_bsn)):
        yield Identity(MatchGround.PARENT, f"{MatchGround.BSN.value} {number}")


def _known_by(person: Person) -> Iterator[tuple[MatchGround, str]]:
    if number := _number(person.bsn):
        yield MatchGround.BSN, number
    if number := _number(person.skn):
        yield MatchGround.SKN, number
    if name := _name_and_birth(person.name, person.born):
        yield MatchGround.NAME_AND_BIRTH, name


def _number(text: str | None) -> str | None:
    return None if text in (None, BSN_UNKNOWN, BSN_UNBORN) or set(text) == {"0"} else text


def _name_and_birth(name: PersonName | None, born: str | None) -> str | None:
    if name is None or born is None or len(born) < _FULL_DATE or born in _NO_BIRTHDAY:
        return None
    family = surname(name.surname or "")
    initial = "".join(words(f"{name.initials or ''} {name.first_names or ''}"))[:1]
    return f"{family} {initial} {born}" if family and initial else None


def _address(address: Address | None) -> str | None:
    if address is None or address.postcode is None or address.house_number is None:
        return None
    addition = re.sub("[ -]", "", address.addition or "").upper()
    return f"{address.postcode} {address.house_number} {addition}".rstrip()


def _end_of_youth(born: str | None) -> date | None:
    """The 23rd birthday; the first day that it can be, where only the year or month is known."""
    if born is None:
        return None
    first = date.fromisoformat((born + "-01-01")[:_FULL_DATE])
    try:
        return first.replace(year=first.year + YOUTH_ENDS)
    except ValueError:  # born on 29 February
        return date(first.year + YOUTH_ENDS, 3, 1)


def _both(one: Identity, other: Identity) -> Identity:
    days = [day for day in (one.young_until, other.young_until) if day]
    return replace(one, joins=one.joins or other.joins, young_until=max(days, default=None))
