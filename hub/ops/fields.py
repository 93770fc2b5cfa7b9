"""The allow-list at work: a log line keeps its declared fields, if their values have the declared shape."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from hub.routing.rules import RULES
from hub.telemetry import CONTEXT, FIELDS, LogEvent, Shape

_NAME = re.compile(r"(?![0-9]{5})[A-Za-z0-9._:-]{1,100}")  # nothing that starts as a BSN or an OIN does
_POINTER = re.compile(r"(?:/[A-Za-z0-9~-]{1,60}){0,16}")
_REMARK = re.compile(r"(?!.*[0-9]{5})[A-Za-z][A-Za-z0-9 _,.:'+-]{0,79}", re.ASCII)
_MOST_POINTERS = 50
_HUGE = 10**15


def allowed(event: LogEvent, given: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The fields that may be logged, as JSON can hold them, and how many were dropped. `None` counts as not given."""
    kept: dict[str, Any] = {}
    dropped = 0
    for name, value in given.items():
        shown = _shown(FIELDS[name], value) if name in event.fields or name in CONTEXT else None
        if shown is not None:
            kept[name] = shown
        elif value is not None:
            dropped += 1
    return kept, dropped


def _shown(shape: Shape, value: Any) -> Any:
    """The value for JSON, or `None` if it has not the shape."""
    return _SHAPES[shape](value.value if isinstance(value, Enum) else value)


def _id(value: Any) -> str | None:
    if isinstance(value, UUID):
        return str(value)
    try:
        return str(UUID(value)) if isinstance(value, str) and len(value) == 36 else None
    except ValueError:
        return None


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None


def _type(value: Any) -> str | None:
    return str(value) if isinstance(value, str) and value in RULES else None


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < _HUGE else None


def _number(value: Any) -> int | None:
    return value if type(value) is int and abs(value) < _HUGE else None


def _seconds(value: Any) -> float | None:
    if isinstance(value, timedelta):
        value = value.total_seconds()
    fits = type(value) in (int, float) and abs(value) < _HUGE  # not NaN either: JSON has none
    return round(float(value), 6) if fits else None


def _moment(value: Any) -> str | None:
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _pointers(value: Any) -> list[str] | None:
    if not isinstance(value, Iterable) or isinstance(value, str | bytes):
        return None
    pointers = list(value)[:_MOST_POINTERS]
    fit = all(isinstance(pointer, str) and _POINTER.fullmatch(pointer) for pointer in pointers)
    return [str(pointer) for pointer in pointers] if fit else None


def _remark(value: Any) -> str | None:
    return value if isinstance(value, str) and _REMARK.fullmatch(value) else None


_SHAPES: dict[Shape, Callable[[Any], Any]] = {
    Shape.ID: _id,
    Shape.NAME: _name,
    Shape.TYPE: _type,
    Shape.COUNT: _count,
    Shape.NUMBER: _number,
    Shape.SECONDS: _seconds,
    Shape.MOMENT: _moment,
    Shape.POINTERS: _pointers,
    Shape.REMARK: _remark,
}
