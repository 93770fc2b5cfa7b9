"""A rig whose hub reaches broker and database by wires that a test can spoil; partners use the servers themselves."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from hub.app.readiness import heard
from hub.local.servers import Addresses
from tests.faults.judge import load
from tests.faults.proxy import Proxy, proxy_to
from tests.faults.reckoning import differences
from tests.faults.rig import Rig, rigged
from tests.servers import new_database


@dataclass
class Wired:
    """A rig and its two wires.

    Attributes:
        events: how many of each log event the hub has written, when `mark` was called last.
    """

    rig: Rig
    broker: Proxy
    database: Proxy
    events: dict[str, int] = field(default_factory=dict)

    def reasons(self) -> set[str]:
        """Why any worker says that it is not ready."""
        return {str(one) for said in heard(self.rig.home).values() for one in said}

    async def turns(self, *reasons: str, within: float) -> None:
        """Until some worker gives each of these reasons."""
        await self.until(lambda: {*reasons} <= self.reasons(), within, f"never {reasons}")

    async def turns_ready(self, within: float = 60.0) -> None:
        await self.until(lambda: not self.reasons(), within, "not ready again")

    async def until(self, condition: Callable[[], bool], within: float, otherwise: str) -> None:
        ends = time.monotonic() + within
        while not condition():
            assert time.monotonic() < ends, f"{otherwise} within {within} s: {self.reasons()}"
            await asyncio.sleep(0.1)

    def logged(self) -> list[dict[str, Any]]:
        return logged(self.rig.log)

    def mark(self) -> None:
        self.events = counted(self.logged())

    def since(self, event: str) -> int:
        """How many of this log event since the mark."""
        return counted(self.logged()).get(event, 0) - self.events.get(event, 0)

    async def nothing_is_missing(self, within: float = 120.0) -> None:
        """Drained; by the partners' books nothing is lost, doubled, invented or unanswered."""
        await self.rig.drain(within)
        verdict = await self.rig.judged()
        assert verdict.clean, "\n".join(verdict.lines())

    async def all_is_well(self, within: float = 120.0) -> None:
        """The same, and `ketenhub account` fits, and agrees with the books."""
        await self.nothing_is_missing(within)
        account = await self.rig.account()
        found = list(differences(load(self.rig.home / "partners"), account))
        assert not found, found
        assert account["fits"]


@asynccontextmanager
async def wired(
    servers: Addresses, workers: int = 1, config: Path | None = None, crowds: int = 1,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Wired]:  # fmt: skip
    """On servers of others, with a database of its own; `crowds`: processes of partners, 0 for none."""
    async with new_database(servers.database_url) as url:
        true = replace(servers, database_url=url)
        async with proxy_to(true.amqp_url) as broker, proxy_to(url) as database:

            @asynccontextmanager
            async def between(_: Addresses) -> AsyncIterator[Addresses]:
                yield replace(true, amqp_url=broker.url, database_url=database.url)

            suffix = uuid4().hex[:6]
            async with rigged(
                workers=workers,
                crowds=crowds,
                servers=true,
                suffix=suffix,
                between=between,
                config=config,
                environment=environment,
                seed=4,
            ) as rig:
                yield Wired(rig, broker, database)


def logged(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def counted(events: list[dict[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in events:
        found[one["event"]] = found.get(one["event"], 0) + 1
    return found
