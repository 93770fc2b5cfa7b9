"""How much lies in the queues of partners: by the management API, or, where that does not answer, by the queues.

A queue itself says only what waits in it. What a reader has in hand and has not acknowledged then counts as taken, and
may go out once more: that copy waits in the queue, where it is seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from hub.app.hub import Hub
from hub.broker.admin import Depth
from hub.broker.readers import told_by
from hub.broker.topology import ASIDE, FROM_HUB
from hub.canonical.codes import Lane
from hub.errors import BrokerAway, HubError, OperatorError
from hub.ids import PartnerId
from hub.telemetry import LogEvent

_log = structlog.get_logger()
NOTHING = Depth(0, 0, 0)
"""In a queue that is not there: its partner has ended, or the broker has lost its disk."""


@dataclass(slots=True)
class BrokerDepths:
    """`lying` is what `lanes/resending.py` asks."""

    hub: Hub
    _failing: str = field(default="")

    async def lying(self, partner: PartnerId) -> Mapping[Lane, int]:
        try:
            counted = await self._counted(partner)
        except (BrokerAway, OperatorError) as error:
            self._note(error)
            return await self._by_queues(partner)
        self._failing = ""
        return counted

    async def _counted(self, partner: PartnerId) -> Mapping[Lane, int]:
        async with self.hub.admin() as admin:
            depths = await admin.depths(partner)
        # While a queue is made anew, what was in it lies beside.
        known = {lane: [depths.get(one, NOTHING) for one in (name, ASIDE[name])] for lane, name in FROM_HUB.items()}
        counted = {lane: both for lane, both in known.items() if all(depth.counted for depth in both)}
        return {lane: sum(depth.ready + depth.unacked for depth in both) for lane, both in counted.items()}

    async def _by_queues(self, partner: PartnerId) -> Mapping[Lane, int]:
        try:
            told = await told_by(self.hub.connector, partner, [*FROM_HUB.values()])
        except BrokerAway:
            return {}
        return {lane: told[name].ready for lane, name in FROM_HUB.items()}

    def _note(self, error: HubError) -> None:
        """Once, until it answers again."""
        if error.code != self._failing:
            _log.warning(LogEvent.QUEUES_NOT_COUNTED, code=error.code)
        self._failing = error.code
