"""Read a TOML table key by key: what is wrong is said with its line, what is left over is refused."""

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any, TypeVar

from hub.errors import OperatorError
from hub.routing.locate import Path, locate

T = TypeVar("T")

_DURATION = re.compile(r"([0-9]{1,8}) ?(ms|s|min|h|d)")
_MILLISECONDS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_SYNTAX_LINE = re.compile(r"\(at line ([0-9]+), column [0-9]+\)|\(at end of document\)")


@dataclass(frozen=True, slots=True)
class Source:
    """A text and where it came from."""

    name: str
    text: str

    def wrong(self, path: Path, sentence: str, item: str | None = None) -> OperatorError:
        """The error to raise about the entry at `path`."""
        where = ".".join(str(key) for key in path)
        line = locate(self.text, path, item)
        return OperatorError("config", f"{self.name}, line {line}: {where and where + ': '}{sentence}")


class Table:
    """One table of the configuration. Each method takes a key out; `done` refuses what nobody asked for."""

    def __init__(self, source: Source, path: Path, values: dict[str, Any]) -> None:
        self._source = source
        self._left = dict(values)
        self._known: list[str] = []
        self.path = path

    def wrong(self, key: str, sentence: str, item: str | None = None) -> OperatorError:
        return self._source.wrong((*self.path, key) if key else self.path, sentence, item)

    @contextmanager
    def at(self, key: str, item: str | None = None) -> Iterator[None]:
        """Give an `OperatorError` from inside the line of `key`."""
        try:
            yield
        except OperatorError as error:
            raise self.wrong(key, error.sentence, item) from None

    def has(self, key: str) -> bool:
        self._known.append(key)
        return key in self._left

    def names(self) -> list[str]:
        return list(self._left)

    def text(self, key: str) -> str:
        return self._take(key, str, 'text between quotes, such as "value"')

    def number(self, key: str, least: int, most: int | None = None) -> int:
        wanted = f"a whole number from {least} to {most}" if most else f"a whole number of {least} or more"
        value = self._take(key, int, wanted)
        if isinstance(value, bool) or value < least or (most is not None and value > most):
            raise self.wrong(key, f"write {wanted}")
        return value

    def duration(self, key: str, longest: timedelta, least: timedelta = timedelta(0)) -> timedelta:
        match = _DURATION.fullmatch(self._take(key, str, _DURATION_WANTED))
        if not match or int(match[1]) == 0:
            raise self.wrong(key, f"write {_DURATION_WANTED}")
        value = timedelta(milliseconds=int(match[1]) * _MILLISECONDS[match[2]])
        if value > longest:
            raise self.wrong(key, f"write {_said(longest)} or less")
        if value < least:
            raise self.wrong(key, f"write {_said(least)} or more")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        return self._items(key, str, 'a list of texts, such as ["one", "two"]')

    def dates(self, key: str) -> tuple[date, ...]:
        return self._items(key, date, "a list of dates, such as [2027-05-07]")

    def tables(self, key: str) -> tuple[dict[str, Any], ...]:
        return self._items(key, dict, "a list of tables, such as [{ kty = ... }]")

    def lists(self, key: str) -> tuple[list[Any], ...]:
        return self._items(key, list, 'a list of lists, such as [["one", "two"]]')

    def table(self, key: str) -> "Table":
        return Table(self._source, (*self.path, key), self._take(key, dict, "a table"))

    def done(self) -> None:
        """Refuse the first key that nobody asked for."""
        for key in self._left:
            near = get_close_matches(key, self._known, n=1) or dict.fromkeys(self._known)
            raise self.wrong(key, f"there is no such entry; this table takes {', '.join(near)}")

    def _items(self, key: str, kind: type[T], wanted: str) -> tuple[T, ...]:
        values: list[Any] = self._take(key, list, wanted)
        if not all(type(value) is kind for value in values):
            raise self.wrong(key, f"write {wanted}")
        return tuple(values)

    def _take(self, key: str, kind: type[T], wanted: str) -> T:
        self._known.append(key)
        if key not in self._left:
            raise self.wrong("", f"{key} is missing; write {wanted}")
        value = self._left.pop(key)
        if not isinstance(value, kind):
            raise self.wrong(key, f"write {wanted}")
        return value


_DURATION_WANTED = 'a time, such as "5 ms", "10 s", "15 min", "24 h" or "30 d"'


def root(source: Source) -> Table:
    """The whole document.

    Raises:
        OperatorError: it is not TOML, with the line.
    """
    try:
        return Table(source, (), tomllib.loads(source.text))
    except tomllib.TOMLDecodeError as exc:
        raise _syntax(source, str(exc)) from None


def _syntax(source: Source, message: str) -> OperatorError:
    match = _SYNTAX_LINE.search(message)
    line = int(match[1]) if match and match[1] else source.text.rstrip().count("\n") + 1
    what = _SYNTAX_LINE.sub("", message).strip()
    return OperatorError("config", f"{source.name}, line {line}: this is not TOML ({what})")


def _said(longest: timedelta) -> str:
    spans = {unit: timedelta(milliseconds=length) for unit, length in _MILLISECONDS.items()}
    unit = next(unit for unit in ("d", "h", "min", "s", "ms") if longest > spans[unit] and not longest % spans[unit])
    return f'"{longest // spans[unit]} {unit}"'
