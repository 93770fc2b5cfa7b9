"""`processing-log` on a real database: JSON lines of one partner, and nothing of a partner that is none."""

import json
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.app.hub import Hub
from hub.canonical.codes import Lane
from hub.cli.days import period
from hub.cli.processing import _print
from hub.errors import OperatorError
from hub.ids import PartnerId
from hub.ports import Changes
from hub.routing.document import from_document, to_document
from hub.store.database import Database
from tests.integration.store.test_processing import ELSEWHERE, TOLD
from tests.kit import Kit, kit_on


@pytest.fixture
async def kit(database: AsyncEngine) -> Kit:
    return await kit_on(database)


async def printed(kit: Kit, partner: str | None) -> None:
    nothing: Any = None
    hub = Hub(nothing, nothing, Database(kit.engine, to_document, from_document, 30.0))
    async with kit.store.unit() as unit:
        await unit.write(Changes(processing=(TOLD, ELSEWHERE)), "one", Lane.ROUTINE)
    await _print(hub, *period("2026-03-02", "2026-03-03"), PartnerId(partner) if partner else None)


@pytest.mark.parametrize(
    ("partner", "lines"), [(None, [TOLD, ELSEWHERE]), ("om-test", [ELSEWHERE])], ids=["all", "one"]
)
async def test_each_line_is_one_json_object(
    kit: Kit, partner: str | None, lines: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    await printed(kit, partner)

    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["span_id"] for one in said] == [line.span_id for line in lines]


async def test_a_partner_that_is_none_is_named_with_those_that_are(kit: Kit) -> None:
    with pytest.raises(OperatorError) as caught:
        await printed(kit, "geen-test")

    assert "vt-test" in caught.value.sentence
