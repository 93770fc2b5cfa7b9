"""The story as it happens: every line of the fake partners, on the terminal and for whoever waits for it.

Who holds sight on safety is taken from what the partners are told (`houder`): from the triage, which hears everything
about its cases in order, and from a reporter or receiver at the moment it gives or takes over. Before anybody is told,
the receipt of the report says it: by the contract the reporter holds from there.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rich.console import Console
from rich.text import Text

from hub.canonical.partners import Role
from hub.simulator.cast import CAST, Player
from hub.simulator.stage import Line

REPORT = "meldingen."
PRESENTED, RECORDED, DOSSIER = "triage.melding-aangeboden", "triage.melding-vastgelegd", "overdrachten.dossier"
NOBODY = "nobody: closed"
SIGHT_WIDTH = 18
"""Columns at the right for a case and who holds it."""
_NAMES = {player.id: player.name for player in CAST}
_BY_OIN: Mapping[str, Player] = {player.oin: player for player in CAST}
_TRIAGE = next(player for player in CAST if player.role is Role.VEILIG_THUIS)


@dataclass(slots=True)
class Sight:
    """One case as the story knows it: its letter, and everybody who held, in order."""

    label: str
    holders: list[str] = field(default_factory=list)

    @property
    def holder(self) -> str:
        return self.holders[-1] if self.holders else "?"


class Story:
    """Collects lines; `heard` are all of them so far."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._news = asyncio.Event()
        self._sights: dict[str, Sight] = {}
        self._quiet: set[str] = set()
        self.heard: list[Line] = []

    def title(self, text: str) -> None:
        self._console.print()
        self._console.print(Text(text, style="bold"), soft_wrap=True)

    def note(self, text: str) -> None:
        self._console.print(Text(f"  {text}", style="dim"), soft_wrap=True)

    def add(self, line: Line) -> None:
        sight = self._follow(line)
        if line["did"] not in ("ready", "account") and not self._is_quiet(line):
            self._console.print(_row(line, sight, self._console.width), soft_wrap=True)
        self.heard.append(line)
        self._news.set()

    async def wait_for(self, wanted: Callable[[Line], bool], since: int, seconds: float) -> Line | None:
        """The first line from number `since` on that is wanted, or `None` after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (found := next(filter(wanted, self.heard[since:]), None)) is None:
                    self._news.clear()
                    await self._news.wait()
                return found
        return None

    def holders(self, correlation: str) -> Sequence[str]:
        """Everybody who held sight on safety on this case, by name, in order."""
        sight = self._sights.get(correlation)
        return tuple(sight.holders) if sight else ()

    def _is_quiet(self, line: Line) -> bool:
        if line.get("quiet") and line.get("about"):
            self._quiet.add(line["about"])
        return bool(line.get("quiet")) or line.get("about") in self._quiet

    def _follow(self, line: Line) -> Sight | None:
        """The case of a line, after what the line says about it."""
        if not line.get("case") or line.get("quiet"):
            return None
        known = self._sights.get(line["case"]) or self._sights.get(line.get("about", ""))
        sight = known or Sight(_letters(len({id(one) for one in self._sights.values()})))
        self._sights[line["case"]] = sight
        if line["did"] == "heard" and line["type"] == PRESENTED:
            self._sights[line["about"]] = sight
        holder = _holder(line, sight)
        if holder is not None and holder != sight.holder:
            sight.holders.append(holder)
        return sight


def _holder(line: Line, sight: Sight) -> str | None:
    """Who holds now, as far as this line is to be believed about it; `None` if it says nothing."""
    if line["did"] == "answered" and line["type"].startswith(REPORT) and not sight.holders and "code" not in line:
        return _NAMES[line["who"]]
    if line["did"] != "heard":
        return None
    if line["who"] == _TRIAGE.id and line["type"] == "zaken.stand" and "holder" not in line:
        return NOBODY
    # A reporter may read that its report is recorded after a receiver has said yes already: old news then.
    if line["type"] == RECORDED and sight.holder in ("?", _NAMES[line["who"]]):
        return _TRIAGE.name
    if "holder" not in line:
        return None
    name = _BY_OIN[line["holder"]].name
    return name if line["who"] == _TRIAGE.id or line["type"] == DOSSIER else None


def _letters(number: int) -> str:
    return chr(ord("A") + number % 26)


def _row(line: Line, sight: Sight | None, width: int) -> Text:
    moment = datetime.fromisoformat(line["at"]).astimezone().strftime("%H:%M:%S.%f")[:-3]
    me = _NAMES.get(line["who"], line["who"])
    ends = f"{me} → hub" if line["did"] == "sent" else f"hub → {me}"
    what, style = _what(line)
    row = Text.assemble((f"  {moment}  ", "dim"), (f"{ends:<20}", "cyan"), (what, style))
    if sight is not None:
        row.pad_right(max(2, width - SIGHT_WIDTH - row.cell_len))
        row.append(f"{sight.label}: ", "dim")
        row.append(sight.holder, "bold magenta")
    return row


def _what(line: Line) -> tuple[str, str]:
    """A line in words, with its colour."""
    name = line.get("type", "")
    match line["did"]:
        case "sent":
            return f"{name}{_manner(line)}", "default"
        case "answered" if "code" in line:
            return f"refused: {line['code']} {' '.join(line.get('fields', []))}", "red"
        case "answered":
            return f"receipt for {name}{', the same as before' if line.get('same') else ''}", "green"
        case "heard":
            return f"{name}{': ' + line['code'] if 'code' in line else ''}", "default"
        case "overtook":
            return f"acute decided before {line['overtaken']} of {line['count']} sent earlier", "green"
        case did:
            return f"{name}: {did}", "red"


def _manner(line: Line) -> str:
    said = {
        f" ({line.get('count')} at once)": "count" in line,
        " (acute)": line.get("lane") == "acuut",
        " (the same once more)": line.get("again"),
        " (signed with another partner's key)": line.get("foreign"),
    }
    return "".join(text for text, applies in said.items() if applies)
