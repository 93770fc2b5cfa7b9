"""An organisation of several roles is spoken to in the one that is meant, and sees in each what that role may.

`y-jeugd` and `b-jeugd` are certified institutions of organisations that are a Veilig Thuis too; `jeugd-alleen` is one
that is nothing else: whatever an institution of two roles gets as an institution, that one would get too.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.canonical.environment import Environment
from hub.canonical.partners import Role
from hub.ids import RegionId
from hub.routing.changes import add_partner, retire_partner
from hub.schemas.message import wire_type
from hub.schemas.samples import sample
from hub.store.views import case_view
from tests.databases import one
from tests.kit import REGION, Kit, Told
from tests.talk import (
    ALARM,
    BOARD_NOTICE,
    CONTACT,
    DOSSIER,
    OFFER,
    PRESENTED,
    RECEIPT,
    RECORDED,
    REFUSAL,
    REMINDER,
    REPORT,
    STAND,
    WITHDRAWN,
    YES,
    OnCase,
    a_case,
    a_report,
    a_yes,
    about,
    an_offer,
    family,
    recording,
    timers,
)

VT, GI = Role.VEILIG_THUIS, Role.CERTIFIED_INSTITUTION
UTRECHT, AMSTERDAM = RegionId("utrecht"), RegionId("amsterdam-amstelland")
IN_UTRECHT, IN_AMSTERDAM = "GM0344", "GM0363"
PROTECTION = "meldingen.jeugdbeschermingsbericht"
NAMES = ["b-jeugd", "y-jeugd"]
"""Before and after the names of the desks."""


async def also(kit: Kit, name: str, other: str, role: Role, number: int = 80) -> None:
    """The organisation of `name` has another connection beside, in another role."""
    made = replace(kit.newcomer(other, role, REGION, number), oin=kit.oin(name))
    kit.speakers[other] = replace(kit.speakers[other], partner=made)
    await kit.change(lambda now: add_partner(now, made, Environment.TEST))


async def desk(kit: Kit, name: str, *regions: RegionId, number: int = 60) -> None:
    """Another Veilig Thuis."""
    made = replace(kit.newcomer(name, VT, regions[0], number), regions=regions)
    await kit.change(lambda now: add_partner(now, made, Environment.TEST))


async def two_roles(kit: Kit, name: str) -> None:
    """The desk of Utrecht is an institution here too; and there is one that is nothing else."""
    await desk(kit, "vt-utrecht", UTRECHT)
    await also(kit, "vt-utrecht", name, GI)
    await kit.add("jeugd-alleen", GI, REGION, 85)


async def offered(kit: Kit, opened: OnCase, *candidates: str, kind: str, **fields: Any) -> tuple[dict[str, Any], Told]:
    offer = an_offer(kit, *candidates) | {"soort": kind} | fields
    return offer, await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)


async def taken(kit: Kit, opened: OnCase, name: str, kind: str, **fields: Any) -> Told:
    """Offered to this one, and its yes."""
    offer, told = await offered(kit, opened, name, kind=kind, **fields)
    return await kit.tell(name, YES, a_yes(offer, told.row(name, OFFER)), correlationid=opened.case)


async def where(kit: Kit, case: UUID) -> tuple[str, str, str | None]:
    """Its region, its triage and its holder."""
    view = await case_view(kit.engine, case)
    assert view is not None
    return view.case.region, view.case.triage, view.case.holder


def refused(told: Told) -> tuple[str, list[str]]:
    """The triage's offer: with which code, and what was wrong."""
    said = told.one("vt-test", REFUSAL)["data"]
    return said["code"], said["velden"]


def recipients(told: Told) -> list[str]:
    """Who is told anything but an answer."""
    return [row.partner for row in told.changes.outbox if row.owes_confirmation]


# --- an offer ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
async def test_an_offer_goes_to_the_connection_of_its_kind(kit: Kit, name: str) -> None:
    await two_roles(kit, name)
    opened = await a_case(kit)

    for kind, to in (("gecertificeerde-instelling", name), ("veilig-thuis", "vt-utrecht")):
        _, told = await offered(kit, opened, name, kind=kind)
        assert recipients(told) == [to], kind
    _, told = await offered(kit, opened, name, kind="lokaal-veld")
    assert refused(told) == ("kandidaat-ongeschikt", ["/data/kandidaten/0"])


@pytest.mark.parametrize("name", NAMES)
async def test_as_an_institution_it_gets_of_an_offer_what_any_institution_gets(kit: Kit, name: str) -> None:
    await two_roles(kit, name)
    opened = await a_case(kit)
    offer, told = await offered(kit, opened, name, "jeugd-alleen", kind="gecertificeerde-instelling")
    mine, its = (told.one(who, OFFER) for who in (name, "jeugd-alleen"))
    assert mine["data"] == its["data"]

    yes = await kit.tell(name, YES, a_yes(offer, told.row(name, OFFER)), correlationid=opened.case)

    other = await taken(kit, await a_case(kit), "jeugd-alleen", "gecertificeerde-instelling")
    mine, its = yes.one(name, DOSSIER)["data"]["volledig"], other.one("jeugd-alleen", DOSSIER)["data"]["volledig"]
    assert mine == its
    assert recipients(yes) == [name, "vt-test", "jeugd-alleen"]
    assert await one(kit.engine, "select count(*) from processing_log where partner = 'vt-utrecht'") == 0


@pytest.mark.parametrize("name", NAMES)
async def test_a_yes_as_an_institution_leaves_the_case_in_its_region(kit: Kit, name: str) -> None:
    await two_roles(kit, name)
    opened = await a_case(kit)

    await taken(kit, opened, name, "gecertificeerde-instelling")

    assert await where(kit, opened.case) == (REGION, kit.oin("vt-test"), kit.oin(name))


@pytest.mark.parametrize("name", NAMES)
async def test_a_yes_as_a_triage_takes_the_case_to_its_region(kit: Kit, name: str) -> None:
    await two_roles(kit, name)
    opened = await a_case(kit)

    await taken(kit, opened, "vt-utrecht", "veilig-thuis")

    assert await where(kit, opened.case) == (UTRECHT, kit.oin("vt-utrecht"), kit.oin("vt-utrecht"))


@pytest.mark.parametrize("name", NAMES)
async def test_news_reaches_a_holder_in_the_role_in_which_it_holds(kit: Kit, name: str) -> None:
    """The board's news is not for an institution, and is for a triage."""
    await two_roles(kit, name)
    heard = []
    for holder, kind in ((name, "gecertificeerde-instelling"), ("jeugd-alleen", "gecertificeerde-instelling")):
        child, *_ = family(kit)
        opened = await a_case(kit, data=about(REPORT, child))
        board = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
        await taken(kit, opened, holder, kind)
        news = about(BOARD_NOTICE, child, nieuweZorgen=False)
        heard.append(recipients(await kit.tell("rvdk-test", BOARD_NOTICE, news, correlationid=board.report)))

    assert heard == [["vt-test"], ["vt-test"]]


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_withdrawn_is_withdrawn_where_it_was_offered(kit: Kit, name: str) -> None:
    await two_roles(kit, name)
    opened = await a_case(kit)
    offer, _ = await offered(kit, opened, name, kind="gecertificeerde-instelling")

    data = sample(WITHDRAWN) | {"overdracht": offer["overdracht"]}
    told = await kit.tell("vt-test", WITHDRAWN, data, correlationid=opened.case)

    assert recipients(told) == [name]


@pytest.mark.parametrize("name", NAMES)
async def test_who_was_asked_as_an_institution_is_reminded_as_one(kit: Kit, name: str, clock: Any) -> None:
    await two_roles(kit, name)
    opened = await a_case(kit)
    offer = an_offer(kit, name) | {"soort": "gecertificeerde-instelling"}
    del offer["antwoordVoor"]
    await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)
    said: list[Any] = []

    for _ in range(2):
        await clock.pass_next("antwoord-aanbod")
        await timers(kit, said).look()

    chased = [(row.partner, row.type) for row in said if row.partner in (name, "vt-utrecht")]
    assert chased == [(name, wire_type(kind)) for kind in (REMINDER, ALARM)]


# --- a reporter that is the triage -------------------------------------------------------------------------------


async def its_own_report(kit: Kit, name: str) -> OnCase:
    """The organisation of the triage reports as an institution."""
    await also(kit, "vt-test", name, GI)
    return await a_report(kit, name, PROTECTION)


@pytest.mark.parametrize("name", NAMES)
async def test_it_is_presented_to_the_triage_and_what_becomes_of_it_is_said_to_the_institution(
    kit: Kit, name: str
) -> None:
    reported = await its_own_report(kit, name)
    assert reported.told.to(name, RECEIPT)
    assert reported.told.to("vt-test", PRESENTED)
    assert reported.told.to(name, PRESENTED) == []

    told = await kit.tell("vt-test", RECORDED, recording(reported), correlationid=reported.case)

    heard = told.one(name, RECORDED)
    assert heard["correlationid"] == str(reported.report)
    assert recipients(told) == [name]


@pytest.mark.parametrize("name", NAMES)
async def test_as_an_institution_it_sees_its_own_report_and_nothing_of_the_triages(kit: Kit, name: str) -> None:
    child, *_ = family(kit)
    await also(kit, "vt-test", name, GI)
    opened = await a_case(kit, data=about(REPORT, child))
    mine = await a_report(kit, name, PROTECTION, data=about(PROTECTION, child))
    assert mine.case == opened.case
    other = await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))

    stand = (await kit.tell(name, STAND, {}, correlationid=mine.report)).one(name, "zaken.stand")
    whole = (await kit.tell("vt-test", STAND, {}, correlationid=opened.case)).one("vt-test", "zaken.stand")
    by_case = await kit.tell(name, STAND, {}, correlationid=opened.case)

    assert stand["correlationid"] == str(mine.report)
    assert "houder" not in stand["data"]
    assert {step["over"] for step in stand["data"]["openStappen"]} <= {str(mine.report), *found(stand, CONTACT)}
    assert str(other.report) not in str(stand["data"])
    assert str(other.report) in str(whole["data"])
    assert whole["data"]["houder"] == kit.oin("vt-test")
    assert by_case.one(name, REFUSAL)["data"]["code"] == "zaak-onbekend"


def found(stand: dict[str, Any], type_: str) -> list[str]:
    return [step["over"] for step in stand["data"]["openStappen"] if step["type"] == type_]


@pytest.mark.parametrize("name", NAMES)
async def test_a_reporter_does_not_offer_because_its_organisation_is_the_triage(kit: Kit, name: str) -> None:
    reported = await its_own_report(kit, name)

    told = await kit.tell(name, OFFER, an_offer(kit), correlationid=reported.report)

    assert told.one(name, REFUSAL)["data"]["code"] == "stap-niet-toegestaan"


@pytest.mark.parametrize("name", NAMES)
async def test_a_report_counts_by_the_role_in_which_it_was_made(kit: Kit, name: str) -> None:
    await its_own_report(kit, name)

    assert await one(kit.engine, "select role from counts where type = :type", type=PROTECTION) == GI.value


# --- where only an organisation is named ---------------------------------------------------------------------------


async def seated(kit: Kit, opened: OnCase, *participants: str) -> tuple[UUID, Told]:
    table = uuid4()
    named = [kit.oin(name) for name in participants]
    data = sample("actieoverleg.aanmelding") | {"overleg": str(table), "deelnemers": named}
    return table, await kit.tell("vt-test", "actieoverleg.aanmelding", data, correlationid=opened.case)


@pytest.mark.parametrize("name", NAMES)
async def test_at_a_table_it_sits_as_the_table_of_roles_says(kit: Kit, name: str) -> None:
    await two_roles(kit, name)
    await also(kit, "om-test", "a-melder", Role.REPORTER, 81)

    _, told = await seated(kit, await a_case(kit), name, "a-melder")

    assert recipients(told) == ["vt-utrecht", "om-test"]


@pytest.mark.parametrize("name", NAMES)
async def test_who_takes_part_in_the_case_sits_as_it_does_there_and_sees_what_that_role_sees(
    kit: Kit, name: str
) -> None:
    await two_roles(kit, name)
    opened = await a_case(kit)
    await taken(kit, opened, name, "gecertificeerde-instelling")

    table, told = await seated(kit, opened, name, "jeugd-alleen", "om-test")
    said = sample("actieoverleg.inbreng") | {"overleg": str(table)}
    heard = await kit.tell("om-test", "actieoverleg.inbreng", said, correlationid=opened.case)

    assert recipients(told) == [name, "jeugd-alleen", "om-test"]
    for one_, type_ in ((told, "actieoverleg.aanmelding"), (heard, "actieoverleg.inbreng")):
        mine, its = (without_numbers(one_.one(who, type_)["data"]) for who in (name, "jeugd-alleen"))
        assert mine == its
    assert "besluitVoor" not in told.one(name, "actieoverleg.aanmelding")["data"]
    assert set(recipients(heard)) == {"vt-test", name, "jeugd-alleen"}


def without_numbers(data: dict[str, Any]) -> dict[str, Any]:
    """But for what is each party's own: its count of messages, and whether it may know who holds."""
    return {key: value for key, value in data.items() if key not in ("zaakversie", "houder")}


@pytest.mark.parametrize("name", NAMES)
async def test_who_puts_a_case_on_the_table_chairs_it_by_the_connection_that_did(kit: Kit, name: str) -> None:
    await two_roles(kit, name)
    opened = await a_case(kit)
    await taken(kit, opened, name, "gecertificeerde-instelling")
    data = sample("actieoverleg.aanmelding") | {"overleg": str(uuid4()), "deelnemers": [kit.oin("om-test")]}
    await kit.tell(name, "actieoverleg.aanmelding", data, correlationid=opened.case)

    said = sample("actieoverleg.inbreng") | {"overleg": data["overleg"]}
    heard = await kit.tell("om-test", "actieoverleg.inbreng", said, correlationid=opened.case)

    assert recipients(heard) == [name, name]


@pytest.mark.parametrize("name", NAMES)
async def test_advice_goes_to_the_triage_and_its_answer_to_the_connection_that_asked(kit: Kit, name: str) -> None:
    await also(kit, "vt-test", name, GI)
    asked = await kit.tell(name, "adviezen.adviesvraag")
    question = asked.one("vt-test", "adviezen.adviesvraag")

    told = await kit.tell("vt-test", "adviezen.advies", causationid=UUID(question["id"]))

    assert recipients(asked) == ["vt-test"]
    assert recipients(told) == [name]


# --- who may hear of whom ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
async def test_reporters_hear_of_each_other_by_the_roles_in_which_they_reported(kit: Kit, name: str) -> None:
    """Police and a certified institution do; that it is a local team too says nothing, and the other way round."""
    heard = {}
    for role, type_, other in (
        (GI, PROTECTION, Role.LOCAL_TEAM),
        (Role.LOCAL_TEAM, "meldingen.professionele-melding", GI),
    ):
        reporter = f"{name}-{len(heard)}"
        await kit.add(reporter, role, REGION, 86 + len(heard))
        await also(kit, reporter, f"x-{reporter}", other, 88 + len(heard))
        child, *_ = family(kit)
        await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
        told = await kit.tell(reporter, type_, about(type_, child))
        heard[role] = [row.partner for row in told.changes.outbox if "samenloop" in row.type]

    pairs = kit.setting.pairs
    expected = {
        role: {"vt-test"} | ({f"{name}-{number}", "rvdk-test"} if pairs.allows(role, Role.CHILD_PROTECTION) else set())
        for number, role in enumerate((GI, Role.LOCAL_TEAM))
    }
    assert {role: set(found) for role, found in heard.items()} == expected


# --- a desk of two regions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("regions", [(AMSTERDAM, UTRECHT), (UTRECHT, AMSTERDAM)])
@pytest.mark.parametrize(("municipality", "to"), [(IN_UTRECHT, UTRECHT), (IN_AMSTERDAM, AMSTERDAM)])
async def test_a_desk_of_two_regions_takes_a_case_into_the_one_it_belongs_to(
    kit: Kit, regions: Sequence[RegionId], municipality: str, to: RegionId
) -> None:
    await desk(kit, "vt-beide", *regions)
    opened = await a_case(kit)
    minimal = sample(OFFER)["minimaal"] | {"gemeente": municipality}

    await taken(kit, opened, "vt-beide", "veilig-thuis", minimaal=minimal)

    assert await where(kit, opened.case) == (to, kit.oin("vt-beide"), kit.oin("vt-beide"))


@pytest.mark.parametrize("regions", [(AMSTERDAM, UTRECHT), (UTRECHT, AMSTERDAM)])
async def test_what_the_giver_adds_says_where_the_family_is_to_be(kit: Kit, regions: Sequence[RegionId]) -> None:
    await desk(kit, "vt-beide", *regions)
    opened = await a_case(kit)
    offer, _ = await offered(kit, opened, "vt-beide", kind="veilig-thuis")
    more = sample("overdrachten.aanvulling-gegeven") | {"overdracht": offer["overdracht"]}
    more |= {"minimaal": more["minimaal"] | {"gemeente": IN_UTRECHT}}
    added = await kit.tell("vt-test", "overdrachten.aanvulling-gegeven", more, correlationid=opened.case)

    hash_ = added.row("vt-beide", "overdrachten.aanvulling-gegeven").sha256
    await kit.tell("vt-beide", YES, a_yes(offer, hash_), correlationid=opened.case)

    assert (await where(kit, opened.case))[0] == UTRECHT


# --- the end of one of its roles -----------------------------------------------------------------------------------


async def ends_as_triage(kit: Kit) -> None:
    """Another desk is in the place of `vt-test`, whose organisation goes on as an institution."""
    await desk(kit, "vt-utrecht", UTRECHT)
    at = kit.now() - timedelta(milliseconds=1)
    old, new = (kit.speakers[name].partner.id for name in ("vt-test", "vt-utrecht"))
    await kit.change(lambda now: retire_partner(now, old, at, new))


@pytest.mark.parametrize("name", NAMES)
async def test_where_it_was_the_triage_another_stands_in_its_place_though_it_goes_on_as_an_institution(
    kit: Kit, name: str
) -> None:
    await also(kit, "vt-test", name, GI)
    reported = await a_report(kit)
    await ends_as_triage(kit)

    told = await kit.tell("vt-utrecht", RECORDED, recording(reported), correlationid=reported.case)

    assert told.to("politie-test", RECORDED)
    assert await where(kit, reported.case) == (REGION, kit.oin("vt-utrecht"), kit.oin("vt-utrecht"))


@pytest.mark.parametrize("name", NAMES)
async def test_where_it_reported_as_an_institution_it_goes_on(kit: Kit, name: str) -> None:
    await desk(kit, "vt-amsterdam", AMSTERDAM, number=61)
    await also(kit, "vt-test", name, GI)
    in_amsterdam = kit.usual(PROTECTION) | {"gemeente": IN_AMSTERDAM}
    told = await kit.tell(name, PROTECTION, in_amsterdam)
    presented = told.one("vt-amsterdam", PRESENTED)
    await ends_as_triage(kit)

    data = sample(RECORDED) | {"melding": presented["data"]["melding"]["nummer"]}
    heard = await kit.tell("vt-amsterdam", RECORDED, data, correlationid=UUID(presented["correlationid"]))

    assert recipients(heard) == [name]
