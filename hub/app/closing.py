"""Retirement has an end: a connection that is closing is emptied, and has ended when nothing is left of it.

    shut     it may send no more; what the broker had confirmed to it before lies in its queues, and counts
    emptied  its intake is read and its retries and quarantine are decided, as of any other (`lanes/intake.py`); what
             waits for it goes to who stands in its place: from the outbox here, from its queues by `batch.take_back`
    ended    nothing was left in two looks so far apart that the broker has counted anew between them
    gone     its user and virtual host go, when every worker has let go of them; never a queue with something in it

Every step can be taken again, by any process: one that dies between two leaves the rest to the next look. The clock
decides none of them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from hub.app.hub import Hub
from hub.broker.admin import Admin, Depth
from hub.broker.topology import ASIDE, DEAD, FROM_HUB, INTAKE, NOTHING, READER, Permissions
from hub.canonical.partners import Directory, Life, Partner
from hub.errors import HubError, OperatorError
from hub.ids import CaseId, PartnerId
from hub.lanes.lookout import Lookout
from hub.ports import Glance, Waiting
from hub.routing.changes import end_partner
from hub.routing.directory import behind, next_connection
from hub.telemetry import LogEvent

_log = structlog.get_logger()
LOOK_EVERY = 2.0
QUIET = 12.0
"""Seconds in which nothing may be left: the broker counts what is in its queues every five."""
LET_GO = timedelta(seconds=10)
"""After this every worker has seen that a partner has ended: each looks at the directory once a second."""
AT_ONCE = 200
OWE_EVERY, OWE_AT_ONCE = 10.0, 50
"""Seconds, less than `QUIET`; cases in one transaction."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a connection that is closing, and for it: numbers of messages."""

    intake: int
    dead: int
    unread: int
    waiting: Waiting
    uncounted: int = 0
    """Queues of which the broker does not say what they hold: nobody may take them for empty."""

    @property
    def nothing(self) -> bool:
        return self == Left(0, 0, 0, Waiting(0, 0, 0))

    def words(self) -> str:
        """Such as `2 to be read, 1 in quarantine`."""
        named = {
            "to be read": self.intake,
            "came back": self.dead,
            "to be tried again": self.waiting.retries,
            "in quarantine": self.waiting.quarantined,
            "in its queues": self.unread,
            "to be sent": self.waiting.outgoing,
            "queues that nobody counts": self.uncounted,
        }
        return ", ".join(f"{number} {what}" for what, number in named.items() if number) or "nothing"


async def left_of(hub: Hub, partner: PartnerId, depths: Mapping[str, Depth]) -> Left:
    """What is left of this connection; `depths` are those of its queues, none if its virtual host is gone."""
    return left_in(depths, await hub.database.waiting(partner))


def left_in(depths: Mapping[str, Depth], waiting: Waiting) -> Left:
    held = {name: depth.held for name, depth in depths.items()}
    intake, unread = (
        sum(held.get(name, 0) for queue in queues.values() for name in (queue, ASIDE[queue]))
        for queues in (INTAKE, FROM_HUB)
    )
    uncounted = sum(not depth.counted for depth in depths.values())
    return Left(intake, held.get(DEAD, 0), unread, waiting, uncounted)


def heir_of(directory: Directory, partner: Partner, now: datetime) -> Partner | None:
    """Who stands in the place of a connection that is closing or has ended."""
    found = next_connection(directory, partner, now)
    return None if found.id == partner.id else found


def rights(heir: Partner | None) -> Permissions:
    """What a partner that is closing may do: fetch what lies for it, unless another gets that."""
    return NOTHING if heir else READER


@dataclass(slots=True)
class Closing:
    """See the module. `run` for as long as a process lives; one a machine is enough, and more do no harm.

    `owe` makes of each case that it is given a step of its triage, if who holds it has ended; `move` has what waits for
    this connection wait for who stands in its place, so many at most, and says how many that were.
    """

    hub: Hub
    owe: Callable[[Sequence[CaseId]], Awaitable[None]]
    move: Callable[[PartnerId, int], Awaitable[int]]
    quiet: float = QUIET
    let_go: timedelta = LET_GO
    _quiet_since: dict[PartnerId, float] = field(default_factory=dict)
    _gone: set[PartnerId] = field(default_factory=set)
    _failing: set[PartnerId] = field(default_factory=set)
    _owed_at: dict[PartnerId, float] = field(default_factory=dict)

    async def run(self, lookout: Lookout) -> None:
        """Look again and again while there is anything to end, until cancelled."""
        glance: Glance | None = None
        while True:
            glance = await lookout.after(glance)
            if any(self._is_to_end(one, glance.now) for one in glance.directory.partners.values()):
                await self.look()
            await asyncio.sleep(LOOK_EVERY)

    def _is_to_end(self, partner: Partner, now: datetime) -> bool:
        return partner.life(now) is Life.CLOSING or (partner.ended_at is not None and partner.id not in self._gone)

    async def look(self) -> None:
        """One step further with each partner that is closing or has ended."""
        try:
            directory, now = await self.hub.database.store.directory(), await self.hub.now()
        except HubError:
            return  # whoever works with the database says that it is away
        for partner in directory.partners.values():
            if partner.life(now) is Life.CLOSING:
                await self._safely(partner, lambda: self._close(directory, partner, now))  # noqa: B023
            elif partner.ended_at is not None and partner.id not in self._gone and now - partner.ended_at > self.let_go:
                await self._safely(partner, lambda: self._remove(partner))  # noqa: B023

    async def _safely(self, partner: Partner, step: Callable[[], Awaitable[None]]) -> None:
        """What cannot be done for one keeps nothing from the others; it is said once, and tried again."""
        try:
            await step()
        except HubError as error:
            self._quiet_since.pop(partner.id, None)  # a broker that begins anew has counted nothing yet
            if partner.id not in self._failing:
                _log.warning(LogEvent.CLOSING_FAILED, partner=partner.id, code=error.code)
            self._failing.add(partner.id)
        else:
            self._failing.discard(partner.id)

    async def _close(self, directory: Directory, partner: Partner, now: datetime) -> None:
        heir = heir_of(directory, partner, now)
        async with self.hub.admin() as admin:
            await shut(self.hub, admin, partner.id, heir)
            if heir is not None:
                await self._move(partner.id, heir.id)
            else:
                await self._hand_to_triage(directory, partner)
            left = await left_of(self.hub, partner.id, await admin.depths(partner.id))
        if self._is_quiet(partner.id, left):
            await self._end(partner.id)

    async def _hand_to_triage(self, directory: Directory, partner: Partner) -> None:
        """Asked again now and then: a yes that it had sent may make it a holder while it is closing.

        With what it holds goes what one held in whose place it came: a case says so when it is next touched only.
        """
        last = self._owed_at.get(partner.id)
        if last is not None and time.monotonic() - last < OWE_EVERY:
            return
        oins = (partner.oin, *behind(directory, partner))
        held = [case for oin in oins for case in await self.hub.database.held_by(oin)]
        for at in range(0, len(held), OWE_AT_ONCE):
            await self.owe(held[at : at + OWE_AT_ONCE])
        self._owed_at[partner.id] = time.monotonic()

    async def _move(self, former: PartnerId, heir: PartnerId) -> None:
        while moved := await self.move(former, AT_ONCE):
            _log.info(LogEvent.OUTGOING_MOVED, partner=former, messages=moved, recipient=heir)

    def _is_quiet(self, partner: PartnerId, left: Left) -> bool:
        if not left.nothing:
            self._quiet_since.pop(partner, None)
            return False
        return time.monotonic() - self._quiet_since.setdefault(partner, time.monotonic()) >= self.quiet

    async def _end(self, partner: PartnerId) -> None:
        now = await self.hub.now()
        await self.hub.database.change_directory(
            f"partner ended {partner}", lambda newest: end_partner(newest, partner, now)
        )
        _log.info(LogEvent.PARTNER_ENDED, partner=partner)

    async def _remove(self, partner: Partner) -> None:
        async with self.hub.admin() as admin:
            if await admin.has_vhost(partner.id):
                depths = await admin.depths(partner.id)
                if any(depth.held or not depth.counted for depth in depths.values()):
                    raise OperatorError("queues-not-empty", "Something is in the queues of a partner that has ended.")
                await admin.remove(partner.id)
        self._gone.add(partner.id)


async def shut(hub: Hub, admin: Admin, partner: PartnerId, heir: Partner | None) -> None:
    """It may send no more, from here on; again changes nothing.

    An operator's command does so, and whoever looks at what is closing, as soon as the directory says it.
    """
    if await admin.is_shut(partner, rights(heir)):
        return
    async with hub.database.one_at_a_time():
        if not await admin.is_shut(partner, rights(heir)):
            await admin.shut(partner, hub.queue_limits, rights(heir))
            _log.info(LogEvent.PARTNER_CLOSING, partner=partner)
