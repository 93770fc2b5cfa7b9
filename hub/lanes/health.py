"""Whether this worker can do its work, as it has seen itself: what readiness and the logs go by."""

import time

import structlog

from hub.errors import DatabaseAway, DatabaseCertificate, Surroundings
from hub.telemetry import LogEvent

_log = structlog.get_logger()


class Health:
    """Notes for want of what nothing can be decided, and when that is over; each turn is logged once.

    A database is away for as long as anything waits for it: a full disk refuses what writes, and answers what reads.
    """

    def __init__(self) -> None:
        self._waiting: dict[object, str] = {}
        self._since: dict[str, float] = {}

    @property
    def database(self) -> bool:
        """Whether nothing waits, for the database or for what makes its answers of use."""
        return not self._waiting

    @property
    def reasons(self) -> frozenset[str]:
        """Codes of `errors.Standstill` and `errors.Busy`, of what is waited for now."""
        return frozenset(self._waiting.values())

    def stands_still(self, who: object, error: Surroundings, attempt: int) -> None:
        """This one waits, and asks again."""
        former = self._waiting.get(who)
        self._waiting[who] = error.code
        if error.code not in self._since:
            self._since[error.code] = time.monotonic()
            if isinstance(error, DatabaseAway):
                _log.error(LogEvent.DATABASE_AWAY, attempt=attempt)
            elif isinstance(error, DatabaseCertificate):
                _log.error(LogEvent.CERTIFICATE_REFUSED, code=error.code, detail=error.problem)
            else:
                _log.error(LogEvent.LACK_BEGUN, code=error.code)
        if former is not None and former != error.code:
            self._end(former)

    def waits_no_more(self, who: object) -> None:
        """This one was answered, or gave up."""
        if who in self._waiting:
            self._end(self._waiting.pop(who))

    def _end(self, code: str) -> None:
        if code in self.reasons:
            return
        seconds = time.monotonic() - self._since.pop(code)
        if code == DatabaseAway().code:
            _log.info(LogEvent.DATABASE_BACK, seconds=seconds)
        else:
            _log.info(LogEvent.LACK_ENDED, code=code, seconds=seconds)
