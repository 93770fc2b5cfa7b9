"""The moment that is believed, told by this process between two looks at the database's clock.

What a worker does by the moment (which key is newest, whose queues are read, what it writes on a message) must fit what
its batches decide, and those go by the database's clock, judged (`hub/store/clocks.py`). A machine's own clock is only
asked how much time has passed since the last look.
"""

import time
from datetime import datetime, timedelta


class DatabaseClock:
    """`clock()` is the moment; `put_right` with what the store says it is, every now and then."""

    def __init__(self, now: datetime) -> None:
        self.put_right(now)

    def put_right(self, now: datetime) -> None:
        self._at, self._looked = now, time.monotonic()

    def __call__(self) -> datetime:
        return self._at + timedelta(seconds=time.monotonic() - self._looked)
