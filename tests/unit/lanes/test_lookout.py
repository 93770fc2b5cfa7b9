"""When a process looks again, by what it saw."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from hub.canonical.codes import Lane
from hub.lanes.lookout import IDLE, LOOK_EVERY, pause
from hub.ports import ALL, Due, Glance

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOTHING = Due(terms=False, retries=False, outgoing=frozenset(), undecided=False, lacks=False)


def glance(due: Due) -> Glance:
    return Glance(cast(Any, None), NOW, due)


def due_in(seconds: float) -> Due:
    return Due(
        terms=False, retries=False, outgoing=frozenset(), undecided=False, lacks=False,
        next_at=NOW + timedelta(seconds=seconds),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("due", "seconds"),
    [
        (NOTHING, IDLE),
        (ALL, LOOK_EVERY),
        (due_in(0.1), LOOK_EVERY),
        (due_in(0.7), 0.7),
        (due_in(3600), IDLE),
    ],
)
def test_the_next_look_is_when_the_next_thing_is_due_and_never_more_than_a_second_away(
    due: Due, seconds: float
) -> None:
    assert pause(glance(due)) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "something",
    [{"terms": True}, {"retries": True}, {"outgoing": frozenset({Lane.ACUTE})}, {"undecided": True}, {"lacks": True}],
)
def test_while_there_is_something_to_do_the_next_look_is_soon(something: dict[str, Any]) -> None:
    nothing: dict[str, Any] = {
        "terms": False, "retries": False, "outgoing": frozenset(), "undecided": False, "lacks": False,
    }  # fmt: skip
    assert pause(glance(Due(**nothing | something))) == LOOK_EVERY
