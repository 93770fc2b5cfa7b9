"""The samples, and their variants, are valid, complete, and made of test data only."""

from typing import Any

import pytest

from hub.errors import Rejection
from hub.schemas.base import Wire
from hub.schemas.disclosure import parts_of
from hub.schemas.environment import check_environment
from hub.schemas.message import Direction
from hub.schemas.registry import MessageType, message_types, validate
from hub.schemas.samples import sample, sample_names
from tests.unit.schemas.kit import EVERY, NAMES, fitting, foreign_accepts, model_of


@pytest.mark.parametrize(("known", "way"), EVERY, ids=NAMES)
def test_every_sample_is_valid_here_and_for_a_foreign_validator_and_comes_back_as_it_went_in(
    known: MessageType, way: Direction
) -> None:
    for data in fitting(known, way):
        assert foreign_accepts(known, way, data)
        again = validate(known.wire, data, way).wire()
        assert validate(known.wire, again, way).wire() == again
        assert _texts(again) == _texts(data)


def test_samples_and_variants_together_show_every_field() -> None:
    written = [(known, way) for known, way in EVERY if not model_of(known, way).__name__.endswith("VanHub")]
    shown = [_shown(data, model_of(known, way)) for known, way in written for data in fitting(known, way)]
    possible = [_possible(model_of(known, way)) for known, way in written]
    assert set().union(*shown) == set().union(*possible)


@pytest.mark.parametrize(("known", "way"), EVERY, ids=NAMES)
def test_samples_hold_test_numbers_only(known: MessageType, way: Direction) -> None:
    check_environment(validate(known.wire, sample(known.name, way), way), production=False, dummies=())


def test_a_sample_is_to_the_hub_unless_only_the_hub_says_it() -> None:
    assert "kandidaten" in sample("overdrachten.aanbod")
    assert "volledig" in sample("overdrachten.dossier")
    assert set(sample_names()) == {known.name for known in message_types().values()}


def test_each_call_gives_a_fresh_sample() -> None:
    sample("meldingen.zorgmelding")["betrokkenen"].clear()
    assert sample("meldingen.zorgmelding")["betrokkenen"]


@pytest.mark.parametrize(
    ("name", "way"),
    [("bestaat.niet", None), ("verwerking.verwerkt", Direction.FROM_HUB), ("zaken.stand", Direction.TO_HUB)],
)
def test_there_is_no_sample_of_what_is_never_said(name: str, way: Direction | None) -> None:
    with pytest.raises(KeyError):
        sample(name, way)


def test_a_type_that_is_never_said_in_a_direction_is_not_valid_in_it() -> None:
    with pytest.raises(Rejection) as refused:
        validate("nl.ketenhub.zaken.stand.v1", sample("zaken.stand"))
    assert refused.value.code == "niet-bevoegd"


def _texts(data: Any) -> Any:
    """Data with moments cut to what two spellings of one moment share."""
    if isinstance(data, dict):
        return {name: _texts(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_texts(value) for value in data]
    return "moment" if isinstance(data, str) and "T" in data and data[:2] == "20" else data


def _shown(data: dict[str, Any], model: type[Wire]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for part in parts_of(model):
        if part.alias in data:
            found.add((model.__name__, part.alias))
            values = data[part.alias] if part.many else [data[part.alias]]
            for value in values if part.nested else ():
                found |= _shown(value, part.nested)
    return found


def _possible(model: type[Wire]) -> set[tuple[str, str]]:
    nested = [part.nested for part in parts_of(model) if part.nested]
    own = {(model.__name__, part.alias) for part in parts_of(model)}
    return own.union(*(_possible(one) for one in nested))
