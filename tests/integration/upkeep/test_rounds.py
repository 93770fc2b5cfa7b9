"""A round of upkeep: what it cannot do it leaves, and nobody has to wait for it."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from hub.ports import Lead
from hub.routing.document import from_document
from hub.store.engine import connect
from hub.store.store import PostgresStore
from tests.databases import one, rows
from tests.kit import Kit
from tests.patience import CEILING
from tests.talk import a_report, upkeep

ALL_LAPSED = "update radar_entry set expires = now() - interval '1 day'"


async def test_what_is_locked_is_left_for_the_next_round_and_the_other_steps_are_done(meddled: Kit) -> None:
    await a_report(meddled)
    await rows(meddled.engine, ALL_LAPSED)
    mine = await meddled.store.take_lead(Lead(), "test", yields=False)
    assert mine is not None
    led = replace(meddled, store=meddled.store.under(mine, lambda: False))
    other = connect(meddled.engine.url, "other")
    async with other.begin() as connection:
        await connection.execute(text("lock table held in access exclusive mode"))
        await upkeep(led).keep_house()
    await other.dispose()

    assert await one(meddled.engine, "select count(*) from radar_entry") == 0
    assert await one(meddled.engine, "select code from lack") == "database-busy"


async def test_a_bug_in_one_step_ends_neither_the_round_nor_the_worker(
    meddled: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_report(meddled)
    await rows(meddled.engine, ALL_LAPSED)

    async def failing(*_given: object) -> None:
        raise KeyError

    monkeypatch.setattr(meddled.store, "ran_ahead", failing)
    await upkeep(meddled).keep_house()

    assert await one(meddled.engine, "select count(*) from radar_entry") == 0
    assert await one(meddled.engine, "select code from lack") == "bug:KeyError"


async def test_where_the_database_does_not_answer_the_round_is_over(meddled: Kit) -> None:
    nowhere = connect("postgresql+asyncpg://nobody@127.0.0.1:1/none", "test")
    with capture_logs() as logs:
        async with asyncio.timeout(CEILING):
            await upkeep(replace(meddled, store=PostgresStore(nowhere, from_document, 30.0))).keep_house()
    assert logs == []
