"""The migrations make the tables that the code works with, whoever starts first, with older and newer hubs beside."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.errors import OperatorError, OurFault
from hub.store import engine as engines
from hub.store import migrate as migrations
from hub.store.engine import connect, transaction
from hub.store.migrate import SCRIPTS, check, migrate
from hub.store.tables import REVISION, metadata
from tests.databases import one, rows
from tests.fakes import until

NEXT = f"{int(REVISION) + 1:04d}"
AFTER = f"{int(REVISION) + 2:04d}"
EXPAND = f"""
import sqlalchemy as sa
from alembic import op
from hub.store.migrations.steps import add_index
revision, down_revision, kind = "{NEXT}", "{REVISION}", "expand"

def upgrade():
    op.add_column("inbox", sa.Column("note", sa.Text()))
    add_index("ix_inbox_note", "inbox", ["note"])
"""
CONTRACT = f"""
from alembic import op
revision, down_revision, kind, floor = "{AFTER}", "{NEXT}", "contract", "{NEXT}"

def upgrade():
    op.drop_column("inbox", "note")
"""


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, metadata))


async def test_a_migrated_database_has_the_tables_of_the_code(database: AsyncEngine) -> None:
    async with transaction(database) as connection:
        assert await connection.run_sync(differences) == []


@pytest.fixture
async def empty(fresh_database: str) -> AsyncIterator[AsyncEngine]:
    engine = connect(fresh_database, "test", pool=8)
    yield engine
    await engine.dispose()


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The migrations of the version after this one, which adds a column and an index."""
    scripts = tmp_path / "migrations"
    shutil.copytree(SCRIPTS, scripts)
    (scripts / "versions" / f"{NEXT}_next.py").write_text(EXPAND)
    return scripts


async def somebody_waits(engine: AsyncEngine) -> bool:
    query = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    return bool(await one(engine, query))


async def revision(engine: AsyncEngine) -> str:
    return str(await one(engine, "select version_num from alembic_version"))


async def test_hubs_that_start_at_once_on_an_empty_database_migrate_it_once(empty: AsyncEngine) -> None:
    await asyncio.gather(*(migrate(empty) for _ in range(4)))

    assert await revision(empty) == REVISION
    async with transaction(empty) as connection:
        assert await connection.run_sync(differences) == []


async def test_an_older_hub_starts_on_a_database_that_was_only_added_to_and_leaves_it_as_it_is(
    empty: AsyncEngine, later: Path
) -> None:
    await migrate(empty, later)

    await migrate(empty)

    assert await revision(empty) == NEXT
    assert await one(empty, "select count(*) from pg_indexes where indexname = 'ix_inbox_note'") == 1


@pytest.fixture
def contracted(later: Path) -> Path:
    """The migrations of the version after the next, which takes the column away again."""
    (later / "versions" / f"{AFTER}_contract.py").write_text(CONTRACT)
    return later


async def test_nothing_is_taken_away_while_hubs_run_that_need_it(empty: AsyncEngine, contracted: Path) -> None:
    await migrate(empty)
    await rows(empty, "select 1")  # a connection of this version, which needs what the one after the next takes away
    with pytest.raises(OperatorError) as refused:
        await migrate(empty, contracted)

    assert refused.value.code == "older-workers-run"
    assert await revision(empty) == REVISION


async def test_an_older_hub_refuses_a_database_that_no_longer_serves_it(
    empty: AsyncEngine, contracted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await empty.dispose()
    with monkeypatch.context() as newest:
        for module in (engines, migrations):
            newest.setattr(module, "REVISION", AFTER)
        await migrate(empty, contracted)
        await empty.dispose()

    for start in (migrate, check):
        with pytest.raises(OperatorError) as refused:
            await start(empty)
        assert refused.value.code == "database-newer"
    assert await revision(empty) == AFTER


async def test_a_worker_refuses_a_database_that_nobody_has_migrated_yet(
    empty: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OurFault) as refused:
        await check(empty)
    assert refused.value.code == "database-empty"
    await migrate(empty)
    monkeypatch.setattr(migrations, "REVISION", NEXT)
    with pytest.raises(OperatorError) as older:
        await check(empty)
    assert older.value.code == "database-older"


async def test_a_migration_gives_way_to_a_transaction_that_is_under_way_and_comes_again(
    empty: AsyncEngine, later: Path
) -> None:
    await migrate(empty)
    async with transaction(empty) as busy:
        await busy.execute(text("insert into inbox select * from inbox"))
        migrating = asyncio.create_task(migrate(empty, later))
        await until(lambda: somebody_waits(empty))
        # It holds up nobody for longer than it may wait for its lock itself.
        await asyncio.wait_for(rows(empty, "select count(*) from inbox"), 10)
        assert not migrating.done()
    await migrating
    assert await revision(empty) == NEXT


async def test_a_database_that_never_lets_a_migration_through_is_said_to_be_busy(
    empty: AsyncEngine, later: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(empty)
    monkeypatch.setattr(migrations, "PATIENCE", 0.1)
    async with transaction(empty) as busy:
        await busy.execute(text("insert into inbox select * from inbox"))
        with pytest.raises(OperatorError) as refused:
            await migrate(empty, later)
    assert refused.value.code == "database-busy"
    assert await revision(empty) == REVISION


async def test_an_index_whose_making_was_broken_off_is_made_again(empty: AsyncEngine, later: Path) -> None:
    await migrate(empty, later)
    await rows(empty, "update pg_index set indisvalid = false where indexrelid = 'ix_inbox_note'::regclass")
    await rows(empty, f"update alembic_version set version_num = '{REVISION}'")
    await rows(empty, "alter table inbox drop column note")
    await rows(empty, "create index ix_inbox_note on inbox (rule)")

    await migrate(empty, later)

    definition = await one(empty, "select indexdef from pg_indexes where indexname = 'ix_inbox_note'")
    assert definition.endswith("(note)")
