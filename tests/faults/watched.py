"""A rig that is looked at: what its workers say, what its log holds, and whether anything is missing."""

import asyncio
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hub.app.readiness import heard
from tests.faults.judge import load
from tests.faults.reckoning import differences
from tests.faults.rig import Rig
from tests.patience import CEILING


@dataclass(kw_only=True)
class Watched:
    """Attributes:
    events: how many of each log event the hub has written, when `mark` was called last.
    """

    rig: Rig
    events: dict[str, int] = field(default_factory=dict)

    def reasons(self) -> set[str]:
        """Why any worker says that it is not ready."""
        return {str(one) for said in heard(self.rig.home).values() for one in said}

    async def turns(self, *reasons: str) -> None:
        """Until some worker gives each of these reasons."""
        await self.until(lambda: {*reasons} <= self.reasons(), f"never {reasons}")

    async def turns_ready(self) -> None:
        await self.until(lambda: not self.reasons(), "not ready again")

    async def is_ready_by_itself(self) -> dict[str, Any]:
        """What `ketenhub status` says, once it is ready."""
        return await self._status(lambda found: not found["exit"])

    async def is_said(self, kind: Literal["unready", "attention"], what: str) -> dict[str, Any]:
        """What `ketenhub status` says, once a line of this kind has this in it."""
        return await self._status(lambda found: any(what in line for line in found[kind]))

    async def _status(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Asked again until it is so, as the management API may be seconds behind."""
        ends = time.monotonic() + CEILING
        while not wanted(found := await self.rig.asked_status()):
            assert time.monotonic() < ends, found
            await asyncio.sleep(1)
        return found

    async def until(self, condition: Callable[[], bool], otherwise: str) -> None:
        ends = time.monotonic() + CEILING
        while not condition():
            assert time.monotonic() < ends, f"{otherwise} within {CEILING} s: {self.reasons()}"
            await asyncio.sleep(0.1)

    def logged(self) -> list[dict[str, Any]]:
        return logged(self.rig.log)

    def mark(self) -> None:
        self.events = counted(self.logged())

    def since(self, event: str) -> int:
        """How many of this log event since the mark."""
        return counted(self.logged()).get(event, 0) - self.events.get(event, 0)

    async def findings(self) -> list[str]:
        """Drained; what by the partners' books is lost, doubled, invented, against the rules or unanswered."""
        await self.rig.drain()
        verdict = await self.rig.judged()
        if verdict.clean:
            return []
        self.rig.leave_books(left := Path(tempfile.mkdtemp(prefix="ketenhub-books-")))
        return [*verdict.lines(), f"the books are in {left}"]

    async def findings_and_misfits(self) -> list[str]:
        """The same, and where `ketenhub account` does not fit, or does not agree with the books."""
        found = await self.findings()
        ends = time.monotonic() + CEILING
        while not found and (misfits := await self._differences()):
            if time.monotonic() > ends:  # until then a copy of what was answered long ago may still be on its way in
                return misfits
        return found

    async def _differences(self) -> list[str]:
        account = await self.rig.account()
        found = list(differences(load(self.rig.home / "partners"), account))
        return found if found or account["fits"] else [f"the account does not fit: {account}"]


def logged(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def counted(events: list[dict[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in events:
        found[one["event"]] = found.get(one["event"], 0) + 1
    return found
