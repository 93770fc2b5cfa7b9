"""One worker of a hub dies at a point, in traffic; what is left is drained by others, and looked at."""

import asyncio
import signal
import time
from dataclasses import dataclass

from hub.canonical.codes import Lane
from hub.ops.crash import POINTS
from hub.ops.crash.points import SENT
from hub.store.engine import connect
from tests.databases import rows
from tests.faults.crash.crew import Crew, Hand
from tests.faults.crash.ways import way_to
from tests.faults.judge import load
from tests.faults.links.wires import Wired
from tests.faults.reckoning import differences
from tests.patience import CEILING

OPENINGS, EVERY = 4, 1.5
"""So many, again and again so many seconds later, until somebody dies."""
MOST = 60
"""Messages without an answer from which on nothing more is opened: a slow machine is not given ever more to do."""
ACUTE = 0.9
"""Of the reports, where an acute worker is to die."""
LACKING = """insert into lack (id, code, about, sentence, since, until, probe_at)
  values ('crash', 'no-triage-desk', '', 'It is said to be.', now(), now() + interval '1 minute', now())
  on conflict (id) do update set until = excluded.until"""
LOOKS = 6
"""An alarm may be under way between a look at the account and one at the books; what is wrong stays wrong."""
FAULTS = {"crashed", "undeclared"}
"""Log events that no death of a worker may lead to."""


class NotReachedError(Exception):
    """The worker did not die at its point."""


@dataclass(frozen=True, slots=True)
class Death:
    """Attributes:
    lane: of the worker that dies.
    number: the n-th time that it comes to the point.
    """

    point: str
    lane: Lane
    number: int = 1

    def __post_init__(self) -> None:
        assert self.point in POINTS

    def __str__(self) -> str:
        return f"{self.point}:{self.number}"


async def die(hub: Wired, crew: Crew, death: Death) -> float:
    """Seconds from its start until the worker had died there; then it is gone, and without others of its lane, all are.

    Raises:
        NotReachedError: it did not come to the point in time, or ended otherwise.
    """
    way = way_to(death.point)
    hub.rig.habits(**({"acute": ACUTE} if death.lane is Lane.ACUTE else {}), **way.habits)
    for point in way.dies_before:
        await _die_once(crew, Death(point, death.lane))
        await crew.die()
    if way.alone:
        await crew.die()
    if way.lacks:
        await _say_lacking(crew)
    swallowed, hub.broker.swallowing_confirms = hub.broker.swallowed, way.mute
    try:
        seconds = await _die_once(crew, death, alone=way.alone)
        if crew.lanes.count(death.lane) == 1:
            await crew.die()
    finally:
        hub.rig.habits()
        hub.broker.heal()
    if death.point in SENT and hub.broker.swallowed == swallowed:
        raise NotReachedError("the broker had confirmed nothing")
    return seconds


async def _die_once(crew: Crew, death: Death, *, alone: bool = False) -> float:
    place = crew.lanes.index(death.lane)
    began = time.monotonic()
    tuple(crew.logged())
    crew.rig.open(OPENINGS)
    doomed = await crew.hire(place, str(death))
    await doomed.ready.wait()
    if not alone:
        await crew.fill()
    try:
        await asyncio.wait_for(_traffic_until_gone(crew, doomed), CEILING)
    except TimeoutError:
        raise NotReachedError(f"not come to within {CEILING:.0f} s") from None
    finally:
        del crew.hands[place]
        doomed.kill()
    came = any(one["event"] == "crash_point" and one["at"] == death.point for one in crew.logged())
    if not came or doomed.gone.result() != -signal.SIGKILL:
        raise NotReachedError(f"ended with {doomed.gone.result()} elsewhere")
    return time.monotonic() - began


async def _say_lacking(crew: Crew) -> None:
    engine = connect(crew.rig.environment(crew.rig.seen)["KETENHUB_DATABASE_URL"], "test")
    await rows(engine, LACKING)
    await engine.dispose()


async def _traffic_until_gone(crew: Crew, doomed: Hand) -> None:
    while not doomed.gone.done():
        if (await crew.rig.status())["waiting"] < MOST:
            crew.rig.open(OPENINGS)
        await asyncio.wait({doomed.gone}, timeout=EVERY)


async def settled(crew: Crew) -> list[str]:
    """All is drained by workers that were told nothing; what is wrong by the books, by the account, by the log."""
    await crew.fill()
    for _ in range(LOOKS):
        await crew.rig.drain()
        found = await _found(crew)
        if not found:
            break
    ended = [f"{crew.name(place)} ended by itself" for place, hand in crew.hands.items() if hand.gone.done()]
    faults = [f"{one['event']} in the log of {one['worker']}" for one in crew.logged() if one["event"] in FAULTS]
    return [*found, *ended, *faults]


async def _found(crew: Crew) -> list[str]:
    verdict, account = await asyncio.gather(crew.rig.judged(), crew.rig.account())
    books = await asyncio.to_thread(load, crew.rig.home / "partners")
    return [*map(str, verdict.findings), *differences(books, account)]
