"""What opens no more since a restore is filled when its message is sent again, and nothing else changes."""

from datetime import timedelta
from typing import Any

import pytest

from hub.lanes import asking
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.periods import Periods
from hub.lanes.stepping import KeyStanding
from hub.ports import OutboxRow, Period
from hub.store import periods
from hub.store.engine import transaction
from tests.clock import Clock
from tests.databases import books_fit, one, registers_tell_the_cases, rows
from tests.kit import PERIOD, Kit, Machine, Told, on_own_machine
from tests.talk import DOSSIER, OFFER, PRESENTED, REPORT, YES, a_case, a_yes, an_offer, timers

GONE = "select count(*) from {} where key_id = 'gone'"
BESIDES = {
    "outbox": "ciphertext, wrapped_key, key_id, next_at, attempts",
    "held": "ciphertext, wrapped_key, key_id",
}


async def two_periods_on(kit: Kit) -> Kit:
    """What an operator's `recover` leaves of a copy that is two periods old: the machines' key is ahead of it."""
    hub = on_own_machine(kit)
    machine = hub.setting.keys.periods
    assert isinstance(machine, Machine)
    assert machine.held is not None
    hub = on_own_machine(kit, machine.held.at(2))
    async with transaction(hub.engine) as connection:
        await periods.take_up(connection, Period(PERIOD.chain, PERIOD.step + 2), (await hub.store.moment()).now)
    assert await Periods(hub.store, hub.setting, Patient(Health())).look() is KeyStanding.READY
    return hub


async def gone(hub: Kit, table: str) -> int:
    return int(await one(hub.engine, GONE.format(table)))


async def resent(hub: Kit, name: str, told: Told) -> list[OutboxRow]:
    return list((await hub.decide([hub.delivery(name, told.payload)])).outbox)


async def facts(hub: Kit) -> dict[str, Any]:
    """All that stands in the database of what happened, but for content and how often it was sent."""
    found: dict[str, Any] = {}
    for table in ("cases", "case_event", "outbox", "held", "timer", "radar_entry", "processing_log", "journal"):
        read = [dict(row) for row in await rows(hub.engine, f"select * from {table} as t order by t::text")]
        left_out = BESIDES.get(table, "").split(", ")
        found[table] = sorted(str({key: row[key] for key in sorted(row) if key not in left_out}) for row in read)
    return found


async def test_a_notice_that_opens_no_more_is_what_it_was_when_the_report_is_sent_again(kit: Kit, clock: Clock) -> None:
    told = await kit.tell("politie-test", REPORT)
    row = told.row("vt-test", PRESENTED)
    said = kit.opened(row)
    hub = await two_periods_on(kit)
    assert await gone(hub, "outbox") >= 1
    before = await facts(hub)

    again = await resent(hub, "politie-test", told)

    (back,) = [one for one in again if one.id == row.id]
    assert hub.opened(back) == said
    assert await gone(hub, "outbox") == 0
    assert await facts(hub) == before
    await books_fit(hub.engine)
    await registers_tell_the_cases(hub.engine)


async def test_a_step_on_a_case_that_went_on_is_judged_by_the_case_as_it_stood(kit: Kit, clock: Clock) -> None:
    case = await a_case(kit)
    offer = an_offer(kit)
    offered = await kit.tell("vt-test", OFFER, offer, correlationid=case.case)
    row = offered.row("wijkteam-test", OFFER)
    said = kit.opened(row)
    hub = await two_periods_on(kit)
    assert await gone(hub, "held") == 1
    before = await facts(hub)

    again = await resent(hub, "vt-test", offered)
    (back,) = [one for one in again if one.id == row.id]
    assert hub.opened(back) == said
    assert await gone(hub, "held") == 0
    assert await facts(hub) == before
    again = await resent(hub, "politie-test", case.told)
    assert case.presented in {one.id for one in again}
    assert await facts(hub) == before

    yes = await hub.tell("wijkteam-test", YES, a_yes(offer, row), correlationid=case.case)
    assert yes.one("wijkteam-test", DOSSIER)["data"]


async def test_a_kept_message_that_opens_no_more_is_tried_again_with_the_bytes_that_came_now(
    kit: Kit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(asking, "check_environment", lambda *_: 1 / 0)
        late = await kit.tell("politie-test", REPORT)
    hub = await two_periods_on(kit)
    assert await gone(hub, "stored_delivery") == 1

    await resent(hub, "politie-test", late)

    assert await gone(hub, "stored_delivery") == 0
    await clock.put_ahead(timedelta(minutes=1))
    said: list[OutboxRow] = []
    await timers(hub, said).look()
    assert [row for row in said if row.type.endswith("melding-aangeboden.v1")]
    await books_fit(hub.engine)


async def test_what_a_message_of_another_does_not_bring_back_stays_gone(kit: Kit, clock: Clock) -> None:
    told = await kit.tell("politie-test", REPORT)
    other = await kit.tell("politie-test", REPORT)
    hub = await two_periods_on(kit)
    await resent(hub, "politie-test", told)
    row = other.row("vt-test", PRESENTED)
    found = await rows(hub.engine, "select key_id from outbox where id = :id", id=row.id)
    assert [dict(one) for one in found] == [{"key_id": "gone"}]
