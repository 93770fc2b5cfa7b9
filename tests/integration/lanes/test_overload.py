"""More to do than can be done: what is in hand stays there, nothing is sent twice for that, and intake waits for it."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta

import pytest

from hub.canonical.codes import Lane
from hub.ids import PartnerId
from hub.lanes import line
from hub.lanes import relay as module
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.intake import Intake
from hub.lanes.line import AT_A_TIME
from hub.lanes.relay import BATCHES_UNSENT, Relay
from hub.ports import Delivery, OutboxRow
from tests.clock import Clock
from tests.databases import one, rows
from tests.fakes import FakePublisher, FakeQueue, until
from tests.integration.lanes.test_relay import a_relay, looks_every, running
from tests.kit import Kit
from tests.patience import CEILING
from tests.talk import REPORT, a_report, waits

VT, POLICE = PartnerId("vt-test"), PartnerId("politie-test")
LEASE = 15.0


class Ahead:
    """The clock of this process, put ahead with that of the database."""

    def __init__(self, database: Clock) -> None:
        self._database = database
        self._by = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._by

    async def put(self, seconds: float) -> None:
        self._by += seconds
        await self._database.put_ahead(timedelta(seconds=seconds))


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    looks_every(0.02, monkeypatch)
    for every in ("KEEP_EVERY", "ROOM_EVERY"):
        monkeypatch.setattr(module, every, 0.02)


@pytest.fixture
def ahead(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Ahead:
    made = Ahead(clock)
    monkeypatch.setattr(module, "time", made)
    return made


@pytest.fixture
def publisher() -> FakePublisher:
    return FakePublisher()


async def decided(kit: Kit, number: int, lane: Lane = Lane.ROUTINE) -> Sequence[OutboxRow]:
    payloads = [kit.event("politie-test", REPORT, urgentie=lane) for _ in range(number)]
    return (await kit.decide([kit.delivery("politie-test", one) for one in payloads])).outbox


async def looked(relay: Relay, times: int = 2) -> None:
    before = relay._looks
    await until(lambda: relay._looks >= before + times)


# --- leases ----------------------------------------------------------------------------------------------------------


async def test_what_is_in_hand_for_longer_than_a_lease_stays_there_and_nobody_else_sends_it(
    kit: Kit, publisher: FakePublisher, ahead: Ahead
) -> None:
    other = FakePublisher()
    publisher.gate.clear()
    async with running(kit, publisher) as relay, running(kit, other) as others:
        relay.offer((await a_report(kit)).told.changes.outbox)
        for _ in range(2):  # each time later than a third of the lease, in all longer than one
            due = await one(kit.engine, "select min(next_at) from outbox")
            await ahead.put(0.6 * LEASE)
            renewed = "select min(next_at) > :due from outbox"
            await until(lambda: one(kit.engine, renewed, due=due))  # noqa: B023
            await looked(others)
        publisher.gate.set()
        await until(lambda: one(kit.engine, "select count(*) = 2 from outbox where published_at is not null"))
        await ahead.put(2 * LEASE)
        await looked(others)

    assert len(publisher.published) == 2
    assert other.tried == []


async def test_who_stood_still_until_its_leases_ended_sends_nothing_that_another_may_have(
    kit: Kit, publisher: FakePublisher, ahead: Ahead
) -> None:
    changes, other = await decided(kit, AT_A_TIME + 20), FakePublisher()
    publisher.gate.clear()
    stood_still = a_relay(kit, publisher)  # it renews nothing
    stood_still.offer([row for row in changes if row.partner == VT])
    await until(lambda: len(publisher.tried) == AT_A_TIME)
    await ahead.put(2 * LEASE)
    async with running(kit, other):
        await until(lambda: len(other.to(VT)) == AT_A_TIME + 20)
        publisher.gate.set()
        await stood_still.drain(5)

    assert len(publisher.tried) == AT_A_TIME


async def test_who_was_slow_gives_nothing_back_that_another_has_published(
    kit: Kit, publisher: FakePublisher, ahead: Ahead
) -> None:
    publisher.gate.clear()
    publisher.refusing.add(VT)
    reported, other = await a_report(kit), FakePublisher()
    slow = a_relay(kit, publisher)
    slow.offer(reported.told.changes.outbox)
    await until(lambda: len(publisher.tried) == 2)
    await ahead.put(2 * LEASE)
    async with running(kit, other) as others:
        await until(lambda: one(kit.engine, "select count(*) = 2 from outbox where published_at is not null"))
        publisher.gate.set()  # refused there, long after
        await slow.drain(5)
        await looked(others)

    assert len(other.to(VT)) == 1


async def test_what_was_published_is_made_due_by_no_renewal_and_what_is_done_is_not_due_again(kit: Kit) -> None:
    receipt, notice = (await a_report(kit)).told.changes.outbox
    if receipt.owes_confirmation:
        receipt, notice = notice, receipt
    taken = {receipt.id: 0, notice.id: 0}
    assert {*await kit.store.renew(taken, 60.0)} == {*taken}
    await kit.store.published([*taken], 3600, 3600)
    query = "select next_at from outbox where id = :id"
    after = await one(kit.engine, query, id=notice.id)

    assert await kit.store.renew(taken, 60.0) == [notice.id]
    assert await one(kit.engine, query, id=notice.id) == after
    assert await one(kit.engine, query, id=receipt.id) is None


async def test_only_who_took_it_last_renews_it_or_gives_it_back(kit: Kit) -> None:
    (row, *_) = (await a_report(kit)).told.changes.outbox
    await rows(kit.engine, "update outbox set next_at = now() - interval '1 second'")
    (again,) = [one for one in await kit.store.due_outgoing(row.lane, 9, 60.0, [row.partner]) if one.id == row.id]
    due = await one(kit.engine, "select next_at from outbox where id = :id", id=row.id)

    assert await kit.store.renew({row.id: row.attempts}, 600.0) == []
    await kit.store.unpublished({row.id: row.attempts}, 0)
    assert await one(kit.engine, "select next_at from outbox where id = :id", id=row.id) == due
    assert await kit.store.renew({row.id: again.attempts}, 600.0) == [row.id]
    await kit.store.unpublished({row.id: again.attempts}, 0)
    assert await one(kit.engine, "select next_at < :due from outbox where id = :id", id=row.id, due=due)


async def test_an_answer_that_is_said_again_belongs_to_who_says_it(kit: Kit) -> None:
    reported = await a_report(kit)
    (row,) = [one for one in reported.told.changes.outbox if one.partner == POLICE]
    await rows(kit.engine, "update outbox set next_at = now() - interval '1 second'")
    await kit.store.due_outgoing(row.lane, 9, 60.0, [POLICE])
    (said,) = (await kit.decide([kit.delivery("politie-test", reported.told.payload)])).outbox
    assert await kit.store.renew({said.id: said.attempts}, 600.0) == [said.id]


# --- room ------------------------------------------------------------------------------------------------------------


def small(kit: Kit) -> Kit:
    """Two of its batches have twenty messages."""
    return kit.limited(batch_size=10)


@pytest.mark.parametrize(
    ("unsent", "waits"),
    [
        (Lane.ROUTINE, {Lane.ROUTINE}),
        (Lane.ACUTE, {Lane.ROUTINE, Lane.ACUTE}),
    ],
)
async def test_no_batch_is_taken_while_the_answers_to_two_are_to_be_sent_and_no_acute_one_waits_for_routine_answers(
    kit: Kit, publisher: FakePublisher, unsent: Lane, waits: set[Lane]
) -> None:
    kit = small(kit)
    publisher.gate.clear()
    async with running(kit, publisher) as relay:
        relay.offer(await decided(kit, 9, unsent))
        for lane in Lane:
            await asyncio.wait_for(relay.room(lane), CEILING)
        relay.offer(await decided(kit, 1, unsent))
        asked = {lane: asyncio.create_task(relay.room(lane)) for lane in Lane}
        await until(lambda: {lane for lane in Lane if not asked[lane].done()} == waits)

        publisher.gate.set()
        await asyncio.wait_for(asyncio.gather(*asked.values()), CEILING)


@pytest.mark.parametrize("how", ["full", "away", "silent"])
async def test_a_recipient_that_takes_nothing_keeps_no_batch_from_being_taken(
    kit: Kit, publisher: FakePublisher, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "STUCK", 0.1)
    kit = small(kit)
    publisher.deadline = 30
    publisher.away = how == "away"
    (publisher.refusing if how == "full" else publisher.silent).update({VT, POLICE})
    async with running(kit, publisher) as relay:
        for _ in range(3):
            relay.offer(await decided(kit, 30))
            await asyncio.wait_for(relay.room(Lane.ROUTINE), CEILING)


async def test_a_backlog_in_the_database_keeps_no_batch_from_being_taken(kit: Kit, publisher: FakePublisher) -> None:
    kit = small(kit)
    publisher.gate.clear()
    await decided(kit, 40)
    await rows(kit.engine, "update outbox set next_at = now()")
    async with running(kit, publisher) as relay:
        await until(lambda: len(publisher.tried) == 80)
        await asyncio.wait_for(relay.room(Lane.ROUTINE), CEILING)
        publisher.gate.set()


async def test_what_a_line_has_no_room_for_stays_in_the_database_and_all_of_it_goes_once(
    kit: Kit, publisher: FakePublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "MOST_WAITING", 60)
    publisher.gate.clear()
    kit = kit.limited(resend_unanswered_after=waits(600, 600))
    async with running(kit, publisher) as relay:
        relay.offer(await decided(kit, 150))
        assert len(relay._hands) == 2 * 60
        await until(lambda: one(kit.engine, "select count(*) = 2 * 90 from outbox where next_at <= now()"))
        publisher.gate.set()
        await until(lambda: one(kit.engine, "select count(*) = 300 from outbox where published_at is not null"))

    assert len(publisher.published) == 300
    assert len({sent.id for sent in publisher.published}) == 300


# --- intake ----------------------------------------------------------------------------------------------------------


async def test_intake_asks_for_room_before_each_batch_and_stops_while_it_waits_for_it(kit: Kit) -> None:
    queue, room, stop, asked = FakeQueue(), asyncio.Event(), asyncio.Event(), list[Lane]()

    async def has_room(lane: Lane) -> None:
        asked.append(lane)
        await room.wait()

    def delivery() -> Delivery:
        return kit.delivery("politie-test", kit.event("politie-test", REPORT))

    patient = Patient(Health(), longest=0.05)
    intake = Intake(queue, queue, kit.store, lambda _: None, Lane.ROUTINE, kit.setting, patient, room=has_room)
    running_ = asyncio.create_task(intake.run(stop))
    await queue.bring(delivery())
    await until(lambda: asked == [Lane.ROUTINE])
    assert queue.taken == []
    room.set()
    await until(lambda: len(queue.acked) == 1)

    await until(lambda: len(asked) == 2)  # that one was let through, and waits for a delivery
    room.clear()
    await queue.bring(delivery())
    await until(lambda: len(asked) == 3)
    stop.set()
    await asyncio.wait_for(running_, CEILING)


async def test_offered_more_than_can_be_published_intake_runs_no_further_ahead_than_its_bound(
    kit: Kit, publisher: FakePublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a count: of what waits in the broker, no more is taken than the bound and the batches under way."""
    monkeypatch.setattr(line, "STUCK", 600.0)
    kit, batches = small(kit), 2
    publisher.gate.clear()
    queue, stop = FakeQueue(), asyncio.Event()
    patient = Patient(Health(), longest=0.05)
    async with running(kit, publisher) as relay:
        intake = Intake(queue, queue, kit.store, relay.offer, Lane.ROUTINE, kit.setting, patient, room=relay.room)
        task = asyncio.create_task(intake.run(stop, batches))
        await queue.bring(*(kit.delivery("politie-test", kit.event("politie-test", REPORT)) for _ in range(120)))
        await until(lambda: relay._unsent(Lane.ROUTINE) >= 10 * BATCHES_UNSENT)
        await asyncio.wait({asyncio.create_task(relay.room(Lane.ROUTINE))}, timeout=0.3)
        assert len(queue.acked) <= 10 * (BATCHES_UNSENT + batches)
        publisher.gate.set()
        await until(lambda: len(queue.acked) == 120)
        stop.set()
        await task
    assert publisher.twice == []
    assert len(publisher.published) == 240
