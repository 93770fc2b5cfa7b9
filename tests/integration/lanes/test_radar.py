"""Reports on the same people: what joins, what is linked only, who hears of whom, and that one child has one case."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.canonical.codes import Lane
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Contact, Role
from hub.canonical.terms import ACUTE_RECORDING
from hub.canonical.terms import CONTACT as CONTACT_TERM
from hub.cases import events as e
from hub.cases.case import Case
from hub.envelope.pseudonyms import PseudonymKey
from hub.ids import RadarKeyId, RegionId
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.ports import Changes, Delivery, Fate
from hub.routing.changes import set_contacts
from hub.routing.hub_keys import add_hub_key, move_hub_key
from hub.schemas.samples import sample
from hub.store.views import case_view
from tests.databases import one, rows
from tests.kit import RADAR_KEY, Kit, Told
from tests.talk import (
    ASSESSED,
    BOARD_NOTICE,
    CLOSED,
    COINCIDENCE,
    CONTACT,
    CRIMINAL,
    DETACHED,
    OFFER,
    PRESENTED,
    PROBATION,
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
)

UTRECHT, IN_UTRECHT = RegionId("utrecht"), "GM0344"
POLICE_DESK = Contact("Meldkamer", "0900 8844")


async def known(kit: Kit, name: UUID) -> Case:
    view = await case_view(kit.engine, name)
    assert view is not None
    return view.case


async def happened(kit: Kit, name: UUID) -> Sequence[e.Event]:
    view = await case_view(kit.engine, name)
    assert view is not None
    return view.events


def cases_of(changes: Changes) -> list[Case]:
    return [change.case for change in changes.cases]


def code(told: Told, name: str) -> str:
    found: str = told.one(name, REFUSAL)["data"]["code"]
    return found


# --- joining ------------------------------------------------------------------------------------------------------


async def reported_only(kit: Kit, child: dict[str, Any]) -> tuple[OnCase, str]:
    return await a_report(kit, data=about(REPORT, child)), "politie-test"


async def recorded(kit: Kit, child: dict[str, Any]) -> tuple[OnCase, str]:
    return await a_case(kit, data=about(REPORT, child)), "vt-test"


async def handed_over(kit: Kit, child: dict[str, Any]) -> tuple[OnCase, str]:
    first = await a_case(kit, data=about(REPORT, child))
    offer = an_offer(kit)
    made = (await kit.tell("vt-test", OFFER, offer, correlationid=first.case)).row("wijkteam-test", OFFER)
    await kit.tell("wijkteam-test", YES, a_yes(offer, made), correlationid=first.case)
    return first, "wijkteam-test"


@pytest.mark.parametrize("before", [reported_only, recorded, handed_over])
async def test_a_report_on_the_same_child_joins_its_case_and_moves_no_holder(kit: Kit, before: Any) -> None:
    """P4: whoever holds goes on holding."""
    child, *_ = family(kit)
    first, holder = await before(kit, child)
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))

    assert second.case == first.case
    assert second.told.one("vt-test", PRESENTED)["data"]["houder"] == kit.oin(holder)
    case = await known(kit, first.case)
    assert (case.holder, [report.opened for report in case.reports.values()]) == (kit.oin(holder), [True, False])
    (joined,) = [event for event in await happened(kit, first.case) if getattr(event, "ground", None)]
    assert isinstance(joined, e.ReportReceived)
    assert (joined.report, joined.ground) == (second.report, "bsn")


async def test_who_reports_second_gets_its_own_reference_and_not_the_case(kit: Kit) -> None:
    child, *_ = family(kit)
    first = await a_case(kit, data=about(REPORT, child))
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))

    assert second.told.one("rvdk-test", RECEIPT)["data"]["referentie"] == str(second.report)
    assert str(first.case) not in str(second.told.to("rvdk-test"))


async def test_each_report_on_one_case_has_a_decision_of_its_own(kit: Kit) -> None:
    child, *_ = family(kit)
    first = await a_case(kit, data=about(REPORT, child))
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    name = {"correlationid": first.case}

    await kit.tell("vt-test", ASSESSED, assessment(first), **name)
    assert code(await kit.tell("vt-test", CLOSED, **name), "vt-test") == "stap-niet-toegestaan"
    heard = await kit.tell("vt-test", ASSESSED, assessment(second), **name)
    assert [said["correlationid"] for said in heard.to("rvdk-test")] == [str(second.report)] * 2
    assert heard.to("politie-test") == []
    assert (await kit.tell("vt-test", CLOSED, **name)).to("vt-test", RECEIPT)


async def test_an_acute_report_that_joins_is_chased_as_acute(kit: Kit) -> None:
    child, *_ = family(kit)
    first = await a_case(kit, data=about(REPORT, child))
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child), urgentie=Lane.ACUTE)

    assert second.case == first.case
    assert await one(kit.engine, "select about from timer where name = :name", name=ACUTE_RECORDING) == second.report


async def test_the_same_report_again_neither_joins_nor_is_found_twice(kit: Kit) -> None:
    child, *_ = family(kit)
    await a_report(kit, data=about(REPORT, child))
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    again = Told(kit, second.told.payload, await kit.decide([kit.delivery("rvdk-test", second.told.payload)]))

    assert again.to("rvdk-test") == second.told.to("rvdk-test", RECEIPT)
    assert (again.changes.cases, again.changes.radar) == ((), ())


async def test_an_earlier_report_of_its_own_is_no_news_to_anybody(kit: Kit) -> None:
    child, *_ = family(kit)
    first = await a_report(kit, data=about(REPORT, child))
    second = await a_report(kit, data=about(REPORT, child))

    assert second.case == first.case
    assert second.told.to("vt-test", COINCIDENCE) == []
    assert [hit["referentie"] for hit in second.told.one("vt-test", PRESENTED)["data"]["radar"]] == [str(first.report)]


# --- hints --------------------------------------------------------------------------------------------------------


async def test_the_number_of_a_suspect_links_two_cases_and_joins_nothing(kit: Kit) -> None:
    """One man may be a danger in two families."""
    one_child, *_, suspect = family(kit)
    other_child, *_ = family(kit)
    first = await a_case(kit, data=about(REPORT, one_child, suspect))
    second = await a_report(kit, "om-test", CRIMINAL, data=about(CRIMINAL, other_child, suspect))

    assert second.case != first.case
    (hit,) = second.told.one("vt-test", PRESENTED)["data"]["radar"]
    assert (hit["gronden"], hit["zelfdePersoon"], hit["referentie"]) == (["skn"], True, str(first.report))
    for mine, other in ((first.case, second.case), (second.case, first.case)):
        assert [link.case for link in (await known(kit, mine)).links] == [other]


async def test_an_address_is_a_hint_and_not_necessarily_the_same_person(kit: Kit) -> None:
    child, *_ = family(kit)
    sibling, *_ = family(kit)
    first = await a_case(kit, data=about(REPORT, child))
    second = await a_report(
        kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, sibling | {"adres": child["adres"]})
    )

    assert second.case != first.case
    (hit,) = second.told.one("vt-test", COINCIDENCE)["data"]["meldingen"]
    assert (hit["gronden"], hit["zelfdePersoon"]) == (["adres"], False)


async def test_a_report_that_fits_two_open_cases_joins_neither_and_links_all(kit: Kit) -> None:
    (child, *_), (sibling, *_) = family(kit), family(kit)
    first, second = [await a_case(kit, data=about(REPORT, one_)) for one_ in (child, sibling)]
    third = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child, sibling))

    assert third.case not in (first.case, second.case)
    assert {link.case for link in (await known(kit, third.case)).links} == {first.case, second.case}
    for earlier in (first, second):
        assert [link.case for link in (await known(kit, earlier.case)).links] == [third.case]


async def test_a_sender_that_names_its_case_has_said_where_its_report_belongs(kit: Kit) -> None:
    (child, *_), (sibling, *_) = family(kit), family(kit)
    other = await a_case(kit, data=about(REPORT, sibling))
    mine = await a_case(kit, name="rvdk-test", type_=BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    again = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, sibling), correlationid=mine.report)

    assert again.case == mine.case
    assert [link.case for link in (await known(kit, mine.case)).links] == [other.case]


# --- after the end ------------------------------------------------------------------------------------------------


async def closed_case(kit: Kit, child: dict[str, Any]) -> OnCase:
    first = await a_case(kit, data=about(REPORT, child))
    await kit.tell("vt-test", ASSESSED, assessment(first), correlationid=first.case)
    await kit.tell("vt-test", CLOSED, correlationid=first.case)
    return first


async def test_after_a_closed_case_a_new_one_goes_on_from_it(kit: Kit) -> None:
    child, *_ = family(kit)
    first = await closed_case(kit, child)
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))

    assert second.case != first.case
    case = await known(kit, second.case)
    assert (case.linked, case.holder) == (first.case, kit.oin("rvdk-test"))
    assert (await known(kit, first.case)).holder is None
    assert second.told.one("vt-test", COINCIDENCE)["data"]["meldingen"][0]["referentie"] == str(first.report)


async def test_who_names_a_closed_case_joins_the_one_that_went_on_from_it(kit: Kit) -> None:
    """Otherwise the child would have two open cases, and two holders."""
    child, *_ = family(kit)
    first = await closed_case(kit, child)
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    third = await a_report(kit, data=about(REPORT, child), correlationid=first.report)

    assert third.case == second.case


async def test_who_names_a_closed_case_where_none_goes_on_opens_one_that_does(kit: Kit) -> None:
    child, *_ = family(kit)
    first = await closed_case(kit, child)
    again = await a_report(kit, data=about(REPORT, child), correlationid=first.report)

    assert again.case != first.case
    assert (await known(kit, again.case)).linked == first.case


# --- who hears ----------------------------------------------------------------------------------------------------


async def test_the_triage_hears_who_else_reported_how_to_reach_them_and_under_which_reference(kit: Kit) -> None:
    child, *_ = family(kit)
    police = kit.speakers["politie-test"].partner.id
    await kit.change(lambda directory: set_contacts(directory, police, [POLICE_DESK, Contact("Recherche", "0900 1")]))
    first = await a_case(kit, data=about(REPORT, child))
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))

    said = second.told.one("vt-test", COINCIDENCE)
    hit = {
        "organisatie": kit.oin("politie-test"),
        "referentie": str(first.report),
        "telefoon": POLICE_DESK.phone,
        "gronden": ["bsn", "adres"],
        "zelfdePersoon": True,
    }
    assert (said["correlationid"], said["data"]["melding"], said["data"]["meldingen"]) == (
        str(first.case),
        str(second.report),
        [hit],
    )
    assert second.told.one("vt-test", PRESENTED)["data"]["radar"] == [hit]


async def test_reporters_hear_nothing_of_each_other_where_no_law_lets_them(kit: Kit) -> None:
    child, *_ = family(kit)
    await a_case(kit, data=about(REPORT, child))
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))

    assert second.told.to("politie-test") == []
    assert [said["type"] for said in second.told.to("rvdk-test")] == [f"nl.ketenhub.{RECEIPT}.v1"]


async def test_where_the_pair_is_allowed_each_hears_of_the_other_under_its_own_reference(kit: Kit) -> None:
    child, *_ = family(kit)
    police = kit.speakers["politie-test"].partner.id
    await kit.change(lambda directory: set_contacts(directory, police, [POLICE_DESK]))
    first = await a_case(kit, data=about(REPORT, child))
    second = await a_report(kit, "om-test", CRIMINAL, data=about(CRIMINAL, child))

    to_om, to_police = (second.told.one(name, COINCIDENCE) for name in ("om-test", "politie-test"))
    assert (to_om["correlationid"], to_police["correlationid"]) == (str(second.report), str(first.report))
    (about_police,), (about_om,) = to_om["data"]["meldingen"], to_police["data"]["meldingen"]
    assert (about_police["referentie"], about_police["telefoon"]) == (str(first.report), POLICE_DESK.phone)
    assert (about_om["organisatie"], about_om["referentie"]) == (kit.oin("om-test"), str(second.report))
    assert str(first.case) not in str(second.told.to("om-test")) + str(second.told.to("politie-test"))


async def test_a_third_reporter_hears_of_those_it_may_and_the_triage_of_all(kit: Kit) -> None:
    child, *_ = family(kit)
    first = await a_case(kit, data=about(REPORT, child))
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    third = await a_report(kit, "reclassering-test", PROBATION, data=about(PROBATION, child))

    def references(name: str) -> set[str]:
        return {hit["referentie"] for hit in third.told.one(name, COINCIDENCE)["data"]["meldingen"]}

    assert references("vt-test") == {str(first.report), str(second.report)}
    assert references("reclassering-test") == {str(first.report)}
    assert references("politie-test") == {str(third.report)}
    assert third.told.to("rvdk-test") == []


# --- contact ------------------------------------------------------------------------------------------------------


async def awaiting_contact(kit: Kit) -> tuple[OnCase, dict[str, Any]]:
    child, *_ = family(kit)
    first = await a_case(kit, data=about(REPORT, child))
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    found = second.told.one("vt-test", COINCIDENCE)["data"]["samenloop"]
    assert await timers_of(kit) == [UUID(found)]
    return first, sample(CONTACT) | {"samenloop": found}


async def timers_of(kit: Kit, name: str = CONTACT_TERM) -> list[UUID]:
    return [row["about"] for row in await rows(kit.engine, "select about from timer where name = :name", name=name)]


async def test_contact_is_awaited_until_somebody_who_was_told_says_it_was_made(kit: Kit) -> None:
    first, contact = await awaiting_contact(kit)
    made = await kit.tell("vt-test", CONTACT, contact, correlationid=first.case)

    assert made.to("vt-test", RECEIPT)
    assert await timers_of(kit) == []
    assert (await kit.tell("vt-test", CONTACT, contact, correlationid=first.case)).to("vt-test", RECEIPT)


async def test_who_was_not_told_cannot_say_that_contact_was_made(kit: Kit) -> None:
    first, contact = await awaiting_contact(kit)
    said = await kit.tell("politie-test", CONTACT, contact, correlationid=first.report)

    assert code(said, "politie-test") == "stap-niet-toegestaan"
    assert len(await timers_of(kit)) == 1


async def test_a_reporter_that_was_told_may_say_it_under_its_own_reference(kit: Kit) -> None:
    child, *_ = family(kit)
    first = await a_case(kit, data=about(REPORT, child))
    second = await a_report(kit, "om-test", CRIMINAL, data=about(CRIMINAL, child))
    contact = sample(CONTACT) | {"samenloop": second.told.one("politie-test", COINCIDENCE)["data"]["samenloop"]}
    said = await kit.tell("politie-test", CONTACT, contact, correlationid=first.report)

    assert said.to("politie-test", RECEIPT)
    assert await timers_of(kit) == []


# --- another region -----------------------------------------------------------------------------------------------


@pytest.fixture
async def two_regions(kit: Kit) -> Kit:
    await kit.add("vt-utrecht", Role.VEILIG_THUIS, UTRECHT, 50)
    await kit.add("politie-utrecht", Role.POLICE, UTRECHT, 51)
    return kit


async def test_a_report_from_another_region_joins_and_the_triage_that_would_have_had_it_hears_so(
    two_regions: Kit,
) -> None:
    kit = two_regions
    child, *_ = family(kit)
    first = await a_case(kit, data=about(REPORT, child))
    second = await a_report(kit, "politie-utrecht", data=about(REPORT, child, gemeente=IN_UTRECHT))

    assert second.case == first.case
    said = second.told.one("vt-utrecht", COINCIDENCE)
    assert said["data"]["melding"] == str(second.report)
    assert [hit["referentie"] for hit in said["data"]["meldingen"]] == [str(first.report)]
    assert "correlationid" not in said
    assert {"zaakversie", "houder"}.isdisjoint(said["data"])
    assert str(first.case) not in str(said)


async def test_a_hint_in_another_region_is_told_to_each_triage_on_its_own_case(two_regions: Kit) -> None:
    kit = two_regions
    (one_child, *_, suspect), (other_child, *_) = family(kit), family(kit)
    first = await a_case(kit, data=about(REPORT, one_child, suspect))
    told = await kit.tell("politie-utrecht", REPORT, about(REPORT, other_child, suspect, gemeente=IN_UTRECHT))

    presented = told.one("vt-utrecht", PRESENTED)
    there, here = told.one("vt-utrecht", COINCIDENCE), told.one("vt-test", COINCIDENCE)
    assert there["correlationid"] == presented["correlationid"] != str(first.case)
    assert here["correlationid"] == str(first.case)
    assert here["data"]["melding"] == str(first.report)
    assert [hit["referentie"] for hit in here["data"]["meldingen"]] == [presented["data"]["melding"]["nummer"]]
    contact = sample(CONTACT) | {"samenloop": here["data"]["samenloop"]}
    assert (await kit.tell("vt-test", CONTACT, contact, correlationid=first.case)).to("vt-test", RECEIPT)


# --- taken out, taken apart ---------------------------------------------------------------------------------------


async def test_a_report_that_its_reporter_takes_out_is_found_by_nobody_after_it(kit: Kit) -> None:
    child, *_ = family(kit)
    first = await a_case(kit, data=about(REPORT, child))
    out = sample(RADAR_WITHDRAWN) | {"melding": str(first.report)}
    assert (await kit.tell("politie-test", RADAR_WITHDRAWN, out, correlationid=first.report)).to(
        "politie-test", RECEIPT
    )
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))

    assert second.case != first.case
    assert second.told.one("vt-test", PRESENTED)["data"]["radar"] == []
    assert await one(kit.engine, "select count(*) from radar_entry where report = :id", id=first.report) == 0


@pytest.mark.parametrize("name", ["vt-test", "rvdk-test"])
async def test_nobody_but_its_reporter_takes_a_report_out(kit: Kit, name: str) -> None:
    child, *_ = family(kit)
    first = await a_case(kit, data=about(REPORT, child))
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    correlation = first.case if name == "vt-test" else second.report
    out = sample(RADAR_WITHDRAWN) | {"melding": str(first.report)}
    said = await kit.tell(name, RADAR_WITHDRAWN, out, correlationid=correlation)

    assert code(said, name) == "stap-niet-toegestaan"
    assert await one(kit.engine, "select count(*) from radar_entry where report = :id", id=first.report) > 0


async def test_a_report_that_was_joined_wrongly_becomes_a_case_of_its_own_that_the_triage_holds(kit: Kit) -> None:
    child, *_ = family(kit)
    first, holder = await handed_over(kit, child)
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    detached = await kit.tell("vt-test", DETACHED, {"melding": str(second.report)}, correlationid=first.case)

    own = UUID(detached.one("vt-test", RECEIPT)["data"]["referentie"])
    assert own != first.case
    case = await known(kit, second.report)
    assert (case.id, case.holder, list(case.reports)) == (own, kit.oin("vt-test"), [second.report])
    assert (await known(kit, first.case)).holder == kit.oin(holder)
    assert [report.id for report in (await known(kit, first.case)).own_reports()] == [first.report]


async def test_its_reporter_goes_on_under_the_same_reference(kit: Kit) -> None:
    child, *_ = family(kit)
    first = await a_case(kit, data=about(REPORT, child))
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    detached = await kit.tell("vt-test", DETACHED, {"melding": str(second.report)}, correlationid=first.case)
    own = UUID(detached.one("vt-test", RECEIPT)["data"]["referentie"])

    assert detached.one("rvdk-test", RECORDED)["correlationid"] == str(second.report)
    stand = await kit.tell("rvdk-test", STAND, {}, correlationid=second.report)
    assert stand.one("rvdk-test", "zaken.stand")["correlationid"] == str(second.report)
    again = await a_report(kit, "rvdk-test", BOARD_NOTICE, correlationid=second.report)
    assert again.case == own
    versions = [
        said["data"]["zaakversie"]
        for said in (detached.one("rvdk-test", RECORDED), stand.one("rvdk-test", "zaken.stand"))
    ]
    assert versions == sorted(set(versions))


async def test_its_assessment_is_then_asked_for_on_its_own_case(kit: Kit) -> None:
    child, *_ = family(kit)
    first = await a_case(kit, data=about(REPORT, child))
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    detached = await kit.tell("vt-test", DETACHED, {"melding": str(second.report)}, correlationid=first.case)
    own = UUID(detached.one("vt-test", RECEIPT)["data"]["referentie"])

    wrong = await kit.tell("vt-test", ASSESSED, assessment(second), correlationid=first.case)
    assert code(wrong, "vt-test") == "stap-niet-toegestaan"
    right = await kit.tell("vt-test", ASSESSED, assessment(second), correlationid=own)
    assert right.to("vt-test", RECEIPT)
    where = await rows(kit.engine, 'select "case" from timer where about = :id', id=second.report)
    assert where == []


# --- at the same instant ------------------------------------------------------------------------------------------


def say(kit: Kit, name: str, type_: str, child: dict[str, Any], **changes: Any) -> Delivery:
    return kit.delivery(name, kit.event(name, type_, about(type_, child), **changes))


async def test_two_reports_on_one_unseen_child_in_one_batch_make_one_case(kit: Kit) -> None:
    child, *_ = family(kit)
    changes = await kit.decide([say(kit, "politie-test", REPORT, child), say(kit, "rvdk-test", BOARD_NOTICE, child)])

    (case,) = cases_of(changes)
    assert [report.opened for report in case.reports.values()] == [True, False]
    assert case.holder == kit.oin("politie-test")
    assert len(case.coincidences) == 1


async def test_a_report_taken_out_in_the_same_batch_is_not_found_by_what_comes_after_it(kit: Kit) -> None:
    child, *_ = family(kit)
    first = say(kit, "politie-test", REPORT, child)
    report = await first_report_of(kit, [first])
    out = kit.event("politie-test", RADAR_WITHDRAWN, sample(RADAR_WITHDRAWN) | {"melding": str(report)},
                    correlationid=report)  # fmt: skip
    changes = await kit.decide(
        [
            say(kit, "rvdk-test", BOARD_NOTICE, child),
            kit.delivery("politie-test", out),
            say(kit, "om-test", CRIMINAL, child),
        ]
    )

    (case,) = cases_of(changes)
    assert [len(found.told) for found in case.coincidences.values()] == [1, 1]
    assert {entry.report for entry in changes.radar}.isdisjoint({report})


async def first_report_of(kit: Kit, deliveries: Sequence[Delivery]) -> UUID:
    (case,) = cases_of(await kit.decide(deliveries))
    return next(iter(case.reports))


async def test_two_batches_at_the_same_instant_make_one_case_of_each_child(kit: Kit) -> None:
    """P3, in many rounds: the same children in opposite order, of which nobody has reported."""
    patient = Patient(Health())
    for _ in range(15):
        children = [family(kit)[0] for _ in range(4)]
        police = [say(kit, "politie-test", REPORT, child) for child in children]
        board = [say(kit, "rvdk-test", BOARD_NOTICE, child) for child in reversed(children)]
        halves = [police, board[:2], board[2:]]
        await asyncio.gather(*(patient(lambda half=half: kit.decide(half)) for half in halves))  # type: ignore[misc]

    found = [
        row["reports"] for row in await rows(kit.engine, "select document::jsonb->'reports' as reports from cases")
    ]
    assert len(found) == 60
    assert await one(kit.engine, "select count(*) from case_event where kind = 'ReportReceived'") == 120
    assert await one(kit.engine, "select count(*) from case_event where kind = 'CoincidenceFound'") == 60
    assert await one(kit.engine, "select count(*) from radar_lock") == 0


# --- keys ---------------------------------------------------------------------------------------------------------


def with_keys(kit: Kit, *keys: PseudonymKey) -> Kit:
    own = {RadarKeyId(key.id): key for key in keys}

    def of(id_: RadarKeyId) -> PseudonymKey | None:
        return own.get(id_) or kit.setting.keys.radar(id_)

    return replace(kit, setting=replace(kit.setting, keys=replace(kit.setting.keys, radar=of)))


async def announce(kit: Kit, id_: str) -> None:
    key = HubKey(KeyKind.RADAR, id_, KeyState.ANNOUNCED)
    await kit.change(lambda directory: add_hub_key(directory, key, kit.now()))


async def take_step(kit: Kit, id_: str, to: KeyState) -> None:
    await kit.change(lambda directory: move_hub_key(directory, KeyKind.RADAR, id_, to, kit.now()))


async def test_what_was_entered_under_an_old_key_is_found_as_long_as_that_is_read(kit: Kit) -> None:
    child, *_ = family(kit)
    key = PseudonymKey.of(bytes([1]) * 32)
    old, new = RADAR_KEY, key.id
    kit = with_keys(kit, key)
    first = await a_report(kit, data=about(REPORT, child))

    await announce(kit, new)
    await take_step(kit, new, KeyState.READ)
    between = await a_report(kit, "om-test", CRIMINAL, data=about(CRIMINAL, child))
    await take_step(kit, new, KeyState.WRITE)
    under_new = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    await take_step(kit, old, KeyState.RETIRED)
    later = await a_report(kit, "reclassering-test", PROBATION, data=about(PROBATION, child))

    assert between.case == under_new.case == later.case == first.case
    hits = [len(one_.told.one("vt-test", PRESENTED)["data"]["radar"]) for one_ in (between, under_new, later)]
    assert hits == [1, 2, 1]
    written = await rows(kit.engine, "select distinct report, key_id from radar_entry")
    expected = {first.report: old, between.report: old, under_new.report: new, later.report: new}
    assert {row["report"]: row["key_id"] for row in written} == expected


async def test_a_report_waits_for_a_key_that_is_not_here_and_is_not_decided_without_it(kit: Kit) -> None:
    child, *_ = family(kit)
    new = str(uuid4())[:16]
    await announce(kit, new)
    await take_step(kit, new, KeyState.READ)
    told = await kit.tell("politie-test", REPORT, about(REPORT, child))

    (row,) = told.changes.inbox
    assert (row.fate, row.code, told.changes.cases) == (Fate.RETRY, "hub-key-missing", ())
    other = await kit.tell("vt-test", STAND, {}, correlationid=uuid4())
    assert code(other, "vt-test") == "zaak-onbekend"
