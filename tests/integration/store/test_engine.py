"""The database the hub works on keeps what it has confirmed, or is refused at the start (P1)."""

import contextlib

import pytest
from sqlalchemy import text

from hub.errors import DatabaseAway, OperatorError, OurFault
from hub.store.engine import check_durable, connect, transaction


async def test_a_database_that_may_forget_is_refused_with_what_to_set(fresh_database: str) -> None:
    engine = connect(fresh_database, "test")
    await check_durable(engine)
    async with transaction(engine) as connection:
        name = (await connection.execute(text("select current_database()"))).scalar_one()
        await connection.execute(text(f"alter database {name} set synchronous_commit = off"))
    await engine.dispose()

    forgetful = connect(fresh_database, "test")
    with pytest.raises(OperatorError) as refused:
        await check_durable(forgetful)
    await forgetful.dispose()
    assert refused.value.code == "database-not-durable"
    assert "synchronous_commit" in refused.value.sentence


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
        ("select pg_terminate_backend(pg_backend_pid())", DatabaseAway, "database-away"),
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
