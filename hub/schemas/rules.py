"""Rules between the fields of one object, as data: judged here and written into the JSON Schema from the same table."""

import functools
from dataclasses import dataclass
from datetime import date, timedelta
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

    def json_schema(self) -> dict[str, Any]:
        wanted: dict[str, Any] = {"required": [self.field]}
        if self.values:
            wanted["properties"] = {self.field: {"enum": list(self.values)}}
        branches = {"then": _schema(self.needs, self.forbids), "else": _schema(self.else_needs, self.else_forbids)}
        return {"if": wanted, **{word: branch for word, branch in branches.items() if branch}}


def exactly_when(field: str, value: str, *others: str) -> Rule:
    """`others` are there if, and only if, `field` is `value`."""
    return Rule(field, (value,), needs=others, else_forbids=others)


def in_order(start: date | None, end: date | None, at: str, most: timedelta | None = None) -> None:
    """Days or moments of which either may be absent: the end is not before the start, nor more than `most` after it.

    Raises:
        PydanticCustomError: pointing at the field `at`.
    """
    if start is not None and end is not None and not start <= end <= (end if most is None else start + most):
        raise broken("The period ends before it starts, or lasts too long.", at=at)


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
        values = self.__dict__
        for name, among, then, otherwise in _bound(type(self)):
            value = values[name]
            for alias, other, wanted in then if (value in among if among else value is not None) else otherwise:
                if (values[other] is not None) is not wanted:
                    raise broken("A field is missing, or may not be here.", at=alias)
        return self


_Fields = tuple[tuple[str, str, bool], ...]
"""Fields by alias and attribute, and whether they must be there."""


@functools.cache
def _bound(model: type[Ruled]) -> tuple[tuple[str, tuple[str | bool, ...], _Fields, _Fields], ...]:
    """The rules in terms of attributes, worked out once: they are judged for every object of every message."""
    names = {field.alias or name: name for name, field in model.model_fields.items()}

    def fields(needs: tuple[str, ...], forbids: tuple[str, ...]) -> _Fields:
        wanted = [*((alias, True) for alias in needs), *((alias, False) for alias in forbids)]
        return tuple((alias, names[alias], there) for alias, there in wanted)

    return tuple(
        (names[rule.field], rule.values, fields(rule.needs, rule.forbids), fields(rule.else_needs, rule.else_forbids))
        for rule in model.rules
    )
