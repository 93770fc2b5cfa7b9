"""A new version beside the old one, on one database: nothing is lost, doubled or spoiled, and the old can come back.

The old version is this code. The new one is a copy of it with a migration more, that adds a column, a table and an
index, and with code that writes them. Both are started as an operator would, with real workers, while reports come in.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.local.servers import Addresses
from hub.store.engine import connect
from hub.store.tables import REVISION
from tests.acceptance.hub import ROOT, RunningHub, new_database_now, serving
from tests.acceptance.traffic import traffic
from tests.databases import books_fit, one, registers_tell_the_cases, rows
from tests.fakes import until
from tests.faults.processes.machines import (
    each_was_answered_once_and_presented,
    meanwhile,
    reports_keep_coming,
    second_machine,
)
from tests.servers import new_home

NEXT = f"{int(REVISION) + 1:04d}"
MIGRATION = f"""
import sqlalchemy as sa
from alembic import op
from hub.store.migrations.steps import add_index
revision, down_revision, kind = "{NEXT}", "{REVISION}", "expand"

def upgrade():
    op.add_column("batch", sa.Column("code", sa.Text()))
    op.create_table("mark", sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
                    sa.Column("worker", sa.Text(), nullable=False))
    add_index("ix_batch_code", "batch", ["code"])
"""
_COLUMN = '    Column("duplicates", Integer, nullable=False),\n'
_COUNTED = '            "duplicates": changes.duplicates,\n'
_UNLOCK = "        await radar.unlock("
_MARK = """        await self._connection.execute(text("insert into mark (worker) values (:by)"), {"by": worker})\n"""
EDITS = {
    "tables.py": {
        f'REVISION = "{REVISION}"': f'REVISION = "{NEXT}"',
        _COLUMN: _COLUMN + '    Column("code", Text),\n',
    },
    "unit.py": {
        _COUNTED: _COUNTED + '            "code": "next",\n',
        _UNLOCK: _MARK + _UNLOCK,
    },
}
"""What to put in the place of what, in files of the store."""


@pytest.fixture(scope="module")
def next_version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where its code is."""
    root = tmp_path_factory.mktemp("next")
    shutil.copytree(ROOT / "hub", root / "hub", ignore=shutil.ignore_patterns("__pycache__"))
    store = root / "hub" / "store"
    (store / "migrations" / "versions" / f"{NEXT}_next.py").write_text(MIGRATION)
    for name, edits in EDITS.items():
        text = (store / name).read_text()
        for before, after in edits.items():
            assert text.count(before) == 1, (name, before)
            text = text.replace(before, after)
        (store / name).write_text(text)
    return root


@pytest.fixture
def addresses(servers: Addresses) -> Iterator[Addresses]:
    with new_database_now(servers.database_url) as url:
        yield replace(servers, database_url=url)


@pytest.fixture
async def engine(addresses: Addresses) -> AsyncIterator[AsyncEngine]:
    """The test's own look at their database."""
    made = connect(addresses.database_url, "test")
    yield made
    await made.dispose()


async def decided(engine: AsyncEngine) -> tuple[int, int]:
    """Batches of the old version and of the new one."""
    (row,) = await rows(engine, "select count(*) - count(code) as old, count(code) as new from batch")
    return row["old"], row["new"]


async def both_decide(engine: AsyncEngine) -> None:
    """Wait until each version has committed five batches more."""
    old, new = await decided(engine)

    async def more() -> bool:
        now = await decided(engine)
        return now[0] >= old + 5 and now[1] >= new + 5

    await until(more)


def deaths(hub: RunningHub) -> list[str]:
    return [line["event"] for line in hub.logged() if line.get("event") in ("worker_died", "crashed", "batch_halved")]


async def test_a_new_version_starts_beside_the_old_and_the_old_comes_back_under_traffic(
    addresses: Addresses, engine: AsyncEngine, next_version: Path
) -> None:
    with new_home() as home, serving(home, addresses) as old:
        old.add("politie", "politie", 1)
        old.add("vt", "veilig-thuis", 2)
        async with traffic(old, "politie", "vt") as going:
            async with reports_keep_coming(going) as sent:
                await until(lambda: len(sent) > 10)
                async with meanwhile(second_machine(old, addresses, code=next_version)) as new:
                    await both_decide(engine)
                    assert await asyncio.to_thread(old.terminate) == 0
                    # The rollback: it leaves the newer schema as it is.
                    async with meanwhile(serving(home, addresses)) as back:
                        await both_decide(engine)
                        assert deaths(old) == deaths(back) == deaths(new) == []
            async with meanwhile(serving(home, addresses)) as alone:
                await each_was_answered_once_and_presented(going, sent)
                assert alone.json("account", "--json")["fits"]
    assert await one(engine, "select version_num from alembic_version") == NEXT
    assert await one(engine, "select count(distinct worker) from mark") > 0
    await registers_tell_the_cases(engine)
    await books_fit(engine)


async def test_a_worker_of_the_new_version_refuses_a_database_that_nobody_has_migrated(
    addresses: Addresses, engine: AsyncEngine, next_version: Path
) -> None:
    with new_home() as home, serving(home, addresses) as old:
        newer = replace(old, code=next_version, environment={**old.environment, "PYTHONPATH": str(next_version)})
        done = await asyncio.to_thread(newer.cli, "worker", "regulier", "too-early", ok=(1,), stdin="")
    assert "[database-older]" in done.stderr
    assert await one(engine, "select version_num from alembic_version") == REVISION
