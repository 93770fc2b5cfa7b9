"""Acknowledgements: all that are done with and nothing else, as few frames as can be, and nobody waits for them."""

import asyncio
from typing import Any, cast

from aio_pika.exceptions import ChannelInvalidStateError
from hypothesis import given
from hypothesis import strategies as st

from hub.broker.acks import Acks
from tests.fakes import until
from tests.patience import CEILING, NEVER


class Channel:
    """Checks as RabbitMQ does: the number is that of a delivery which is not acknowledged."""

    def __init__(self, deliveries: int) -> None:
        self.open = set(range(1, deliveries + 1))
        self.frames: list[tuple[int, bool]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_closed = False

    async def basic_ack(self, number: int, *, multiple: bool, wait: bool) -> None:
        await self.gate.wait()
        if self.is_closed:
            raise ChannelInvalidStateError("closed")
        assert not wait
        assert number in self.open, "unknown delivery tag"
        self.frames.append((number, multiple))
        self.open = {one for one in self.open if one != number and not (multiple and one < number)}


def acks_of(channel: Channel) -> tuple[Acks, list[str]]:
    lost: list[str] = []
    return Acks(cast(Any, channel), lambda: lost.append("lost")), lost


@st.composite
def sayings(draw: st.DrawFn) -> tuple[int, list[list[int]]]:
    """So many deliveries, and which of them are done with at each turn; some never are."""
    deliveries = draw(st.integers(1, 30))
    done = draw(st.lists(st.integers(1, deliveries), unique=True))
    turns: list[list[int]] = [[]]
    for number in done:
        turns[-1].append(number)
        if draw(st.booleans()):
            turns.append([])
    return deliveries, turns


@given(sayings())
async def test_in_whichever_order_they_are_done_those_and_no_others_are_acknowledged(
    said: tuple[int, list[list[int]]],
) -> None:
    deliveries, turns = said
    channel = Channel(deliveries)
    acks, lost = acks_of(channel)
    done: set[int] = set()
    for turn in turns:
        for number in turn:
            acks.say(number)
        await acks.finish(1)
        done.update(turn)
        assert channel.open == set(range(1, deliveries + 1)) - done
    assert not lost


async def test_a_batch_in_order_goes_in_one_frame_and_one_behind_it_waits_for_nobody() -> None:
    channel = Channel(200)
    acks, _ = acks_of(channel)
    for number in range(65, 129):  # the second of two batches under way is done first
        acks.say(number)
    await until(lambda: len(channel.open) == 200 - 64)
    for number in range(1, 65):
        acks.say(number)
    await until(lambda: len(channel.open) == 200 - 128)
    assert channel.frames[64:] == [(64, True)]


async def test_who_acknowledges_waits_for_no_writing_and_the_channel_lives_however_long_it_takes() -> None:
    channel = Channel(3)
    channel.gate.clear()
    acks, lost = acks_of(channel)
    acks.say(1)
    await asyncio.sleep(0)
    acks.say(2)
    assert len(channel.open) == 3
    channel.gate.set()
    await until(lambda: channel.open == {3})
    assert not lost


async def test_a_channel_that_is_gone_is_said_to_be_and_nobody_waits_for_it() -> None:
    channel = Channel(1)
    channel.is_closed = True
    acks, lost = acks_of(channel)
    acks.say(1)
    await until(lambda: bool(lost))
    channel.gate.clear()
    acks.say(1)
    async with asyncio.timeout(CEILING):
        await acks.finish(NEVER)
