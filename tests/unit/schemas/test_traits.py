"""What two reports say of one person: what contradicts, and what is a slip or not known."""

from datetime import date
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.canonical.codes import Trait
from hub.schemas.codes import Sex
from hub.schemas.traits import NO_BIRTHDAY, traits_of
from tests.unit.schemas.kit import fixed

DATES = st.dates(date(1901, 1, 1), date(2199, 12, 31)).map(date.isoformat)
PARTS = DATES.flatmap(lambda whole: st.sampled_from([None, whole[:4], whole[:7], *sorted(NO_BIRTHDAY)]))


def contradict(one: str | None, other: str | None, sexes: tuple[Sex, Sex] = (Sex.UNKNOWN, Sex.UNKNOWN)) -> list[Trait]:
    mine, theirs = traits_of(sexes[0], one), traits_of(sexes[1], other)

    def said(traits: frozenset[tuple[Trait, str]], trait: Trait) -> set[str]:
        return {text for kind, text in traits if kind is trait}

    pairs = {trait: (said(mine, trait), said(theirs, trait)) for trait in Trait}
    return [trait for trait, (here, there) in pairs.items() if here and there and here.isdisjoint(there)]


def is_a_slip(one: str, other: str) -> bool:
    """By its own words, and not by what is compared."""
    digits = sum(left != right for left, right in zip(one, other, strict=True))
    swapped = one[:4] == other[:4] and one[5:7] == other[8:] and one[8:] == other[5:7]
    return digits <= 1 or swapped


@pytest.mark.parametrize(("one", "other"), list(product(Sex, Sex)))
def test_only_the_two_sexes_contradict_each_other(one: Sex, other: Sex) -> None:
    expected = [Trait.SEX] if {one, other} == {Sex.FEMALE, Sex.MALE} else []

    assert contradict(None, None, (one, other)) == expected


@fixed
@given(DATES, DATES)
def test_two_whole_dates_contradict_unless_they_may_be_one(one: str, other: str) -> None:
    assert bool(contradict(one, other)) is not is_a_slip(one, other)


@fixed
@given(DATES, st.integers(0, 9), st.sampled_from("0123456789"))
def test_a_slip_of_one_digit_contradicts_nothing(born: str, place: int, digit: str) -> None:
    typed = born[:place] + digit + born[place + 1 :]
    assume("-" not in born[place])

    assert contradict(born, typed) == []


@fixed
@given(DATES)
def test_day_and_month_swapped_contradict_nothing(born: str) -> None:
    year, month, day = born.split("-")

    assert contradict(born, f"{year}-{day}-{month}") == []


@fixed
@given(DATES, st.lists(st.tuples(st.sampled_from([0, 1, 2, 3, 5, 6, 8, 9]), st.sampled_from("123456789")), min_size=2))
def test_two_slips_are_another_date(born: str, slips: list[tuple[int, str]]) -> None:
    typed = born
    for place, digit in slips:
        typed = typed[:place] + digit + typed[place + 1 :]
    assume(not is_a_slip(born, typed))

    assert contradict(born, typed) == [Trait.BIRTH_DATE]


@fixed
@given(DATES, PARTS)
def test_what_is_not_known_whole_contradicts_nothing(born: str, part: str | None) -> None:
    assert contradict(born, part) == contradict(part, born) == []


def test_either_is_enough() -> None:
    girl, boy = (Sex.FEMALE, "2017-05-02"), (Sex.MALE, "2009-11-30")

    assert contradict(girl[1], boy[1], (girl[0], boy[0])) == [Trait.BIRTH_DATE, Trait.SEX]
    assert contradict(girl[1], girl[1], (girl[0], boy[0])) == [Trait.SEX]
    assert contradict(girl[1], boy[1], (girl[0], Sex.UNKNOWN)) == [Trait.BIRTH_DATE]
