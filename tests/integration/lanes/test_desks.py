"""The desk of the region that a report names hears of it, by whomever it comes; an assumed region is said to be so."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.cases import events as e
from hub.cases.case import Case
from hub.ids import PartnerId, RegionId
from hub.lanes.report import report
from hub.schemas.samples import sample
from hub.store.mapper import case_from, event_from
from hub.store.views import case_view
from hub.telemetry import LogEvent
from tests.databases import one, registers_tell_the_cases
from tests.kit import Kit
from tests.talk import (
    ASSESSED,
    OFFER,
    PRESENTED,
    PROCESSED,
    RECEIPT,
    RECORDED,
    REPORT,
    STAND,
    YES,
    OnCase,
    a_report,
    a_yes,
    about,
    an_offer,
    assessment,
    family,
    processed,
    recording,
)

NOTED = "triage.melding-ter-kennis"
UTRECHT, IN_UTRECHT = RegionId("utrecht"), "GM0344"
Persons = dict[str, Any]


@pytest.fixture
async def two_regions(kit: Kit) -> Kit:
    await kit.add("vt-utrecht", Role.VEILIG_THUIS, UTRECHT, 50)
    return kit


async def standing(kit: Kit, name: UUID) -> Case:
    view = await case_view(kit.engine, name)
    assert view is not None
    return view.case


async def assumed(kit: Kit, child: Persons, municipality: str = "GM9999") -> OnCase:
    """An acute report that says nothing of its region that the hub knows."""
    return await a_report(kit, data=about(REPORT, child, gemeente=municipality), urgentie=Lane.ACUTE)


@pytest.mark.parametrize("lane", Lane)
async def test_the_same_police_report_a_child_again_and_the_desk_of_the_region_that_it_names_hears_what_it_says(
    two_regions: Kit, lane: Lane
) -> None:
    kit, (child, *_) = two_regions, family(two_regions)
    first = await a_report(kit, data=about(REPORT, child))
    said = about(REPORT, child, gemeente=IN_UTRECHT)
    told = await kit.tell("politie-test", REPORT, said, urgentie=lane)

    assert told.one("vt-test", PRESENTED)["data"]["genoemdTriagepunt"] == kit.oin("vt-utrecht")
    note = told.one("vt-utrecht", NOTED)
    assert "correlationid" not in note
    assert str(first.case) not in str(note)
    assert (note["urgentie"], note["data"]["reden"]) == (lane.value, "regio-genoemd")
    assert note["data"]["triagepunt"] == kit.oin("vt-test")
    assert note["data"]["melding"]["inhoud"]["omschrijving"] == said["omschrijving"]
    assert await one(kit.engine, "select count(*) from processing_log where partner = 'vt-utrecht'") > 0
    confirmed = await kit.tell("vt-utrecht", PROCESSED, processed(note["id"]))
    assert confirmed.changes.inbox[0].code is None
    assert await one(kit.engine, "select count(*) from timer where name = 'veiligheidsbeoordeling'") == 0


async def test_an_assumed_region_is_said_to_triage_sender_and_operator(two_regions: Kit) -> None:
    kit, (child, *_) = two_regions, family(two_regions)
    with capture_logs() as lines:
        opened = await assumed(kit, child)
        report(opened.told.changes, 0.1)

    assert opened.told.one("vt-test", PRESENTED)["data"]["regioAangenomen"] is True
    assert opened.told.one("politie-test", RECEIPT)["data"]["opmerkingen"] == ["regio-aangenomen"]
    assert [line["case"] for line in lines if line["event"] is LogEvent.REGION_ASSUMED] == [opened.case]
    assert (await standing(kit, opened.case)).assumed


async def test_until_it_is_recorded_the_first_report_that_names_a_region_takes_it_there(two_regions: Kit) -> None:
    kit, (child, *_) = two_regions, family(two_regions)
    opened = await assumed(kit, child)
    told = await kit.tell("politie-test", REPORT, about(REPORT, child, gemeente=IN_UTRECHT))

    presented = told.one("vt-utrecht", PRESENTED)
    assert presented["correlationid"] == str(opened.case)
    assert [one["data"]["reden"] for one in told.to("vt-test", NOTED)] == ["regio-verlaten"]
    (taken,) = told.to("vt-utrecht", NOTED)
    assert taken["data"]["melding"]["nummer"] == str(opened.report)
    assert "inhoud" not in taken["data"]["melding"]
    assert (taken["data"]["reden"], taken["data"]["triagepunt"]) == ("regio-overgenomen", kit.oin("vt-test"))
    before = await standing(kit, opened.case)
    assert (before.region, before.triage, before.holder) == (UTRECHT, kit.oin("vt-utrecht"), kit.oin("politie-test"))

    recorded = await kit.tell("vt-utrecht", RECORDED, recording(opened), correlationid=opened.case)
    assert recorded.to("politie-test", RECORDED)
    assert (await standing(kit, opened.case)).holder == kit.oin("vt-utrecht")
    await registers_tell_the_cases(kit.engine)


async def test_the_term_of_an_earlier_report_runs_from_when_the_new_triage_has_it(two_regions: Kit) -> None:
    """The desk that was assumed may never have got it."""
    kit, (child, *_) = two_regions, family(two_regions)
    opened = await assumed(kit, child)
    told = await kit.tell("politie-test", REPORT, about(REPORT, child, gemeente=IN_UTRECHT))
    term = "select count(*) from timer where name = 'veiligheidsbeoordeling' and about = :report"
    (left,), (taken,) = told.to("vt-test", NOTED), told.to("vt-utrecht", NOTED)

    await kit.tell("vt-test", PROCESSED, processed(left["id"]))
    assert await one(kit.engine, term, report=opened.report) == 0
    await kit.tell("vt-utrecht", PROCESSED, processed(taken["id"]))
    assert await one(kit.engine, term, report=opened.report) == 1


async def test_a_report_that_is_on_its_way_when_a_yes_takes_the_region_is_the_new_triages_to_record(
    two_regions: Kit,
) -> None:
    kit, (child, *_) = two_regions, family(two_regions)
    opened = await a_report(kit, data=about(REPORT, child))
    await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case)
    offer = an_offer(kit, "vt-utrecht") | {"soort": "veilig-thuis"}
    made = await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)
    later = await a_report(kit, data=about(REPORT, child), urgentie=Lane.ACUTE)
    assert later.told.to("vt-test", PRESENTED)
    told = await kit.tell("vt-utrecht", YES, a_yes(offer, made.row("vt-utrecht", OFFER)), correlationid=opened.case)

    noted = told.to("vt-utrecht", NOTED)
    assert {one["data"]["melding"]["nummer"] for one in noted} == {str(opened.report), str(later.report)}
    assert {(one["data"]["reden"], one["data"]["triagepunt"]) for one in noted} == {
        ("regio-overgenomen", kit.oin("vt-test"))
    }
    recorded = await kit.tell("vt-utrecht", RECORDED, recording(later), correlationid=opened.case)
    assert recorded.to("politie-test", RECORDED)


async def test_an_organisation_that_reports_as_one_thing_is_told_as_the_desk_that_it_is_too(kit: Kit) -> None:
    await kit.add("gi-utrecht", Role.CERTIFIED_INSTITUTION, UTRECHT, 50)
    await kit.add("vt-utrecht", Role.VEILIG_THUIS, UTRECHT, 51)
    one_oin = kit.oin("gi-utrecht")
    desk = replace(kit.speakers["vt-utrecht"], partner=replace(kit.speakers["vt-utrecht"].partner, oin=one_oin))
    kit.speakers = {**kit.speakers, "vt-utrecht": desk}
    await kit.change(
        lambda directory: replace(
            directory, version=directory.version + 1, partners={**directory.partners, desk.partner.id: desk.partner}
        )
    )
    child, *_ = family(kit)
    opened = await a_report(kit, data=about(REPORT, child))
    notice = "meldingen.jeugdbeschermingsbericht"
    told = await kit.tell("gi-utrecht", notice, about(notice, child, gemeente=IN_UTRECHT))
    assert told.one("vt-utrecht", NOTED)["data"]["melding"]["inhoud"]

    said = about(notice, child, gemeente=IN_UTRECHT, nieuweZorgen=False)
    mine = told.one("gi-utrecht", RECEIPT)["data"]["referentie"]
    news = await kit.tell("gi-utrecht", notice, said, correlationid=UUID(mine))
    assert (len(news.to("vt-utrecht", notice)), len(news.to("vt-test", notice))) == (1, 1)
    assert str(opened.case) not in str(news.to("vt-utrecht", notice))


async def test_a_veilig_thuis_of_no_region_that_takes_a_case_over_records_on_it(kit: Kit) -> None:
    await kit.add("vt-elders", Role.VEILIG_THUIS, UTRECHT, 50)
    without = replace(kit.directory.partners[PartnerId("vt-elders")], regions=())
    await kit.change(
        lambda directory: replace(
            directory, version=directory.version + 1, partners={**directory.partners, without.id: without}
        )
    )
    child, *_ = family(kit)
    opened = await held_by_the_team(kit, child)
    await handed(kit, opened, "wijkteam-test", "vt-elders", soort="veilig-thuis")
    later = await kit.tell("politie-test", REPORT, about(REPORT, child))

    number = later.one("vt-elders", PRESENTED)["data"]["melding"]["nummer"]
    assert later.to("vt-test", NOTED), "the desk of the region that it names"
    said = sample(RECORDED) | {"melding": number}
    assert (await kit.tell("vt-elders", RECORDED, said, correlationid=opened.case)).to("vt-elders", RECEIPT)


async def test_once_it_is_recorded_the_triage_owes_the_case_until_it_has_offered_it(two_regions: Kit) -> None:
    kit, (child, *_) = two_regions, family(two_regions)
    opened = await assumed(kit, child)
    await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case)
    told = await kit.tell("rvdk-test", "meldingen.raadsbericht",
                          about("meldingen.raadsbericht", child, gemeente=IN_UTRECHT))  # fmt: skip

    assert told.one("vt-utrecht", NOTED)["data"]["reden"] == "regio-genoemd"
    stand = (await kit.tell("vt-test", STAND, {}, correlationid=opened.case)).one("vt-test", "zaken.stand")["data"]
    assert {"type": "overdrachten.aanbod", "door": kit.oin("vt-test"), "over": str(opened.case)} in stand["openStappen"]
    assert "overdracht-regio" in {term["naam"] for term in stand["termijnen"]}
    offer = an_offer(kit, "vt-utrecht") | {"soort": "veilig-thuis"}
    made = await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)
    assert await one(kit.engine, "select count(*) from timer where name = 'overdracht-regio'") == 0
    yes = a_yes(offer, made.row("vt-utrecht", OFFER))
    assert (await kit.tell("vt-utrecht", YES, yes, correlationid=opened.case)).to("vt-test", YES)
    assert (await standing(kit, opened.case)).triage == kit.oin("vt-utrecht")
    await registers_tell_the_cases(kit.engine)


async def held_by_the_team(kit: Kit, child: Persons) -> OnCase:
    opened = await a_report(kit, data=about(REPORT, child))
    await kit.tell("vt-test", ASSESSED, assessment(opened, "overdracht"), correlationid=opened.case)
    await handed(kit, opened, "vt-test", "wijkteam-test")
    return opened


async def handed(kit: Kit, opened: OnCase, giver: str, to: str, **fields: Any) -> None:
    offer = an_offer(kit, to) | fields
    made = await kit.tell(giver, OFFER, offer, correlationid=opened.case)
    await kit.tell(to, YES, a_yes(offer, made.row(to, OFFER)), correlationid=opened.case)


async def test_a_team_that_holds_hears_that_something_acute_was_reported_and_not_what(two_regions: Kit) -> None:
    kit, (child, *_) = two_regions, family(two_regions)
    opened = await held_by_the_team(kit, child)
    told = await kit.tell("rvdk-test", "meldingen.raadsbericht", about("meldingen.raadsbericht", child),
                          urgentie=Lane.ACUTE)  # fmt: skip

    note = told.one("wijkteam-test", NOTED)
    assert (note["correlationid"], note["data"]["reden"]) == (str(opened.case), "houder")
    assert set(note["data"]["melding"]) == {"nummer", "ontvangenOp"}


async def test_a_veilig_thuis_that_takes_over_from_a_team_is_the_triage_and_gets_what_comes_after(
    two_regions: Kit,
) -> None:
    kit, (child, *_) = two_regions, family(two_regions)
    opened = await held_by_the_team(kit, child)
    await handed(kit, opened, "wijkteam-test", "vt-utrecht", soort="veilig-thuis")
    told = await kit.tell("rvdk-test", "meldingen.raadsbericht",
                          about("meldingen.raadsbericht", child, gemeente=IN_UTRECHT), urgentie=Lane.ACUTE)  # fmt: skip

    assert told.one("vt-utrecht", PRESENTED)["correlationid"] == str(opened.case)
    assert told.to("vt-test") == []


def test_a_case_and_its_register_of_the_version_before_are_read_as_ones_whose_region_was_named() -> None:
    case = (
        '{"v":1,"case":{"id":"00000000-0000-0000-0000-000000000001","region":"haaglanden",'
        '"triage":"00000099000000000001","holder":"00000099000000000002","opened_at":"2026-03-02T09:00:00Z"}}'
    )
    moved = {"v": 1, "event": {"at": "2026-03-02T09:00:00Z", "region": "utrecht", "triage": "00000099000000000001"}}
    read, event = case_from(case), event_from("RegionMoved", moved)

    assert (read.assumed, read.named_desk) == (False, None)
    assert event == e.RegionMoved(datetime(2026, 3, 2, 9, tzinfo=UTC), UTRECHT, read.triage, None)
