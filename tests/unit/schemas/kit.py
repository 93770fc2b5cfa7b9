"""What the schema tests stand on: every type in each direction, paths into data, and the foreign validator."""

import functools
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator

from hub.errors import Rejection
from hub.schemas.base import Wire
from hub.schemas.export import json_schemas
from hub.schemas.message import Direction
from hub.schemas.registry import MessageType, message_types, validate
from hub.schemas.samples import sample
from tests.unit.schemas.variants import VARIANTS

Path = tuple[str | int, ...]

EVERY = [(known, way) for known in message_types().values() for way in Direction if known.model(way) is not None]
EVERY_TO_HUB = [known for known, way in EVERY if way is Direction.TO_HUB]
NAMES = [f"{known.name} {way.value}" for known, way in EVERY]

fixed = settings(
    derandomize=True,
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def model_of(known: MessageType, way: Direction) -> type[Wire]:
    model = known.model(way)
    assert model is not None
    return model


def file_name(known: MessageType, way: Direction) -> str:
    return f"{known.name}.v1.van-hub.json" if way is Direction.FROM_HUB else f"{known.name}.v1.json"


@functools.cache
def schemas() -> dict[str, dict[str, Any]]:
    return json_schemas()


@functools.cache
def foreign(file: str) -> Draft202012Validator:
    """A validator that knows nothing of us but the exported file."""
    return Draft202012Validator(schemas()[file], format_checker=Draft202012Validator.FORMAT_CHECKER)


def foreign_accepts(known: MessageType, way: Direction, data: Any) -> bool:
    return foreign(file_name(known, way)).is_valid(data)


def refusal(known: MessageType, way: Direction, data: Any) -> Rejection | None:
    """How we refuse the data, or `None` if we take it."""
    try:
        validate(known.wire, data, way)
    except Rejection as rejection:
        return rejection
    return None


def leaves(data: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that is no object and no array, with its path."""
    if isinstance(data, dict | list):
        pairs = data.items() if isinstance(data, dict) else enumerate(data)
        for step, value in pairs:
            yield from leaves(value, (*at, step))
    else:
        yield at, data


def nodes(data: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value, objects and arrays too."""
    yield at, data
    if isinstance(data, dict | list):
        pairs = data.items() if isinstance(data, dict) else enumerate(data)
        for step, value in pairs:
            yield from nodes(value, (*at, step))


def replaced(data: Any, path: Path, value: Any) -> Any:
    """A copy with another value at the path."""
    if not path:
        return deepcopy(value)
    copy = deepcopy(data)
    spot = copy
    for step in path[:-1]:
        spot = spot[step]
    spot[path[-1]] = deepcopy(value)
    return copy


def without(data: Any, path: Path) -> Any:
    copy = deepcopy(data)
    spot = copy
    for step in path[:-1]:
        spot = spot[step]
    del spot[path[-1]]
    return copy


def pointer(path: Path) -> str:
    return "/data" + "".join(f"/{step}" for step in path)


def fitting(known: MessageType, way: Direction) -> list[dict[str, Any]]:
    """Valid data: the sample, and the variants that show what the sample cannot show at once."""

    return [sample(known.name, way), *VARIANTS.get((known.name, way), [])]
