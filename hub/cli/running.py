"""Commands that work on a hub: its settings, database and broker, for as long as the command takes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hub.app.hub import Hub, connected
from hub.cli.common import log_to_stderr, settings

T = TypeVar("T")


def on_hub(work: Callable[[Hub], Awaitable[T]]) -> T:
    """Do something with the running hub of these settings."""
    log_to_stderr()

    async def run() -> T:
        async with connected(settings()) as hub:
            return await work(hub)

    return asyncio.run(run())
