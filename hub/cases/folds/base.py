"""Small steps that every fold takes."""

from collections.abc import Mapping
from typing import TypeVar

from hub.cases.states import State, Step, after

K = TypeVar("K")
V = TypeVar("V")


def having(mapping: Mapping[K, V], key: K, value: V) -> dict[K, V]:
    return {**mapping, key: value}


def stepped(table: Mapping[tuple[State, Step], State], state: State, step: Step) -> State:
    """The state after a step that was decided: the table allowed it."""
    found = after(table, state, step)
    assert found is not None
    return found
