"""What takes long leaves all others their turn."""

import asyncio

from hub.lanes.turns import LONGEST_TURN, unhurried


async def turns_of_another(each: float) -> list[int]:
    """After how many of ten things, each of which takes so many seconds, another task had its turn."""
    done, turns = list[int](), list[int]()

    async def other() -> None:
        while True:
            turns.append(len(done))
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    await asyncio.sleep(0)
    turns.clear()
    async for one in unhurried(range(10), lambda: len(done) * each):
        done.append(one)
    beside.cancel()
    assert done == list(range(10))
    return turns


async def test_after_each_that_takes_long_all_others_have_a_turn() -> None:
    assert await turns_of_another(LONGEST_TURN * 2) == list(range(1, 10))


async def test_many_that_take_little_are_not_held_up() -> None:
    assert await turns_of_another(LONGEST_TURN / 4) == [4, 8]
