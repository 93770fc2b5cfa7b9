"""By what the persons of a message can be known again: everything their data allow.

Each identity is a text that is equal for two messages if they mean the same, however it was typed: it goes into a keyed
hash, where no near match is possible. What follows from a match is for others to decide; a name, an address or a
parent is a hint only, so the spellings here would rather match once too often.

- BSN, SKN: the number, with what else is said of whom it is of; never one that stands for "unknown" or "unborn", nor
  one that systems fill in where none is known.
- name and birth: the surname in each of its ways (`surnames.py`), the first initial (police knows "J.W.", the school
  "Jan"), a whole date.
- address: postcode, house number, addition. Never a shielded one: a hit on it would tell whoever reports with a guessed
  address that the person it was shielded for is there.
- parent: each adult with authority, and the mother of an unborn child, under a kind of their own: it links reports on
  different children of one parent, and is never the number of the person that the report is about.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from hub.canonical.codes import MatchGround
from hub.schemas.base import Wire
from hub.schemas.codes import PersonRole
from hub.schemas.persons import Address, Person, PersonName
from hub.schemas.surnames import initial, surnames
from hub.schemas.texts import BSN_UNBORN, BSN_UNKNOWN
from hub.schemas.traits import NO_TRAITS, Traits, is_whole, traits_of

NUMBERS = frozenset({MatchGround.BSN, MatchGround.SKN})
"""What says for sure that two people are one."""
JOINING_ROLES = frozenset({PersonRole.CHILD, PersonRole.VICTIM})
YOUTH_ENDS = 23
"""Years of age (Jeugdwet art. 7.1.4.5, Verwijsindex)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One thing by which somebody can be known again.

    Attributes:
        text: in one spelling; two of different kinds never mean the same.
        joins: the number of a child or victim.
        traits: of a number, what is said of whom it is of.
        young_until: the 23rd birthday, the first day it can be if the date is not known whole; `None` if unknown.
    """

    kind: MatchGround
    text: str = field(repr=False)
    joins: bool = False
    young_until: date | None = None
    traits: Traits = field(default=NO_TRAITS, repr=False)


def identities_of(data: Wire, dummies: Collection[str]) -> tuple[Identity, ...]:
    """Those of all persons that a message names in `betrokkenen`, each once.

    Args:
        dummies: numbers that systems fill in where none is known.
    """
    return identities_of_persons(getattr(data, "persons", None) or (), dummies)


def identities_of_persons(persons: Iterable[Person], dummies: Collection[str]) -> tuple[Identity, ...]:
    """In the order of the persons.

    One that several share joins if it does for any, is as young as the youngest, and may be any of them; if it joins,
    of those for whom it does: what is said of an adult to whom a child's number was copied is not said of a child.
    """
    found: dict[tuple[MatchGround, str], Identity] = {}
    for identity in (one for person in persons for one in (*_own(person, dummies), *_as_parent(person, dummies))):
        key = identity.kind, identity.text
        found[key] = _both(found[key], identity) if key in found else identity
    return tuple(found.values())


def subject_of(person: Person, dummies: Collection[str]) -> Identity | None:
    """The one thing by which a person is best known again: BSN, else SKN, else name and birth; `None` if by nothing."""
    return next(iter(subjects_of(person, dummies)), None)


def subjects_of(person: Person, dummies: Collection[str]) -> tuple[Identity, ...]:
    """Each thing by which a message may have known a person best: of several, another message may have had fewer.

    A name only as it was typed: this is to be that person, and not to be met once too often.
    """
    known: dict[MatchGround, Identity] = {}
    for kind, text in _known_by(person, dummies):
        known.setdefault(kind, Identity(kind, text))
    return tuple(known.values())


def _own(person: Person, dummies: Collection[str]) -> Iterator[Identity]:
    young_until, traits = _end_of_youth(person.born), traits_of(person.sex, person.born)
    for kind, text in _known_by(person, dummies):
        if kind in NUMBERS:
            yield Identity(kind, text, person.role in JOINING_ROLES, young_until, traits)
        else:
            yield Identity(kind, text, young_until=young_until)
    if address := _address(person.address):
        yield Identity(MatchGround.ADDRESS, address, young_until=young_until)


def _as_parent(person: Person, dummies: Collection[str]) -> Iterator[Identity]:
    if person.role is PersonRole.AUTHORITY:
        for kind, text in _known_by(person, dummies):
            yield Identity(MatchGround.PARENT, f"{kind.value} {text}")
    if person.unborn is not None and (number := _number(person.unborn.mother_bsn, dummies)):
        yield Identity(MatchGround.PARENT, f"{MatchGround.BSN.value} {number}")


def _known_by(person: Person, dummies: Collection[str]) -> Iterator[tuple[MatchGround, str]]:
    if number := _number(person.bsn, dummies):
        yield MatchGround.BSN, number
    if number := _number(person.skn, dummies):
        yield MatchGround.SKN, number
    for name in _names_and_birth(person.name, person.born):
        yield MatchGround.NAME_AND_BIRTH, name


def _number(text: str | None, dummies: Collection[str]) -> str | None:
    """One that names somebody; no number is one digit throughout."""
    unknown = text is None or text in (BSN_UNKNOWN, BSN_UNBORN) or len(set(text)) == 1 or text in dummies
    return None if unknown else text


def _names_and_birth(name: PersonName | None, born: str | None) -> Iterator[str]:
    if name is None or not is_whole(born):
        return
    if letter := initial(f"{name.initials or ''} {name.first_names or ''}"):
        yield from (f"{family} {letter} {born}" for family in surnames(name.surname or "", name.prefix or ""))


def _address(address: Address | None) -> str | None:
    if address is None or address.postcode is None or address.house_number is None:
        return None
    addition = re.sub("[ -]", "", address.addition or "").upper()
    return f"{address.postcode} {address.house_number} {addition}".rstrip()


def _end_of_youth(born: str | None) -> date | None:
    """The 23rd birthday; the first day that it can be, where only the year or month is known."""
    if born is None:
        return None
    first = date.fromisoformat((born + "-01-01")[:10])
    try:
        return first.replace(year=first.year + YOUTH_ENDS)
    except ValueError:  # born on 29 February
        return date(first.year + YOUTH_ENDS, 3, 1)


def _both(one: Identity, other: Identity) -> Identity:
    days = [day for day in (one.young_until, other.young_until) if day]
    joins = one.joins or other.joins
    return replace(
        one,
        joins=joins,
        young_until=max(days, default=None),
        traits=NO_TRAITS.union(*(each.traits for each in (one, other) if each.joins is joins)),
    )
