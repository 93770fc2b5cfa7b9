"""Invented families: nobody in one is known again in another, and the same number gives the same family."""

import pytest

from hub.schemas.base import Wire
from hub.schemas.identities import identities_of
from hub.schemas.message import wire_type
from hub.schemas.registry import validate
from hub.schemas.samples import sample
from hub.schemas.texts import eleven_test
from hub.simulator.people import FIRST_BSN, LAST_BSN, a_bsn, strangers

REPORTS = [
    "meldingen.zorgmelding", "meldingen.huisverbod", "meldingen.strafrechtelijk-bericht", "meldingen.raadsbericht",
    "meldingen.reclasseringssignaal", "meldingen.professionele-melding",
]  # fmt: skip
MANY = 1_500


def of_family(name: str, family: int) -> Wire:
    return validate(wire_type(name), strangers(sample(name), family))


@pytest.mark.parametrize("name", REPORTS)
def test_every_family_is_valid_on_the_wire_and_has_as_much_to_be_known_by_as_the_example(name: str) -> None:
    known = len(identities_of(of_family(name, 0), ()))
    assert known > 0
    assert {len(identities_of(of_family(name, family), ())) for family in range(0, MANY, 97)} == {known}


def test_no_two_families_have_anything_in_common() -> None:
    """By the radar's own eyes: also a surname that ends in what may be a prefix must not be everybody's."""
    seen: set[tuple[str, str]] = set()
    for family in range(MANY):
        found = {(one.kind, one.text) for one in identities_of(of_family("meldingen.zorgmelding", family), ())}
        assert seen.isdisjoint(found), family
        seen |= found


def test_the_same_number_is_the_same_family_in_every_type_of_report() -> None:
    one, other = (strangers(sample("meldingen.raadsbericht"), 7) for _ in range(2))
    assert one == other
    child = strangers(sample("meldingen.zorgmelding"), 7)["betrokkenen"][0]
    assert one["betrokkenen"] == [child]


def test_the_example_stays_as_it_was_and_what_names_nobody_is_left_alone() -> None:
    example = sample("meldingen.zorgmelding")
    strangers(example, 3)
    assert example == sample("meldingen.zorgmelding")
    assert strangers({"gemeente": "GM0518"}, 3) == {"gemeente": "GM0518"}


def test_numbers_are_test_numbers_that_pass_the_eleven_test() -> None:
    numbers = [a_bsn(number) for number in range(9_000)]
    assert len(set(numbers)) == 9_000
    assert all(eleven_test(one) and FIRST_BSN <= int(one) <= LAST_BSN for one in numbers)
