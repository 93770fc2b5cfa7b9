"""The workers of a hub, each started by itself instead of by `serve`, so that one of them can be told where to die."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from hub.app.supervisor import READY, Job, worker_command
from hub.canonical.codes import Lane
from tests.faults.rig import ROOT, Rig


@dataclass
class Hand:
    """One running worker.

    Attributes:
        ready: it takes messages, or has ended already.
        gone: done when it has ended, with its exit code.
    """

    process: asyncio.subprocess.Process
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    gone: "asyncio.Task[int]" = field(init=False)

    def __post_init__(self) -> None:
        self.gone = asyncio.create_task(self._follow())

    async def _follow(self) -> int:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if line == READY:
                self.ready.set()
        self.ready.set()
        return await self.process.wait()

    def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()

    async def dismissed(self) -> None:
        """Told to stop, and gone."""
        if self.process.returncode is None:
            self.process.terminate()
        await self.gone


@dataclass
class Crew:
    """Open with `crewed`.

    Attributes:
        lanes: one worker each, named by its place here.
    """

    rig: Rig
    lanes: tuple[Lane, ...]
    hands: dict[int, Hand] = field(default_factory=dict)
    _read: int = 0

    def name(self, place: int) -> str:
        return f"crew-{place}-{self.lanes[place].value}"

    async def hire(self, place: int, crash_at: str = "") -> Hand:
        """Start this worker anew; the one that was there ends in order meanwhile."""
        before = self.hands.get(place)
        environment = self.rig.environment(self.rig.seen) | ({"TEST_KETENHUB_CRASH_AT": crash_at} if crash_at else {})
        with self.rig.log.open("a") as errors:
            process = await asyncio.create_subprocess_exec(
                *worker_command(Job(self.lanes[place], self.name(place))), cwd=ROOT, env=environment,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors, start_new_session=True,
            )  # fmt: skip
        self.hands[place] = hand = Hand(process)
        if before is not None:
            await before.dismissed()
        return hand

    async def fill(self) -> None:
        """Start whoever is not there."""
        missing = (place for place in range(len(self.lanes)) if place not in self.hands)
        await asyncio.gather(*(self.hire(place) for place in missing))

    async def die(self) -> None:
        """All at once, as a machine does."""
        hands, self.hands = self.hands, {}
        for hand in hands.values():
            hand.kill()
        await asyncio.gather(*(hand.gone for hand in hands.values()))

    async def dismiss(self) -> None:
        hands, self.hands = self.hands, {}
        await asyncio.gather(*(hand.dismissed() for hand in hands.values()))

    def logged(self) -> Iterator[dict[str, Any]]:
        """What workers wrote since this was asked last."""
        with self.rig.log.open() as log:
            log.seek(self._read)
            text = log.read()
        whole = text[: text.rfind("\n") + 1]
        self._read += len(whole.encode())
        yield from (json.loads(line) for line in whole.splitlines() if line.startswith("{"))


@asynccontextmanager
async def crewed(rig: Rig, lanes: tuple[Lane, ...]) -> AsyncIterator[Crew]:
    """In the place of the hub of this rig."""
    await rig.stop_hub()
    crew = Crew(rig, lanes)
    await crew.fill()
    try:
        yield crew
    finally:
        await crew.dismiss()
