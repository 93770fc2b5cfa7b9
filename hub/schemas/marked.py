"""Every value of a message whose field is marked with what it says, for the rules that look at nothing else."""

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

from hub.schemas.base import Wire
from hub.schemas.disclosure import Part, Tells, parts_of
from hub.schemas.texts import Identifies

Kind = Identifies | Tells


class Marked(NamedTuple):
    at: str
    kind: Kind
    value: str


def marked(model: Wire, at: str, kinds: frozenset[Kind]) -> Iterator[Marked]:
    """Those of these kinds, each with its pointer.

    Args:
        at: where the model stands in the message, such as `/data`.
    """
    values = model.__dict__
    for part in _watched(type(model), kinds):
        value = values[part.name]
        for where, one in _each(value, part, f"{at}/{part.alias}") if value is not None else ():
            if part.nested is not None:
                yield from marked(one, where, kinds)
            elif kind := part.identifies or part.tells:
                yield Marked(where, kind, one)


def _each(value: Any, part: Part, at: str) -> Iterator[tuple[str, Any]]:
    if part.many:
        yield from ((f"{at}/{index}", item) for index, item in enumerate(value))
    else:
        yield at, value


@functools.cache
def _watched(model: type[Wire], kinds: frozenset[Kind]) -> tuple[Part, ...]:
    """The fields that hold such a value, or an object that does."""
    return tuple(
        part
        for part in parts_of(model)
        if (part.identifies or part.tells) in kinds or (part.nested and _watched(part.nested, kinds))
    )
