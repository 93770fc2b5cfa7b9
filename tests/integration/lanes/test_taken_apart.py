"""Two families are on one case, by a mistyped number, and are taken apart: neither hears of the other from then on.

Police, Veilig Thuis and a local team are with family A; OM has reported on family B, and put it on a joint table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.canonical.partners import Role
from hub.cases.case import Case
from hub.ids import RegionId
from hub.ports import OutboxRow
from hub.schemas.samples import sample
from hub.store.views import case_view
from tests.clock import Clock
from tests.kit import Kit, Told
from tests.talk import (
    ASSESSED,
    BOARD_NOTICE,
    CLOSED,
    CRIMINAL,
    DETACHED,
    OFFER,
    RECEIPT,
    RECORDED,
    REFUSAL,
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

TABLE, SAYS, AGREED = "actieoverleg.aanmelding", "actieoverleg.inbreng", "actieoverleg.afspraken"
CHANGED, CONTACT = "zaken.wijziging", "radar.contact-gelegd"
TAKES_ON = "actieoverleg.afspraak-aanvaard"


@dataclass(frozen=True)
class Joined:
    """A's case, which a team holds, B's report on it, and OM's table about B; `mine`: A's child."""

    first: OnCase
    second: OnCase
    table: UUID
    mine: dict[str, Any]


async def known(kit: Kit, name: UUID) -> Case:
    view = await case_view(kit.engine, name)
    assert view is not None
    return view.case


def code(told: Told, name: str) -> str:
    said = told.to(name, REFUSAL)
    return str(said[0]["data"]["code"]) if said else "accepted"


def put(table: UUID, kit: Kit, *names: str, **fields: Any) -> dict[str, Any]:
    usual = {name: value for name, value in sample(TABLE).items() if name != "besluitVoor"}
    return usual | {"overleg": str(table), "deelnemers": [kit.oin(name) for name in names]} | fields


def said(table: UUID) -> dict[str, Any]:
    return sample(SAYS) | {"overleg": str(table), "antwoord": "bekend"}


async def two_families(kit: Kit) -> Joined:
    child, *_ = family(kit)
    first = await a_case(kit, data=about("meldingen.zorgmelding", child))
    await kit.tell("vt-test", ASSESSED, assessment(first), correlationid=first.case)
    offer = an_offer(kit)
    made = (await kit.tell("vt-test", OFFER, offer, correlationid=first.case)).row("wijkteam-test", OFFER)
    await kit.tell("wijkteam-test", YES, a_yes(offer, made), correlationid=first.case)
    other, *_ = family(kit)
    # Of one age and sex: by these the number would be seen to be a mistake at once.
    like = {name: child[name] for name in ("bsn", "geboortedatum", "geslacht") if name in child}
    second = await a_report(kit, "om-test", CRIMINAL, data=about(CRIMINAL, other | like))
    assert second.case == first.case
    table = uuid4()
    seats = put(table, kit, "vt-test", "reclassering-test")
    assert code(await kit.tell("om-test", TABLE, seats, correlationid=second.report), "om-test") == "accepted"
    return Joined(first, second, table, child)


async def taken_apart(kit: Kit, both: Joined) -> tuple[Told, UUID]:
    told = await kit.tell("vt-test", DETACHED, {"melding": str(both.second.report)}, correlationid=both.first.case)
    return told, UUID(told.one("vt-test", RECEIPT)["data"]["referentie"])


def changes(told: Told, name: str) -> Mapping[str, str]:
    return {one["data"]["over"]: one["data"]["wijziging"] for one in told.to(name, CHANGED)}


async def test_the_table_of_its_reporter_goes_along_and_everybody_at_it_hears_so(kit: Kit) -> None:
    both = await two_families(kit)
    told, own = await taken_apart(kit, both)

    for name, called in (("om-test", both.second.report), ("vt-test", own), ("reclassering-test", own)):
        one = next(one for one in told.to(name, CHANGED) if one["data"]["over"] == str(both.table))
        assert (one["data"]["wijziging"], one["correlationid"]) == ("verplaatst", str(called))
    stand = (await kit.tell("wijkteam-test", STAND, {}, correlationid=both.first.case)).one(
        "wijkteam-test", "zaken.stand"
    )
    assert str(both.table) not in str(stand["data"]), "family A's holder sees nothing of it any more"


async def test_what_is_said_of_family_a_reaches_nobody_of_b(kit: Kit) -> None:
    both = await two_families(kit)
    await taken_apart(kit, both)

    for correlation in (both.first.case, both.first.report, both.second.report):
        asked = await kit.tell("om-test", STAND, {}, correlationid=correlation)
        if correlation == both.second.report:
            assert asked.one("om-test", "zaken.stand")["correlationid"] == str(both.second.report)
        else:
            assert code(asked, "om-test") == "zaak-onbekend"
    table = uuid4()
    theirs = await kit.tell("vt-test", TABLE, put(table, kit, "wijkteam-test"), correlationid=both.first.case)
    more = await kit.tell("wijkteam-test", SAYS, said(table), correlationid=both.first.case)
    news = await kit.tell("vt-test", "monitoring.vraag", {"vraag": str(uuid4())}, correlationid=both.first.case)
    assert {row.partner for one in (theirs, more, news) for row in one.changes.outbox} <= {"vt-test", "wijkteam-test"}


@pytest.mark.parametrize("sender", ["vt-test", "reclassering-test"])
async def test_a_word_that_was_on_its_way_to_the_table_finds_it(kit: Kit, sender: str) -> None:
    """Sent under the name by which its sender knew the case before."""
    both = await two_families(kit)
    _, own = await taken_apart(kit, both)
    late = await kit.tell(sender, SAYS, said(both.table), correlationid=both.first.case)

    assert late.one(sender, RECEIPT)["data"]["referentie"] == str(own)
    assert late.to("om-test", SAYS)[0]["correlationid"] == str(both.second.report)
    assert late.to("wijkteam-test") == []


async def test_an_agreement_and_its_yes_find_it_too(kit: Kit) -> None:
    both = await two_families(kit)
    action = str(uuid4())
    agreed = {"afspraak": action, "verantwoordelijke": kit.oin("reclassering-test"), "omschrijving": "Belt de school."}
    said_ = {"overleg": str(both.table), "afspraken": [agreed]}
    assert code(await kit.tell("om-test", AGREED, said_, correlationid=both.second.report), "om-test") == "accepted"
    await taken_apart(kit, both)

    yes = {"overleg": str(both.table), "afspraak": action, "functie": "toezichthouder"}
    late = await kit.tell("reclassering-test", TAKES_ON, yes, correlationid=both.first.case)
    assert late.one("om-test", "actieoverleg.stand")["data"]["afspraken"][0]["aanvaard"] is True


async def test_who_has_no_part_in_what_went_learns_nothing_by_its_number(kit: Kit) -> None:
    both = await two_families(kit)
    await taken_apart(kit, both)

    team = await kit.tell("wijkteam-test", SAYS, said(both.table), correlationid=both.first.case)
    police = await kit.tell("politie-test", SAYS, said(both.table), correlationid=both.first.report)
    assert (code(team, "wijkteam-test"), code(police, "politie-test")) == ("stap-niet-toegestaan",) * 2


async def test_a_seat_it_was_invited_to_as_a_reporter_ends_with_its_report(kit: Kit) -> None:
    both, table = await two_families(kit), uuid4()
    invited = put(table, kit, "om-test", "politie-test")
    await kit.tell("vt-test", TABLE, invited, correlationid=both.first.case)
    told, _ = await taken_apart(kit, both)

    assert changes(told, "om-test")[str(table)] == "vervallen"
    seats = told.one("vt-test", "actieoverleg.stand")["data"]["deelnemers"]
    assert [one["partij"] for one in seats] == [kit.oin("politie-test")]
    late = await kit.tell("om-test", SAYS, said(table), correlationid=both.second.report)
    assert code(late, "om-test") == "stap-niet-toegestaan"
    word = await kit.tell("politie-test", SAYS, said(table), correlationid=both.first.report)
    assert word.to("om-test") == []


async def test_a_reporter_with_another_report_there_keeps_what_that_gives_it(kit: Kit) -> None:
    both, table = await two_families(kit), uuid4()
    mine = both.mine
    other = await a_report(kit, "om-test", CRIMINAL, data=about(CRIMINAL, mine))
    await kit.tell("vt-test", TABLE, put(table, kit, "om-test"), correlationid=both.first.case)
    await taken_apart(kit, both)

    word = await kit.tell("om-test", SAYS, said(table), correlationid=other.report)
    assert word.one("vt-test", SAYS)["correlationid"] == str(both.first.case)


async def test_contact_about_the_mistake_is_awaited_of_nobody(kit: Kit) -> None:
    both = await two_families(kit)
    found = both.second.told.one("vt-test", "radar.samenloop")["data"]["samenloop"]
    told, own = await taken_apart(kit, both)

    assert changes(told, "vt-test")[found] == changes(told, "om-test")[found] == "vervallen"
    for case in (both.first.case, own):
        stand = (await kit.tell("vt-test", STAND, {}, correlationid=case)).one("vt-test", "zaken.stand")["data"]
        assert CONTACT not in str(stand), "nor does its term run on"
    late = await kit.tell(
        "om-test", CONTACT, {"samenloop": found, "op": "2026-03-04"}, correlationid=both.second.report
    )
    assert code(late, "om-test") == "stap-niet-toegestaan"


async def test_attention_that_only_it_asked_for_ends_and_a_late_answer_is_heard(kit: Kit) -> None:
    both, question = await two_families(kit), str(uuid4())
    await kit.tell("vt-test", "monitoring.vraag", {"vraag": question}, correlationid=both.first.case)
    told, _ = await taken_apart(kit, both)

    assert changes(told, "wijkteam-test") == {question: "vervallen"}
    stand = (await kit.tell("wijkteam-test", STAND, {}, correlationid=both.first.case)).one(
        "wijkteam-test", "zaken.stand"
    )
    assert "aandacht" not in stand["data"]
    assert "monitoring" not in str(stand["data"]["openStappen"])
    answer = sample("monitoring.antwoord") | {"vraag": question, "resultaat": "onveilig"}
    late = await kit.tell("wijkteam-test", "monitoring.antwoord", answer, correlationid=both.first.case)
    assert late.one("vt-test", "monitoring.antwoord")["data"]["resultaat"] == "onveilig"


async def test_the_next_reports_on_each_family_say_nothing_of_the_other(kit: Kit) -> None:
    """The same number is in both; the triage has said that it is a mistake."""
    both = await two_families(kit)
    _, own = await taken_apart(kit, both)
    again = await a_report(kit, "reclassering-test", "meldingen.reclasseringssignaal",
                           data=about("meldingen.reclasseringssignaal", both.mine))  # fmt: skip
    of_b = await a_report(kit, "om-test", CRIMINAL, correlationid=both.second.report, data=about(CRIMINAL, both.mine))

    assert (again.case, of_b.case) == (both.first.case, own)
    assert again.told.to("om-test", "radar.samenloop") == []
    seen = {hit["referentie"] for hit in again.told.one("vt-test", "radar.samenloop")["data"]["meldingen"]}
    assert seen == {str(both.first.report)}
    assert {
        hit["referentie"] for one in of_b.told.to("vt-test", "radar.samenloop") for hit in one["data"]["meldingen"]
    } <= {str(both.second.report)}


async def test_its_own_case_goes_by_the_id_that_it_would_have_given_it(kit: Kit) -> None:
    """A step of the triage finds it, whichever report came first after a restore (decision 36)."""
    both = await two_families(kit)
    (name,) = (await known(kit, both.first.case)).names
    _, own = await taken_apart(kit, both)

    stand = await kit.tell("vt-test", STAND, {}, correlationid=name)
    assert stand.one("vt-test", "zaken.stand")["correlationid"] == str(own)
    assert (await known(kit, both.first.case)).names == ()


# --- the region moved ----------------------------------------------------------------------------------------------


async def test_a_desk_that_the_case_has_left_is_chased_for_no_contact(kit: Kit, clock: Clock) -> None:
    await kit.add("vt-utrecht", Role.VEILIG_THUIS, RegionId("utrecht"), 61)
    child, *_ = family(kit)
    first = await a_case(kit, data=about("meldingen.zorgmelding", child))
    await kit.tell("vt-test", ASSESSED, assessment(first), correlationid=first.case)
    other = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    await kit.tell("vt-test", ASSESSED, assessment(other), correlationid=first.case)
    found = other.told.one("vt-test", "radar.samenloop")["data"]["samenloop"]
    offer = an_offer(kit, "vt-utrecht")
    made = (await kit.tell("vt-test", OFFER, offer, correlationid=first.case)).row("vt-utrecht", OFFER)
    await kit.tell("vt-utrecht", YES, a_yes(offer, made), correlationid=first.case)

    heard: list[OutboxRow] = []
    lane = timers(kit, heard)
    for _ in range(12):
        await clock.put_ahead(timedelta(days=1))
        while await lane.look():
            pass
    chased = {row.partner for row in heard if kit.opened(row)["data"].get("over") == found}
    assert chased == {"vt-utrecht"}
    word = await kit.tell("vt-utrecht", CONTACT, {"samenloop": found, "op": "2026-03-04"}, correlationid=first.case)
    assert code(word, "vt-utrecht") == "accepted"


# --- closing -------------------------------------------------------------------------------------------------------


async def accepted(kit: Kit, name: str, type_: str, data: dict[str, Any], case: UUID) -> Told:
    told = await kit.tell(name, type_, data, correlationid=case)
    assert code(told, name) == "accepted"
    return told


async def test_closing_ends_the_tables_and_everybody_at_them_hears_so(kit: Kit) -> None:
    first, table = await a_case(kit), uuid4()
    await kit.tell("vt-test", ASSESSED, assessment(first), correlationid=first.case)
    await kit.tell("politie-test", TABLE, put(table, kit, "vt-test", "om-test"), correlationid=first.report)
    closed = await kit.tell("vt-test", CLOSED, correlationid=first.case)

    for name, called in (("politie-test", first.report), ("vt-test", first.case), ("om-test", first.case)):
        (one,) = closed.to(name, CHANGED)
        assert (one["data"]["over"], one["data"]["wijziging"]) == (str(table), "vervallen")
        assert one["correlationid"] == str(called)
    late = await kit.tell("om-test", SAYS, said(table), correlationid=first.case)
    assert code(late, "om-test") == "zaak-gesloten"


async def test_nothing_is_closed_while_a_custody_clock_runs(kit: Kit, clock: Clock) -> None:
    """Also when everybody has answered."""
    first, table = await a_case(kit), uuid4()
    await kit.tell("vt-test", ASSESSED, assessment(first), correlationid=first.case)
    soon, until = (f"{kit.now() + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (1, 6))
    custody = put(table, kit, "vt-test", antwoordVoor=soon, besluitVoor=until)
    assert (
        code(await kit.tell("politie-test", TABLE, custody, correlationid=first.report), "politie-test") == "accepted"
    )
    await kit.tell("vt-test", SAYS, said(table), correlationid=first.case)

    assert code(await kit.tell("vt-test", CLOSED, correlationid=first.case), "vt-test") == "stap-niet-toegestaan"
    await clock.put_ahead(timedelta(hours=7))
    assert code(await kit.tell("vt-test", CLOSED, correlationid=first.case), "vt-test") == "accepted"


# --- turned into advice --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["it opened the case", "it joined"])
async def test_a_report_turned_into_advice_is_offered_back_on_a_case_of_its_own(kit: Kit, which: str) -> None:
    child, *_ = family(kit)
    first = await a_case(kit, data=about("meldingen.zorgmelding", child))
    second = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    await kit.tell("vt-test", RECORDED, recording(second), correlationid=second.case)
    advised, name = (first, "politie-test") if which == "it opened the case" else (second, "rvdk-test")
    other = second if advised is first else first
    handover = uuid4()
    told = await kit.tell("vt-test", ASSESSED, assessment(advised, "omgezet-in-advies", overdracht=str(handover)),
                          correlationid=first.case)  # fmt: skip
    own = UUID(told.one("vt-test", RECEIPT)["data"]["referentie"])
    made = told.row(name, OFFER)
    assert told.one(name, OFFER)["correlationid"] == str(own) != str(first.case)

    assert (
        code(await kit.tell(name, YES, a_yes({"overdracht": str(handover)}, made), correlationid=own), name)
        == "accepted"
    )
    stand = (await kit.tell(name, STAND, {}, correlationid=own)).one(name, "zaken.stand")["data"]
    assert str(other.report) not in str(stand)
    whole = (await kit.tell("vt-test", STAND, {}, correlationid=first.case)).one("vt-test", "zaken.stand")["data"]
    assert whole["houder"] == kit.oin("vt-test")
    await kit.tell("vt-test", ASSESSED, assessment(other), correlationid=first.case)
    assert code(await kit.tell("vt-test", CLOSED, correlationid=first.case), "vt-test") == "accepted"


async def test_a_report_on_the_same_child_joins_no_case_that_is_given_back(kit: Kit) -> None:
    """Neither before the reporter's yes nor after: nobody else is on a case that a school holds."""
    child, *_ = family(kit)
    first = await a_case(kit, data=about("meldingen.zorgmelding", child))
    handover = uuid4()
    told = await kit.tell("vt-test", ASSESSED, assessment(first, "omgezet-in-advies", overdracht=str(handover)),
                          correlationid=first.case)  # fmt: skip
    before = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    yes = a_yes({"overdracht": str(handover)}, told.row("politie-test", OFFER))
    await accepted(kit, "politie-test", YES, yes, first.case)
    again = await a_report(kit, "om-test", CRIMINAL, data=about(CRIMINAL, child))
    named = await a_report(kit, "politie-test", data=about("meldingen.zorgmelding", child), correlationid=first.report)

    assert first.case not in (before.case, again.case, named.case)
    assert again.case == named.case == before.case


async def test_advice_that_came_late_counts_as_late(kit: Kit, clock: Clock) -> None:
    """Its term ran on the case that it leaves."""
    child, *_ = family(kit)
    first = await a_case(kit, data=about("meldingen.zorgmelding", child))
    await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    await clock.put_ahead(timedelta(days=30))
    advice = assessment(first, "omgezet-in-advies", overdracht=str(uuid4()))
    told = await kit.tell("vt-test", ASSESSED, advice, correlationid=first.case)

    assert [one.within for one in told.changes.counts] == ["buiten"]
