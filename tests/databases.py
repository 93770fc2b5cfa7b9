"""One migrated database a session, emptied for each test that asks for it: a new one costs a second, emptying nothing.

A test that changes the schema takes `fresh_database` of `tests.servers` instead.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.cases.evolve import fold
from hub.local.servers import Addresses
from hub.store.account import account
from hub.store.engine import connect, transaction
from hub.store.mapper import case_document, case_from, event_from
from hub.store.migrate import migrate
from hub.store.tables import metadata
from tests.servers import new_database


@pytest.fixture(scope="session")
def migrated(servers: Addresses) -> Iterator[AsyncEngine]:
    """The engine of a database with the tables of today, for the whole session: what it has compiled, it keeps."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        databases = AsyncExitStack()
        engine = connect(runner.run(databases.enter_async_context(new_database(servers.database_url))), "test")
        runner.run(_once(migrate(engine), engine))
        yield engine
        runner.run(databases.aclose())


@pytest.fixture
async def database(migrated: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """A migrated database without a row in it."""
    await emptied(migrated)
    yield migrated
    # Connections belong to the loop of their test.
    await migrated.dispose()


async def emptied(engine: AsyncEngine) -> None:
    """Every table emptied; fails if something still holds one."""
    tables = "; ".join(f'delete from "{name}"' for name in metadata.tables)
    async with transaction(engine) as connection:
        await connection.execute(text("set local lock_timeout = '5s'"))
        await connection.execute(text(f"do $$ begin {tables}; end $$"))


async def rows(engine: AsyncEngine, query: str, **values: Any) -> Sequence[Mapping[str, Any]]:
    """What a query finds, or nothing where it only changes something; committed."""
    async with transaction(engine) as connection:
        found = await connection.execute(text(query), values)
        return [dict(row._mapping) for row in found] if found.returns_rows else []


async def one(engine: AsyncEngine, query: str, **values: Any) -> Any:
    """The one value of the one row that a query finds."""
    (row,) = await rows(engine, query, **values)
    (value,) = row.values()
    return value


UNDATED = r"""update cases set document = regexp_replace(document, '^(.*),"at":"[^"]*"', '\1')"""
"""Cases as the version before wrote them, which did not say their newest moment."""


async def books_fit(engine: AsyncEngine) -> None:
    """P5 holds: the account fits."""
    found = await account(engine)
    assert found.fits, found.differences
    assert found.deliveries == found.distinct + found.duplicates
    assert found.distinct == sum(found.fates.values())


async def registers_tell_the_cases(engine: AsyncEngine) -> None:
    """Every case is the fold of its register, and the columns beside the document say what the document says."""
    events = await rows(engine, 'select * from case_event order by "case", version')
    cases = await rows(engine, "select * from cases")
    for row in cases:
        case = case_from(row["document"])
        own = [event_from(one["kind"], one["document"]) for one in events if one["case"] == row["id"]]
        again = fold(None, own)
        # As documents too: the order of reports and handovers says something, and mappings compare without it.
        assert again is not None
        assert case_document(again) == case_document(case)
        assert (case.version, case.holder, case.state.value) == (row["version"], row["holder"], row["state"])
        assert (case.holder is not None) == (row["state"] == "open")
    assert {one["case"] for one in events} == {row["id"] for row in cases}


async def dumped(engine: AsyncEngine) -> str:
    """Every column of every row as text, bytes decoded as far as they go."""
    found = []
    for name in await rows(engine, "select table_name from information_schema.tables where table_schema = 'public'"):
        for row in await rows(engine, f'select t::text as row, t.* from "{name["table_name"]}" t'):
            found += [
                value.decode("utf-8", "ignore") if isinstance(value, bytes) else str(value) for value in row.values()
            ]
    return "\n".join(found)


async def _once(work: Awaitable[None], engine: AsyncEngine) -> None:
    try:
        await work
    finally:
        await engine.dispose()
