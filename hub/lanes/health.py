"""Whether this worker can do its work, as it has seen itself: what readiness and the logs go by."""

import time

import structlog

from hub.telemetry import LogEvent

_log = structlog.get_logger()


class Health:
    """Notes when the database went away and came back; each change is logged once."""

    def __init__(self) -> None:
        self._away_since: float | None = None

    @property
    def database(self) -> bool:
        """Whether the database answered last time."""
        return self._away_since is None

    def database_away(self) -> bool:
        """It did not answer; whether that is news."""
        news = self._away_since is None
        if news:
            self._away_since = time.monotonic()
        return news

    def database_answers(self) -> None:
        """It answered."""
        if self._away_since is not None:
            _log.info(LogEvent.DATABASE_BACK, seconds=time.monotonic() - self._away_since)
            self._away_since = None
