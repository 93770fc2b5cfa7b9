"""A worker's signs of life, from a thread: what it decides may hold its event loop for a while, and is well.

For a while only: a loop that has had no turn for `longest` hangs, and so does whoever waits for it. Then this says
nothing any more, and its supervisor ends it after that time again. Nor does a process that is stopped, or that holds
the interpreter, say anything.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

TURN_EVERY = 0.5


class Pulse:
    """Args:
    beat: says it once. Not whether broker or database answer: for them a worker waits, and is well.
    longest: seconds without a turn of the loop.
    every: seconds between two signs of life.
    """

    def __init__(
        self, beat: Callable[[], None], longest: float, every: float, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._beat, self._longest, self._every, self._ticks = beat, longest, every, ticks
        self._turned = ticks()
        self._over = threading.Event()

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """As long as this runs."""
        turning = asyncio.create_task(self._turn())
        # A daemon: a process whose loop hangs must be able to end.
        threading.Thread(target=self._run, name="pulse", daemon=True).start()
        try:
            yield
        finally:
            self._over.set()
            turning.cancel()

    async def _turn(self) -> None:
        while True:
            self._turned = self._ticks()
            await asyncio.sleep(TURN_EVERY)

    def _run(self) -> None:
        while True:
            if self._ticks() - self._turned < self._longest:
                self._beat()
            if self._over.wait(self._every):
                return
