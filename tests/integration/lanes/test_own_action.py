"""Who is responsible for an action of a joint table gets all of that action, in whatever role it sits there."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.canonical.environment import Environment
from hub.canonical.partners import Role
from hub.ids import RegionId
from hub.routing.changes import add_partner, retire_partner
from hub.schemas.samples import sample
from tests.databases import rows
from tests.kit import REGION, Kit, Told
from tests.talk import OnCase, a_case

TABLE, AGREED = "actieoverleg.aanmelding", "actieoverleg.afspraken"
WHAT = "Kamer vrijhouden tot maandag."
OWN = "eigen afspraak"


async def agreed(kit: Kit, opened: OnCase, *seats: str, responsible: str) -> Told:
    """The triage's table; its first action is the triage's own, the other that of `responsible`."""
    table = await seated(kit, opened, *seats)
    return await kit.tell("vt-test", AGREED, actions(kit, table, responsible), correlationid=opened.case)


async def seated(kit: Kit, opened: OnCase, *seats: str) -> UUID:
    table = uuid4()
    data = sample(TABLE) | {"overleg": str(table), "deelnemers": [kit.oin(name) for name in seats]}
    await kit.tell("vt-test", TABLE, data, correlationid=opened.case)
    return table


def actions(kit: Kit, table: UUID, responsible: str) -> dict[str, Any]:
    lines = [
        {"afspraak": str(uuid4()), "verantwoordelijke": kit.oin(who), "omschrijving": what}
        for who, what in (("vt-test", "Gezin bezoeken."), (responsible, WHAT))
    ]
    return {"overleg": str(table), "afspraken": lines}


def seen_of(told: Told, name: str) -> list[str | None]:
    return [one.get("omschrijving") for one in told.one(name, AGREED)["data"]["afspraken"]]


@pytest.mark.parametrize("role", list(Role))
async def test_in_whatever_role_it_sits(kit: Kit, role: Role) -> None:
    await kit.add("opvang", role, RegionId("utrecht") if role is Role.VEILIG_THUIS else REGION, 60)

    told = await agreed(kit, await a_case(kit), "opvang", responsible="opvang")

    assert seen_of(told, "opvang")[1] == WHAT


async def test_a_reporter_gets_no_more_than_its_own_and_that_is_accounted_for(kit: Kit) -> None:
    await kit.add("opvang", Role.REPORTER, REGION, 60)
    await kit.add("school", Role.REPORTER, REGION, 61)

    told = await agreed(kit, await a_case(kit), "opvang", "school", responsible="opvang")

    assert seen_of(told, "opvang") == [None, WHAT]
    assert seen_of(told, "school") == [None, None]
    lines = await rows(kit.engine, f"select * from processing_log where name = 'verstrekking {AGREED}'")
    why = {line["partner"]: " ".join(line["attributes"]["ketenhub.grondslagen"]) for line in lines}
    assert {name: OWN in grounds for name, grounds in why.items()} == {"opvang": True, "school": False}


async def test_an_organisation_of_two_roles_gets_it_where_it_sits(kit: Kit) -> None:
    await kit.add("a-opvang", Role.REPORTER, REGION, 60)
    made = replace(kit.newcomer("ggd", Role.LOCAL_TEAM, REGION, 61), oin=kit.oin("a-opvang"))
    kit.speakers["ggd"] = replace(kit.speakers["ggd"], partner=made)
    await kit.change(lambda now: add_partner(now, made, Environment.TEST))

    told = await agreed(kit, await a_case(kit), "a-opvang", responsible="a-opvang")

    assert told.to("a-opvang", AGREED) == []
    assert seen_of(told, "ggd")[1] == WHAT


async def test_who_stands_in_the_place_of_one_that_ended_gets_what_is_agreed_with_it(kit: Kit) -> None:
    await kit.add("opvang", Role.REPORTER, REGION, 60)
    await kit.add("opvang-nieuw", Role.REPORTER, REGION, 61)
    opened = await a_case(kit)
    table = await seated(kit, opened, "opvang")
    old, new = (kit.speakers[name].partner.id for name in ("opvang", "opvang-nieuw"))
    await kit.change(lambda now: retire_partner(now, old, kit.now() - timedelta(milliseconds=1), new))

    told = await kit.tell("vt-test", AGREED, actions(kit, table, "opvang-nieuw"), correlationid=opened.case)

    assert seen_of(told, "opvang-nieuw") == [None, WHAT]
