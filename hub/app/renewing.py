"""Queues of an earlier version are made anew (`hub/broker/renewal.py`), by the first worker that can.

Not while an older version runs: until then it may be gone back to, and no older `serve` starts on what is made anew.
One that has lost its connections, as when the database was restarted, is back soon.
"""

import asyncio
import time
from dataclasses import dataclass, field

import structlog

from hub.app.hub import Hub
from hub.broker.renewal import QUIET, Outcome, renew
from hub.errors import HubError
from hub.ids import PartnerId
from hub.ports import Clock
from hub.telemetry import LogEvent

_log = structlog.get_logger()
LOOK_EVERY = 5.0
AGAIN = 600.0
"""Seconds until it is tried again where the readers of a queue did not empty it in time."""
GONE_FOR = 60.0
"""Seconds in which no older version was connected: then none runs."""
AT_ONCE = 16
"""Partners side by side: with each it takes a minute, most of it waiting."""


@dataclass(slots=True)
class Renewing:
    """`run` for as long as a process lives; one a machine is enough, and more do no harm."""

    hub: Hub
    clock: Clock
    quiet: float = QUIET
    gone_for: float = GONE_FOR
    _alone_since: float | None = None
    _done: set[PartnerId] = field(default_factory=set)
    _tried_at: dict[PartnerId, float] = field(default_factory=dict)
    _failing: set[PartnerId] = field(default_factory=set)

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Do it for each partner that the hub reads and that it is not done for yet."""
        try:
            older = await self.hub.database.older_connections()
            directory, now = await self.hub.database.store.directory(), await self.hub.now()
        except HubError:
            self._alone_since = None
            return  # whoever works with the database says that it is away
        if older:
            self._alone_since = None
            return
        self._alone_since = time.monotonic() if self._alone_since is None else self._alone_since
        if time.monotonic() - self._alone_since < self.gone_for:
            return
        room = asyncio.Semaphore(AT_ONCE)
        left = [one for one in directory.partners.values() if one.is_read(now) and self._is_due(one.id)]
        await asyncio.gather(*(self._renew(one.id, room) for one in left))

    def _is_due(self, partner: PartnerId) -> bool:
        tried = self._tried_at.get(partner)
        return partner not in self._done and (tried is None or time.monotonic() - tried >= AGAIN)

    async def _renew(self, partner: PartnerId, room: asyncio.Semaphore) -> None:
        """What cannot be done for one keeps nothing from the others; it is said once, and tried again."""
        try:
            async with room, self.hub.admin() as admin:
                directory = await self.hub.database.store.directory()  # its limits may have changed while it waited
                limits = self.hub.limits_of(directory.partners[partner])
                outcome = await renew(self.hub.connector, admin, partner, limits, self.clock, self.quiet)
            if outcome is Outcome.DONE:
                self._done.add(partner)
            elif outcome is Outcome.NOT_EMPTIED:
                self._tried_at[partner] = time.monotonic()
        except HubError as error:
            if partner not in self._failing:
                _log.warning(LogEvent.RENEWAL_FAILED, partner=partner, code=error.code)
            self._failing.add(partner)
        else:
            self._failing.discard(partner)
