"""`status` says ready only while somebody works, the broker takes a connection, and no fault keeps anything."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from yarl import URL

from hub.app.configuration import configuration
from hub.app.health import Status, status
from hub.app.hub import Hub
from hub.app.readiness import Unready, Word
from hub.canonical.codes import Lane
from hub.errors import OurFault
from hub.ids import PartnerId
from hub.lanes.batch import keep_delivery
from hub.local.servers import Addresses
from hub.routing.document import from_document, to_document
from hub.settings import Settings
from hub.store.backlog import Kind
from hub.store.database import Database
from hub.store.engine import connect, transaction
from tests.clock import Clock, clock_of
from tests.databases import one, rows
from tests.faults.proxy import proxy_to
from tests.kit import Kit, kit_on
from tests.talk import PROCESSED, REPORT, STAND, a_case, given_up, processed, timers

BUG = OurFault("bug:KeyError", "A bug.")


def working(hub: Hub, *lanes: Lane) -> ExitStack:
    """A worker of each of these lanes lives on this machine, and takes messages."""
    stack = ExitStack()
    for lane in lanes:
        stack.enter_context(Word(hub.settings.home, f"here-1-{lane}", lane)).say([])
    return stack


async def test_it_is_ready_only_while_a_worker_of_each_lane_lives_and_takes_messages(hub: Hub) -> None:
    nobody = await status(hub)
    assert [line for lane in Lane for line in nobody.unready if f"no worker of lane {lane}" in line] == nobody.unready
    assert len(nobody.unready) == len(Lane)
    with working(hub, Lane.ACUTE):
        (line,) = (await status(hub)).unready
        assert "no worker of lane regulier" in line
        with Word(hub.settings.home, "here-1-1", Lane.ROUTINE) as starts:
            assert len((await status(hub)).unready) == 1, "it has started, and takes no messages"
            starts.say([])
            assert (await status(hub)).unready == []
            starts.say([Unready.QUEUES_UNREAD])
            assert len((await status(hub)).unready) == 1


async def test_workers_on_another_machine_are_known_by_their_connections_to_the_database(
    hub: Hub, database: AsyncEngine
) -> None:
    far = [connect(database.url, f"far-77-{name}") for name in ("acuut", "1")]
    for engine in far:
        async with transaction(engine) as connection:
            await connection.execute(text("select 1"))
    assert (await status(hub)).unready == []
    for engine in far:
        await engine.dispose()


async def test_it_is_not_ready_where_the_management_api_answers_and_the_broker_takes_no_connection(hub: Hub) -> None:
    with working(hub, *Lane):
        async with proxy_to(hub.settings.amqp_urls[0]) as wire:
            there = replace(hub, settings=replace(hub.settings, amqp_urls=(wire.url,)))
            assert (await status(there)).unready == []
            wire.refusing = True
            (line,) = (await status(there)).unready
            assert line.startswith("The broker does not answer")


async def test_it_is_not_ready_where_the_broker_takes_connections_and_its_management_api_does_not_answer(
    hub: Hub,
) -> None:
    there = replace(hub, settings=replace(hub.settings, amqp_admin_urls=("http://a:b@127.0.0.1:1",)))
    with working(hub, *Lane):
        (line,) = (await status(there)).unready
    assert "management API" in line


async def test_what_the_management_api_refuses_is_a_reason_and_no_end_of_the_answer(hub: Hub) -> None:
    wrong = str(URL(hub.settings.amqp_admin_urls[0]).with_password("wrong"))
    with working(hub, *Lane):
        found = await status(replace(hub, settings=replace(hub.settings, amqp_admin_urls=(wrong,))))
    (line,) = found.unready
    assert "KETENHUB_AMQP_ADMIN_URL" in line
    assert found.numbers


async def test_without_a_database_it_still_says_how_the_broker_is(hub: Hub) -> None:
    engine = connect("postgresql+asyncpg://a:b@127.0.0.1:1/x", "cli")
    gone = replace(
        hub,
        database=Database(engine, to_document, from_document, 30.0),
        settings=replace(hub.settings, amqp_urls=(str(URL(hub.settings.amqp_urls[0]).with_port(1)),)),
    )
    found = await status(gone)
    assert [line.split(":")[0] for line in found.unready] == [
        "The database does not answer",
        "The broker does not answer",
    ]


@pytest.fixture
async def kit(database: AsyncEngine) -> Kit:
    return await kit_on(database)


@pytest.fixture
def seen(kit: Kit, servers: Addresses, tmp_path: Path) -> Hub:
    """The hub of this kit, as the command line sees it."""
    settings = Settings(home=tmp_path, amqp_urls=(servers.amqp_url,), amqp_admin_urls=(servers.admin_url,))
    database = Database(kit.engine, to_document, from_document, 30.0)
    database.store = kit.store  # by the same clocks
    return Hub(settings, configuration(settings), database)


@pytest.fixture
async def clock(kit: Kit) -> AsyncIterator[Clock]:
    async with clock_of(kit.engine, kit.own) as clock:
        kit.clock = clock
        yield clock


def faults(found: Status) -> list[str]:
    return [line for line in found.unready if line.startswith("a fault")]


async def test_what_a_fault_of_the_hub_keeps_too_long_makes_it_unready_until_that_is_over(
    kit: Kit, seen: Hub, clock: Clock
) -> None:
    acute = kit.delivery("politie-test", kit.event("politie-test", REPORT, urgentie=Lane.ACUTE))
    await keep_delivery(acute, BUG, kit.store, Lane.ACUTE, kit.setting)
    early = kit.event("vt-test", STAND, {}, correlationid=uuid4(), causationid=uuid4())
    await kit.decide([kit.delivery("vt-test", early)])
    assert faults(await status(seen)) == []

    await clock.put_ahead(timedelta(minutes=2))
    found = await status(seen)

    (line,) = faults(found)
    assert "bug:KeyError" in line
    assert "politie-test" in line
    kept = {one.code: (one.what, one.partner, one.lane, one.number) for one in found.backlogs}
    assert kept["bug:KeyError"] == (Kind.RETRY, "politie-test", Lane.ACUTE, 1)
    assert kept["oorzaak-onbekend"] == (Kind.RETRY, "vt-test", Lane.ROUTINE, 1)
    assert found.numbers["oldest_retry_seconds"] >= 120
    await timers(kit).look()
    assert faults(await status(seen)) == []


async def test_what_a_fault_put_in_quarantine_makes_it_unready_until_an_operator_has_judged_it(
    kit: Kit, seen: Hub, clock: Clock
) -> None:
    strict = kit.limited(retry_attempts=1)
    report = kit.delivery("politie-test", kit.event("politie-test", REPORT))
    await keep_delivery(report, BUG, strict.store, Lane.ROUTINE, strict.setting)
    await clock.put_ahead(timedelta(minutes=61))
    (line,) = faults(await status(seen))
    assert "ketenhub quarantine list" in line
    await given_up(kit, await one(kit.engine, "select id from inbox where fate = 'quarantaine'"))
    assert faults(await status(seen)) == []


async def test_a_term_that_nobody_fires_makes_it_unready_until_somebody_does(kit: Kit, seen: Hub, clock: Clock) -> None:
    await a_case(kit)
    await clock.pass_next("veiligheidsbeoordeling")
    assert not [line for line in faults(await status(seen)) if "veiligheidsbeoordeling" in line]
    await clock.put_ahead(timedelta(minutes=61))
    (line,) = [line for line in faults(await status(seen)) if "veiligheidsbeoordeling" in line]
    assert "term_failed" in line
    await timers(kit).look()
    assert not [line for line in faults(await status(seen)) if "veiligheidsbeoordeling" in line]


async def test_what_nobody_sends_makes_it_unready_and_what_its_receiver_does_not_take_does_not(
    kit: Kit, seen: Hub, clock: Clock
) -> None:
    reported = await a_case(kit)
    await clock.put_ahead(timedelta(minutes=61))
    lines = faults(await status(seen))
    assert len(lines) == 1
    assert "politie-test, vt-test" in lines[0]
    await rows(kit.engine, "update outbox set behind = :before", before=uuid4())
    assert faults(await status(seen)) == [], "a round of an alarm waits until the one before it is read"
    await rows(kit.engine, "update outbox set behind = null")

    (taken,) = await kit.store.due_outgoing(Lane.ROUTINE, 1, 15.0, [PartnerId("politie-test")])
    await kit.store.unpublished({taken.id: taken.attempts}, 15.0)
    theirs = await rows(kit.engine, "select id from outbox where partner = 'vt-test'")
    await kit.store.published([row["id"] for row in theirs], 1800.0, 60.0)
    await clock.put_ahead(timedelta(minutes=61))
    found = await status(seen)
    assert faults(found) == []
    assert {(one.what, one.partner) for one in found.backlogs} == {
        (Kind.UNPUBLISHED, "politie-test"),
        (Kind.UNCONFIRMED, "vt-test"),
    }
    assert found.numbers["oldest_unconfirmed_seconds"] >= 2 * 61 * 60
    await kit.tell("vt-test", PROCESSED, processed(reported.presented))
    assert "oldest_unconfirmed_seconds" not in (await status(seen)).numbers
