"""What ends the process."""

import os
import signal
from collections.abc import Callable

import structlog

from hub.ops.crash.points import CrashAt
from hub.ops.logging import drain
from hub.telemetry import LogEvent

_log = structlog.get_logger()
SAID_WITHIN = 10.0
"""Seconds."""


def die() -> None:
    """As power failure does: nothing is flushed, closed or rolled back."""
    os.kill(os.getpid(), signal.SIGKILL)


class Fuse:
    """Told of every point that is come to; burns at the one that was asked for, once."""

    def __init__(self, at: CrashAt, end: Callable[[], None] = die) -> None:
        self._at = at
        self._left = at.number
        self._end = end

    def __call__(self, point: str) -> None:
        if point != self._at.point:
            return
        self._left -= 1
        if self._left == 0:
            _log.warning(LogEvent.CRASH_POINT, at=point)
            drain(SAID_WITHIN)  # by which a test knows that it died here
            self._end()
