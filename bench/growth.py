"""`python -m bench.growth`: the hub on W1 while its radar, open cases and terms grow. See README.md."""

import argparse
import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import database, report, work
from bench.contenders import Hub
from bench.ground import PREPARED, Ground, ground
from bench.rounds import Result, Round

SQL = Template(Path(__file__).with_name("growth.sql").read_text())
SEEDS = 20
"""Reports on which the hub opens real cases, which are then multiplied."""
FIRST_SEED = 2_000_000
GOAL_RATE, GOAL_READY = 0.9, 5.0


@dataclass(frozen=True, slots=True)
class Size:
    """Attributes:
    entries: of the radar.
    cases: open ones, each with an open offer's full part and a running term.
    """

    name: str
    entries: int
    cases: int


SIZES = (Size("small", 10_000, 1_000), Size("large", 1_000_000, 1_000_000), Size("largest", 10_000_000, 1_000_000))
QUICK = (Size("small", 1_000, 100), Size("large", 10_000, 1_000))


class Grown(Hub):
    """A hub on a copy of the database of this name; remembers how long each took to be ready."""

    def __init__(self, here: Ground, name: str) -> None:
        super().__init__(here)
        self.name = name
        self.ready: list[float] = []

    def told(self) -> str:
        """Of the last round."""
        return f"ready in {self.ready[-1]:.1f} s"

    async def new_database(self, name: str) -> str:
        return await database.create(self._ground.addresses.database_url, name, self.name, copied=True)

    @contextmanager
    def running(self, url: str, processes: int) -> Iterator[Callable[[], bool]]:
        began = time.monotonic()
        with super().running(url, processes) as still_runs:
            self.ready.append(time.monotonic() - began)
            yield still_runs


def main() -> None:
    asked = _arguments()
    sizes = QUICK if asked.quick else SIZES
    with ground() as here:
        facts = report.facts(here)
        for size in sizes:
            _grow(here, size)
        sealed = work.sealed(here.sender.folder, range(asked.messages))
        hubs = [Grown(here, size.name) for size in sizes]
        results = [measured(here, sealed, hub, number) for number in range(asked.rounds) for hub in hubs]
    _tell(sizes, hubs, results, {"machine": facts, "work": {"messages": len(sealed)}}, report.folder(asked.quick))


def _grow(here: Ground, size: Size) -> None:
    """A database of this name, with so much in it."""
    began = time.monotonic()
    hub, seeds = Hub(here), work.sealed(here.sender.folder, range(FIRST_SEED, FIRST_SEED + SEEDS))
    url = asyncio.run(database.create(here.addresses.database_url, size.name, PREPARED))
    asyncio.run(hub.fill(seeds))
    with hub.running(url, 1) as still_runs:
        asyncio.run(Round(here, seeds, 1, 0).answered(hub, url, still_runs))
    asyncio.run(_multiply(url, size))
    print(
        f"{size.name}: {size.entries:,} entries, {size.cases:,} cases in {time.monotonic() - began:.0f} s", flush=True
    )


async def _multiply(url: str, size: Size) -> None:
    async with database.opened(url) as connection:
        await connection.execute("set work_mem = '512MB'")
        await connection.execute(SQL.substitute(entries=size.entries, cases=size.cases))
        await connection.execute("vacuum (analyze)")
        await connection.execute("checkpoint")


def measured(here: Ground, sealed: Sequence[work.Sealed], hub: Grown, number: int) -> Result:
    """One round with one process, said on a line."""
    result = asyncio.run(Round(here, sealed, 1, number).run(hub, f"{hub.name}_{number}"))
    print(f"round {number}: {hub.name:8} {result.rate:5.0f} msg/s, {hub.told()}", flush=True)
    return result


def _tell(
    sizes: Sequence[Size], hubs: Sequence[Grown], results: Sequence[Result], about: dict[str, Any], place: Path
) -> None:
    rates = {hub.name: [one.rate for one in results if one.contender == hub.name] for hub in hubs}
    summary = [
        {
            "size": size.name, "entries": size.entries, "cases": size.cases,
            "rate": report.spread(rates[size.name]),
            "of the small": report.spread(
                [large / small for large, small in zip(rates[size.name], rates[sizes[0].name], strict=True)]
            ),
            "ready": report.spread(hub.ready),
        }
        for size, hub in zip(sizes, hubs, strict=True)
    ]  # fmt: skip
    table = Table(title="W1 with one process: median (least to most)")
    for name in ("radar entries", "open cases and terms", "msg/s", "of the small", "ready in s"):
        table.add_column(name, justify="right")
    for one in summary:
        shares = (report.said(one["rate"], ".0f"), report.said(one["of the small"], ".2f"))
        table.add_row(f"{one['entries']:,}", f"{one['cases']:,}", *shares, report.said(one["ready"], ".1f"))
    Console(width=120).print(table)
    for one in summary[1:]:
        slower, ready = one["of the small"]["median"] < GOAL_RATE, one["ready"]["most"] > GOAL_READY
        print(f"{one['size']}: {GOAL_RATE} of the small {'NOT reached' if slower else 'reached'}, "
              f"ready within {GOAL_READY:.0f} s {'NOT reached' if ready else 'reached'}")  # fmt: skip
    report.save({**about, "summary": summary}, place / "growth.json")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--messages", type=int, default=2_500, help=f"in each round; at most {work.NUMBERED}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="does it run? small, and written to .cache instead")
    wanted = parser.parse_args()
    if wanted.quick:
        wanted.messages, wanted.rounds = 200, 1
    return wanted


if __name__ == "__main__":
    main()
