"""What has had its term goes at a pace that it cannot exceed, whoever looks, however often, and started how often."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from hub.routing.document import from_document
from hub.store.store import PostgresStore
from hub.upkeep.rounds import Rounds
from tests.clock import Clock, clock_of
from tests.databases import one, rows
from tests.kit import Kit
from tests.talk import ASSESSED, OFFER, REPORT, a_case, a_report, an_offer, assessment, upkeep

FLOOR, MANY = 3, 10
DAY = timedelta(days=1)
Filling = Callable[[Kit], Awaitable[None]]


@pytest.fixture
async def clock(meddled: Kit) -> AsyncIterator[Clock]:
    async with clock_of(meddled.engine, meddled.own) as made:
        meddled.clock = made
        yield made


async def radar(kit: Kit) -> None:
    for _ in range(MANY):
        await a_report(kit)
    await rows(kit.engine, "update radar_entry set expires = now() - interval '1 hour'")


async def held(kit: Kit) -> None:
    case = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(case, "overdracht"), correlationid=case.case)
    for _ in range(MANY):
        await kit.tell("vt-test", OFFER, an_offer(kit), correlationid=case.case)
    await rows(kit.engine, "update held set expires = now() - interval '1 hour'")


async def quarantine(kit: Kit) -> None:
    for _ in range(MANY):
        await kit.decide([kit.delivery("politie-test", kit.event("politie-test", REPORT), dead=True)])
    await rows(kit.engine, "update inbox set received_at = now() - interval '40 days'")


async def log(kit: Kit) -> None:
    for _ in range(MANY):
        await a_report(kit)
    await rows(kit.engine, "update processing_log set at = now() - interval '5 years 10 days'")


async def traffic(kit: Kit) -> None:
    for _ in range(MANY):
        await kit.decide([kit.delivery("politie-test", kit.event("politie-test", REPORT, {}))])
    for table, column in (("inbox", "decided_at"), ("journal", "at"), ("outbox", "created")):
        await rows(kit.engine, f"update {table} set {column} = now() - interval '1 year'")
    await rows(kit.engine, "update outbox set next_at = null")


FILLINGS = {
    "radar_entry": radar,
    "held": held,
    "stored_delivery": quarantine,
    "processing_log": log,
    "inbox": traffic,
}


def another(kit: Kit) -> Rounds:
    """The upkeep of a worker that has just begun."""
    return upkeep(replace(kit, store=PostgresStore(kit.engine, from_document, 30.0, kit.own.clocks, FLOOR)))


async def a_day_goes_by(kit: Kit, clock: Clock) -> None:
    for _ in range(3):
        await clock.put_ahead(DAY / 3)
        await kit.store.note_believed()
    await clock.put_ahead(timedelta(minutes=1))


@pytest.mark.parametrize("table", FILLINGS)
async def test_in_a_day_so_many_go_whoever_looks_and_the_day_after_as_many(
    meddled: Kit, clock: Clock, table: str
) -> None:
    await FILLINGS[table](meddled)
    before = await one(meddled.engine, f"select count(*) from {table}")
    assert before >= MANY

    for _ in range(3):
        await asyncio.gather(*(each.keep_house() for each in [another(meddled) for _ in range(3)]))
    left = await one(meddled.engine, f"select count(*) from {table}")
    # A sweep over traffic data takes what followed from each: what it may take is counted after it.
    assert before - left <= FLOOR if table != "inbox" else before - left <= 2 * FLOOR
    assert left < before

    await a_day_goes_by(meddled, clock)
    await another(meddled).keep_house()
    assert 0 < left - await one(meddled.engine, f"select count(*) from {table}") <= FLOOR


async def test_a_day_that_a_wrong_clock_began_is_no_more_than_a_day(meddled: Kit, clock: Clock) -> None:
    await radar(meddled)
    await another(meddled).keep_house()
    await rows(meddled.engine, "update deletion set since = since + interval '800 days'")
    left = await one(meddled.engine, "select count(*) from radar_entry")

    await another(meddled).keep_house()
    assert await one(meddled.engine, "select count(*) from radar_entry") == left
    await a_day_goes_by(meddled, clock)
    await rows(meddled.engine, "update deletion set since = now() - interval '1 day'")
    await another(meddled).keep_house()
    assert await one(meddled.engine, "select count(*) from radar_entry") == left - FLOOR
