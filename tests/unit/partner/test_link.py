"""How the AMQP client says that a connection is lost, and what becomes of an acknowledgement then."""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

import pytest
from aio_pika.exceptions import AMQPConnectionError, ChannelInvalidStateError

from hub.canonical.codes import Lane
from hub.partner.link import Delivery


@dataclass
class Lost:
    """A delivery of a connection that is gone."""

    error: BaseException
    hangs: bool

    async def ack(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        raise self.error


def delivery(error: BaseException, *, hangs: bool = False) -> Delivery:
    return Delivery(Lane.ROUTINE, b"", None, 1, cast(Any, Lost(error, hangs)), lambda: None)


@pytest.mark.parametrize(
    "error",
    [AMQPConnectionError(), ChannelInvalidStateError(), ConnectionResetError(), asyncio.CancelledError(), Exception()],
)
async def test_an_acknowledgement_on_a_lost_connection_is_no_error_as_the_message_comes_again(
    error: BaseException,
) -> None:
    await delivery(error).ack()


async def test_an_error_of_ours_is_not_taken_for_a_lost_connection() -> None:
    with pytest.raises(LookupError):
        await delivery(LookupError()).ack()


async def test_who_is_cancelled_stays_cancelled() -> None:
    task = asyncio.create_task(delivery(asyncio.CancelledError(), hangs=True).ack())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
