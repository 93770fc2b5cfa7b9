"""Steady traffic of every kind, while at random moments whatever there is gets killed or restarted.

    python -m tests.faults.soak [--minutes 5] [--seed N] [--rate R] [--json FILE]

A fault is a SIGKILL of one worker, of all workers, of the supervisor, of the broker or of the database; or one of those
two restarted in order. After each, a probe is sent until it has its receipt, and what was in flight is followed until
it is answered; one fault in five comes while the hub still recovers from the one before. At the end all is drained, the
judge reads the partners' books, and the hub's account is held against them. Exits 1 on any finding.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.faults.figures import distribution, table
from tests.faults.judge import Verdict, load
from tests.faults.reckoning import differences
from tests.faults.rig import Rig, rigged

TERMS = Path(__file__).with_name("terms.toml")
"""Terms of acute steps that pass in a minute, so that reminders and alarms are said too."""

Say = Callable[[str], None]
WARM = 5.0
"""Seconds of traffic before the first fault."""
AWAY = 3.0
"""Seconds that a broker or a database stays away at most."""
KINDS = {
    "worker killed": 5,
    "all workers killed": 3,
    "supervisor killed": 3,
    "broker killed": 3,
    "broker restarted": 1,
    "database killed": 3,
    "database restarted": 1,
}
"""Faults, and how often each comes beside the others."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Attributes:
    rate: openings a second; each leads to some fifteen messages.
    gap: seconds between a recovery and the next fault, at most.
    kinds: of the first faults, in this order; all of them come, whatever the time.
    books: where the partners' books are left, if anywhere.
    """

    minutes: float = 5.0
    seed: int = 0
    rate: float = 3.0
    workers: int = 2
    regions: int = 2
    gap: float = 12.0
    kinds: Sequence[str] = ()
    books: Path | None = None


@dataclass
class Fault:
    """Attributes:
    receipt: seconds until a report sent after it had its receipt; `cleared`: until what was in flight was answered.
    during: it came while the hub still recovered from the one before.
    """

    kind: str
    at: float
    during: bool
    receipt: float | None = None
    cleared: float | None = None


@dataclass
class Outcome:
    """What a run was and what came of it.

    Attributes:
        memory: KiB of all workers together, after the warming up and at the end.
        wrong: where the hub's account and the books differ, or what could not be drained.
    """

    plan: Plan
    faults: list[Fault] = field(default_factory=list)
    status: dict[str, int] = field(default_factory=dict)
    memory: list[int] = field(default_factory=list)
    seconds: float = 0.0
    drained: float | None = None
    verdict: Verdict | None = None
    wrong: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return sum(fault.kind.endswith("killed") for fault in self.faults)

    @property
    def messages(self) -> int:
        """Both ways, copies apart."""
        return self.verdict.sent + self.verdict.got if self.verdict else 0

    @property
    def clean(self) -> bool:
        return self.verdict is not None and self.verdict.clean and not self.wrong

    def recoveries(self, of: str) -> dict[str, Any]:
        """Distributions by kind of fault; those that came during a recovery by themselves."""
        found: dict[str, list[float]] = {kind: [] for kind in (*KINDS, "during a recovery")}
        for fault in self.faults:
            seconds = getattr(fault, of)
            if seconds is not None:
                found["during a recovery" if fault.during else fault.kind].append(seconds)
        return {kind: distribution(seconds) for kind, seconds in found.items() if seconds}

    def as_json(self) -> dict[str, Any]:
        verdict = self.verdict
        return {
            "minutes": self.plan.minutes, "seed": self.plan.seed, "rate": self.plan.rate,
            "workers": self.plan.workers, "regions": self.plan.regions, "seconds": round(self.seconds, 1),
            "faults": len(self.faults), "kills": self.kills, "messages": self.messages,
            "receipt_after_fault": self.recoveries("receipt"), "cleared_after_fault": self.recoveries("cleared"),
            "drained_in": self.drained, "memory_kib": self.memory, "account": self.wrong or "fits",
            "findings": verdict.counts if verdict else None,
            "judge": list(verdict.lines()) if verdict else [],
        }  # fmt: skip


async def soak(plan: Plan, say: Say) -> Outcome:
    """Run a plan on private servers of its own."""
    outcome = Outcome(plan)
    chance = Random(plan.seed)
    async with rigged(workers=plan.workers, regions=plan.regions, seed=plan.seed, config=TERMS) as rig:
        began = time.monotonic()
        say(f"{len(rig.players)} partners, {plan.workers} routine workers and one acute; seed {plan.seed}")
        rig.go(plan.rate)
        await asyncio.sleep(WARM)
        outcome.memory.append(sum(rig.resident().values()))
        status = asyncio.create_task(_say_status(rig, began, say))
        await _break_things(rig, outcome, chance, began, say)
        status.cancel()
        await asyncio.gather(status, return_exceptions=True)
        outcome.memory.append(sum(rig.resident().values()))
        outcome.seconds = time.monotonic() - began
        await _settle(rig, outcome, say)
    return outcome


async def _break_things(rig: Rig, outcome: Outcome, chance: Random, began: float, say: Say) -> None:
    """Faults until the time is over and the first ones have all been; each is followed until the hub has recovered."""
    ends = began + outcome.plan.minutes * 60
    following: list[asyncio.Task[None]] = []
    kinds = _drawn(outcome.plan.kinds, chance)
    during = False
    while time.monotonic() < ends or len(outcome.faults) < len(outcome.plan.kinds):
        fault = Fault(next(kinds), time.monotonic() - began, during)
        outcome.faults.append(fault)
        following.append(asyncio.create_task(_follow(rig, fault, began, say)))
        await _inflict(rig, fault.kind, chance)
        during = chance.random() < 0.2
        if during:
            await asyncio.sleep(chance.uniform(0.0, 2.0))
        else:
            await asyncio.wait([following[-1]], timeout=90)
            await asyncio.sleep(chance.uniform(0.0, outcome.plan.gap))
    if following:
        await asyncio.wait(following, timeout=120)
    for task in following:
        if task.done():
            task.result()
        task.cancel()


def _drawn(kinds: Sequence[str], chance: Random) -> Iterator[str]:
    """These first, then by chance."""
    yield from kinds
    while True:
        yield chance.choices(list(KINDS), list(KINDS.values()))[0]


async def _inflict(rig: Rig, kind: str, chance: Random) -> None:
    away = chance.uniform(0.0, AWAY)
    match kind:
        case "worker killed":
            rig.kill_worker(chance)
        case "all workers killed":
            rig.kill_workers()
        case "supervisor killed":
            rig.kill_supervisor()
            await asyncio.sleep(away)
            await rig.start_hub()
        case _:
            what, how = kind.split()
            doing: Callable[[float], Awaitable[None]] = getattr(rig, f"{_VERBS[how]}_{what}")
            await doing(away)


_VERBS = {"killed": "kill", "restarted": "restart"}


async def _follow(rig: Rig, fault: Fault, began: float, say: Say) -> None:
    """From the moment of the fault. What is in flight then is what has no answer then."""
    cleared = asyncio.create_task(rig.cleared())
    try:
        fault.receipt = await rig.probe()
        with contextlib.suppress(TimeoutError):  # a slow machine is no finding: the draining at the end has its own end
            fault.cleared = await asyncio.wait_for(cleared, 120)
    finally:
        cleared.cancel()
        with contextlib.suppress(asyncio.CancelledError, TimeoutError):
            await cleared
    during = ", during a recovery" if fault.during else ""
    answered = f"after {fault.cleared:.1f} s" if fault.cleared is not None else "not within 120 s"
    say(f"{fault.at:7.1f} s  {fault.kind}{during}: receipt after {fault.receipt:.1f} s, in flight answered {answered}")


async def _say_status(rig: Rig, began: float, say: Say) -> None:
    while True:
        await asyncio.sleep(15)
        now = await rig.status()
        said, waiting, mib = now["sent"] + now["got"], now["waiting"], sum(rig.resident().values()) // 1024
        say(f"{time.monotonic() - began:7.1f} s  {said} messages, {waiting} without an answer, "
            f"{mib} MiB in {len(rig.worker_pids())} workers")  # fmt: skip


async def _settle(rig: Rig, outcome: Outcome, say: Say) -> None:
    """Drain, judge, reckon."""
    try:
        outcome.drained = round(await rig.drain(), 1)
        say(f"drained in {outcome.drained} s")
    except AssertionError as error:
        outcome.wrong.append(str(error))
    outcome.status = await rig.status()
    outcome.verdict = await rig.judged()
    outcome.wrong += list(differences(load(rig.home / "partners"), await rig.account()))
    if outcome.plan.books is not None:
        rig.leave_books(outcome.plan.books)


def report(outcome: Outcome) -> Iterator[str]:
    yield f"{outcome.seconds:.0f} s, {len(outcome.faults)} faults, {outcome.kills} kills, {outcome.messages} messages"
    yield from table("receipt after a fault", outcome.recoveries("receipt"))
    yield from table("in flight answered after", outcome.recoveries("cleared"))
    yield f"memory of the workers: {' -> '.join(f'{kib // 1024} MiB' for kib in outcome.memory)}"
    if outcome.verdict is not None:
        yield from outcome.verdict.lines()
    yield from (outcome.wrong or ["the hub's account fits, and agrees with the partners' books"])


def _plan() -> tuple[Plan, Path | None]:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=None, help="default: of this moment; printed")
    parser.add_argument("--rate", type=float, default=3.0, help="openings a second")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--regions", type=int, default=2, help="of nine partners each")
    parser.add_argument("--gap", type=float, default=12.0, help="seconds from a recovery to the next fault, at most")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE")
    parser.add_argument("--books", type=Path, default=None, metavar="FOLDER", help="leave the books and the log here")
    given = parser.parse_args()
    seed = time.time_ns() % 1_000_000 if given.seed is None else given.seed
    plan = Plan(given.minutes, seed, given.rate, given.workers, given.regions, given.gap, (), given.books)
    return plan, given.json


def main() -> int:
    plan, file = _plan()
    outcome = asyncio.run(soak(plan, lambda line: print(line, flush=True)))
    sys.stdout.writelines(f"{line}\n" for line in report(outcome))
    if file is not None:
        file.write_text(json.dumps(outcome.as_json(), indent=1) + "\n")
    return 0 if outcome.clean else 1


if __name__ == "__main__":
    raise SystemExit(main())
