"""What whoever publishes or reads may count on: the hub, a partner's client and the fakes of tests keep it alike."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from hub.errors import BrokerAway, Unconfirmed
from hub.local.servers import Addresses
from tests.integration.amqp.sides import (
    HASTE,
    Publishing,
    Reading,
    fake_publishing,
    fake_reading,
    hub_publishing,
    hub_reading,
    partner_publishing,
    partner_reading,
)
from tests.integration.broker.rig import LIMITS, Broker, Partner, broker_at
from tests.patience import CEILING

PUBLISHING = (hub_publishing, partner_publishing, fake_publishing)
READING = (hub_reading, partner_reading, fake_reading)
Opened = Callable[[Broker, Partner], AbstractAsyncContextManager[Publishing]]
OpenedReading = Callable[[Broker, Partner], AbstractAsyncContextManager[Reading]]


@pytest.fixture
async def broker(servers: Addresses) -> AsyncIterator[Broker]:
    async with broker_at(servers) as broker:
        yield broker


@pytest.fixture
async def partner(broker: Broker) -> Partner:
    return await broker.partner(replace(LIMITS, queue_messages=25))


@pytest.fixture(params=PUBLISHING, ids=["hub", "partner", "fake"])
async def side(request: pytest.FixtureRequest, broker: Broker, partner: Partner) -> AsyncIterator[Publishing]:
    opened: Opened = request.param
    async with opened(broker, partner) as side:
        yield side


@pytest.fixture(params=READING, ids=["hub", "partner", "fake"])
async def reader(request: pytest.FixtureRequest, broker: Broker, partner: Partner) -> AsyncIterator[Reading]:
    opened: OpenedReading = request.param
    async with opened(broker, partner) as reader:
        yield reader


# --- publishing -----------------------------------------------------------------------------------------------------


async def test_what_is_confirmed_lies_there_once(side: Publishing) -> None:
    await asyncio.gather(*(side.publish(number) for number in range(20)))
    assert await side.lying() == 20


async def test_a_full_queue_refuses_and_keeps_what_it_has(side: Publishing) -> None:
    await side.publish(1)
    await side.fill()
    before = await side.lying()
    with pytest.raises(Unconfirmed) as caught:
        await side.publish(2)
    assert caught.value.code == "refused"
    assert await side.lying() == before


async def test_copies_are_never_on_their_way_together_and_each_has_its_own_outcome(side: Publishing) -> None:
    """The hub sends none while another is under way, as it decides again afterwards; a partner's goes after it."""
    outcomes = await asyncio.gather(side.publish(1), side.publish(1), return_exceptions=True)
    codes = [getattr(outcome, "code", None) for outcome in outcomes]
    assert codes == [None, None if side.copies_wait else "in-flight"]
    assert await side.lying() == codes.count(None)
    before = await side.lying()
    await side.publish(1)  # their outcome is known
    assert await side.lying() == before + 1


async def test_without_a_confirm_in_time_it_may_have_arrived_and_the_next_ones_go_on(side: Publishing) -> None:
    await side.publish(1)
    side.say_nothing()
    side.hurry(HASTE)
    with pytest.raises(Unconfirmed) as caught:
        await side.publish(2)
    assert caught.value.code == "no-confirm"
    side.come_back()
    side.hurry(CEILING)
    await until_published(side, 2)
    assert await side.lying() in (2, 3)


async def test_without_a_connection_nothing_is_sent_until_there_is_one(side: Publishing) -> None:
    await side.publish(1)
    side.go_away()
    side.hurry(HASTE)
    await until_away(side, 2)
    with pytest.raises(BrokerAway):
        await side.publish(3)
    side.come_back()
    side.hurry(CEILING)
    await until_published(side, 3)
    assert await side.lying() >= 2


async def test_one_that_is_cancelled_is_cancelled_also_where_its_connection_is_lost_with_it(side: Publishing) -> None:
    await side.publish(1)
    side.say_nothing()
    publishing = asyncio.create_task(side.publish(2))
    await asyncio.sleep(0)
    side.go_away()
    publishing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await publishing
    assert publishing.cancelled()
    side.come_back()
    await until_published(side, 2)


async def until_published(side: Publishing, number: int) -> None:
    """What is lost is found out by trying."""
    async with asyncio.timeout(CEILING):
        while True:
            try:
                return await side.publish(number)
            except (BrokerAway, Unconfirmed):
                await asyncio.sleep(0)


async def until_away(side: Publishing, number: int) -> None:
    """A loss that comes while a message is on its way leaves its outcome open."""
    async with asyncio.timeout(CEILING):
        while True:
            try:
                await side.publish(number)
            except BrokerAway:
                return
            except Unconfirmed:
                await asyncio.sleep(0)


# --- reading --------------------------------------------------------------------------------------------------------


async def test_what_waits_is_taken_in_order_and_once(reader: Reading) -> None:
    await reader.bring(*range(30))
    assert await reader.take(10) == [*range(10)]
    assert await reader.take(20) == [*range(10, 30)]


async def test_what_is_not_acknowledged_comes_again_and_nothing_else_does(reader: Reading) -> None:
    await reader.bring(*range(10))
    assert await reader.take(10) == [*range(10)]
    await reader.ack(0, 1, 2, 5)
    await reader.begin_anew()
    assert await reader.take(6) == [3, 4, 6, 7, 8, 9]
    await reader.ack(3, 4, 6, 7, 8, 9)
    await reader.begin_anew()
    await reader.bring(99)
    assert await reader.take(1) == [99]


async def test_who_waits_for_a_delivery_and_is_cancelled_takes_none_along(reader: Reading) -> None:
    waiting = asyncio.create_task(reader.take(1))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await reader.bring(1)
    assert await reader.take(1) == [1]
