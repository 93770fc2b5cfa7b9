"""The end of the story: the partners' own books against the hub's account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

from hub.simulator.cast import CAST, Player
from hub.simulator.stage import Line


@dataclass(frozen=True, slots=True)
class Pair:
    """One number, as the partner has it and as the hub has it."""

    name: str
    books: int
    hub: int

    @property
    def agrees(self) -> bool:
        return self.books == self.hub


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Every pair of every player, and whether the hub's account adds up by itself."""

    players: Mapping[Player, Sequence[Pair]]
    fits: bool

    @property
    def agrees(self) -> bool:
        return self.fits and all(pair.agrees for pairs in self.players.values() for pair in pairs)

    def table(self) -> Table:
        table = Table(box=None, title="A partner's own books / the hub's account", title_justify="left")
        table.add_column("partner", no_wrap=True)
        for name in next(iter(self.players.values()), ()):
            table.add_column(name.name, justify="right")
        for player, pairs in self.players.items():
            table.add_row(player.name, *map(_cell, pairs))
        totals = [
            Pair(column[0].name, sum(p.books for p in column), sum(p.hub for p in column))
            for column in zip(*self.players.values(), strict=True)
        ]
        table.add_row("together", *map(_cell, totals))
        return table


def reckon(books: Mapping[str, Line], account: Mapping[str, Any]) -> Reckoning:
    """Hold the books against the hub's account.

    Args:
        books: a player's `account` line, by its id.
        account: what `ketenhub account --json` printed.
    """
    of_hub = account["partners"]
    players = {player: _pairs(books.get(player.id, {}), of_hub.get(player.id, {})) for player in CAST}
    return Reckoning(players, not account["differences"])


def _pairs(books: Mapping[str, Any], hub: Mapping[str, Any]) -> Sequence[Pair]:
    """A `verwerkt` has no receipt: the books count it as accepted unless it was refused.

    A number that is missing on either side agrees with nothing.
    """

    def mine(*names: str) -> int:
        return sum(int(books.get(name, -1)) for name in names)

    def theirs(*names: str) -> int:
        return sum(int(hub.get(name, -1_000)) for name in names)

    return (
        Pair("to hub", mine("sent_deliveries"), theirs("deliveries")),
        Pair("distinct", mine("sent"), theirs("distinct")),
        Pair("accepted", mine("accepted", "confirmations"), theirs("accepted")),
        Pair("refused", mine("refused"), theirs("rejected")),
        Pair("open", mine("unanswered"), theirs("retry", "quarantined")),
        Pair("from hub", mine("received"), theirs("outgoing")),
        Pair("untaken", mine("unreadable", "unprocessed"), theirs("undelivered")),
    )


def _cell(pair: Pair) -> Text:
    return Text(f"{pair.books}/{pair.hub}", style="green" if pair.agrees else "bold red")
