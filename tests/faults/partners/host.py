"""A process of fake partners. It is told what to do by lines of JSON, and says what happened in the same way.

    {"do": "go", "rate": R}       so many openings a second from now on, 0 for none
    {"do": "open", "number": N}   so many openings now
    {"do": "habits", ...}         chances from now on (`parts.Habits`); those that are not named are as usual
    {"do": "status"}              -> {"did": "status", "sent", "got", "waiting", "busy", "opened"}
    {"do": "probe", "name": K}    -> {"did": "probed", "name": K, "seconds"} once a report sent now has its receipt
    {"do": "mark", "name": K}     -> {"did": "cleared", "name": K, "seconds"} once all that waits now has its answer
    {"do": "stop"}                ends it, as the end of its input does

First of all it says {"did": "ready"}, when every partner is connected.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import uvloop

from hub.canonical.partners import Role
from hub.partner.profile import load
from tests.faults.partners.actor import Actor, acting, end_on_error
from tests.faults.partners.cast import Player, cast
from tests.faults.partners.families import Families
from tests.faults.partners.parts import Habits, Part, World, part_of

PATIENT = 400
"""Openings wait while a partner has so many messages without an answer."""


@dataclass
class Host:
    chance: Random
    world: World
    parts: list[tuple[Part, Actor]] = field(default_factory=list)
    rate: float = 0.0
    opened: int = 0
    _going: set[asyncio.Task[Any]] = field(default_factory=set)

    async def obey(self, lines: AsyncIterator[str]) -> None:
        self._go(self._open_steadily())
        async for line in lines:
            told = json.loads(line)
            match told.pop("do"):
                case "go":
                    self.rate = told["rate"]
                case "open":
                    for _ in range(told["number"]):
                        self._open()
                case "habits":
                    self.world.habits = Habits(**told)
                case "status":
                    self._tell("status", **self._status())
                case "probe":
                    self._go(self._probe(told["name"]))
                case "mark":
                    self._go(self._mark(told["name"]))
                case "stop":
                    break
        for task in self._going:
            task.cancel()
        await asyncio.gather(*self._going, return_exceptions=True)

    def _status(self) -> dict[str, int]:
        actors = [actor for _, actor in self.parts]
        return {
            "sent": sum(one.sent for one in actors),
            "got": sum(one.got for one in actors),
            "waiting": sum(len(one.waiting) for one in actors),
            "busy": sum(len(one.reactions) for one in actors),
            "opened": self.opened,
        }

    async def _open_steadily(self) -> None:
        """An even pace; after a standstill it does not catch up."""
        while True:
            if self.rate <= 0:
                await asyncio.sleep(0.05)
                continue
            await asyncio.sleep(self.chance.expovariate(self.rate))
            if self.rate > 0:
                self._open()

    def _open(self) -> None:
        part, actor = self.chance.choice(self._reporters)
        if len(actor.waiting) < PATIENT:
            self.opened += 1
            self._go(part.open(actor))

    @property
    def _reporters(self) -> list[tuple[Part, Actor]]:
        return [one for one in self.parts if one[1].player.role is not Role.VEILIG_THUIS]

    async def _probe(self, name: str) -> None:
        part, actor = next(one for one in self.parts if one[1].player.role is Role.POLICE)
        began = asyncio.get_running_loop().time()
        await part.probe(actor)
        self._tell("probed", name=name, seconds=asyncio.get_running_loop().time() - began)

    async def _mark(self, name: str) -> None:
        began = asyncio.get_running_loop().time()
        waiting = [one.answer for _, actor in self.parts for one in actor.waiting.values()]
        if waiting:
            await asyncio.wait(waiting)
        self._tell("cleared", name=name, number=len(waiting), seconds=asyncio.get_running_loop().time() - began)

    def _go(self, doing: Any) -> None:
        task = asyncio.ensure_future(doing)
        self._going.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Future[Any]) -> None:
        self._going.discard(task)
        end_on_error(task)

    def _tell(self, did: str, **facts: Any) -> None:
        sys.stdout.write(json.dumps({"did": did} | facts) + "\n")
        sys.stdout.flush()


async def main(home: Path, regions: int, suffix: str, seed: int, names: Sequence[str]) -> None:
    everybody = cast(regions, suffix)
    chance = Random(f"{seed} {' '.join(names)}")
    families = Families(Random(chance.random()), start=20_000 * _place(names, everybody))
    world = World(everybody, families)
    host = Host(Random(chance.random()), world)
    async with AsyncExitStack() as stack:
        for player in everybody:
            if player.name in names:
                part = part_of(player, world)
                react = partial(_react, part)
                profile = load(home / "partners" / player.name)
                actor = await stack.enter_async_context(acting(player, profile, Random(chance.random()), react))
                host.parts.append((part, actor))
        host._tell("ready")
        await host.obey(_lines())


async def _react(part: Part, actor: Actor, message: Any) -> None:
    await part.react(actor, message)


def _place(names: Sequence[str], everybody: Sequence[Player]) -> int:
    return next(place for place, one in enumerate(everybody) if one.name in names)


async def _lines() -> AsyncIterator[str]:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line.decode()


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5:]))
