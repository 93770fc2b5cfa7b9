"""What time brings is done in steps: one that cannot be done keeps no other from being done, and is alarmed once."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from hub.canonical.codes import Lane
from hub.errors import Busy, OurFault, Standstill, Surroundings
from hub.lanes.database import standing_still
from hub.lanes.fate import lack_of
from hub.lanes.setting import Setting
from hub.ports import Changes, Lack, OutboxRow, Store

_T = TypeVar("_T")
_R = TypeVar("_R")
Offer = Callable[[Sequence[OutboxRow]], None]


class Attempt(Protocol):
    """Runs a transaction, with the patience of whoever asks: `Patient.unless_busy`, or less."""

    async def __call__(self, transaction: Callable[[], Awaitable[_R]]) -> _R: ...


@dataclass(frozen=True, slots=True)
class Steps:
    """`attempt` runs each transaction."""

    store: Store
    setting: Setting
    attempt: Attempt

    async def do(self, name: str, work: Callable[[], Awaitable[_T]]) -> _T | None:
        """What it gives; `None` if it cannot be done now.

        Raises:
            Standstill: nothing can be.
        """
        try:
            return await work()
        except Standstill:
            raise
        except OurFault as error:
            await self.lacks(_lack(name, error))
            return None

    async def lacks(self, lack: Lack) -> None:
        """Have it alarmed, once for all who lack it; what cannot be written now is by the next look."""
        with contextlib.suppress(Busy):
            await self.attempt(lambda: standing_still(lambda: self._note(lack)))

    async def _note(self, lack: Lack) -> None:
        async with self.store.unit(hasty=True) as unit:
            await unit.write(Changes(lacks=(lack,)), self.setting.worker, Lane.ROUTINE)


def _lack(name: str, error: OurFault) -> Lack:
    return lack_of(error) if isinstance(error, Surroundings) else Lack(error.code, name, error.sentence)
