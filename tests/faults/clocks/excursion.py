"""A clock of the database that goes wrong while a hub works, and comes right again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from hub.canonical.belief import CALM
from hub.ports import OutboxRow
from tests.clock import Clock
from tests.kit import Kit, started_again
from tests.talk import timers, upkeep

EXCURSIONS = {
    "six minutes back": timedelta(minutes=-6),
    "eight days back": timedelta(days=-8),
    "a month ahead": timedelta(days=31),
    "800 days ahead": timedelta(days=800),
    "six years ahead": timedelta(days=2200),
}
A_BIT = timedelta(minutes=1)


@asynccontextmanager
async def wrong(kit: Kit, clock: Clock, by: timedelta) -> AsyncIterator[None]:
    """The database's clock is wrong by so much within the block, and believed again after it."""
    await settled(kit)
    await clock.jump(by)
    yield
    assert await doubts(kit)
    await settled(kit)
    await settled(another(kit))
    assert await doubts(kit)
    await clock.jump(-by)
    await kit.store.moment()
    await clock.put_ahead(CALM + A_BIT)
    assert not await doubts(kit)


async def settled(kit: Kit) -> list[OutboxRow]:
    """All that workers do by time, once; what they have to say."""
    said: list[OutboxRow] = []
    await upkeep(kit, said).keep_house()
    await timers(kit, said).look()
    return said


async def doubts(kit: Kit) -> bool:
    return (await kit.store.moment()).doubted


def another(kit: Kit) -> Kit:
    """The same hub in a process that has just begun."""
    return replace(kit, store=started_again(kit))
