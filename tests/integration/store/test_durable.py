"""Durability switched off while the hub runs: nothing is acknowledged until it is on again (P1)."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.canonical.codes import Lane
from hub.errors import Standstill
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.intake import Intake
from hub.local import postgres
from hub.local.servers import Addresses, running
from hub.routing.document import from_document, to_document
from hub.store.directory import change
from hub.store.engine import DURABLE, connect
from hub.store.migrate import migrate
from tests.databases import one
from tests.fakes import FakeQueue, until
from tests.kit import Kit, kit_on
from tests.patience import CEILING
from tests.servers import new_database, new_home
from tests.talk import REPORT

SERVER_WIDE = ("fsync", "full_page_writes")


@pytest.fixture(scope="module")
def own_server() -> Iterator[Addresses]:
    """A PostgreSQL whose settings may be spoiled: one that is told them at its start keeps to that."""
    kept = {name: value for name, value in postgres.SETTINGS.items() if name not in DURABLE}
    with new_home() as home, pytest.MonkeyPatch.context() as patched:
        patched.setattr(postgres, "SETTINGS", kept)
        with running(home, broker=False, say=print) as addresses:
            yield addresses


@pytest.fixture
async def kit(own_server: Addresses) -> AsyncIterator[Kit]:
    async with new_database(own_server.database_url) as url:
        engine = connect(url, "test", pool=2)
        await migrate(engine)
        yield await kit_on(engine)
        for name in (*SERVER_WIDE, "synchronous_commit"):
            await set_on_server(engine, f"alter system reset {name}")
        await engine.dispose()


async def set_on_server(engine: AsyncEngine, statement: str) -> None:
    async with engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text(statement))
        await outside.execute(text("select pg_reload_conf()"))


async def shows(engine: AsyncEngine, name: str, value: str) -> None:
    """A reload takes a moment to reach a session."""

    async def seen() -> bool:
        return bool(await one(engine, f"select current_setting('{name}') = :value", value=value))

    await until(seen)


@pytest.mark.parametrize("name", SERVER_WIDE)
async def test_a_worker_that_sees_the_server_forget_acknowledges_nothing_and_goes_on_by_itself(
    kit: Kit, name: str
) -> None:
    queue, health = FakeQueue(), Health()
    patient = Patient(health, longest=0.05)
    intake = Intake(queue, queue, kit.store, lambda _: None, Lane.ROUTINE, kit.setting, patient)
    await set_on_server(kit.engine, f"alter system set {name} = off")
    await shows(kit.engine, name, "off")

    task = asyncio.create_task(intake.handle([kit.delivery("politie-test", kit.event("politie-test", REPORT))]))
    await until(lambda: "database-not-durable" in health.reasons)
    assert not queue.acked
    assert await one(kit.engine, "select count(*) from inbox") == 0
    await set_on_server(kit.engine, f"alter system set {name} = on")
    await asyncio.wait_for(task, CEILING)

    assert len(queue.acked) == 1
    assert health.reasons == frozenset()


@pytest.mark.parametrize("name", SERVER_WIDE)
async def test_nor_does_an_operator_change_the_directory_meanwhile(kit: Kit, name: str) -> None:
    await set_on_server(kit.engine, f"alter system set {name} = off")
    await shows(kit.engine, name, "off")

    with pytest.raises(Standstill, match=f"Set {name} to on"):
        await change(kit.engine, from_document, to_document, "test", lambda directory: directory)
    with pytest.raises(Standstill):
        await kit.store.directory()


async def test_synchronous_commit_switched_off_on_the_server_reaches_no_session_of_the_hub(kit: Kit) -> None:
    await kit.store.directory()
    await set_on_server(kit.engine, "alter system set synchronous_commit = off")
    await until(lambda: one(kit.engine, "select reset_val = 'off' from pg_settings where name = 'synchronous_commit'"))

    for _ in range(2):  # a session that was open, and a new one
        await kit.tell("politie-test", REPORT)
        assert await one(kit.engine, "show synchronous_commit") == "on"
        await kit.engine.dispose()


async def test_a_session_that_lost_it_is_left_for_a_new_one(kit: Kit) -> None:
    async with kit.engine.connect() as connection:
        await connection.execute(text("set session synchronous_commit = off"))
        await connection.commit()

    with pytest.raises(Standstill):
        await kit.store.directory()
    await kit.store.directory()
    await kit.tell("politie-test", REPORT)
