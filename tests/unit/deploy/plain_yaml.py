"""Reads the part of YAML that docker-compose.yml keeps to; anything else is an error, so it cannot be misread.

Mappings and lists by two-space indentation, `[...]` and `{...}` in JSON's own form, double-quoted texts, whole numbers,
`true`, `false` and plain texts. No anchors, no multi-line texts, no other quotes.
"""

import json
import re
from typing import Any

_PLAIN = re.compile(r"[A-Za-z./][A-Za-z0-9./_:-]*|[0-9]+[a-z]+")
_KEY = re.compile(r"([a-z][A-Za-z0-9_.-]*|[A-Z][A-Z_]*):(?: (.+))?")

Line = tuple[int, str]


def read(text: str) -> Any:
    lines = [_indented(line) for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    value, rest = _block(lines, 0)
    assert not rest, f"indentation: {rest[0]}"
    return value


def _indented(line: str) -> Line:
    text = line.strip()
    return len(line) - len(line.lstrip(" ")), text


def _block(lines: list[Line], indent: int) -> tuple[Any, list[Line]]:
    assert lines[0][0] == indent, f"indentation: {lines[0]}"
    return _items(lines, indent) if lines[0][1].startswith("- ") else _members(lines, indent)


def _items(lines: list[Line], indent: int) -> tuple[list[Any], list[Line]]:
    items = []
    while lines and lines[0][0] == indent and lines[0][1].startswith("- "):
        items.append(_scalar(lines[0][1][2:]))
        lines = lines[1:]
    return items, lines


def _members(lines: list[Line], indent: int) -> tuple[dict[str, Any], list[Line]]:
    members: dict[str, Any] = {}
    while lines and lines[0][0] == indent:
        found = _KEY.fullmatch(lines[0][1])
        assert found, f"not a member: {lines[0][1]}"
        assert found[1] not in members, f"twice: {found[1]}"
        lines = lines[1:]
        if found[2] is not None:
            members[found[1]] = _scalar(found[2])
        else:
            members[found[1]], lines = _block(lines, indent + 2)
    return members, lines


def _scalar(text: str) -> Any:
    if text[0] in '"[{':
        return json.loads(text)
    if text in ("true", "false") or text.isdigit():
        return json.loads(text)
    assert _PLAIN.fullmatch(text), f"quote this: {text}"
    return text
