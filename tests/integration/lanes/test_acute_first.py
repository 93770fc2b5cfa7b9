"""Acute is first in all that is polled, partners have turns, and what comes wakes what waits for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from hub.canonical.codes import Lane
from hub.ids import PartnerId
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.intake import Intake
from hub.lanes.misplaced import CROWDS_FOR, MANY, Misplaced
from hub.lanes.timers import FEW
from hub.lanes.unreadable import Unreadable
from hub.ports import Changes, Delivery, InboxRow, OutboxRow, StoredDelivery
from tests.clock import Clock
from tests.databases import one, rows
from tests.fakes import FakeQueue
from tests.kit import Kit
from tests.talk import ASSESSED, RECORDED, REPORT, STAND, a_case, a_report, assessment, recording, timers

HOUR = timedelta(hours=1)


async def early(kit: Kit, name: str, number: int, lane: Lane = Lane.ROUTINE) -> list[UUID]:
    """So many steps of this partner whose cause never comes, kept."""
    told = [
        await kit.tell(name, STAND, {}, correlationid=uuid4(), causationid=uuid4(), urgentie=lane)
        for _ in range(number)
    ]
    return [one.id for one in told]


async def taken(kit: Kit, most: int) -> Sequence[UUID | None]:
    """The messages of the stored retries that are due next, in the order in which they are done."""
    return [row.message for row, _ in await kit.store.due_deliveries(most, 60.0)]


async def test_an_acute_retry_is_done_before_all_routine_ones_that_are_due_longer(kit: Kit, clock: Clock) -> None:
    await early(kit, "politie-test", 5)
    await clock.put_ahead(HOUR)
    (acute,) = await early(kit, "vt-test", 1, Lane.ACUTE)
    await clock.put_ahead(HOUR)
    assert (await taken(kit, 3))[0] == acute


async def test_of_a_lane_each_partner_has_a_turn_however_much_another_has(kit: Kit, clock: Clock) -> None:
    flood = await early(kit, "politie-test", 12)
    await clock.put_ahead(HOUR)
    few = await early(kit, "vt-test", 2) + await early(kit, "om-test", 1)
    await clock.put_ahead(HOUR)

    first, then = await taken(kit, 6), await taken(kit, 6)

    assert set(first) == {*few, *flood[:3]}
    assert [one for one in first if one in flood] == flood[:3]
    assert then == flood[3:9]


async def test_an_acute_retry_that_becomes_due_among_routine_ones_comes_after_a_few_of_them(
    kit: Kit, clock: Clock
) -> None:
    routine = await early(kit, "politie-test", 25)
    (acute,) = await early(kit, "vt-test", 1, Lane.ACUTE)
    await clock.put_ahead(timedelta(seconds=40))
    await rows(kit.engine, "update stored_delivery set next_at = next_at + interval '1 hour' where lane = 'acuut'")
    taken, take = list[list[UUID | None]](), kit.store.due_deliveries

    async def due_deliveries(most: int, lease: float) -> list[tuple[InboxRow, StoredDelivery]]:
        found = await take(most, lease)
        taken.append([row.message for row, _ in found])
        await rows(kit.engine, "update stored_delivery set next_at = now() where lane = 'acuut' and attempts = 1")
        return found

    kit.store.due_deliveries = due_deliveries  # type: ignore[method-assign]
    await timers(kit, []).look()

    assert taken[:2] == [routine[:FEW], [acute, *routine[FEW : 2 * FEW - 1]]]
    assert taken[2][: 25 - 2 * FEW + 1] == routine[2 * FEW - 1 :]  # on a slow machine the first are due again


async def test_what_waits_for_a_message_is_due_when_that_is_decided(kit: Kit) -> None:
    reported, cause = await a_report(kit), uuid4()
    said = list[OutboxRow]()
    step = await kit.tell("vt-test", ASSESSED, assessment(reported), correlationid=reported.case, causationid=cause)
    (other,) = await early(kit, "vt-test", 1)
    for _ in range(6):  # it has looked by itself, and looks less and less
        await rows(kit.engine, "update stored_delivery set next_at = now() - interval '1 second'")
        await timers(kit, said).look()
    assert await one(kit.engine, "select min(next_at) > now() + interval '20 seconds' from stored_delivery")

    await kit.tell("vt-test", RECORDED, recording(reported), id=cause, correlationid=reported.case)
    await timers(kit, said).look()

    assert await one(kit.engine, "select fate from inbox where message = :id", id=step.id) == "aanvaard"
    assert await one(kit.engine, "select fate from inbox where message = :id", id=other) == "opnieuw"


async def test_what_waits_for_one_that_waits_itself_is_due_with_it(kit: Kit) -> None:
    reported, first, second = await a_report(kit), uuid4(), uuid4()
    said = list[OutboxRow]()
    about = {"correlationid": reported.case}
    last = await kit.tell("vt-test", STAND, {}, **about, causationid=second)
    await kit.tell("vt-test", ASSESSED, assessment(reported), **about, id=second, causationid=first)
    await rows(kit.engine, "update stored_delivery set next_at = now() + interval '1 hour'")

    await kit.tell("vt-test", RECORDED, recording(reported), **about, id=first)
    await timers(kit, said).look()
    await timers(kit, said).look()

    assert await one(kit.engine, "select fate from inbox where message = :id", id=last.id) == "aanvaard"


async def test_what_comes_while_the_step_is_looked_at_wakes_it_all_the_same(kit: Kit) -> None:
    """It is taken, and judged by what was there before; when that is written, its cause has come."""
    reported, cause = await a_report(kit), uuid4()
    step = await kit.tell("vt-test", ASSESSED, assessment(reported), correlationid=reported.case, causationid=cause)
    await rows(kit.engine, "update stored_delivery set next_at = now() - interval '1 second'")
    ((_, before),) = await kit.store.due_deliveries(1, 60.0)

    await kit.tell("vt-test", RECORDED, recording(reported), id=cause, correlationid=reported.case)
    async with kit.store.unit() as unit:  # it had not seen that
        await unit.write(Changes(stored=(replace(before, next_at=unit.now + HOUR),)), "test", Lane.ROUTINE)

    assert await one(kit.engine, "select next_at <= now() from stored_delivery")
    await timers(kit, []).look()
    assert await one(kit.engine, "select fate from inbox where message = :id", id=step.id) == "aanvaard"


async def test_acute_terms_fire_before_routine_ones_that_are_due_longer(kit: Kit, clock: Clock) -> None:
    for _ in range(3):
        await a_case(kit)
    await clock.put_ahead(HOUR)
    acute = await kit.tell("politie-test", REPORT, urgentie=Lane.ACUTE)
    (case,) = {change.case.id for change in acute.changes.cases}
    await clock.put_ahead(timedelta(days=60))
    (first,) = await kit.store.due_timers(1, 60.0)
    assert first.case == case


@pytest.mark.parametrize("most", [2, 3])
async def test_terms_of_one_holder_leave_a_turn_to_anothers(meddled: Kit, most: int) -> None:
    other, *_ = [await a_case(meddled) for _ in range(6)]
    for change in (
        f"update cases set holder = '00000099000000099000' where id = '{other.case}'",
        "update timer set due = now() - interval '2 hours'",
        f"update timer set due = now() - interval '1 hour' where \"case\" = '{other.case}'",
    ):
        await rows(meddled.engine, change)
    due = await meddled.store.due_timers(most, 60.0)
    assert len(due) == most
    assert other.case in {one.case for one in due}


def by_the_acute_queue(kit: Kit, number: int) -> list[Delivery]:
    """So many routine questions of the police."""
    return [kit.delivery("politie-test", kit.event("politie-test", STAND, {}), lane=Lane.ACUTE) for _ in range(number)]


@pytest.fixture
def anew(kit: Kit) -> Kit:
    """The hub, started just now."""
    return replace(kit, setting=replace(kit.setting, misplaced=Misplaced(), unreadable=Unreadable()))


async def test_who_puts_everything_into_the_acute_queue_shows_as_that(anew: Kit) -> None:
    changes = await anew.decide(by_the_acute_queue(anew, MANY + 1), Lane.ACUTE)
    assert {row.lane for row in (*changes.inbox, *changes.outbox)} == {Lane.ROUTINE}
    await anew.decide(by_the_acute_queue(anew, 1), Lane.ACUTE)
    assert await rows(anew.engine, "select code, about from lack") == [
        {"code": "acute-queue-crowded", "about": "politie-test"}
    ]


async def test_its_turn_comes_after_all_others_from_then_on(anew: Kit) -> None:
    acute = anew.delivery("vt-test", anew.event("vt-test", STAND, {}, urgentie=Lane.ACUTE), lane=Lane.ACUTE)
    held, queue = list[tuple[str, float]](), FakeQueue()

    def hold_back(partner: PartnerId, seconds: float) -> None:
        held.append((partner, seconds))

    patient = Patient(Health(), longest=0.05)
    intake = Intake(queue, queue, anew.store, lambda _: None, Lane.ACUTE, anew.setting, patient, hold_back)
    await intake.handle([*by_the_acute_queue(anew, MANY), acute])
    assert held == []
    await intake.handle(by_the_acute_queue(anew, 1))
    assert held == [("politie-test", CROWDS_FOR)]
