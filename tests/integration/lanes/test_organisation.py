"""An organisation may have several connections: it is one party, and its message is one, by whichever it comes."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from hub.canonical.codes import Lane
from hub.canonical.environment import Environment
from hub.canonical.partners import Partner, Role
from hub.errors import OurFault
from hub.ids import PartnerId
from hub.lanes.batch import keep_delivery
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.relay import Relay
from hub.ports import Changes, Delivery, Fate, OutboxRow
from hub.routing.changes import add_partner, retire_partner
from hub.store.account import account
from hub.store.engine import transaction
from tests.databases import one, rows
from tests.fakes import FakePublisher, until
from tests.kit import REGION, Kit, Told
from tests.patience import CEILING
from tests.talk import (
    ASSESSED,
    AT_ONCE,
    CLOSED,
    DELAYED,
    DOSSIER,
    OFFER,
    PRESENTED,
    PROCESSED,
    RECEIPT,
    RECORDED,
    REFUSAL,
    REPORT,
    STAND,
    YES,
    OnCase,
    a_case,
    a_report,
    a_yes,
    an_offer,
    assessment,
    given_up,
    processed,
    recording,
    timers,
    waits,
)

COMPLETED = "overdrachten.afgerond"
NAMES = ["a-nieuw", "z-nieuw"]
"""Before and after the names that the others have."""


async def reconnected(kit: Kit, old: str, name: str, number: int = 70) -> Partner:
    """The organisation has another connection from now on; its old one has ended."""
    was, at = kit.speakers[old].partner, kit.now() - timedelta(milliseconds=1)
    made = replace(kit.newcomer(name, was.role, REGION, number), oin=was.oin, valid_from=at, regions=was.regions)
    kit.speakers[name] = replace(kit.speakers[name], partner=made)
    await kit.change(lambda now: add_partner(retire_partner(now, was.id, at), made, Environment.TEST))
    return made


async def held_by_the_team(kit: Kit) -> OnCase:
    """A case that the local team has taken over."""
    opened = await a_case(kit)
    offer = an_offer(kit)
    made = (await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)).row("wijkteam-test", OFFER)
    await kit.tell("wijkteam-test", YES, a_yes(offer, made), correlationid=opened.case)
    return opened


@pytest.mark.parametrize("name", NAMES)
async def test_who_holds_goes_on_by_its_new_connection(kit: Kit, name: str) -> None:
    opened = await held_by_the_team(kit)
    new = await reconnected(kit, "wijkteam-test", name)

    stand = (await kit.tell(name, STAND, {}, correlationid=opened.case)).one(name, "zaken.stand")["data"]
    again = an_offer(kit, "rvdk-test")
    given = await kit.tell(name, OFFER, again, correlationid=opened.case)

    assert stand["houder"] == new.oin
    assert [row.partner for row in given.changes.outbox] == ["rvdk-test", name]


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_said_to_an_organisation_goes_to_its_new_connection(kit: Kit, name: str) -> None:
    opened = await a_case(kit)
    await reconnected(kit, "wijkteam-test", name)

    offer = an_offer(kit, name)
    made = (await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)).row(name, OFFER)
    yes = await kit.tell(name, YES, a_yes(offer, made), correlationid=opened.case)

    assert yes.to(name, DOSSIER)


@pytest.mark.parametrize("name", NAMES)
async def test_a_yes_by_the_new_connection_to_an_offer_that_the_old_one_got_counts(kit: Kit, name: str) -> None:
    opened, offer = await a_case(kit), an_offer(kit)
    made = (await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)).row("wijkteam-test", OFFER)
    new = await reconnected(kit, "wijkteam-test", name)

    yes = await kit.tell(name, YES, a_yes(offer, made), correlationid=opened.case)

    assert yes.to(name, DOSSIER)
    assert await one(kit.engine, "select holder from cases") == new.oin


@pytest.mark.parametrize("name", NAMES)
async def test_a_triage_with_a_new_connection_gets_reports_and_records_assesses_and_closes(kit: Kit, name: str) -> None:
    before = await a_report(kit)
    await reconnected(kit, "vt-test", name)

    recorded = await kit.tell(name, RECORDED, recording(before), correlationid=before.case)
    await kit.tell(name, ASSESSED, assessment(before), correlationid=before.case)
    closed = await kit.tell(name, CLOSED, correlationid=before.case)
    after = await kit.tell("politie-test", "meldingen.zorgmelding")

    assert recorded.to("politie-test", RECORDED)
    assert [change.case.state for change in closed.changes.cases] == ["gesloten"]
    assert after.to(name, PRESENTED)


@pytest.mark.parametrize("name", NAMES)
async def test_when_it_merges_the_successor_stands_in_its_place_whichever_connection_it_had_last(
    kit: Kit, name: str
) -> None:
    opened = await held_by_the_team(kit)
    await reconnected(kit, "wijkteam-test", name)
    await kit.add("wijkteam-fusie", kit.speakers[name].partner.role, REGION, 72)
    at = kit.now() - timedelta(milliseconds=1)
    await kit.change(lambda now: retire_partner(now, PartnerId(name), at, PartnerId("wijkteam-fusie")))

    stand = await kit.tell("wijkteam-fusie", STAND, {}, correlationid=opened.case)
    told = await kit.tell("vt-test", "monitoring.vraag", None, correlationid=opened.case)

    assert stand.one("wijkteam-fusie", "zaken.stand")["data"]["houder"] == kit.oin("wijkteam-fusie")
    assert [row.partner for row in told.changes.outbox] == ["wijkteam-fusie", "vt-test"]


# --- what waits for the old connection -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
async def test_what_waits_for_a_connection_that_ended_goes_to_the_next_as_it_was_written(kit: Kit, name: str) -> None:
    reported = await a_report(kit)
    presented = reported.told.row("vt-test", PRESENTED)
    await reconnected(kit, "vt-test", name)
    await rows(kit.engine, "update outbox set next_at = now()")
    publisher = FakePublisher()
    relay = Relay(kit.store, publisher, kit.setting, Patient(Health()), lambda: datetime.now(UTC))

    await relay._look(await kit.store.glance())
    await until(lambda: len(publisher.published) == 2)
    await relay.drain(CEILING)

    (sent,) = publisher.to(PartnerId(name))
    assert kit.received(sent) == kit.opened(presented)
    assert publisher.to(PartnerId("vt-test")) == []


async def test_what_waits_for_one_that_ended_without_another_stays_where_it_shows(kit: Kit) -> None:
    await a_report(kit)
    at = kit.now()
    await kit.change(lambda now: retire_partner(now, PartnerId("vt-test"), at))
    await rows(kit.engine, "update outbox set next_at = now() where partner = 'vt-test'")
    publisher = FakePublisher()
    relay = Relay(kit.store, publisher, kit.setting, Patient(Health()), lambda: datetime.now(UTC))

    await relay._look(await kit.store.glance())
    await until(lambda: bool(publisher.tried))
    await relay.drain(CEILING)

    assert {sent.partner for sent in publisher.tried} == {"vt-test"}


# --- one message of the organisation -------------------------------------------------------------------------------


async def also(kit: Kit, name: str, other: str, role: Role, number: int = 80) -> None:
    """The organisation of `name` has another connection beside, in another role."""
    made = replace(kit.newcomer(other, role, REGION, number), oin=kit.oin(name))
    kit.speakers[other] = replace(kit.speakers[other], partner=made)
    await kit.change(lambda now: add_partner(now, made, Environment.TEST))


async def by(kit: Kit, name: str, payload: bytes) -> Told:
    """These signed bytes, by this connection."""
    return Told(kit, payload, await kit.decide([kit.delivery(name, payload)]))


@pytest.mark.parametrize("name", NAMES)
async def test_a_payload_again_by_a_new_connection_is_the_known_message_and_is_answered_there(
    kit: Kit, name: str
) -> None:
    told = (await a_report(kit)).told
    await reconnected(kit, "politie-test", name)

    again = await by(kit, name, told.payload)

    assert again.one(name, RECEIPT) == told.one("politie-test", RECEIPT)
    assert [row.partner for row in again.changes.outbox] == [name]
    assert (again.changes.duplicates, again.changes.cases) == (1, ())
    assert await rows(kit.engine, "select deliveries, partner, organisation from inbox") == [
        {"deliveries": 2, "partner": "politie-test", "organisation": kit.oin(name)}
    ]
    assert await one(kit.engine, "select count(*) from cases") == 1
    assert (
        await one(kit.engine, "select partner from outbox where id = :id", id=told.row("politie-test", RECEIPT).id)
        == name
    )


async def test_the_numbers_of_an_organisations_connections_add_up_to_its_books(kit: Kit) -> None:
    told = (await a_report(kit)).told
    await reconnected(kit, "politie-test", "a-nieuw")
    await by(kit, "a-nieuw", told.payload)
    await kit.tell("a-nieuw", REPORT)

    partners = (await account(kit.engine)).partners
    together = Counter(partners["politie-test"]) + Counter(partners["a-nieuw"])

    assert {name: together[name] for name in ("deliveries", "distinct", "accepted", "outgoing")} == {
        "deliveries": 3, "distinct": 2, "accepted": 2, "outgoing": 2
    }  # fmt: skip


async def test_a_refusal_again_by_another_connection_is_the_same_refusal(kit: Kit) -> None:
    await also(kit, "politie-test", "a-parket", Role.PROSECUTION)
    refused = await kit.tell("politie-test", REPORT, {"kenmerk": ""})

    again = await by(kit, "a-parket", refused.payload)

    assert again.one("a-parket", REFUSAL) == refused.one("politie-test", REFUSAL)


async def test_an_id_of_one_connection_is_taken_for_another_of_its_organisation(kit: Kit) -> None:
    told = (await a_report(kit)).told
    await reconnected(kit, "politie-test", "a-nieuw")

    other = await kit.tell("a-nieuw", REPORT, id=told.id, urgentie=Lane.ACUTE)

    assert other.one("a-nieuw", REFUSAL)["data"]["code"] == "id-hergebruik"


async def test_two_connections_that_ask_in_one_batch_are_both_answered_with_the_same_answer(kit: Kit) -> None:
    await also(kit, "politie-test", "a-parket", Role.PROSECUTION)
    payload = kit.event("politie-test", REPORT)

    both = [kit.delivery("politie-test", payload), kit.delivery("a-parket", payload)]
    told = Told(kit, payload, await kit.decide(both))

    assert told.one("politie-test", RECEIPT) == told.one("a-parket", RECEIPT)
    assert (len(told.changes.cases), told.changes.duplicates) == (1, 1)
    publisher = FakePublisher()
    relay = Relay(kit.store, publisher, kit.setting, Patient(Health()), lambda: datetime.now(UTC))
    relay.offer(told.changes.outbox)
    await until(lambda: len(publisher.published) == 3)
    await relay.drain(CEILING)
    assert {sent.partner for sent in publisher.published} == {"politie-test", "a-parket", "vt-test"}


async def test_two_workers_that_get_one_message_by_two_connections_at_once_make_one_effect(kit: Kit) -> None:
    await also(kit, "wijkteam-test", "a-melder", Role.REPORTER)
    payload = kit.event("wijkteam-test", "meldingen.professionele-melding")
    copies = [kit.delivery(name, payload) for name in ("wijkteam-test", "a-melder")]
    # Both have found nothing and are held up; then the second meets the first's row.
    async with transaction(kit.engine) as blocker:
        await blocker.execute(text("lock table case_event in exclusive mode"))
        both = asyncio.gather(*(patiently(kit, one) for one in copies))
        await until(lambda: waiting(kit, 2))
    first, second = await both

    assert sorted((changes.duplicates, len(changes.cases)) for changes in (first, second)) == [(0, 1), (1, 0)]
    assert await one(kit.engine, "select deliveries from inbox") == 2


async def patiently(kit: Kit, delivery: Delivery) -> Changes:
    return await Patient(Health())(lambda: kit.decide([delivery]))


async def waiting(kit: Kit, number: int) -> bool:
    query = "select count(*) = :n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    return bool(await one(kit.engine, query, n=number))


@pytest.mark.parametrize("name", NAMES)
async def test_what_was_sent_to_the_old_connection_is_confirmed_by_the_new(kit: Kit, name: str) -> None:
    reported = await a_report(kit)
    await reconnected(kit, "vt-test", name)

    await kit.tell(name, PROCESSED, processed(reported.presented))

    found = await rows(kit.engine, "select delivered_at is null as open, ciphertext from outbox where id = :id",
                       id=reported.presented)  # fmt: skip
    assert [dict(row) for row in found] == [{"open": False, "ciphertext": None}]
    assert await one(kit.engine, "select count(*) from timer where name = 'veiligheidsbeoordeling'") == 1


async def test_what_was_sent_to_another_organisation_is_confirmed_by_nobody_else(kit: Kit) -> None:
    reported = await a_report(kit)

    told = await kit.tell("politie-test", PROCESSED, processed(reported.presented))

    assert told.one("politie-test", REFUSAL)["data"]["code"] == "oorzaak-onbekend"


@pytest.mark.parametrize("name", NAMES)
async def test_a_cause_that_the_old_connection_said_or_got_is_known_to_the_new(kit: Kit, name: str) -> None:
    reported = await a_report(kit)
    recorded = await kit.tell("vt-test", RECORDED, recording(reported), correlationid=reported.case)
    await reconnected(kit, "vt-test", name)

    for cause in (reported.presented, recorded.id):
        asked = await kit.tell(name, STAND, {}, correlationid=reported.case, causationid=cause)
        assert asked.to(name, RECEIPT), cause


async def test_a_cause_of_another_organisation_is_unknown(kit: Kit) -> None:
    reported = await a_report(kit)

    said = recording(reported)
    told = await kit.tell("vt-test", RECORDED, said, correlationid=reported.case, causationid=reported.told.id)

    assert [row.fate for row in told.changes.inbox] == [Fate.RETRY]


# --- what is not decided yet -------------------------------------------------------------------------------------


async def test_a_stored_retry_that_comes_again_by_another_connection_is_one_and_is_decided_once(kit: Kit) -> None:
    kit = kit.limited(early_step_wait=waits(600, 600), retry=AT_ONCE)
    await also(kit, "vt-test", "a-jeugd", Role.CERTIFIED_INSTITUTION)
    reported, cause = await a_report(kit), uuid4()
    early = await kit.tell("vt-test", ASSESSED, assessment(reported), correlationid=reported.case, causationid=cause)

    again = await by(kit, "a-jeugd", early.payload)
    await kit.tell("vt-test", RECORDED, recording(reported), id=cause, correlationid=reported.case)
    said: list[OutboxRow] = []
    await timers(kit, said).look()

    assert (again.changes.duplicates, again.changes.outbox) == (1, ())
    assert await rows(kit.engine, "select fate, deliveries from inbox where message = :id", id=early.id) == [
        {"fate": "aanvaard", "deliveries": 2}
    ]
    assert (await by(kit, "a-jeugd", early.payload)).to("a-jeugd", RECEIPT)


@pytest.mark.parametrize("name", NAMES)
async def test_what_becomes_of_a_message_in_quarantine_is_told_to_the_connection_that_is_there(
    kit: Kit, name: str
) -> None:
    strict = kit.limited(retry_attempts=1, delayed_notice_after=waits(0))
    early = await a_question(strict)
    await reconnected(strict, "vt-test", name)
    said: list[OutboxRow] = []
    await timers(strict, said).look()

    told = await given_up(strict, early)

    assert [(row.partner, row.type) for row in said] == [(name, f"nl.ketenhub.{DELAYED}.v1")]
    assert [row.partner for row in told.outbox] == [name]


async def a_question(kit: Kit) -> UUID:
    """One in quarantine; the id of its row."""
    delivery = kit.delivery("vt-test", kit.event("vt-test", STAND, {}, correlationid=uuid4()))
    changes = await keep_delivery(delivery, OurFault("test", ""), kit.store, Lane.ROUTINE, kit.setting)
    (row,) = changes.inbox
    return row.id
