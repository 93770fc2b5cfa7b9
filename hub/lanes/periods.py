"""Keeping house with the periods of keys: what waits is wrapped anew, old keys are destroyed, the next step is taken.

Every worker looks, and each look does what is due: one takes the step, all wrap, each machine destroys what it has. A
worker that dies in between leaves nothing half done: rows are under one key or the other, and a key goes only when
nothing is under it.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from hub.canonical.codes import Lane
from hub.envelope.at_rest import Kept, Label, WrappingKey, keep, rewrap
from hub.errors import OurFault, Surroundings
from hub.ids import MessageId
from hub.lanes.again import make_again
from hub.lanes.database import Patient
from hub.lanes.setting import Setting
from hub.lanes.stepping import KEY_GONE, KeyStanding, is_lost, is_overdue, is_settled, oldest_needed, to_wrap
from hub.ports import AtRest, Changes, Contents, Period, Place, Sealed, Store
from hub.ports.periods import AS_IT_CAME, GONE, NO_PERIOD
from hub.telemetry import LogEvent

_log = structlog.get_logger()
AT_ONCE = 500
LOOK_EVERY = 1.0
"""Seconds between two looks at this machine's file."""
TIDY_EVERY = 60.0
"""Seconds between two looks at what waits."""


@dataclass(frozen=True, slots=True)
class Periods:
    """`run` for as long as the process lives; `look` before its first message."""

    store: Store
    setting: Setting
    patient: Patient

    async def run(self) -> None:
        """Look again and again, until cancelled: at the file all the time, as it may go, or come."""
        while True:
            try:
                contents = await self.patient(self.store.contents)
            except OurFault as error:
                _log.error(LogEvent.PERIODS_FAILED, code=error.code)
                await asyncio.sleep(LOOK_EVERY)
                continue
            await self._watch_file(contents.period)
            await self.look()

    async def _watch_file(self, period: Period) -> None:
        """Until it changes how this machine's key stands, or for as long as the rest may wait."""
        lasts = self.setting.limits.period.total_seconds()
        looked = time.monotonic()
        while time.monotonic() - looked < min(TIDY_EVERY, lasts):
            before = self.setting.keys.periods.standing
            if await self._at_file(period) is not before:
                break
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> KeyStanding:
        """Do what is due; how this machine's key stands to the period in use.

        What is refused here keeps nobody from working: it is tried again at the next look.
        """
        try:
            return await self._look()
        except OurFault as error:
            _log.error(LogEvent.PERIODS_FAILED, code=error.code)
            return self.setting.keys.periods.standing

    async def _look(self) -> KeyStanding:
        contents = await self.patient(self.store.contents)
        if not contents.period.chain:
            await self._begin()
            contents = await self.patient(self.store.contents)
        found = await self._at_file(contents.period)
        if found not in (KeyStanding.READY, KeyStanding.BEHIND) or not contents.period.chain:
            return found
        directory, waits = (
            await self.patient(self.store.directory),
            not is_overdue(contents, self.setting.limits.period),
        )
        for label in to_wrap(contents, self.setting.keys.keeping(directory, contents.period).label):
            await self._wrap_all(label, waits=waits)
        contents = await self.patient(self.store.contents)
        # Who cannot destroy its key takes no step: it would be behind after the next, and work no more.
        if not contents.doubted and await self._destroyed(contents) and is_settled(contents):
            await self._step(contents.period)
        return await self._at_file(contents.period)

    async def _begin(self) -> None:
        """The first period of all, with this machine's key, unless a version runs that reads nothing under it."""
        await self._at_file(NO_PERIOD)
        first = self.setting.keys.periods.own
        if first is not None and await self.patient(lambda: self.store.begin_period(first)):
            _log.info(LogEvent.PERIOD_BEGUN, version=first.step)

    async def _at_file(self, used: Period) -> KeyStanding:
        return await asyncio.to_thread(self.setting.keys.periods.look, used)

    async def _wrap_all(self, label: str, *, waits: bool) -> None:
        for place in Place:
            while await self.patient(lambda: self._wrap_some(place, label, waits=waits)):  # noqa: B023
                pass

    async def _wrap_some(self, place: Place, label: str, *, waits: bool) -> int:
        """One short transaction; how many rows were wrapped anew.

        Args:
            waits: for a machine that has the key that this one has destroyed.
        """
        async with self.store.unit() as unit:
            key = self.setting.keys.keeping(unit.directory, unit.period)
            if label == str(key.label):
                return 0
            if is_lost(label, unit.period):  # what is gone is made again once: not by a machine that cannot name it
                self.setting.keys.names(unit.directory)
            found = await unit.under(place, label, AT_ONCE, whole=_is_encrypted_anew(label))
            renewed = [again for one in found if (again := self._wrapped(one, key, unit.period, waits=waits))]
            await unit.rewrap(place, renewed)
            gone = [MessageId(one.key[0]) for one in renewed if one.payload.key_id == GONE]
            made = await make_again(gone, unit, self.setting) if gone and place is Place.OUTBOX else Changes()
            # Also where nothing is: a key is destroyed for it, so a database that lacks it has to be noticed.
            await unit.write(made, self.setting.worker, Lane.ROUTINE)
        _report(renewed)
        return len(renewed)

    def _wrapped(self, one: AtRest, key: WrappingKey, used: Period, *, waits: bool) -> AtRest | None:
        """The row under this key; nothing if it has to wait for one who can open it.

        What is damaged is as good as gone: it would hold up every step to come, and so keep the key of all beside it.
        """
        gone = replace(one, payload=replace(one.payload, key_id=GONE))
        if is_lost(one.payload.key_id, used):
            return gone
        try:
            kept = self._kept(one, key)
        except Surroundings as error:
            if error.code == KEY_GONE and not waits:
                return gone
            _log.error(LogEvent.CONTENT_STAYS, code=error.code)
            return None
        except OurFault as error:
            _log.error(LogEvent.CONTENT_DAMAGED, code=error.code)
            return gone
        return replace(one, payload=Sealed(kept.ciphertext, kept.wrapped_key, str(key.label)))

    def _kept(self, one: AtRest, key: WrappingKey) -> Kept:
        if one.payload.key_id == AS_IT_CAME:
            return keep(one.payload.ciphertext, key=key, bound_to=one.bound)
        before = Kept(one.payload.ciphertext, one.payload.wrapped_key)
        return rewrap(before, keys=self.setting.keys.wrapped, key=key, bound_to=one.bound)

    async def _destroyed(self, contents: Contents) -> bool:
        """Whether this machine has no key any more that nothing is under."""
        try:
            gone = await asyncio.to_thread(self.setting.keys.periods.forget_before, oldest_needed(contents))
        except OSError as exc:
            _log.error(LogEvent.PERIOD_KEY_STAYS, code=type(exc).__name__)
            return False
        if gone:
            _log.info(LogEvent.PERIOD_KEY_DESTROYED)
        return True

    async def _step(self, period: Period) -> None:
        lasts = self.setting.limits.period.total_seconds()
        if await self.patient(lambda: self.store.step_period(period, lasts)):
            _log.info(LogEvent.PERIOD_BEGUN, version=period.step + 1)


def _report(renewed: Sequence[AtRest]) -> None:
    gone = sum(one.payload.key_id == GONE for one in renewed)
    if gone:
        _log.warning(LogEvent.CONTENT_GONE, rows=gone)
    if wrapped := len(renewed) - gone:
        _log.info(LogEvent.CONTENT_REWRAPPED, rows=wrapped)


def _is_encrypted_anew(label: str) -> bool:
    """Whether the content itself is needed: it is from before there were periods."""
    before = Label.read(label)
    return before is None or not before.chain
