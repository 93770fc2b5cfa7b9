"""Who is told of a message by its route does not learn by the way that it joined the case of its own report."""

from typing import Any

import pytest

from hub.schemas.samples import sample
from tests.kit import Kit
from tests.talk import REPORT, a_report

BOARD, OM_NOTICE = "meldingen.raadsbericht", "meldingen.strafrechtelijk-bericht"


def on_the_child(type_: str, **fields: Any) -> dict[str, Any]:
    """A report on the one child that the sample of each dialogue names."""
    return sample(type_) | {"betrokkenen": sample(BOARD)["betrokkenen"]} | fields


@pytest.mark.parametrize("new_danger", [True, False], ids=["report", "update"])
async def test_only_where_the_pair_of_roles_allows_it(kit: Kit, new_danger: bool) -> None:
    police = await a_report(kit, data=on_the_child(REPORT))
    board = await a_report(kit, "rvdk-test", BOARD, data=on_the_child(BOARD))
    own = await a_report(kit, "om-test", OM_NOTICE, data=on_the_child(OM_NOTICE))
    assert police.case == board.case == own.case

    notice = on_the_child(OM_NOTICE, nieuwGevaar=new_danger)
    told = await kit.tell("om-test", OM_NOTICE, notice, correlationid=own.report)

    assert told.one("politie-test", OM_NOTICE)["correlationid"] == str(police.report)
    to_board = told.one("rvdk-test", OM_NOTICE)
    assert "correlationid" not in to_board
    assert not {"zaakversie", "houder"} & set(to_board["data"])
