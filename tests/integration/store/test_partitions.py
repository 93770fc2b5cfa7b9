"""The processing log by month: made ahead, dropped when past, beside everybody who reads and writes.

Each test has a database of its own: months are tables.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from hub.canonical.codes import Lane
from hub.ids import PartnerId
from hub.ports import Changes, MonthsTurned, ProcessingLine
from hub.store import partitions
from hub.store.engine import connect, transaction
from hub.store.migrate import migrate
from hub.store.months import month_of, named
from hub.store.processing import written
from tests.clock import Clock, clock_of
from tests.databases import one, rows
from tests.fakes import until
from tests.kit import Kit, kit_on
from tests.talk import upkeep

LONG = timedelta(days=1_826).total_seconds()
DAY = timedelta(days=1)
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
LINE = ProcessingLine(PartnerId("vt-test"), "0" * 32, "0" * 16, None, "verstrekking", ALWAYS[0], {"a": "b"})
NOTHING = MonthsTurned(0, 0, gave_way=False)
WRITERS, EACH = 4, 60


@pytest.fixture
async def kit(fresh_database: str) -> AsyncIterator[Kit]:
    engine = connect(fresh_database, "test", pool=12)
    await migrate(engine)
    yield await kit_on(engine)
    await engine.dispose()


@pytest.fixture
async def clock(kit: Kit) -> AsyncIterator[Clock]:
    async with clock_of(kit.engine, kit.own) as made:
        yield made


def line(number: int, at: datetime) -> ProcessingLine:
    return replace(LINE, span_id=f"{number:016}", at=at)


async def write(kit: Kit, *lines: ProcessingLine) -> None:
    async with kit.store.unit() as unit:
        await unit.write(Changes(processing=lines), "one", Lane.ROUTINE)


async def read(kit: Kit) -> list[ProcessingLine]:
    return [found async for found in written(kit.engine, *ALWAYS, None)]


async def parts(engine: AsyncEngine) -> set[str]:
    query = (
        "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'public.processing_log'::regclass"
    )
    return {row["name"].removeprefix("public.").removeprefix("processing_log_") for row in await rows(engine, query)}


async def by_part(engine: AsyncEngine) -> dict[str, int]:
    found = await rows(engine, "select tableoid::regclass::text as name, count(*) as n from processing_log group by 1")
    return {row["name"].removeprefix("public.").removeprefix("processing_log_"): row["n"] for row in found}


def of(month: datetime) -> str:
    return f"{month:%Y_%m}"


async def month(kit: Kit, later: int = 0) -> datetime:
    return month_of(await kit.store.now(), later)


async def test_months_are_there_ahead_and_made_as_time_goes_by_each_once(kit: Kit, clock: Clock) -> None:
    first = await month(kit, 3)
    assert await parts(kit.engine) == {"before", "default", of(first)}
    assert await kit.store.turn_months(LONG) == NOTHING

    for _ in range(6):
        await clock.put_ahead(31 * DAY)
        await kit.store.turn_months(LONG)
        assert await kit.store.turn_months(LONG) == NOTHING

    last = await month(kit, 3)
    wanted = [month_of(first, later) for later in range(12)]
    assert await parts(kit.engine) == {"before", "default"} | {of(one) for one in wanted if one <= last}


async def test_what_is_beyond_the_months_that_are_there_is_kept_and_moved_when_its_month_is_made(
    kit: Kit, clock: Clock
) -> None:
    far = await month(kit, 5)
    lines = [line(number, far + number * 7 * DAY) for number in range(10)]
    await write(kit, *lines)
    assert await by_part(kit.engine) == {"default": 10}

    await clock.put_ahead(62 * DAY)
    assert (await kit.store.turn_months(LONG)).made >= 2

    found = Counter(of(month_of(one.at)) for one in lines)
    kept = {name: number for name, number in found.items() if name in await parts(kit.engine)}
    assert await by_part(kit.engine) == kept | {"default": 10 - sum(kept.values())}
    assert await read(kit) == lines


async def test_of_many_workers_that_look_at_once_one_acts(kit: Kit, clock: Clock) -> None:
    far = await month(kit, 5)
    await write(kit, *(line(number, far + number * DAY) for number in range(20)))
    await clock.put_ahead(400 * DAY)

    turned = await asyncio.gather(*(kit.store.turn_months(LONG) for _ in range(8)))
    while (again := await kit.store.turn_months(LONG)).gave_way:
        turned.append(again)

    assert sum(one.made for one in turned) + again.made == 4
    assert len(await read(kit)) == 20


async def test_who_finds_another_at_work_goes_on_at_once_and_so_does_who_writes(kit: Kit) -> None:
    end = await month(kit, 3)
    async with transaction(kit.engine) as another:
        await another.execute(text("lock table processing_log_default in share update exclusive mode"))
        assert await kit.store.turn_months(await until_past(kit, end)) == replace(NOTHING, gave_way=True)
        await write(kit, line(1, end), line(2, end + 400 * DAY))
    assert await by_part(kit.engine) == {of(end): 1, "default": 1}


async def test_no_line_is_lost_or_doubled_where_its_month_is_made_while_many_write(kit: Kit) -> None:
    """The month of now is missing, as after a standstill of months: all that is written goes to the default."""
    due = await month(kit, 3)
    await rows(kit.engine, f"drop table {named('processing_log', due)}")

    async def writes(writer: int) -> None:
        for number in range(EACH):
            await write(kit, line(writer * EACH + number, due + number * timedelta(hours=1)))

    async def turns() -> int:
        await until(lambda: something_in(kit.engine, "default"))
        made = 0
        while not made:
            made = (await kit.store.turn_months(LONG)).made
        return made

    *_, made = await asyncio.gather(*(writes(writer) for writer in range(WRITERS)), turns())

    assert made == 1
    assert await by_part(kit.engine) == {of(due): WRITERS * EACH}
    assert {one.span_id for one in await read(kit)} == {f"{number:016}" for number in range(WRITERS * EACH)}
    assert await one(kit.engine, "select count(distinct seq) from processing_log") == WRITERS * EACH


async def something_in(engine: AsyncEngine, part: str) -> bool:
    return bool(await one(engine, f"select exists (select from processing_log_{part})"))


async def test_a_default_with_too_much_of_a_month_keeps_it(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "MOVED", 2)
    due = await month(kit, 3)
    await rows(kit.engine, f"drop table {named('processing_log', due)}")
    lines = [line(number, due) for number in range(3)]
    await write(kit, *lines)

    assert await kit.store.turn_months(LONG) == replace(NOTHING, gave_way=True)

    assert await read(kit) == lines
    await rows(kit.engine, "delete from processing_log where span_id = '0000000000000000'")
    assert await kit.store.turn_months(LONG) == replace(NOTHING, made=1)
    assert await by_part(kit.engine) == {of(due): 2}


async def until_past(kit: Kit, end: datetime) -> float:
    """The term with which everything before `end` is past it now."""
    return (await kit.store.now() - end).total_seconds()


async def test_a_month_goes_when_its_last_moment_has_had_its_term_and_with_it_all_of_its_lines(kit: Kit) -> None:
    end = await month(kit, 3)
    old, young = line(1, end - timedelta(microseconds=1)), line(2, end)
    await write(kit, old, young)

    assert await kit.store.turn_months(await until_past(kit, end - 5 * timedelta(seconds=1))) == NOTHING
    assert await read(kit) == [old, young]
    assert await kit.store.turn_months(await until_past(kit, end)) == replace(NOTHING, ended=1)
    assert await read(kit) == [young]
    assert "before" not in await parts(kit.engine)


async def test_a_month_is_taken_out_of_the_log_first_and_dropped_by_another_look_a_day_later(
    kit: Kit, clock: Clock
) -> None:
    end = await month(kit, 3)
    await write(kit, line(1, end - DAY), line(2, end))
    term = await until_past(kit, end)
    assert await kit.store.turn_months(term) == replace(NOTHING, ended=1)
    assert await kit.store.turn_months(term) == NOTHING
    assert await one(kit.engine, "select count(*) from processing_log_before") == 1, "it can be put back"

    await clock.put_ahead(DAY)

    assert (await kit.store.turn_months(term)).dropped == 1
    assert await one(kit.engine, "select to_regclass('processing_log_before') is null")
    assert await one(kit.engine, "select count(*) from ended_month") == 0


async def test_what_was_taken_out_and_is_not_past_its_term_is_put_back(kit: Kit, clock: Clock) -> None:
    end = await month(kit, 3)
    lines = [line(1, end - DAY), line(2, end)]
    await write(kit, *lines)
    assert (await kit.store.turn_months(await until_past(kit, end))).ended == 1
    assert await read(kit) == [lines[1]]
    await clock.put_ahead(2 * DAY)

    assert (await kit.store.turn_months(LONG)).attached == 1

    assert await read(kit) == lines
    assert "before" in await parts(kit.engine)


async def test_of_many_months_that_are_past_one_a_day_is_taken_out_whoever_looks(kit: Kit, clock: Clock) -> None:
    end = await month(kit, 5)
    await clock.put_ahead(62 * DAY)
    await kit.store.turn_months(LONG)
    term = (await kit.store.now() - end).total_seconds()
    there = len(await parts(kit.engine))

    turned = [await kit.store.turn_months(term) for _ in range(5)]
    assert sum(one.ended for one in turned) == 1
    assert len(await parts(kit.engine)) == there - 1
    await clock.put_ahead(DAY)
    again = [await kit.store.turn_months(term) for _ in range(5)]

    assert (sum(one.ended for one in again), sum(one.dropped for one in again)) == (1, 1)


async def test_the_disk_is_given_back(kit: Kit, clock: Clock) -> None:
    end = await month(kit, 3)
    await rows(
        kit.engine,
        "insert into processing_log (partner, trace_id, span_id, name, at, attributes) select 'a', 'a', 'a', 'a',"
        " now() - g * interval '1 minute', jsonb_build_object('a', repeat(md5(g::text), 20))"
        " from generate_series(1, 20000) g",
    )
    size, place = await on_disk(kit.engine)
    table = await one(kit.engine, "select pg_total_relation_size('processing_log_before')")
    assert table > 10_000_000

    assert (await kit.store.turn_months(await until_past(kit, end))).ended == 1
    await clock.put_ahead(DAY)
    assert (await kit.store.turn_months(await until_past(kit, end))).dropped == 1

    await rows(kit.engine, "checkpoint")
    assert await one(kit.engine, "select size from pg_stat_file(:place, true)", place=place) is None
    after = await one(kit.engine, "select pg_database_size(current_database())")
    assert size - after > 0.99 * table


async def on_disk(engine: AsyncEngine) -> tuple[int, str]:
    """The bytes of the database, and the file of what there was before months."""
    query = "select pg_database_size(current_database()), pg_relation_filepath('processing_log_before') as place"
    (row,) = await rows(engine, query)
    return row["pg_database_size"], row["place"]


async def test_what_is_due_gives_way_to_a_long_reader_holds_up_nobody_and_comes_again(kit: Kit) -> None:
    end = await month(kit, 3)
    lines = [line(number, end - number * DAY) for number in range(2_000, 0, -1)]
    await write(kit, *lines)
    async with aclosing(written(kit.engine, *ALWAYS, None)) as reader:
        read_first = await anext(reader)
        turning = asyncio.create_task(kit.store.turn_months(await until_past(kit, end)))
        await write(kit, line(0, end))  # a writer that is held up is refused, by the patience of its session
        written_meanwhile = 1
        while not turning.done():
            await write(kit, line(0, end))
            written_meanwhile += 1
        assert await turning == replace(NOTHING, gave_way=True)
        assert "before" in await parts(kit.engine)
        read_all = [read_first, *[found async for found in reader]]

    assert read_all == lines
    assert await kit.store.turn_months(await until_past(kit, end)) == replace(NOTHING, ended=1)
    assert await read(kit) == [line(0, end)] * written_meanwhile


async def test_a_month_is_made_while_somebody_reads_those_before_it(kit: Kit) -> None:
    due = await month(kit, 3)
    await rows(kit.engine, f"drop table {named('processing_log', due)}")
    await write(kit, *(line(number, due - number * DAY) for number in range(1_000, 0, -1)))
    async with aclosing(written(kit.engine, ALWAYS[0], due, None)) as reader:
        await anext(reader)
        assert await kit.store.turn_months(LONG) == replace(NOTHING, made=1)
        assert len([found async for found in reader]) == 999


async def test_a_round_of_upkeep_drops_whole_months_before_it_deletes_lines(kit: Kit, clock: Clock) -> None:
    end = await month(kit, 3)
    await write(kit, line(1, end - DAY), line(2, end), line(3, end + 40 * DAY))
    await clock.put_ahead(end - await kit.store.now() + timedelta(days=1_827))

    with capture_logs() as logged:
        await upkeep(kit).keep_house()

    said = {one["event"]: one for one in logged}
    assert (said["months_turned"]["made"], said["months_turned"]["ended"]) == (4, 1)
    assert said["processing_lapsed"]["rows"] == 1
    assert [one.span_id for one in await read(kit)] == [f"{3:016}"]


async def test_a_month_that_cannot_be_made_stops_nobody(kit: Kit) -> None:
    due = named("processing_log", await month(kit, 3))
    await rows(kit.engine, f"alter table processing_log detach partition {due}")
    await write(kit, line(1, await month(kit, 3)), line(2, await kit.store.now() - timedelta(days=2_000)))

    with capture_logs() as logged:
        await upkeep(kit).keep_house()

    assert [one["code"] for one in logged if one["event"] == "months_failed"] == ["database-error"]
    assert [one.span_id for one in await read(kit)] == [f"{1:016}"]


async def test_a_log_that_somebody_took_the_parts_from_stops_no_worker(kit: Kit) -> None:
    for part in await parts(kit.engine):
        await rows(kit.engine, f"alter table processing_log detach partition processing_log_{part}")

    with capture_logs() as logged:
        await upkeep(kit).keep_house()

    assert {one["event"] for one in logged} <= {"months_turned", "months_failed"}
    months = {of(await month(kit, later)) for later in range(3)}
    assert await parts(kit.engine) <= months
