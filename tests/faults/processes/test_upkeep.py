"""Who keeps house is killed, or hangs and wakes again: another does within the time that is promised."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.errors import AllBusy
from hub.local.servers import Addresses
from hub.ports import Lead
from hub.routing.document import from_document
from hub.store.engine import connect
from hub.store.store import PostgresStore
from tests.acceptance.hub import RunningHub, new_database_now, serving
from tests.fakes import until
from tests.servers import new_home

BRIEF = '[limits]\nlease = "3 s"\nworker_silence = "60 s"\n'
NOBODY = Lead()


@pytest.fixture
def addresses(servers: Addresses) -> Iterator[Addresses]:
    with new_database_now(servers.database_url) as url:
        yield replace(servers, database_url=url)


@pytest.fixture
def hub(addresses: Addresses, tmp_path: Path) -> Iterator[RunningHub]:
    config = tmp_path / "hub.toml"
    config.write_text(BRIEF)
    with new_home() as home, serving(home, addresses, workers=2, config=config) as running:
        yield running


@pytest.fixture
async def engine(addresses: Addresses) -> AsyncIterator[AsyncEngine]:
    engine = connect(addresses.database_url or "", "test")
    yield engine
    await engine.dispose()


async def led_by_a_routine_worker(engine: AsyncEngine, since: Lead = NOBODY) -> Lead:
    """The lead, as soon as it was taken after `since`: the acute worker only stands in.

    By the epoch, as a worker that is started anew has the name of the one that was killed.
    """
    found = Lead()

    async def led() -> bool:
        nonlocal found
        found = await PostgresStore(engine, from_document, 30.0).lead()
        return found.leader is not None and not found.yields and found.epoch > since.epoch

    await until(led)
    return found


def process_of(worker: str) -> int:
    """Its id, by the command line that its supervisor gave it."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:  # it has ended meanwhile
            continue
        if worker.encode() in words:
            return int(entry.parent.name)
    raise AssertionError(worker)


@pytest.mark.exhaustive
async def test_one_that_is_killed_is_followed_and_one_that_hung_and_wakes_has_nothing_to_say(
    hub: RunningHub, engine: AsyncEngine
) -> None:
    first = await led_by_a_routine_worker(engine)
    os.kill(process_of(first.leader or ""), signal.SIGKILL)
    second = await led_by_a_routine_worker(engine, since=first)

    hanging = process_of(second.leader or "")
    os.kill(hanging, signal.SIGSTOP)
    try:
        third = await led_by_a_routine_worker(engine, since=second)
    finally:
        os.kill(hanging, signal.SIGCONT)
    await until(lambda: second.epoch in deposed(hub))
    assert (await PostgresStore(engine, from_document, 30.0).lead()).epoch == third.epoch


def deposed(hub: RunningHub) -> list[int]:
    """The epochs of those that found themselves deposed."""
    return [line["version"] for line in hub.logged() if line["event"] == "upkeep_taken"]


@pytest.mark.exhaustive
async def test_one_that_hangs_in_its_transaction_is_ended_there_and_followed(
    hub: RunningHub, engine: AsyncEngine
) -> None:
    await led_by_a_routine_worker(engine)
    store, mine = PostgresStore(engine, from_document, 30.0), None
    while mine is None:  # who leads may beat between the look and this
        mine = await store.take_lead(await store.lead(), "hanging", yields=False)
    with pytest.raises(AllBusy):  # the server has ended its session
        async with store.under(mine, lambda: False).unit():
            after = await led_by_a_routine_worker(engine, since=mine)
    assert after.leader != mine.leader
