"""A step whose cause the hub does not know yet waits for it, as a stored retry, and not for ever; no report waits."""

import asyncio
from uuid import uuid4

from hub.canonical.codes import Lane
from hub.ports import Fate, OutboxRow
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
    STAND,
    a_case,
    a_report,
    assessment,
    recording,
    timers,
    waits,
)


def patient(kit: Kit, wait: float = 600.0) -> Kit:
    return kit.limited(early_step_wait=waits(wait, wait), retry=AT_ONCE)


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
    opened = await a_case(kit)
    cause = uuid4()
    early = await kit.tell("vt-test", STAND, {}, correlationid=opened.case, causationid=cause)
    received = await one(kit.engine, "select received_at from inbox where message = :id", id=early.id)
    await kit.tell("vt-test", STAND, {}, correlationid=opened.case, id=cause)

    await timers(kit, said).look()

    (receipt,) = [kit.opened(row) for row in said if row.type.endswith(f"{RECEIPT}.v1")]
    assert receipt["data"]["bericht"] == str(early.id)
    assert receipt["data"]["ontvangenOp"][:19] == f"{received:%Y-%m-%dT%H:%M:%S}"


async def test_a_step_whose_cause_never_comes_is_refused_after_the_wait(kit: Kit) -> None:
    kit, said = patient(kit, 0.3), list[OutboxRow]()
    opened = await a_case(kit)
    await kit.tell("vt-test", STAND, {}, correlationid=opened.case, causationid=uuid4())

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
    opened = await a_case(kit)
    await kit.tell("vt-test", STAND, {}, correlationid=opened.case, causationid=uuid4())

    for _ in range(5):
        await timers(kit).look()

    assert await one(kit.engine, "select fate from inbox where type like '%standvraag%'") == "opnieuw"
    assert await one(kit.engine, "select attempts from stored_delivery") >= 5


async def test_a_fault_of_ours_after_a_long_wait_counts_as_the_first(kit: Kit) -> None:
    """The looks for a cause are no attempts that failed: the message must not end in quarantine for them."""
    kit = patient(kit).limited(retry_attempts=2)
    opened = await a_case(kit)
    cause = uuid4()
    early = await kit.tell("vt-test", STAND, {}, correlationid=opened.case, causationid=cause)
    for _ in range(3):
        await timers(kit).look()
    await kit.tell("vt-test", STAND, {}, correlationid=opened.case, id=cause)

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
    opened = await a_case(kit)

    routine = await kit.tell("vt-test", STAND, {}, correlationid=opened.case, causationid=uuid4())
    acute = await kit.tell("vt-test", STAND, {}, correlationid=opened.case, causationid=uuid4(), urgentie=Lane.ACUTE)

    assert [row.fate for row in (*routine.changes.inbox, *acute.changes.inbox)] == [Fate.RETRY, Fate.REJECTED]


async def test_it_is_looked_at_again_within_seconds_and_not_after_the_wait(kit: Kit) -> None:
    kit = kit.limited(early_step_wait=waits(2, 2))
    opened = await a_case(kit)
    early = await kit.tell("vt-test", STAND, {}, correlationid=opened.case, causationid=uuid4())
    (row,) = early.changes.inbox
    (kept,) = early.changes.stored

    assert kept.next_at is not None
    assert 0 < (kept.next_at - row.received_at).total_seconds() <= 2


async def test_a_report_never_waits_for_its_cause(kit: Kit) -> None:
    told = await kit.tell("politie-test", REPORT, causationid=uuid4())

    assert told.to("politie-test", RECEIPT)
    assert "causationid" not in told.one("vt-test", "triage.melding-aangeboden")


async def test_a_refused_cause_is_known(kit: Kit) -> None:
    opened = await a_case(kit)
    refused = await kit.tell("vt-test", ASSESSED, {}, correlationid=opened.case)
    step = await kit.tell("vt-test", STAND, {}, correlationid=opened.case, causationid=refused.id)

    assert step.to("vt-test", RECEIPT)


async def test_the_cause_of_another_partner_is_unknown(kit: Kit) -> None:
    opened = await a_case(kit)
    step = await kit.tell("vt-test", STAND, {}, correlationid=opened.case, causationid=opened.told.id)

    assert step.changes.inbox[0].fate is Fate.RETRY


async def test_two_workers_that_look_at_once_decide_it_once(kit: Kit) -> None:
    kit, said = patient(kit), list[OutboxRow]()
    opened = await a_case(kit)
    cause = uuid4()
    for _ in range(5):
        await kit.tell("vt-test", STAND, {}, correlationid=opened.case, causationid=cause)
    await kit.tell("vt-test", STAND, {}, correlationid=opened.case, id=cause)

    await asyncio.gather(*(timers(kit, said).look() for _ in range(3)))

    assert len([row for row in said if row.type.endswith(f"{RECEIPT}.v1")]) == 5
    assert await one(kit.engine, "select count(*) from journal where fate = 'aanvaard'") == 2 + 6
