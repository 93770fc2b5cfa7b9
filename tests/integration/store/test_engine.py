"""The database the hub works on keeps what it has confirmed, or is refused at the start (P1)."""

import contextlib
import os
from pathlib import Path
from pwd import getpwuid
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.addresses.database import OURS, database_address
from hub.errors import AllBusy, OperatorError, OurFault
from hub.store.dialing import dial
from hub.store.engine import SESSION, check_durable, connect, transaction

OF_THE_ROLE = "alter role current_user set synchronous_commit = {}"
OF_THE_DATABASE = (
    "do $$ begin execute format('alter database %I set synchronous_commit = {}', current_database()); end $$"
)


async def told(engine: AsyncEngine, statement: str) -> None:
    async with engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text(statement))


async def now_of(engine: AsyncEngine, name: str) -> str:
    async with transaction(engine) as connection:
        return str((await connection.execute(text(f"show {name}"))).scalar_one())


@pytest.mark.parametrize("where", [OF_THE_ROLE, OF_THE_DATABASE])
@pytest.mark.parametrize("value", ["off", "local", "remote_write", "on", "remote_apply"])
async def test_whoever_says_so_a_session_of_the_hub_commits_durably_and_a_start_on_less_is_refused(
    fresh_database: str, where: str, value: str
) -> None:
    engine = connect(fresh_database, "test")
    await check_durable(engine)
    await told(engine, where.format(value))
    await engine.dispose()
    try:
        assert await now_of(engine, "synchronous_commit") == ("remote_apply" if value == "remote_apply" else "on")
        if value in ("on", "remote_apply"):
            await check_durable(engine)
        else:
            with pytest.raises(OperatorError, match="Set synchronous_commit to on") as refused:
                await check_durable(engine)
            assert refused.value.code == "database-not-durable"
    finally:
        await told(engine, "alter role current_user reset synchronous_commit")
        await engine.dispose()


@pytest.mark.parametrize("value", ["repeatable read", "serializable"])
async def test_whoever_says_otherwise_a_session_sees_what_was_committed_before_it_got_a_lock(
    fresh_database: str, value: str
) -> None:
    engine = connect(fresh_database, "test")
    name = fresh_database.rpartition("/")[2]
    await told(engine, f"alter database {name} set default_transaction_isolation = '{value}'")
    await told(engine, "create table child as select 0 as cases")
    await engine.dispose()
    async with transaction(engine) as first, transaction(engine) as second:
        assert (await second.execute(text("select cases from child"))).scalar_one() == 0
        await first.execute(text("update child set cases = 1"))
        await first.commit()
        assert (await second.execute(text("select cases from child for update"))).scalar_one() == 1
    assert set(SESSION) <= OURS, "nor may an address say it"
    await engine.dispose()


async def test_nothing_of_the_environment_or_the_home_folder_has_a_say_in_how_it_connects(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What PostgreSQL's own programs are told there is about another database."""
    (tmp_path / ".postgresql").mkdir()
    for name in ("postgresql.crt", "postgresql.key", "root.crt"):
        (tmp_path / ".postgresql" / name).write_text("no certificate")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("PGUSER", "PGHOST", "PGPORT", "PGDATABASE", "PGSSLMODE", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT"):
        monkeypatch.setenv(name, "another")
    monkeypatch.setenv("PGSSLMINPROTOCOLVERSION", "another")
    for mode in ("", "?sslmode=prefer", "?sslmode=allow", "?sslmode=disable"):
        engine = connect(f"{fresh_database}{mode}", "test")
        assert await now_of(engine, "lock_timeout") == "2s"
        await engine.dispose()
    await said_by_nobody(fresh_database, getpwuid(os.geteuid()).pw_name)


async def said_by_nobody(url: str, user: str) -> None:
    """Where no user is said, it is this process's, as with libpq."""
    parts = urlsplit(url)
    nameless = urlunsplit(parts._replace(netloc=f"{parts.hostname}:{parts.port}"))
    with pytest.raises(asyncpg.PostgresError, match=f'"{user}"'):
        await dial(database_address(f"{nameless}?sslmode=disable"), "test", 5.0)


async def test_it_stays_so_for_a_session_when_what_it_did_first_is_rolled_back(fresh_database: str) -> None:
    engine = connect(fresh_database, "test", pool=1)
    await told(engine, OF_THE_DATABASE.format("off"))
    await engine.dispose()
    with contextlib.suppress(ZeroDivisionError):
        async with transaction(engine):
            raise ZeroDivisionError

    assert await now_of(engine, "synchronous_commit") == "on"
    await engine.dispose()


async def test_a_block_that_fails_leaves_nothing_behind(fresh_database: str) -> None:
    engine = connect(fresh_database, "test")
    with contextlib.suppress(ZeroDivisionError):
        async with transaction(engine) as connection:
            await connection.execute(text("create table half_done (one int)"))
            raise ZeroDivisionError
    async with transaction(engine) as connection:
        found = await connection.execute(text("select count(*) from pg_tables where tablename = 'half_done'"))
        assert found.scalar_one() == 0
    await engine.dispose()


@pytest.mark.parametrize(
    ("statement", "kind", "code"),
    [
        ("select pg_terminate_backend(pg_backend_pid())", AllBusy, "database-busy"),
        ("select * from not_there", OurFault, "database-empty"),
        ("select 1 / 0", OurFault, "database-error"),
    ],
)
async def test_errors_of_the_database_become_ours_without_their_words(
    fresh_database: str, statement: str, kind: type[OurFault], code: str
) -> None:
    engine = connect(fresh_database, "test")
    with pytest.raises(kind) as failed:
        async with transaction(engine) as connection:
            await connection.execute(text(statement))
    await engine.dispose()
    assert failed.value.code == code
    assert "not_there" not in failed.value.sentence
