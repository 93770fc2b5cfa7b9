"""Test data never mix with real ones; sentinels are nobody's."""

from typing import Any

import pytest

from hub.errors import Code, Rejection
from hub.schemas.environment import check_environment
from hub.schemas.registry import validate
from hub.schemas.samples import sample

CARE = "meldingen.zorgmelding"
REAL_BSN = "111222333"
REAL_OIN = "00000001000000001000"
SENTINELS = ["000000000", "999999999"]


def fields(name: str, data: dict[str, Any], production: bool, *dummies: str) -> tuple[str, ...]:
    """The pointers of the refusal, or none."""
    model = validate(f"nl.ketenhub.{name}.v1", data)
    try:
        check_environment(model, production, dummies)
    except Rejection as rejection:
        return rejection.fields if rejection.reason is Code.TEST_DATA else ("another code",)
    return ()


def care(bsn: str) -> dict[str, Any]:
    person = {"rol": "kind", "geslacht": "man", "bsn": bsn} | ({"ongeboren": {}} if bsn == "999999999" else {})
    return sample(CARE) | {"betrokkenen": [{"rol": "overig", "geslacht": "man"}, person]}


def test_samples_are_for_test_only() -> None:
    assert fields(CARE, sample(CARE), production=False) == ()
    assert fields(CARE, sample(CARE), production=True) == (
        "/data/betrokkenen/0/bsn",
        "/data/betrokkenen/1/bsn",
        "/data/betrokkenen/2/ongeboren/bsnMoeder",
    )


@pytest.mark.parametrize("bsn", ["999900006", "999999990", "999911004"])
def test_a_test_bsn_is_refused_in_production(bsn: str) -> None:
    assert fields(CARE, care(bsn), production=False) == ()
    assert fields(CARE, care(bsn), production=True) == ("/data/betrokkenen/1/bsn",)


@pytest.mark.parametrize("bsn", [REAL_BSN, "999899995"])
def test_a_real_bsn_is_refused_on_test(bsn: str) -> None:
    assert fields(CARE, care(bsn), production=True) == ()
    assert fields(CARE, care(bsn), production=False) == ("/data/betrokkenen/1/bsn",)


@pytest.mark.parametrize("bsn", SENTINELS)
@pytest.mark.parametrize("production", [True, False])
def test_a_sentinel_is_fine_in_both(bsn: str, production: bool) -> None:
    assert fields(CARE, care(bsn), production) == ()


@pytest.mark.parametrize("bsn", [REAL_BSN, "123456782", "111111110"])
@pytest.mark.parametrize("production", [True, False])
def test_a_number_that_is_filled_in_where_none_is_known_is_fine_in_both(bsn: str, production: bool) -> None:
    assert fields(CARE, care(bsn), production, bsn) == ()


def test_organisations_are_judged_by_their_prefix() -> None:
    data = sample("overdrachten.aanbod")
    data["kandidaten"] = [REAL_OIN, *data["kandidaten"]]
    assert fields("overdrachten.aanbod", data, production=False) == ("/data/kandidaten/0",)
    assert "/data/kandidaten/1" in fields("overdrachten.aanbod", data, production=True)
    assert "/data/volledig/betrokkenen/0/bsn" in fields("overdrachten.aanbod", data, production=True)


def test_a_message_without_numbers_is_fine_in_both() -> None:
    for production in (True, False):
        assert fields("triage.zaak-gesloten", sample("triage.zaak-gesloten"), production) == ()
