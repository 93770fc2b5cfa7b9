"""The base of every wire model, and the three building blocks of its fields: optional, many, coded."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, Strict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

RULE = "ketenhub_rule"


class Wire(BaseModel):
    """One object on the wire: frozen, strict, nothing unknown, and it shows none of its content."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        serialize_by_alias=True,
        allow_inf_nan=False,
    )

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return ()

    def wire(self) -> dict[str, Any]:
        """The object as it travels: Dutch names, JSON values, nothing absent."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def broken(rule: str, at: str = "") -> PydanticCustomError:
    """The error of a rule of our own.

    Args:
        rule: a constant sentence; it never holds a value.
        at: the wire name of the field to point at, below the object that is judged; empty for the object itself.
    """
    return PydanticCustomError(RULE, "{rule}", {"rule": rule, "at": at})


@dataclass(frozen=True, slots=True)
class NotNull:
    """What is not there is absent, never null (NL GOV profile for CloudEvents, "null")."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        assert schema["type"] == "nullable"
        inner: CoreSchema = schema["schema"]
        return inner


@dataclass(frozen=True, slots=True)
class Many:
    """From `least` to `most` items, each once if `unique`; a tuple in the code, an array on the wire."""

    least: int
    most: int
    unique: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        assert schema["type"] == "tuple"
        schema = cast("CoreSchema", {**schema, "strict": False, "min_length": self.least, "max_length": self.most})
        return core_schema.no_info_after_validator_function(_each_once, schema) if self.unique else schema

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        result = handler(schema)
        return {**result, "uniqueItems": True} if self.unique else result


def _each_once(items: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    if len(set(items)) != len(items):
        raise broken("Each item at most once.")
    return items


T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

Opt = Annotated[T | None, NotNull()]
"""May be absent; is never null."""
Coded = Annotated[E, Strict(False)]
"""A value of a closed list: text on the wire, a member in the code."""
