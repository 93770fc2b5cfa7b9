"""Organisations merge: on every case the successor goes on where the former one was, with no yes and with no gap."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from hub.canonical import terms as t
from hub.canonical.codes import Lane
from hub.canonical.environment import Environment
from hub.canonical.partners import Contact, Role
from hub.cases import events as e
from hub.ids import PartnerId
from hub.ports import OutboxRow
from hub.routing.changes import add_partner, end_partner, retire_partner, set_contacts
from hub.store.views import case_view
from tests.clock import Clock
from tests.databases import books_fit, one, registers_tell_the_cases, rows
from tests.kit import REGION, Kit
from tests.talk import (
    ALARM,
    ASSESSED,
    BOARD_NOTICE,
    COINCIDENCE,
    DOSSIER,
    OFFER,
    PRESENTED,
    RECEIPT,
    RECORDED,
    REFUSAL,
    REMINDER,
    REPORT,
    STAND,
    YES,
    a_case,
    a_report,
    a_yes,
    about,
    an_offer,
    assessment,
    family,
    recording,
    timers,
)

NEW = {"wijkteam-test": "wijkteam-nieuw", "vt-test": "vt-nieuw", "politie-test": "politie-nieuw"}
NUMBERS = {"wijkteam-test": 52, "vt-test": 53, "politie-test": 54}


async def merged(kit: Kit, former: str) -> str:
    """From now on another is in the place of this one: in one change, so that no region is ever without its desk."""
    old, at = kit.speakers[former].partner, kit.now() - timedelta(seconds=1)
    new = replace(kit.newcomer(NEW[former], old.role, REGION, NUMBERS[former]), valid_from=at)
    await kit.change(lambda directory: add_partner(directory, new, Environment.TEST, old.id))
    return NEW[former]


async def happened(kit: Kit, case: UUID) -> Sequence[e.Event]:
    view = await case_view(kit.engine, case)
    assert view is not None
    return view.events


async def stand_of(kit: Kit, name: str, correlation: UUID) -> dict[str, Any]:
    told = await kit.tell(name, STAND, {}, correlationid=correlation)
    found: dict[str, Any] = told.one(name, "zaken.stand")["data"]
    return found


async def test_the_successor_of_a_candidate_says_yes_to_the_offer_that_the_former_got(kit: Kit) -> None:
    opened = await a_case(kit)
    offer = an_offer(kit)
    made = (await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)).row("wijkteam-test", OFFER)
    new = await merged(kit, "wijkteam-test")
    told = await kit.tell(new, YES, a_yes(offer, made), correlationid=opened.case)

    assert told.one(new, DOSSIER)["data"]["houder"] == kit.oin(new)
    assert told.one("vt-test", YES)["data"]["houder"] == kit.oin(new)
    kinds = [type(event) for event in await happened(kit, opened.case)]
    assert kinds.index(e.PartySucceeded) < kinds.index(e.HandoverAccepted)
    assert kinds.count(e.PartySucceeded) == 1


async def test_an_organisation_that_has_ended_can_do_nothing_any_more(kit: Kit) -> None:
    opened = await a_case(kit)
    offer = an_offer(kit)
    made = (await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)).row("wijkteam-test", OFFER)
    await merged(kit, "wijkteam-test")
    await kit.change(lambda directory: end_partner(directory, PartnerId("wijkteam-test"), kit.now()))
    told = await kit.tell("wijkteam-test", YES, a_yes(offer, made), correlationid=opened.case)

    assert [row.code for row in told.changes.inbox] == ["envelop-ongeldig"]
    assert (await stand_of(kit, "vt-test", opened.case))["houder"] == kit.oin("vt-test")


async def test_the_successor_of_a_triage_records_what_was_presented_to_the_former(kit: Kit) -> None:
    opened = await a_report(kit)
    new = await merged(kit, "vt-test")
    told = await kit.tell(new, RECORDED, recording(opened), correlationid=opened.case)

    assert told.one("politie-test", RECORDED)["correlationid"] == str(opened.report)
    assessed = await kit.tell(new, ASSESSED, assessment(opened), correlationid=opened.case)
    assert assessed.to(new, RECEIPT)
    assert (await stand_of(kit, new, opened.case))["houder"] == kit.oin(new)


async def test_the_numbers_that_the_former_had_go_on(kit: Kit) -> None:
    opened = await a_case(kit)
    before = (await stand_of(kit, "vt-test", opened.case))["zaakversie"]
    new = await merged(kit, "vt-test")

    assert (await stand_of(kit, new, opened.case))["zaakversie"] == before + 1


async def test_the_successor_of_a_reporter_goes_on_under_its_reference_and_hears_what_follows(kit: Kit) -> None:
    opened = await a_report(kit)
    new = await merged(kit, "politie-test")
    recorded = await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case)

    assert recorded.one(new, RECORDED)["correlationid"] == str(opened.report)
    assert recorded.to("politie-test") == []
    assert (await stand_of(kit, new, opened.report))["status"] == "vastgelegd"


async def test_an_alarm_goes_to_the_successor(kit: Kit, clock: Clock) -> None:
    opened = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(opened, "overdracht"), correlationid=opened.case)
    offer = an_offer(kit)
    del offer["antwoordVoor"]
    await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)
    new = await merged(kit, "wijkteam-test")
    told = []
    for _ in (REMINDER, ALARM):
        await clock.pass_next(t.OFFER_ANSWER)
        said = list[OutboxRow]()
        await timers(kit, said).look()
        told.append({row.partner for row in said})

    assert told == [{new}, {new, "vt-test"}]
    assert [type(event) for event in await happened(kit, opened.case)].count(e.PartySucceeded) == 1


async def test_a_case_that_the_radar_finds_has_the_successor_on_it(kit: Kit) -> None:
    child, *_ = family(kit)
    opened = await a_report(kit, data=about(REPORT, child))
    new = await merged(kit, "politie-test")
    desk = Contact("Meldkamer", "0900 8845")
    await kit.change(lambda directory: set_contacts(directory, PartnerId(new), [desk]))
    joined = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))

    assert joined.case == opened.case
    assert joined.told.one("vt-test", PRESENTED)["data"]["houder"] == kit.oin(new)
    (hit,) = joined.told.one("vt-test", COINCIDENCE)["data"]["meldingen"]
    assert (hit["organisatie"], hit["telefoon"]) == (kit.oin(new), desk.phone)


async def test_a_report_of_the_former_is_no_news_to_its_successor(kit: Kit) -> None:
    child, *_ = family(kit)
    await a_report(kit, data=about(REPORT, child))
    new = await merged(kit, "politie-test")
    joined = await a_report(kit, new, data=about(REPORT, child))

    assert joined.told.to("vt-test", COINCIDENCE) == []


async def test_a_step_that_is_refused_writes_no_succession(kit: Kit) -> None:
    opened = await a_case(kit)
    await merged(kit, "politie-test")
    before = len(await happened(kit, opened.case))
    told = await kit.tell("vt-test", RECORDED, {"melding": str(opened.case)}, correlationid=opened.case)

    assert told.to("vt-test", REFUSAL)
    assert len(await happened(kit, opened.case)) == before


async def test_who_ended_without_a_successor_still_stands_on_its_cases(kit: Kit) -> None:
    """What it is owed waits in the outbox, and nobody else's step fails for it."""
    opened = await a_report(kit)
    police = kit.speakers["politie-test"].partner.id
    await kit.change(lambda directory: retire_partner(directory, police, kit.now()))
    told = await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case)

    assert told.one("politie-test", RECORDED)["correlationid"] == str(opened.report)


async def merged_into_the_candidate(kit: Kit) -> tuple[UUID, dict[str, Any], OutboxRow]:
    """A team holds, offers to another, and is merged into that one: the case, the offer, and what the other got."""
    opened = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(opened), correlationid=opened.case)
    await kit.add("wijkteam-y", Role.LOCAL_TEAM, REGION, 72)
    first = an_offer(kit)
    made = (await kit.tell("vt-test", OFFER, first, correlationid=opened.case)).row("wijkteam-test", OFFER)
    await kit.tell("wijkteam-test", YES, a_yes(first, made), correlationid=opened.case)
    onward = an_offer(kit, "wijkteam-y")
    asked = (await kit.tell("wijkteam-test", OFFER, onward, correlationid=opened.case)).row("wijkteam-y", OFFER)
    at = kit.now() - timedelta(seconds=1)
    await kit.change(
        lambda directory: retire_partner(directory, PartnerId("wijkteam-test"), at, PartnerId("wijkteam-y"))
    )
    return opened.case, onward, asked


async def test_who_merges_into_the_one_it_made_an_offer_to_is_not_asked_for_what_it_has(kit: Kit) -> None:
    case, offer, made = await merged_into_the_candidate(kit)
    stand = await stand_of(kit, "wijkteam-y", case)
    assert (stand["houder"], stand["openStappen"]) == (kit.oin("wijkteam-y"), [])

    before = await happened(kit, case)
    yes = await kit.tell("wijkteam-y", YES, a_yes(offer, made), correlationid=case)
    assert yes.one("wijkteam-y", REFUSAL)["data"]["code"] == "stap-niet-toegestaan"
    assert await one(kit.engine, "select count(*) from held") == 0, "nobody can say yes to it any more"
    assert [event for event in before if isinstance(event, e.TermStarted) and event.name == t.MONITORING_FIRST] == [
        event
        for event in await happened(kit, case)
        if isinstance(event, e.TermStarted) and event.name == t.MONITORING_FIRST
    ], "monitoring runs on as it did"
    await registers_tell_the_cases(kit.engine)
    await books_fit(kit.engine)


async def test_a_term_that_a_merger_has_ended_is_gone_when_its_moment_comes(kit: Kit, clock: Clock) -> None:
    """The moment itself is what touches the case: nothing is said of it, and it does not come back for ever."""
    await merged_into_the_candidate(kit)
    due = await rows(kit.engine, "select due, now() from timer where name = :term", term=t.OFFER_ANSWER)
    await clock.put_ahead(due[0]["due"] - due[0]["now"] + timedelta(seconds=1))
    said = list[OutboxRow]()
    await timers(kit, said).look()

    assert [row.partner for row in said if row.partner == "wijkteam-y"] == []
    assert await one(kit.engine, "select count(*) from timer where name = :term", term=t.OFFER_ANSWER) == 0
    assert await one(kit.engine, "select count(*) from held") == 0
    await registers_tell_the_cases(kit.engine)


async def test_a_new_desk_has_the_cases_the_reports_and_the_alarms_of_the_one_whose_place_it_takes(
    kit: Kit, clock: Clock
) -> None:
    before = await a_report(kit, urgentie=Lane.ACUTE)
    new = await merged(kit, "vt-test")
    after = await kit.tell("politie-test", REPORT)

    assert [said["data"]["houder"] for said in after.to(new, PRESENTED)] == [kit.oin("politie-test")]
    assert after.to("vt-test") == []
    await clock.pass_next(t.ACUTE_RECORDING)
    said = list[OutboxRow]()
    await timers(kit, said).look()
    assert [row.partner for row in said] == [new]
    await kit.tell(new, RECORDED, recording(before), correlationid=before.case)
    assert (await stand_of(kit, new, before.case))["houder"] == kit.oin(new)
