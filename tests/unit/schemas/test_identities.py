"""By what somebody can be known again: what is one however it was typed, what is not, and what never identifies."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.codes import MatchGround
from hub.schemas.identities import PREFIXES, Identity, identities_of, identities_of_persons, surname, words
from hub.schemas.message import Direction
from hub.schemas.persons import Person
from hub.schemas.registry import message_types
from hub.schemas.samples import sample
from tests.unit.schemas.kit import fixed

CHILD, MOTHER = "999911004", "999933000"
SKN, BORN = "201234567", "2017-05-30"
JAN = {"voorletters": "J.W.", "achternaam": "Vogelzang"}
HOME = {"postcode": "2512AB", "huisnummer": 12}
UNBORN = {"bsn": "999999999", "ongeboren": {"bsnMoeder": MOTHER, "naamMoeder": {"achternaam": "Vogelzang"}}}


def person(role: str = "kind", **said: Any) -> Person:
    return Person.model_validate({"rol": role, "geslacht": "onbekend", **said})


def found(role: str = "kind", **said: Any) -> dict[MatchGround, str]:
    """Each kind once."""
    identities = identities_of_persons([person(role, **said)])
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


# ---- names

SAME_SURNAME = [
    ("van der Berg", "Berg", "VAN DER BERG", "v.d. Berg", "vd Berg", "v/d Berg", "Berg, van der", "vander Berg"),
    ("'t Hart", "Hart", "’t hart", "t Hart", "´t Hart", "van 't Hart", "HART"),
    ("'s-Gravesande", "s Gravesande", "Gravesande"),
    ("De Vries-Jansen", "Vries Jansen", "de vries - jansen", "VriesJansen"),
    ("von Müller", "Muller", "Mu\u0308ller", "MÜLLER", "ＭÜLLER"),
    ("Groß", "GROSS", "Gross", "groẞ"),
    ("Sørensen", "Sorensen", "SØRENSEN"),
    ("Wałęsa", "Walesa", "WAŁĘSA"),
    ("Van Dĳk", "van Dijk", "VAN DĲK", "Dijk"),
    ("O'Brien", "O’Brien", "Oʼbrien", "O Brien", "OBrien"),
    ("El Amrani", "el amrani", "Amrani", "El-Amrani"),
    ("D'Artagnan", "d’Artagnan", "Artagnan"),
    ("Çelik", "Celik", "celık"),
    ("Đorđević", "Dordevic", "ĐORĐEVIĆ"),
    ("Le", "LE", "van Le"),
    ("Van", "VAN"),
]


@pytest.mark.parametrize("spellings", SAME_SURNAME, ids=lambda spellings: spellings[0])
def test_a_surname_is_one_however_it_is_typed(spellings: tuple[str, ...]) -> None:
    assert len({surname(one) for one in spellings}) == 1
    assert surname(spellings[0])


@pytest.mark.parametrize("prefix", ["van der", "Van Der", "v.d.", "v/d", "de", "'t", "von", "aan den", "el", "d'"])
def test_a_prefix_counts_for_nothing_wherever_it_was_typed(prefix: str) -> None:
    apart = named(voorletters="J", voorvoegsel=prefix, achternaam="Vogelzang")

    assert apart == named(voorletters="J", achternaam=f"{prefix} Vogelzang") == named(voorletters="J", **JAN_TYPED)


JAN_TYPED = {"achternaam": "vogelzang"}


@pytest.mark.parametrize(
    ("one", "other"), [("Jansen", "Janssen"), ("de Vries", "de Wit"), ("Dijk", "Dyk"), ("Berg", "Bergen")]
)
def test_other_surnames_stay_other(one: str, other: str) -> None:
    assert surname(one) != surname(other)


@pytest.mark.parametrize("name", ["Onbekend", "ONBEKEND", "N.N.", "nn", "Nomen Nescio", "?", "-", "1234", "..."])
def test_what_is_typed_for_no_name_is_no_name(name: str) -> None:
    assert named(voorletters="J", achternaam=name) is None


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


@pytest.mark.parametrize("name", [{"achternaam": "Vogelzang"}, {"voorletters": "J"}, {"voorvoegsel": "van"}])
def test_half_a_name_is_nobody(name: dict[str, str]) -> None:
    assert named(**name) is None


NAMES = st.text(max_size=30)
LATIN = st.text("abcxyzäéøßłçñABCÄÉØŁ -'.", min_size=1, max_size=30)


@fixed
@given(NAMES)
def test_one_spelling_stays_as_it_is(name: str) -> None:
    assert words(" ".join(words(name))) == words(name)
    assert surname(surname(name)) in (surname(name), "")


@fixed
@given(LATIN)
def test_case_spaces_and_signs_never_matter(name: str) -> None:
    assert surname(f"  {name.upper()} ") == surname(name) == surname(name.replace("-", " ").replace("'", "’"))


@fixed
@given(st.lists(st.sampled_from(sorted(PREFIXES)), max_size=3), st.text("bcfgjkqwx", min_size=3, max_size=12))
def test_any_prefixes_before_or_after_a_name_go(prefixes: list[str], name: str) -> None:
    typed = " ".join(prefixes)

    assert surname(f"{typed} {name}") == surname(f"{name}, {typed}") == name


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
    parents = [one.text for one in identities_of_persons([person("gezaghebbende", **said)]) if one.kind == "ouder"]

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
    joining = {one.kind for one in identities_of_persons([person(role, **said)]) if one.joins}

    assert joining == ({MatchGround.BSN, MatchGround.SKN} if joins else set())


@pytest.mark.parametrize("roles", [("kind", "overig"), ("overig", "kind")])
def test_somebody_who_is_named_twice_joins_if_one_of_the_two_does(roles: tuple[str, str]) -> None:
    (identity,) = identities_of_persons([person(role, bsn=CHILD) for role in roles])

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
    (identity,) = identities_of_persons([person(bsn=CHILD, geboortedatum=born)])

    assert identity.young_until == until


def test_an_address_is_as_young_as_the_youngest_there() -> None:
    there = [person(adres=HOME), person(adres=HOME, geboortedatum=BORN), person(adres=HOME, geboortedatum="1990")]
    (identity,) = identities_of_persons(there)

    assert identity.young_until == date(2040, 5, 30)


# ---- messages


def test_persons_are_found_in_every_report_and_nobody_in_a_step() -> None:
    kinds = {
        name: {one.kind for one in identities_of(known.to_hub.model_validate(sample(name, Direction.TO_HUB)))}
        for name, known in ((one.name, one) for one in message_types().values())
        if known.to_hub is not None
    }

    assert {name for name, found_ in kinds.items() if name.startswith("meldingen.") and not found_} == set()
    assert kinds["triage.melding-vastgelegd"] == set()


def test_what_identifies_never_shows() -> None:
    said = {"bsn": CHILD, "naam": JAN, "geboortedatum": BORN, "adres": HOME}
    shown = repr(identities_of_persons([person(**said)])).lower()

    for secret in (CHILD, "vogelzang", "2512ab", BORN):
        assert secret not in shown
