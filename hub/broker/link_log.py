"""What the hub says of its connections to one partner's virtual host."""

import time

import structlog

from hub.errors import BrokerAway, BrokerCertificate
from hub.ids import PartnerId
from hub.telemetry import LogEvent

_log = structlog.get_logger()


class LinkLog:
    """`amqp.link.Observer`: each change is said once."""

    def __init__(self, partner: PartnerId) -> None:
        self._log = _log.bind(partner=partner)
        self._away_since: float | None = None
        self._untrusted = False

    def away(self, error: BrokerAway) -> None:
        if isinstance(error, BrokerCertificate):
            if not self._untrusted:
                self._log.error(LogEvent.CERTIFICATE_REFUSED, code=error.code, detail=error.problem)
        elif self._away_since is None:
            self._log.warning(LogEvent.BROKER_AWAY, attempt=1)
        self._untrusted = isinstance(error, BrokerCertificate)
        self._away_since = self._away_since or time.monotonic()

    def back(self) -> None:
        self._untrusted = False
        if self._away_since is not None:
            self._log.info(LogEvent.BROKER_BACK, seconds=time.monotonic() - self._away_since)
            self._away_since = None

    def crashed(self) -> None:
        self._log.exception(LogEvent.CRASHED, at="link")
