"""`python -m bench.retention`: the hub on W1 while what has had its term is deleted beside it. See README.md."""

import argparse
import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise, takewhile
from pathlib import Path
from string import Template
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import database, report, work
from bench.ground import PREPARED, Ground, ground
from bench.growth import Grown, measured
from bench.rounds import Result
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.routing.document import from_document
from hub.store.engine import connect
from hub.store.months import AHEAD, bounds, month_of, named
from hub.store.store import PostgresStore
from hub.upkeep.rounds import AT_ONCE

SQL = Template(Path(__file__).with_name("retention.sql").read_text())
PARTS = re.compile(r"^-- (every|radar|log|traffic)\n", re.MULTILINE)
_OLD_TRAFFIC = (
    "select (select count(*) from inbox where received_at < now() - interval '1 day')"
    " + (select count(*) from journal where at < now() - interval '1 day')"
    " + (select count(*) from outbox where created < now() - interval '1 day')"
)
KINDS = {
    "radar": ("radar_entry", "select count(*) from radar_entry where expires < now()"),
    "log": ("processing_log_.*", "select count(*) from processing_log where at < now() - interval '1 year'"),
    "traffic": ("(inbox|journal|outbox|batch)", _OLD_TRAFFIC),
}
"""By what lapses: its tables, and how many rows of it have lapsed or will in a round."""
_BYTES = "select sum(pg_total_relation_size(oid))::bigint from pg_class where relkind = 'r' and relname ~ $1"
LOG_KEPT, TRAFFIC_KEPT = timedelta(days=1_826), timedelta(days=184)
WITHOUT_PACE = 1_000_000_000
"""Rows that may go in a day: what is measured is how fast they can."""
A_LOOK = timedelta(days=20)
"""By which the log's term is shorter at each look, so that month after month comes to its end while it is measured."""
EVERY = 6.0
"""Seconds between looks; a worker's are a minute apart, so these are as many as ten workers have."""
GOAL = 0.9


@dataclass(frozen=True, slots=True)
class Stand:
    """What there is of one kind: rows that have lapsed, and bytes with indexes."""

    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Swept:
    """One round's deleting.

    Attributes:
        looks: seconds that each took.
    """

    before: Stand
    after: Stand
    looks: list[float]

    def said(self) -> tuple[str, str, str]:
        """Rows that are gone, and megabytes before and after."""
        gone = self.before.rows - self.after.rows
        return f"{gone:,}", f"{self.before.bytes / 1e6:,.0f}", f"{self.after.bytes / 1e6:,.0f}"


class Lapsing(Grown):
    """A hub on a copy of a database in which this kind has lapsed, and what looks after that.

    Attributes:
        every: seconds between looks; `None`: what has lapsed is left to the hub's own.
    """

    def __init__(self, here: Ground, kind: str, every: float | None) -> None:
        super().__init__(here, kind if every else f"{kind}_left")
        self.kind = kind
        self.every = every
        self.swept: list[Swept] = []

    def told(self) -> str:
        gone = "rows gone {}, MB {} to {}".format(*self.swept[-1].said()) if self.swept else "left"
        return f"{super().told()}; {gone}"

    async def new_database(self, name: str) -> str:
        return await database.create(self._ground.addresses.database_url, name, self.kind, copied=True)

    @contextmanager
    def running(self, url: str, processes: int) -> Iterator[Callable[[], bool]]:
        if self.every is None:
            with super().running(url, processes) as still_runs:
                yield still_runs
            return
        over = threading.Event()
        with ThreadPoolExecutor(1) as apart:  # a loop of its own: this one waits for the round
            before = apart.submit(asyncio.run, _stand(url, self.kind)).result()
            with super().running(url, processes) as still_runs:
                sweeping = apart.submit(asyncio.run, _sweep(url, self.kind, self.every, over))
                try:
                    yield still_runs
                finally:
                    over.set()
                    looks = sweeping.result()
            after = apart.submit(asyncio.run, _stand(url, self.kind)).result()
        self.swept.append(Swept(before, after, looks))


async def _stand(url: str, kind: str) -> Stand:
    tables, lapsed = KINDS[kind]
    async with database.opened(url) as connection:
        return Stand(await connection.fetchval(lapsed), await connection.fetchval(_BYTES, f"^{tables}$"))


async def _sweep(url: str, kind: str, every: float, over: threading.Event) -> list[float]:
    """Look until it is over, as a round of upkeep does; the seconds that each look took."""
    engine, took, swept = connect(url, "retention"), list[float](), 0
    store, shorter = (
        PostgresStore(engine, from_document, 30.0, floor=WITHOUT_PACE),
        A_LOOK if kind == "log" else timedelta(0),
    )
    while not over.is_set():
        began = time.monotonic()
        swept = await _look(store, LOG_KEPT - shorter * len(took), swept)
        took.append(time.monotonic() - began)
        await asyncio.sleep(max(0.0, every - took[-1]))
    await engine.dispose()
    return took


async def _look(store: PostgresStore, kept: timedelta, swept: int) -> int:
    patient, term = Patient(Health()), kept.total_seconds()
    await patient(lambda: store.end_lapsed_radar(AT_ONCE))
    await patient(lambda: store.turn_months(term))
    await patient(lambda: store.end_processing_log(term, AT_ONCE))
    traffic = TRAFFIC_KEPT.total_seconds()
    return (await patient(lambda: store.end_traffic(traffic, AT_ONCE, swept))).after


def main() -> None:
    asked = _arguments()
    with ground() as here:
        facts = report.facts(here)
        for kind in KINDS:
            asyncio.run(_fill(here, kind, asked.rows))
        sealed = work.sealed(here.sender.folder, range(asked.messages))
        hubs = [Lapsing(here, kind, every) for kind in KINDS for every in (None, asked.every)]
        results = [measured(here, sealed, hub, number) for number in range(asked.rounds) for hub in hubs]
    done = {"messages": len(sealed), "rows lapsed": asked.rows, "seconds between looks": asked.every}
    _tell(hubs, results, {"machine": facts, "work": done}, report.folder(asked.quick))


async def _fill(here: Ground, kind: str, rows: int) -> None:
    """A database of this name: the months of a log that is years old, and what has lapsed of this kind."""
    url = await database.create(here.addresses.database_url, kind, PREPARED)
    now = datetime.now(UTC)
    oldest = month_of(now - LOG_KEPT)
    parts = PARTS.split(SQL.substitute(rows=rows, since=oldest.isoformat()))
    by_name = dict(zip(parts[1::2], parts[2::2], strict=True))
    async with database.opened(url) as connection:
        await connection.execute(by_name["every"])
        for month in takewhile(lambda one: one < month_of(now, AHEAD), (month_of(oldest, n) for n in count())):
            await connection.execute(
                f"create table {named('processing_log', month)} partition of processing_log for values {bounds(month)}"
            )
        await connection.execute(by_name[kind])
        await connection.execute("vacuum (analyze)")
        await connection.execute("checkpoint")


def _tell(hubs: Sequence[Lapsing], results: Sequence[Result], about: dict[str, Any], place: Path) -> None:
    rates = {hub.name: [one.rate for one in results if one.contender == hub.name] for hub in hubs}
    summary = [_summary(one, rates[left.name], rates[one.name]) for left, one in pairwise(hubs) if one.every]
    table = Table(title="W1 with one process: median (least to most)")
    for name in ("lapses", "msg/s, left", "msg/s, deleted", "share", "rows gone", "MB before", "MB after"):
        table.add_column(name, justify="right")
    for one, hub in zip(summary, hubs[1::2], strict=True):
        shares = [
            report.said(one[name], digits) for name, digits in (("left", ".0f"), ("deleted", ".0f"), ("share", ".2f"))
        ]
        table.add_row(hub.kind, *shares, *hub.swept[-1].said())
    Console(width=120).print(table)
    for one in summary:
        reached = one["share"]["median"] >= GOAL
        print(f"{one['lapses']}: {GOAL} of the rate with what lapses left {'reached' if reached else 'NOT reached'}")
    report.save({**about, "summary": summary}, place / "retention.json")


def _summary(hub: Lapsing, left: Sequence[float], deleted: Sequence[float]) -> dict[str, Any]:
    return {
        "lapses": hub.kind,
        "left": report.spread(left),
        "deleted": report.spread(deleted),
        "share": report.spread([some / none for some, none in zip(deleted, left, strict=True)]),
        "rounds": [asdict(one) for one in hub.swept],
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.retention", description=__doc__)
    parser.add_argument("--messages", type=int, default=4_000, help=f"in each round; at most {work.NUMBERED}")
    parser.add_argument("--rows", type=int, default=1_000_000, help="that have lapsed, of each kind")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--every", type=float, default=EVERY, help="seconds between looks (6: as ten workers look)")
    parser.add_argument("--quick", action="store_true", help="does it run? small, and written to .cache instead")
    wanted = parser.parse_args()
    if wanted.quick:
        wanted.messages, wanted.rows, wanted.rounds, wanted.every = 300, 20_000, 1, 1.0
    return wanted


if __name__ == "__main__":
    main()
