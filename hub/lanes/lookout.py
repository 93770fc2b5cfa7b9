"""One look at the database for all that a process waits for, and no more of them than it takes.

Theory. Each lane looked by itself, twice a second, for each kind of thing that may be due: nearly all of those looks
found nothing. Now one transaction says what there may be (`ports.Glance`), and each lane takes what is its own. A look
comes when the next thing is due, as far as the last one saw; at once, but half a second after the last one, when this
process has committed something, as that may be due at once; else after a second, for what others and operators have
made due since. Nobody tells another process: what a worker makes due it finds itself, and if it dies first, the others
find it within that second. (LISTEN would tell them, but not through PgBouncer in transaction mode, and NOTIFY lets one
commit at a time.)
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import datetime

from hub.lanes.database import Patient
from hub.ports import Glance, Store

LOOK_EVERY, IDLE = 0.5, 1.0
"""Seconds between two looks: at least, and at most."""


class Lookout:
    """Each lane asks for a glance `after` the last that it had.

    Args:
        tell: is told the moment, as each look finds it.
    """

    def __init__(self, store: Store, patient: Patient, tell: Callable[[datetime], None] = lambda _: None) -> None:
        self._store, self._patient, self._tell = store, patient, tell
        self._turn = asyncio.Lock()
        self._last: Glance | None = None
        self._looked = 0.0
        self._soon, self._at_once = asyncio.Event(), False

    def soon(self) -> None:
        """Something was committed here: it may be due."""
        self._soon.set()

    def at_once(self) -> None:
        """There was more than could be taken at a time."""
        self._at_once = True
        self._soon.set()

    async def after(self, former: Glance | None) -> Glance:
        """A newer one than this. One of those that ask looks, when it is time, and the others get what it found."""
        if self._last is not None and self._last is not former:  # its lane was busy meanwhile
            return self._last
        async with self._turn:
            if self._last is None or self._last is former:
                await self._wait()
                self._looked = time.monotonic()
                self._last = await self._patient(self._store.glance)
                self._tell(self._last.now)
            return self._last

    async def _wait(self) -> None:
        if self._last is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause(self._last) - self._passed()):
                await self._soon.wait()
        if not self._at_once:
            await asyncio.sleep(LOOK_EVERY - self._passed())
        self._soon.clear()
        self._at_once = False

    def _passed(self) -> float:
        return time.monotonic() - self._looked


def pause(last: Glance) -> float:
    """Seconds from this look until the next, if nothing happens meanwhile."""
    if last.due.anything:
        return LOOK_EVERY
    if last.due.next_at is None:
        return IDLE
    return min(IDLE, max(LOOK_EVERY, (last.due.next_at - last.now).total_seconds()))
