"""`python -m bench.acute`: how long an acute report takes, with a backlog of routine ones and without. See README.md"""

import argparse
import asyncio
import multiprocessing
import re
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from aio_pika.abc import AbstractIncomingMessage
from rich.console import Console
from rich.table import Table

from bench import broker, database, report, work
from bench.contenders import Hub
from bench.environments import environment
from bench.ground import Ground, ground
from hub.broker import topology
from hub.canonical.codes import Lane
from hub.envelope.opening import open_envelope
from hub.envelope.policy import FROM_HUB_LIMIT
from hub.partner.profile import Profile

WARM_UP = 20
"""Acute reports at the start that are sent and not counted."""
MARGIN = 0.5
"""Of the backlog, more than is asked for: the hub works it off while acute reports are sent."""
PATIENCE = 60.0
GOAL = 3.0
FIRST_ACUTE = 1_000_000
"""From here on numbers of families of acute reports."""
QUICK = 40, 5.0, 500, 20.0, 1
_REFERENCE = re.compile(rb'"kenmerk":"(ACUUT-[0-9]+)"')
_RECEIPTED = re.compile(rb'"bericht":"([0-9a-f-]{36})"')


@dataclass(frozen=True, slots=True)
class Wanted:
    """Attributes:
    messages, pace: how many acute reports are counted, and how many are sent a second.
    backlog: routine reports that wait all the while.
    arriving: routine reports a second that come in all the while.
    """

    messages: int
    pace: float
    backlog: int = 0
    arriving: float = 0.0

    @property
    def seconds(self) -> float:
        return (self.messages + WARM_UP) / self.pace


@dataclass(slots=True)
class Watch:
    """One partner's acute queue: what came and when, opened only afterwards."""

    profile: Profile
    came: list[tuple[float, bytes]] = field(default_factory=list)

    async def note(self, message: AbstractIncomingMessage) -> None:
        self.came.append((time.perf_counter(), message.body))

    def first(self, what: re.Pattern[bytes]) -> dict[str, float]:
        """When each first came, by what this pattern finds in the payload."""
        keys, found = self.profile, dict[str, float]()
        for at, body in self.came:
            opened = open_envelope(
                body, decryption=keys.decryption.get, verifying=keys.hub_signing.get, limit=FROM_HUB_LIMIT
            )
            for name in what.findall(opened.payload):
                found.setdefault(name.decode(), at)
        return found


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the publish of each acute report, and how many routine ones waited before the first and after the
    last of each round."""

    report: list[float]
    receipt: list[float]
    waiting: list[int]


def main() -> None:
    asked = _arguments()
    quiet = Wanted(asked.messages, asked.pace)
    busy = replace(quiet, backlog=asked.backlog, arriving=asked.arriving)
    environment("tools")
    with ground() as here:
        facts = report.facts(here)
        rounds = [_round(here, quiet, busy, number) for number in range(asked.rounds)]
    found = {case: _together([one[case] for one in rounds]) for case in ("without", "with")}
    _tell(found, {"machine": facts, "asked": asdict(busy)}, report.folder(asked.quick))


def _round(here: Ground, quiet: Wanted, busy: Wanted, number: int) -> dict[str, Times]:
    """One after the other, so that whatever the machine does meanwhile meets both."""
    return {
        "without": _measure(here, quiet, f"quiet_{number}"),
        "with": _measure(here, busy, f"busy_{number}"),
    }


def _together(rounds: Sequence[Times]) -> Times:
    """Of all rounds."""
    return Times(
        [seconds for one in rounds for seconds in one.report],
        [seconds for one in rounds for seconds in one.receipt],
        [number for one in rounds for number in one.waiting],
    )


def _measure(here: Ground, wanted: Wanted, name: str) -> Times:
    """Send acute reports to a new hub that has this backlog."""
    hub = Hub(here)
    print(f"{wanted.backlog} waiting, {wanted.arriving:.0f} a second arriving: sealing", flush=True)
    first = int(wanted.backlog * (1 + MARGIN))
    routine = work.sealed(here.sender.folder, range(first + int(wanted.arriving * wanted.seconds)))
    reports = list(work.acute(here.sender.folder, range(FIRST_ACUTE, FIRST_ACUTE + WARM_UP + wanted.messages)))
    url = asyncio.run(_prepared(here, hub, routine[:first], name))
    print(f"  {wanted.messages + WARM_UP} acute reports, {wanted.pace:.0f} a second", flush=True)
    with hub.running(url, 1), _arriving(here, routine[first:], wanted.arriving):
        times = asyncio.run(_send(here, reports, wanted.pace))
    asyncio.run(database.drop(here.addresses.database_url, name))
    return times


async def _prepared(here: Ground, hub: Hub, backlog: Sequence[work.Sealed], name: str) -> str:
    url = await hub.new_database(name)
    for vhost in (here.sender.id, here.triage.id):
        await broker.empty(here.addresses.amqp_url, vhost, [*topology.INTAKE.values(), *topology.FROM_HUB.values()])
    await hub.fill(backlog)
    return url


@contextmanager
def _arriving(here: Ground, messages: Sequence[work.Sealed], pace: float) -> Iterator[None]:
    """Routine reports that keep coming in, from a process of their own: it must not delay what is timed here."""
    if not messages:
        yield
        return
    told = (here.sender.amqp_urls[0], messages, pace)
    feeder = multiprocessing.get_context("fork").Process(target=_feed, args=told, daemon=True)
    feeder.start()
    try:
        yield
    finally:
        feeder.terminate()
        feeder.join()


def _feed(url: str, messages: Sequence[work.Sealed], pace: float) -> None:
    asyncio.run(_feed_slowly(url, messages, pace))


async def _feed_slowly(url: str, messages: Sequence[work.Sealed], pace: float) -> None:
    """A tenth of a second's worth at a time."""
    share = max(1, int(pace / 10))
    async with broker.filling(url, topology.EXCHANGE) as fill:
        began = time.monotonic()
        for at in range(0, len(messages), share):
            await asyncio.sleep(began + at / pace - time.monotonic())
            await fill(Lane.ROUTINE.value, messages[at : at + share])


async def _send(here: Ground, reports: Sequence[tuple[str, work.Sealed]], pace: float) -> Times:
    """Publish at a steady pace, whether or not the one before has arrived, and watch both partners' acute queues."""
    triage, sender = Watch(here.triage), Watch(here.sender)
    sent: dict[str, float] = {}
    async with AsyncExitStack() as stack:
        for watch in (triage, sender):
            await _watch(watch, stack)
        opened = await stack.enter_async_context(broker.channel(here.sender.amqp_urls[0]))
        exchange = await opened.get_exchange(topology.EXCHANGE, ensure=False)
        before, began, publishes = await _waiting(here), time.perf_counter(), []
        for number, (reference, message) in enumerate(reports):
            await asyncio.sleep(began + number / pace - time.perf_counter())
            outgoing = broker.outgoing(message, here.sender.id)
            sent[reference] = time.perf_counter()
            publishes.append(asyncio.create_task(exchange.publish(outgoing, Lane.ACUTE.value, mandatory=True)))
        await asyncio.gather(*publishes)
        after = await _waiting(here)
        await _arrived(triage, sender, len(reports))
    counted = reports[WARM_UP:]
    shown, receipted = triage.first(_REFERENCE), sender.first(_RECEIPTED)
    return Times(
        [shown[reference] - sent[reference] for reference, _ in counted],
        [receipted[str(message.id)] - sent[reference] for reference, message in counted],
        [before, after],
    )


async def _watch(watch: Watch, stack: AsyncExitStack) -> None:
    """As the partner itself; nothing is acknowledged, so that nothing is between arrival and the clock."""
    opened = await stack.enter_async_context(broker.channel(watch.profile.amqp_urls[0]))
    queue = await opened.get_queue(topology.FROM_HUB[Lane.ACUTE], ensure=False)
    await queue.consume(watch.note, no_ack=True)


async def _arrived(triage: Watch, sender: Watch, wanted: int) -> None:
    """Raises TimeoutError: not every acute report has arrived."""
    ends = time.monotonic() + PATIENCE
    while min(len(triage.came), len(sender.came)) < wanted:
        if time.monotonic() > ends:
            raise TimeoutError(f"{len(triage.came)} and {len(sender.came)} of {wanted} arrived within {PATIENCE} s")
        await asyncio.sleep(0.1)


async def _waiting(here: Ground) -> int:
    return await broker.depth(here.addresses.amqp_url, here.sender.id, topology.INTAKE[Lane.ROUTINE])


def _tell(found: dict[str, Times], about: dict[str, Any], place: Path) -> None:
    summary = {
        what: {case: quantiles(getattr(times, what)) for case, times in found.items()} for what in ("report", "receipt")
    }
    table = Table(title="Acute, milliseconds from the partner's publish")
    for name in ("arrival of", "backlog", "p50", "p99", "max"):
        table.add_column(name, justify="right")
    for what, cases in summary.items():
        for case, one in cases.items():
            table.add_row(what, case, *(f"{1000 * one[name]:.1f}" for name in ("p50", "p99", "max")))
    Console(width=120).print(table)
    ratios = {what: cases["with"]["p99"] / cases["without"]["p99"] for what, cases in summary.items()}
    for what, ratio in ratios.items():
        print(f"{what}: p99 with / without {ratio:.2f}, goal {GOAL}: {'reached' if ratio <= GOAL else 'NOT reached'}")
    print(f"Routine reports waiting before the first acute one and after the last, by round: {found['with'].waiting}")
    cases = {case: asdict(times) for case, times in found.items()}
    report.write({**about, "summary": summary, "p99 ratio": ratios, "cases": cases}, place / "acute.json")


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p99 and the maximum."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {"p50": cuts[49], "p99": cuts[98], "max": max(seconds)}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.acute", description=__doc__)
    parser.add_argument("--messages", type=int, default=150, help="acute reports that are counted, in each round")
    parser.add_argument("--pace", type=float, default=10.0, help="acute reports a second")
    parser.add_argument("--backlog", type=int, default=20_000, help="routine reports waiting")
    parser.add_argument("--arriving", type=float, default=300.0, help="routine reports arriving a second")
    parser.add_argument("--rounds", type=int, default=3, help="each without a backlog and then with one")
    parser.add_argument("--quick", action="store_true", help="does it run? small, and written to .cache instead")
    wanted = parser.parse_args()
    if wanted.quick:
        wanted.messages, wanted.pace, wanted.backlog, wanted.arriving, wanted.rounds = QUICK
    return wanted


if __name__ == "__main__":
    main()
