"""The processing log: committed with what it tells of, read by period and partner, and gone after its own term."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.canonical.codes import Lane
from hub.errors import OurFault
from hub.ids import PartnerId
from hub.ports import Changes, ProcessingLine
from hub.store.engine import SESSION, connect
from hub.store.processing import written
from tests.databases import rows
from tests.kit import Kit

DAY = timedelta(days=1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOLD = ProcessingLine(
    PartnerId("vt-test"),
    "0af7651916cd43dd8448eb211c80319c",
    "b7ad6b7169203331",
    None,
    "verstrekking triage.melding-aangeboden",
    NOON,
    {"ketenhub.grondslagen": ["Wmo 2015 art. 5.2.6: derden verstrekken aan Veilig Thuis"], "é": {"x": ["/a/0"]}},
)
BELOW = replace(TOLD, span_id="00f067aa0ba902b7", parent_span_id=TOLD.span_id, attributes={})
ELSEWHERE = replace(TOLD, partner=PartnerId("om-test"), span_id="53995c3f42cd8ad8", at=NOON + DAY)


async def write(kit: Kit, *lines: ProcessingLine) -> None:
    async with kit.store.unit() as unit:
        await unit.write(Changes(processing=lines), "one", Lane.ROUTINE)


async def read(
    kit: Kit, start: datetime = NOON, end: datetime = NOON + 2 * DAY, partner: str | None = None
) -> list[ProcessingLine]:
    return [line async for line in written(kit.engine, start, end, PartnerId(partner) if partner else None)]


async def test_what_was_logged_is_read_as_it_was_the_oldest_first(kit: Kit) -> None:
    await write(kit, ELSEWHERE)
    await write(kit, TOLD, BELOW)

    assert await read(kit) == [TOLD, BELOW, ELSEWHERE]


async def test_only_the_period_and_the_partner_asked_for_are_read(kit: Kit) -> None:
    await write(kit, TOLD, ELSEWHERE)

    assert await read(kit, end=NOON + DAY) == [TOLD]
    assert await read(kit, start=NOON + DAY) == [ELSEWHERE]
    assert await read(kit, partner="om-test") == [ELSEWHERE]
    assert await read(kit, partner="rvdk-test") == []


async def test_a_transaction_that_fails_has_logged_nothing(kit: Kit) -> None:
    async def fail_after_writing() -> None:
        async with kit.store.unit() as unit:
            await unit.write(Changes(processing=(TOLD,)), "one", Lane.ROUTINE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_after_writing()

    assert await read(kit) == []


async def test_what_cannot_be_logged_does_not_happen(kit: Kit) -> None:
    """FSC Logging: a request is refused when the log cannot be written."""
    no_text = replace(TOLD, name="\0")
    with pytest.raises(OurFault):
        async with kit.store.unit() as unit:
            await unit.write(Changes(processing=(no_text,), deliveries=1), "one", Lane.ROUTINE)

    assert await rows(kit.engine, "select * from batch") == []


async def test_lines_go_after_their_term_a_few_at_a_time_the_oldest_first(kit: Kit) -> None:
    now = datetime.now(UTC)
    old = [replace(TOLD, span_id=f"{n:016}", at=now - timedelta(days=2_000 - n)) for n in range(5)]
    young = replace(TOLD, at=now - 1_800 * DAY)
    await write(kit, *reversed(old), young)
    five_years = timedelta(days=1_826).total_seconds()

    assert await kit.store.end_processing_log(five_years, 3) == 3
    left = {row["span_id"] for row in await rows(kit.engine, "select span_id from processing_log")}
    assert left == {old[3].span_id, old[4].span_id, young.span_id}
    assert await kit.store.end_processing_log(five_years, 3) == 2
    assert await kit.store.end_processing_log(five_years, 3) == 0
    assert await read(kit, now - 2_100 * DAY, now) == [young]


async def test_who_reads_the_log_may_look_at_it_for_longer_than_a_session_may_be_idle(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As through a pager. The session that reads holds no lock."""
    await write(kit, TOLD, BELOW, ELSEWHERE)
    monkeypatch.setitem(SESSION, "idle_in_transaction_session_timeout", "500ms")
    impatient = connect(kit.engine.url, "reader")
    try:
        found = written(impatient, NOON, NOON + 2 * DAY, None)
        first = await anext(found)
        await rows(kit.engine, "select pg_sleep(2)")
        assert [first, *[line async for line in found]] == [TOLD, BELOW, ELSEWHERE]
    finally:
        await impatient.dispose()
