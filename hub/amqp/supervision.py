"""What goes on for as long as a process lives, whatever the broker or a bug does to it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from hub.errors import BrokerAway

T = TypeVar("T")
LONGEST_PAUSE = 5.0
"""Seconds."""


async def forever(work: Callable[[], Awaitable[None]], crashed: Callable[[], None]) -> None:
    """Do it again and again, whatever comes, until cancelled: nobody would see a supervisor that ended.

    Args:
        crashed: is told of a bug, while its exception is the current one.
    """
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001  a bug here must not end reading or publishing in silence
            crashed()
            await asyncio.sleep(LONGEST_PAUSE)


async def patiently(attempt: Callable[[], Awaitable[T]], failed: Callable[[BrokerAway], None]) -> T:
    """Try until the broker answers, with longer and longer pauses of random length."""
    retrying = AsyncRetrying(
        wait=wait_random_exponential(multiplier=0.1, max=LONGEST_PAUSE),
        retry=retry_if_exception_type(BrokerAway),
        after=lambda state: failed(_failure(state)),
    )
    async for one in retrying:  # given a plain function that makes an awaitable, tenacity would not await it
        with one:
            result = await attempt()
    return result


def _failure(state: RetryCallState) -> BrokerAway:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, BrokerAway) else BrokerAway()
