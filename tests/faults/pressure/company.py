"""Fake partners in the test's own process, where it needs one in hand: what each sent and got is in its book as usual.

They do what a partner must, and start nothing by themselves.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random

import pytest
from aio_pika.abc import AbstractChannel

from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.errors import Unconfirmed
from hub.ids import MessageId
from hub.partner.link import Link
from hub.partner.messages import Received
from hub.partner.profile import load
from tests.faults.partners import actor as acting_module
from tests.faults.partners.actor import Actor, acting
from tests.faults.partners.families import Families
from tests.faults.partners.parts import REPORTS
from tests.faults.rig import Rig

NEVER = 3_600.0
"""Seconds until a report is sent again: here every copy counts."""


class NotingLink(Link):
    """Notes how publishing ends, and reads nothing while it is `deaf`."""

    deaf = False

    def __init__(self, urls: Sequence[str], deadline: float) -> None:
        super().__init__(urls, deadline)
        self.ends: Counter[str] = Counter()

    async def publish(self, id_: MessageId, lane: Lane, body: bytes, now: datetime) -> None:
        try:
            await super().publish(id_, lane, body, now)
        except Unconfirmed as error:
            self.ends[error.code] += 1
            raise
        self.ends["confirmed"] += 1

    async def _consume(self, channel: AbstractChannel, lost: asyncio.Event) -> None:
        if not self.deaf:
            await super()._consume(channel, lost)


@dataclass
class Company:
    """Everybody of a rig, by role."""

    actors: dict[Role, Actor]
    families: Families

    def __getitem__(self, role: Role) -> Actor:
        return self.actors[role]

    def link(self, role: Role) -> NotingLink:
        link = self.actors[role].link
        assert isinstance(link, NotingLink)
        return link

    def reports(self, role: Role, number: int, lane: Lane = Lane.ROUTINE) -> list["asyncio.Task[Received]"]:
        """So many new reports, under way; each ends with its answer."""
        return [asyncio.ensure_future(self._report(role, lane)) for _ in range(number)]

    def _report(self, role: Role, lane: Lane) -> Awaitable[Received]:
        one = self.actors[role]
        name = REPORTS[role][0]
        return one.say(name, self.families.report(name, one.player.municipality, 0.0), lane, patience=NEVER)


@asynccontextmanager
async def company(rig: Rig, deaf: Role | None = None) -> AsyncIterator[Company]:
    """Everybody connected; this one reads nothing until its link is no longer `deaf` and is reset."""
    actors: dict[Role, Actor] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(acting_module, "Link", NotingLink)
        async with AsyncExitStack() as stack:
            for player in rig.players:
                patch.setattr(NotingLink, "deaf", player.role is deaf)
                one = acting(player, load(rig.home / "partners" / player.name), Random(player.number), _listen)
                actors[player.role] = await stack.enter_async_context(one)
                actors[player.role].link.deaf = player.role is deaf  # type: ignore[attr-defined]
            patch.setattr(NotingLink, "deaf", False)
            yield Company(actors, Families(Random(1)))


async def _listen(_: Actor, __: Received) -> None:
    return
