"""A supervisor goes on, whatever comes, until it is told to stop."""

import asyncio
import sys

import pytest

from hub.amqp import supervision
from hub.amqp.supervision import forever, patiently
from hub.errors import BrokerAway
from tests.patience import CEILING


async def test_work_that_fails_unexpectedly_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "LONGEST_PAUSE", 0.0)
    begun, told = asyncio.Queue[int](), list[BaseException | None]()

    async def fail() -> None:
        begun.put_nowait(1)
        raise KeyError("a bug")

    task = asyncio.create_task(forever(fail, lambda: told.append(sys.exception())))
    async with asyncio.timeout(CEILING):
        for _ in range(3):
            await begun.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert {type(one) for one in told} == {KeyError}


async def test_an_absent_broker_is_asked_until_it_answers() -> None:
    failures: list[BrokerAway] = []

    async def attempt() -> str:
        if len(failures) < 3:
            raise BrokerAway("x")
        return "here"

    async with asyncio.timeout(CEILING):
        assert await patiently(attempt, failures.append) == "here"
    assert len(failures) == 3
