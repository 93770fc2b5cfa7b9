"""One look for all lanes of a process: it sees whatever is due, and what is locked keeps no lane from the rest."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import event, text

from hub.canonical.codes import Lane
from hub.errors import AllBusy, OurFault
from hub.lanes.batch import keep_delivery
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.lookout import Lookout
from hub.lanes.relay import Relay
from hub.ports import ALL, Due, Glance
from hub.store.engine import connect
from tests.databases import rows
from tests.fakes import FakePublisher, until
from tests.kit import Kit
from tests.talk import REPORT, a_case, timers

NOTHING = Due(terms=False, retries=False, outgoing=frozenset(), undecided=False, lacks=False)
KEPT = "update stored_delivery set next_at = now() + interval '1 hour', delay_told_at = now()"


async def seen(kit: Kit) -> Due:
    return replace((await kit.store.glance()).due, next_at=None)


async def test_a_hub_with_nothing_to_do_sees_nothing_and_the_newest_directory(kit: Kit) -> None:
    found = await kit.store.glance()
    assert found.due == NOTHING
    assert found.directory == await kit.store.directory()


async def test_whatever_is_due_is_seen_and_when_the_next_of_it_is(meddled: Kit) -> None:
    kit = meddled
    await a_case(kit)
    delivery = kit.delivery("politie-test", kit.event("politie-test", REPORT))
    await keep_delivery(delivery, OurFault("test", ""), kit.store, Lane.ROUTINE, kit.setting)
    assert await seen(kit) == replace(NOTHING, undecided=True)
    await rows(kit.engine, KEPT)
    await rows(kit.engine, "update outbox set next_at = now() + interval '2 hours' where next_at is not null")
    assert await seen(kit) == NOTHING
    assert (await kit.store.glance()).due.next_at is None
    await rows(kit.engine, "update timer set due = now() + interval '1 second'")
    found = await kit.store.glance()
    assert found.due.next_at is None or found.due.next_at > found.now
    assert found.due.terms or found.due.next_at is not None
    await rows(kit.engine, "update timer set due = now() - interval '1 hour'")
    assert await seen(kit) == replace(NOTHING, terms=True)
    await rows(kit.engine, "update timer set due = now() + interval '1 day'")
    await rows(kit.engine, "update stored_delivery set next_at = now() - interval '1 second'")
    assert await seen(kit) == replace(NOTHING, retries=True)
    await rows(kit.engine, "update stored_delivery set next_at = 'infinity'")
    await rows(kit.engine, "update outbox set next_at = now() - interval '1 second' where lane = 'regulier'")
    assert await seen(kit) == replace(NOTHING, outgoing=frozenset({Lane.ROUTINE}))
    await rows(kit.engine, "update outbox set next_at = 'infinity' where lane = 'regulier'")
    lack = "insert into lack values ('a', 'no-triage-desk', '', '', now(), now(), now())"
    await rows(kit.engine, lack)
    assert await seen(kit) == replace(NOTHING, retries=True, lacks=True)


@pytest.mark.parametrize("table", ["timer", "outbox", "stored_delivery", "lack"])
async def test_where_a_table_is_locked_each_lane_finds_out_by_itself(kit: Kit, table: str) -> None:
    other = connect(kit.engine.url, "other")
    async with other.begin() as connection:
        await connection.execute(text(f"lock table {table} in access exclusive mode"))
        assert (await kit.store.glance()).due == ALL
        await connection.execute(text("lock table directory_head in access exclusive mode"))
        with pytest.raises(AllBusy):
            await kit.store.glance()
    await other.dispose()


async def test_all_lanes_of_an_idle_process_make_one_transaction_a_look(kit: Kit) -> None:
    patient, looks, begun = Patient(Health()), list[Glance](), list[object]()
    lookout = Lookout(kit.store, patient)
    relay = Relay(kit.store, FakePublisher(), kit.setting, patient, kit.now)

    def note(connection: object) -> None:
        begun.append(connection)

    async def follow() -> None:
        while True:
            looks.append(await lookout.after(looks[-1] if looks else None))

    event.listen(kit.engine.sync_engine, "begin", note)
    lanes = [asyncio.create_task(lane) for lane in (relay.run(lookout), timers(kit).run(lookout), follow())]
    await until(lambda: len(looks) == 4)
    event.remove(kit.engine.sync_engine, "begin", note)
    for lane in lanes:
        lane.cancel()
    await asyncio.gather(*lanes, return_exceptions=True)
    assert len(looks) <= len(begun) <= len(looks) + 1
