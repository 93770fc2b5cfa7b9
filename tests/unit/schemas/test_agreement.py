"""Any valid message is valid everywhere and comes back; any value of another kind is refused everywhere."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.schemas.message import Direction
from hub.schemas.registry import MessageType, validate
from tests.unit.schemas.kit import EVERY_TO_HUB, fixed, foreign_accepts, leaves, model_of, refusal, replaced
from tests.unit.schemas.strategies import messages

IDS = [known.name for known in EVERY_TO_HUB]
SAYING = [known for known in EVERY_TO_HUB if known.name != "zaken.standvraag"]


@pytest.mark.parametrize("known", EVERY_TO_HUB, ids=IDS)
@fixed
@given(draw=st.data())
def test_any_valid_message_is_valid_for_both_and_comes_back(known: MessageType, draw: st.DataObject) -> None:
    data = draw.draw(messages(model_of(known, Direction.TO_HUB)))
    assert foreign_accepts(known, Direction.TO_HUB, data)
    again = validate(known.wire, data).wire()
    assert validate(known.wire, again).wire() == again
    assert {path for path, _ in leaves(again)} == {path for path, _ in leaves(data)}


@pytest.mark.parametrize("known", SAYING, ids=lambda known: known.name)
@fixed
@given(draw=st.data())
def test_a_value_of_another_kind_is_refused_by_both(known: MessageType, draw: st.DataObject) -> None:
    data = draw.draw(messages(model_of(known, Direction.TO_HUB)))
    path, value = draw.draw(st.sampled_from(list(leaves(data))))
    wrong = draw.draw(st.sampled_from(_other_kinds(value)))
    broken = replaced(data, path, wrong)
    assert refusal(known, Direction.TO_HUB, broken) is not None
    assert not foreign_accepts(known, Direction.TO_HUB, broken)


def _other_kinds(value: Any) -> list[Any]:
    every = [None, True, 1, 1.5, "\x00", [], {}, [value], {"x": value}]
    return [other for other in every if type(other) is not type(value) or other == "\x00"]
