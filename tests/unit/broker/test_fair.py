"""Batches go by the age of their first delivery, and draw from every partner in turn."""

import asyncio

import pytest

from hub.broker.fair import FairQueue
from hub.canonical.codes import Lane
from hub.ids import PartnerId
from hub.ports import Delivery, Properties
from tests.loops import owned_time
from tests.patience import CEILING, NEVER


def _delivery(partner: str, body: bytes = b"") -> Delivery:
    return Delivery(PartnerId(partner), Lane.ROUTINE, body, Properties())


async def test_partners_are_drawn_in_turn_each_in_its_own_order() -> None:
    queue = FairQueue()
    for partner, bodies in {"a": (b"1", b"2", b"3", b"4"), "b": (b"5",), "c": (b"6", b"7")}.items():
        for body in bodies:
            queue.put(_delivery(partner, body))
    assert [one.body for one in await queue.take(4, 0.0)] == [b"1", b"5", b"6", b"2"]
    assert [one.body for one in await queue.take(9, 0.0)] == [b"7", b"3", b"4"]
    assert len(queue) == 0


async def test_whose_turn_it_is_outlasts_a_batch() -> None:
    queue = FairQueue()
    for partner in "aaab":
        queue.put(_delivery(partner))
    drawn = [(await queue.take(1, 0.0))[0].partner for _ in range(4)]
    assert drawn == ["a", "b", "a", "a"]


async def test_a_batch_has_no_more_bytes_than_it_may_and_whose_turn_it_was_is_next() -> None:
    queue = FairQueue(most_bytes=10)
    for partner, bodies in {"a": (b"1234", b"x" * 11, b"9"), "b": (b"12345", b"6")}.items():
        for body in bodies:
            queue.put(_delivery(partner, body))
    assert [one.body for one in await queue.take(9, 0.0)] == [b"1234", b"12345"]
    assert [one.body for one in await queue.take(9, 0.0)] == [b"x" * 11]  # larger than a batch: by itself
    assert [one.body for one in await queue.take(9, 0.0)] == [b"6", b"9"]


@owned_time
async def test_a_batch_waits_for_more_until_its_first_is_old_enough() -> None:
    queue = FairQueue()
    loop = asyncio.get_running_loop()
    queue.put(_delivery("a"))
    loop.call_later(0.05, queue.put, _delivery("b"))
    loop.call_later(0.6, queue.put, _delivery("c"))
    began = loop.time()
    assert [one.partner for one in await queue.take(9, 0.2)] == ["a", "b"]
    assert loop.time() - began == pytest.approx(0.2)


@owned_time
async def test_age_counts_from_arrival_not_from_the_taking() -> None:
    queue = FairQueue()
    queue.put(_delivery("a"))
    await asyncio.sleep(0.1)
    began = asyncio.get_running_loop().time()
    await queue.take(9, 0.15)
    assert asyncio.get_running_loop().time() - began == pytest.approx(0.05)


@owned_time
async def test_a_full_batch_does_not_wait() -> None:
    queue = FairQueue()
    asyncio.get_running_loop().call_later(0.05, queue.put, _delivery("b"))
    queue.put(_delivery("a"))
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert len(await queue.take(2, 60.0)) == 2
    assert loop.time() - began == pytest.approx(0.05)


async def test_what_is_discarded_is_neither_drawn_nor_waited_for() -> None:
    queue = FairQueue()
    for partner, body in [("a", b"1"), ("a", b"2"), ("b", b"1")]:
        queue.put(_delivery(partner, body))
    queue.discard(PartnerId("a"), lambda one: one.body == b"1")
    queue.discard(PartnerId("b"), lambda one: True)
    queue.discard(PartnerId("nobody"), lambda one: True)
    assert len(queue) == 1
    assert [one.body for one in await queue.take(9, 0.0)] == [b"2"]
    queue.put(_delivery("b", b"3"))
    assert [one.body for one in await queue.take(9, 0.0)] == [b"3"]


@owned_time
async def test_a_take_that_loses_its_batch_to_a_discard_waits_on() -> None:
    queue = FairQueue()
    queue.put(_delivery("a"))
    taking = asyncio.create_task(queue.take(9, 0.05))
    await asyncio.sleep(0)
    queue.discard(PartnerId("a"), lambda one: True)
    await asyncio.sleep(0.1)
    assert not taking.done()
    queue.put(_delivery("b"))
    assert [one.partner for one in await taking] == ["b"]


async def test_a_cancelled_take_loses_nothing() -> None:
    queue = FairQueue()
    queue.put(_delivery("a"))
    taking = asyncio.create_task(queue.take(9, 60.0))
    await asyncio.sleep(0.01)
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    assert [one.partner for one in await queue.take(1, 0.0)] == ["a"]


# --- whoever is held back -----------------------------------------------------------------------------------------


def _drawn(batch: list[Delivery]) -> str:
    return "".join(one.partner for one in batch)


async def test_whoever_rests_is_not_drawn_until_its_rest_is_over_and_keeps_its_order() -> None:
    queue = FairQueue()
    queue.put(_delivery("a", b"1"))
    queue.hold_back(PartnerId("a"), 0.2)
    queue.put(_delivery("a", b"2"))
    queue.put(_delivery("b"))
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert _drawn(await queue.take(9, 0.0)) == "b"
    assert len(queue) == 0
    assert [one.body for one in await queue.take(9, 0.0)] == [b"1", b"2"]
    assert loop.time() - began >= 0.19


async def test_a_rest_can_be_ended_and_begun_anew() -> None:
    queue = FairQueue()
    queue.hold_back(PartnerId("a"), NEVER)
    queue.put(_delivery("a"))
    queue.hold_back(PartnerId("a"), NEVER)
    queue.hold_back(PartnerId("a"), 0.0)
    async with asyncio.timeout(CEILING):
        assert _drawn(await queue.take(9, 0.0)) == "a"
    queue.put(_delivery("a"))
    assert _drawn(await queue.take(9, 0.0)) == "a"


async def test_what_rests_and_is_discarded_does_not_come_back() -> None:
    queue = FairQueue()
    for body in (b"1", b"2"):
        queue.put(_delivery("a", body))
    queue.hold_back(PartnerId("a"), NEVER)
    queue.discard(PartnerId("a"), lambda one: one.body == b"1")
    queue.hold_back(PartnerId("a"), 0.0)
    assert [one.body for one in await queue.take(9, 0.0)] == [b"2"]


async def test_where_nobody_rests_whoever_is_held_back_comes_after_others_one_in_each_batch() -> None:
    queue = FairQueue(rests=False)
    queue.hold_back(PartnerId("a"), NEVER)
    for partner in "aaaaabbbcc":
        queue.put(_delivery(partner))
    assert _drawn(await queue.take(4, 0.0)) == "bcba"
    assert _drawn(await queue.take(4, 0.0)) == "cba"
    assert _drawn(await queue.take(4, 0.0)) == "aaa"


async def test_where_nobody_rests_whoever_is_held_back_waits_for_nobody_that_is_not_there() -> None:
    queue = FairQueue(rests=False)
    queue.hold_back(PartnerId("a"), NEVER)
    for _ in range(3):
        queue.put(_delivery("a"))
    async with asyncio.timeout(CEILING):
        assert _drawn(await queue.take(9, 0.0)) == "aaa"


async def test_a_batch_of_one_is_of_the_others_while_they_wait() -> None:
    queue = FairQueue(rests=False)
    queue.hold_back(PartnerId("a"), NEVER)
    for partner in "aab":
        queue.put(_delivery(partner))
    assert [_drawn(await queue.take(1, 0.0)) for _ in range(3)] == ["b", "a", "a"]


async def test_bytes_are_counted_over_others_and_whoever_is_held_back() -> None:
    queue = FairQueue(10, rests=False)
    queue.hold_back(PartnerId("a"), NEVER)
    for partner, size in [("a", 8), ("b", 4), ("c", 4)]:
        queue.put(_delivery(partner, bytes(size)))
    assert _drawn(await queue.take(9, 0.0)) == "bc"
    assert _drawn(await queue.take(9, 0.0)) == "a"
