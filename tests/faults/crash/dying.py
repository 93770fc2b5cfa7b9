"""A hub that is told to die at a point, is seen to die there, and starts again."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

from hub.ops.crash import POINTS
from tests.faults.judge import load
from tests.faults.reckoning import differences
from tests.faults.rig import Rig

DIES_WITHIN = 150.0
OPENINGS = 8
"""So many at a time while a death is waited for: enough that acute ones and every kind of step are among them soon."""


@dataclass(frozen=True, slots=True)
class Death:
    """Attributes:
    lane: of the worker that dies, as the hub names it; `None` for whichever comes there first.
    number: the n-th time that this worker comes to the point.
    """

    point: str
    lane: str | None = None
    number: int = 1

    def __post_init__(self) -> None:
        assert self.point in POINTS

    def __str__(self) -> str:
        return f"{self.point}:{self.number}" + (f" ({self.lane})" if self.lane else "")


async def die(rig: Rig, death: Death) -> None:
    """The hub starts anew, dies there under traffic, and what is left of it ends as abruptly. None runs afterwards.

    Raises:
        AssertionError: no worker of that lane came to the point, or none was ended by SIGKILL there.
    """
    await rig.stop_hub()
    rig.launch_hub({"KETENHUB_CRASH_AT": f"{death.point}:{death.number}"})
    try:
        await _seen(rig, death)
    finally:
        rig.kill_supervisor()


async def _seen(rig: Rig, death: Death) -> None:
    """Traffic until a worker has said that it comes to the point and then is gone by SIGKILL."""
    until, openings = time.monotonic() + DIES_WITHIN, 0.0
    while not _has_died(rig, death):
        if time.monotonic() > until:
            raise AssertionError(f"nobody died at {death}: {rig.log.read_text()[-1500:]}")
        if time.monotonic() >= openings:
            rig.open(OPENINGS)
            openings = time.monotonic() + 5.0
        await asyncio.sleep(0.1)


def _has_died(rig: Rig, death: Death) -> bool:
    came, killed = set(), set()
    for line in _logged(rig):
        match line.get("event"):
            case "crash_point" if line.get("at") == death.point and line.get("lane") in (death.lane, *_any(death)):
                came.add(line.get("worker"))
            case "worker_died" if line.get("exit_code") == -9:
                killed.add(line.get("worker"))
    return bool(came & killed)


def _any(death: Death) -> tuple[str, ...]:
    return () if death.lane else ("regulier", "acuut")


def _logged(rig: Rig) -> Iterator[dict[str, object]]:
    """By the workers of the supervisor that runs now: those of the one before it may still be ending."""
    assert rig.hub is not None
    for line in rig.log.read_text().splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and f"-{rig.hub.pid}-" in str(found.get("worker")):
            yield found


async def settled(rig: Rig, within: float = 240.0) -> list[str]:
    """All is drained by a hub that was told nothing; what the books and its account say is wrong."""
    if rig.hub is None:
        await rig.start_hub({})
    await rig.drain(within)
    verdict, account = await rig.judged(), await rig.account()
    return [
        *(str(finding) for finding in verdict.findings),
        *differences(load(rig.home / "partners"), account),
    ]
