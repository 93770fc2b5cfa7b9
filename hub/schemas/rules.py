"""Rules between the fields of one object, as data: judged here and written into the JSON Schema from the same table."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import ConfigDict, model_validator

from hub.schemas.base import Wire, broken


@dataclass(frozen=True, slots=True)
class Rule:
    """If `field` has one of `values` (no values: if it is there), what else must or may not be there; else, what then.

    All names are wire names.
    """

    field: str
    values: tuple[str | bool, ...] = ()
    needs: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    else_needs: tuple[str, ...] = ()
    else_forbids: tuple[str, ...] = ()

    def consequences(self, holds: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (self.needs, self.forbids) if holds else (self.else_needs, self.else_forbids)

    def json_schema(self) -> dict[str, Any]:
        wanted: dict[str, Any] = {"required": [self.field]}
        if self.values:
            wanted["properties"] = {self.field: {"enum": list(self.values)}}
        branches = {"then": _schema(self.needs, self.forbids), "else": _schema(self.else_needs, self.else_forbids)}
        return {"if": wanted, **{word: branch for word, branch in branches.items() if branch}}


def exactly_when(field: str, value: str, *others: str) -> Rule:
    """`others` are there if, and only if, `field` is `value`."""
    return Rule(field, (value,), needs=others, else_forbids=others)


def _schema(needs: tuple[str, ...], forbids: tuple[str, ...]) -> dict[str, Any]:
    required = {"required": list(needs)} if needs else {}
    absent = {"allOf": [{"not": {"required": [name]}} for name in forbids]} if forbids else {}
    return {**required, **absent}


def _write(schema: dict[str, Any], model: type["Ruled"]) -> None:
    if model.rules:
        schema["allOf"] = [rule.json_schema() for rule in model.rules]


class Ruled(Wire):
    """An object with rules between its fields."""

    model_config = ConfigDict(json_schema_extra=_write)
    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="after")
    def _ruled(self) -> Self:
        names = _names(type(self))
        for at, sentence in (item for rule in self.rules for item in self._offences(rule, names)):
            raise broken(sentence, at=at)
        return self

    def _offences(self, rule: Rule, names: dict[str, str]) -> Iterator[tuple[str, str]]:
        value = getattr(self, names[rule.field])
        needs, forbids = rule.consequences(value in rule.values if rule.values else value is not None)
        yield from ((name, "A field is missing.") for name in needs if getattr(self, names[name]) is None)
        yield from ((name, "A field may not be here.") for name in forbids if getattr(self, names[name]) is not None)


@functools.cache
def _names(model: type[Wire]) -> dict[str, str]:
    return {field.alias or name: name for name, field in model.model_fields.items()}
