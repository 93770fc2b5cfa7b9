"""Somebody holds a lock in the database and does not let go: who does not need it is answered meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from hub.local.servers import Addresses
from tests.faults.links.wires import wired
from tests.faults.watched import Watched
from tests.patience import CEILING

TIMES = 4
LOCKS = {
    "tables that reports never touch": "lock table held, machine in share mode",
    "a case": "select from cases order by id limit 1 for update",
    "a message on its way out": "select from outbox where delivered_at is not null order by id limit 1 for update",
    "the count of a queue": "select from queue order by partner limit 1 for update",
    "a term": "select from timer order by due limit 1 for update",
}


@asynccontextmanager
async def session(hub: Watched) -> AsyncIterator[asyncpg.Connection]:
    """Of somebody else, whom nobody ends."""
    connection = await asyncpg.connect(hub.rig.addresses.database_url.replace("postgresql+asyncpg", "postgresql"))
    try:
        await connection.execute("set idle_in_transaction_session_timeout = 0")
        yield connection
    finally:
        await connection.close()


async def test_who_does_not_need_what_is_locked_is_answered_and_nothing_is_given_back(servers: Addresses) -> None:
    async with wired(servers, workers=2) as hub:
        hub.rig.open(4)
        await hub.rig.probe()
        hub.mark()
        for what in LOCKS.values():
            async with session(hub) as other, other.transaction():
                await other.execute(what)
                hub.rig.go(2.0)
                for _ in range(TIMES):  # while it is locked: else this would wait for ever
                    await asyncio.wait_for(hub.rig.probe(), CEILING)
                hub.rig.go(0.0)
        await hub.rig.drain()
        assert await hub.findings_and_misfits() == []
        assert not hub.since("database_away")
        assert not hub.since("worker_unready")


@pytest.mark.exhaustive
async def test_a_lock_that_everything_needs_stops_all_and_says_so_until_it_is_free(servers: Addresses) -> None:
    async with wired(servers) as hub:
        await hub.rig.probe()
        async with session(hub) as other, other.transaction():
            await other.execute("select from directory_head for update")
            hub.rig.go(2.0)
            await hub.turns("database-busy")
            assert (await hub.rig.asked_status())["exit"] == 1
            hub.rig.go(0.0)
        await hub.turns_ready()
        await hub.rig.drain()
        assert await hub.findings_and_misfits() == []
        assert not hub.since("database_away")
