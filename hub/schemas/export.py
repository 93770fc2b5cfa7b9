"""JSON Schema 2020-12 for every type in both directions and for the CloudEvent, so that any language can check first.

What JSON Schema cannot say (the eleven test, days that do not exist, an order of dates) stands in the descriptions.
"""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from hub.schemas.base import Wire
from hub.schemas.cloudevent import event_model
from hub.schemas.message import Direction, dataschema, wire_type
from hub.schemas.registry import message_types


class _Generator(GenerateJsonSchema):
    """Without titles, and without the code's defaults: absent is absent."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


def json_schemas() -> dict[str, dict[str, Any]]:
    """File name to schema; `$id` is the `dataschema` of the type and direction."""
    events = {_file("cloudevent", way): _schema(event_model(way), _event_uri(way)) for way in Direction}
    said = [(known, way, known.model(way)) for known in message_types().values() for way in Direction]
    bodies = {_file(known.name, way): _schema(model, known.schema_uri(way)) for known, way, model in said if model}
    return events | bodies


def _file(name: str, way: Direction) -> str:
    return f"{name}.v1.van-hub.json" if way is Direction.FROM_HUB else f"{name}.v1.json"


def _event_uri(way: Direction) -> str:
    return dataschema(wire_type("cloudevent"), way)


def _schema(model: type[Wire], uri: str) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True, schema_generator=_Generator)
    return {"$schema": _Generator.schema_dialect, "$id": uri, **schema}
