"""Cases and events to stored documents and back: a version beside each, upcast step by step on reading."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from hub.cases import events
from hub.cases.case import Case
from hub.cases.events import Event

DOCUMENT_VERSION = 1
Upcast = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTS: Mapping[int, Upcast] = {}
"""From version n to n + 1, by n. A field that only has a default needs none."""


def case_document(case: Case) -> str:
    return json.dumps({"v": DOCUMENT_VERSION, "case": _cases().dump_python(case, mode="json")})


def case_from(document: str) -> Case:
    return _cases().validate_python(upcast(json.loads(document))["case"])


def event_document(event: Event) -> str:
    kind: Any = type(event)
    return json.dumps({"v": DOCUMENT_VERSION, "event": _events(kind).dump_python(event, mode="json")})


def event_from(kind: str, document: Mapping[str, Any]) -> Event:
    found: Event = _events(getattr(events, kind)).validate_python(upcast(dict(document))["event"])
    return found


def upcast(document: dict[str, Any]) -> dict[str, Any]:
    """The document in today's version."""
    while document["v"] < DOCUMENT_VERSION:
        document = UPCASTS[document["v"]](document)
    return document


@cache
def _cases() -> TypeAdapter[Case]:
    return TypeAdapter(Case)


@cache
def _events(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
