"""A round of upkeep: what was kept its whole term goes, months turn, what a wrong clock put off comes back.

Nobody waits for any of it, so it waits for nobody: what is locked, or refused, is left for the next round, and where
the database is of no use the round ends; that is said by those who need it. Each step is a short transaction, or a few,
with a pause after it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from hub.cases.terms import latest
from hub.errors import HubError, OurFault, Standstill
from hub.lanes import operator
from hub.lanes.database import through_clashes
from hub.lanes.fate import FORMERLY_QUARANTINED, unexpected
from hub.lanes.fate import LOOK_EVERY as EARLY_LOOK
from hub.lanes.firing import Firing
from hub.lanes.reissue import reissue
from hub.lanes.report import report
from hub.lanes.setting import Setting
from hub.lanes.steps import Offer, Steps
from hub.lanes.unread import LONGEST
from hub.ports import DueTimer, Longest, Store
from hub.routing.limits import TIME_BOUNDS, Limits
from hub.telemetry import LogEvent

_log = structlog.get_logger()
AT_ONCE, CASES_AT_ONCE = 1_000, 50
"""Rows, and rows with which cases are decided, in one transaction."""
APART = 0.1
"""Seconds between two steps."""


def longest(limits: Limits) -> Longest:
    """How far ahead anything can be scheduled under these limits."""
    resend, lease = limits.resend_unanswered_after, limits.lease
    return Longest(
        resend=max(resend.routine, resend.acute, LONGEST.routine, LONGEST.acute, limits.recipient_retry.cap, lease),
        retry=max(limits.retry.cap, EARLY_LOOK, lease),
        held=TIME_BOUNDS["held_parts_kept"],
        radar=TIME_BOUNDS["radar_kept"],
    )


@dataclass
class Rounds:
    """See the module. `offer` takes what a commit put in the outbox."""

    store: Store
    offer: Offer
    setting: Setting
    apart: float = APART
    _swept: int = field(default=0, init=False)
    """How far traffic data were looked through."""

    async def keep_house(self) -> None:
        """One round."""
        for name, work in self._all():
            try:
                await self._steps.do(name, lambda: _guarded(work))  # noqa: B023 - awaited here
            except OurFault:
                return
            await asyncio.sleep(self.apart)

    @property
    def _steps(self) -> Steps:
        return Steps(self.store, self.setting, through_clashes)

    def _all(self) -> Iterator[tuple[str, Callable[[], Awaitable[None]]]]:
        yield "clock", self._put_right
        yield "release", self._release
        yield "held", self._end_held
        yield "kept", self._end_kept
        yield "radar", self._end_radar
        yield "months", self._turn_months  # before lines go one by one: a month that is dropped whole has none left
        yield "processing", self._end_processing
        yield "quota", self._end_over_quota
        yield "reissues", self._reissue
        yield "traffic", self._end_traffic

    async def _put_right(self) -> None:
        """What a wrong clock has put off; and the moment, for processes that begin while one is wrong."""
        if moment := await through_clashes(self.store.ran_ahead):
            await self._fire_put_off(moment)
        await through_clashes(self.store.note_believed)
        if back := await through_clashes(lambda: self.store.put_right(longest(self.setting.limits), AT_ONCE)):
            _log.warning(LogEvent.PUT_RIGHT, rows=back)

    async def _fire_put_off(self, moment: datetime) -> None:
        """Running terms that only a clock that was ahead can have put off so far; their cases, locked, decide.

        Before it is written down that another clock is believed: who dies in between leaves it to the next.
        """
        rules, firing = self.setting.terms, Firing(self._steps, self.offer)
        bounds = {rule.name: latest(rules, rule.name, moment) for rule in rules.rules}
        last: DueTimer | None = None
        while found := await through_clashes(lambda: self.store.put_off(bounds, last, CASES_AT_ONCE)):  # noqa: B023 - awaited
            await firing.fire(found)
            last = found[-1]

    async def _release(self) -> None:
        """What the version before put in quarantine, and this one keeps for a retry."""
        if released := await through_clashes(lambda: self.store.release_lacking(FORMERLY_QUARANTINED)):
            _log.info(LogEvent.QUARANTINE_RELEASED, messages=released)

    async def _end_held(self) -> None:
        if await through_clashes(self.store.end_held):
            _log.info(LogEvent.PAYLOAD_DESTROYED)

    async def _end_kept(self) -> None:
        kept = self.setting.limits.quarantine_kept.total_seconds()
        old = await through_clashes(lambda: self.store.quarantined_before(kept, CASES_AT_ONCE))
        await self._give_up(old, by_time=True)

    async def _end_radar(self) -> None:
        if lapsed := await through_clashes(lambda: self.store.end_lapsed_radar(AT_ONCE)):
            _log.info(LogEvent.RADAR_LAPSED, rows=lapsed)

    async def _end_processing(self) -> None:
        if logged := await through_clashes(lambda: self.store.end_processing_log(self._log_kept, AT_ONCE)):
            _log.info(LogEvent.PROCESSING_LAPSED, rows=logged)

    async def _turn_months(self) -> None:
        """What is refused here keeps nobody from working: without a month its lines go to the default."""
        try:
            turned = await through_clashes(lambda: self.store.turn_months(self._log_kept))
        except Standstill:
            raise
        except OurFault as error:
            _log.error(LogEvent.MONTHS_FAILED, code=error.code)
            return
        if turned.made or turned.ended or turned.dropped or turned.attached or turned.gave_way:
            done = {"made": turned.made, "ended": turned.ended, "freed": turned.dropped, "attached": turned.attached}
            _log.info(LogEvent.MONTHS_TURNED, **done, code="gave-way" if turned.gave_way else "done")

    async def _end_over_quota(self) -> None:
        quota = self.setting.limits.quarantine_bytes_per_partner
        over = await through_clashes(lambda: self.store.quarantined_over(quota, AT_ONCE))
        if over:
            _log.error(LogEvent.QUARANTINE_FULL, bytes=quota)
        await self._give_up(over, by_time=False)

    async def _reissue(self) -> None:
        while lapsed := await through_clashes(lambda: self.store.lapsed_outgoing(CASES_AT_ONCE)):
            changes = await through_clashes(lambda: reissue(lapsed, self.store, self.setting))
            self.offer(changes.outbox)
            if not changes.replaced:
                return

    async def _end_traffic(self) -> None:
        kept = self.setting.limits.traffic_kept.total_seconds()
        ended = await through_clashes(lambda: self.store.end_traffic(kept, AT_ONCE, self._swept))
        self._swept = ended.after
        if ended.rows:
            _log.info(LogEvent.TRAFFIC_LAPSED, rows=ended.rows)

    async def _give_up(self, ids: Sequence[UUID], *, by_time: bool) -> None:
        """As an operator would: each sender is told, the bytes go, the hash stays."""
        if not ids:
            return
        began = time.monotonic()
        changes = await through_clashes(lambda: operator.discard(ids, self.store, self.setting, by_time=by_time))
        self.offer(changes.outbox)
        if changes.journal:
            report(changes, time.monotonic() - began)

    @property
    def _log_kept(self) -> float:
        return self.setting.limits.processing_log_kept.total_seconds()


async def _guarded(work: Callable[[], Awaitable[None]]) -> None:
    """A bug in one step must not end the worker."""
    try:
        await work()
    except HubError:
        raise
    except Exception as exc:
        raise unexpected(exc) from exc
