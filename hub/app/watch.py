"""A worker's eye on itself: says every second whether it can work, and gives its messages away when it cannot.

A worker whose database has been away for a while, or that can decide nothing for want of something else, holds what
the broker gave it, hundreds of messages a partner. Another worker, on another machine, may well be able to: so it
gives them back, and reads again when it can decide. Not at once, as all of it is brought once more then.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import structlog

from hub.app.memory import Remembered
from hub.app.own_keys import KeyWatch
from hub.app.readiness import Unready, Word
from hub.broker.consumer import Consumers
from hub.broker.publisher import Publisher
from hub.canonical.belief import Doubt
from hub.lanes.health import Health
from hub.lanes.keys import PeriodKeys
from hub.lanes.relay import Relay
from hub.lanes.stepping import KeyStanding
from hub.telemetry import LogEvent

_log = structlog.get_logger()
LOOK_EVERY = 1.0
GIVE_BACK_AFTER = 5.0
"""Seconds in which nothing can be decided."""
STANDS_STILL = (
    Unready.DATABASE_AWAY,
    Unready.DATABASE_CERTIFICATE,
    Unready.DATABASE_BUSY,
    Unready.DATABASE_EMPTY,
    Unready.DATABASE_NOT_DURABLE,
    Unready.RECOVERY_NEEDED,
    Unready.DATABASE_ERROR,
    Unready.DIRECTORY_MISSING,
    Unready.DIRECTORY_NEWER,
    Unready.DIRECTORY_DAMAGED,
    *(Unready(one.value) for one in KeyStanding if one is not KeyStanding.READY),
)
"""Reasons for which nothing can be decided: codes of `errors.Standstill`."""
GIVES_BACK = frozenset(STANDS_STILL) - {Unready.DATABASE_BUSY}
"""Those for which another worker may be able to: what is locked is so for all."""


@dataclass
class Watch:
    """`run` for as long as the worker lives."""

    health: Health
    keys: KeyWatch
    consumers: Consumers
    publisher: Publisher
    relay: Relay
    periods: PeriodKeys
    word: Word
    memory: Remembered
    doubts: Callable[[], frozenset[Doubt]] = frozenset
    """Why the clock is doubted now."""
    _starting: bool = True
    _doubted: frozenset[Doubt] = frozenset()
    _since: dict[Unready, float] = field(default_factory=dict)
    _paused: bool = False

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._say_for_ever())
                tasks.create_task(self._give_back_for_ever())
        finally:
            self.memory.keep()

    def takes_messages(self) -> None:
        """It has started."""
        self._starting = False
        self._say()

    async def _say_for_ever(self) -> None:
        while True:
            self._say()
            self.memory.keep()
            await asyncio.sleep(LOOK_EVERY)

    def _say(self) -> None:
        unready = list(self._unready())
        self._log_turns(unready)
        self._log_doubts(doubts := self.doubts())
        self.word.say([Unready.STARTING, *unready] if self._starting else unready, doubts, self.consumers.cut_off)

    async def _give_back_for_ever(self) -> None:
        """Apart from saying: a broker that does not answer either lets a pause take long."""
        while True:
            await self._pause_or_resume()
            await asyncio.sleep(LOOK_EVERY)

    def _unready(self) -> Iterator[Unready]:
        reasons = self.health.reasons
        yield from (one for one in STANDS_STILL if one.value in reasons)
        if not self.keys.here:
            yield Unready.KEYS_MISSING
        if self.consumers.untrusted:
            yield Unready.BROKER_CERTIFICATE
        elif self.consumers.cut_off:
            yield Unready.QUEUES_CUT_OFF
        elif not self.consumers.healthy:
            yield Unready.QUEUES_UNREAD
        if any(one.blocked for one in self.publisher.report().values()):
            yield Unready.BROKER_BLOCKED
        if not self.relay.confirmed:
            yield Unready.UNCONFIRMED
        if (standing := self.periods.standing) is not KeyStanding.READY and standing.value not in reasons:
            yield Unready(standing.value)

    def _log_turns(self, unready: list[Unready]) -> None:
        now = time.monotonic()
        for reason in Unready:
            if reason in unready and reason not in self._since:
                self._since[reason] = now
                _log.warning(LogEvent.WORKER_UNREADY, code=reason.value)
            elif reason not in unready and reason in self._since:
                _log.info(LogEvent.WORKER_READY, code=reason.value, seconds=now - self._since.pop(reason))

    def _log_doubts(self, doubts: frozenset[Doubt]) -> None:
        for doubt in sorted(doubts - self._doubted):
            _log.error(LogEvent.CLOCK_DOUBTED, code=doubt.value)
        if self._doubted and not doubts:
            _log.info(LogEvent.CLOCK_BELIEVED)
        self._doubted = doubts

    async def _pause_or_resume(self) -> None:
        since = [self._since[one] for one in GIVES_BACK if one in self._since]
        if self._paused and not since:
            self._paused = False
            await self.consumers.resume()
        elif not self._paused and since and time.monotonic() - min(since) > GIVE_BACK_AFTER:
            self._paused = True
            await self.consumers.pause()
