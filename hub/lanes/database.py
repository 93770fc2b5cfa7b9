"""Patience with the database: while it does not answer, what is in hand waits; two batches that met run again.

The only short in-process retry on it (tenacity). A *message* is retried by its stored fate, never here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    stop_never,
    wait_random_exponential,
)

from hub.errors import Clash, DatabaseAway
from hub.lanes.health import Health
from hub.telemetry import LogEvent

_log = structlog.get_logger()
_T = TypeVar("_T")
_CLASHES = 10


@dataclass(frozen=True, slots=True)
class Patient:
    """Runs a transaction until the database has answered: `await patient(lambda: transaction())`.

    Attributes:
        longest: seconds between two tries, at most.
    """

    health: Health
    longest: float = field(default=2.0)

    async def __call__(self, transaction: Callable[[], Awaitable[_T]]) -> _T:
        """The transaction's result.

        Raises:
            OurFault: the database refused it for another reason than being away or busy with another batch.
        """
        who = object()
        try:
            async for attempt in self._while_away(who):
                with attempt:
                    result = await self._through_clashes(transaction)
        finally:
            self.health.waits_no_more(who)
        return result

    async def _through_clashes(self, transaction: Callable[[], Awaitable[_T]]) -> _T:
        async for attempt in _after_clash():
            with attempt:
                result = await transaction()
        return result

    def _while_away(self, who: object) -> AsyncRetrying:
        return AsyncRetrying(
            retry=retry_if_exception_type(DatabaseAway),
            wait=wait_random_exponential(0.05, self.longest),
            stop=stop_never,
            before_sleep=lambda state: self.health.database_away(who, state.attempt_number),
            reraise=True,
        )


def _after_clash() -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception_type(Clash),
        wait=wait_random_exponential(0.005, 0.2),
        stop=stop_after_attempt(_CLASHES),
        before_sleep=_clashed,
        reraise=True,
    )


def _clashed(state: RetryCallState) -> None:
    _log.warning(LogEvent.BATCH_RERUN, attempt=state.attempt_number)
