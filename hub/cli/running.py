"""Commands that work on a hub: its settings, database and broker, for as long as the command takes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from hub.app.hub import Hub, connected
from hub.app.servers import advising
from hub.canonical.acts import Act
from hub.cli.common import log_to_stderr, settings
from hub.errors import HubError
from hub.settings import Settings

T = TypeVar("T")


def on_hub(work: Callable[[Hub], Awaitable[T]], act: Act | None = None) -> T:
    """Do something with the running hub of these settings.

    Args:
        act: of the operator, if it is recorded: by the work, with what that changes.
    """
    log_to_stderr()
    return asyncio.run(working(settings(), work, act))


def look(work: Callable[[Hub], Awaitable[T]], act: Act, seen: Callable[[Act, T], Act] = lambda act, _: act) -> T:
    """Look at something, and have that recorded before any of it can be shown.

    Args:
        seen: the act with what was found, which nobody typed: ids, and of a list how many.
    """

    async def looking(hub: Hub) -> T:
        found = await work(hub)
        await hub.database.record(seen(act, found))
        return found

    return on_hub(looking, act)


async def working(chosen: Settings, work: Callable[[Hub], Awaitable[T]], act: Act | None) -> T:
    """What is refused, or fails, is recorded as that: what it says may be an answer too.

    Raises:
        OperatorError: also where the database or the broker does not answer, with what to do.
    """
    async with connected(chosen, act=act) as hub:
        with advising(hub.settings):
            try:
                return await work(hub)
            except HubError as error:
                if act is not None:
                    with suppress(HubError):  # what failed is said, whether or not that can be written
                        await hub.database.record(act.ended(error.code))
                if (cause := await hub.why(error)) is not error:
                    raise cause from error
                raise
