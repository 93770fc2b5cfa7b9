"""The shapes that others rely on: what is stored by an older version or read by one, and what partners read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from hub.routing.document import to_document
from hub.schemas.export import json_schemas
from hub.store.kinds import CASE, EVENTS
from hub.store.mapper import DOCUMENT_VERSION
from tests.unit.routing.sample import COUNTRY

FOLDER = Path(__file__).parent


def shapes() -> dict[str, str]:
    """The text of each file, by its name in this folder."""
    return {name: json.dumps(shape, indent=1, sort_keys=True) + "\n" for name, shape in _shapes()}


def _shapes() -> Iterator[tuple[str, Any]]:
    for kind in (CASE, *EVENTS):
        shape = TypeAdapter(kind.of).json_schema()
        yield f"stored/{kind.name}.json", {"v": DOCUMENT_VERSION, "version": kind.version, "shape": shape}
    yield "stored/directory.json", json.loads(to_document(COUNTRY))
    for name, schema in json_schemas().items():
        yield f"wire/{name}", schema
