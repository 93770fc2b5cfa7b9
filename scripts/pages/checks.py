"""What the pages say against what there is: links, files, make targets, commands, settings, fences, decisions.

Code is what stands in backticks or in a fenced block; only there a name is taken for the name of something.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import typer

from hub import settings
from hub.cli.root import application
from hub.routing.config import parse_config
from scripts.pages.tables import ROOT

DECISION = ("## Context", "## Decision", "## Consequences", "## Rejected")
DIAGRAMS = ("flowchart", "stateDiagram-v2", "sequenceDiagram")
ROOT_FILES = re.compile(r"[A-Z]+[.]md|LICENSE|Makefile|Dockerfile|pyproject[.]toml|docker-compose[.]yml")
_FILE = re.compile(r"(?:hub|tests|scripts|docs|deploy|requirements|bench|[.]ci)/[A-Za-z0-9_./*-]*")
_MADE = ("deploy/secrets/",)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`]+)`")
_MAKE = re.compile(r"\bmake ([a-z][a-z0-9-]*)")
_COMMAND = re.compile(r"\bketenhub ([^|`']+)")
_STATUS = re.compile(r"^Status: (accepted|superseded by \[\d+\]\([^)]+\))[.]$", re.MULTILINE)
_SYMBOL = re.compile(r"^(?=[^.]*_|[A-Z][a-z])[A-Za-z_][A-Za-z0-9_]*(?:[.][A-Za-z0-9_]+)*(?=(?:\(\))?$)")
OF_OTHERS = ("pg_dump", "pg_upgrade", "server_reset_query", "HTTP_PROXY", "connect_robust")
"""Names in decisions that are somebody else's."""
_LENGTH = re.compile(r"`([a-z_]+)`(?: [(]|[,:] )([0-9]+) (ms|s|seconds|min|minutes|h|hours|d|days)\b")
_UNITS = {"ms": 1} | {
    unit: length
    for length, units in ((1_000, "s seconds"), (60_000, "min minutes"), (3_600_000, "h hours"), (86_400_000, "d days"))
    for unit in units.split()
}
_SETTING = re.compile(r"\b(?:TEST_)?KETENHUB_[A-Z0-9_]*[A-Z0-9]\b")


@dataclass(frozen=True, slots=True)
class Page:
    """A page in lines; `code` are the pieces of code, each with its line, `prose` the lines outside fences."""

    name: str
    text: str

    def __iter__(self) -> Iterator[tuple[int, str, bool]]:
        """Number, line, whether it is inside a fence (or is one)."""
        inside = False
        for number, line in enumerate(self.text.splitlines(), 1):
            fence = line.startswith("```")
            yield number, line, inside or fence
            inside = inside is not fence

    def code(self) -> Iterator[tuple[int, str]]:
        for number, line, fenced in self:
            yield from ((number, piece) for piece in ([line] if fenced else _SPAN.findall(line)))

    def prose(self) -> Iterator[tuple[int, str]]:
        yield from ((number, line) for number, line, fenced in self if not fenced)

    def slugs(self) -> set[str]:
        """The anchors of its headings."""
        titles = (line.lstrip("#").strip() for _, line in self.prose() if line.startswith("#"))
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def pages() -> list[Page]:
    """Every page of the project."""
    files = (file for place in ("*.md", "docs/**/*.md", "deploy/*.md") for file in sorted(ROOT.glob(place)))
    return [Page(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")) for file in files]


def findings(of: Iterable[Page]) -> list[str]:
    """What is wrong, a line each: page, line, what."""
    checks = (_links, _files, _targets, _commands, _settings, _limits, _fences, _decision)
    return [f"{page.name}:{number}: {what}" for page in of for check in checks for number, what in check(page)]


def left_out(readme: str) -> list[str]:
    """Settings that the README does not name."""
    names = (value for value in vars(settings).values() if isinstance(value, str) and _SETTING.fullmatch(value))
    return [name for name in names if f"`{name}`" not in readme]


Wrong = Iterator[tuple[int, str]]


def _links(page: Page) -> Wrong:
    for number, line in page.prose():
        for target in _LINK.findall(line):
            if "://" in target:
                continue
            path, _, anchor = target.partition("#")
            file = (ROOT / page.name).parent / path if path else ROOT / page.name
            if not file.exists():
                yield number, f"links to {target}, which is not there"
            elif anchor and anchor not in _page(page, file).slugs():
                yield number, f"links to {target}, and there is no such heading"


def _page(page: Page, file: Path) -> Page:
    return page if file == ROOT / page.name else Page(str(file), file.read_text(encoding="utf-8"))


def _files(page: Page) -> Wrong:
    for number, piece in page.code():
        named = piece if _FILE.fullmatch(piece) or ROOT_FILES.fullmatch(piece) else ""
        if named and not named.startswith(_MADE) and not any(ROOT.glob(named.rstrip("/"))):
            yield number, f"names {named}, which is not there"


def _targets(page: Page) -> Wrong:
    known = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for number, piece in page.code():
        yield from (
            (number, f"names make {name}: no such target") for name in _MAKE.findall(piece) if name not in known
        )


def _commands(page: Page) -> Wrong:
    for number, piece in page.code():
        for said in _COMMAND.findall(piece):
            yield from ((number, what) for what in _command(said.split()))


def _command(words: list[str]) -> Iterator[str]:
    command, names = _root(), ["ketenhub"]
    for word in words:
        group: Mapping[str, Any] | None = getattr(command, "commands", None)
        if group is not None and not word.startswith("-"):
            found = group.get(word)
            if found is None:
                yield f"names {' '.join([*names, word])}: no such command"
                return
            command, names = found, [*names, word]
        elif word.startswith("--") and word != "--help":
            options = {option for parameter in command.params for option in parameter.opts}
            if word.partition("=")[0] not in options:
                yield f"names {' '.join(names)} {word}: no such option"


@cache
def _root() -> Any:
    return typer.main.get_command(application())


def _settings(page: Page) -> Wrong:
    for number, line, _ in page:
        for name in _SETTING.findall(line):
            if name not in _sources():
                yield number, f"names {name}, which nothing reads"


@cache
def _sources() -> str:
    files = [*(ROOT / "hub").rglob("*.py"), ROOT / "Makefile"]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def _limits(page: Page) -> Wrong:
    """A length of time beside the name of a limit is its default, or one of its defaults."""
    for number, line in page.prose():
        for name, length, unit in _LENGTH.findall(line):
            defaults = _defaults().get(name)
            if defaults is not None and timedelta(milliseconds=int(length) * _UNITS[unit]) not in defaults:
                yield number, f"says that {name} is {length} {unit}, which is not the default"


@cache
def _defaults() -> dict[str, tuple[timedelta, ...]]:
    """Of each limit that is a length of time."""
    limits = asdict(parse_config((ROOT / "hub/routing/default.toml").read_text("utf-8"), "default.toml").limits)
    lengths = {name: one.values() if isinstance(one, dict) else (one,) for name, one in limits.items()}
    return {name: tuple(one) for name, one in lengths.items() if all(isinstance(each, timedelta) for each in one)}


def _fences(page: Page) -> Wrong:
    lines = page.text.splitlines()
    fences = [number for number, line in enumerate(lines, 1) if line.startswith("```")]
    if len(fences) % 2:
        yield fences[-1], "opens a fence and does not close it"
    for number in fences[::2]:
        if lines[number - 1] == "```mermaid" and not lines[number].startswith(DIAGRAMS):
            yield number, f"is no diagram: it begins with none of {', '.join(DIAGRAMS)}"


def _decision(page: Page) -> Wrong:
    if not page.name.startswith("docs/decisions/0"):
        return
    headings = [line for _, line in page.prose() if line.startswith("## ")]
    if tuple(headings) != DECISION:
        yield 1, f"has not the headings {', '.join(DECISION)}"
    if Path(page.name).name not in (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8"):
        yield 1, "is not in docs/decisions/README.md"
    status = _STATUS.search(page.text)
    if status is None:
        yield 3, "says neither `Status: accepted.` nor `Status: superseded by [N](...).`"
    elif status[1] == "accepted":
        yield from _symbols(page)


def _symbols(page: Page) -> Wrong:
    """What holds names nothing of the code that is not there any more."""
    for number, piece in page.code():
        for name in _SYMBOL.findall(piece):
            last = name.rpartition(".")[2]
            if name not in OF_OTHERS and last not in _words():
                yield number, f"names {name}, which is nowhere in the code"


@cache
def _words() -> frozenset[str]:
    """Of all that is no page."""
    files = [file for folder in ("hub", "tests", "bench", "scripts") for file in (ROOT / folder).rglob("*.py")]
    return frozenset(word for file in files for word in re.findall(r"\w+", file.read_text(encoding="utf-8")))
