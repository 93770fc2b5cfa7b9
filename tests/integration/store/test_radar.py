"""The radar's rows: one batch at a time on a pseudonym, also on one that nobody knows; what lapsed is not found."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.canonical.codes import Lane, MatchGround, Trait
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.evolve import fold
from hub.cases.states import ReportState
from hub.errors import Clash
from hub.ids import CaseId, Oin, RadarKeyId, ReportId
from hub.ports import CaseChange, Changes, Loaded, Unit, Wanted
from hub.routing.contradiction import Traits
from hub.routing.radar import MOST_HITS, RadarEntry, Sought
from hub.store import radar
from hub.store.engine import transaction
from tests.databases import one, rows
from tests.fakes import until
from tests.kit import REGION, Kit
from tests.patience import CEILING

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
CHILD, HOME = b"\x01" * 32, b"\x02" * 32
OLD, NEW = RadarKeyId("old"), RadarKeyId("new")
POLICE, VT = Oin("00000099000000000001"), Oin("00000099000000000002")


def entry(report: UUID, pseudonym: bytes = CHILD, **changed: Any) -> RadarEntry:
    said: dict[str, Any] = {
        "pseudonym": pseudonym,
        "report": ReportId(report),
        "ground": MatchGround.BSN,
        "joins": True,
        "reporter": POLICE,
        "at": NOW,
        "expires": NOW + DAY,
        "key_id": OLD,
    }
    return RadarEntry(**said | changed)


async def a_case(kit: Kit, *reports: UUID) -> tuple[CaseId, Case]:
    """A case with these reports, or with one."""
    id_ = CaseId(uuid4())
    received = [e.ReportReceived(NOW, ReportId(one_), POLICE, Lane.ROUTINE, False) for one_ in reports or (uuid4(),)]
    events = [e.CaseOpened(NOW, id_, REGION, VT, POLICE), replace(received[0], opened=True), *received[1:]]
    async with kit.store.unit() as unit:
        await unit.write(Changes(cases=[changed(None, events)]), "test", Lane.ROUTINE)
    case = fold(None, events)
    assert case is not None
    return id_, case


def changed(before: Case | None, events: Sequence[e.Event]) -> CaseChange:
    after = fold(before, events)
    assert after is not None
    return CaseChange(after, tuple((one_, None) for one_ in events), before is None)


async def a_report(kit: Kit) -> ReportId:
    """A report that opened a case."""
    _, case = await a_case(kit)
    return next(iter(case.reports))


async def entered(kit: Kit, *entries: RadarEntry, over: Sequence[ReportId] = ()) -> None:
    async with kit.store.unit() as unit:
        await unit.write(Changes(radar=entries, radar_over=over), "test", Lane.ROUTINE)


async def found(kit: Kit, *pseudonyms: bytes) -> Loaded:
    async with kit.store.unit() as unit:
        return await unit.load(Wanted(radar=[Sought(one_) for one_ in pseudonyms]))


async def waiting(kit: Kit, number: int = 1) -> bool:
    query = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    return bool(await one(kit.engine, query) == number)


@asynccontextmanager
async def one_batch(kit: Kit, *pseudonyms: bytes) -> AsyncIterator[Unit]:
    """A batch that works with these, until the block ends."""
    async with kit.store.unit() as unit:
        await unit.load(Wanted(radar=[Sought(one_) for one_ in pseudonyms]))
        yield unit


# ---- one at a time


@pytest.mark.parametrize("left_behind", [False, True])
async def test_two_batches_on_one_unseen_child_are_decided_one_after_the_other(kit: Kit, left_behind: bool) -> None:
    """P3: otherwise both would see nothing, and open a case each."""
    if left_behind:  # by a transaction that looked and wrote nothing
        await found(kit, CHILD)
        assert await one(kit.engine, "select count(*) from radar_lock") == 1
    report = await a_report(kit)
    async with AsyncExitStack() as first:
        unit = await first.enter_async_context(one_batch(kit, HOME, CHILD))
        second = asyncio.create_task(found(kit, CHILD))
        await until(lambda: waiting(kit))
        await unit.write(Changes(radar=[entry(report)]), "test", Lane.ROUTINE)
        await asyncio.sleep(0)
        assert not second.done()

    (known,) = (await second).radar[CHILD]
    assert known.report == report


async def test_a_batch_that_fails_lets_the_next_one_in(kit: Kit) -> None:
    with suppress(ZeroDivisionError):
        async with one_batch(kit, CHILD):
            second = asyncio.create_task(found(kit, CHILD))
            await until(lambda: waiting(kit))
            raise ZeroDivisionError

    assert (await second).radar == {}


async def test_batches_on_other_people_do_not_wait(kit: Kit) -> None:
    async with one_batch(kit, CHILD), asyncio.timeout(CEILING), one_batch(kit, HOME):
        pass


async def test_pseudonyms_are_locked_in_one_order_however_they_are_asked_for(kit: Kit) -> None:
    """Otherwise two batches with the same children would each have one that the other waits for."""
    first, middle, last = (bytes([number]) * 32 for number in range(3))
    async with one_batch(kit, middle):
        two = [asyncio.create_task(found(kit, *asked)) for asked in ((first, middle, last), (last, middle, first))]
        await until(lambda: waiting(kit, 2))

    await asyncio.gather(*two)


async def test_who_was_looked_for_leaves_no_trace(kit: Kit) -> None:
    async with one_batch(kit, CHILD, HOME) as unit:
        await unit.write(Changes(), "test", Lane.ROUTINE)

    assert await one(kit.engine, "select count(*) from radar_lock") == 0


# ---- what is found


async def test_an_entry_comes_back_as_it_was_with_its_case_locked(kit: Kit) -> None:
    report = await a_report(kit)
    mine = entry(report)
    await entered(kit, mine)
    loaded = await found(kit, CHILD, HOME)

    assert loaded.radar == {CHILD: (mine,)}
    case = loaded.cases[report]
    assert list(case.reports) == [report]
    assert loaded.cases[case.id] is case


async def test_cases_that_are_named_and_those_that_the_radar_points_at_come_together(kit: Kit) -> None:
    named, hinted = await a_report(kit), await a_report(kit)
    await entered(kit, entry(hinted, joins=False))
    async with kit.store.unit() as unit:
        loaded = await unit.load(Wanted(correlations=[named], radar=[Sought(CHILD)]))

    assert {name for name, case in loaded.cases.items() if name != case.id} == {named, hinted}
    assert len(loaded.cases) == 4


GIRL: Traits = frozenset({(Trait.SEX, b"a" * 8), (Trait.BIRTH_DATE, b"b" * 8), (Trait.BIRTH_DATE, b"c" * 8)})
BOY: Traits = frozenset({(Trait.SEX, b"d" * 8)})


async def test_what_it_says_of_whom_the_number_is_of_comes_back(kit: Kit) -> None:
    report = await a_report(kit)
    await entered(kit, entry(report, traits=GIRL), entry(report, HOME))
    loaded = await found(kit, CHILD, HOME)

    assert [loaded.radar[one_][0].traits for one_ in (CHILD, HOME)] == [GIRL, frozenset()]


async def test_what_the_version_before_enters_and_has_entered_says_nothing(kit: Kit) -> None:
    report = await a_report(kit)
    columns = "pseudonym, report, ground, joins, reporter, at, expires, key_id"
    values = ":pseudonym, :report, 'bsn', true, :reporter, now(), now() + interval '1 day', 'old'"
    said = {"pseudonym": CHILD, "report": report, "reporter": POLICE}
    await rows(kit.engine, f"insert into radar_entry ({columns}) values ({values})", **said)

    assert [one_.traits for one_ in (await found(kit, CHILD)).radar[CHILD]] == [frozenset()]


async def test_what_a_later_version_compares_too_is_left_aside(kit: Kit) -> None:
    report = await a_report(kit)
    await entered(kit, entry(report, traits=BOY))
    await rows(kit.engine, "update radar_entry set traits = traits || :more", more=b"?" + b"x" * 8)

    assert (await found(kit, CHILD)).radar[CHILD][0].traits == BOY


async def test_only_the_newest_of_very_many_mentions_are_found(kit: Kit) -> None:
    many = [ReportId(uuid4()) for _ in range(MOST_HITS + 1)]
    await a_case(kit, *many)
    await entered(kit, *(entry(report, joins=False, at=NOW - DAY * number) for number, report in enumerate(many)))
    known = (await found(kit, CHILD)).radar[CHILD]

    assert [one_.report for one_ in known] == many[:-1]


async def test_many_mentions_hide_nothing_that_joins_of_each_case_and_what_it_says_the_newest(kit: Kit) -> None:
    mentions, here = [ReportId(uuid4()) for _ in range(MOST_HITS)], [ReportId(uuid4()) for _ in range(4)]
    await a_case(kit, *mentions)
    id_, _ = await a_case(kit, *here)
    other = await a_report(kit)
    said = zip(here, (frozenset[Any](), GIRL, GIRL, BOY), strict=True)
    joining = [
        entry(report, traits=traits, at=NOW - DAY * (90 + number)) for number, (report, traits) in enumerate(said)
    ]
    await entered(kit, *(entry(report, joins=False) for report in mentions), *joining)
    await entered(kit, entry(other, at=NOW - DAY * 99))
    loaded = await found(kit, CHILD)

    assert [one_.report for one_ in loaded.radar[CHILD] if one_.joins] == [here[0], here[1], here[3], other]
    assert loaded.cases[here[3]].id == id_


async def test_the_same_entry_twice_is_one(kit: Kit) -> None:
    report = await a_report(kit)
    await entered(kit, entry(report))
    await entered(kit, entry(report, joins=False))

    (known,) = (await found(kit, CHILD)).radar[CHILD]
    assert known.joins


async def test_a_report_that_is_withdrawn_is_not_found_any_more(kit: Kit) -> None:
    gone, other = await a_report(kit), await a_report(kit)
    await entered(kit, entry(gone), entry(gone, HOME), entry(other))
    await entered(kit, over=[gone])
    loaded = await found(kit, CHILD, HOME)

    assert {pseudonym: [known.report for known in some] for pseudonym, some in loaded.radar.items()} == {CHILD: [other]}


async def test_a_report_that_leaves_its_case_while_that_is_waited_for_lets_the_batch_run_again(kit: Kit) -> None:
    opening, moving = ReportId(uuid4()), ReportId(uuid4())
    id_, case = await a_case(kit, opening, moving)
    await entered(kit, entry(moving))
    new = CaseId(uuid4())
    attached = e.ReportAttached(NOW, moving, POLICE, Lane.ROUTINE, NOW, ReportState.RECORDED, None, id_)
    left = changed(case, [e.ReportDetached(NOW, moving, new)])
    opened = changed(None, [e.CaseOpened(NOW, new, REGION, VT, VT), attached])
    async with kit.store.unit() as unit:
        await unit.load(Wanted(correlations=[id_]))
        second = asyncio.create_task(found(kit, CHILD))
        await until(lambda: waiting(kit))
        await unit.write(Changes(cases=[left, opened]), "test", Lane.ROUTINE)

    with pytest.raises(Clash):
        await second
    assert (await found(kit, CHILD)).cases[moving].id == new


# ---- what lapses


async def test_what_has_lapsed_is_not_found_and_goes_in_steps(kit: Kit) -> None:
    report = await a_report(kit)
    lapsed = [entry(report, bytes([number]) * 32, expires=NOW - DAY) for number in range(10, 15)]
    await entered(kit, *lapsed, entry(report, HOME))

    assert (await found(kit, *(one_.pseudonym for one_ in lapsed))).radar == {}
    assert [await kit.store.end_lapsed_radar(2) for _ in range(4)] == [2, 2, 1, 0]
    assert await one(kit.engine, "select count(*) from radar_entry") == 1


async def test_those_who_end_what_lapsed_at_once_do_not_wait_for_each_other_or_for_a_batch(kit: Kit) -> None:
    report = await a_report(kit)
    await entered(kit, *(entry(report, bytes([number]) * 32, expires=NOW - DAY) for number in range(10, 16)))
    async with transaction(kit.engine) as other, asyncio.timeout(CEILING):
        assert await radar.end_lapsed(other, kit.now(), 4) == 4
        assert await kit.store.end_lapsed_radar(10) == 2
        assert (await found(kit, bytes([10]) * 32)).radar == {}


# ---- keys


async def test_after_a_new_key_writes_what_the_old_one_made_is_found_and_counted_until_it_lapses(kit: Kit) -> None:
    report = await a_report(kit)
    under_new = b"\x03" * 32
    await entered(kit, entry(report), entry(report, under_new, key_id=NEW))
    await entered(kit, entry(report, HOME, expires=NOW - DAY, key_id=RadarKeyId("older")))
    loaded = await found(kit, under_new, CHILD)

    assert {one_.key_id for some in loaded.radar.values() for one_ in some} == {OLD, NEW}
    async with transaction(kit.engine) as connection:
        used = await radar.keys_used(connection, kit.now())
    assert {key: state.entries for key, state in used.items()} == {OLD: 1, NEW: 1}
    assert abs(used[OLD].last - (NOW + DAY)) < timedelta(seconds=1)
