"""Cases and events to stored documents and back: a version beside each, upcast step by step on reading.

While a new version is rolled out, older workers meet what it wrote. What they do not know whole they must not touch: a
field that is passed over on reading would be gone with the next write.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from hub.cases import events
from hub.cases.case import Case
from hub.cases.events import Event
from hub.errors import Surroundings
from hub.store.upcasts import to_2

_T = TypeVar("_T")
DOCUMENT_VERSION = 2
Upcast = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTS: Mapping[int, Upcast] = {1: to_2}
"""From version n to n + 1, by n. A field that only has a default needs none."""


def case_document(case: Case) -> str:
    return _document("case", _cases().dump_json(case))


def case_from(document: str) -> Case:
    """Raises `Surroundings`: it was written by a newer version, or is damaged."""
    return _whole(_cases(), upcast(json.loads(document)).get("case"))


def event_document(event: Event) -> str:
    kind: Any = type(event)
    return _document("event", _events(kind).dump_json(event))


def event_from(kind: str, document: Mapping[str, Any]) -> Event:
    """Raises `Surroundings`: it was written by a newer version, or is damaged."""
    if kind not in events.__all__:
        raise _unreadable()
    found: Event = _whole(_events(getattr(events, kind)), upcast(dict(document)).get("event"))
    return found


def upcast(document: dict[str, Any]) -> dict[str, Any]:
    """The document in today's version. Raises `Surroundings`: it was written by a newer one, or is damaged."""
    if document["v"] > DOCUMENT_VERSION:
        raise _unreadable()
    try:
        while document["v"] < DOCUMENT_VERSION:
            document = UPCASTS[document["v"]](document)
    except (KeyError, TypeError, AttributeError) as exc:
        raise _unreadable() from exc
    return document


def _document(what: str, value: bytes) -> str:
    """Args: value: JSON."""
    return f'{{"v":{DOCUMENT_VERSION},"{what}":{value.decode()}}}'


def _whole(adapter: TypeAdapter[_T], value: Any) -> _T:
    """The value, with every field in it known."""
    try:
        return adapter.validate_python(value, extra="forbid")
    except ValidationError as exc:
        raise _unreadable() from exc


def _unreadable() -> Surroundings:
    sentence = (
        "A stored case was written by a newer version of the hub, or is damaged; workers of that version read it."
    )
    return Surroundings("document-unreadable", sentence)


@cache
def _cases() -> TypeAdapter[Case]:
    return TypeAdapter(Case)


@cache
def _events(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
