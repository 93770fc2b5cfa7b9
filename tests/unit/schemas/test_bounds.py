"""Just outside every bound is refused, at the right pointer, here and by the foreign validator.

The bounds are read from the exported schemas, so that a new field cannot be forgotten; that each field *has* bounds is
a test of its own.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from hub.errors import Code
from hub.schemas.message import Direction
from hub.schemas.registry import MessageType
from tests.unit.schemas.kit import (
    EVERY,
    NAMES,
    Path,
    file_name,
    fitting,
    foreign_accepts,
    leaves,
    nodes,
    pointer,
    refusal,
    replaced,
    schemas,
    without,
)

NOT_ITS_KIND: dict[str, list[Any]] = {
    "string": [7, True, None, ["x"], {"x": "x"}],
    "integer": ["7", True, None, 7.5, [7]],
    "boolean": ["true", 1, 0, None],
    "array": ["x", {}, None, 3],
    "object": ["x", [], None, 3],
}


@pytest.mark.parametrize(("known", "way"), EVERY, ids=NAMES)
def test_a_value_just_outside_a_bound_is_refused(known: MessageType, way: Direction) -> None:
    for data in fitting(known, way):
        for path, value, rule in _with_rules(data, known, way):
            for wrong in _outside(value, rule):
                _refused_at(known, way, replaced(data, path, wrong), path)


@pytest.mark.parametrize(("known", "way"), EVERY, ids=NAMES)
def test_a_value_of_another_kind_is_refused_and_so_is_null(known: MessageType, way: Direction) -> None:
    for data in fitting(known, way):
        for path, _, rule in _with_rules(data, known, way):
            for wrong in NOT_ITS_KIND[rule["type"]]:
                _refused_at(known, way, replaced(data, path, wrong), path)


@pytest.mark.parametrize(("known", "way"), EVERY, ids=NAMES)
def test_a_missing_field_is_refused_if_it_is_required(known: MessageType, way: Direction) -> None:
    for data in fitting(known, way):
        for path, _, rule in [*_with_rules(data, known, way), ((), data, _root(known, way))]:
            for name in rule.get("required", ()):
                _refused_at(known, way, without(data, (*path, name)), (*path, name))


@pytest.mark.parametrize(("known", "way"), EVERY, ids=NAMES)
def test_an_unknown_field_is_refused_at_its_parent_and_its_name_is_not_repeated(
    known: MessageType, way: Direction
) -> None:
    for data in fitting(known, way):
        for path, value, rule in [*_with_rules(data, known, way), ((), data, _root(known, way))]:
            if isinstance(value, dict) and rule.get("additionalProperties") is False:
                wrong = replaced(data, path, value | {"Kanariepiet Vogelzang": 1})
                _refused_at(known, way, wrong, path)
                rejection = refusal(known, way, wrong)
                assert rejection is not None
                assert "Kanariepiet" not in repr(vars(rejection))


@pytest.mark.parametrize(("known", "way"), EVERY, ids=NAMES)
def test_a_line_end_after_a_value_is_refused(known: MessageType, way: Direction) -> None:
    """Ours alone: Python's `$`, which the foreign validator uses, lets one line end through; ECMA's does not."""
    for data in fitting(known, way):
        for path, value, rule in _with_rules(data, known, way):
            if rule["type"] == "string" and rule.get("maxLength", 0) < 10_000:
                assert refusal(known, way, replaced(data, path, value + "\n")) is not None, path


@pytest.mark.parametrize("file", sorted(schemas()))
def test_every_text_number_and_list_has_bounds(file: str) -> None:
    for path, rule in nodes(schemas()[file]):
        if not isinstance(rule, dict) or "type" not in rule or not isinstance(rule["type"], str):
            continue
        if rule["type"] == "string":
            assert "enum" in rule or "const" in rule or "maxLength" in rule, path
        if rule["type"] == "integer":
            assert {"minimum", "maximum"} <= set(rule), path
        if rule["type"] == "array":
            assert {"minItems", "maxItems"} <= set(rule), path
        assert rule["type"] != "number", path


@pytest.mark.parametrize("data", [None, [], "x", 3, [{}]])
@pytest.mark.parametrize(("known", "way"), EVERY, ids=NAMES)
def test_data_that_is_no_object_is_refused(known: MessageType, way: Direction, data: Any) -> None:
    _refused_at(known, way, data, ())


@pytest.mark.parametrize(("known", "way"), EVERY, ids=NAMES)
def test_a_text_that_is_no_unicode_is_refused(known: MessageType, way: Direction) -> None:
    data = fitting(known, way)[0]
    for path, value in leaves(data):
        if isinstance(value, str) and "inhoud" not in path:
            rejection = refusal(known, way, replaced(data, path, "\ud800"))
            assert rejection is not None
            assert rejection.fields == (pointer(path),)


def _refused_at(known: MessageType, way: Direction, data: Any, path: Path) -> None:
    rejection = refusal(known, way, data)
    assert rejection is not None, path
    assert rejection.reason is Code.SCHEMA_INVALID
    assert any(pointer(path).startswith(field) or field.startswith(pointer(path)) for field in rejection.fields)
    assert not foreign_accepts(known, way, data), path


def _outside(value: Any, rule: dict[str, Any]) -> Iterator[Any]:
    if "enum" in rule and isinstance(value, str):
        yield from ("", value + "x", value.swapcase(), "onzin")
    if isinstance(value, str) and "enum" not in rule:
        yield (value * (rule["maxLength"] // max(len(value), 1) + 1))[: rule["maxLength"] + 1]
        yield value + "\x01"
        if rule.get("pattern") and not re.search(rule["pattern"], ""):
            yield ""
    if rule["type"] == "integer":
        yield from (rule["minimum"] - 1, rule["maximum"] + 1)
    if rule["type"] == "array":
        yield from _wrong_lengths(value, rule)


def _wrong_lengths(value: list[Any], rule: dict[str, Any]) -> Iterator[list[Any]]:
    if value:
        yield (value * (rule["maxItems"] // len(value) + 1))[: rule["maxItems"] + 1]
        if rule.get("uniqueItems"):
            yield [value[0], value[0]]
    if rule["minItems"]:
        yield []


def _root(known: MessageType, way: Direction) -> dict[str, Any]:
    return schemas()[file_name(known, way)]


def _with_rules(data: Any, known: MessageType, way: Direction) -> list[tuple[Path, Any, dict[str, Any]]]:
    """Every value in the data with what the schema says of it; what the schema leaves open is left out."""
    root = _root(known, way)
    found = ((path, value, _rule(root, path)) for path, value in nodes(data) if path)
    return [(path, value, rule) for path, value, rule in found if rule is not None]


def _rule(root: dict[str, Any], path: Path) -> dict[str, Any] | None:
    rule: dict[str, Any] = root
    for step in path:
        if isinstance(step, str) and step not in rule.get("properties", {}):
            return None
        rule = rule["properties"][step] if isinstance(step, str) else rule["items"]
        while "$ref" in rule:
            rule = root["$defs"][rule["$ref"].rsplit("/", 1)[1]]
    return rule
