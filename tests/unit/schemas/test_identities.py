"""By what somebody can be known again: what is one however it was typed, what is not, and what never identifies."""

from datetime import date
from typing import Any

import pytest

from hub.canonical.codes import MatchGround, Trait
from hub.schemas.identities import Identity, identities_of, identities_of_persons, subject_of
from hub.schemas.message import Direction
from hub.schemas.persons import Person
from hub.schemas.registry import message_types
from hub.schemas.samples import sample

CHILD, MOTHER = "999911004", "999933000"
DUMMY, NOBODY = "123456782", frozenset[str]()
SKN, BORN = "201234567", "2017-05-30"
JAN = {"voorletters": "J.W.", "achternaam": "Vogelzang"}
HOME = {"postcode": "2512AB", "huisnummer": 12}
UNBORN = {"bsn": "999999999", "ongeboren": {"bsnMoeder": MOTHER, "naamMoeder": {"achternaam": "Vogelzang"}}}


def person(role: str = "kind", **said: Any) -> Person:
    return Person.model_validate({"rol": role, "geslacht": "onbekend"} | said)


def found(role: str = "kind", **said: Any) -> dict[MatchGround, str]:
    """Each kind once."""
    identities = identities_of_persons([person(role, **said)], NOBODY)
    texts = {one.kind: one.text for one in identities}
    assert len(texts) == len(identities)
    return texts


def named(born: str = BORN, **name: str) -> str | None:
    return found(naam=name, geboortedatum=born).get(MatchGround.NAME_AND_BIRTH)


def test_everything_that_the_data_allow_is_an_identity() -> None:
    said = {"bsn": CHILD, "skn": SKN, "naam": JAN, "geboortedatum": BORN, "adres": HOME}

    assert found(**said) == {
        MatchGround.BSN: CHILD,
        MatchGround.SKN: SKN,
        MatchGround.NAME_AND_BIRTH: "vogelzang j 2017-05-30",
        MatchGround.ADDRESS: "2512AB 12",
    }
    assert found() == {}


@pytest.mark.parametrize("said", [{"bsn": "000000000"}, UNBORN, {"skn": "000000000"}, {"skn": "0000000"}])
def test_a_number_for_unknown_or_unborn_is_nobody(said: dict[str, Any]) -> None:
    assert {MatchGround.BSN, MatchGround.SKN}.isdisjoint(found(**said))


@pytest.mark.parametrize("said", [{"bsn": DUMMY}, {"skn": "1234567"}, {"ongeboren": {"bsnMoeder": DUMMY}}])
@pytest.mark.parametrize("role", ["kind", "gezaghebbende"])
def test_a_number_that_is_filled_in_where_none_is_known_is_nobody(role: str, said: dict[str, Any]) -> None:
    somebody = person(role, **said)

    assert identities_of_persons([somebody], frozenset({DUMMY, "1234567"})) == ()
    assert subject_of(somebody, frozenset({DUMMY, "1234567"})) is None
    assert identities_of_persons([somebody], NOBODY)


@pytest.mark.parametrize("number", ["1111111", "999999999999999", "222222222"])
def test_one_digit_throughout_is_no_number(number: str) -> None:
    assert found(skn=number) == {}


# ---- names


@pytest.mark.parametrize(
    "name",
    [
        {"voorletters": "J"},
        {"voorletters": "j.w."},
        {"voorletters": "J W"},
        {"voornamen": "Jan"},
        {"voornamen": "Jan Willem"},
        {"voornamen": "Ján"},
        {"voorletters": "J.", "voornamen": "Piet"},
        {"voorletters": ".", "voornamen": "Jan"},
        {"voorletters": "J.", "voornamen": "onbekend"},
    ],
)
def test_the_first_initial_is_enough_as_not_everybody_knows_the_others(name: dict[str, str]) -> None:
    assert named(achternaam="Vogelzang", **name) == "vogelzang j 2017-05-30"


@pytest.mark.parametrize(
    ("born", "name"),
    [
        (BORN, {"voorletters": "P", "achternaam": "Vogelzang"}),
        ("2017-05-31", {"voorletters": "J", "achternaam": "Vogelzang"}),
    ],
)
def test_another_initial_or_day_is_somebody_else(born: str, name: dict[str, str]) -> None:
    assert named(born, **name) not in (None, named(**JAN))


@pytest.mark.parametrize("born", ["2017", "2017-05", "1900-01-01"])
def test_a_name_without_a_whole_birth_date_is_nobody(born: str) -> None:
    assert named(born, **JAN) is None


@pytest.mark.parametrize(
    "name",
    [
        {"achternaam": "Vogelzang"},
        {"voorletters": "J"},
        {"voorvoegsel": "van"},
        {"achternaam": "Vogelzang", "voornamen": "onbekend"},
        {"achternaam": "Onbekend", "voornamen": "Jan"},
    ],
)
def test_half_a_name_is_nobody(name: dict[str, str]) -> None:
    assert named(**name) is None


@pytest.mark.parametrize("prefix", ["van der", "Van Der", "v.d.", "v/d", "de", "von", "aan den", "el"])
def test_a_prefix_counts_for_nothing_wherever_it_was_typed(prefix: str) -> None:
    apart = named(voorletters="J", voorvoegsel=prefix, achternaam="Vogelzang")

    assert apart == named(voorletters="J", achternaam=f"{prefix} Vogelzang") == "vogelzang j 2017-05-30"


@pytest.mark.parametrize("prefix", ["'t", "d'", "L'", "'s-"])
def test_a_prefix_of_one_letter_is_met_where_it_was_written_onto_the_name_too(prefix: str) -> None:
    def names(**name: str) -> list[str]:
        own = identities_of_persons([person(naam={"voorletters": "J"} | name, geboortedatum=BORN)], NOBODY)
        return [one.text for one in own]

    apart = names(voorvoegsel=prefix, achternaam="Hondt")

    assert apart == names(achternaam=f"{prefix} Hondt")
    assert apart[0] == "hondt j 2017-05-30"
    assert not set(apart).isdisjoint(names(achternaam=prefix.strip("'-") + "hondt"))


def test_a_name_of_two_is_known_by_each_of_them_and_by_the_whole() -> None:
    both = identities_of_persons(
        [person(naam={"voorletters": "J", "achternaam": "de Vries-Jansen"}, geboortedatum=BORN)], NOBODY
    )

    assert [one.text.split()[0] for one in both] == ["vriesjansen", "vries", "jansen"]
    assert not any(one.joins for one in both)


# ---- addresses


@pytest.mark.parametrize("addition", ["bis A", "BIS-A", "bisa", "-bis a", "B isA"])
def test_an_addition_is_one_however_it_is_typed(addition: str) -> None:
    assert found(adres=HOME | {"toevoeging": addition}) == {MatchGround.ADDRESS: "2512AB 12 BISA"}


def test_another_house_is_another_address() -> None:
    one = found(adres=HOME | {"huisnummer": 1, "toevoeging": "2"})

    assert one not in (found(adres=HOME), found(adres=HOME | {"huisnummer": 2}))


@pytest.mark.parametrize(
    "said",
    [
        {"adresAfgeschermd": HOME},
        {"adres": {"omschrijving": "opvang"}},
        {"adres": {"postcode": "2512AB", "omschrijving": "x"}},
    ],
)
def test_a_shielded_address_and_half_an_address_are_none(said: dict[str, Any]) -> None:
    assert found(**said) == {}


# ---- parents


def test_children_of_one_parent_have_that_parent_in_common() -> None:
    said = {"bsn": MOTHER, "skn": SKN, "naam": JAN, "geboortedatum": "1990-01-02"}
    parents = [
        one.text for one in identities_of_persons([person("gezaghebbende", **said)], NOBODY) if one.kind == "ouder"
    ]

    assert parents == [f"bsn {MOTHER}", f"skn {SKN}", "naam-en-geboortedatum vogelzang j 1990-01-02"]
    assert found(**UNBORN) == {MatchGround.PARENT: parents[0]}


@pytest.mark.parametrize("role", ["kind", "vermoedelijk-slachtoffer", "vermoedelijke-pleger", "afhankelijke", "overig"])
def test_only_who_has_authority_is_a_parent(role: str) -> None:
    assert MatchGround.PARENT not in found(role, bsn=MOTHER)


@pytest.mark.parametrize("mother", ["000000000", "999999999"])
def test_an_unknown_mother_is_nobody(mother: str) -> None:
    assert found(ongeboren={"bsnMoeder": mother}) == {}


# ---- what an identity may do


@pytest.mark.parametrize(
    ("role", "joins"),
    [
        ("kind", True),
        ("vermoedelijk-slachtoffer", True),
        ("vermoedelijke-pleger", False),
        ("gezaghebbende", False),
        ("afhankelijke", False),
        ("overig", False),
    ],
)
def test_only_the_number_of_a_child_or_victim_joins(role: str, joins: bool) -> None:
    said = {"bsn": CHILD, "skn": SKN, "naam": JAN, "geboortedatum": BORN, "adres": HOME}
    joining = {one.kind for one in identities_of_persons([person(role, **said)], NOBODY) if one.joins}

    assert joining == ({MatchGround.BSN, MatchGround.SKN} if joins else set())


@pytest.mark.parametrize("roles", [("kind", "overig"), ("overig", "kind")])
def test_somebody_who_is_named_twice_joins_if_one_of_the_two_does(roles: tuple[str, str]) -> None:
    (identity,) = identities_of_persons([person(role, bsn=CHILD) for role in roles], NOBODY)

    assert identity == Identity(MatchGround.BSN, CHILD, joins=True)


@pytest.mark.parametrize(
    ("born", "until"),
    [
        (BORN, date(2040, 5, 30)),
        ("2004-02-29", date(2027, 3, 1)),
        ("2017-05", date(2040, 5, 1)),
        ("2017", date(2040, 1, 1)),
        ("1961-07-08", date(1984, 7, 8)),
    ],
)
def test_youth_ends_on_the_first_day_that_may_be_the_23rd_birthday(born: str, until: date) -> None:
    (identity,) = identities_of_persons([person(bsn=CHILD, geboortedatum=born)], NOBODY)

    assert identity.young_until == until


def test_an_address_is_as_young_as_the_youngest_there() -> None:
    there = [person(adres=HOME), person(adres=HOME, geboortedatum=BORN), person(adres=HOME, geboortedatum="1990")]
    (identity,) = identities_of_persons(there, NOBODY)

    assert identity.young_until == date(2040, 5, 30)


def traits(*persons: Person) -> set[tuple[Trait, str]]:
    (number,) = (one for one in identities_of_persons(persons, NOBODY) if one.kind is MatchGround.BSN)
    return set(number.traits)


def test_of_a_number_it_is_kept_what_is_said_of_whom_it_is_of_and_of_nothing_else() -> None:
    said = {"bsn": CHILD, "skn": SKN, "naam": JAN, "geboortedatum": BORN, "adres": HOME}
    known = identities_of_persons([person("gezaghebbende", **said)], NOBODY)

    assert {one.kind for one in known if one.traits} == {MatchGround.BSN, MatchGround.SKN}
    assert traits(person(bsn=CHILD)) == set()


def test_a_number_that_one_report_gives_two_people_may_be_of_either() -> None:
    girl, boy = (person(bsn=CHILD, geslacht=sex, geboortedatum=born) for sex, born in
                 (("vrouw", "2017-05-30"), ("man", "2009-11-12")))  # fmt: skip

    assert traits(girl, boy) == traits(girl) | traits(boy)


@pytest.mark.parametrize("role", ["gezaghebbende", "vermoedelijke-pleger", "overig"])
def test_what_is_said_of_an_adult_to_whom_its_number_was_copied_is_not_said_of_a_child(role: str) -> None:
    """Else a son of the same birth date would join a daughter's case, as her father is a man."""
    girl = person(bsn=CHILD, geslacht="vrouw", geboortedatum=BORN)
    adult = person(role, bsn=CHILD, geslacht="man", geboortedatum="1980-02-03")

    assert traits(girl, adult) == traits(adult, adult, girl) == traits(girl)
    assert traits(adult, adult) == traits(adult) != set()


# ---- messages


def test_persons_are_found_in_every_report_and_nobody_in_a_step() -> None:
    kinds = {
        name: {one.kind for one in identities_of(known.to_hub.model_validate(sample(name, Direction.TO_HUB)), NOBODY)}
        for name, known in ((one.name, one) for one in message_types().values())
        if known.to_hub is not None
    }

    assert {name for name, found_ in kinds.items() if name.startswith("meldingen.") and not found_} == set()
    assert kinds["triage.melding-vastgelegd"] == set()


def test_what_identifies_never_shows() -> None:
    said = {"bsn": CHILD, "naam": JAN, "geboortedatum": BORN, "adres": HOME}
    shown = repr(identities_of_persons([person(**said)], NOBODY)).lower()

    for secret in (CHILD, "vogelzang", "2512ab", BORN):
        assert secret not in shown
