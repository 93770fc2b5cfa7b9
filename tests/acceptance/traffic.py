"""Partners in this process, speaking through the shipped client, for tests that need traffic and judge it by books."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from hub.canonical.codes import Lane
from hub.errors import BrokerAway, Unconfirmed
from hub.partner.books import Answer
from hub.partner.client import Client, Tools, connected
from hub.partner.messages import Draft, Received, full_type
from hub.partner.profile import load
from tests.acceptance.hub import RunningHub
from tests.patience import CEILING


class Traffic:
    """Connected partners by short name, each taking in what comes, and what each got."""

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}
        self.got: dict[str, list[Received]] = {}

    async def send(self, who: str, type_: str, data: dict[str, Any], lane: Lane = Lane.ROUTINE, **links: UUID) -> UUID:
        draft = Draft(full_type(type_), data, lane, links.get("case"), links.get("causation"))
        return await self.clients[who].send(draft)

    async def send_or_leave(self, who: str, type_: str, data: dict[str, Any]) -> UUID:
        """As a partner whose books keep it until it is answered: what is not confirmed is for `answer` to resend."""
        client = self.clients[who]
        id_ = client.write_down(Draft(full_type(type_), data))
        with contextlib.suppress(Unconfirmed, BrokerAway):
            await client.resend(id_)
        return id_

    async def answer(self, who: str, id_: UUID) -> Answer:
        found = await self.clients[who].wait_for_answer(id_, CEILING, resend_after=5.0)
        assert found is not None, f"no answer to {who} within {CEILING} s"
        return found

    def of_type(self, who: str, type_: str) -> list[Received]:
        return [one for one in self.got[who] if one.type == full_type(type_)]


@asynccontextmanager
async def traffic(hub: RunningHub, *names: str, confirms: bool = True) -> AsyncIterator[Traffic]:
    """These partners, connected, receiving in the background; `confirms`: they say `verwerkt`."""
    made = Traffic()
    async with AsyncExitStack() as stack:
        for name in names:
            client = await stack.enter_async_context(connected(load(hub.folder(name)), _tools(), confirms=confirms))
            made.clients[name], made.got[name] = client, []
            await stack.enter_async_context(background(_take(client, made.got[name].append)))
        yield made


@asynccontextmanager
async def background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs this until the block ends. If it ends before, so does the block, with its error: whoever waits there for
    what it brings would wait in vain, and never see why."""

    async def for_ever() -> None:
        await work
        raise AssertionError("what was to go on in the background has ended by itself")

    try:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(for_ever())
            yield
            task.cancel()
    finally:
        work.close()  # a block that ends at once leaves it where it had not begun


async def _take(client: Client, note: Callable[[Received], None]) -> None:
    async for message in client.receive():
        note(message)


def _tools() -> Tools:
    return Tools(clock=lambda: datetime.now(UTC), new_id=uuid4)
