"""Death after death in one rig: each is told as it goes, and what is found is that death's own."""

import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hub.canonical.codes import Lane
from hub.local.servers import Addresses
from hub.ops.crash import POINTS
from tests.faults.crash.crew import Crew, crewed
from tests.faults.crash.dying import Death, NotReachedError, die, settled
from tests.faults.crash.ways import way_to
from tests.faults.links.wires import Wired, wired

CONFIG = Path(__file__).with_name("crash.toml")
OTHER = {Lane.ROUTINE: Lane.ACUTE, Lane.ACUTE: Lane.ROUTINE}
_COUNTED = re.compile("([0-9]+) ([a-z ]+), ([0-9]+) in the account")

Say = Callable[[str], None]


def everywhere(lane: Lane, workers: int) -> list[Death]:
    """At every point once; of several workers one dies at a later time, where the point is come to often."""
    return [Death(point, lane, 3 if workers > 1 and way_to(point).often else 1) for point in POINTS]


@dataclass
class Trial:
    """Attributes:
    wrong: what each death led to, or why it did not come about.
    """

    hub: Wired
    crew: Crew
    say: Say
    wrong: dict[str, list[str]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    async def run(self, deaths: Sequence[Death]) -> dict[str, list[str]]:
        began = time.monotonic()
        for death in deaths:
            await self._try(death)
        status = await self.hub.rig.status()
        self.say(
            f"{len(deaths)} deaths, {len(self.wrong)} with findings, {time.monotonic() - began:.0f} s, "
            f"{status['sent'] + status['got']} messages"
        )
        return self.wrong

    async def _try(self, death: Death) -> None:
        found, seconds = [], 0.0
        try:
            seconds = await die(self.hub, self.crew, death)
        except NotReachedError as error:
            found.append(f"not reached: {error}")
        drained, new = await self._settle()
        found += new
        times = f"died {seconds:5.1f} s  drained {drained:5.1f} s"
        self.say(f"{death!s:<24}{death.lane.value:<10}{times}  {found or 'clean'}")
        if found:
            self.wrong[str(death)] = found

    async def _settle(self) -> tuple[float, list[str]]:
        """How many seconds that took, and what was not found before."""
        began = time.monotonic()
        try:
            found = await settled(self.crew)
        except AssertionError as error:
            found = [str(error)]
        new = [one for one in found if lasting(one) not in self.known]
        self.known.update(map(lasting, new))
        return time.monotonic() - began, new


def lasting(finding: str) -> str:
    """What stays of it while traffic goes on: by how much two numbers differ, not which they are."""
    return _COUNTED.sub(lambda found: f"{int(found[1]) - int(found[3])} {found[2]}", finding)


@asynccontextmanager
async def trial(servers: Addresses, lane: Lane, workers: int, say: Say) -> AsyncIterator[Trial]:
    """With so many workers of this lane and one of the other."""
    lanes = (*[lane] * workers, OTHER[lane])
    async with wired(servers, config=CONFIG) as hub, crewed(hub.rig, lanes) as crew:
        yield Trial(hub, crew, say)
