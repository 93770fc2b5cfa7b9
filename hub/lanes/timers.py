"""The lane of time: what somebody waits for is done when it is due, whoever looks first.

Terms remind and raise alarms, stored deliveries are judged again, senders hear that it takes longer. Everything is
taken under a lease or a row lock, so that many workers look and one acts, and a worker that dies leaves it to the next.
Nothing here waits for what somebody else has locked: it comes again. What nobody waits for is upkeep (`hub/upkeep/`).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from hub.canonical.codes import Lane
from hub.errors import Busy, OurFault
from hub.lanes import batch
from hub.lanes.answers import delayed
from hub.lanes.database import Patient, standing_still
from hub.lanes.fate import lack_of
from hub.lanes.firing import Firing
from hub.lanes.lookout import Lookout
from hub.lanes.report import report
from hub.lanes.setting import Setting
from hub.lanes.steps import Offer, Steps
from hub.ports import ALL, Changes, Due, Glance, InboxRow, OutboxRow, Store, StoredDelivery
from hub.routing.directory import next_connection
from hub.telemetry import LogEvent

_log = structlog.get_logger()
AT_ONCE = 50
FEW = 10
"""Retries that are taken together."""


@dataclass(frozen=True, slots=True)
class Timers:
    """See the module. `offer` takes what a commit put in the outbox."""

    store: Store
    offer: Offer
    setting: Setting
    patient: Patient

    async def run(self, lookout: Lookout) -> None:
        """Do what is due at each look, until cancelled."""
        glance: Glance | None = None
        while True:
            glance = await lookout.after(glance)
            if await self.look(glance.due):
                lookout.at_once()

    @property
    def _steps(self) -> Steps:
        return Steps(self.store, self.setting, self.patient.unless_busy)

    async def look(self, due: Due = ALL) -> bool:
        """Do what may be due of this; whether there may be more."""
        fired = await self._steps.do("terms", self._fire_due) if due.terms else 0
        retried = await self._steps.do("retries", self._retry_due) if due.retries else 0
        lanes = Lane if due.undecided else ()
        told = [await self._steps.do("delays", lambda: self._tell_delayed(lane)) for lane in lanes]  # noqa: B023 - awaited
        if due.lacks:
            await self._steps.do("lacks", self._turn_lacks)
        return AT_ONCE in (retried, fired, *told)

    async def _retry_due(self) -> int:
        """A few at a time: what is acute and becomes due meanwhile comes after those few. One of a look waits for what
        is locked, and the others do not: there may be hundreds on one case."""
        lease = self.setting.limits.lease.total_seconds()
        hasty = False
        for done in range(0, AT_ONCE, FEW):
            due = await self.patient.unless_busy(lambda: self.store.due_deliveries(FEW, lease))
            for row, kept in due:
                hasty |= await self._retry(row, kept, hasty=hasty)
            if len(due) < FEW:
                return done + len(due)
        return AT_ONCE

    async def _fire_due(self) -> int:
        lease = self.setting.limits.lease.total_seconds()
        passed = await self.patient.unless_busy(lambda: self.store.due_timers(AT_ONCE, lease))
        if passed:
            await Firing(self._steps, self.offer).fire(passed)
        return len(passed)

    async def _turn_lacks(self) -> None:
        """Say what began to be lacking and what no longer is: whoever sees it first, for all workers."""
        turned = await self.patient.unless_busy(self.store.turn_lacks)
        for lack in turned.begun:
            _log.error(LogEvent.LACK_BEGUN, code=lack.code, about=lack.about or None)
        for lack, seconds in turned.ended:
            _log.info(LogEvent.LACK_ENDED, code=lack.code, about=lack.about or None, seconds=seconds)

    async def _retry(self, row: InboxRow, kept: StoredDelivery, *, hasty: bool) -> bool:
        """Whether what it needs was locked."""
        began, busy = time.monotonic(), False
        try:
            changes = await self.patient.unless_busy(
                lambda: batch.retry_stored(row, kept, self.store, self.setting, hasty=hasty)
            )
        except OurFault as error:
            busy = isinstance(error, Busy)
            again = await self._keep_again(row, kept, error)
            if again is None:
                return busy
            changes = again
        self._done(changes, began)
        return busy

    async def _keep_again(self, row: InboxRow, kept: StoredDelivery, error: OurFault) -> Changes | None:
        """`None` if its own row is locked: it is due again when its lease ends, and keeps no other waiting."""
        try:
            return await self.patient.unless_busy(
                lambda: standing_still(lambda: batch.retry_stored(row, kept, self.store, self.setting, error))
            )
        except Busy as busy:
            await self._steps.lacks(lack_of(busy))
            return None

    async def _tell_delayed(self, lane: Lane) -> int:
        after = self.setting.limits.delayed_notice_after.of(lane).total_seconds()
        # Asked first: a unit locks the directory, so that even an idle hub would write to the disk at every look.
        if not await self.patient.unless_busy(lambda: self.store.is_anyone_undecided(lane, after)):
            return 0
        rows, said = await self.patient.unless_busy(lambda: self._say_delayed(lane, after))
        self.offer(said)
        for row in rows:
            _log.warning(LogEvent.DELAY_TOLD, partner=row.partner, message=row.message, since=row.received_at)
        return len(rows)

    async def _say_delayed(self, lane: Lane, after: float) -> tuple[Sequence[InboxRow], Sequence[OutboxRow]]:
        async with self.store.unit(hasty=True) as unit:
            rows = await unit.undecided_since(lane, after, AT_ONCE)
            self.setting.keys.begins(unit.period)
            directory, now = unit.directory, unit.now
            asked = [next_connection(directory, directory.partners[row.partner], now) for row in rows]
            said = [
                delayed(row, one, directory, unit.period, now, self.setting)
                for row, one in zip(rows, asked, strict=True)
            ]
            await unit.write(Changes(outbox=said), self.setting.worker, lane)
        return rows, said

    def _done(self, changes: Changes, began: float) -> None:
        self.offer(changes.outbox)
        if changes.journal:
            report(changes, time.monotonic() - began)
