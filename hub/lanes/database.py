"""Patience with the database: while it is of no use, what is in hand waits; two batches that met run again.

What somebody else has locked (`Busy`) is waited for too, unless the caller can go on without it: then it goes by
`unless_busy`.

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

from hub.errors import Busy, Clash, Standstill, Surroundings
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
            OurFault: the database refused it for another reason than being away, or busy with somebody else.
        """
        return await self._while_it_fails(transaction, Standstill, Busy)

    async def unless_busy(self, transaction: Callable[[], Awaitable[_T]]) -> _T:
        """The same, for who need not wait for what somebody else has locked.

        Raises:
            Busy: somebody has.
            OurFault: as above.
        """
        return await self._while_it_fails(transaction, Standstill)

    async def _while_it_fails(self, transaction: Callable[[], Awaitable[_T]], *waited_for: type[Surroundings]) -> _T:
        who = object()
        try:
            async for attempt in self._while(waited_for, who):
                with attempt:
                    result = await through_clashes(transaction)
        finally:
            self.health.waits_no_more(who)
        return result

    def _while(self, waited_for: tuple[type[Surroundings], ...], who: object) -> AsyncRetrying:
        return AsyncRetrying(
            retry=retry_if_exception_type(waited_for),
            wait=wait_random_exponential(0.05, self.longest),
            stop=stop_never,
            before_sleep=lambda state: self._note(who, state),
            reraise=True,
        )

    def _note(self, who: object, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        assert isinstance(error, Surroundings)
        self.health.stands_still(who, error, state.attempt_number)


async def through_clashes(transaction: Callable[[], Awaitable[_T]]) -> _T:
    """The transaction's result, for who waits for nothing: it runs again only where it met another."""
    async for attempt in _after_clash():
        with attempt:
            result = await transaction()
    return result


async def standing_still(transaction: Callable[[], Awaitable[_T]]) -> _T:
    """A transaction that only keeps what it is given: what it lacks is no message's, so that all must wait for it.

    Raises:
        Standstill: for every lack.
        Busy: what it would write is locked.
    """
    try:
        return await transaction()
    except (Standstill, Busy):
        raise
    except Surroundings as lack:
        raise Standstill(lack.code, lack.sentence, lack.about) from lack


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
