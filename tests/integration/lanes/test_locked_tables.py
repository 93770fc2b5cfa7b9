"""A table that is locked against writing, as `CREATE INDEX` does, stops what has to write there and no more."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext

from hub.canonical.codes import Lane
from hub.errors import OurFault
from hub.lanes.batch import keep_delivery
from hub.store.tables import metadata
from tests.databases import one, rows
from tests.integration.lanes.test_busy import Hub, locked, question, reports
from tests.kit import Kit
from tests.talk import PROCESSED, RECORDED, REPORT, a_case, a_report, processed, recording

EVERY_DECISION = {"inbox", "journal", "batch", "outbox"}
REPORTS_AND_STEPS = {"cases", "case_event", "reference", "counts", "processing_log", "radar_lock", "radar_entry"}
OF_THE_DIRECTORY = {"directory", "directory_head"}
NEEDED = EVERY_DECISION | REPORTS_AND_STEPS | OF_THE_DIRECTORY
"""What the messages below, each in its usual way, cannot be decided without."""
ACCEPTED = ("aanvaard", None)


@pytest.fixture
def hub(kit: Kit) -> Hub:
    return Hub(kit)


async def kept_for_a_retry(kit: Kit, *payloads: tuple[str, bytes]) -> list[UUID]:
    """As after a fault of ours; each is due at once."""
    for name, payload in payloads:
        delivery = kit.delivery(name, payload)
        await keep_delivery(delivery, OurFault("test", ""), kit.store, Lane.ROUTINE, kit.setting)
    await rows(kit.engine, "update stored_delivery set next_at = now()")
    return [row["inbox"] for row in await rows(kit.engine, "select inbox from stored_delivery")]


@pytest.mark.parametrize("table", sorted(set(metadata.tables) - NEEDED))
async def test_a_table_that_a_message_needs_not_stops_it_not(hub: Hub, table: str) -> None:
    kit = hub.kit
    reported = await a_case(kit)
    (report,), asks = reports(kit, 1), question(kit, reported.case)
    done = kit.delivery("vt-test", kit.event("vt-test", PROCESSED, processed(reported.presented)))
    wrong = kit.delivery("politie-test", kit.event("politie-test", REPORT, {}))
    async with locked(kit, f"lock table {table} in share mode"):
        assert len((await hub.take([report, asks, done, wrong])).acked) == 4
        assert [await hub.fate(each) for each in (report, asks, done)] == [ACCEPTED] * 3
        assert await hub.fate(wrong) == ("geweigerd", "schema-ongeldig")
        await hub.look()
    assert not hub.waited


async def test_what_wakes_an_early_step_is_decided_where_that_cannot_be_woken(hub: Hub) -> None:
    kit, cause = hub.kit, uuid4()
    reported = await a_report(kit)
    await kit.tell("vt-test", RECORDED, recording(reported), correlationid=reported.case, causationid=cause)
    assert await one(kit.engine, "select count(*) from stored_delivery where awaits = :cause", cause=cause) == 1
    wakes = kit.delivery("politie-test", kit.event("politie-test", REPORT, id=cause))
    async with locked(kit, "lock table stored_delivery in share mode"):
        await hub.take([wakes])
        assert await hub.fate(wakes) == ACCEPTED
    assert not hub.waited


async def test_a_retry_does_not_wait_for_the_table_of_what_is_lacking(hub: Hub) -> None:
    kit = hub.kit
    await kept_for_a_retry(kit, ("politie-test", kit.event("politie-test", REPORT)))
    async with locked(kit, "lock table lack in share mode"):
        await hub.look()
        assert await one(kit.engine, "select count(*) from stored_delivery") == 0
    assert not hub.waited


async def test_of_many_retries_on_a_case_that_is_locked_one_waits_for_it(hub: Hub) -> None:
    kit, refused = hub.kit, list[str]()

    def note(context: ExceptionContext) -> None:
        refused.append(str(getattr(context.original_exception, "sqlstate", "")))

    case = (await a_case(kit)).case
    asks = [("vt-test", kit.event("vt-test", "zaken.standvraag", {}, correlationid=case)) for _ in range(12)]
    await kept_for_a_retry(kit, *asks)
    event.listen(kit.engine.sync_engine, "handle_error", note)
    async with locked(kit, "select from cases where id = :id for update", id=case):
        await hub.look()
    event.remove(kit.engine.sync_engine, "handle_error", note)
    kept = await rows(kit.engine, "select code from stored_delivery")
    assert [row["code"] for row in kept] == ["database-busy"] * 12
    assert refused == ["55P03"]
    assert not hub.waited
