"""A step whose cause the hub does not know yet waits for it, as a stored retry, and not for ever; no report waits."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from hub.canonical.codes import Lane
from hub.errors import Surroundings
from hub.lanes.batch import keep_delivery
from hub.ports import Fate, OutboxRow
from tests.clock import Clock
from tests.databases import one, rows
from tests.fakes import until
from tests.kit import Kit
from tests.talk import (
    ASSESSED,
    AT_ONCE,
    RECEIPT,
    RECORDED,
    REFUSAL,
    REPORT,
    OnCase,
    a_case,
    a_report,
    assessment,
    recording,
    timers,
    waits,
)


def patient(kit: Kit, wait: float = 600.0) -> Kit:
    return kit.limited(early_step_wait=waits(wait, wait), retry=AT_ONCE)


async def an_assessed_case(kit: Kit) -> OnCase:
    """Its report may be recorded again, as often as one likes: that changes nothing, and is accepted."""
    opened = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(opened), correlationid=opened.case)
    return opened


async def test_a_step_waits_for_its_cause_and_is_decided_when_it_has_come(kit: Kit) -> None:
    kit, said = patient(kit), list[OutboxRow]()
    reported = await a_report(kit)
    cause = uuid4()

    early = await kit.tell("vt-test", ASSESSED, assessment(reported), correlationid=reported.case, causationid=cause)
    assert early.changes.outbox == early.changes.cases == ()
    await timers(kit, said).look()
    assert said == []

    await kit.tell("vt-test", RECORDED, recording(reported), id=cause, correlationid=reported.case)
    await timers(kit, said).look()

    assert [row.type for row in said if row.partner == "vt-test"] == [f"nl.ketenhub.{RECEIPT}.v1"]
    assert [row.type for row in said if row.partner == "politie-test"] == ["nl.ketenhub.terugkoppelingen.stappen.v1"]
    assert await one(kit.engine, "select count(*) from stored_delivery") == 0
    assert await one(kit.engine, "select count(*) from inbox where fate <> 'aanvaard'") == 0


async def test_its_answer_carries_the_moment_it_first_came_and_its_own_id(kit: Kit) -> None:
    kit, said = patient(kit), list[OutboxRow]()
    opened = await an_assessed_case(kit)
    cause = uuid4()
    early = await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case, causationid=cause)
    received = await one(kit.engine, "select received_at from inbox where message = :id", id=early.id)
    await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case, id=cause)

    await timers(kit, said).look()

    (receipt,) = [kit.opened(row) for row in said if row.type.endswith(f"{RECEIPT}.v1")]
    assert receipt["data"]["bericht"] == str(early.id)
    assert receipt["data"]["ontvangenOp"][:19] == f"{received:%Y-%m-%dT%H:%M:%S}"


async def test_a_step_whose_cause_never_comes_is_refused_after_the_wait(kit: Kit) -> None:
    kit, said = patient(kit, 0.3), list[OutboxRow]()
    opened = await an_assessed_case(kit)
    await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case, causationid=uuid4())

    async def told() -> bool:
        await timers(kit, said).look()
        return bool(said)

    await until(told)

    (refusal,) = [kit.opened(row) for row in said]
    assert refusal["type"] == f"nl.ketenhub.{REFUSAL}.v1"
    assert (refusal["data"]["code"], refusal["data"]["velden"]) == ("oorzaak-onbekend", ["/causationid"])
    assert await one(kit.engine, "select count(*) from stored_delivery") == 0


async def test_it_is_not_refused_before_the_wait_is_over_however_often_it_is_looked_at(kit: Kit) -> None:
    kit = patient(kit).limited(retry_attempts=2)
    opened = await an_assessed_case(kit)
    await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case, causationid=uuid4())

    for _ in range(5):
        await timers(kit).look()

    assert await one(kit.engine, "select fate from inbox where code = 'oorzaak-onbekend'") == "opnieuw"
    assert await one(kit.engine, "select attempts from stored_delivery") >= 5


async def test_a_fault_of_ours_after_a_long_wait_counts_as_the_first(kit: Kit) -> None:
    """The looks for a cause are no attempts that failed: the message must not end in quarantine for them."""
    kit = patient(kit).limited(retry_attempts=2)
    opened = await an_assessed_case(kit)
    cause = uuid4()
    early = await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case, causationid=cause)
    for _ in range(3):
        await timers(kit).look()
    await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case, id=cause)

    rule = f"message <> '{early.id}' or fate <> 'aanvaard'"
    await rows(kit.engine, f"alter table inbox add constraint spoilt check ({rule})")
    try:
        await timers(kit).look()
    finally:
        await rows(kit.engine, "alter table inbox drop constraint spoilt")

    assert await rows(kit.engine, "select fate, code from inbox where message = :id", id=early.id) == [
        {"fate": "opnieuw", "code": "database-error"}
    ]


async def test_a_routine_and_an_acute_step_wait_each_as_long_as_configured(kit: Kit) -> None:
    kit = kit.limited(early_step_wait=waits(600, 0))
    opened = await an_assessed_case(kit)

    routine = await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case, causationid=uuid4())
    acute = await kit.tell(
        "vt-test", RECORDED, recording(opened), correlationid=opened.case, causationid=uuid4(), urgentie=Lane.ACUTE
    )

    assert [row.fate for row in (*routine.changes.inbox, *acute.changes.inbox)] == [Fate.RETRY, Fate.REJECTED]


async def test_it_is_looked_at_again_within_seconds_and_not_after_the_wait(kit: Kit) -> None:
    kit = kit.limited(early_step_wait=waits(2, 2))
    opened = await an_assessed_case(kit)
    early = await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case, causationid=uuid4())
    (row,) = early.changes.inbox
    (kept,) = early.changes.stored

    assert kept.next_at is not None
    assert 0 < (kept.next_at - row.received_at).total_seconds() <= 2


async def test_a_report_never_waits_for_its_cause(kit: Kit) -> None:
    told = await kit.tell("politie-test", REPORT, causationid=uuid4())

    assert told.to("politie-test", RECEIPT)
    assert "causationid" not in told.one("vt-test", "triage.melding-aangeboden")


async def test_a_refused_cause_is_known(kit: Kit) -> None:
    opened = await an_assessed_case(kit)
    refused = await kit.tell("vt-test", ASSESSED, {}, correlationid=opened.case)
    step = await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case, causationid=refused.id)

    assert step.to("vt-test", RECEIPT)


async def test_the_cause_of_another_partner_is_unknown(kit: Kit) -> None:
    opened = await an_assessed_case(kit)
    step = await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case, causationid=opened.told.id)

    assert step.changes.inbox[0].fate is Fate.RETRY


async def test_two_workers_that_look_at_once_decide_it_once(kit: Kit) -> None:
    kit, said = patient(kit), list[OutboxRow]()
    opened = await an_assessed_case(kit)
    cause = uuid4()
    for _ in range(5):
        await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case, causationid=cause)
    await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case, id=cause)

    await asyncio.gather(*(timers(kit, said).look() for _ in range(3)))

    assert len([row for row in said if row.type.endswith(f"{RECEIPT}.v1")]) == 5
    assert await one(kit.engine, "select count(*) from journal where fate = 'aanvaard'") == 3 + 6


# --- whose cause is here, and not decided -------------------------------------------------------------------------


async def recorded_for_want_of_a_key(kit: Kit, reported: OnCase) -> UUID:
    """The triage has recorded the report, and the hub cannot decide that for want of something; its id."""
    delivery = kit.delivery("vt-test", kit.event("vt-test", RECORDED, recording(reported), correlationid=reported.case))
    await keep_delivery(delivery, Surroundings("test-lack", "Bring it.", "x"), kit.store, Lane.ROUTINE, kit.setting)
    return UUID(str(delivery.properties.message_id))


@pytest.mark.parametrize("kept", ["for want of something", "in quarantine"])
async def test_a_step_waits_for_a_cause_that_is_here_and_not_decided_however_long(
    kit: Kit, clock: Clock, kept: str
) -> None:
    kit, said = patient(kit), list[OutboxRow]()
    reported = await a_report(kit)
    cause = await recorded_for_want_of_a_key(kit, reported)
    await rows(kit.engine, "update stored_delivery set lack = null, next_at = now() + interval '40 days'")
    if kept == "in quarantine":
        await rows(kit.engine, "update inbox set fate = 'quarantaine' where message = :id", id=cause)
        await rows(kit.engine, "update stored_delivery set next_at = null")
    await kit.tell("vt-test", ASSESSED, assessment(reported), correlationid=reported.case, causationid=cause)
    for _ in range(3):
        await clock.put_ahead(timedelta(days=1))
        await rows(kit.engine, "update stored_delivery set next_at = now() where code = 'oorzaak-onbekend'")
        await timers(kit, said).look()
    assert await one(kit.engine, "select code from inbox where type like '%beoordeling%'") == "oorzaak-onbekend"
    assert await one(kit.engine, "select fate from inbox where type like '%beoordeling%'") == "opnieuw"

    await rows(kit.engine, "update inbox set fate = 'opnieuw' where message = :id", id=cause)
    await rows(kit.engine, "update stored_delivery set next_at = now()")
    for _ in range(2):
        await timers(kit, said).look()
        await rows(kit.engine, "update stored_delivery set next_at = now()")
    assert await one(kit.engine, "select count(*) from inbox where fate <> 'aanvaard'") == 0


async def test_steps_that_name_themselves_or_each_other_do_not_wait_for_ever(kit: Kit, clock: Clock) -> None:
    kit = patient(kit)
    opened = await an_assessed_case(kit)
    mine, first, second = uuid4(), uuid4(), uuid4()
    for id_, cause in ((mine, mine), (first, second), (second, first)):
        await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case, id=id_, causationid=cause)
    undecided = "select message from inbox where fate = 'opnieuw'"
    for days, left in ((1, {first, second}), (31, set[UUID]())):
        await clock.put_ahead(timedelta(days=days))
        await rows(kit.engine, "update stored_delivery set next_at = now()")
        await timers(kit, []).look()
        assert {row["message"] for row in await rows(kit.engine, undecided)} == left
    assert await one(kit.engine, "select fate from inbox where message = :id", id=mine) == "geweigerd"
