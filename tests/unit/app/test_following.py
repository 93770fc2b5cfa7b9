"""A worker follows the directory, whatever keeps it from saying which keys its machine has."""

import asyncio
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

from hub.app.worker import Worker, _follow
from hub.errors import Busy
from hub.ids import PartnerId
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.ports import Glance
from hub.store.machines import Machine
from tests.fakes import until
from tests.kit import kit_without_database


@dataclass
class Looks:
    """A look that finds the next of these."""

    found: list[Glance]

    async def after(self, _: Glance | None) -> Glance:
        await asyncio.sleep(0)
        return self.found.pop(0) if len(self.found) > 1 else self.found[0]


@dataclass
class Reads:
    """Whose queues are read."""

    partners: list[PartnerId] = field(default_factory=list)

    async def add(self, partner: PartnerId) -> None:
        self.partners.append(partner)


async def locked(_: Machine) -> None:
    raise Busy


async def test_the_directory_is_followed_where_what_a_machine_has_cannot_be_said() -> None:
    kit, health, reads, begun = kit_without_database(), Health(), Reads(), asyncio.Event()
    newest = kit.directory
    (first, *_) = newest.partners
    before = replace(newest, version=newest.version - 1, partners={first: newest.partners[first]})
    lookout = Looks([Glance(one, kit.now()) for one in (before, newest)])
    keys = SimpleNamespace(look=lambda _directory, _moment: Machine("here", "/home", {}))
    parts: Any = {"lookout": lookout, "keys": keys, "consumers": reads, "patient": Patient(health), "report": locked}
    following = asyncio.create_task(_follow(cast(Worker, SimpleNamespace(**parts)), begun))
    try:
        await until(lambda: set(reads.partners) == set(newest.partners))
        assert health.database
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
