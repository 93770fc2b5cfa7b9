"""However long the hub has run, no statement of it reads a table that grows from end to end.

Every place in `hub/store` that sends a statement is visited, each statement is planned as it will be after years, and
none may need a sequential scan. `account` may: it is an operator's sum over everything.
"""

import ast
import re
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import hub.store
from hub.canonical.acts import Act, Operator
from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.errors import OurFault
from hub.ids import MessageId, PartnerId
from hub.lanes.batch import decide_batch, keep_delivery
from hub.lanes.readdress import readdress
from hub.ports import Delivery, InQueue, Judged
from hub.routing.changes import retire_partner
from hub.routing.document import from_document, to_document
from hub.schemas.samples import sample
from hub.store import awaiting, closing, machines, memory, periods, processing, quarantine, radar
from hub.store.database import Database
from hub.store.directory import import_first, is_there
from hub.store.engine import connect, transaction
from hub.store.machines import Machine
from hub.store.memory import Memory
from hub.store.migrate import migrate
from hub.store.months import month_of, named
from hub.store.processing import written
from hub.store.store import PostgresStore
from hub.store.tables import metadata
from tests.databases import UNDATED, rows
from tests.integration.store.crowd import FILLS, crowded
from tests.kit import PERIOD, REGION, Kit, kit_on, on_own_machine
from tests.periods import keeper, two_periods_on
from tests.talk import (
    AT_ONCE,
    BOARD_NOTICE,
    DETACHED,
    OFFER,
    PROCESSED,
    RADAR_WITHDRAWN,
    REPORT,
    STAND,
    WITHDRAWN,
    a_case,
    a_report,
    about,
    an_offer,
    family,
    given_up,
    processed,
    timers,
    upkeep,
)

STORE = Path(hub.store.__file__).parent
OF_AN_OPERATOR = {
    "account.py": "the sum over everything",
    "migrate.py": "at a start",
    "engine.py": "at a start",
    "recovery.py": "at a start",
}
SMALL = {
    "clock",
    "upkeep",
    "counts",
    "deletion",
    "ended_month",
    "directory",
    "directory_head",
    "lack",
    "lapsed",
    "recovery",
    "machine",
    "queue",
    "radar_lock",
    "schema_floor",
}
"""They have a row for each kind, version, machine, fault or queue, or report at this moment."""
CATALOGUE = {"pg_class", "pg_inherits", "pg_database"}
"""What PostgreSQL has a row in for each table or database."""
DEFAULT = "processing_log_default"
"""Empty, but for what has no month yet."""
DEFINES = re.compile("(?i)create table|create index|alter table|drop table|lock table|set local|savepoint|release")
"""Reads nothing, or an empty table; it has no plan."""
POLICE = PartnerId("politie-test")
TABLE = "actieoverleg.aanmelding"
LAPSED_PART = """insert into held ("case", handover, ciphertext, wrapped_key, key_id, expires)
                 values (gen_random_uuid(), gen_random_uuid(), '', '', '', now() - interval '1 hour')"""
ANSWERS = "select i.answer from inbox i join outbox o on o.id = i.answer"
LAPSED_MESSAGES = "update outbox set expires = now() where owes_confirmation and next_at is not null"
OF_THE_TEST = {
    ANSWERS,
    LAPSED_PART,
    LAPSED_MESSAGES,
    "update ended_month set detached_at = detached_at - interval '1 day'",
    "select id from outbox",
    "update inbox set received_at = received_at - interval '2 hours'",
    "update outbox set next_at = now()",
    "update timer set due = now() - interval '1 hour'",
    "update directory_head set period_since = now() - interval '7 hours'",
    "select id from cases limit 1",
    UNDATED,
}
WHOLE = {
    quarantine._TO_JUDGE: "an operator's list of all there is to judge",
    quarantine._OVER: "a sum over what is in quarantine, which a quota bounds; once a minute",
    radar._USED: "an operator's sum over the radar",
    processing._ABOUT: "an operator's look for one person through every line, month by month",
    closing._NAMED: "an operator's look at every open case, before a partner retires",
    machines._KEYS_USED: "an operator's sum over all that is under a key",
    **dict.fromkeys(awaiting._LISTS.values(), "an operator's list of what opens no more"),
    **dict.fromkeys(periods._WAITING.values(), "an operator's count of what waits, before a new chain of keys"),
}
Site = tuple[str, int]


def sites() -> set[Site]:
    """Every call of `execute` or `stream` in the store, by file and line."""
    found = set[Site]()
    for path in STORE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("execute", "stream"):
                found.add((path.name, node.lineno))
    return {site for site in found if site[0] not in OF_AN_OPERATOR}


@dataclass
class Seen:
    """What was sent, and from where."""

    statements: set[str] = field(default_factory=set)
    sites: set[Site] = field(default_factory=set)


@contextmanager
def watched(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    seen = Seen()

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement not in OF_THE_TEST:
            seen.statements.add(statement)

    def noting(real: Any) -> Any:
        def call(*args: Any, **named: Any) -> Any:
            caller = sys._getframe(1)
            seen.sites.add((Path(caller.f_code.co_filename).name, caller.f_lineno))
            return real(*args, **named)

        return call

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    with monkeypatch.context() as patched:
        for name in ("execute", "stream"):
            patched.setattr(AsyncConnection, name, noting(getattr(AsyncConnection, name)))
        yield seen
    event.remove(engine.sync_engine, "before_cursor_execute", note)


@pytest.fixture
async def kit(fresh_database: str) -> AsyncIterator[Kit]:
    engine = connect(fresh_database, "test", command_timeout=None)  # each table is filled by one statement
    await migrate(engine)
    yield await kit_on(engine)
    await engine.dispose()


async def a_working_day(kit: Kit) -> None:
    """Everything that workers do in the database, at least once."""
    child, mother, *_ = family(kit)
    first = await a_case(kit, data=about(REPORT, child, mother))
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    await kit.tell("rvdk-test", BOARD_NOTICE, {}, id=second.told.id)  # another content under a known id
    await kit.decide(
        [
            kit.delivery("rvdk-test", second.told.payload),
            replace(kit.delivery("rvdk-test", second.told.payload), count=1),
        ]
    )
    on_case: Mapping[str, Any] = {"correlationid": first.case}
    await kit.tell("vt-test", PROCESSED, processed(first.presented))
    await kit.tell("vt-test", STAND, {}, causationid=first.presented, **on_case)
    cause = uuid4()
    await kit.tell("vt-test", STAND, {}, causationid=cause, correlationid=uuid4())
    await kit.tell("vt-test", STAND, {}, id=cause, **on_case)
    table = {name: said for name, said in sample(TABLE).items() if name != "besluitVoor"}
    invited = table | {"deelnemers": [kit.oin("om-test")]}
    await kit.tell("rvdk-test", TABLE, invited, correlationid=second.report)
    await kit.tell("vt-test", DETACHED, {"melding": str(second.report)}, **on_case)
    await rows(kit.engine, UNDATED)
    offer = an_offer(kit, "wijkteam-test", "buurtteam-test")
    await kit.tell("vt-test", OFFER, offer, **on_case)
    await kit.tell("vt-test", WITHDRAWN, sample(WITHDRAWN) | {"overdracht": offer["overdracht"]}, **on_case)
    out = sample(RADAR_WITHDRAWN) | {"melding": str(first.report)}
    await kit.tell("politie-test", RADAR_WITHDRAWN, out, correlationid=first.report)


async def bad_luck(kit: Kit) -> None:
    """Retries, quarantine, and bodies that may kill."""
    strict = kit.limited(retry=AT_ONCE, retry_attempts=1)
    for how in (strict, strict, kit.limited(retry=AT_ONCE)):
        await keep_delivery(a_question(how), OurFault("test", ""), how.store, Lane.ROUTINE, how.setting)
    await rows(kit.engine, "update inbox set received_at = received_at - interval '2 hours'")
    await timers(kit).look()
    blind = replace(strict, setting=replace(strict.setting, keys=replace(strict.setting.keys, radar=lambda _: None)))
    await blind.tell("politie-test", REPORT)
    for there in (blind, blind, kit):
        await timers(there).look()
    (released, _), (given, _) = await kit.store.quarantined()
    await kit.store.release([released.id])
    await timers(kit).look()
    await given_up(kit, given.id)
    await kit.store.attempt(POLICE, "a")
    async with kit.store.unit() as unit:
        assert await unit.begin([(POLICE, "a"), (POLICE, "b")]) == {(POLICE, "a")}
        await unit.forget([(POLICE, "a"), (POLICE, "b")])


def a_question(kit: Kit) -> Delivery:
    early = kit.event("vt-test", STAND, {}, correlationid=uuid4(), causationid=uuid4())
    return kit.delivery("vt-test", early)


async def lanes(kit: Kit) -> None:
    """What the relay and the lane of time ask again and again."""
    await rows(kit.engine, "update outbox set next_at = now()")
    leased = await kit.store.due_outgoing(Lane.ROUTINE, 50, 15.0, [*kit.directory.partners])
    await kit.store.published([row.id for row in leased], 60.0, 60.0)
    await rows(kit.engine, "update outbox set next_at = now()")
    (queue, *_) = await kit.store.queues_out(0.0)
    unread = await kit.store.unread_in(InQueue(queue.partner, queue.lane, queue.published, 0), 50)
    await kit.store.judged([Judged(one, unread.now) for one in unread.out])
    assert unread.out
    async with kit.store.unit() as unit:
        assert not await unit.alarms_out(["a"])
    taken = {row.id: row.attempts for row in leased}
    await kit.store.renew(taken, 60.0)
    await kit.store.unpublished(taken, 60.0)
    await rows(kit.engine, "update timer set due = now() - interval '1 hour'")
    await rows(kit.engine, LAPSED_PART)
    await timers(kit).look()
    await rows(kit.engine, LAPSED_MESSAGES)
    mine = await kit.store.take_lead(await kit.store.lead(), "test", yields=False)
    assert mine is not None
    await upkeep(replace(kit, store=kit.store.under(mine, lambda: False))).keep_house()
    await kit.store.give_back_lead(mine)
    await only_months(kit)
    await kit.store.published([row["id"] for row in await rows(kit.engine, "select id from outbox")], 60.0, 60.0)
    assert (await kit.store.end_traffic(0.0, 50, 0)).rows
    assert await kit.store.now()
    assert (await kit.store.glance()).directory


async def only_months(kit: Kit) -> None:
    """As years after the log was a single table: what that had is dropped, and the months of now are made."""
    some, day = -timedelta(days=130).total_seconds(), timedelta(days=1).total_seconds()
    assert (await kit.store.turn_months(some)).ended == 1
    assert (await kit.store.turn_months(day)).attached == 1
    assert (await kit.store.turn_months(some)).ended == 1
    await rows(kit.engine, "update ended_month set detached_at = detached_at - interval '1 day'")
    assert (await kit.store.turn_months(some)).dropped == 1
    assert (await kit.store.turn_months(day)).attached == 1


async def a_period_ends(kit: Kit) -> None:
    """What waits, in each place, is wrapped under the next key."""
    case, late = await a_case(kit), a_question(kit)
    offered = await kit.tell("vt-test", OFFER, an_offer(kit), correlationid=case.case)
    await keep_delivery(late, OurFault("test", ""), kit.store, Lane.ROUTINE, kit.setting)
    await rows(kit.engine, "update directory_head set period_since = now() - interval '7 hours'")
    machine = on_own_machine(kit)
    for _ in range(2):
        await keeper(machine).look()
    await two_periods_on(kit, 4)
    await kit.add("later-test", Role.POLICE, REGION, 51)  # so that what was decided before went by another directory
    await kit.decide([kit.delivery("vt-test", offered.payload), late])


async def something_is_locked(kit: Kit) -> None:
    """What goes on without what somebody else has."""
    case = (await a_case(kit)).case
    asked = kit.delivery("vt-test", kit.event("vt-test", STAND, {}, correlationid=case))
    async with transaction(kit.engine) as other:
        await other.execute(text("select from cases where id = :id for update"), {"id": case})
        await decide_batch([asked], kit.store, Lane.ROUTINE, kit.setting, hasty=True)
    ids = [row["id"] for row in await rows(kit.engine, "select id from outbox")]
    assert {*await kit.store.unpublished(dict.fromkeys(ids, 1), 60.0, hasty=True)} == {*ids}
    assert {*await kit.store.published(ids, 60.0, 60.0, hasty=True)} == {*ids}


async def looks(kit: Kit) -> None:
    """What an operator asks of a running hub."""
    database = Database(kit.engine, to_document, from_document, 30.0)
    (name,) = await rows(kit.engine, "select id from cases limit 1")
    assert await database.case(name["id"]) is not None
    await database.status()
    await database.backlogs()
    await database.lanes_worked()
    await database.lacking()
    await database.unreadable()
    await database.report(Machine("kh1", "/h", {"storage": ["a"]}))
    assert [machine.keys for machine in await database.machines()] == [{"storage": ["a"]}]
    assert await database.keys_used()
    assert await is_there(kit.engine)
    await PostgresStore(kit.engine, from_document, 30.0, memory=Memory()).directory()
    await database.oldest_line()
    async with transaction(kit.engine) as connection:
        await memory.note_missing(connection, memory.Seen(str(uuid4()), "1", 1, 0))
    assert not await import_first(kit.engine, await kit.store.directory(), to_document)
    await database.counts("2026-01", "2026-12")
    await database.radar_keys_used()
    await database.untaken_keys()
    await database.key_taken(uuid4())
    await database.unanswered([POLICE], await kit.store.now())
    await database.kept_deliveries(await kit.store.now())
    async for _ in database.processing_log(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), POLICE):
        pass
    await database.record(Act("acts", Operator("ketenhub", "a.beheerder", "kh1")))
    ever = datetime(2026, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
    assert await database.acts(*ever)
    assert not await database.acts(*ever, ["a", str(name["id"])])
    await a_report(kit)
    assert [line async for line in database.lines_about("ketenhub.ldv", ["0.8.0"])]
    assert await database.lines_of(*ever, POLICE) >= 0
    assert await database.types_of([MessageId(row["id"]) for row in await rows(kit.engine, "select id from outbox")])
    assert not await database.store.begin_period(PERIOD)
    await database.take_up_period((await kit.store.contents()).period)
    assert sum((await database.readable()).values())
    assert not [one for one in await database.gone() if one.sender is None and one.case is None]
    assert await database.give_up_gone([]) == 0
    assert await database.workers() == 0
    await kit.add("nieuw-test", Role.POLICE, REGION, 50)


async def a_retirement(kit: Kit) -> None:
    """What a connection that is closing still has, and what waits for it on its way to another."""
    database = Database(kit.engine, to_document, from_document, 30.0)
    await a_case(kit)
    assert (await database.waiting(POLICE)).outgoing
    async with database.one_at_a_time():
        pass
    assert await database.held_by(kit.oin("vt-test"))
    assert await database.cases_of(kit.oin(POLICE))
    async with kit.store.unit() as unit:
        assert await unit.resend([MessageId(row["answer"]) for row in await rows(kit.engine, ANSWERS)])
    await kit.change(lambda now: retire_partner(now, POLICE, kit.now(), PartnerId("nieuw-test")))
    assert (await readdress(POLICE, await kit.store.waiting_outgoing(POLICE, 1), kit.store, kit.setting)).moved
    assert await database.give_up_outgoing(PartnerId("nieuw-test"))


async def plans(engine: AsyncEngine, statement: str) -> dict[str, Any]:
    """How PostgreSQL would do this whatever its parameters are."""
    parameters = len(set(re.findall(r"\$\d+", statement)))
    given = f"({', '.join(['null'] * parameters)})" if parameters else ""
    async with transaction(engine) as connection:
        await connection.execute(text("set local plan_cache_mode = force_generic_plan"))
        await connection.exec_driver_sql(f"prepare it as {statement}")
        found = await connection.exec_driver_sql(f"explain (format json) execute it{given}")
        (plan,) = found.scalar_one()
        await connection.execute(text("deallocate it"))
    return dict(plan["Plan"])


def scanned(plan: Mapping[str, Any]) -> Iterator[str]:
    """The tables that it reads from end to end."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from scanned(part)


async def test_no_statement_of_a_running_hub_scans_a_table_that_grows(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watched(kit.engine, monkeypatch) as seen:
        for part in (a_working_day, bad_luck, something_is_locked, a_period_ends, lanes, looks, a_retirement):
            await part(kit)
    assert sites() - seen.sites == set(), "the test must visit each place that sends a statement"
    await crowded(kit.engine)

    whole = {str(one.compile(dialect=asyncpg.dialect(), compile_kwargs={"render_postcompile": True})) for one in WHOLE}
    planned = sorted(one for one in seen.statements - whole if not DEFINES.match(one))
    small = SMALL | CATALOGUE | {DEFAULT}
    found = {one: set(scanned(await plans(kit.engine, one))) - small for one in planned}

    assert {one: tables for one, tables in found.items() if tables} == {}


async def read_by(engine: AsyncEngine, statement: str, *values: object) -> set[str]:
    """The tables that a statement looks at in the end."""
    async with transaction(engine) as connection:
        found = await connection.exec_driver_sql(f"explain (analyze, format json) {statement}", values)
        ((plan,),) = found.all()
        await connection.rollback()
    return set(looked_at(plan[0]["Plan"]))


def looked_at(plan: Mapping[str, Any]) -> Iterator[str]:
    if "Relation Name" in plan and plan["Actual Loops"] and plan["Node Type"] != "ModifyTable":
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from looked_at(part)


async def test_of_the_months_of_the_processing_log_only_those_asked_for_are_looked_at(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    await only_months(kit)
    await crowded(kit.engine)
    now = await kit.store.now()
    first, second, third = (month_of(now, later) for later in range(3))
    with watched(kit.engine, monkeypatch) as seen:
        assert [line async for line in written(kit.engine, second, third, None)] != []
        await kit.store.end_processing_log(1.0, 1)
    (of_a_period,) = (one for one in seen.statements if one.startswith("SELECT processing_log"))
    (end,) = (one for one in seen.statements if one.startswith("DELETE FROM processing_log"))

    assert await read_by(kit.engine, of_a_period, second, third) == {named("processing_log", second)}
    lapsing = {named("processing_log", first), DEFAULT}
    kept = (now - first - timedelta(hours=1)).total_seconds()
    assert await read_by(kit.engine, end, now, 0, 0, 0, 0, 0, 0, kept, 5) == lapsing


async def test_a_scan_would_be_seen(kit: Kit) -> None:
    await crowded(kit.engine)
    plan = await plans(kit.engine, "update outbox set attempts = 1 where type = $1::text")
    assert list(scanned(plan)) == ["outbox"]


def test_every_table_is_said_to_grow_or_to_stay_small() -> None:
    assert set(metadata.tables) == FILLS.keys() | SMALL
