"""A wrong clock that was believed has scheduled what it could: all of it is due by the right one, within a minute."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import DateTime

from hub.canonical.codes import Lane
from hub.store.tables import metadata
from tests.clock import Clock
from tests.databases import one, rows
from tests.faults.clocks.excursion import settled
from tests.kit import Kit
from tests.talk import ASSESSED, OFFER, REPORT, STAND, a_case, an_offer, assessment

RECORD = Path(__file__).parents[3] / "docs" / "decisions" / "0033-no-clock-decides-alone.md"


async def a_busy_hub(kit: Kit) -> None:
    """Something in every table that has moments to come."""
    case = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(case, "overdracht"), correlationid=case.case)
    await kit.tell("vt-test", OFFER, an_offer(kit), correlationid=case.case)
    await kit.tell("vt-test", STAND, {}, correlationid=case.case, causationid=uuid4())
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


async def test_what_a_right_clock_scheduled_stays_as_it_is(kit: Kit, clock: Clock) -> None:
    await a_busy_hub(kit)
    query = """select (select array_agg(next_at order by id) from outbox) o, (select array_agg(expires) from held) h,
               (select array_agg(expires order by pseudonym, report) from radar_entry) r"""
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
