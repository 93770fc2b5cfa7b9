"""One recipient's messages of one lane, on their way: some at a time, and none while the recipient is backed off."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from hub.ports import OutboxRow
from hub.routing.limits import Backoff

AT_A_TIME = 50
"""Unconfirmed publishes on one channel: more gains nothing on a quorum queue."""
HELD_AGAINST = 15.0
"""Seconds after a back-off in which one more try must have ended, well or not."""
MOST_WAITING = 200
"""Rows that wait in memory; more stay in the database."""
STUCK = 2.0
"""Seconds without any outcome after which a line is its recipient's affair, and nobody waits for it."""


class Line:
    """Runs `publish` over what is added, in order, `AT_A_TIME` together."""

    def __init__(self, publish: Callable[[OutboxRow], Awaitable[bool]], backoff: Backoff) -> None:
        self._publish = publish
        self._backoff = backoff
        self._waiting: deque[OutboxRow] = deque()
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        self._until = 0.0
        self._moved = 0.0
        self.code = ""
        """Of the failure that began the last back-off."""

    @property
    def blocked(self) -> bool:
        """Backed off: its rows stay in the database."""
        return time.monotonic() < self._until

    @property
    def struggles(self) -> bool:
        """Its last publish failed, and not so long ago that another process may have taken its rows since."""
        return self._failures > 0 and time.monotonic() < self._until + HELD_AGAINST

    @property
    def takes_no_more(self) -> bool:
        """Blocked, or so slow that its next rows may as well stay in the database, where they hold up no others."""
        return self.blocked or len(self._waiting) >= AT_A_TIME

    @property
    def is_full(self) -> bool:
        return len(self._waiting) >= MOST_WAITING

    @property
    def is_stuck(self) -> bool:
        """It cannot be said when what is in it is sent."""
        return self.blocked or time.monotonic() - self._moved > STUCK

    def add(self, row: OutboxRow) -> None:
        self._waiting.append(row)
        if self._task is None or self._task.done():
            self._moved = time.monotonic()
            self._task = asyncio.create_task(self._run())

    async def working(self) -> None:
        """Until nothing is waiting."""
        if self._task is not None:
            await asyncio.wait({self._task})

    def stop(self) -> None:
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()

    def worked(self) -> bool:
        """A publish was confirmed; whether that ends a back-off."""
        ended, self._failures = self._failures > 0, 0
        return ended

    @property
    def wait(self) -> float:
        """Seconds for which to leave the recipient alone."""
        return self._backoff.delay(self._failures).total_seconds()

    def pause(self, seconds: float, code: str) -> None:
        """Leave the recipient alone for so long: nothing can be made ready for it."""
        self._until, self.code = time.monotonic() + seconds, code

    def failed(self) -> bool:
        """A publish was not confirmed; whether a back-off begins. Those that fail together count once."""
        if self.blocked:
            return False
        self._failures += 1
        self._until = time.monotonic() + self.wait
        return True

    async def _run(self) -> None:
        while self._waiting:
            some = [self._waiting.popleft() for _ in range(min(AT_A_TIME, len(self._waiting)))]
            await asyncio.gather(*(self._one(row) for row in some))

    async def _one(self, row: OutboxRow) -> None:
        await self._publish(row)
        self._moved = time.monotonic()
