"""Find the line of an entry in a TOML text.

`tomllib` gives values without their lines. An error is rare and a configuration short, so only then the text is cut
into statements (a header, or a key with its value over however many lines), and the statement whose path leads
furthest to the entry is the answer.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator

Path = tuple[str | int, ...]
"""Keys, and positions in arrays of tables, from the root down."""

_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|\n|[^\n]', re.DOTALL
)
_QUOTED = r'"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\''
_KEY = re.compile(rf"((?:{_QUOTED}|[^=\'\"\n])*)=")
_HEADER = re.compile(rf"\s*(\[\[?)((?:{_QUOTED}|[^\]\'\"\n])*)\]")


def locate(text: str, path: Path, item: str | None = None) -> int:
    """The line, from 1, where `path` stands in the valid TOML `text`, or of the nearest table above it.

    Args:
        item: a string in the array at `path`: its own line, at its last place in the array.
    """
    line, statement = _nearest(text, path)
    if item is None:
        return line
    last = max(statement.rfind(quoted) for quoted in (f'"{item}"', f"'{item}'"))
    return line + statement[: max(last, 0)].count("\n")


def _nearest(text: str, path: Path) -> tuple[int, str]:
    best, found = (0, False), (1, "")
    for at, line, statement in _placed(text):
        common = _common(at, path)
        score = (common, common == len(at))  # a statement on the way to the entry before one beside or below it
        if score > best and (common == len(at) or common == len(path)):
            best, found = score, (line, statement)
    return found


def _placed(text: str) -> Iterator[tuple[Path, int, str]]:
    """Every statement with its full path."""
    table: Path = ()
    arrays: Counter[Path] = Counter()
    for line, statement in _statements(text):
        header = _HEADER.match(statement)
        if header:
            table = _indexed(_keys(header[2]), arrays, opens=header[1] == "[[")
            yield table, line, statement
        elif key := _KEY.match(statement):
            yield (*table, *_keys(key[1])), line, statement


def _indexed(path: Path, arrays: Counter[Path], *, opens: bool) -> Path:
    """The path with the position in each array of tables on the way."""
    full: Path = ()
    for depth, key in enumerate(path, 1):
        full = (*full, key)
        if opens and depth == len(path):
            arrays[full] += 1
        if arrays[full]:
            full = (*full, arrays[full] - 1)
    return full


def _statements(text: str) -> Iterator[tuple[int, str]]:
    line, start, depth, statement = 1, 1, 0, ""
    for piece in _PIECE.findall(text + "\n"):
        depth += piece in ("[", "{")
        depth -= piece in ("]", "}")
        if piece == "\n" and depth == 0:
            yield start, statement
            statement, start = "", line + 1
        else:
            statement += piece if not piece.startswith("#") else ""
        line += piece.count("\n")


def _keys(dotted: str) -> Path:
    table, path = tomllib.loads(f"{dotted.strip()} = 0"), []
    while isinstance(table, dict):
        key, table = next(iter(table.items()))
        path.append(key)
    return tuple(path)


def _common(one: Path, other: Path) -> int:
    same = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        same += 1
    return same
