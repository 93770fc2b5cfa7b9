"""Terms that were taken, decided and committed; a fault on one stops no other."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from hub.errors import Busy, OurFault, Standstill, Surroundings
from hub.lanes.alarms import fire
from hub.lanes.fate import lack_of
from hub.lanes.steps import Offer, Steps
from hub.ports import DueTimer
from hub.telemetry import LogEvent

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Firing:
    """`offer` takes what a commit put in the outbox."""

    steps: Steps
    offer: Offer

    async def fire(self, passed: Sequence[DueTimer], *, hasty: bool = False) -> None:
        """One transaction; if the database refuses it, halved until the culprit is alone, which waits for its lease."""
        steps = self.steps
        try:
            changes = await steps.attempt(lambda: fire(passed, steps.store, steps.setting, hasty=hasty))
        except Standstill:
            raise
        except OurFault as error:
            await self._narrow(passed, error, hasty=hasty)
            return
        self.offer(changes.outbox)

    async def _narrow(self, passed: Sequence[DueTimer], error: OurFault, *, hasty: bool) -> None:
        half = len(passed) // 2
        if isinstance(error, Busy) and not hasty:
            await self.fire(passed, hasty=True)
        elif half:
            await self.fire(passed[:half], hasty=hasty)
            await self.fire(passed[half:], hasty=hasty)
        elif isinstance(error, Surroundings):
            await self.steps.lacks(lack_of(error))
        else:
            _log.error(LogEvent.TERM_FAILED, case=passed[0].case, term=passed[0].name, code=error.code)
