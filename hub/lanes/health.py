"""Whether this worker can do its work, as it has seen itself: what readiness and the logs go by."""

import time

import structlog

from hub.telemetry import LogEvent

_log = structlog.get_logger()


class Health:
    """Notes when the database went away and came back; each change is logged once.

    Away for as long as anything waits for it: a full disk refuses what writes, and answers what reads.
    """

    def __init__(self) -> None:
        self._waiting: set[object] = set()
        self._away_since = 0.0

    @property
    def database(self) -> bool:
        """Whether nothing waits for the database."""
        return not self._waiting

    def database_away(self, who: object, attempt: int) -> None:
        """It did not answer this one, which waits."""
        if not self._waiting:
            self._away_since = time.monotonic()
            _log.error(LogEvent.DATABASE_AWAY, attempt=attempt)
        self._waiting.add(who)

    def waits_no_more(self, who: object) -> None:
        """This one was answered, or gave up."""
        if who in self._waiting:
            self._waiting.remove(who)
            if not self._waiting:
                _log.info(LogEvent.DATABASE_BACK, seconds=time.monotonic() - self._away_since)
