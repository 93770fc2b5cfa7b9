"""Two versions of the hub beside each other: what only the newer one can read, the older leaves exactly as it is."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.canonical.codes import Lane
from hub.errors import OurFault
from hub.lanes.alarms import fire
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.intake import Intake
from hub.ports import Delivery
from hub.store.mapper import event_from
from tests.clock import Clock
from tests.databases import one, rows
from tests.fakes import FakeQueue
from tests.kit import Kit
from tests.talk import AT_ONCE, REPORT, STAND, a_case, timers

CHANGES = {
    "a field more": "jsonb_set({}, '{{case,seenByNext}}', 'true')",
    "a field more, deeper": "jsonb_set({}, '{{case,terms,0,seenByNext}}', 'true')",
    "a state more": "jsonb_set({}, '{{case,state}}', '\"rust\"')",
    "the next version": "jsonb_set({}, '{{v}}', '99')",
}


@pytest.fixture
def hasty(kit: Kit) -> Kit:
    """What failed is due again at once."""
    return kit.limited(retry=AT_ONCE)


async def written_by_the_next(kit: Kit, case: UUID, change: str) -> tuple[str, str]:
    """The document of this case as this version wrote it, and as the next one would have."""
    before = str(await one(kit.engine, "select document from cases where id = :id", id=case))
    query = f"update cases set document = ({CHANGES[change].format('document::jsonb')})::text where id = :id"
    await rows(kit.engine, query, id=case)
    return before, str(await one(kit.engine, "select document from cases where id = :id", id=case))


async def handled(kit: Kit, *deliveries: Delivery) -> FakeQueue:
    queue = FakeQueue()
    intake = Intake(queue, queue, kit.store, lambda _: None, Lane.ROUTINE, kit.setting, Patient(Health()))
    await intake.handle(deliveries)
    return queue


async def fate(kit: Kit, delivery: Delivery) -> tuple[str, str | None]:
    query = "select fate, code from inbox where message = :id"
    (row,) = await rows(kit.engine, query, id=UUID(delivery.properties.message_id))
    return row["fate"], row["code"]


def a_question(kit: Kit, case: UUID) -> Delivery:
    return kit.delivery("vt-test", kit.event("vt-test", STAND, {}, correlationid=case))


async def put_back(kit: Kit, case: UUID, document: str) -> None:
    await rows(kit.engine, "update cases set document = :document where id = :id", document=document, id=case)


@pytest.mark.parametrize("change", CHANGES)
async def test_a_case_that_only_the_next_version_can_read_waits_for_it_unharmed(hasty: Kit, change: str) -> None:
    opened, other = await a_case(hasty), await a_case(hasty)
    before, newer = await written_by_the_next(hasty, opened.case, change)
    asked, beside = a_question(hasty, opened.case), a_question(hasty, other.case)
    report = hasty.delivery("politie-test", hasty.event("politie-test", REPORT))

    queue = await handled(hasty, report, asked, beside)

    assert len(queue.acked) == 3
    assert await fate(hasty, asked) == ("opnieuw", "document-unreadable")
    assert await fate(hasty, beside) == await fate(hasty, report) == ("aanvaard", None)
    assert await one(hasty.engine, "select document from cases where id = :id", id=opened.case) == newer
    await put_back(hasty, opened.case, before)
    await timers(hasty).look()
    assert await fate(hasty, asked) == ("aanvaard", None)


async def test_a_term_on_such_a_case_waits_too_and_the_others_alarm(kit: Kit, clock: Clock) -> None:
    opened, other = await a_case(kit), await a_case(kit)
    before, newer = await written_by_the_next(kit, opened.case, "a field more")
    await clock.put_ahead(timedelta(days=30))

    await timers(kit).look()

    assert await one(kit.engine, "select document from cases where id = :id", id=opened.case) == newer
    escalated: Any = "select count(*) from case_event where kind = 'TermEscalated' and \"case\" = :id"
    assert await one(kit.engine, escalated, id=opened.case) == 0
    assert await one(kit.engine, escalated, id=other.case) > 0
    await put_back(kit, opened.case, before)
    await fire(await kit.store.due_timers(50, 0.0), kit.store, kit.setting)


@pytest.mark.parametrize(
    ("kind", "event"),
    [("CaseForgotten", {}), ("CaseClosed", {"by": "1", "seenByNext": True}), ("CaseOpened", {}), ("__doc__", {})],
)
def test_an_event_of_the_next_version_is_never_read_as_something_else(kind: str, event: dict[str, Any]) -> None:
    with pytest.raises(OurFault) as refused:
        event_from(kind, {"v": 1, "event": {"at": "2026-01-05T12:00:00Z"} | event})
    assert refused.value.code == "document-unreadable"
