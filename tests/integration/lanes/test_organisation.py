"""An organisation may change its connection: it stays the same party, whatever the new connection is called."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.canonical.environment import Environment
from hub.canonical.partners import Partner
from hub.ids import PartnerId
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.relay import Relay
from hub.routing.changes import add_partner, retire_partner
from tests.databases import one, rows
from tests.fakes import FakePublisher, until
from tests.kit import REGION, Kit
from tests.talk import (
    ASSESSED,
    CLOSED,
    DOSSIER,
    OFFER,
    PRESENTED,
    RECORDED,
    STAND,
    YES,
    OnCase,
    a_case,
    a_report,
    a_yes,
    an_offer,
    assessment,
    recording,
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

    await relay._look()
    await until(lambda: len(publisher.published) == 2)
    await relay.drain(1)

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

    await relay._look()
    await until(lambda: bool(publisher.tried))
    await relay.drain(1)

    assert {sent.partner for sent in publisher.tried} == {"vt-test"}
