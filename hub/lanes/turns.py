"""Work on many things one by one, between which all else that a worker does has its turn."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
LONGEST_TURN = 0.01
"""Seconds. A turn of the loop costs little, but more than many a message does."""


async def unhurried(items: Iterable[T], ticks: Callable[[], float]) -> AsyncIterator[T]:
    """These; before the next one all others have their turn, where those since the last turn took long.

    Args:
        ticks: seconds that only go on.
    """
    since = ticks()
    for one in items:
        if ticks() - since >= LONGEST_TURN:
            await asyncio.sleep(0)
            since = ticks()
        yield one
