"""A wrong clock that was believed has scheduled what it could: all of it is due by the right one, within a minute."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import DateTime

from hub.canonical.codes import Lane
from hub.schemas.message import wire_type
from hub.store.tables import metadata
from tests.clock import Clock
from tests.databases import one, rows
from tests.faults.clocks.excursion import another, doubts, settled
from tests.kit import Kit
from tests.talk import ALARM, ASSESSED, OFFER, PRESENTED, REMINDER, REPORT, STAND, a_case, an_offer, assessment

RECORD = Path(__file__).parents[3] / "docs" / "decisions" / "0033-no-clock-decides-alone.md"


async def a_busy_hub(kit: Kit) -> None:
    """Something in every table that has moments to come."""
    case = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(case, "overdracht"), correlationid=case.case)
    await kit.tell("vt-test", OFFER, an_offer(kit), correlationid=case.case)
    await kit.tell("vt-test", STAND, {}, correlationid=uuid4(), causationid=uuid4())
    await kit.decide([kit.delivery("politie-test", kit.event("politie-test", REPORT), dead=True)])
    await kit.store.attempt(kit.speakers["politie-test"].partner.id, "a")


async def number(kit: Kit, table: str) -> int:
    return int(await one(kit.engine, f"select count(*) from {table}"))


@pytest.mark.parametrize("by", [timedelta(days=8), timedelta(days=800)], ids=["eight days", "800 days"])
async def test_what_a_wrong_clock_put_off_is_due_by_the_right_one(kit: Kit, clock: Clock, by: timedelta) -> None:
    await a_busy_hub(kit)
    for column in ("outbox.next_at", "stored_delivery.next_at", "inbox.received_at", "held.expires",
                   "radar_entry.expires", "attempt.at", "timer.lease_until"):  # fmt: skip
        table, name = column.split(".")
        await rows(kit.engine, f"update {table} set {name} = coalesce({name}, now()) + :by", by=by)
    await rows(kit.engine, "update timer set due = now()")

    await settled(kit)

    assert await number(kit, "outbox where next_at > now() + interval '31 minutes'") == 0
    assert await number(kit, "stored_delivery where next_at > now() + interval '11 minutes'") == 0
    assert await number(kit, "inbox where fate in ('opnieuw', 'quarantaine') and received_at > now()") == 0
    assert await number(kit, "held where expires > now() + interval '31 days'") == 0
    assert await number(kit, "radar_entry where expires > now() + interval '731 days'") == 0
    assert await number(kit, "attempt where at > now()") == 0
    assert await number(kit, "timer where lease_until > now() + interval '1 hour'") == 0
    found = [await kit.store.due_outgoing(lane, 200, 15.0, [*kit.directory.partners]) for lane in Lane]
    assert sum(map(len, found)) == await number(kit, "outbox where ciphertext is not null")


EVERY = pytest.mark.parametrize("by", [timedelta(days=8), timedelta(days=800)], ids=["eight days", "800 days"])


async def believed_again(kit: Kit, clock: Clock, by: timedelta) -> Kit:
    """The clocks, which were ahead by so much and believed, are right and believed; a process that began since."""
    clock.own.off = timedelta(0)
    await clock.jump(-by)
    hub = another(kit)
    assert await doubts(hub), "they are behind what was believed"
    for _ in range(25):
        await clock.put_ahead(timedelta(hours=1))
        await hub.store.moment()
    assert not await doubts(hub)
    return hub


@EVERY
@pytest.mark.parametrize("noted", [True, False], ids=["noted", "by the version before"])
async def test_a_term_that_was_started_by_a_clock_that_was_ahead_and_believed_runs_by_the_right_one(
    kit: Kit, clock: Clock, by: timedelta, noted: bool
) -> None:
    clock.own.off = by
    await clock.jump(by)
    ahead = another(kit)
    there = kit.now() + by
    told = await ahead.tell(
        "politie-test", REPORT, urgentie=Lane.ACUTE, time=there, expirytime=there + timedelta(days=1)
    )
    assert told.to("vt-test", PRESENTED)
    assert not await doubts(ahead)
    if noted:
        await settled(ahead)
    hub = await believed_again(kit, clock, by)

    assert not await settled(hub)

    assert await number(hub, "timer where due > now() + interval '15 minutes'") == 0
    await clock.put_ahead(timedelta(minutes=11))
    assert [row.type for row in await settled(hub)] == [wire_type(REMINDER)]
    await clock.put_ahead(timedelta(minutes=5))
    assert wire_type(ALARM) in {row.type for row in await settled(hub)}


@EVERY
async def test_an_alarm_whose_next_a_clock_that_was_ahead_put_off_is_raised_again(
    kit: Kit, clock: Clock, by: timedelta
) -> None:
    await kit.tell("politie-test", REPORT, urgentie=Lane.ACUTE)
    await rows(kit.engine, "update batch set at = at + :by", by=by)  # or a process that begins would doubt
    clock.own.off = by
    await clock.jump(by)
    ahead = another(kit)
    assert wire_type(ALARM) in {row.type for row in await settled(ahead)}
    hub = await believed_again(kit, clock, by)

    assert wire_type(ALARM) in {row.type for row in await settled(hub)}
    assert not await settled(hub)


async def test_what_a_right_clock_scheduled_stays_as_it_is(kit: Kit, clock: Clock) -> None:
    await a_busy_hub(kit)
    query = """select (select array_agg(next_at order by id) from outbox) o, (select array_agg(expires) from held) h,
               (select array_agg(expires order by pseudonym, report) from radar_entry) r,
               (select array_agg(due order by name, about) from timer) t"""
    before = await rows(kit.engine, query)

    await settled(kit)

    assert await rows(kit.engine, query) == before


def test_every_moment_that_is_stored_has_its_line_in_the_record() -> None:
    """Whoever adds a moment says what a wrong clock does to it, and what becomes of that."""
    stored = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, DateTime)
    }
    told = {name for line in RECORD.read_text().splitlines() if line.startswith("| `")
            for name in re.findall(r"`([a-z_]+\.[a-z_]+)`", line.split("|")[1])}  # fmt: skip
    assert told == stored
