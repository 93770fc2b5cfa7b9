"""No content shows: not in a repr, not in a text, not in an error, whatever is wrong with the message."""

import traceback
from typing import Any

import pytest
from pydantic import ValidationError

from hub.schemas.cloudevent import read_event
from hub.schemas.message import Direction
from hub.schemas.registry import MessageType, validate
from tests.unit.schemas.kit import EVERY, NAMES, fitting, leaves, model_of, nodes, refusal, replaced
from tests.unit.schemas.test_cloudevent import EVENT

CANARY = "Kanariepiet Vogelzang"


@pytest.mark.parametrize(("known", "way"), EVERY, ids=NAMES)
def test_a_message_shows_none_of_its_content(known: MessageType, way: Direction) -> None:
    for data in fitting(known, way):
        model = validate(known.wire, data, way)
        shown = f"{model!r} {model} {[model]} {model.__rich_repr__ and list(model.__rich_repr__())}"
        values = {str(value) for _, value in leaves(data) if isinstance(value, str) and len(value) > 4}
        assert not [value for value in values if value in shown]


def test_an_event_shows_none_of_its_content() -> None:
    event = read_event(EVENT | {"data": {"naam": CANARY}})
    assert CANARY not in f"{event!r} {event}"


@pytest.mark.parametrize(("known", "way"), EVERY, ids=NAMES)
def test_a_refusal_shows_nothing_wherever_the_canary_sits(known: MessageType, way: Direction) -> None:
    for data in fitting(known, way)[:1]:
        for path, value in nodes(data):
            wrongs: list[Any] = [f"{CANARY}\x01", [CANARY], {CANARY: CANARY}]
            for wrong in [*wrongs, value | {CANARY: CANARY}] if isinstance(value, dict) else wrongs:
                _shows_nothing(known, way, replaced(data, path, wrong))


@pytest.mark.parametrize(("known", "way"), EVERY, ids=NAMES)
def test_even_the_error_below_hides_the_values(known: MessageType, way: Direction) -> None:
    """If somebody logs pydantic's own error after all: no value, though a name the sender invented may be in it."""
    for data in fitting(known, way)[:1]:
        for path, value in leaves(data):
            if isinstance(value, str) and "inhoud" not in path:
                with pytest.raises(ValidationError) as refused:
                    model_of(known, way).model_validate(replaced(data, path, f"{CANARY}\x01"))
                assert CANARY not in str(refused.value)
                assert CANARY not in repr(refused.value)


def _shows_nothing(known: MessageType, way: Direction, data: Any) -> None:
    rejection = refusal(known, way, data)
    if rejection is not None:
        told = "".join(traceback.format_exception(rejection)) + repr(vars(rejection)) + str(rejection)
        assert CANARY not in told
        assert (rejection.__context__, rejection.__cause__) == (None, None)
