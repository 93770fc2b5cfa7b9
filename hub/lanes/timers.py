"""The lane of time: what is due is done, whoever looks first.

Terms remind and raise alarms, stored deliveries are judged again, senders hear that it takes longer, what was kept its
whole term goes. Everything is taken under a lease or a row lock, so that many workers look and one acts, and a worker
that dies leaves it to the next. Nothing here waits for what somebody else has locked: it comes again.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import structlog

from hub.canonical.codes import Lane
from hub.cases.terms import latest
from hub.errors import Busy, OurFault, Surroundings
from hub.lanes import batch, operator
from hub.lanes.alarms import fire
from hub.lanes.answers import delayed
from hub.lanes.database import Patient, standing_still
from hub.lanes.fate import FORMERLY_QUARANTINED, lack_of
from hub.lanes.fate import LOOK_EVERY as EARLY_LOOK
from hub.lanes.reissue import reissue
from hub.lanes.report import report
from hub.lanes.setting import Setting
from hub.ports import Changes, DueTimer, InboxRow, Lack, Longest, OutboxRow, Store, StoredDelivery
from hub.routing.directory import next_connection
from hub.routing.limits import TIME_BOUNDS, Limits
from hub.telemetry import LogEvent

_log = structlog.get_logger()
_T = TypeVar("_T")
LOOK_EVERY = 0.5
AT_ONCE = 50
TIDY_EVERY = 60.0
TIDY_AT_ONCE = 1_000


def longest(limits: Limits) -> Longest:
    """How far ahead anything can be scheduled under these limits."""
    resend, lease = limits.resend_unanswered_after, limits.lease
    return Longest(
        resend=max(resend.routine, resend.acute, limits.recipient_retry.cap, lease),
        retry=max(limits.retry.cap, EARLY_LOOK, lease),
        held=TIME_BOUNDS["held_parts_kept"],
        radar=TIME_BOUNDS["radar_kept"],
    )


Offer = Callable[[Sequence[OutboxRow]], None]


@dataclass(frozen=True, slots=True)
class Timers:
    """See the module. `offer` takes what a commit put in the outbox."""

    store: Store
    offer: Offer
    setting: Setting
    patient: Patient

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        tidied, swept = -TIDY_EVERY, 0
        while True:
            busy = await self.look()
            if time.monotonic() - tidied >= TIDY_EVERY:
                swept = await self.tidy(swept)
                tidied = time.monotonic()
            await asyncio.sleep(0 if busy else LOOK_EVERY)

    async def tidy(self, swept: int = 0) -> int:
        """End what was kept its whole term, and quarantine over its quota.

        Args:
            swept: how far traffic data were looked through.

        Returns:
            How far they are now.
        """
        kept = self.setting.limits.processing_log_kept.total_seconds()
        await self._step("clock", self._put_right)
        await self._step("release", self._release)
        await self._step("radar", self._end_radar)
        await self._turn_months(kept)
        await self._step("processing", lambda: self._end_processing(kept))
        await self._step("quota", self._end_over_quota)
        await self._step("reissues", self._reissue)
        ended = await self._step("traffic", lambda: self._end_traffic(swept))
        return swept if ended is None else ended

    async def _step(self, name: str, work: Callable[[], Awaitable[_T]]) -> _T | None:
        """A step of what is always done: what it cannot do now keeps it from no other, and is alarmed once."""
        try:
            return await work()
        except OurFault as error:
            lack = lack_of(error) if isinstance(error, Surroundings) else Lack(error.code, name, error.sentence)
            await self._lacks(lack)
            return None

    async def _lacks(self, lack: Lack) -> None:
        with contextlib.suppress(Busy):  # said by the next round
            await self.patient.unless_busy(lambda: standing_still(lambda: self._note(lack)))

    async def _note(self, lack: Lack) -> None:
        async with self.store.unit() as unit:
            await unit.write(Changes(lacks=(lack,)), self.setting.worker, Lane.ROUTINE)

    async def _release(self) -> None:
        """What the version before put in quarantine, and this one keeps for a retry."""
        released = await self.patient.unless_busy(lambda: self.store.release_lacking(FORMERLY_QUARANTINED))
        if released:
            _log.info(LogEvent.QUARANTINE_RELEASED, messages=released)

    async def _put_right(self) -> None:
        """What a wrong clock has put off; and the moment, for processes that begin while one is wrong."""
        if moment := await self.patient.unless_busy(self.store.ran_ahead):
            await self._fire_put_off(moment)
        await self.patient.unless_busy(self.store.note_believed)
        if back := await self.patient.unless_busy(
            lambda: self.store.put_right(longest(self.setting.limits), TIDY_AT_ONCE)
        ):
            _log.warning(LogEvent.PUT_RIGHT, rows=back)

    async def _fire_put_off(self, moment: datetime) -> None:
        """Running terms that only a clock that was ahead can have put off so far; their cases, locked, decide.

        Before it is written down that another clock is believed: who dies in between leaves it to the next.
        """
        rules = self.setting.terms
        bounds = {rule.name: latest(rules, rule.name, moment) for rule in rules.rules}
        last: DueTimer | None = None
        while found := await self.patient.unless_busy(lambda: self.store.put_off(bounds, last, AT_ONCE)):  # noqa: B023 - awaited
            await self._fire(found)
            last = found[-1]

    async def _end_radar(self) -> None:
        if lapsed := await self.patient.unless_busy(lambda: self.store.end_lapsed_radar(TIDY_AT_ONCE)):
            _log.info(LogEvent.RADAR_LAPSED, rows=lapsed)

    async def _end_processing(self, kept: float) -> None:
        if logged := await self.patient.unless_busy(lambda: self.store.end_processing_log(kept, TIDY_AT_ONCE)):
            _log.info(LogEvent.PROCESSING_LAPSED, rows=logged)

    async def _turn_months(self, kept: float) -> None:
        """Before lines are deleted one by one: a month that is dropped whole has none left.

        What is refused here keeps nobody from working: without a month its lines go to the default.
        """
        try:
            turned = await self.patient.unless_busy(lambda: self.store.turn_months(kept))
        except OurFault as error:
            _log.error(LogEvent.MONTHS_FAILED, code=error.code)
            return
        if turned.made or turned.ended or turned.dropped or turned.attached or turned.gave_way:
            done = {"made": turned.made, "ended": turned.ended, "freed": turned.dropped, "attached": turned.attached}
            _log.info(LogEvent.MONTHS_TURNED, **done, code="gave-way" if turned.gave_way else "done")

    async def _end_traffic(self, swept: int) -> int:
        kept = self.setting.limits.traffic_kept.total_seconds()
        ended = await self.patient.unless_busy(lambda: self.store.end_traffic(kept, TIDY_AT_ONCE, swept))
        if ended.rows:
            _log.info(LogEvent.TRAFFIC_LAPSED, rows=ended.rows)
        return ended.after

    async def look(self) -> bool:
        """Do what is due now; whether there may be more."""
        retried = await self._step("retries", self._retry_due)
        fired = await self._step("terms", self._fire_due)
        for lane in Lane:
            await self._step("delays", lambda: self._tell_delayed(lane))  # noqa: B023 - awaited here
        await self._step("kept", self._end_kept)
        await self._step("lacks", self._turn_lacks)
        return AT_ONCE in (retried, fired)

    async def _retry_due(self) -> int:
        lease = self.setting.limits.lease.total_seconds()
        due = await self.patient.unless_busy(lambda: self.store.due_deliveries(AT_ONCE, lease))
        for row, kept in due:
            await self._retry(row, kept)
        return len(due)

    async def _fire_due(self) -> int:
        lease = self.setting.limits.lease.total_seconds()
        passed = await self.patient.unless_busy(lambda: self.store.due_timers(AT_ONCE, lease))
        if passed:
            await self._fire(passed)
        return len(passed)

    async def _turn_lacks(self) -> None:
        """Say what began to be lacking and what no longer is: whoever sees it first, for all workers."""
        turned = await self.patient.unless_busy(self.store.turn_lacks)
        for lack in turned.begun:
            _log.error(LogEvent.LACK_BEGUN, code=lack.code, about=lack.about or None)
        for lack, seconds in turned.ended:
            _log.info(LogEvent.LACK_ENDED, code=lack.code, about=lack.about or None, seconds=seconds)

    async def _fire(self, passed: Sequence[DueTimer], *, hasty: bool = False) -> None:
        """One transaction; if the database refuses it, halved until the culprit is alone, which waits for its lease."""
        try:
            changes = await self.patient.unless_busy(lambda: fire(passed, self.store, self.setting, hasty=hasty))
        except OurFault as error:
            if isinstance(error, Busy) and not hasty:
                await self._fire(passed, hasty=True)
                return
            if len(passed) == 1 and isinstance(error, Surroundings):
                await self._lacks(lack_of(error))
                return
            if len(passed) == 1:
                _log.error(LogEvent.TERM_FAILED, case=passed[0].case, term=passed[0].name, code=error.code)
                return
            await self._fire(passed[: len(passed) // 2], hasty=hasty)
            await self._fire(passed[len(passed) // 2 :], hasty=hasty)
            return
        self.offer(changes.outbox)

    async def _retry(self, row: InboxRow, kept: StoredDelivery) -> None:
        began = time.monotonic()
        try:
            changes = await self.patient.unless_busy(lambda: batch.retry_stored(row, kept, self.store, self.setting))
        except OurFault as error:
            again = await self._keep_again(row, kept, error)
            if again is None:
                return
            changes = again
        self._done(changes, began)

    async def _keep_again(self, row: InboxRow, kept: StoredDelivery, error: OurFault) -> Changes | None:
        """`None` if its own row is locked: it is due again when its lease ends, and keeps no other waiting."""
        try:
            return await self.patient.unless_busy(
                lambda: standing_still(lambda: batch.retry_stored(row, kept, self.store, self.setting, error))
            )
        except Busy as busy:
            await self._lacks(lack_of(busy))
            return None

    async def _tell_delayed(self, lane: Lane) -> None:
        after = self.setting.limits.delayed_notice_after.of(lane).total_seconds()
        # Asked first: a unit locks the directory, so that even an idle hub would write to the disk at every look.
        if not await self.patient.unless_busy(lambda: self.store.is_anyone_undecided(lane, after)):
            return
        rows, said = await self.patient.unless_busy(lambda: self._say_delayed(lane, after))
        self.offer(said)
        for row in rows:
            _log.warning(LogEvent.DELAY_TOLD, partner=row.partner, message=row.message, since=row.received_at)

    async def _say_delayed(self, lane: Lane, after: float) -> tuple[Sequence[InboxRow], Sequence[OutboxRow]]:
        async with self.store.unit() as unit:
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

    async def _end_kept(self) -> None:
        if await self.patient.unless_busy(self.store.end_held):
            _log.info(LogEvent.PAYLOAD_DESTROYED)
        kept = self.setting.limits.quarantine_kept.total_seconds()
        await self._give_up(
            await self.patient.unless_busy(lambda: self.store.quarantined_before(kept, AT_ONCE)), by_time=True
        )

    async def _reissue(self) -> None:
        """Without a look for most: of what has lapsed there is hardly ever any."""
        while lapsed := await self.patient.unless_busy(lambda: self.store.lapsed_outgoing(AT_ONCE)):
            changes = await self.patient.unless_busy(lambda: reissue(lapsed, self.store, self.setting))
            self.offer(changes.outbox)
            if not changes.replaced:
                return

    async def _end_over_quota(self) -> None:
        """A sum over all that is in quarantine: not for every look."""
        quota = self.setting.limits.quarantine_bytes_per_partner
        over = await self.patient.unless_busy(lambda: self.store.quarantined_over(quota, TIDY_AT_ONCE))
        if over:
            _log.error(LogEvent.QUARANTINE_FULL, bytes=quota)
        await self._give_up(over, by_time=False)

    async def _give_up(self, ids: Sequence[UUID], *, by_time: bool) -> None:
        """As an operator would: each sender is told, the bytes go, the hash stays."""
        if ids:
            began = time.monotonic()
            changes = await self.patient.unless_busy(
                lambda: operator.discard(ids, self.store, self.setting, by_time=by_time)
            )
            self._done(changes, began)

    def _done(self, changes: Changes, began: float) -> None:
        self.offer(changes.outbox)
        if changes.journal:
            report(changes, time.monotonic() - began)
