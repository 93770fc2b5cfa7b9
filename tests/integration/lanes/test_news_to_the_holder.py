"""News on a case goes to who holds, as far as its role may see any of it: that somebody has news is news itself."""

from typing import Any

import pytest

from hub.canonical.partners import Role
from hub.schemas.samples import sample
from tests.kit import REGION, Kit
from tests.talk import OFFER, REPORT, YES, a_case, a_report, a_yes, an_offer

BOARD = "meldingen.raadsbericht"


def on_the_child(type_: str, **fields: Any) -> dict[str, Any]:
    return sample(type_) | {"betrokkenen": sample(BOARD)["betrokkenen"]} | fields


@pytest.mark.parametrize(("holder", "hears"), [("wijkteam-test", True), ("jeugd-test", False)])
async def test_the_boards_news_goes_to_a_holder_that_may_see_it(kit: Kit, holder: str, hears: bool) -> None:
    await kit.add("jeugd-test", Role.CERTIFIED_INSTITUTION, REGION, 60)
    reported = await a_case(kit, data=on_the_child(REPORT))
    board = await a_report(kit, "rvdk-test", BOARD, data=on_the_child(BOARD))
    offer = an_offer(kit, holder)
    offered = await kit.tell("vt-test", OFFER, offer, correlationid=reported.case)
    await kit.tell(holder, YES, a_yes(offer, offered.row(holder, OFFER)), correlationid=reported.case)

    news = on_the_child(BOARD, nieuweZorgen=False)
    told = await kit.tell("rvdk-test", BOARD, news, correlationid=board.report)

    assert len(told.to("vt-test", BOARD)) == 1
    assert len(told.to(holder, BOARD)) == hears
