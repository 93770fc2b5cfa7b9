"""The whole cast on one running hub: each partner connected by the shipped client, taking in all that comes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg

from hub.app.hub import Hub, connected
from hub.app.partners import Application, connect_partner, retire, set_partner_contacts
from hub.cli.case import case_as_json
from hub.envelope import keys
from hub.ids import PartnerId
from hub.partner import client
from hub.partner.client import Client, Tools
from hub.partner.messages import Received
from hub.partner.profile import enrol, load, save_keys
from hub.settings import read_settings
from tests.acceptance.hub import RunningHub
from tests.patience import CEILING
from tests.stories.cast import CAST, Data, Player
from tests.stories.time import Clock

PATIENCE = CEILING
"""Seconds within which what is expected next must have come."""


@dataclass
class Mailbox:
    """What one partner got, in the order in which it came."""

    messages: list[Received] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, message: Received) -> None:
        self.messages.append(message)
        self._news.set()
        self._news = asyncio.Event()

    async def first(self, wanted: Callable[[Received], bool], since: int) -> Received | None:
        """The first such message from this place on; `None` if it does not come in time."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    for message in self.messages[since:]:
                        if wanted(message):
                            return message
                    since = len(self.messages)
                    await self._news.wait()
        except TimeoutError:
            return None


@dataclass
class Stage:
    """Open with `on_stage`."""

    running: RunningHub
    hub: Hub
    clock: Clock
    clients: dict[Player, Client] = field(default_factory=dict)
    mail: Mapping[Player, Mailbox] = field(default_factory=lambda: {player: Mailbox() for player in CAST})
    _leaving: dict[Player, AsyncExitStack] = field(default_factory=dict)

    async def enter(self, player: Player) -> None:
        """Connected by the operator, and from then on taking in what comes."""
        folder = self.running.folder(player.name)
        await self._enrol(player)
        stack = self._leaving[player] = AsyncExitStack()
        tools = Tools(clock=lambda: datetime.now(UTC), new_id=uuid4)
        self.clients[player] = await stack.enter_async_context(client.connected(load(folder), tools))
        task = asyncio.create_task(self._take_in(player))
        stack.push_async_callback(_ended, task)

    async def leave(self, player: Player) -> None:
        if stack := self._leaving.pop(player, None):
            await stack.aclose()

    async def merge(self, former: Player, successor: Player) -> None:
        """One organisation goes on in another: its system stops, the operator says who is in its place."""
        await self.leave(former)
        await retire(self.hub, self.running.name(former.name), self.running.name(successor.name))

    async def case_shown(self, case: UUID) -> Data:
        """What `ketenhub case show --json` prints."""
        view = await self.hub.database.case(case)
        assert view is not None
        return case_as_json(view)

    async def _enrol(self, player: Player) -> None:
        """As `partner add` and `partner contact` do, without a process for each."""
        folder, name = self.running.folder(player.name), self.running.name(player.name)
        pairs = keys.generate(player.suite)
        save_keys(folder, pairs)
        public = keys.public(pairs.signing), keys.public(pairs.encryption)
        application = Application(name, player.oin, player.role.value, [player.region], *public)
        welcome = await connect_partner(self.hub, application)
        enrol(folder, PartnerId(name), player.oin, player.role, welcome)
        if player.contacts:
            await set_partner_contacts(self.hub, name, player.contacts)

    async def _take_in(self, player: Player) -> None:
        async for message in self.clients[player].receive():
            self.mail[player].put(message)


@asynccontextmanager
async def on_stage(running: RunningHub) -> AsyncIterator[Stage]:
    """Everybody connected; all leave at the end."""
    settings = read_settings(running.environment)
    url = (settings.database_url or "").replace("postgresql+asyncpg", "postgresql")
    async with connected(settings) as hub, asyncpg.create_pool(url, min_size=1, max_size=4) as pool:
        stage = Stage(running, hub, Clock(pool))
        try:
            for player in CAST:
                await stage.enter(player)
            yield stage
        finally:
            for player in CAST:
                await stage.leave(player)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
