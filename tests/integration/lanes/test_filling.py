"""What opens no more since a restore is filled when its message is sent again, and nothing else changes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from hub.canonical.codes import Lane
from hub.canonical.environment import Environment
from hub.canonical.partners import Role
from hub.errors import Code, OurFault
from hub.ids import PartnerId
from hub.lanes import asking
from hub.lanes.batch import keep_delivery, keep_unopened
from hub.lanes.database import Patient
from hub.lanes.fate import Poison
from hub.lanes.health import Health
from hub.lanes.lookout import Lookout
from hub.lanes.periods import Periods
from hub.lanes.readdress import readdress
from hub.lanes.relay import Relay
from hub.ports import Fate, OutboxRow
from hub.routing.changes import add_partner, end_partner, retire_partner
from hub.schemas.message import wire_type
from hub.store import awaiting
from hub.store.account import account
from hub.store.engine import transaction
from tests.backups import backed_up
from tests.clock import Clock
from tests.databases import books_fit, registers_tell_the_cases, rows
from tests.fakes import FakePublisher, until
from tests.kit import REGION, Kit, Told, on_own_machine
from tests.periods import gone, keeper, two_periods_on
from tests.talk import (
    CRIMINAL,
    DOSSIER,
    OFFER,
    PRESENTED,
    REPORT,
    YES,
    a_case,
    a_yes,
    an_offer,
    given_up,
    timers,
    upkeep,
)

BESIDES = {
    "outbox": "ciphertext, wrapped_key, key_id, next_at, attempts",
    "held": "ciphertext, wrapped_key, key_id",
}


async def resent(hub: Kit, name: str, told: Told) -> list[OutboxRow]:
    return list((await hub.decide([hub.delivery(name, told.payload)])).outbox)


async def facts(hub: Kit) -> dict[str, Any]:
    """All that stands in the database of what happened, but for content and how often it was sent."""
    found: dict[str, Any] = {}
    for table in ("cases", "case_event", "outbox", "held", "timer", "radar_entry", "processing_log", "journal"):
        read = [dict(row) for row in await rows(hub.engine, f"select * from {table} as t order by t::text")]
        left_out = BESIDES.get(table, "").split(", ")
        found[table] = sorted(str({key: row[key] for key in sorted(row) if key not in left_out}) for row in read)
    return found


async def test_a_notice_that_opens_no_more_is_what_it_was_when_the_report_is_sent_again(kit: Kit, clock: Clock) -> None:
    told = await kit.tell("politie-test", REPORT)
    row = told.row("vt-test", PRESENTED)
    said = kit.opened(row)
    hub = await two_periods_on(kit)
    assert await gone(hub, "outbox") >= 1
    before = await facts(hub)

    again = await resent(hub, "politie-test", told)

    (back,) = [one for one in again if one.id == row.id]
    assert hub.opened(back) == said
    assert await gone(hub, "outbox") == 0
    assert await facts(hub) == before
    await books_fit(hub.engine)
    await registers_tell_the_cases(hub.engine)


async def test_a_copy_that_is_two_periods_old_awaits_what_was_under_way_and_is_filled_by_resending(kit: Kit) -> None:
    told = await kit.tell("politie-test", REPORT)
    row = told.row("vt-test", PRESENTED)
    said = kit.opened(row)
    async with backed_up(kit) as backup, backup.restored(recovering=True) as again:
        hub = await two_periods_on(again)
        found = await account(hub.engine)
        assert (found.fits, found.awaiting) == (True, await gone(hub, "outbox"))
        async with transaction(hub.engine) as connection:
            listed = await awaiting.gone(connection)
        assert {(one.sender, one.message, one.case) for one in listed if one.case} == {
            ("politie-test", told.id, row.case)
        }

        sent = await resent(hub, "politie-test", told)

        (back,) = [one for one in sent if one.id == row.id]
        assert hub.opened(back) == said
        found = await account(hub.engine)
        assert (found.fits, found.awaiting) == (True, 0)


async def test_what_is_sent_again_before_anybody_found_that_it_opens_no_more_is_filled_too(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Resent messages lie in the queues already when an operator says `recover`: they come before the first look."""
    case, offer = await a_case(kit), an_offer(kit)
    offered = await kit.tell("vt-test", OFFER, offer, correlationid=case.case)
    with monkeypatch.context() as broken:
        broken.setattr(asking, "check_environment", lambda *_: 1 / 0)
        late = await kit.tell("politie-test", REPORT)
    hub = await two_periods_on(kit, looked=False)

    for name, told in (("politie-test", case.told), ("vt-test", offered), ("politie-test", late)):
        await resent(hub, name, told)
    await keeper(hub).look()

    assert [await gone(hub, table) for table in ("held", "stored_delivery")] == [0, 0]
    left = await rows(hub.engine, "select type from outbox where key_id = 'gone' and next_at is not null")
    assert {row["type"] for row in left} == {wire_type("triage.melding-vastgelegd")}


async def test_a_yes_before_anybody_found_that_its_part_opens_no_more_is_asked_of_the_giver(kit: Kit) -> None:
    case, offer = await a_case(kit), an_offer(kit)
    row = (await kit.tell("vt-test", OFFER, offer, correlationid=case.case)).row("wijkteam-test", OFFER)
    hub = await two_periods_on(kit, looked=False)
    yes = await hub.tell("wijkteam-test", YES, a_yes(offer, row), correlationid=case.case)
    assert (yes.changes.lacks, yes.to("wijkteam-test", DOSSIER)) == ((), [])
    assert yes.to("vt-test")


async def test_nothing_is_filled_for_who_has_ended_with_nobody_in_its_place(kit: Kit) -> None:
    """It would wait for ever, and be no less readable for that."""
    told = await kit.tell("om-test", CRIMINAL)
    hub = await two_periods_on(kit)
    at = hub.now() - timedelta(milliseconds=100)
    await hub.change(lambda now: end_partner(retire_partner(now, PartnerId("politie-test"), at), "politie-test", at))
    again = await resent(hub, "om-test", told)
    assert {one.partner for one in again} & {"politie-test", "vt-test"} == {"vt-test"}
    query = "select key_id from outbox where partner = 'politie-test'"
    assert {row["key_id"] for row in await rows(hub.engine, query)} == {"gone"}


async def test_a_step_on_a_case_that_went_on_is_judged_by_the_case_as_it_stood(kit: Kit, clock: Clock) -> None:
    case = await a_case(kit)
    offer = an_offer(kit)
    offered = await kit.tell("vt-test", OFFER, offer, correlationid=case.case)
    row = offered.row("wijkteam-test", OFFER)
    said = kit.opened(row)
    hub = await two_periods_on(kit)
    assert await gone(hub, "held") == 1
    before = await facts(hub)

    again = await resent(hub, "vt-test", offered)
    (back,) = [one for one in again if one.id == row.id]
    assert hub.opened(back) == said
    assert await gone(hub, "held") == 0
    assert await facts(hub) == before
    again = await resent(hub, "politie-test", case.told)
    assert case.presented in {one.id for one in again}
    assert await facts(hub) == before

    yes = await hub.tell("wijkteam-test", YES, a_yes(offer, row), correlationid=case.case)
    assert yes.one("wijkteam-test", DOSSIER)["data"]


async def test_a_kept_message_that_opens_no_more_is_tried_again_with_the_bytes_that_came_now(
    kit: Kit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(asking, "check_environment", lambda *_: 1 / 0)
        late = await kit.tell("politie-test", REPORT)
    hub = await two_periods_on(kit)
    assert await gone(hub, "stored_delivery") == 1

    await resent(hub, "politie-test", late)

    assert await gone(hub, "stored_delivery") == 0
    await clock.put_ahead(timedelta(minutes=1))
    said: list[OutboxRow] = []
    await timers(hub, said).look()
    assert [row for row in said if row.type.endswith("melding-aangeboden.v1")]
    await books_fit(hub.engine)


async def test_what_opens_no_more_is_never_due_whoever_brings_back_what_is_far_off(kit: Kit, clock: Clock) -> None:
    await kit.tell("politie-test", REPORT)
    hub = await two_periods_on(kit)
    vt, heir = PartnerId("vt-test"), hub.newcomer("vt-fusie", Role.VEILIG_THUIS, REGION, 67)
    await upkeep(hub).keep_house()
    waiting = await rows(hub.engine, "select id, attempts from outbox")
    await hub.store.unpublished({row["id"]: row["attempts"] for row in waiting}, 0.0)
    await hub.change(lambda directory: add_partner(directory, heir, Environment.TEST, vt))
    assert (await readdress(vt, await hub.store.waiting_outgoing(vt, 50), hub.store, hub.setting)).moved
    assert await gone(hub, "outbox") >= 1
    due = await hub.store.due_outgoing(Lane.ROUTINE, 50, 15.0, [*hub.directory.partners])
    assert not [row for row in due if row.owes_confirmation]


async def test_in_quarantine_what_opens_no_more_is_not_tried_again_and_can_be_given_up(kit: Kit, clock: Clock) -> None:
    strict = kit.limited(retry_attempts=1)
    await keep_delivery(
        strict.delivery("politie-test", strict.event("politie-test", REPORT)),
        OurFault("test", ""),
        strict.store,
        Lane.ROUTINE,
        strict.setting,
    )
    hub = await two_periods_on(kit)
    ((row, _),) = await hub.store.quarantined()
    assert await hub.store.release([row.id]) == []
    assert [one.code for one in (await given_up(hub, row.id)).inbox] == [Code.NOT_PROCESSED.value]
    assert await gone(hub, "stored_delivery") == 0


async def test_a_retry_that_opens_no_more_ends_as_quarantine_does(kit: Kit, clock: Clock) -> None:
    delivery = kit.delivery("politie-test", kit.event("politie-test", REPORT))
    await keep_delivery(delivery, OurFault("test", ""), kit.store, Lane.ROUTINE, kit.setting)
    hub = await two_periods_on(kit)
    assert await hub.store.quarantined_before(timedelta(days=30).total_seconds(), 50) == []
    await clock.put_ahead(timedelta(days=31))
    old = await hub.store.quarantined_before(timedelta(days=30).total_seconds(), 50)
    assert len(old) == 1
    assert [one.code for one in (await given_up(hub, *old)).inbox] == [Code.NOT_PROCESSED.value]
    await books_fit(hub.engine)


async def test_an_unopened_one_that_was_decided_since_is_not_said_to_be_unprocessed(kit: Kit, clock: Clock) -> None:
    """Sent again it is sealed anew, so it is not known by its bytes; its own can be opened never."""
    payload = kit.event("politie-test", REPORT)
    await keep_unopened(kit.delivery("politie-test", payload), Poison(), kit.store, Lane.ROUTINE, kit.setting)
    hub = await two_periods_on(kit)
    (unopened,) = await rows(hub.engine, "select id from inbox")
    told = await hub.decide([hub.delivery("politie-test", payload)])
    assert [row.fate for row in told.inbox] == [Fate.ACCEPTED]

    changes = await given_up(hub, unopened["id"])

    assert ([row.fate for row in changes.inbox], changes.outbox) == ([Fate.DUPLICATE], ())
    assert await gone(hub, "stored_delivery") == 0
    await books_fit(hub.engine)


async def test_a_part_that_opens_no_more_is_asked_of_the_giver_at_a_yes(kit: Kit, clock: Clock) -> None:
    case = await a_case(kit)
    offer = an_offer(kit)
    row = (await kit.tell("vt-test", OFFER, offer, correlationid=case.case)).row("wijkteam-test", OFFER)
    hub = await two_periods_on(kit)
    yes = await hub.tell("wijkteam-test", YES, a_yes(offer, row), correlationid=case.case)
    assert yes.to("wijkteam-test", DOSSIER) == []
    assert yes.to("vt-test")


async def test_a_message_whose_key_was_destroyed_while_it_was_in_hand_goes_out_as_it_is_now(
    kit: Kit, clock: Clock
) -> None:
    told = await kit.tell("politie-test", REPORT)
    in_hand = told.changes.outbox
    hub = on_own_machine(kit)
    keeper = Periods(hub.store, hub.setting, Patient(Health()))
    await clock.put_ahead(timedelta(hours=6, minutes=1))
    for _ in range(2):
        await keeper.look()
    publisher = FakePublisher()
    relay = Relay(hub.store, publisher, hub.setting, Patient(Health()), lambda: datetime.now(UTC))
    task = asyncio.create_task(relay.run(Lookout(hub.store, Patient(Health()))))
    try:
        with capture_logs() as logs:
            relay.offer(in_hand)
            await until(lambda: len(publisher.to(PartnerId("vt-test"))) == 1)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert not [line for line in logs if line["log_level"] == "error"]
    assert await rows(hub.engine, "select from lack") == []


async def test_a_yes_beside_the_offer_that_is_sent_again_gets_its_part_and_leaves_none(kit: Kit, clock: Clock) -> None:
    case = await a_case(kit)
    offer = an_offer(kit)
    offered = await kit.tell("vt-test", OFFER, offer, correlationid=case.case)
    hub = await two_periods_on(kit)
    answer = a_yes(offer, offered.row("wijkteam-test", OFFER))
    yes = hub.event("wijkteam-test", YES, answer, correlationid=case.case)
    both = [hub.delivery("wijkteam-test", yes), hub.delivery("vt-test", offered.payload)]

    changes = await hub.decide(both)

    assert [one for one in changes.outbox if one.type == wire_type(DOSSIER)]
    assert await rows(hub.engine, "select from held") == []


async def test_what_a_message_of_another_does_not_bring_back_stays_gone(kit: Kit, clock: Clock) -> None:
    told = await kit.tell("politie-test", REPORT)
    other = await kit.tell("politie-test", REPORT)
    hub = await two_periods_on(kit)
    await resent(hub, "politie-test", told)
    row = other.row("vt-test", PRESENTED)
    found = await rows(hub.engine, "select key_id from outbox where id = :id", id=row.id)
    assert [dict(one) for one in found] == [{"key_id": "gone"}]
