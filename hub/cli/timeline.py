"""A case as a timeline: time goes down, one lane shows who holds sight on safety, and beside it stands what happened.

Pure: events in, lines out. A line is as wide as it may be, the lane runs on through every wrapped line, and it changes
its pattern and name where the holder changes, so that it is read without colour too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, zip_longest
from textwrap import wrap

from rich.text import Text

from hub.cases import events as e
from hub.cli.wording import Names, moment, words
from hub.ids import Oin

GAP = timedelta(minutes=1)
"""The shortest time between two moments that is worth a line."""
TIME, LANE = 18, 20
"""Columns of the time and of the lane with its holder's name; the words have the rest."""
LEAST_WORDS = 20
_PATTERNS = "█▒"
_COLOURS = ("cyan", "magenta", "green", "yellow", "blue")
_UNITS = (("month", 30), ("week", 7), ("day", 1))


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that happened, or the time in which nothing did (`at` is `None`).

    Attributes:
        holder: who holds from here; `None` once closed.
        moved: sight on safety came to this holder here.
    """

    at: datetime | None
    holder: Oin | None
    moved: bool
    words: str


def rows(events: Sequence[e.Event], now: datetime, names: Names) -> Iterator[Row]:
    """What happened, in order; who was told at one moment in one row; gaps between moments, the last until now."""
    holder: Oin | None = None
    before: datetime | None = None
    for at, together in groupby(events, key=lambda event: event.at):
        if before is not None and at - before >= GAP:
            yield Row(None, holder, moved=False, words=f"{_span(at - before)} later")
        for event, said in _said(list(together), names):
            after = holder_after(event, holder)
            yield Row(at, after, after != holder, said)
            holder = after
        before = at
    if before is not None:
        since = f"now, {_span(now - before)} later" if now - before >= GAP else "now"
        yield Row(now, holder, moved=False, words=since)


def drawn(shown: Iterable[Row], names: Names, width: int) -> Iterator[Text]:
    """The rows as lines of at most `width` columns."""
    lane, last = _Lane(), None
    for row in shown:
        if row.moved:
            lane = lane.turned(row.holder)
        time = moment(row.at) if row.at is not None and row.at != last else ""
        name = names.party(row.holder) if row.moved and row.holder else ""
        yield from _lines(row, time, name, lane, width)
        last = row.at or last


@dataclass(frozen=True, slots=True)
class _Lane:
    """How the lane looks now: it changes at each move, and a party keeps its colour."""

    colours: tuple[Oin, ...] = ()
    moves: int = -1

    def turned(self, holder: Oin | None) -> "_Lane":
        new = () if holder is None or holder in self.colours else (holder,)
        return _Lane((*self.colours, *new), self.moves + 1)

    def drawn(self, holder: Oin | None, *, gap: bool) -> tuple[str, str]:
        """The mark and its style; a gap is dotted, and nobody holds a closed case."""
        if holder is None:
            return " ", ""
        colour = _COLOURS[self.colours.index(holder) % len(_COLOURS)]
        return ("┊" if gap else _PATTERNS[self.moves % len(_PATTERNS)]), colour


def _lines(row: Row, time: str, name: str, lane: _Lane, width: int) -> Iterator[Text]:
    mark, style = lane.drawn(row.holder, gap=row.at is None)
    said = wrap(row.words, max(width - TIME - LANE, LEAST_WORDS), break_on_hyphens=False)
    faint = "dim" if row.at is None else ""
    for label, what in zip_longest(wrap(name, LANE - 3), said, fillvalue=""):
        line = Text.assemble(f"{time:{TIME}}", (mark, style), (f" {label:{LANE - 2}}", f"bold {style}"), (what, faint))
        line.rstrip()
        yield line
        time = ""


def _said(events: Sequence[e.Event], names: Names) -> Iterator[tuple[e.Event, str]]:
    """Each event with its words; notices that follow each other as one."""
    for told, together in groupby(events, key=lambda event: isinstance(event, e.NoticeIssued)):
        own = list(together)
        if told:
            parties = dict.fromkeys(event.to for event in own if isinstance(event, e.NoticeIssued))
            yield own[-1], f"told {names.all(parties)}"
        else:
            yield from ((event, words(event, names)) for event in own)


def holder_after(event: e.Event, holder: Oin | None) -> Oin | None:
    """Who holds after an event, given who held before it; `None` before the first and after the closing."""
    match event:
        case e.CaseOpened():
            return event.holder
        case e.HolderMoved():
            return event.receiver
        case e.PartySucceeded() if holder == event.former:
            return event.successor
        case e.CaseClosed():
            return None
        case _:
            return holder


def _span(time: timedelta) -> str:
    """A length of time in its largest unit of which there are two or more, rounded down."""
    sizes = {name: days * timedelta(days=1) for name, days in _UNITS}
    sizes |= {"hour": timedelta(hours=1), "minute": timedelta(minutes=1)}
    name = next((name for name, size in sizes.items() if time >= 2 * size), "minute")
    number = time // sizes[name]
    return f"{number} {name}{'s' * (number != 1)}"
