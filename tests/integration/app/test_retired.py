"""What an operator is told of a partner that ends, and what becomes of the cases that would be without anyone."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.app.closing import Closing
from hub.app.configuration import configuration
from hub.app.hub import Hub
from hub.app.partners import Application, connect_partner, retire
from hub.canonical.partners import Role
from hub.errors import OperatorError
from hub.ids import CaseId, PartnerId
from hub.lanes.alarms import owe
from hub.ports import OutboxRow
from hub.routing.changes import end_partner, retire_partner
from hub.routing.document import from_document, to_document
from hub.settings import Settings
from hub.store.database import Database
from tests.databases import books_fit, registers_tell_the_cases
from tests.kit import REGION, Kit, kit_on
from tests.talk import OFFER, RECEIPT, STAND, YES, OnCase, a_case, a_yes, an_offer

TEAM, TEAM_Y = PartnerId("wijkteam-test"), PartnerId("wijkteam-y")


@pytest.fixture
async def kit(database: AsyncEngine) -> Kit:
    return await kit_on(database)


@pytest.fixture
def hub(kit: Kit, tmp_path: Path) -> Hub:
    """The hub of this kit, as the command line sees it."""
    settings = Settings(home=tmp_path)
    return Hub(settings, configuration(settings), Database(kit.engine, to_document, from_document, 30.0))


async def held_by_the_team(kit: Kit) -> OnCase:
    opened, offer = await a_case(kit), an_offer(kit)
    made = (await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)).row(TEAM, OFFER)
    await kit.tell(TEAM, YES, a_yes(offer, made), correlationid=opened.case)
    return opened


async def merged_into_y(kit: Kit) -> OnCase:
    """A team that holds a case has merged into another, and the case was not touched since."""
    opened = await held_by_the_team(kit)
    await kit.add(TEAM_Y, Role.LOCAL_TEAM, REGION, 72)
    await kit.change(lambda directory: retire_partner(directory, TEAM, kit.now(), TEAM_Y))
    return opened


def applying(kit: Kit, name: PartnerId) -> Application:
    known = kit.directory.partners[name]
    signing, encryption = (key.jwk for key in known.keys)
    return Application(name, known.oin, known.role, known.regions, signing, encryption)


@pytest.mark.parametrize("ended", [False, True], ids=["closing", "ended"])
async def test_a_retired_partner_is_not_let_in_again_where_nobody_would_read_what_it_sends(
    kit: Kit, hub: Hub, ended: bool
) -> None:
    await kit.change(lambda directory: retire_partner(directory, TEAM, kit.now()))
    if ended:
        await kit.change(lambda directory: end_partner(directory, TEAM, kit.now()))
    with pytest.raises(OperatorError, match="partner-retired"):
        await connect_partner(hub, applying(kit, TEAM))


async def test_a_retirement_names_also_the_cases_that_still_name_the_former_of_who_ends(kit: Kit, hub: Hub) -> None:
    opened = await merged_into_y(kit)
    with pytest.raises(OperatorError, match=f"{opened.case} .holds it."):
        await retire(hub, TEAM_Y, None)


async def test_the_triage_takes_over_also_what_the_former_of_who_ended_holds_in_the_register(
    kit: Kit, hub: Hub
) -> None:
    opened = await merged_into_y(kit)
    asked = list[OutboxRow]()

    async def owing(cases: Sequence[CaseId]) -> None:
        asked.extend((await owe(cases, kit.store, kit.setting)).outbox)

    await kit.change(lambda directory: end_partner(directory, TEAM, kit.now()))
    await kit.change(lambda directory: retire_partner(directory, TEAM_Y, kit.now()))
    await Closing(hub, owing, _nothing_moves)._hand_to_triage(kit.directory, kit.directory.partners[TEAM_Y])

    (offer,) = asked
    said = kit.opened(offer)["data"]
    assert (offer.partner, said["herkomst"]) == ("vt-test", "houder-beeindigd")
    yes = await kit.tell("vt-test", YES, a_yes(said, offer), correlationid=opened.case, causationid=offer.id)
    assert yes.to("vt-test", RECEIPT)
    stand = await kit.tell("vt-test", STAND, {}, correlationid=opened.case)
    assert stand.one("vt-test", "zaken.stand")["data"]["houder"] == kit.oin("vt-test")
    await books_fit(kit.engine)
    await registers_tell_the_cases(kit.engine)


async def _nothing_moves(_former: PartnerId, _most: int) -> int:
    return 0
