"""An offer goes to who may take over as what it says, and its full part to nobody who need not have it yet."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from hub.canonical.codes import Lane, ReceivingParty
from hub.canonical.environment import Environment
from hub.canonical.partners import Role
from hub.ids import RegionId
from hub.routing.changes import add_partner, retire_partner
from hub.schemas.samples import sample
from hub.store.views import case_view
from tests.databases import one
from tests.kit import REGION, Kit, Told
from tests.talk import DOSSIER, OFFER, RECEIPT, REFUSAL, YES, OnCase, a_case, a_yes, an_offer

UTRECHT = RegionId("utrecht")
UNFIT = "kandidaat-ongeschikt"
MORE_GIVEN = "overdrachten.aanvulling-gegeven"
CARE = "jeugdhulpaanbieder vrouwenopvang maatschappelijke-opvang jeugd-ggz volwassenen-ggz thuiszorg verslavingszorg"
MAY = {
    "lokaal-veld": Role.LOCAL_TEAM,
    "gecertificeerde-instelling": Role.CERTIFIED_INSTITUTION,
    "rvdk": Role.CHILD_PROTECTION,
    "veilig-thuis": Role.VEILIG_THUIS,
} | dict.fromkeys((*CARE.split(), "poh-huisarts", "ambulante-hulp-volwassenen"), Role.REPORTER)
"""As the decision record argues it; nobody may as anything else."""
OF_EACH_ROLE = {
    Role.POLICE: "politie-test",
    Role.PROSECUTION: "om-test",
    Role.CHILD_PROTECTION: "rvdk-test",
    Role.PROBATION: "reclassering-test",
    Role.VEILIG_THUIS: "vt-utrecht",
    Role.LOCAL_TEAM: "wijkteam-test",
    Role.CERTIFIED_INSTITUTION: "jeugd-test",
    Role.REPORTER: "opvang-test",
}


@pytest.fixture
async def everybody(kit: Kit) -> Kit:
    await kit.add("vt-utrecht", Role.VEILIG_THUIS, UTRECHT, 60)
    await kit.add("jeugd-test", Role.CERTIFIED_INSTITUTION, REGION, 61)
    await kit.add("opvang-test", Role.REPORTER, REGION, 62)
    return kit


async def offered(kit: Kit, opened: OnCase, to: str, kind: str, lane: Lane = Lane.ACUTE, **more: Any) -> Told:
    data = an_offer(kit, to) | {"soort": kind} | more
    return await kit.tell("vt-test", OFFER, data, correlationid=opened.case, urgentie=lane)


def refusal(told: Told) -> tuple[str, list[str]] | None:
    found = told.to("vt-test", REFUSAL)
    return (found[0]["data"]["code"], found[0]["data"]["velden"]) if found else None


async def has_changed_nothing(kit: Kit, opened: OnCase, told: Told, version: int) -> None:
    view = await case_view(kit.engine, opened.case)
    assert view is not None
    assert (view.case.version, view.case.handovers, view.case.holder) == (version, {}, kit.oin("vt-test"))
    assert [row.partner for row in told.changes.outbox] == ["vt-test"]
    assert await one(kit.engine, "select count(*) from held") == 0


async def test_each_kind_is_for_its_role_and_a_refused_offer_changes_nothing(everybody: Kit) -> None:
    opened = await a_case(everybody)
    view = await case_view(everybody.engine, opened.case)
    assert view is not None
    for kind, (role, name) in product(ReceivingParty, OF_EACH_ROLE.items()):
        if MAY.get(kind) is not role:
            told = await offered(everybody, opened, name, kind)
            assert refusal(told) == (UNFIT, ["/data/kandidaten/0" if kind in MAY else "/data/soort"]), (kind, role)
            await has_changed_nothing(everybody, opened, told, view.case.version)
    for kind, role in MAY.items():
        name = OF_EACH_ROLE[role]
        told = await offered(everybody, opened, name, kind, Lane.ROUTINE)
        assert (refusal(told), len(told.to(name, OFFER)), len(told.to(name, DOSSIER))) == (None, 1, 0), kind


async def test_one_candidate_that_may_not_keeps_the_offer_from_all(everybody: Kit) -> None:
    opened = await a_case(everybody)
    data = an_offer(everybody, "wijkteam-test", "opvang-test")

    told = await everybody.tell("vt-test", OFFER, data, correlationid=opened.case, urgentie=Lane.ACUTE)

    assert refusal(told) == (UNFIT, ["/data/kandidaten/1"])
    assert told.to("wijkteam-test", OFFER) == []


async def test_a_holder_that_hands_on_is_asked_the_same(everybody: Kit) -> None:
    opened, offer = await a_case(everybody), an_offer(everybody)
    made = (await everybody.tell("vt-test", OFFER, offer, correlationid=opened.case)).row("wijkteam-test", OFFER)
    await everybody.tell("wijkteam-test", YES, a_yes(offer, made), correlationid=opened.case)

    on = an_offer(everybody, "reclassering-test")
    no = await everybody.tell("wijkteam-test", OFFER, on, correlationid=opened.case)
    back = an_offer(everybody, "vt-test")
    yes = await everybody.tell("wijkteam-test", OFFER, back, correlationid=opened.case)

    assert no.one("wijkteam-test", REFUSAL)["data"]["code"] == UNFIT
    assert yes.to("vt-test", OFFER)


# --- the full part of an acute offer -------------------------------------------------------------------------------


async def elsewhere(kit: Kit) -> str:
    await kit.add("team-utrecht", Role.LOCAL_TEAM, UTRECHT, 63)
    return "team-utrecht"


async def test_in_the_region_of_the_case_it_goes_at_once(everybody: Kit) -> None:
    opened = await a_case(everybody)
    for name, kind in (("wijkteam-test", "lokaal-veld"), ("jeugd-test", "gecertificeerde-instelling")):
        assert (await offered(everybody, opened, name, kind)).to(name, DOSSIER), name


@pytest.mark.parametrize("said", [{}, {"volledigBuitenRegio": False}])
async def test_outside_it_waits_for_the_yes_and_so_does_what_is_added(kit: Kit, said: dict[str, Any]) -> None:
    opened, name = await a_case(kit), await elsewhere(kit)
    offer = an_offer(kit, "wijkteam-test", name) | said
    told = await kit.tell("vt-test", OFFER, offer, correlationid=opened.case, urgentie=Lane.ACUTE)
    more = sample(MORE_GIVEN) | {"overdracht": offer["overdracht"]}
    given = await kit.tell("vt-test", MORE_GIVEN, more, correlationid=opened.case, urgentie=Lane.ACUTE)
    yes = await kit.tell(name, YES, a_yes(offer, given.row(name, MORE_GIVEN)), correlationid=opened.case)

    assert [len(one_.to(name, DOSSIER)) for one_ in (told, given, yes)] == [0, 0, 1]
    assert [len(one_.to("wijkteam-test", DOSSIER)) for one_ in (told, given)] == [1, 1]
    assert "volledigBuitenRegio" not in str(told.to(name, OFFER))
    assert yes.one(name, DOSSIER)["data"]["volledig"]["situatie"] == more["volledig"]["situatie"]
    assert await one(kit.engine, "select count(*) from held") == 0


async def test_the_giver_may_say_that_it_goes_outside_the_region_too(kit: Kit) -> None:
    opened, name = await a_case(kit), await elsewhere(kit)

    told = await offered(kit, opened, name, "lokaal-veld", volledigBuitenRegio=True)
    routine = await offered(kit, opened, name, "lokaal-veld", Lane.ROUTINE, volledigBuitenRegio=True)

    assert told.to(name, DOSSIER)
    assert routine.to(name, DOSSIER) == []


async def test_a_care_provider_gets_it_with_its_yes_also_in_the_region(everybody: Kit) -> None:
    """Its role has every school and general practitioner in it: an OIN typed wrongly must not bring a dossier there."""
    opened = await a_case(everybody)
    offer = an_offer(everybody, "opvang-test") | {"soort": "vrouwenopvang", "volledigBuitenRegio": True}
    told = await everybody.tell("vt-test", OFFER, offer, correlationid=opened.case, urgentie=Lane.ACUTE)
    made = told.row("opvang-test", OFFER)
    yes = await everybody.tell("opvang-test", YES, a_yes(offer, made), correlationid=opened.case)

    assert told.to("opvang-test", DOSSIER) == []
    assert yes.to("opvang-test", DOSSIER)


async def test_who_stands_in_the_place_of_a_candidate_outside_gets_it_with_its_yes(kit: Kit) -> None:
    opened, name = await a_case(kit), await elsewhere(kit)
    await kit.add("team-nieuw", Role.LOCAL_TEAM, UTRECHT, 64)
    offer = an_offer(kit, name)
    told = await kit.tell("vt-test", OFFER, offer, correlationid=opened.case, urgentie=Lane.ACUTE)
    made = told.row(name, OFFER)
    old, new = (kit.speakers[who].partner.id for who in (name, "team-nieuw"))
    await kit.change(lambda now: retire_partner(now, old, kit.now() - timedelta(milliseconds=1), new))

    unfit = await offered(kit, opened, name, "lokaal-veld")
    yes = await kit.tell("team-nieuw", YES, a_yes(offer, made), correlationid=opened.case)

    assert refusal(unfit) == ("schema-ongeldig", ["/data/kandidaten/0"])
    assert yes.to("team-nieuw", DOSSIER)


# --- organisations of two roles; what the configuration says; before there was a table -----------------------------


async def test_an_organisation_of_two_roles_takes_over_in_the_one_that_is_meant_while_it_has_it(kit: Kit) -> None:
    await kit.add("ggd-team", Role.LOCAL_TEAM, REGION, 60)
    made = replace(kit.newcomer("a-jgz", Role.REPORTER, REGION, 61), oin=kit.oin("ggd-team"))
    kit.speakers["a-jgz"] = replace(kit.speakers["a-jgz"], partner=made)
    await kit.change(lambda now: add_partner(now, made, Environment.TEST))
    opened = await a_case(kit)

    team = await offered(kit, opened, "ggd-team", "lokaal-veld")
    care = await offered(kit, opened, "ggd-team", "jeugdhulpaanbieder")
    old = kit.speakers["ggd-team"].partner.id
    await kit.change(lambda now: retire_partner(now, old, kit.now() - timedelta(milliseconds=1)))
    after = await offered(kit, opened, "a-jgz", "lokaal-veld")

    assert (len(team.to("ggd-team", DOSSIER)), len(team.to("a-jgz", OFFER))) == (1, 0)
    assert (len(care.to("a-jgz", OFFER)), len(care.to("a-jgz", DOSSIER)), len(care.to("ggd-team", OFFER))) == (1, 0, 0)
    assert refusal(after) == (UNFIT, ["/data/kandidaten/0"])


async def test_who_may_is_what_the_configuration_says(kit: Kit) -> None:
    wider = dict(kit.setting.holding.by_offer) | {ReceivingParty.OTHER: (Role.PROBATION,)}
    holding = replace(kit.setting.holding, by_offer=wider, at_once=frozenset({Role.PROBATION}))
    told_by = replace(kit, setting=replace(kit.setting, holding=holding))
    opened = await a_case(told_by)

    told = await offered(told_by, opened, "reclassering-test", "anders")
    team = await offered(told_by, opened, "wijkteam-test", "lokaal-veld")

    assert told.to("reclassering-test", DOSSIER)
    assert team.to("vt-test", RECEIPT)
    assert team.to("wijkteam-test", DOSSIER) == []


async def test_an_offer_that_was_made_before_goes_on_as_it_is(kit: Kit) -> None:
    """To anybody, with all of it at once: the school may say yes, and gets what is added."""
    await kit.add("school-test", Role.REPORTER, REGION, 60)
    before = kit.setting.holding
    as_it_was = replace(before, by_offer=dict.fromkeys(ReceivingParty, (Role.REPORTER,)), at_once=frozenset(Role))
    opened, offer = await a_case(kit), an_offer(kit, "school-test")
    older = replace(kit, setting=replace(kit.setting, holding=as_it_was))
    await older.tell("vt-test", OFFER, offer, correlationid=opened.case, urgentie=Lane.ACUTE)

    more = sample(MORE_GIVEN) | {"overdracht": offer["overdracht"]}
    given = await kit.tell("vt-test", MORE_GIVEN, more, correlationid=opened.case, urgentie=Lane.ACUTE)
    yes = a_yes(offer, given.row("school-test", MORE_GIVEN))
    taken = await kit.tell("school-test", YES, yes, correlationid=opened.case)

    assert given.to("school-test", DOSSIER)
    assert taken.to("school-test", RECEIPT)
    assert await one(kit.engine, "select holder from cases") == kit.oin("school-test")
