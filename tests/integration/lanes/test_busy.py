"""What another session of the database has locked, or what is slow there, stops nobody but who needs just that."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.canonical.codes import Lane
from hub.canonical.partners import Directory
from hub.errors import AllBusy, Busy, DatabaseAway
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.intake import Intake
from hub.lanes.lookout import Lookout
from hub.lanes.relay import Relay
from hub.lanes.timers import Timers
from hub.ports import Delivery, OutboxRow
from hub.store.engine import SESSION, connect, transaction
from tests.clock import Clock
from tests.databases import one, rows
from tests.fakes import FakePublisher, FakeQueue, until
from tests.kit import Kit
from tests.patience import CEILING
from tests.talk import OFFER, REPORT, STAND, a_case, a_report, an_offer, upkeep


@dataclass
class Hub:
    """Both lanes of a hub over one database; `away` is what it ever waited for."""

    kit: Kit
    health: Health = field(default_factory=Health)
    waited: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        noted = self.health.stands_still

        def note(who: object, error: DatabaseAway, attempt: int) -> None:
            self.waited.add(error.code)
            noted(who, error, attempt)

        self.health.stands_still = note  # type: ignore[assignment,method-assign]
        self.patient = Patient(self.health, longest=0.05)

    async def take(self, deliveries: Sequence[Delivery]) -> FakeQueue:
        queue = FakeQueue()
        intake = Intake(queue, queue, self.kit.store, lambda _: None, Lane.ROUTINE, self.kit.setting, self.patient)
        await intake.handle(deliveries)
        return queue

    async def look(self) -> list[OutboxRow]:
        said: list[OutboxRow] = []
        await Timers(self.kit.store, said.extend, self.kit.setting, self.patient).look()
        return said

    async def fate(self, delivery: Delivery) -> tuple[str, str | None]:
        id_ = UUID(delivery.properties.message_id or "")
        (row,) = await rows(self.kit.engine, "select fate, code from inbox where message = :id", id=id_)
        return row["fate"], row["code"]


@pytest.fixture
def hub(kit: Kit) -> Hub:
    return Hub(kit)


@asynccontextmanager
async def locked(kit: Kit, statement: str, **values: object) -> AsyncIterator[AsyncConnection]:
    """Another session, which holds what this statement locks."""
    other = connect(kit.engine.url, "other")
    try:
        async with other.connect() as connection:
            await connection.execute(text("set idle_in_transaction_session_timeout = 0"))
            await connection.execute(text(statement), values)
            yield connection
            await connection.rollback()
    finally:
        await other.dispose()


def next_version(directory: Directory) -> Directory:
    return replace(directory, version=directory.version + 1)


def reports(kit: Kit, number: int) -> list[Delivery]:
    return [kit.delivery("politie-test", kit.event("politie-test", REPORT)) for _ in range(number)]


def question(kit: Kit, case: UUID) -> Delivery:
    return kit.delivery("vt-test", kit.event("vt-test", STAND, {}, correlationid=case))


async def test_what_needs_a_case_that_is_locked_waits_alone_and_goes_on_when_it_is_free(hub: Hub) -> None:
    kit = hub.kit
    case = (await a_case(kit)).case
    asks, others = question(kit, case), reports(kit, 5)
    async with locked(kit, "select from cases where id = :id for update", id=case):
        queue = await hub.take([others[0], asks, *others[1:]])
        assert len(queue.acked) == 6
        assert [await hub.fate(one) for one in others] == [("aanvaard", None)] * 5
        assert await hub.fate(asks) == ("opnieuw", "database-busy")
        await rows(kit.engine, "update lack set probe_at = now()")
        await hub.look()
        assert await hub.fate(asks) == ("opnieuw", "database-busy")

    await rows(kit.engine, "update lack set probe_at = now()")
    await hub.look()
    assert await hub.fate(asks) == ("aanvaard", None)
    assert not hub.waited
    assert await one(kit.engine, "select count(*) from batch") > 0


async def test_messages_on_one_locked_case_are_one_fault_and_another_case_is_another(hub: Hub) -> None:
    kit = hub.kit
    first, second = [(await a_case(kit)).case for _ in range(2)]
    async with locked(kit, "select from cases where id = any(:ids) for update", ids=[first, second]):
        await hub.take([*(question(kit, first) for _ in range(3)), question(kit, second)])
        found = await rows(kit.engine, "select about from lack where code = 'database-busy'")
        assert {row["about"] for row in found} == {str(first), str(second)}


@pytest.mark.parametrize("how", ["lock table held in share mode", "lock table held in access exclusive mode"])
async def test_a_table_that_is_locked_stops_only_what_needs_it(hub: Hub, how: str) -> None:
    kit = hub.kit
    case = (await a_case(kit)).case
    payload = kit.event("vt-test", OFFER, an_offer(kit, "wijkteam-test"), correlationid=case)
    offer, others = kit.delivery("vt-test", payload), reports(kit, 5)
    async with locked(kit, how):
        await hub.take([*others[:3], offer, *others[3:]])
        assert [await hub.fate(one) for one in others] == [("aanvaard", None)] * 5
        assert await hub.fate(offer) == ("opnieuw", "database-busy")
        await upkeep(kit).keep_house()  # it ends what was held its term: that is passed over
        await hub.look()
    await rows(kit.engine, "update lack set probe_at = now()")
    await hub.look()
    assert await hub.fate(offer) == ("aanvaard", None)
    assert not hub.waited


async def test_where_what_everything_needs_is_locked_all_wait_and_the_database_is_not_away(hub: Hub) -> None:
    kit, (report,) = hub.kit, reports(hub.kit, 1)
    async with locked(kit, "select from directory_head for update"):
        taking = asyncio.create_task(hub.take([report]))
        await until(lambda: bool(hub.waited))
        assert hub.health.reasons == {"database-busy"}
        assert not taking.done()
    assert len((await asyncio.wait_for(taking, CEILING)).acked) == 1
    assert hub.waited == {"database-busy"}
    assert hub.health.database


async def test_terms_of_other_cases_are_not_held_up_by_one_that_is_locked(hub: Hub, clock: Clock) -> None:
    kit = hub.kit
    held, free = [await a_report(kit, urgentie=Lane.ACUTE) for _ in range(2)]
    await clock.put_ahead(timedelta(minutes=20))
    async with locked(kit, "select from cases where id = :id for update", id=held.case):
        said = await hub.look()
        assert {row.case for row in said} == {free.case}
    await rows(kit.engine, "update timer set lease_until = null")
    assert {row.case for row in await hub.look()} == {held.case}
    assert not hub.waited


async def test_a_stored_retry_whose_own_row_is_locked_keeps_no_other_waiting(hub: Hub) -> None:
    kit = hub.kit
    case = (await a_case(kit)).case
    asks = [question(kit, case) for _ in range(3)]
    async with locked(kit, "select from cases where id = :id for update", id=case):
        await hub.take(asks)
    await rows(kit.engine, "update stored_delivery set next_at = now()")
    first = UUID(asks[0].properties.message_id or "")
    async with locked(kit, "select from inbox where message = :id for update", id=first):
        await hub.look()
        assert [await hub.fate(one) for one in asks[1:]] == [("aanvaard", None)] * 2
    assert await hub.fate(asks[0]) == ("opnieuw", "database-busy")
    assert not hub.waited


@pytest.mark.parametrize(
    "what", ["select from outbox where id = :id for update", "select from queue where partner = :partner for update"]
)
async def test_what_is_locked_of_the_outbox_is_marked_later_and_all_others_at_once(hub: Hub, what: str) -> None:
    kit, publisher = hub.kit, FakePublisher()
    told = (await a_report(kit)).told
    ids = [row.id for row in told.changes.outbox]
    (locked_one,) = [row.id for row in told.changes.outbox if row.partner == "vt-test"]
    await rows(kit.engine, "insert into queue values ('vt-test', 'regulier', 0), ('politie-test', 'regulier', 0)")
    relay = Relay(kit.store, publisher, kit.setting, hub.patient, lambda: datetime.now(UTC))
    marked = "select count(*) from outbox where published_at is not null and id = any(:ids)"
    await rows(kit.engine, "update outbox set next_at = now()")
    running: asyncio.Task[None] | None = None
    try:
        async with transaction(kit.engine) as connection:
            leased = await kit.store.due_outgoing(Lane.ROUTINE, 50, 30.0, [*kit.directory.partners])
            values = {"id": locked_one} if ":id" in what else {"partner": "vt-test"}
            await connection.execute(text(what), values)
            running = asyncio.create_task(relay.run(Lookout(kit.store, hub.patient)))
            relay.offer(leased)

            async def others_are_marked() -> bool:
                return bool(await one(kit.engine, marked, ids=ids) == len(ids) - 1)

            await until(others_are_marked)

        async def all_are() -> bool:
            return bool(await one(kit.engine, marked, ids=ids) == len(ids))

        await until(all_are)
        assert await relay.drain(CEILING) == 0
    finally:
        if running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    assert not hub.waited


@pytest.mark.parametrize("lane", Lane)
async def test_what_cannot_even_be_kept_waits_apart_and_holds_up_no_batch(hub: Hub, lane: Lane) -> None:
    kit, queue, stop = hub.kit, FakeQueue(), asyncio.Event()
    known = reports(kit, 3)
    await hub.take(known)
    ids = [UUID(one.properties.message_id or "") for one in known]
    intake = Intake(queue, queue, kit.store, lambda _: None, lane, kit.setting, hub.patient)
    running = asyncio.create_task(intake.run(stop, 2))
    try:
        async with locked(kit, "select from inbox where message = any(:ids) for update", ids=ids):
            for number, copy in enumerate(known, 1):  # more than there are batches under way
                await queue.bring(copy)
                await until(lambda: len(queue.taken) >= number)  # noqa: B023
            await until(lambda: len(intake.apart) == 3)
            await queue.bring(*(others := reports(kit, 5)))
            await until(lambda: len(queue.acked) == 5)
            assert [await hub.fate(one) for one in others] == [("aanvaard", None)] * 5
            assert hub.health.reasons == {"database-busy"}
        await until(lambda: len(queue.acked) == 8)
        await until(lambda: hub.health.database)
    finally:
        stop.set()
        await running
    assert await one(kit.engine, "select sum(deliveries) from inbox where message = any(:ids)", ids=ids) == 6


async def test_a_change_of_the_directory_has_its_turn_whatever_batches_overlap(kit: Kit) -> None:
    """Each holds it a while, and the next begins before that ends: without a line it would wait for ever."""
    stop, held = asyncio.Event(), list[int]()

    async def batches(first: float) -> None:
        await asyncio.sleep(first)
        while not stop.is_set():
            async with kit.store.unit():
                held.append(1)
                await asyncio.sleep(0.3)

    overlapping = [asyncio.create_task(batches(0.1 * n)) for n in range(3)]
    await until(lambda: len(held) > 6)
    before = kit.directory.version
    await asyncio.wait_for(kit.change(next_version), CEILING)
    stop.set()
    await asyncio.gather(*overlapping)
    assert kit.directory.version == before + 1


async def test_a_machine_that_vanished_is_ended_by_the_server_and_a_change_goes_on(kit: Kit) -> None:
    other = connect(kit.engine.url, "vanished")
    async with other.connect() as vanished:
        await vanished.execute(text("set idle_in_transaction_session_timeout = '3s'"))
        await vanished.execute(text("select from directory_head for share"))
        before = kit.directory.version
        await asyncio.wait_for(kit.change(next_version), CEILING)
        assert kit.directory.version == before + 1
        await vanished.invalidate()
    await other.dispose()


async def test_every_session_has_its_limits_whatever_role_and_database_have(kit: Kit) -> None:
    role, database = f"role_{uuid4().hex[:8]}", kit.engine.url.database
    await rows(kit.engine, f"create role {role} login password 'p'")
    await rows(kit.engine, f"grant all on all tables in schema public to {role}")
    for name in SESSION:
        other = "serializable" if name == "default_transaction_isolation" else "0"
        await rows(kit.engine, f'alter role {role} in database "{database}" set {name} = {other}')
    own = connect(kit.engine.url.set(username=role, password="p"), "test")
    try:
        for name, wanted in SESSION.items():
            (found,) = await rows(own, f"select setting, unit from pg_settings where name = '{name}'")
            assert found["setting"] == wanted or int(found["setting"]) > 0, (name, wanted)
    finally:
        await own.dispose()
        await rows(kit.engine, f"drop owned by {role}")
        await rows(kit.engine, f"drop role {role}")


async def test_a_slow_statement_and_a_lock_are_busy_and_a_session_that_is_ended_is_not_a_database_that_is_away(
    kit: Kit,
) -> None:
    quick = connect(kit.engine.url, "quick", command_timeout=1.0)
    with pytest.raises(Busy):
        async with transaction(quick) as connection:
            await connection.execute(text("select pg_sleep(20)"))
    case = (await a_case(kit)).case
    async with locked(kit, "select from cases where id = :id for update", id=case):
        with pytest.raises(Busy) as raised:
            async with transaction(kit.engine) as connection:
                await connection.execute(text("select from cases where id = :id for update"), {"id": case})
    assert re.fullmatch(r"cases:[0-9]+-[0-9]+", raised.value.about)
    await quick.dispose()
    ended = connect(kit.engine.url, "ended")
    with pytest.raises(AllBusy):
        await _ended_on_the_way(ended, kit)
    await ended.dispose()


async def _ended_on_the_way(engine: AsyncEngine, kit: Kit) -> None:
    async with transaction(engine) as connection:
        me = (await connection.execute(text("select pg_backend_pid()"))).scalar_one()
        await rows(kit.engine, "select pg_terminate_backend(:me)", me=me)
        await connection.execute(text("select 1"))
