"""Runs the company: the hub, the six fake partners, and what is expected of them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

from hub.canonical.partners import Role
from hub.errors import OperatorError
from hub.simulator.cast import CAST, Player, addresses, join, playing
from hub.simulator.children import Child, attempt, start
from hub.simulator.reckoning import Reckoning, reckon
from hub.simulator.stage import Line
from hub.simulator.story import Story

PATIENCE = 120.0
"""Seconds that the story waits for what is expected next."""
START_SECONDS = 120.0
READY = "Ready"
WHY = ("--reason", "vraag-partner", "--reference", "DEMO-1")
"""Who looks at a case says why, in the demo too."""
"""How the line begins by which `serve` says that it takes messages."""


@dataclass(frozen=True, slots=True)
class Expectation:
    title: str
    met: bool


@dataclass(slots=True)
class Director:
    """Open with `async with`: the hub runs and everybody is connected; at the end all are stopped.

    Attributes:
        home: fresh; becomes the hub's `KETENHUB_HOME`, with the partners' folders in it.
        since: number of the line with which the scene begins.
    """

    home: Path
    story: Story
    expectations: list[Expectation] = field(default_factory=list)
    _hub: Child | None = None
    _players: dict[Role, Child] = field(default_factory=dict)
    since: int = 0

    async def __aenter__(self) -> Self:
        """Raises `OperatorError` when the hub or a partner does not start."""
        try:
            await self._start()
            await self._enrol()
            await self._connect()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self.story.note("Everybody stops")
        await self._stop()

    # --- the story ----------------------------------------------------------------------------------------------------

    def scene(self, title: str) -> None:
        self.since = len(self.story.heard)
        self.story.title(title)

    async def tell(self, role: Role, action: str, **details: object) -> None:
        await self._players[role].tell({"do": action, **details})

    async def expect(self, title: str, who: Role, **facts: object) -> Line:
        """Wait for a line of this scene with these facts; an empty line when it does not come.

        Once something was not met, nothing is waited for any longer: the story is broken and only to be ended.
        """
        wanted = {"who": playing(who).id, **facts}
        seconds = PATIENCE if all(one.met for one in self.expectations) else 0.0
        line = await self.story.wait_for(
            lambda line: all(line.get(name) == fact for name, fact in wanted.items()), self.since, seconds
        )
        self.require(title, line is not None)
        return line or {}

    def require(self, title: str, met: bool) -> None:
        """Write an expectation down; the story goes on either way."""
        self.expectations.append(Expectation(title, met))
        if not met:
            self.story.note(f"NOT MET: {title}")

    async def case_shown(self, case: str) -> str:
        """What `ketenhub case show` prints."""
        _, printed, _ = await attempt(self.home, "case", "show", case, *WHY)
        return printed

    async def reckoned(self) -> Reckoning:
        """Books against account, once they agree; or as they are, when that takes too long."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while not (reckoning := await self._reckoned_now()).agrees:
            if asyncio.get_running_loop().time() > deadline:
                break
        return reckoning

    async def dismiss(self) -> None:
        """Tell every partner to stop, and require that each ends well."""
        for child in self._players.values():
            await child.tell({"do": "stop"})
        async with asyncio.timeout(PATIENCE):
            codes = await asyncio.gather(*(child.wait() for child in self._players.values()))
        self.require("every partner's process ended without an error", not any(codes))

    # ------------------------------------------------------------------------------------------------------------------

    async def _reckoned_now(self) -> Reckoning:
        since = len(self.story.heard)
        for child in self._players.values():
            await child.tell({"do": "account"})
        _, printed, _ = await attempt(self.home, "account", "--json")
        books = [await self._book_line(player, since) for player in CAST]
        return reckon({line["who"]: line for line in books if line}, json.loads(printed))

    async def _book_line(self, player: Player, since: int) -> Line | None:
        return await self.story.wait_for(
            lambda line: line["did"] == "account" and line["who"] == player.id, since, PATIENCE
        )

    async def _start(self) -> None:
        """Everybody at once; the partners wait for their first command before they connect."""
        ready = asyncio.Event()

        def hear(text: str) -> None:
            self.story.note(text)
            if text.startswith(READY):
                ready.set()

        arguments = ["hub", "serve", "--workers", "1"]
        self._hub = await start("hub", arguments, self.home, hear, self._log("hub"))
        for player in CAST:
            self._players[player.role] = await self._started(player)
        await self._until(ready.wait, self._hub)

    async def _started(self, player: Player) -> Child:
        named = [f"--address={role.value}={oin}" for role, oin in addresses().items()]
        arguments = ["hub.simulator", player.role.value, "--folder", str(player.folder(self.home)), *named]
        return await start(player.id, arguments, self.home, self._hear, self._log(player.id))

    async def _enrol(self) -> None:
        self.story.note(f"The operator adds {len(CAST)} partners: virtual host, user, limits, keys")
        async with asyncio.TaskGroup() as tasks:
            for player in CAST:
                tasks.create_task(join(player, self.home))

    async def _connect(self) -> None:
        self.story.note("Each partner connects, in a process of its own")
        for player in CAST:
            await self._players[player.role].tell({"do": "connect"})
        for player in CAST:
            await self._until(partial(self._is_ready, player), self._players[player.role])

    async def _is_ready(self, player: Player) -> None:
        await self.story.wait_for(lambda line: line["did"] == "ready" and line["who"] == player.id, 0, START_SECONDS)

    def _hear(self, text: str) -> None:
        self.story.add(json.loads(text))

    async def _until(self, condition: Callable[[], Awaitable[object]], child: Child) -> None:
        """Wait for a child's readiness, but no longer than it lives."""
        ready, ended = asyncio.ensure_future(condition()), asyncio.ensure_future(child.wait())
        done, pending = await asyncio.wait((ready, ended), timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if ready not in done:
            raise OperatorError("not-started", f"{child.name} did not start; {self._log(child.name)} says why.")

    def _log(self, name: str) -> Path:
        return self.home / f"{name}.log"

    async def _stop(self) -> None:
        """The partners first, then the hub with its servers."""
        await asyncio.gather(*(child.stop() for child in self._players.values()))
        if self._hub is not None:
            await self._hub.stop()
