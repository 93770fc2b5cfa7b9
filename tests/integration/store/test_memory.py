"""A database that lacks what was seen committed, or is another one, is not worked on until an operator says so."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from structlog.testing import capture_logs

from hub.app.memory import Remembered, newest
from hub.canonical.codes import Lane
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory
from hub.envelope.strict_json import parse
from hub.errors import Standstill
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.intake import Intake
from hub.local.postgres import Postgres
from hub.routing.document import from_document, to_document
from hub.routing.hub_keys import add_hub_key, keys_of, move_hub_key
from hub.store import recovery
from hub.store.database import Database
from hub.store.engine import connect
from hub.store.memory import Memory, Seen
from hub.store.migrate import migrate
from hub.store.store import PostgresStore
from hub.telemetry import LogEvent
from tests.databases import one, rows
from tests.fakes import FakeQueue, until
from tests.kit import Kit, kit_on
from tests.patience import CEILING
from tests.servers import new_database, new_home
from tests.talk import ASSESSED as ASSESSED
from tests.talk import OFFER as OFFER
from tests.talk import REPORT, STAND, a_case, timers


async def remembering(engine: AsyncEngine, memory: Memory, kit: Kit | None = None) -> Kit:
    """A hub on this database that remembers."""
    made = kit or await kit_on(engine)
    return replace(made, engine=engine, store=PostgresStore(engine, from_document, 30.0, memory=memory))


@pytest.fixture
async def engine(fresh_database: str) -> AsyncIterator[AsyncEngine]:
    engine = connect(fresh_database, "test")
    await migrate(engine)
    await recovery.begin(engine)
    yield engine
    await engine.dispose()


@asynccontextmanager
async def backup(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """The database as it is now, to be gone back to: as a restore gives it back, on the same cluster."""
    url = engine.url.render_as_string(hide_password=False)
    await engine.dispose()
    async with new_database(url, engine.url.database or "") as copy:
        restored = connect(copy, "test")
        yield restored
        await restored.dispose()


async def test_what_it_saw_is_there_again_at_the_next_connection(engine: AsyncEngine) -> None:
    memory = Memory()
    kit = await remembering(engine, memory)
    await kit.tell("politie-test", REPORT)
    assert memory.seen is not None
    assert memory.seen.batch is not None
    for _ in range(2):
        await engine.dispose()
        await kit.tell("politie-test", REPORT)
    await (await remembering(engine, Memory(memory.seen), kit)).store.directory()


async def test_a_restored_database_is_refused_and_nothing_is_acknowledged_until_an_operator_says_recover(
    engine: AsyncEngine,
) -> None:
    memory = Memory()
    kit = await remembering(engine, memory)
    await kit.tell("politie-test", REPORT)
    async with backup(engine) as restored:
        await kit.tell("politie-test", REPORT)
        back = await remembering(restored, memory, kit)
        queue, health = FakeQueue(), Health()
        patient = Patient(health, longest=0.05)
        intake = Intake(queue, queue, back.store, lambda _: None, Lane.ROUTINE, back.setting, patient)
        task = asyncio.create_task(intake.handle([back.delivery("politie-test", back.event("politie-test", REPORT))]))
        await until(lambda: "recovery-needed" in health.reasons)
        assert not queue.acked
        assert await one(restored, "select count(*) from inbox") == 1

        found = await recovery.found(restored, memory.seen)
        assert found.lost[0].startswith("the commit of ")
        number, _ = await recovery.recover(restored, memory.seen)
        await asyncio.wait_for(task, CEILING)

        assert len(queue.acked) == 1
        assert memory.seen is not None
        assert memory.seen.recovery == number


@pytest.mark.parametrize("what", ["a report", "a term", "the directory"])
async def test_whatever_was_committed_last_is_missed(engine: AsyncEngine, what: str) -> None:
    memory = Memory()
    kit = await remembering(engine, memory)
    case = await a_case(kit)
    async with backup(engine) as restored:
        if what == "a report":
            await kit.tell("politie-test", REPORT)
        elif what == "a term":
            await rows(engine, "update timer set due = now() - interval '1 day'")
            await rows(
                engine,
                "update cases set document = jsonb_set(document::jsonb, '{case,terms}', (select jsonb_agg("
                "jsonb_set(t, '{next}', to_jsonb(now() - interval '1 day'))) from "
                "jsonb_array_elements(document::jsonb #> '{case,terms}') t))::text where id = :id",
                id=case.case,
            )
            await timers(kit).look()
        else:
            await kit.change(lambda directory: replace(directory, version=directory.version + 1))
            await kit.store.directory()

        with pytest.raises(Standstill, match="is not there"):
            await (await remembering(restored, memory, kit)).store.directory()


async def test_a_commit_that_lapsed_with_other_traffic_data_is_not_missed(engine: AsyncEngine) -> None:
    memory = Memory()
    kit = await remembering(engine, memory)
    await kit.tell("politie-test", REPORT)
    assert memory.seen is not None
    assert memory.seen.at is not None
    await rows(engine, "delete from batch")
    await rows(
        engine,
        "insert into lapsed values ('', 'until', extract(epoch from cast(:at as timestamptz))::bigint + 1)",
        at=memory.seen.at,
    )
    await engine.dispose()

    await kit.store.directory()


async def test_another_database_and_one_never_used_are_refused(engine: AsyncEngine, fresh_database: str) -> None:
    memory = Memory()
    kit = await remembering(engine, memory)
    await kit.tell("politie-test", REPORT)
    async with new_database(fresh_database) as url:
        other = connect(url, "test")
        await migrate(other)
        there = await remembering(other, memory, await kit_on(other))
        with pytest.raises(Standstill, match="never been used"):
            await there.store.directory()
        await recovery.begin(other)
        with pytest.raises(Standstill, match="it is another database"):
            await there.store.directory()
        await other.dispose()


async def test_a_database_from_before_a_recovery_is_refused_whatever_else_it_has(engine: AsyncEngine) -> None:
    memory = Memory()
    kit = await remembering(engine, memory)
    async with backup(engine) as before:
        number, _ = await recovery.recover(engine, None)
        await engine.dispose()
        await kit.store.directory()
        assert memory.seen is not None
        assert memory.seen.recovery == number

        with pytest.raises(Standstill, match="older than the last recovery"):
            await (await remembering(before, memory, kit)).store.directory()
        assert (await recovery.recover(before, memory.seen))[0] > number
        await (await remembering(before, memory, kit)).store.directory()


class Late:
    """A connection whose answers are read only after something else has happened in this process."""

    def __init__(self, connection: AsyncConnection, meanwhile: Callable[[], Awaitable[object]]) -> None:
        self._connection = connection
        self._meanwhile = meanwhile

    async def execute(self, *asked: Any) -> Any:
        answer = await self._connection.execute(*asked)
        await self._meanwhile()
        return answer


@pytest.mark.parametrize("what", ["a report", "the directory", "a recovery", "the first look"])
async def test_what_is_seen_while_a_connection_is_looked_at_is_not_missed_on_it(engine: AsyncEngine, what: str) -> None:
    memory = Memory()
    kit = await remembering(engine, memory)

    async def meanwhile() -> None:
        if what == "the directory":
            await kit.change(lambda directory: replace(directory, version=directory.version + 1))
        if what == "a recovery":
            await recovery.recover(engine, None)
            await engine.dispose()
        await kit.tell("politie-test", REPORT)

    if what != "the first look":
        await kit.tell("politie-test", REPORT)
    async with engine.connect() as connection:
        await memory.recognise(cast(AsyncConnection, Late(connection, meanwhile)))

    assert memory.seen is not None
    assert (memory.seen.recovery > 0) == (what == "a recovery")
    assert memory.seen.batch == await one(engine, "select max(id) from batch")


async def test_case_versions_lie_above_any_that_was_said(engine: AsyncEngine) -> None:
    kit = await remembering(engine, Memory())
    case = await a_case(kit)
    before = (await kit.tell("vt-test", STAND, {}, correlationid=case.case)).one("vt-test", "zaken.stand")["data"]
    assert before["zaakversie"] < 1_000
    said = [before["zaakversie"]]
    for _ in range(2):
        number, _ = await recovery.recover(engine, None)
        for _ in range(2):
            told = await kit.tell("vt-test", STAND, {}, correlationid=case.case)
            said.append(told.one("vt-test", "zaken.stand")["data"]["zaakversie"])
        assert said[-2] > number
    assert said == sorted(set(said))


async def test_a_backup_that_is_gone_back_to_twice_by_a_machine_without_memory_gives_other_versions(
    engine: AsyncEngine,
) -> None:
    kit = await remembering(engine, Memory())
    case, said = await a_case(kit), []
    async with backup(engine) as first, backup(engine) as second:
        for restored in (first, second):
            await recovery.recover(restored, None)
            again = await remembering(restored, Memory(), kit)
            told = await again.tell("vt-test", STAND, {}, correlationid=case.case)
            said.append(told.one("vt-test", "zaken.stand")["data"]["zaakversie"])
    assert said[0] < said[1] < 2**31


async def test_what_one_process_misses_is_refused_by_all_also_by_those_that_saw_less_of_it(
    engine: AsyncEngine,
) -> None:
    saw, less = Memory(), Memory()
    kit = await remembering(engine, saw)
    await kit.tell("politie-test", REPORT)
    less.seen = saw.seen
    async with backup(engine) as restored:
        await kit.tell("politie-test", REPORT)
        other = await remembering(restored, less, kit)
        await other.tell("politie-test", REPORT)  # it misses nothing, until the other has looked
        with pytest.raises(Standstill, match="the commit of"):
            await (await remembering(restored, saw, kit)).store.directory()

        for refused in (other, await remembering(restored, Memory(), kit)):
            with pytest.raises(Standstill, match="the commit of"):
                await refused.store.directory()
            with pytest.raises(Standstill, match="the commit of"):
                await refused.tell("politie-test", REPORT)
        assert (await recovery.found(restored, None)).lost[0].startswith("the commit of")
        await recovery.recover(restored, None)
        for again in (other, await remembering(restored, saw, kit)):
            await again.tell("politie-test", REPORT)


async def test_a_machine_at_a_wrong_address_stops_nobody_elses_hub_and_does_not_take_a_recovered_one_for_its_own(
    engine: AsyncEngine, fresh_database: str
) -> None:
    memory = Memory()
    kit = await remembering(engine, memory)
    await kit.tell("politie-test", REPORT)
    async with new_database(fresh_database) as url:
        elsewhere = connect(url, "test")
        await migrate(elsewhere)
        await recovery.begin(elsewhere)
        theirs = await remembering(elsewhere, Memory(), await kit_on(elsewhere))
        for _ in range(2):
            with pytest.raises(Standstill, match="it is another database"):
                await (await remembering(elsewhere, memory, kit)).store.directory()
            await theirs.store.directory()
            await recovery.recover(elsewhere, None)
        await recovery.recover(elsewhere, memory.seen)  # an operator says that it stands for ours
        await (await remembering(elsewhere, memory, kit)).store.directory()
        await elsewhere.dispose()


async def test_after_a_recovery_expiry_is_not_judged_and_early_steps_wait_until_it_is_over(engine: AsyncEngine) -> None:
    kit = await remembering(engine, Memory())
    await recovery.recover(engine, None)
    long_ago = kit.now().replace(year=kit.now().year - 1)
    told = await kit.tell("politie-test", REPORT, time=long_ago, expirytime=long_ago + timedelta(days=1))
    assert told.changes.inbox[0].fate.value == "aanvaard"

    early = kit.event("vt-test", STAND, {}, correlationid=uuid4(), time=kit.now() - timedelta(days=4))
    id_ = UUID(parse(early)["id"])
    await kit.decide([kit.delivery("vt-test", early)])
    await rows(engine, "update inbox set received_at = now() - interval '3 days' where message = :id", id=id_)
    for _ in range(20):
        await rows(engine, "update stored_delivery set next_at = now()")
        await timers(kit).look()
    assert await one(engine, "select fate from inbox where message = :id", id=id_) == "opnieuw"

    await rows(engine, "update recovery set until = now()")
    await rows(engine, "update stored_delivery set next_at = now()")
    await timers(kit).look()
    assert await one(engine, "select code from inbox where message = :id", id=id_) == "zaak-onbekend"


async def test_a_role_without_rights_of_an_administrator_can_look(engine: AsyncEngine, fresh_database: str) -> None:
    name = f"plain_{uuid4().hex[:8]}"
    await rows(engine, f"create role {name} login password 'x' nosuperuser")
    await rows(engine, f"grant select on all tables in schema public to {name}")
    url = engine.url.set(username=name, password="x")
    plain = connect(url, "test")
    try:
        await recovery.found(plain, None)
    finally:
        await plain.dispose()
        await rows(engine, f"drop owned by {name}")
        await rows(engine, f"drop role {name}")


# --- what a restore takes from the directory -----------------------------------------------------------------------


def a_key_more(directory: Directory) -> Directory:
    """The radar's next key, in use."""
    at = datetime.now(UTC)
    added = add_hub_key(directory, HubKey(KeyKind.RADAR, "next", KeyState.ANNOUNCED), at)
    return move_hub_key(added, KeyKind.RADAR, "next", KeyState.READ, at)


def another_key_more(directory: Directory) -> Directory:
    """It writes now."""
    return move_hub_key(directory, KeyKind.RADAR, "next", KeyState.WRITE, datetime.now(UTC))


async def test_a_recovery_brings_back_what_the_keys_of_the_hub_counted_for(engine: AsyncEngine) -> None:
    memory = Memory()
    kit = await remembering(engine, memory)
    async with backup(engine) as restored:
        await kit.change(a_key_more)
        known = (await kit.store.directory()).hub_keys
        await Database(restored, to_document, from_document, 30.0).recover(memory.seen)

        again = await (await remembering(restored, memory, kit)).store.directory()
        assert [key.id for key in keys_of(again, KeyKind.RADAR)][-1] == "next"
        assert set(again.hub_keys) == set(known)
        assert memory.seen is not None
        assert memory.seen.keys == again.hub_keys


@pytest.mark.parametrize("said_on", ["one that saw less", "one that saw nothing", "one of another hub"])
async def test_the_hubs_keys_come_back_as_whoever_saw_most_of_them_did_whichever_machine_recover_is_said_on(
    engine: AsyncEngine, said_on: str
) -> None:
    less, most, more = Memory(), Memory(), Memory()
    kit = await remembering(engine, less)
    await kit.store.directory()
    async with backup(engine) as restored:
        for memory, change in ((more, a_key_more), (most, another_key_more)):
            other = await remembering(engine, memory, kit)
            await other.change(change)
            await other.store.directory()
        assert most.seen is not None
        known = most.seen.keys
        for memory in (more, most, less):  # each says what it misses, in any order
            with pytest.raises(Standstill):
                await (await remembering(restored, Memory(memory.seen), kit)).store.directory()

        stranger = replace(most.seen, keys=(HubKey(KeyKind.RADAR, "strange", KeyState.WRITE),))
        seen = {"one that saw less": less.seen, "one that saw nothing": None, "one of another hub": stranger}[said_on]
        database = Database(restored, to_document, from_document, 30.0)
        assert (await database.found(seen)).noted == most.seen.directory
        await database.recover(seen)

        again = await (await remembering(restored, Memory(), kit)).store.directory()
        assert set(again.hub_keys) == set(known)


async def test_a_home_that_misses_something_leaves_its_keys_when_recover_is_asked_and_not_said(
    engine: AsyncEngine,
) -> None:
    memory = Memory()
    kit = await remembering(engine, memory)
    async with backup(engine) as restored:
        await kit.change(a_key_more)
        known = (await kit.store.directory()).hub_keys
        database = Database(restored, to_document, from_document, 30.0)
        assert (await database.found(memory.seen)).lost
        await database.recover(None)
        again = await (await remembering(restored, Memory(), kit)).store.directory()
        assert set(again.hub_keys) == set(known)


async def test_a_version_that_has_the_number_of_one_that_was_lost_is_not_taken_for_it(engine: AsyncEngine) -> None:
    memory = Memory()
    kit = await remembering(engine, memory)
    await kit.store.directory()
    async with backup(engine) as restored:
        await kit.change(lambda directory: replace(directory, version=directory.version + 1, regions={}))
        lost = await kit.store.directory()
        kit.store._engine = restored  # the same process, on what took the place of its database
        other = await remembering(restored, Memory(), kit)
        await other.change(lambda directory: replace(directory, version=directory.version + 1))
        await recovery.recover(restored, memory.seen)

        found = await kit.store.directory()
        assert found.version == lost.version
        assert found.regions != lost.regions


# --- what a home keeps ---------------------------------------------------------------------------------------------


async def test_a_home_keeps_what_its_workers_saw_last(tmp_path: Path, engine: AsyncEngine) -> None:
    first, second = Remembered(tmp_path, "one"), Remembered(tmp_path, "two")
    assert newest(tmp_path) is None
    plain = await kit_on(engine)
    await plain.change(a_key_more)
    for memory in (first, second):
        await (await remembering(engine, memory, plain)).tell("politie-test", REPORT)
        memory.keep()

    assert newest(tmp_path) == second.seen
    assert second.seen is not None
    assert second.seen.keys == plain.directory.hub_keys
    assert Remembered(tmp_path, "three").seen == second.seen
    (tmp_path / "seen" / "two.json").write_text("{")
    assert newest(tmp_path) == first.seen


def test_what_was_committed_after_a_clock_that_was_ahead_is_remembered_too(tmp_path: Path) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    memories = [Remembered(tmp_path, name) for name in ("ahead", "right")]
    for memory in memories:
        memory.seen = Seen("a", "b", 1, 0)
    memories[0].committed(5, now + timedelta(days=800))
    memories[0].keep()
    memories[1].committed(6, now)
    memories[1].keep()
    assert newest(tmp_path) == memories[1].seen

    memories[0].committed(7, now)
    memories[0].committed(4, now)  # it began before, and ended after
    assert memories[0].seen == Seen("a", "b", 1, 0, batch=7, at=now)
    memories[0].keep()
    assert newest(tmp_path) == memories[0].seen


# --- a cluster of its own ------------------------------------------------------------------------------------------


class Cluster:
    """A PostgreSQL that a test stops, copies, puts back and promotes."""

    def __init__(self, home: Path) -> None:
        self.server = Postgres(home / "postgres", print)

    @property
    def data(self) -> Path:
        return self.server._place / "data"

    def start(self) -> None:
        self.server.launch()
        self.server.wait_until_ready()

    def copy_to(self, place: Path) -> None:
        self.server.stop()
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.data, place, symlinks=True)

    def put_back(self, place: Path) -> None:
        self.server.stop()
        owner = self.data.stat()
        shutil.rmtree(self.data)
        shutil.copytree(place, self.data, symlinks=True)
        _own(self.data, owner.st_uid, owner.st_gid)

    def promote(self) -> None:
        """As after a failover: it comes up on a timeline of its own, with what it has."""
        self.server.stop()
        owner = self.data.stat()
        (self.data / "recovery.signal").touch()
        with (self.data / "postgresql.auto.conf").open("a") as conf:
            conf.write("restore_command = '/bin/false'\n")
        _own(self.data, owner.st_uid, owner.st_gid)


def _own(folder: Path, uid: int, gid: int) -> None:
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, uid, gid)


@contextmanager
def cluster() -> Iterator[Cluster]:
    with new_home() as home:
        made = Cluster(home)
        try:
            made.start()
            yield made
        finally:
            made.server.stop()


async def test_a_new_timeline_with_everything_is_followed_and_one_without_is_not(tmp_path: Path) -> None:
    memory = Memory()
    with cluster() as made:
        engine = connect(made.server.database_url, "test")
        await migrate(engine)
        await recovery.begin(engine)
        kit = await remembering(engine, memory)
        await kit.tell("politie-test", REPORT)
        await engine.dispose()
        made.copy_to(tmp_path / "backup")
        made.promote()
        made.start()
        await until(lambda: one(engine, "select not pg_is_in_recovery()"))
        with capture_logs() as logs:
            await kit.tell("politie-test", REPORT)
        assert [line["version"] for line in logs if line["event"] == LogEvent.DATABASE_FOLLOWED] == [2]
        await engine.dispose()

        made.put_back(tmp_path / "backup")
        made.promote()
        made.start()
        await until(lambda: one(engine, "select not pg_is_in_recovery()"))
        with pytest.raises(Standstill, match=r"the commit of .* is not there"):
            await kit.store.directory()
        await engine.dispose()


async def test_another_cluster_behind_the_same_address_is_refused() -> None:
    memory = Memory()
    with cluster() as made:
        engine = connect(made.server.database_url, "test")
        await migrate(engine)
        await recovery.begin(engine)
        await (await remembering(engine, memory)).tell("politie-test", REPORT)
        await engine.dispose()
    assert isinstance(memory.seen, Seen)
    other = replace(memory.seen, system="1")
    with cluster() as made:
        engine = connect(made.server.database_url, "test")
        await migrate(engine)
        await recovery.begin(engine)
        kit = await remembering(engine, Memory(other))
        with pytest.raises(Standstill, match="another cluster"):
            await kit.store.directory()
        await engine.dispose()
