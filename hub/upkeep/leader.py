"""Who keeps house: one worker of all, under a lease with an epoch.

Theory. All workers stand by and look at one row, in which the leader counts its beats (`hub/store/upkeep.py` says how
it is held to them). Whoever sees the beat stand still for a lease takes the lead. How long that is each knows by its
own steady clock, from when it saw the beat last: no two clocks are compared, and none that is wrong makes or ends a
leader. So after a leader that is killed, hangs or vanishes another leads within the lease, a look of a third of that,
and the few seconds for which the server keeps a transaction that is left open. One that ends in order gives its lead
back, and is followed at the next look.

Some would rather not: who doubts its clock lets nothing go, and the acute lane is to be left alone. Such a one yields
to any other, at once, and keeps house only where there is none.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog

from hub.errors import Busy, Deposed, OurFault, Standstill
from hub.lanes.database import through_clashes
from hub.ports import Lead, Store
from hub.telemetry import LogEvent

_log = structlog.get_logger()
_T = TypeVar("_T")
LOOKS = 3
"""Looks, or signs of life, in a lease."""
ROUND_EVERY = 60.0
"""Seconds between two rounds."""
GIVES_BACK_WITHIN = 1.0


class House(Protocol):
    """What there is to be kept."""

    async def keep_house(self) -> None: ...


def may_take(lead: Lead, still: float, lease: float, *, yields: bool) -> bool:
    """Whether a worker may try to take the lead.

    Args:
        still: seconds for which it has not changed, as far as this worker has seen.
        yields: this worker would rather that another had it.
    """
    if still >= lease:
        return True
    return not yields and (lead.leader is None or lead.yields)


@dataclass
class Leader:
    """`run` for as long as the worker lives; `house` is made for the store of each lead that is taken.

    Attributes:
        lease: seconds.
    """

    store: Store
    house: Callable[[Store], House]
    worker: str
    lease: float
    yields: Callable[[], bool]
    steady: Callable[[], float] = time.monotonic
    _failing: str | None = None

    async def run(self) -> None:
        """Stand by, lead, stand by again, until cancelled."""
        while True:
            await self._lead(await self._taken())

    async def _taken(self) -> Lead:
        seen, since = None, self.steady()
        while True:
            lead = await self._asked(self.store.lead)
            if lead is not None:
                since = since if lead == seen else self.steady()
                seen = lead
                mine = await self._tried(lead, self.steady() - since)
                if mine is not None:
                    return mine
            await self._pause()

    async def _tried(self, lead: Lead, still: float) -> Lead | None:
        yields = self.yields()
        if not may_take(lead, still, self.lease, yields=yields):
            return None
        return await self._asked(lambda: self.store.take_lead(lead, self.worker, yields=yields))

    async def _lead(self, mine: Lead) -> None:
        _log.info(LogEvent.UPKEEP_BEGUN, version=mine.epoch)
        store = self.store.under(mine, self.yields)
        house, next_round = self.house(store), self.steady()
        try:
            while True:
                # Asked first: where the database may not be worked on there is no round.
                if await self._asked(store.lead) is not None and self.steady() >= next_round:
                    next_round = self.steady() + ROUND_EVERY
                    await house.keep_house()
                await self._pause()
        except Deposed:
            _log.warning(LogEvent.UPKEEP_TAKEN, version=mine.epoch)
        except asyncio.CancelledError:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GIVES_BACK_WITHIN):
                    await self._asked(lambda: self.store.give_back_lead(mine))
            raise

    async def _asked(self, question: Callable[[], Awaitable[_T]]) -> _T | None:
        """`None` if there is no answer now; what is no outage is said, once."""
        try:
            answer = await through_clashes(question)
        except OurFault as error:
            if not isinstance(error, Busy | Standstill) and self._failing != error.code:
                _log.error(LogEvent.UPKEEP_FAILED, code=error.code)
                self._failing = error.code
            return None
        self._failing = None
        return answer

    async def _pause(self) -> None:
        await asyncio.sleep(self.lease / LOOKS)
