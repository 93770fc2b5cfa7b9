"""One worker keeps house, whoever else would; one that hung and wakes again has nothing to say any more."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from hub.canonical.codes import Lane
from hub.errors import Deposed
from hub.ids import PartnerId
from hub.ports import InQueue, Lead, Store
from hub.routing.document import from_document
from hub.store.engine import connect
from hub.store.store import PostgresStore
from hub.telemetry import LogEvent
from hub.upkeep.leader import Leader
from hub.upkeep.rounds import longest
from tests.clock import clock_of
from tests.databases import dumped, one, rows
from tests.fakes import until
from tests.kit import PERIOD, Kit
from tests.talk import a_report, upkeep

LEASE = 0.3
POLICE = PartnerId("politie-test")
ALL_LAPSED = "update radar_entry set expires = now() - interval '1 day'"


@dataclass
class Worker:
    """One that would keep house, with an engine of its own.

    Attributes:
        rounds: whose they were, of all workers.
        goes_on: while it is not set, this one hangs in its round.
    """

    name: str
    kit: Kit
    engine: AsyncEngine
    rounds: list[str]
    steady: Callable[[], float]
    yields: bool = False
    looks: int = 0
    kept: int = 0
    """Rounds that it has done."""
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    store: Store | None = None

    def __post_init__(self) -> None:
        self.goes_on.set()
        store = PostgresStore(self.engine, from_document, 30.0, self.kit.own.clocks)
        leader = Leader(store, self._house, self.name, LEASE, self._yields, self.steady)
        self.task = asyncio.create_task(leader.run())

    def _yields(self) -> bool:
        self.looks += 1
        return self.yields

    def _house(self, store: Store) -> "Worker":
        self.store = store
        return self

    async def keep_house(self) -> None:
        assert self.store is not None
        self.rounds.append(self.name)
        await self.goes_on.wait()
        await upkeep(replace(self.kit, store=self.store)).keep_house()  # type: ignore[arg-type]
        self.kept += 1

    async def end(self) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})


@dataclass
class Crew:
    """Attributes:
    passed: seconds by the steady clock of all: it stands still but when a test moves it, however slow the machine.
    """

    kit: Kit
    passed: float = 0.0
    rounds: list[str] = field(default_factory=list)
    workers: dict[str, Worker] = field(default_factory=dict)

    def hire(self, name: str, *, yields: bool = False) -> Worker:
        engine = connect(self.kit.engine.url, name)
        self.workers[name] = worker = Worker(name, self.kit, engine, self.rounds, lambda: self.passed, yields)
        return worker

    async def leads(self, name: str) -> None:
        await until(lambda: name in self.rounds[-1:])

    async def waits_a_lease(self, worker: Worker) -> None:
        """From when it has seen the lead as it is."""
        await until(lambda: worker.looks >= 2)
        self.passed += LEASE

    async def beats(self, number: int) -> Lead:
        """The lead after so many more signs of life."""
        before = (await self.kit.store.lead()).beat

        async def beaten() -> bool:
            return (await self.kit.store.lead()).beat >= before + number

        await until(beaten)
        return await self.kit.store.lead()


@asynccontextmanager
async def crew_on(kit: Kit) -> AsyncIterator[Crew]:
    crew = Crew(kit)
    try:
        yield crew
    finally:
        for worker in crew.workers.values():
            await worker.end()
            await worker.engine.dispose()


async def test_of_many_workers_one_keeps_house_and_goes_on(kit: Kit) -> None:
    async with crew_on(kit) as crew:
        for number in range(4):
            crew.hire(f"w{number}")
        lead = await crew.beats(12)
        assert crew.rounds == [lead.leader]
        assert lead.epoch == 1


async def test_one_that_hangs_is_followed_and_when_it_wakes_it_changes_nothing(kit: Kit) -> None:
    await a_report(kit)
    async with crew_on(kit) as crew:
        first = crew.hire("first")
        first.goes_on.clear()
        await crew.leads("first")
        second = crew.hire("second")
        await crew.waits_a_lease(second)
        await until(lambda: second.kept == 1)

        await rows(kit.engine, ALL_LAPSED)
        with capture_logs() as logs:
            first.goes_on.set()
            await until(lambda: any(line["event"] == LogEvent.UPKEEP_TAKEN for line in logs))
        assert await one(kit.engine, "select count(*) from radar_entry where expires < now()") > 0
        assert (await crew.beats(3)).leader == "second"
        assert crew.rounds == ["first", "second"]


async def test_one_that_ends_in_order_is_followed_at_the_next_look(kit: Kit) -> None:
    async with crew_on(kit) as crew:
        first = crew.hire("first")
        await crew.leads("first")
        await first.end()
        assert (await kit.store.lead()).leader is None
        crew.hire("second")
        await crew.leads("second")


async def test_one_that_yields_keeps_house_only_where_no_other_does(kit: Kit) -> None:
    async with crew_on(kit) as crew:
        await crew.waits_a_lease(crew.hire("acute", yields=True))
        await crew.leads("acute")
        crew.hire("routine")
        await crew.leads("routine")
        assert (await crew.beats(6)).leader == "routine"
        crew.workers["routine"].yields = True  # as one does that doubts its clock: all do now, and it goes on
        crew.passed += LEASE / 2
        assert (await crew.beats(6)).leader == "routine"
        crew.workers["acute"].yields = False
        await crew.leads("acute")


@pytest.mark.parametrize("by", [timedelta(days=-800), timedelta(days=800)])
async def test_no_clock_that_jumps_makes_or_ends_a_leader(kit: Kit, by: timedelta) -> None:
    async with clock_of(kit.engine, kit.own) as clock, crew_on(kit) as crew:
        crew.hire("first")
        await crew.leads("first")
        crew.hire("second")
        await crew.beats(3)
        await clock.jump(by)
        lead = await crew.beats(9)
        assert (lead.leader, lead.epoch) == ("first", 1)


async def test_nobody_takes_the_lead_in_the_middle_of_a_transaction_and_its_end_is_a_sign_of_life(kit: Kit) -> None:
    mine = await kit.store.take_lead(Lead(), "first", yields=False)
    assert mine is not None
    async with kit.store.under(mine, lambda: False).unit():
        taking = asyncio.create_task(kit.store.take_lead(await kit.store.lead(), "second", yields=False))
        await until(lambda: one(kit.engine, "select count(*) > 0 from pg_locks where not granted"))
    assert await taking is None


async def test_a_restored_database_that_counts_its_epochs_again_does_not_take_one_for_another(kit: Kit) -> None:
    first = await kit.store.take_lead(Lead(), "first", yields=False)
    assert first is not None
    await rows(kit.engine, "delete from upkeep")
    second = await kit.store.take_lead(await kit.store.lead(), "second", yields=False)
    assert second is not None
    assert second.epoch == first.epoch
    with pytest.raises(Deposed):
        await kit.store.under(first, lambda: False).note_believed()


CALLS: Mapping[str, Callable[[Store, Kit], Awaitable[object]]] = {
    "directory": lambda store, _: store.directory(),
    "glance": lambda store, _: store.glance(),
    "attempt": lambda store, _: store.attempt(POLICE, "a"),
    "due_deliveries": lambda store, _: store.due_deliveries(50, 15.0),
    "turn_lacks": lambda store, _: store.turn_lacks(),
    "release_lacking": lambda store, _: store.release_lacking(["no-triage-desk"]),
    "is_anyone_undecided": lambda store, _: store.is_anyone_undecided(Lane.ROUTINE, 0.0),
    "quarantined_before": lambda store, _: store.quarantined_before(0.0, 50),
    "quarantined_over": lambda store, _: store.quarantined_over(0, 50),
    "lapsed_outgoing": lambda store, _: store.lapsed_outgoing(50),
    "waiting_outgoing": lambda store, _: store.waiting_outgoing(POLICE, 50),
    "end_held": lambda store, _: store.end_held(),
    "end_lapsed_radar": lambda store, _: store.end_lapsed_radar(50),
    "turn_months": lambda store, _: store.turn_months(0.0),
    "end_processing_log": lambda store, _: store.end_processing_log(0.0, 50),
    "end_traffic": lambda store, _: store.end_traffic(0.0, 50, 0),
    "lead": lambda store, _: store.lead(),
    "take_lead": lambda store, _: store.take_lead(Lead(2, 9), "first", yields=False),
    "give_back_lead": lambda store, _: store.give_back_lead(Lead(1, 1, "first")),
    "contents": lambda store, _: store.contents(),
    "step_period": lambda store, _: store.step_period(PERIOD, 0.0),
    "due_timers": lambda store, _: store.due_timers(50, 15.0),
    "due_outgoing": lambda store, _: store.due_outgoing(Lane.ROUTINE, 50, 15.0, [POLICE]),
    "put_right": lambda store, kit: store.put_right(longest(kit.setting.limits), 50),
    "ran_ahead": lambda store, _: store.ran_ahead(),
    "put_off": lambda store, _: store.put_off({}, None, 50),
    "note_believed": lambda store, _: store.note_believed(),
    "published": lambda store, _: store.published([], 60.0, 60.0),
    "renew": lambda store, _: store.renew({}, 60.0),
    "queues_out": lambda store, _: store.queues_out(60.0),
    "unread_in": lambda store, _: store.unread_in(InQueue(POLICE, Lane.ROUTINE, 1, 0), 50),
    "judged": lambda store, _: store.judged(()),
    "unpublished": lambda store, _: store.unpublished({}, 60.0),
}
BESIDES = {"unit": "it is in the test", "under": "no transaction", "begin_period": "no part of upkeep"}


def test_every_transaction_of_the_store_is_tried_under_a_lead_that_has_passed() -> None:
    methods = {name for name, _ in inspect.getmembers(Store, inspect.isfunction) if not name.startswith("_")}
    assert methods == set(CALLS) | set(BESIDES)


async def test_nothing_that_is_done_under_a_lead_that_has_passed_changes_anything(kit: Kit) -> None:
    await a_report(kit)
    await rows(kit.engine, ALL_LAPSED)
    mine = await kit.store.take_lead(Lead(), "first", yields=False)
    assert mine is not None
    await kit.store.take_lead(mine, "second", yields=False)
    deposed, before = kit.store.under(mine, lambda: False), await dumped(kit.engine)

    for call in CALLS.values():
        with pytest.raises(Deposed):
            await call(deposed, kit)
    with pytest.raises(Deposed):
        async with deposed.unit():
            pass
    with pytest.raises(Deposed):
        await upkeep(replace(kit, store=deposed)).keep_house()  # type: ignore[arg-type]

    assert await dumped(kit.engine) == before
