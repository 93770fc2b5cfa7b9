"""Traffic in the background of a test: when it stops, the test is told why, and does not wait in vain."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from hub.errors import Unconfirmed
from tests.acceptance.traffic import background

LONG = 60.0


async def fails() -> None:
    raise Unconfirmed("no-confirm", "The broker did not confirm the message; send it again.")


async def ends() -> None:
    return


@pytest.mark.parametrize(("work", "why"), [(fails, Unconfirmed), (ends, AssertionError)])
async def test_traffic_that_stops_by_itself_ends_the_block_with_its_error(
    work: Callable[[], Coroutine[Any, Any, None]], why: type[Exception]
) -> None:
    with pytest.raises(ExceptionGroup) as raised:
        async with background(work()):
            await asyncio.sleep(LONG)
    assert [type(error) for error in raised.value.exceptions] == [why]


async def test_traffic_goes_on_until_the_block_ends() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def goes_on() -> None:
        began.set()
        try:
            await asyncio.sleep(LONG)
        finally:
            ended.set()

    async with background(goes_on()):
        await began.wait()
    assert ended.is_set()
