"""Cases and events to stored documents and back: versions beside each, upcast step by step on reading.

    {"v": 2, "case": {...}}                    `v`: of all documents
    {"v": 2, "version": 3, "event": {...}}     `version`: of this kind (`kinds.py`); where none is said, 1

While a new version is rolled out, older workers meet what it wrote. What they do not know whole they must not touch: a
field that is passed over on reading would be gone with the next write.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from hub.cases.case import Case
from hub.cases.events import Event
from hub.errors import Surroundings
from hub.store.kinds import CASE, NAMED, Kind, kind_of
from hub.store.upcasts import to_2

_T = TypeVar("_T")
DOCUMENT_VERSION = 2
Upcast = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTS: Mapping[int, Upcast] = {1: to_2}
"""From version n to n + 1, by n. A field that only has a default needs none."""


def case_document(case: Case) -> str:
    return _document("case", CASE, case)


def case_from(document: str) -> Case:
    """Raises `Surroundings`: it was written by a newer version, or is damaged."""
    return _read("case", CASE, json.loads(document))


def event_document(event: Event) -> str:
    return _document("event", kind_of(event), event)


def event_from(name: str, document: Mapping[str, Any]) -> Event:
    """Raises `Surroundings`: it was written by a newer version, or is damaged.

    Args:
        name: of its kind.
    """
    if name not in NAMED:
        raise _unreadable()
    found: Event = _read("event", NAMED[name], dict(document))
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


def _document(what: str, kind: Kind[_T], value: _T) -> str:
    version = "" if kind.version == 1 else f'"version":{kind.version},'
    return f'{{"v":{DOCUMENT_VERSION},{version}"{what}":{_adapter(kind).dump_json(value).decode()}}}'


def _read(what: str, kind: Kind[_T], document: dict[str, Any]) -> _T:
    found = upcast(document)
    version = found.get("version", 1)
    if version > kind.version:
        raise _unreadable()
    try:
        value = found[what]
        for step in kind.upcasts[version - 1 :]:
            value = step(value)
    except (KeyError, TypeError, AttributeError) as exc:
        raise _unreadable() from exc
    whole: _T = _whole(_adapter(kind), value)
    return whole


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
def _adapter(kind: Kind[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind.of)
