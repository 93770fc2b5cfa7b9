"""What a message needs and is not here is no fault of the message: it waits for that, and goes when it is back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from hub.app.health import lacking
from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.envelope.strict_json import parse
from hub.errors import OurFault, Surroundings
from hub.ids import PartnerId, RegionId
from hub.lanes import asking
from hub.lanes.batch import keep_delivery
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.intake import MOST_ATTEMPTS, Intake
from hub.lanes.lookout import Lookout
from hub.lanes.relay import Relay
from hub.ports import Delivery, OutboxRow
from hub.routing.changes import change_partner, retire_partner
from hub.routing.document import from_document, to_document
from hub.schemas.message import wire_type
from hub.store.database import Database
from hub.store.engine import connect
from hub.store.migrate import migrate
from hub.telemetry import LogEvent
from tests.clock import Clock, clock_of
from tests.databases import one, rows
from tests.fakes import FakePublisher, FakeQueue, until
from tests.kit import RADAR_KEY, REGION, Kit, kit_on
from tests.patience import CEILING
from tests.talk import AT_ONCE, CRIMINAL, DELAYED, PRESENTED, REPORT, STAND, a_case, a_report, timers, upkeep

MINUTE = timedelta(minutes=1)
SOON = timedelta(seconds=6)


def blind(kit: Kit) -> Kit:
    """The same hub on a machine without the file of the radar's key."""
    return replace(kit, setting=replace(kit.setting, keys=replace(kit.setting.keys, radar=lambda _: None)))


def an_acute_report(kit: Kit) -> tuple[UUID, Delivery]:
    payload = kit.event("politie-test", REPORT, urgentie=Lane.ACUTE)
    return UUID(parse(payload)["id"]), kit.delivery("politie-test", payload)


async def fate(kit: Kit, message: UUID) -> tuple[str, str | None]:
    (row,) = await rows(kit.engine, "select fate, code from inbox where message = :id", id=message)
    return row["fate"], row["code"]


async def pass_by(kit: Kit, clock: Clock, span: timedelta, step: timedelta, said: list[OutboxRow]) -> None:
    """Time goes by, and this hub looks every `step`."""
    for _ in range(span // step):
        await clock.put_ahead(step)
        await timers(kit, said).look()


def begun(logs: list[Any]) -> list[tuple[str, str | None]]:
    return [(line["code"], line["about"]) for line in logs if line["event"] == LogEvent.LACK_BEGUN]


@pytest.mark.parametrize("lane", list(Lane))
async def test_a_key_that_is_lost_for_days_puts_no_message_in_quarantine_and_is_alarmed_once(
    kit: Kit, clock: Clock, lane: Lane
) -> None:
    hole, said = blind(kit), list[OutboxRow]()
    payload = kit.event("politie-test", REPORT, urgentie=lane)
    id_ = UUID(parse(payload)["id"])
    with capture_logs() as logs:
        await hole.decide([kit.delivery("politie-test", payload)], lane)
        await pass_by(hole, clock, timedelta(hours=2), 5 * MINUTE, said)
        await pass_by(hole, clock, timedelta(days=40), timedelta(days=2), said)

    assert await fate(kit, id_) == ("opnieuw", "hub-key-missing")
    assert begun(logs) == [("hub-key-missing", RADAR_KEY)]
    warned = [str(line["event"]) for line in logs if line["log_level"] in ("warning", "error")]
    assert sorted(warned) == ["delay_told", "lack_begun"]
    assert [row.type for row in said] == [f"nl.ketenhub.{DELAYED}.v1"]
    assert await one(kit.engine, "select attempts from stored_delivery") == 0
    assert await one(kit.engine, "select count(*) from journal") == 1


@pytest.mark.parametrize("lane", list(Lane))
async def test_it_goes_within_seconds_when_the_key_is_back_and_the_end_is_said(
    kit: Kit, clock: Clock, lane: Lane
) -> None:
    hole, said = blind(kit), list[OutboxRow]()
    payload = kit.event("politie-test", REPORT, urgentie=lane)
    await hole.decide([kit.delivery("politie-test", payload)], lane)
    await pass_by(hole, clock, timedelta(hours=1), MINUTE, said)

    with capture_logs() as logs:
        await pass_by(kit, clock, SOON, SOON, said)
        assert await fate(kit, UUID(parse(payload)["id"])) == ("aanvaard", None)
        assert f"nl.ketenhub.{PRESENTED}.v1" in [row.type for row in said if row.partner == "vt-test"]
        await pass_by(kit, clock, 2 * MINUTE, MINUTE, said)

    ended = [line for line in logs if line["event"] == LogEvent.LACK_ENDED]
    assert [(line["code"], line["about"]) for line in ended] == [("hub-key-missing", RADAR_KEY)]
    assert await one(kit.engine, "select count(*) from lack") == 0


async def test_all_that_wait_go_when_one_has_got_through_the_acute_ones_first(kit: Kit, clock: Clock) -> None:
    hole = blind(kit)
    routine = [kit.delivery("politie-test", kit.event("politie-test", REPORT)) for _ in range(60)]
    await hole.decide(routine)
    acute, delivery = an_acute_report(kit)
    await hole.decide([delivery], Lane.ACUTE)
    await pass_by(hole, clock, timedelta(minutes=20), MINUTE, [])

    await clock.put_ahead(SOON)
    await timers(kit).look()
    assert await fate(kit, acute) == ("aanvaard", None)
    await timers(kit).look()
    await timers(kit).look()

    assert await one(kit.engine, "select count(*) from inbox where fate = 'aanvaard'") == 61


async def test_while_it_lasts_few_of_the_many_that_wait_are_tried(kit: Kit, clock: Clock) -> None:
    hole = blind(kit)
    await hole.decide([kit.delivery("politie-test", kit.event("politie-test", REPORT)) for _ in range(60)])
    tried = 0
    await hole.store.due_deliveries(50, 15.0)
    for _ in range(20):
        await clock.put_ahead(timedelta(seconds=1))
        tried += len(await hole.store.due_deliveries(50, 15.0))

    assert 2 <= tried <= 20


async def test_a_region_without_a_desk_is_waited_for_and_its_new_desk_gets_the_report(kit: Kit, clock: Clock) -> None:
    said, before = list[OutboxRow](), kit.directory
    await kit.change(lambda directory: retire_partner(directory, PartnerId("vt-test"), kit.now() - MINUTE, None))
    id_, delivery = an_acute_report(kit)
    await kit.decide([delivery], Lane.ACUTE)
    await pass_by(kit, clock, timedelta(hours=5), 10 * MINUTE, said)
    assert await fate(kit, id_) == ("opnieuw", "no-triage-desk")

    await kit.change(lambda directory: replace(before, version=directory.version + 1))
    await pass_by(kit, clock, SOON, SOON, said)

    assert await fate(kit, id_) == ("aanvaard", None)
    assert "vt-test" in [row.partner for row in said]


async def test_a_region_that_is_given_to_the_desk_of_another_has_its_reports_decided_there(
    kit: Kit, clock: Clock
) -> None:
    said, elsewhere = list[OutboxRow](), PartnerId("vt-elders")
    await kit.add(elsewhere, Role.VEILIG_THUIS, RegionId("utrecht"), 81)
    await kit.change(lambda directory: retire_partner(directory, PartnerId("vt-test"), kit.now() - MINUTE, None))
    id_, delivery = an_acute_report(kit)
    await kit.decide([delivery], Lane.ACUTE)
    await kit.change(lambda directory: change_partner(directory, elsewhere, add=[REGION]))
    await pass_by(kit, clock, SOON, SOON, said)

    assert await fate(kit, id_) == ("aanvaard", None)
    assert elsewhere in [row.partner for row in said]


class Bug:
    """In the hub, while it is there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.there = False
        self._real = asking.check_environment
        monkeypatch.setattr(asking, "check_environment", self)

    def __call__(self, *args: Any) -> None:
        if self.there:
            raise ZeroDivisionError
        self._real(*args)


async def test_what_the_surroundings_lack_counts_for_nothing_among_a_messages_own_failures(
    kit: Kit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug, hasty = Bug(monkeypatch), kit.limited(retry=AT_ONCE)
    bug.there = True
    id_, delivery = an_acute_report(hasty)
    await hasty.decide([delivery], Lane.ACUTE)
    for _ in range(10):
        await timers(hasty).look()
    assert await one(kit.engine, "select attempts from stored_delivery") == 11

    bug.there = False
    for _ in range(30):
        await timers(blind(hasty)).look()
    assert (await fate(kit, id_), await one(kit.engine, "select attempts from stored_delivery")) == (
        ("opnieuw", "hub-key-missing"),
        11,
    )

    bug.there = True
    await clock.put_ahead(SOON)
    await timers(hasty).look()
    assert await fate(kit, id_) == ("quarantaine", "bug:ZeroDivisionError")
    assert await one(kit.engine, "select lack from stored_delivery") is None


async def test_one_that_kills_whoever_tries_it_is_quarantined_though_it_waits(kit: Kit, clock: Clock) -> None:
    id_, delivery = an_acute_report(kit)
    await blind(kit).decide([delivery], Lane.ACUTE)
    for _ in range(kit.setting.limits.retry_attempts + 1):
        assert len(await kit.store.due_deliveries(50, 15.0)) == 1  # and whoever took it is no more
        await clock.put_ahead(timedelta(seconds=30))

    await timers(kit).look()

    assert await fate(kit, id_) == ("quarantaine", "may-kill-worker")


@pytest.mark.parametrize("code", ["radar-key-missing", "no-triage-desk", "document-unreadable", "storage-key-missing"])
async def test_what_the_version_before_quarantined_for_want_of_something_is_tried_again(kit: Kit, code: str) -> None:
    id_, delivery = an_acute_report(kit)
    once = kit.limited(retry_attempts=1)
    await keep_delivery(delivery, OurFault(code, ""), once.store, Lane.ACUTE, once.setting)
    mine, other = an_acute_report(kit)
    await keep_delivery(other, OurFault("bug:KeyError", ""), once.store, Lane.ACUTE, once.setting)
    assert await fate(kit, id_) == ("quarantaine", code)

    await upkeep(kit).keep_house()
    await timers(kit).look()

    assert await fate(kit, id_) == ("aanvaard", None)
    assert await fate(kit, mine) == ("quarantaine", "bug:KeyError")


async def test_terms_on_cases_that_cannot_be_read_are_one_alarm_and_the_other_terms_fire(
    meddled: Kit, clock_on: Clock
) -> None:
    kit = meddled
    opened, other = await a_case(kit), await a_case(kit)
    await rows(kit.engine, "update cases set document = '{\"v\": 99}' where id = :id", id=opened.case)
    await clock_on.put_ahead(timedelta(days=30))
    with capture_logs() as logs:
        for _ in range(10):
            await clock_on.put_ahead(timedelta(seconds=20))
            await timers(kit).look()

    assert begun(logs) == [("document-unreadable", str(opened.case))]
    assert not [line for line in logs if line["event"] == LogEvent.TERM_FAILED]
    escalated = "select count(*) from case_event where kind = 'TermEscalated' and \"case\" = :id"
    assert await one(kit.engine, escalated, id=other.case) > 0


@pytest.fixture
async def clock_on(meddled: Kit) -> AsyncIterator[Clock]:
    async with clock_of(meddled.engine, meddled.own) as ahead:
        meddled.clock = ahead
        yield ahead


async def test_one_case_that_cannot_be_read_halves_no_batch(meddled: Kit) -> None:
    kit = meddled
    opened, other = await a_case(kit), await a_case(kit)
    await rows(kit.engine, "update cases set document = '{\"v\": 2}' where id = :id", id=opened.case)
    asked = [kit.event("vt-test", STAND, {}, correlationid=case) for case in (opened.case, other.case)]

    changes = await kit.decide([kit.delivery("vt-test", one_) for one_ in asked])

    assert [(row.fate.value, row.code) for row in changes.inbox] == [
        ("opnieuw", "document-unreadable"),
        ("aanvaard", None),
    ]


async def test_messages_to_partners_under_a_key_that_is_lost_wait_with_one_alarm_and_go_when_it_is_back(
    kit: Kit,
) -> None:
    publisher = FakePublisher()
    await a_report(kit)
    setting = replace(kit.setting, keys=replace(kit.setting.keys, storage={}))
    retry = replace(kit.setting.limits.recipient_retry, cap=timedelta(seconds=0.2))
    # A relay that is ended in the middle of a look leaves what it has leased.
    quick = kit.limited(recipient_retry=retry, lease=timedelta(seconds=1))
    await rows(kit.engine, "update outbox set next_at = now()")
    lost = Relay(kit.store, publisher, replace(quick.setting, keys=setting.keys), Patient(Health()), kit.now)
    found = Relay(kit.store, publisher, quick.setting, Patient(Health()), kit.now)
    with capture_logs() as logs:
        task = asyncio.create_task(lost.run(Lookout(kit.store, Patient(Health()))))
        await until(lambda: one(kit.engine, "select count(*) = 2 from outbox where lack is not null and attempts > 2"))
        for _ in range(3):
            await timers(kit).look()
        (standing,) = await Database(kit.engine, to_document, from_document, 15.0).lacking()
        task.cancel()
        task = asyncio.create_task(found.run(Lookout(kit.store, Patient(Health()))))
        await until(lambda: len(publisher.published) == 2)
        task.cancel()

    assert [code for code, _ in begun(logs)] == ["hub-key-missing"]
    assert not [line for line in logs if line["event"] == LogEvent.OUTGOING_UNCONFIRMED]
    assert (standing.messages, standing.outgoing) == (0, 2)
    assert "2 to partners" in lacking(standing)


async def test_a_directory_of_a_newer_version_stops_all_and_counts_against_nobody(kit: Kit) -> None:
    queue, health = FakeQueue(), Health()
    intake = Intake(queue, queue, kit.store, lambda _: None, Lane.ACUTE, kit.setting, Patient(health, longest=0.05))
    id_, delivery = an_acute_report(kit)
    suspect = replace(delivery, count=2)
    newer = "update directory set document = jsonb_set(document::jsonb, '{schema}', '999')::text"
    before = str(await one(kit.engine, "select document from directory"))
    kit.store._directory = None
    await rows(kit.engine, newer)
    for _ in range(MOST_ATTEMPTS + 2):  # as many restarts
        task = asyncio.create_task(intake.handle([suspect]))
        await until(lambda: "directory-newer" in health.reasons)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await one(kit.engine, "select count(*) from attempt") == 0

    task = asyncio.create_task(intake.handle([suspect]))
    await until(lambda: "directory-newer" in health.reasons)
    assert not queue.acked
    await rows(kit.engine, "update directory set document = :document", document=before)
    await asyncio.wait_for(task, CEILING)

    assert health.reasons == frozenset()
    assert await fate(kit, id_) == ("aanvaard", None)


async def test_a_step_of_housekeeping_that_the_database_refuses_keeps_no_other_from_being_done(
    fresh_database: str,
) -> None:
    engine: AsyncEngine = connect(fresh_database, "test")
    await migrate(engine)
    kit = await kit_on(engine)
    await rows(engine, "alter table radar_entry rename column expires to ends")
    sent = list[str]()
    event.listen(engine.sync_engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    with capture_logs() as logs:
        for _ in range(3):
            await upkeep(kit).keep_house()
            await timers(kit).look()

    assert begun(logs) == [("database-error", "42703")]
    assert [one_ for one_ in sent if one_.startswith("DELETE FROM processing_log")]
    await engine.dispose()


def failing(types: tuple[str, ...], error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked of messages of these types fails so."""
    really = asking.validate

    def failed(type_: str, data: Any) -> Any:
        if type_ in map(wire_type, types):
            raise error
        return really(type_, data)

    monkeypatch.setattr(asking, "validate", failed)


MACHINE_FAULTS = pytest.mark.parametrize(
    "error", [OSError(24, "Too many open files"), MemoryError(), Surroundings("crypto-unavailable", "")]
)


@MACHINE_FAULTS
async def test_a_machine_on_which_every_message_fails_puts_none_in_quarantine(
    kit: Kit, clock: Clock, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, capture_logs() as logs:
        failing((REPORT, CRIMINAL), error, patched)
        id_, delivery = an_acute_report(kit)
        await kit.decide([delivery], Lane.ACUTE)
        for _ in range(20):
            await clock.put_ahead(10 * MINUTE)
            await kit.decide([kit.delivery("om-test", kit.event("om-test", CRIMINAL))])
            await timers(kit).look()

    assert (await fate(kit, id_))[0] == "opnieuw"
    assert len(begun(logs)) == 1
    await pass_by(kit, clock, SOON, SOON, [])
    assert await fate(kit, id_) == ("aanvaard", None)


@MACHINE_FAULTS
@pytest.mark.parametrize("lane", list(Lane))
async def test_a_message_on_which_a_machine_fails_that_works_for_others_is_quarantined(
    kit: Kit, clock: Clock, error: Exception, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing((CRIMINAL,), error, monkeypatch)
    payload = kit.event("om-test", CRIMINAL, urgentie=lane)
    with capture_logs() as logs:
        await kit.decide([kit.delivery("om-test", payload)], lane)
        for _ in range(20):
            await a_report(kit)
            await clock.put_ahead(11 * MINUTE)
            await timers(kit).look()

    assert (await fate(kit, UUID(parse(payload)["id"])))[0] == "quarantaine"
    assert len(begun(logs)) == 1
    assert await one(kit.engine, "select count(*) from inbox where fate = 'opnieuw'") == 0


async def test_an_operator_sees_what_is_lacking_with_how_many_wait(kit: Kit) -> None:
    hole = blind(kit)
    await hole.decide([kit.delivery("politie-test", kit.event("politie-test", REPORT)) for _ in range(3)])
    await hole.decide([an_acute_report(kit)[1]], Lane.ACUTE)

    (found,) = await Database(kit.engine, to_document, from_document, 15.0).lacking()

    assert (found.lack.code, found.messages, found.acute, found.outgoing) == ("hub-key-missing", 4, 1, 0)
    assert "4 messages wait (1 acute). The hub's radar key" in lacking(found)
