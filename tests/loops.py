"""An event loop whose time a test owns: it goes by when nothing else is to be done, and then at once.

    @owned_time
    async def test_...() -> None:           # without sockets or threads

So a test of a bound is exact, however busy the machine is, and takes no time.
"""

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any


class _Unhurried(selectors.DefaultSelector):
    """Instead of waiting, lets the time go by for which it was asked to wait."""

    went_by = 0.0

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if not found and timeout:
            self.went_by += timeout
        return found


class OwnedTime(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._unhurried = _Unhurried()
        super().__init__(self._unhurried)

    def time(self) -> float:
        return self._unhurried.went_by


def owned_time(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    @functools.wraps(test)
    def run() -> None:
        with asyncio.Runner(loop_factory=OwnedTime) as runner:
            runner.run(test())

    return run
