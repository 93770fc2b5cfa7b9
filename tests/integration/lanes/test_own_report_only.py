"""A school reports a child that others have reported, and one that nobody has: it is told the same of both."""

from typing import Any
from uuid import UUID

import pytest

from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.ids import RegionId
from hub.schemas.samples import sample
from tests.databases import rows
from tests.kit import REGION, Kit
from tests.talk import (
    ASSESSED,
    CLOSED,
    NO,
    OFFER,
    PRESENTED,
    RADAR_WITHDRAWN,
    RECEIPT,
    RECORDED,
    REFUSAL,
    REPORT,
    STAND,
    YES,
    a_case,
    a_no,
    a_yes,
    about,
    an_offer,
    assessment,
    family,
)

SCHOOL, BY_SCHOOL, TABLE = "school-test", "meldingen.professionele-melding", "actieoverleg.aanmelding"
HASHES_AND_MOMENTS = ("bericht", "sha256", "hashVan", "journaal", "uiterlijk", "ontvangenOp")
BY_CHANCE = ("id", "time", "expirytime", "correlationid", "causationid")


@pytest.fixture
async def school(kit: Kit) -> Kit:
    await kit.add(SCHOOL, Role.REPORTER, REGION, 60)
    await kit.add("vt-utrecht", Role.VEILIG_THUIS, RegionId("utrecht"), 61)
    return kit


async def dialogue(kit: Kit, child: dict[str, Any], desk: str, lane: Lane) -> list[dict[str, Any]]:
    """All that the school receives, each id as the number of its report."""
    told = await kit.tell(SCHOOL, BY_SCHOOL, about(BY_SCHOOL, child), urgentie=lane)
    report = UUID(told.one(SCHOOL, RECEIPT)["data"]["referentie"])
    (seen,) = [one for name in ("vt-test", "vt-utrecht") for one in told.to(name, PRESENTED)]
    case = UUID(seen["correlationid"])
    said = [told]
    for who, type_, data in (
        (SCHOOL, STAND, {}),
        (desk, RECORDED, sample(RECORDED) | {"melding": str(report)}),
        (SCHOOL, STAND, {}),
        (SCHOOL, NO, sample(NO)),
        (desk, ASSESSED, sample(ASSESSED) | {"melding": str(report), "uitkomst": "geen-vervolg"}),
        (SCHOOL, STAND, {}),
        (SCHOOL, RADAR_WITHDRAWN, {"melding": str(report), "reden": "onterecht"}),
        (SCHOOL, STAND, {}),
    ):
        said.append(await kit.tell(who, type_, data, correlationid=report if who == SCHOOL else case))
    heard = [kit.opened(row) for one in said for row in one.changes.outbox if row.partner == SCHOOL]
    return [_as_read(one, str(report)) for one in heard]


def _as_read(message: dict[str, Any], report: str) -> dict[str, Any]:
    by_chance = dict.fromkeys(BY_CHANCE) | {"correlationid": message.get("correlationid") == report}
    return message | by_chance | {"data": _said(message["data"], report)}


def _said(value: Any, report: str) -> Any:
    if isinstance(value, dict):
        return {name: _said(one, report) for name, one in value.items() if name not in HASHES_AND_MOMENTS}
    if isinstance(value, list):
        return [_said(one, report) for one in value]
    return "its report" if value == report else value


@pytest.mark.parametrize("lane", [Lane.ROUTINE, Lane.ACUTE])
async def test_it_is_told_the_same_though_the_child_is_known_and_has_moved(school: Kit, lane: Lane) -> None:
    kit = school
    known, unknown = family(kit)[0], family(kit)[0]
    first = await a_case(kit, data=about(REPORT, known))
    await kit.tell("vt-test", ASSESSED, assessment(first), correlationid=first.case)
    offer = an_offer(kit, "vt-utrecht")
    made = (await kit.tell("vt-test", OFFER, offer, correlationid=first.case)).row("vt-utrecht", OFFER)
    await kit.tell("vt-utrecht", YES, a_yes(offer, made), correlationid=first.case)

    of_unknown = await dialogue(kit, unknown, "vt-test", lane)
    of_known = await dialogue(kit, known, "vt-utrecht", lane)

    assert of_known == of_unknown
    assert "houder" not in str(of_known)
    assert kit.oin("vt-utrecht") not in str(of_known)


async def test_what_names_no_region_is_refused_though_the_radar_knows_the_child(school: Kit) -> None:
    kit = school
    await kit.add("school-elders", Role.REPORTER, REGION, 62)
    known = family(kit)[0]
    await a_case(kit, data=about(REPORT, known))
    nowhere = about(BY_SCHOOL, known) | {"gemeente": "GM9999"}
    told = await kit.tell("school-elders", BY_SCHOOL, nowhere)
    assert [one["data"]["code"] for one in told.to("school-elders", REFUSAL)] == ["regio-onbekend"]


async def test_who_said_no_reads_that_and_does_nothing_more_on_the_case(school: Kit) -> None:
    kit = school
    await kit.add("team-fout", Role.LOCAL_TEAM, REGION, 64)
    case = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(case), correlationid=case.case)
    offer = an_offer(kit, "team-fout", "wijkteam-test")
    await kit.tell("vt-test", OFFER, offer, correlationid=case.case)
    await kit.tell("team-fout", NO, a_no(offer), correlationid=case.case)

    stand = (await kit.tell("team-fout", STAND, {}, correlationid=case.case)).one("team-fout", "zaken.stand")["data"]
    table = sample(TABLE) | {"deelnemers": [kit.oin("politie-test")]}
    put = await kit.tell("team-fout", TABLE, table, correlationid=case.case)
    reported = await kit.tell("team-fout", BY_SCHOOL, correlationid=case.case)

    assert (stand["status"], stand["openStappen"], stand["termijnen"]) == ("geweigerd", [], [])
    assert put.one("team-fout", REFUSAL)["data"]["code"] == "stap-niet-toegestaan"
    assert reported.one("vt-test", PRESENTED)["correlationid"] != str(case.case)
    assert await rows(kit.engine, "select 1 from case_event where kind = 'TableOpened'") == []


async def test_a_table_that_a_reporter_puts_on_a_closed_case_is_put_on_a_case_of_its_own(kit: Kit) -> None:
    case = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(case), correlationid=case.case)
    await kit.tell("vt-test", CLOSED, sample(CLOSED), correlationid=case.case)

    table = sample(TABLE) | {"deelnemers": [kit.oin("om-test")]}
    put = await kit.tell("politie-test", TABLE, table, correlationid=case.report)
    moved = put.one("vt-test", "zaken.wijziging")
    own = UUID(moved["correlationid"])
    said = sample("actieoverleg.inbreng") | {"overleg": table["overleg"]}
    heard = await kit.tell("om-test", "actieoverleg.inbreng", said, correlationid=own)
    stands = [
        (await kit.tell(name, STAND, {}, correlationid=named)).one(name, "zaken.stand")["data"]
        for name, named in (("vt-test", own), ("vt-test", case.case), ("politie-test", case.report))
    ]

    assert put.one("politie-test", RECEIPT)["data"]["referentie"] == str(case.report)
    assert (moved["data"]["over"], moved["data"]["wijziging"]) == (str(case.report), "verplaatst")
    assert put.one("om-test", TABLE)["correlationid"] == str(own) != str(case.case)
    assert heard.one("politie-test", "actieoverleg.stand")["correlationid"] == str(case.report)
    assert [one["status"] for one in stands] == ["open", "gesloten", "vastgelegd"]
    assert stands[0]["houder"] == kit.oin("vt-test")
