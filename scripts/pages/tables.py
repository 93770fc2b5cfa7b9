"""Markdown tables, and pages in which only marked blocks are generated."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

_BLOCK = re.compile(r"(<!-- begin ([a-z-]+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)

Lines = Iterable[str]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table, with an empty line after it; `|` in a cell is escaped."""
    yield _row(head)
    yield "|" + "---|" * len(head)
    yield from map(_row, rows)
    yield ""


def coded(values: Iterable[str]) -> str:
    """`a`, `b`, `c`."""
    return ", ".join(f"`{value}`" for value in values)


def filled(page: str, blocks: Mapping[str, Callable[[], Lines]]) -> str:
    """The page in docs/ as it is, each block `<!-- begin name -->` to `<!-- end name -->` made anew.

    Raises:
        ValueError: the page has other blocks than these.
    """
    text = (ROOT / page).read_text(encoding="utf-8")
    found = sorted(match[2] for match in _BLOCK.finditer(text))
    if found != sorted(blocks):
        raise ValueError(f"{page} has the blocks {found}, and there are generators for {sorted(blocks)}")
    return _BLOCK.sub(lambda match: match[1] + "\n" + "\n".join(blocks[match[2]]()) + "\n" + match[3], text)


def first_line(docstring: str | None) -> str:
    """The first sentence or line of a docstring."""
    return (docstring or "").strip().split("\n")[0]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
