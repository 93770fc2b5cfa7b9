"""`ketenhub send` and `ketenhub receive`: the partner's side from the command line."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from hub.canonical.codes import Lane
from hub.partner.client import Tools, connected
from hub.partner.messages import Draft, full_type
from hub.partner.profile import load

ACCEPTED, REFUSED, NO_ANSWER = 0, 3, 4


async def send(
    folder: Path, type_: str, data: dict[str, Any], lane: Lane, case: UUID | None, causation: UUID | None, wait: float
) -> tuple[int, dict[str, Any]]:
    """Send one message, and wait for the hub's answer.

    Args:
        type_: `group.name`, or the wire type.
        data: as it is; the hub judges it.
        case: `correlationid`.
        wait: seconds.

    Returns:
        The exit code (0 accepted, 3 refused, 4 no answer in time) and the answer's event; without one, our `id`.

    Raises:
        OperatorError: the folder is not a partner's.
        Unconfirmed, BrokerAway: the broker did not take it.
    """
    draft = Draft(full_type(type_), data, lane, case, causation)
    async with connected(load(folder), _tools()) as client:
        receiving = asyncio.create_task(client.receive_answers())
        try:
            id_ = await client.send(draft)
            answer = await client.wait_for_answer(id_, wait)
        finally:
            receiving.cancel()
            await asyncio.gather(receiving, return_exceptions=True)
    if answer is None:
        return NO_ANSWER, {"id": str(id_)}
    return (ACCEPTED if answer.accepted else REFUSED), answer.content


async def receive(folder: Path, seconds: float | None) -> AsyncIterator[dict[str, Any]]:
    """The events that come in, each acknowledged and answered with `verwerkt` when the next one is asked for.

    Raises:
        OperatorError: the folder is not a partner's.
        BrokerAway: no connection.
    """
    async with connected(load(folder), _tools()) as client:
        async for message in client.receive(seconds):
            yield message.content


def _tools() -> Tools:
    return Tools(clock=lambda: datetime.now(UTC), new_id=uuid4)
