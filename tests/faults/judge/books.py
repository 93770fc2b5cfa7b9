"""Partners' books as values. One file a partner, `<partner>.book`, of JSON lines in the order in which things happened:

    {"line": "partner", "id", "oin", "role", "regions"}                                      the first line
    {"line": "sent", "id", "type", "at", "sha256", "lane", "about", ["correlation", "causation", "wrong"]}
    {"line": "confirmed", "id", "at"}                  the broker has a copy
    {"line": "got", "id", "type", "at", "time", "sha256", "lane", "about", ["correlation", "causation"]}
    {"line": "again", "id", "at", "sha256"}            one more copy of what was got
    {"line": "unreadable", "id", "at", "sha256"}       what could not be opened or read

`type` is `group.name`, `sha256` that of the signed payload (of the body, where a body was made by hand), `at` the
partner's clock, `time` the hub's, `about` ids, codes and hashes of what the message speaks of (`about.py`); `wrong`:
the partner meant it to be refused. A line that was cut off by a kill is the last one, and does not count.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SUFFIX = ".book"
RECEIPT, REFUSAL, DELAYED = "verwerking.ontvangstbevestiging", "verwerking.foutmelding", "verwerking.vertraagd"
CONFIRMATION = "verwerking.verwerkt"
About = dict[str, Any]


@dataclass(slots=True)
class Sent:
    id: str
    type: str
    sha256: str
    at: str
    lane: str
    about: About = field(default_factory=dict)
    correlation: str | None = None
    causation: str | None = None
    wrong: bool = False
    confirmed: int = 0


@dataclass(slots=True)
class Got:
    """Attributes:
    arrivals: hash of each copy, in order.
    """

    id: str
    type: str
    sha256: str
    at: str
    time: str
    lane: str
    about: About = field(default_factory=dict)
    correlation: str | None = None
    causation: str | None = None
    arrivals: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Book:
    """One partner's: what it sent and got, by id; `unreadable`: ids of what it could not take."""

    partner: str
    oin: str
    role: str
    regions: tuple[str, ...]
    sent: dict[str, Sent] = field(default_factory=dict)
    got: dict[str, Got] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)


def load(folder: Path) -> list[Book]:
    """Every book in this folder, by partner."""
    return [read(file) for file in sorted(folder.rglob(f"*{SUFFIX}"))]


def read(file: Path) -> Book:
    lines = _lines(file)
    first = next(lines)
    book = Book(first["id"], first["oin"], first["role"], tuple(first["regions"]))
    for line in lines:
        _enter(book, line)
    return book


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open() as text:
        yield from (json.loads(line) for line in text if line.endswith("\n"))


def _enter(book: Book, line: dict[str, Any]) -> None:
    kind = line.pop("line")
    match kind:
        case "partner":  # the same partner, started again
            return
        case "sent":
            book.sent[line["id"]] = Sent(**line)
        case "confirmed":
            book.sent[line["id"]].confirmed += 1
        case "got":
            book.got[line["id"]] = Got(**line, arrivals=[line["sha256"]])
        case "again":
            book.got[line["id"]].arrivals.append(line["sha256"])
        case "unreadable":
            book.unreadable.append(line["id"])
        case _:
            raise ValueError(f"{book.partner}: no such line: {kind}")
