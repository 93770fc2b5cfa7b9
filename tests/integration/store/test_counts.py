"""Counts: committed with what they count, added up over workers, and nobody waits for ever."""

import asyncio
from dataclasses import replace

import pytest

from hub.canonical.codes import Lane
from hub.ids import RegionId
from hub.ports import Changes, Count
from hub.store.counts import counted
from tests.databases import rows
from tests.kit import Kit

NORTH, SOUTH = RegionId("noord"), RegionId("zuid")
REPORT = Count("2026-03", NORTH, "meldingen.zorgmelding", "politie")
ASSESSED = Count("2026-03", NORTH, "triage.veiligheidsbeoordeling", "politie", "onderzoek", "binnen")
LATE = Count("2026-03", NORTH, "triage.veiligheidsbeoordeling", "politie", "onderzoek", "buiten")
ELSEWHERE = Count("2026-04", SOUTH, "meldingen.zorgmelding", "politie")


async def write(kit: Kit, *counts: Count, worker: str = "one") -> None:
    async with kit.store.unit() as unit:
        await unit.write(Changes(counts=counts), worker, Lane.ROUTINE)


async def summed(kit: Kit, first: str = "2026-01", last: str = "2026-12") -> dict[tuple[str, ...], int]:
    found = await counted(kit.engine, first, last)
    return {(one.month, one.region, one.type, one.role, one.outcome, one.within): one.number for one in found}


def key(one: Count) -> tuple[str, ...]:
    return (one.month, one.region, one.type, one.role, one.outcome, one.within)


async def test_what_several_workers_counted_is_added_up(kit: Kit) -> None:
    await write(kit, REPORT, ASSESSED, REPORT, worker="one")
    await write(kit, REPORT, LATE, ELSEWHERE, worker="two")
    await write(kit, REPORT, worker="one")

    assert await summed(kit) == {key(REPORT): 4, key(ASSESSED): 1, key(LATE): 1, key(ELSEWHERE): 1}
    assert len(await rows(kit.engine, "select * from counts")) == 5


async def test_only_the_months_asked_for_are_read(kit: Kit) -> None:
    await write(kit, REPORT, ELSEWHERE)

    assert await summed(kit, "2026-03", "2026-03") == {key(REPORT): 1}
    assert await summed(kit, "2026-04", "2027-01") == {key(ELSEWHERE): 1}
    assert await summed(kit, "2025-01", "2026-02") == {}


async def test_a_transaction_that_fails_has_counted_nothing(kit: Kit) -> None:
    async def fail_after_writing() -> None:
        async with kit.store.unit() as unit:
            await unit.write(Changes(counts=(REPORT,)), "one", Lane.ROUTINE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_after_writing()

    assert await summed(kit) == {}


async def test_transactions_at_once_lose_no_count_and_do_not_deadlock(kit: Kit) -> None:
    """Also where two hubs were given the same name, and each meets the kinds in another order."""
    kinds = [replace(REPORT, outcome=str(number)) for number in range(1_000)]

    await asyncio.gather(*(write(kit, *kinds[:: 1 if n % 2 else -1]) for n in range(10)))

    assert await summed(kit) == {key(one): 10 for one in kinds}


async def test_a_batch_without_counts_writes_none(kit: Kit) -> None:
    await write(kit)

    assert await rows(kit.engine, "select * from counts") == []
