"""Suite keys change in any order, by an operator who tries everything, with partners and a machine that lag: whatever
happens, what anybody said opens, and what the hub says can be verified by whom it is for.

Each walk is drawn from a seed, on a real database. A step that is refused must have changed nothing.
"""

import random
import shutil
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.app import rotation
from hub.app.configuration import setting_for
from hub.app.hub import Hub
from hub.app.keyfiles import KeyFiles
from hub.app.own_keys import machine
from hub.app.suite_rotation import ON_ITS_WAY
from hub.canonical.codes import Lane
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory
from hub.errors import OperatorError
from hub.lanes.batch import decide_batch
from hub.ports import Changes, Delivery
from hub.routing.changes import retire_partner
from hub.routing.hub_keys import keys_of, standing, writes
from tests.databases import books_fit, rows
from tests.fakes import FakePublisher
from tests.integration.app.far import Far, joined, post
from tests.integration.app.test_suite_rotation import OPENED, QUESTION, WRONG, age

KINDS = (KeyKind.S1_SIGNING, KeyKind.S1_ENCRYPTION)
LONG = 30
"""Days of a walk."""
OFTEN, USUAL = 0.8, 0.9
SAYS = """select (select max(version) from directory_head) as version,
  (select count(*) from outbox where about is not null) as told"""


@dataclass
class Walk:
    """A hub of two machines, its partners, and what is on its way to it."""

    hub: Hub
    second: Hub
    database: AsyncEngine
    folder: Path
    chance: random.Random
    publisher: FakePublisher = field(default_factory=FakePublisher)
    partners: list[Far] = field(default_factory=list)
    retired: list[Far] = field(default_factory=list)
    on_its_way: list[Delivery] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    async def a_day(self) -> None:
        """What happens on one, and how likely."""
        likely = (
            (0.6, self.adds), (1.0, self.moves), (1.0, self.moves), (0.1, self.retires),
            (0.7, self.brings_files), (0.2, self.says_what_it_has), (0.1, self.falls_silent),
            (0.2, self.joins), (0.9, self.says), (0.8, self.read),
            (0.7, self.delivers_out), (0.4, self.delivers_in), (0.3, self.a_week_goes_by),
        )  # fmt: skip
        for chance, what in self.chance.sample(likely, len(likely)):
            if self.chance.random() < chance:
                await what()

    # ---- an operator

    async def adds(self) -> None:
        """Where none is coming: else most would never be used."""
        kind, directory = self.chance.choice(KINDS), await self.hub.database.store.directory()
        if keys_of(directory, kind)[-1].state in (KeyState.WRITE, KeyState.RETIRED):
            await rotation.add(self.hub, kind)

    async def moves(self) -> None:
        """Mostly what an operator would do next; sometimes any step of any key."""
        directory, kind = await self.hub.database.store.directory(), self.chance.choice(KINDS)
        keys = keys_of(directory, kind)
        if self.chance.random() < USUAL:
            left = [key for key in keys if key.state not in (KeyState.WRITE, KeyState.RETIRED)]
            for key in left:
                await self.tried(key, self.next_of(key, directory))
        else:
            await self.tried(self.chance.choice(keys), self.chance.choice(list(KeyState)))

    def next_of(self, key: HubKey, directory: Directory) -> KeyState:
        if key.state is KeyState.ANNOUNCED:
            return KeyState.READ
        return KeyState.WRITE if key is keys_of(directory, key.kind)[-1] else KeyState.RETIRED

    async def tried(self, key: HubKey, to: KeyState) -> None:
        (before,) = await rows(self.database, SAYS)
        try:
            await rotation.move(self.hub, key.kind, key.id, to)
            self.done[f"{key.kind} {to}"] += 1
        except OperatorError:
            assert await rows(self.database, SAYS) == [before]

    async def brings_files(self) -> None:
        shutil.copytree(self.hub.settings.home / "keys", self.second.settings.home / "keys", dirs_exist_ok=True)
        await self.says_what_it_has()

    async def retires(self) -> None:
        if len(self.partners) > 1:
            self.retired.append(gone := self.partners.pop(self.chance.randrange(len(self.partners))))
            now = await self.hub.now()
            await self.hub.database.change_directory("test", lambda known: retire_partner(known, gone.home.id, now))

    # ---- the second machine

    async def says_what_it_has(self) -> None:
        files = KeyFiles(self.second.settings.home)
        await self.hub.database.report(machine(files, files.held()))

    async def falls_silent(self) -> None:
        await rows(self.database, "update machine set at = at - interval '2 minutes'")

    # ---- partners

    async def joins(self) -> None:
        number = len(self.partners) + len(self.retired) + 1
        if number < 6:
            self.partners.append(await joined(self.hub, self.folder, number))

    async def says(self) -> None:
        self.on_its_way.append(self.chance.choice(self.partners).sealed(QUESTION, WRONG))

    async def read(self) -> None:
        """Most of them."""
        for far in self.partners:
            if self.chance.random() < OFTEN:
                await far.take(self.publisher)

    # ---- the broker, and time

    async def delivers_out(self) -> None:
        await post(self.hub, self.database, self.publisher)

    async def delivers_in(self) -> None:
        """To either machine: one that lacks a key keeps the message, and refuses none for it."""
        while self.on_its_way:
            by, delivery = self.chance.choice([self.hub, self.second]), self.on_its_way.pop()
            (row,) = (await self.decided(by, delivery)).inbox
            if row.code != OPENED:
                assert not await self.is_ready(by), row.code
                assert row.code == "hub-key-missing"
                (row,) = (await self.decided(self.hub, replace(delivery, stored=row.id))).inbox
                assert row.code == OPENED

    async def a_week_goes_by(self) -> None:
        """What was on its way has come by then."""
        await self.delivers_in()
        await age(self.database, self.hub, ON_ITS_WAY)

    async def decided(self, by: Hub, delivery: Delivery) -> Changes:
        setting = setting_for("test", by.settings, by.config)
        return await decide_batch([delivery], by.database.store, Lane.ROUTINE, setting)

    async def is_ready(self, which: Hub) -> bool:
        found = standing(await self.hub.database.store.directory(), KeyFiles(which.settings.home).held())
        return not found.missing


@pytest.fixture
def second(hub: Hub, tmp_path: Path) -> Hub:
    """Another machine of the hub, with the keys of its first day."""
    home = tmp_path / "second"
    shutil.copytree(hub.settings.home / "keys", home / "keys")
    return replace(hub, settings=replace(hub.settings, home=home))


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_tried_in_whichever_order_nothing_is_refused_for_its_key(
    seed: int, hub: Hub, second: Hub, tmp_path: Path, database: AsyncEngine
) -> None:
    walk = Walk(hub, second, database, tmp_path / "partners", random.Random(seed))
    await walk.joins()
    for _ in range(LONG):
        await walk.a_day()
        directory = await hub.database.store.directory()
        assert all(writes(directory, kind) is not None for kind in KINDS)
        assert await walk.is_ready(hub)
        assert [far.unread for far in (*walk.partners, *walk.retired) if far.unread] == []

    await walk.delivers_in()
    await walk.delivers_out()
    for far in walk.partners:
        await far.take(walk.publisher)
        assert far.unread == []
    await books_fit(database)
    assert all(walk.done[f"{kind} {KeyState.WRITE}"] for kind in KINDS), "it went somewhere"
