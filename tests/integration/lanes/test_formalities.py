"""Nothing is lost to a formality: a reference, a municipality, a cause that has lapsed, a moment that a party sets."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.ids import RegionId
from hub.ports import OutboxRow
from hub.schemas.message import wire_type
from hub.schemas.samples import sample
from hub.schemas.texts import moment_text
from tests.clock import Clock
from tests.databases import one, rows
from tests.kit import Kit, Told
from tests.talk import (
    ALARM,
    ASSESSED,
    BOARD_NOTICE,
    CLOSED,
    CRIMINAL,
    OFFER,
    PRESENTED,
    RADAR_WITHDRAWN,
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
    about,
    an_offer,
    assessment,
    family,
    recording,
    timers,
)

LANES = pytest.mark.parametrize("lane", Lane)
UNKNOWN, ASSUMED, SHORTENED = "verwijzing-onbekend", "regio-aangenomen", "moment-ingekort"
LONG_AGO = timedelta(days=190)
"""Longer than traffic data are kept."""


def remarks(told: Told, name: str) -> list[str]:
    found: list[str] = told.one(name, RECEIPT)["data"].get("opmerkingen", [])
    return found


# --- a reference ---------------------------------------------------------------------------------------------------


@LANES
@pytest.mark.parametrize("whose", ["nobody's", "of a case", "of another's report"])
async def test_a_report_under_a_name_that_is_not_its_senders_is_taken_as_one_without(
    kit: Kit, lane: Lane, whose: str
) -> None:
    other = await a_case(kit)
    name = {"nobody's": uuid4(), "of a case": other.case, "of another's report": other.report}[whose]
    told = await kit.tell("rvdk-test", BOARD_NOTICE, correlationid=name, urgentie=lane)

    assert remarks(told, "rvdk-test") == [UNKNOWN], "the same word for each, so that it tells nobody what there is"
    assert told.one("vt-test", PRESENTED)["correlationid"] != str(other.case)
    assert [change.new for change in told.changes.cases] == [True]


async def test_it_is_matched_as_one_without_too(kit: Kit) -> None:
    child, *_ = family(kit)
    first = await a_report(kit, data=about(REPORT, child))
    told = await kit.tell("politie-test", REPORT, about(REPORT, child), correlationid=first.case)

    assert told.one("vt-test", PRESENTED)["correlationid"] == str(first.case), "by the child, not by that name"
    assert remarks(told, "politie-test") == [UNKNOWN]


@pytest.mark.parametrize(("name", "type_", "news"), [
    ("rvdk-test", BOARD_NOTICE, "nieuweZorgen"), ("om-test", CRIMINAL, "nieuwGevaar"),
])  # fmt: skip
async def test_news_under_a_name_that_is_not_its_senders_is_a_report_to_the_triage(
    kit: Kit, name: str, type_: str, news: str
) -> None:
    other = await a_case(kit)
    told = await kit.tell(name, type_, kit.usual(type_) | {news: False}, correlationid=other.case)

    assert remarks(told, name) == [UNKNOWN]
    assert told.to("vt-test", PRESENTED)
    assert await one(kit.engine, "select count(*) from radar_entry where reporter = :oin", oin=kit.oin(name)) > 0


async def test_a_report_on_a_closed_case_of_its_own_says_nothing_of_that(kit: Kit) -> None:
    closed = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(closed), correlationid=closed.case)
    await kit.tell("vt-test", CLOSED, sample(CLOSED), correlationid=closed.case)
    told = await kit.tell("politie-test", REPORT, correlationid=closed.report)

    assert remarks(told, "politie-test") == []
    assert told.changes.cases[0].case.linked == closed.case


async def test_a_receipt_that_is_asked_for_again_remarks_the_same(kit: Kit) -> None:
    told = await kit.tell("politie-test", REPORT, correlationid=uuid4())
    again = await kit.decide([kit.delivery("politie-test", told.payload)])

    (receipt,) = again.outbox
    assert receipt.sha256 == told.row("politie-test", RECEIPT).sha256


# --- a municipality ------------------------------------------------------------------------------------------------


@LANES
@pytest.mark.parametrize("municipality", ["GM9999", None])
async def test_news_and_a_report_on_a_case_of_ones_own_go_by_it_where_the_municipality_says_nothing(
    kit: Kit, lane: Lane, municipality: str | None
) -> None:
    mine = await a_report(kit, "rvdk-test", BOARD_NOTICE)
    for new in (True, False):
        data = kit.usual(BOARD_NOTICE) | {"nieuweZorgen": new, "gemeente": municipality}
        said = {name: value for name, value in data.items() if value is not None}
        told = await kit.tell("rvdk-test", BOARD_NOTICE, said, correlationid=mine.report, urgentie=lane)

        assert remarks(told, "rvdk-test") == []
        assert told.to("vt-test", PRESENTED if new else BOARD_NOTICE)


async def test_whether_the_radar_joins_a_report_changes_nothing_of_what_its_sender_hears_of_its_region(
    kit: Kit,
) -> None:
    await kit.add("vt-utrecht", Role.VEILIG_THUIS, RegionId("utrecht"), 60)
    child, other, *_ = family(kit)
    await a_report(kit, "om-test", CRIMINAL, data=about(CRIMINAL, child))
    nowhere = {"gemeente": "GM9999"}
    joined = await kit.tell("politie-test", REPORT, about(REPORT, child, **nowhere), urgentie=Lane.ACUTE)
    alone = await kit.tell("politie-test", REPORT, about(REPORT, other, **nowhere), urgentie=Lane.ACUTE)
    refused = [await kit.tell("politie-test", REPORT, about(REPORT, one, **nowhere)) for one in (child, other)]

    assert [change.new for told in (joined, alone) for change in told.changes.cases] == [False, True]
    assert remarks(joined, "politie-test") == remarks(alone, "politie-test") == [ASSUMED]
    assert [told.one("politie-test", REFUSAL)["data"]["code"] for told in refused] == ["regio-onbekend"] * 2


# --- a cause that has lapsed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
async def test_a_reporter_takes_its_report_out_of_the_radar_long_after_what_it_follows_has_lapsed(
    kit: Kit, clock: Clock, closed: bool
) -> None:
    mine = await a_case(kit)
    if closed:
        await kit.tell("vt-test", ASSESSED, assessment(mine), correlationid=mine.case)
        await kit.tell("vt-test", CLOSED, sample(CLOSED), correlationid=mine.case)
    await clock.put_ahead(LONG_AGO)
    data = {"melding": str(mine.report), "reden": "onterecht"}
    told = await kit.tell("politie-test", RADAR_WITHDRAWN, data, correlationid=mine.report, causationid=uuid4())

    assert told.to("politie-test", RECEIPT)
    assert await one(kit.engine, "select count(*) from radar_entry") == 0


async def test_what_may_come_at_any_time_waits_for_no_cause(kit: Kit) -> None:
    mine = await a_case(kit)
    told = await kit.tell("vt-test", STAND, {}, correlationid=mine.case, causationid=uuid4())

    assert told.to("vt-test", "zaken.stand")


async def test_a_step_on_an_old_case_counts_its_lapsed_cause_as_known(kit: Kit, clock: Clock) -> None:
    mine = await a_case(kit)
    await clock.put_ahead(LONG_AGO)
    told = await kit.tell("vt-test", ASSESSED, assessment(mine), correlationid=mine.case, causationid=uuid4())

    assert told.to("vt-test", RECEIPT)


async def test_on_an_old_case_too_a_step_waits_where_it_is_early(kit: Kit, clock: Clock) -> None:
    mine = await a_case(kit)
    offer, said = an_offer(kit), list[Any]()
    await clock.put_ahead(LONG_AGO)
    await kit.tell("vt-test", ASSESSED, assessment(mine, "overdracht"), correlationid=mine.case)
    cause = uuid4()
    withdrawn = {"overdracht": offer["overdracht"], "reden": "door-gever"}
    on_it = {"correlationid": mine.case, "causationid": cause}
    early = await kit.tell("vt-test", "overdrachten.ingetrokken", withdrawn, **on_it)
    assert early.changes.outbox == ()

    await kit.tell("vt-test", OFFER, offer, correlationid=mine.case, id=cause)
    await rows(kit.engine, "update stored_delivery set next_at = now()")
    await timers(kit, said).look()

    assert [kit.opened(row)["data"]["bericht"] for row in said if row.type.endswith(f"{RECEIPT}.v1")] == [str(early.id)]


async def test_a_case_that_is_not_ones_own_says_nothing_however_old_it_is(kit: Kit, clock: Clock) -> None:
    theirs = await a_case(kit)
    await clock.put_ahead(LONG_AGO)
    yes = a_yes(an_offer(kit), "a" * 64)
    for name in (theirs.case, uuid4()):
        told = await kit.tell("wijkteam-test", YES, yes, correlationid=name, causationid=uuid4())
        assert [row.code for row in told.changes.inbox] == ["oorzaak-onbekend"], "it waits as for any unknown cause"


# --- a moment that a party sets ------------------------------------------------------------------------------------


async def a_recorded_case(kit: Kit) -> OnCase:
    reported = await a_report(kit)
    await kit.tell("vt-test", RECORDED, recording(reported), correlationid=reported.case)
    await kit.tell("vt-test", ASSESSED, assessment(reported, "overdracht"), correlationid=reported.case)
    return reported


FAR = "2199-01-01T00:00:00Z"


@LANES
async def test_an_offer_that_sets_an_answer_for_years_ahead_is_made_and_ends_when_it_may_at_the_latest(
    kit: Kit, lane: Lane
) -> None:
    reported = await a_recorded_case(kit)
    offer = an_offer(kit) | {"antwoordVoor": FAR}
    told = await kit.tell("vt-test", OFFER, offer, correlationid=reported.case, urgentie=lane)

    assert remarks(told, "vt-test") == [SHORTENED]
    until = told.one("wijkteam-test", OFFER)["data"]["antwoordVoor"]
    assert until < moment_text(kit.now() + timedelta(days=30))
    assert await one(
        kit.engine, "select max(due) from timer where name like 'antwoord-aanbod%'"
    ) < kit.now() + timedelta(days=7), "and its reminder comes as it would have without that"


async def test_a_custody_clock_for_years_ahead_counts_no_further_and_its_chair_and_all_at_the_table_read_so(
    kit: Kit,
) -> None:
    mine = await a_report(kit, "om-test", CRIMINAL)
    soon = moment_text(kit.now() + timedelta(days=1))
    table = sample("actieoverleg.aanmelding") | {"overleg": str(uuid4()), "deelnemers": [kit.oin("vt-test")]}
    table |= {"antwoordVoor": soon, "besluitVoor": FAR}
    put = await kit.tell("om-test", "actieoverleg.aanmelding", table, correlationid=mine.report)

    assert remarks(put, "om-test") == [SHORTENED]
    invited = put.one("vt-test", "actieoverleg.aanmelding")["data"]
    assert invited["antwoordVoor"] == soon
    assert soon < invited["besluitVoor"] < moment_text(kit.now() + timedelta(days=60))


@LANES
async def test_a_moment_that_passed_while_its_message_was_on_the_way_is_an_alarm_at_once_and_no_refusal(
    kit: Kit, lane: Lane
) -> None:
    reported = await a_recorded_case(kit)
    offer = an_offer(kit) | {"antwoordVoor": moment_text(kit.now() - timedelta(minutes=20))}
    sent = kit.now() - timedelta(minutes=50)
    told = await kit.tell("vt-test", OFFER, offer, correlationid=reported.case, urgentie=lane, time=sent)
    said: list[OutboxRow] = []
    await timers(kit, said).look()

    assert told.to("wijkteam-test", OFFER)
    assert {row.partner for row in said if row.type == wire_type(ALARM)} == {"wijkteam-test", "vt-test"}
    again = an_offer(kit) | {"antwoordVoor": moment_text(sent)}
    refused = await kit.tell("vt-test", OFFER, again, correlationid=reported.case, time=sent)
    assert refused.one("vt-test", REFUSAL)["data"]["velden"] == ["/data/antwoordVoor"], (
        "it had passed when it was signed"
    )


async def test_who_is_asked_reads_the_moment_that_counts(kit: Kit) -> None:
    reported = await a_recorded_case(kit)
    table = sample("actieoverleg.aanmelding") | {"overleg": str(uuid4()), "deelnemers": [kit.oin("om-test")]}
    table |= {"antwoordVoor": FAR}
    put = await kit.tell("vt-test", "actieoverleg.aanmelding", table, correlationid=reported.case)
    offer = an_offer(kit) | {"antwoordVoor": moment_text(kit.now() + timedelta(days=2))}
    made = await kit.tell("vt-test", OFFER, offer, correlationid=reported.case)
    yes = a_yes(offer, made.row("wijkteam-test", OFFER))
    await kit.tell("wijkteam-test", YES, yes, correlationid=UUID(made.one("wijkteam-test", OFFER)["correlationid"]))
    question = sample("monitoring.vraag") | {"vraag": str(uuid4()), "antwoordVoor": FAR}
    asked = await kit.tell("vt-test", "monitoring.vraag", question, correlationid=reported.case)

    assert remarks(put, "vt-test") == remarks(asked, "vt-test") == [SHORTENED]
    assert remarks(made, "vt-test") == []
    assert put.one("om-test", "actieoverleg.aanmelding")["data"]["antwoordVoor"] < FAR
    assert asked.one("wijkteam-test", "monitoring.vraag")["data"]["antwoordVoor"] < FAR
