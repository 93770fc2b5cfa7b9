"""One number and two people: what joins, what is only told, and that no mention hides either."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.canonical.codes import Lane, Trait
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Role
from hub.cases.calendar import AMSTERDAM
from hub.cases.case import Case
from hub.envelope.pseudonyms import PseudonymKey
from hub.ids import RadarKeyId, RegionId
from hub.routing.hub_keys import add_hub_key, move_hub_key
from hub.routing.radar import MOST_HITS
from hub.store.views import case_view
from tests.clock import Clock
from tests.databases import one, rows
from tests.kit import RADAR_KEY, Kit
from tests.talk import (
    ASSESSED,
    BOARD_NOTICE,
    CLOSED,
    COINCIDENCE,
    CRIMINAL,
    OFFER,
    PRESENTED,
    PROBATION,
    RECEIPT,
    REFUSAL,
    REPORT,
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

Person = dict[str, Any]

GIRL = {"geslacht": "vrouw", "geboortedatum": "2017-05-02"}
BOY = {"geslacht": "man", "geboortedatum": "2009-11-30"}


def numbered(kit: Kit, kind: str, **said: Any) -> Person:
    """A child with a number that nobody else has, and nothing else by which it is known."""
    child, *_, suspect = family(kit)
    number = {"bsn": child["bsn"]} if kind == "bsn" else {"skn": suspect["skn"]}
    return {"rol": "kind", **GIRL, **number, **said}


def radar_of(found: OnCase) -> list[dict[str, Any]]:
    heard: list[dict[str, Any]] = found.told.one("vt-test", PRESENTED)["data"]["radar"]
    return heard


async def known(kit: Kit, name: UUID) -> Case:
    view = await case_view(kit.engine, name)
    assert view is not None
    return view.case


async def on_a_second(kit: Kit, first: Person, **said: Any) -> tuple[OnCase, OnCase]:
    """A report on this child, and one on a child with its number of whom this is said."""
    mine = await a_report(kit, data=about(REPORT, first))
    return mine, await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, first | said))


# --- what contradicts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lane", Lane)
@pytest.mark.parametrize("kind", ["bsn", "skn"])
async def test_a_number_of_another_child_opens_a_case_of_its_own_which_the_triage_is_told(
    kit: Kit, kind: str, lane: Lane
) -> None:
    """The child that has it is with a team that would hear nothing of the other."""
    child = numbered(kit, kind)
    first = await a_case(kit, data=about(REPORT, child))
    offer = an_offer(kit)
    made = (await kit.tell("vt-test", OFFER, offer, correlationid=first.case)).row("wijkteam-test", OFFER)
    await kit.tell("wijkteam-test", YES, a_yes(offer, made), correlationid=first.case)
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child | BOY), urgentie=lane)

    assert second.case != first.case
    assert (await known(kit, second.case)).holder == kit.oin("rvdk-test")
    (hit,) = second.told.one("vt-test", COINCIDENCE)["data"]["meldingen"]
    assert radar_of(second) == [hit]
    assert (hit["referentie"], hit["gronden"]) == (str(first.report), [kind])
    assert (hit["zelfdePersoon"], hit["tegenspraak"]) == (False, ["geboortedatum", "geslacht"])
    for here, there in ((second, first), (first, second)):
        (link,) = (await known(kit, here.case)).links
        assert (link.case, link.contradicts) == (there.case, (Trait.BIRTH_DATE, Trait.SEX))
    assert second.told.to("wijkteam-test") == []


@pytest.mark.parametrize(
    ("said", "against"),
    [
        ({"geslacht": "man"}, ["geslacht"]),
        ({"geboortedatum": "2009-11-30"}, ["geboortedatum"]),
        ({"geboortedatum": "2017-05-13"}, ["geboortedatum"]),
        ({"geslacht": "onbekend", "geboortedatum": "2018-05-03"}, ["geboortedatum"]),
    ],
)
async def test_either_sex_or_birth_date_is_enough(kit: Kit, said: Person, against: list[str]) -> None:
    first, second = await on_a_second(kit, numbered(kit, "bsn"), **said)

    assert second.case != first.case
    assert [hit["tegenspraak"] for hit in radar_of(second)] == [against]


@pytest.mark.parametrize(
    "said",
    [
        {"geslacht": "onbekend"},
        {"geboortedatum": "2009"},
        {"geboortedatum": "2009-11"},
        {"geboortedatum": "1900-01-01"},
        {"geboortedatum": "2017-05-03"},
        {"geboortedatum": "2007-05-02"},
        {"geboortedatum": "2017-02-05"},
    ],
)
async def test_what_is_unknown_or_a_slip_joins_as_before(kit: Kit, said: Person) -> None:
    first, second = await on_a_second(kit, numbered(kit, "bsn"), **said)

    assert second.case == first.case
    assert [(hit["zelfdePersoon"], "tegenspraak" in hit) for hit in radar_of(second)] == [(True, False)]


async def test_a_birth_date_that_nobody_gave_is_none(kit: Kit) -> None:
    child = numbered(kit, "bsn")
    del child["geboortedatum"]
    first = await a_report(kit, data=about(REPORT, child))
    second = await a_report(kit, data=about(REPORT, child | {"geboortedatum": "2017-05-02"}))

    assert second.case == first.case


async def test_who_leaves_it_open_makes_one_family_of_no_two(kit: Kit) -> None:
    child = numbered(kit, "bsn")
    first, between = await on_a_second(kit, child, geslacht="onbekend", geboortedatum="2017")
    third = await a_report(kit, "om-test", CRIMINAL, data=about(CRIMINAL, child | BOY))
    of_the_girl = await a_report(kit, "reclassering-test", PROBATION, data=about(PROBATION, child))
    of_the_boy = await a_report(kit, data=about(REPORT, child | BOY))

    assert between.case == of_the_girl.case == first.case
    assert third.case == of_the_boy.case != first.case


async def test_who_leaves_it_open_between_two_cases_keeps_no_later_report_from_either(kit: Kit) -> None:
    """And the triage is not told that it is both children, while a reporter hears what its own report gave."""
    child = numbered(kit, "bsn")
    girl, boy = await on_a_second(kit, child, **BOY)
    open_ = await a_report(kit, "om-test", CRIMINAL, data=about(CRIMINAL, child | {"geslacht": "onbekend",
                                                                                 "geboortedatum": "2009"}))  # fmt: skip
    again = [await a_report(kit, data=about(REPORT, child | said)) for said in ({}, BOY, {})]

    assert open_.case not in (girl.case, boy.case)
    assert [one_.case for one_ in again] == [girl.case, boy.case, girl.case]
    assert {hit["zelfdePersoon"] for hit in radar_of(open_)} == {False}
    (of_police,) = open_.told.one("om-test", COINCIDENCE)["data"]["meldingen"]
    assert (of_police["referentie"], of_police["zelfdePersoon"]) == (str(girl.report), True)
    sure = {hit["referentie"]: hit["zelfdePersoon"] for hit in radar_of(again[0])}
    assert sure == {str(girl.report): True, str(boy.report): False, str(open_.report): False}


async def test_a_reporter_that_gives_one_number_to_two_children_is_told_on_to_the_triage(kit: Kit) -> None:
    """It hears no coincidence of its own reports, but the triage has a report that looks like a known child's."""
    child = numbered(kit, "bsn")
    first = await a_report(kit, data=about(REPORT, child))
    second = await a_report(kit, data=about(REPORT, child | BOY))

    assert second.case != first.case
    assert [hit["tegenspraak"] for hit in radar_of(second)] == [["geboortedatum", "geslacht"]]


async def test_two_at_once_in_one_batch_are_two_cases(kit: Kit) -> None:
    child = numbered(kit, "bsn")
    say = [kit.delivery("politie-test", kit.event("politie-test", REPORT, about(REPORT, child | said)))
           for said in (GIRL, BOY, {"geslacht": "vrouw"})]  # fmt: skip
    changes = await kit.decide(say)

    assert sorted(len(change.case.reports) for change in changes.cases) == [1, 2]


async def test_after_a_closed_case_a_number_that_contradicts_goes_on_from_nothing(kit: Kit) -> None:
    child = numbered(kit, "bsn")
    first = await a_case(kit, data=about(REPORT, child))
    await kit.tell("vt-test", ASSESSED, assessment(first), correlationid=first.case)
    await kit.tell("vt-test", CLOSED, correlationid=first.case)
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child | BOY))

    assert (await known(kit, second.case)).linked is None
    assert second.case != first.case


async def test_who_names_its_case_is_believed_and_the_triage_hears_that_the_number_is_of_another(kit: Kit) -> None:
    child = numbered(kit, "bsn")
    first = await a_report(kit, data=about(REPORT, child))
    second = await a_report(kit, data=about(REPORT, child | BOY), correlationid=first.report)

    assert second.case == first.case
    assert [hit["tegenspraak"] for hit in radar_of(second)] == [["geboortedatum", "geslacht"]]


async def test_the_triage_of_the_other_child_in_another_region_hears_it_on_its_own_case(kit: Kit) -> None:
    await kit.add("vt-utrecht", Role.VEILIG_THUIS, RegionId("utrecht"), 50)
    child = numbered(kit, "bsn")
    first = await a_report(kit, data=about(REPORT, child))
    told = await kit.tell("politie-test", REPORT, about(REPORT, child | BOY, gemeente="GM0344"))

    here = told.one("vt-test", COINCIDENCE)
    assert here["correlationid"] == str(first.case)
    assert [hit["tegenspraak"] for hit in here["data"]["meldingen"]] == [["geboortedatum", "geslacht"]]


async def test_a_reporter_that_may_hear_of_another_hears_nothing_of_what_that_said(kit: Kit) -> None:
    child = numbered(kit, "skn")
    await a_report(kit, data=about(REPORT, child))
    second = await a_report(kit, "om-test", CRIMINAL, data=about(CRIMINAL, child | BOY))

    for name in ("politie-test", "om-test"):
        (hit,) = second.told.one(name, COINCIDENCE)["data"]["meldingen"]
        assert (hit["zelfdePersoon"], "tegenspraak" in hit) == (False, False)


async def test_a_suspect_of_whom_two_reports_say_another_birth_date_is_not_said_to_be_one(kit: Kit) -> None:
    (child, *_, suspect), (other, *_) = family(kit), family(kit)
    await a_report(kit, data=about(REPORT, child, suspect | {"geboortedatum": "1985-03-01"}))
    second = await a_report(kit, data=about(REPORT, other, suspect | {"geboortedatum": "1961-07-08"}))

    assert [(hit["zelfdePersoon"], hit["tegenspraak"]) for hit in radar_of(second)] == [(False, ["geboortedatum"])]


# --- what was there before, and what is kept of it ----------------------------------------------------------------


async def test_what_was_entered_before_it_was_compared_contradicts_nothing(kit: Kit) -> None:
    child = numbered(kit, "bsn")
    first = await a_report(kit, data=about(REPORT, child))
    await rows(kit.engine, "update radar_entry set traits = default")
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child | BOY))

    assert second.case == first.case


async def test_after_another_key_writes_what_the_old_one_made_still_contradicts(kit: Kit) -> None:
    child, key = numbered(kit, "bsn"), PseudonymKey.of(bytes([3]) * 32)
    before = kit.setting.keys.radar
    own = replace(kit.setting.keys, radar=lambda id_: key if id_ == RadarKeyId(key.id) else before(id_))
    kit = replace(kit, setting=replace(kit.setting, keys=own))
    first = await a_report(kit, data=about(REPORT, child))
    new = HubKey(KeyKind.RADAR, key.id, KeyState.ANNOUNCED)
    await kit.change(lambda directory: add_hub_key(directory, new, kit.now()))
    for step in (KeyState.READ, KeyState.WRITE):
        await kit.change(lambda directory, to=step: move_hub_key(directory, KeyKind.RADAR, key.id, to, kit.now()))
    boy = await a_report(kit, data=about(REPORT, child | BOY))
    girl = await a_report(kit, data=about(REPORT, child))

    assert boy.case != first.case == girl.case
    keys = await rows(kit.engine, "select distinct key_id, report from radar_entry")
    assert {row["report"]: row["key_id"] for row in keys} == {
        first.report: RADAR_KEY, boy.report: key.id, girl.report: key.id}  # fmt: skip


async def test_two_children_of_whom_the_same_is_said_have_nothing_to_compare_in_the_database(kit: Kit) -> None:
    for _ in range(2):
        await a_report(kit, data=about(REPORT, numbered(kit, "bsn")))
    kept = [row["traits"] for row in await rows(kit.engine, "select traits from radar_entry")]

    assert len(kept) == 2
    pieces = [{traits[at : at + 9] for at in range(0, len(traits), 9)} for traits in kept]
    assert [len(one_) for one_ in pieces] == [10, 10]
    assert pieces[0].isdisjoint(pieces[1])
    assert not any(word in traits for traits in kept for word in (b"vrouw", b"2017"))


# --- what hides nothing -------------------------------------------------------------------------------------------


async def mentioned(kit: Kit, mother: Person, times: int) -> None:
    """So many reports, each on a child of its own, that name her as who has authority."""
    parent = mother | {"rol": "gezaghebbende"}
    said = [about(REPORT, family(kit)[0], parent) for _ in range(times)]
    await kit.decide([kit.delivery("politie-test", kit.event("politie-test", REPORT, data)) for data in said])


@pytest.mark.parametrize("said", [{}, {"geboortedatum": "1961-07-08"}])
async def test_who_is_mentioned_often_is_found_where_she_is_the_victim(kit: Kit, said: Person) -> None:
    _, mother, *_ = family(kit)
    victim = mother | {"rol": "vermoedelijk-slachtoffer"}
    first = await a_report(kit, data=about(REPORT, victim))
    await mentioned(kit, mother, MOST_HITS + 5)
    again = await a_report(kit, "reclassering-test", PROBATION, data=about(PROBATION, victim | said))
    (hit,) = [hit for hit in radar_of(again) if hit["referentie"] == str(first.report)]

    assert (again.case == first.case) is not said
    assert ("tegenspraak" in hit) is bool(said)


async def test_a_number_that_is_typed_for_many_others_still_joins_whom_it_is_of(kit: Kit) -> None:
    child = numbered(kit, "bsn")
    first = await a_report(kit, data=about(REPORT, child))
    others = [{"geslacht": "man", "geboortedatum": f"19{10 + number}-0{1 + number % 9}-1{number % 9}"}
              for number in range(MOST_HITS + 5)]  # fmt: skip
    events = [kit.event("politie-test", REPORT, about(REPORT, child | said)) for said in others]
    await kit.decide([kit.delivery("politie-test", event) for event in events])
    again = await a_report(kit, "reclassering-test", PROBATION, data=about(PROBATION, child))

    assert again.case == first.case


# --- numbers and names that are none ------------------------------------------------------------------------------


@pytest.mark.parametrize("dummy", ["111111110", "123456782", "222222220", "111222333", "012345672"])
async def test_a_number_that_is_filled_in_where_none_is_known_joins_and_links_nobody(kit: Kit, dummy: str) -> None:
    one_child, other_child = ({"rol": "kind", "bsn": dummy} | said for said in (GIRL, {"geslacht": "vrouw"}))
    first = await a_report(kit, data=about(REPORT, one_child))
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, other_child))

    assert second.case != first.case
    assert radar_of(second) == []
    assert await one(kit.engine, "select count(*) from radar_entry") == 0


@pytest.mark.parametrize(
    ("surname", "again"),
    [
        ("de Vries-Jansen", "Jansen"),
        ("van Dijk", "Vandyk"),
        ("Müller", "Mueller"),
        ("Jansen-de Vries", "de Vries Jansen"),
    ],
)
async def test_a_name_that_is_written_in_another_way_is_a_hint(kit: Kit, surname: str, again: str) -> None:
    def named(text: str) -> Person:
        return {"rol": "kind", **GIRL, "naam": {"voornamen": "Fleur", "achternaam": text}}

    await a_report(kit, data=about(REPORT, named(surname)))
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, named(again)))

    assert [hit["gronden"] for hit in radar_of(second)] == [["naam-en-geboortedatum"]]


# --- a birth in the future ----------------------------------------------------------------------------------------


def born_in(days: int) -> Callable[[], dict[str, Any]]:
    def report() -> dict[str, Any]:
        day = (datetime.now(UTC).astimezone(AMSTERDAM) + timedelta(days=days)).date()
        return about(REPORT, {"rol": "kind", "geslacht": "onbekend", "geboortedatum": day.isoformat()})

    return report


@pytest.mark.parametrize("lane", Lane)
async def test_a_birth_in_the_future_is_refused_with_what_to_do(kit: Kit, lane: Lane) -> None:
    told = await kit.tell("politie-test", REPORT, born_in(2)(), urgentie=lane)
    refusal = told.one("politie-test", REFUSAL)["data"]

    assert (refusal["code"], refusal["velden"]) == (
        "geboortedatum-in-toekomst", ["/data/betrokkenen/0/geboortedatum"])  # fmt: skip
    assert told.changes.cases == ()
    assert (await kit.tell("politie-test", REPORT, born_in(0)())).to("politie-test", RECEIPT)


async def test_while_the_clock_is_doubted_nobody_can_say_what_the_future_is(kit: Kit, clock: Clock) -> None:
    await clock.jump(timedelta(days=-3))
    told = await kit.tell("politie-test", REPORT, born_in(0)())

    assert kit.store.doubts
    assert told.to("politie-test", RECEIPT)
