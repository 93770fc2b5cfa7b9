"""How a worker process runs: on which event loop, and how often Python looks for cycles of garbage.

Both were measured (docs/performance.md). Nothing here changes what the hub does.
"""

import asyncio
import gc
import sys
from collections.abc import Coroutine
from typing import Any

YOUNG, MIDDLE, OLD = 20_000, 20, 20
"""A batch makes some ten thousand objects and lets go of nearly all by itself: Python's own 700 would look dozens of
times in each, every time through all that the process has."""


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a worker to its end, on the faster loop where there is one."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(main)


def settle() -> None:
    """Call it once everything is built: what lives as long as the process is not looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)


def _loop_factory() -> Any:
    if sys.platform != "linux":
        return None
    import uvloop

    return uvloop.new_event_loop
