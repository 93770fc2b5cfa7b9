"""The client mixes loss and cancellation; the hub does not."""

import asyncio

import pytest
from aio_pika.exceptions import AMQPConnectionError, ChannelInvalidStateError, DeliveryError
from pamqp.commands import Basic

from hub.amqp.boundary import as_broker_away
from hub.errors import BrokerAway


@pytest.mark.parametrize(
    "error", [AMQPConnectionError("x"), ChannelInvalidStateError("x"), OSError("x"), TimeoutError(), RuntimeError("x")]
)
async def test_every_kind_of_loss_is_the_broker_being_away(error: Exception) -> None:
    with pytest.raises(BrokerAway) as caught, as_broker_away():
        raise error
    assert type(error).__name__ in caught.value.sentence


async def test_an_error_of_no_kind_is_a_loss_and_one_of_ours_is_not() -> None:
    with pytest.raises(BrokerAway), as_broker_away():
        raise Exception  # noqa: TRY002 - what the client gives who waits when it closes without a reason
    with pytest.raises(LookupError), as_broker_away():
        raise LookupError


async def test_a_cancellation_that_nobody_asked_for_is_a_loss() -> None:
    with pytest.raises(BrokerAway), as_broker_away():
        raise asyncio.CancelledError


async def test_a_real_cancellation_passes() -> None:
    async def wait() -> None:
        with as_broker_away():
            await asyncio.sleep(60)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_real_cancellation_passes_though_the_client_answers_it_with_a_loss() -> None:
    async def wait() -> None:
        with as_broker_away():
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                raise ChannelInvalidStateError("closed") from None

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_deadline_inside_is_a_loss() -> None:
    with pytest.raises(BrokerAway), as_broker_away():
        async with asyncio.timeout(0.01):
            await asyncio.sleep(60)


async def test_the_brokers_refusal_of_a_message_is_an_answer_and_passes() -> None:
    with pytest.raises(DeliveryError), as_broker_away():
        raise DeliveryError(None, Basic.Nack(1))
