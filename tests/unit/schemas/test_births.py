"""Nobody is born in the future, as far as a date is known."""

from datetime import date
from typing import Any

import pytest

from hub.errors import Code, Rejection
from hub.schemas.births import check_births
from hub.schemas.registry import validate
from hub.schemas.samples import sample

TODAY = date(2026, 11, 30)


def ahead(name: str, data: dict[str, Any]) -> tuple[str, ...]:
    try:
        check_births(validate(f"nl.ketenhub.{name}.v1", data), TODAY)
    except Rejection as rejection:
        return rejection.fields if rejection.reason is Code.BORN_AHEAD else ("another code",)
    return ()


def born(*dates: str) -> list[dict[str, str]]:
    return [{"rol": "kind", "geslacht": "onbekend", "geboortedatum": one} for one in dates]


@pytest.mark.parametrize("day", ["2026-12-01", "2027-01-01", "2026-12", "2027", "2199-12-31"])
def test_a_birth_in_the_future_is_refused_where_it_stands(day: str) -> None:
    data = sample("meldingen.zorgmelding") | {"betrokkenen": born("2017-05-30", day)}

    assert ahead("meldingen.zorgmelding", data) == ("/data/betrokkenen/1/geboortedatum",)


@pytest.mark.parametrize("day", ["2026-11-30", "2026-11", "2026", "1899-12-30", "2017-02-28"])
def test_who_may_have_been_born_by_today_is_not(day: str) -> None:
    assert ahead("meldingen.zorgmelding", sample("meldingen.zorgmelding") | {"betrokkenen": born(day)}) == ()


def test_in_the_full_part_of_an_offer_too() -> None:
    data = sample("overdrachten.aanbod")
    data["volledig"]["betrokkenen"] = born("2030")

    assert ahead("overdrachten.aanbod", data) == ("/data/volledig/betrokkenen/0/geboortedatum",)


def test_an_unborn_child_is_expected_in_the_future() -> None:
    person = {"rol": "kind", "geslacht": "onbekend", "ongeboren": {"verwachteDatum": "2027-03"}}

    assert ahead("meldingen.zorgmelding", sample("meldingen.zorgmelding") | {"betrokkenen": [person]}) == ()
