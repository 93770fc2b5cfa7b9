"""The clocks of a process, and what it believes of them: every moment that the store decides by comes from here.

A transaction that decides anything reads the database's clock first and has it judged by `hub/canonical/belief.py`;
what it then writes and compares goes by that moment, never by `now()` in a statement. So it does not matter what other
processes believe, nor what a clock does a moment later: each transaction judges the reading that it decides by. What
only looks for something to do goes by the last reading, if that is not old.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Row, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.canonical.belief import Belief, Doubt, Reading, begun, heard, judge
from hub.ids import Oin
from hub.store.moments import NOW

_NEWEST = "coalesce((select believed from clock), (select at from batch order by id desc limit 1))"
BELIEVED = f"{_NEWEST} as believed"
"""The newest moment that was believed; before the first was written down, that of the newest batch."""
LOOK = text(f"select now() as now, {BELIEVED}")
RECENT = timedelta(seconds=1)
# In doubt only ahead: who believes a clock knows better.
_NOTE = text("""
insert into clock (believed) values (:now) on conflict (one) do update set believed = excluded.believed
where extract(epoch from excluded.believed - clock.believed) > 30
  or (not :doubted and extract(epoch from clock.believed - excluded.believed) > 30)
""").bindparams(bindparam("doubted", type_=Boolean))

_RAN_AHEAD = text(f"select not exists(select from clock) or {_NEWEST} > :now + interval '1 minute'").bindparams(NOW)  # noqa: S608 its own


@dataclass(frozen=True, slots=True)
class OwnClocks:
    """Of this machine: the moment, and the steady (monotonic) one."""

    wall: Callable[[], datetime]
    steady: Callable[[], timedelta]


# The one that goes on while the machine sleeps, where there is one: else a sleep looks like two clocks that jumped.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
MACHINE = OwnClocks(lambda: datetime.now(UTC), lambda: timedelta(seconds=time.clock_gettime(_STEADY)))


@dataclass(frozen=True, slots=True)
class Moment:
    """What a transaction decides by; while it is `doubted`, nothing ends by it.

    Attributes:
        sure: what ended at this moment or before it has ended: while there is doubt, what had before it began.
    """

    now: datetime
    doubted: bool
    sure: datetime


class Clocks:
    """Of one process, whatever number of transactions it has under way."""

    def __init__(self, own: OwnClocks = MACHINE) -> None:
        self._own = own
        self._belief: Belief | None = None
        self._last: Reading | None = None

    @property
    def doubts(self) -> frozenset[Doubt]:
        """Why they are doubted; none while they are believed."""
        return self._belief.why if self._belief else frozenset()

    def begin(self) -> Callable[[Row[Any]], Moment]:
        """Read the own clocks; what is returned takes what the database then says (`LOOK`), and judges both."""
        own, steady = self._own.wall(), self._own.steady()

        def judged(said: Row[Any]) -> Moment:
            reading = Reading(said.now, own, steady, self._own.steady() - steady)
            belief = judge(self._belief, reading) if self._belief else begun(reading, said.believed)
            self._belief, self._last = belief, reading
            if belief.doubted:
                return Moment(belief.now(steady), True, belief.newest.database)
            return Moment(said.now, False, said.now)

        return judged

    def hear(self, said: Iterable[tuple[Oin, datetime]]) -> None:
        """What organisations signed as the `time` of what comes in now; it is judged with what was read last."""
        if self._belief and self._last:
            self._belief = judge(heard(self._belief, said, self._own.steady()), self._last)

    def recent(self) -> datetime | None:
        """The moment, by a reading that is not old."""
        steady = self._own.steady()
        is_old = self._last is None or steady - self._last.steady > RECENT
        return None if is_old or self._belief is None else self._belief.now(steady)


async def note(connection: AsyncConnection, moment: Moment) -> None:
    """Let processes that start know by which moment the hub went last: in doubt too, which may last for days."""
    await connection.execute(_NOTE, {"now": moment.now, "doubted": moment.doubted})


async def ran_ahead(connection: AsyncConnection, believed: datetime) -> bool:
    """Whether a clock may have been believed that was ahead of this moment."""
    return bool((await connection.execute(_RAN_AHEAD, {"now": believed})).scalar())
