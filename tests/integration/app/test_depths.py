"""How much lies in the queues of a partner: what is ready or in hand, or without the management API what is ready."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aio_pika.abc import AbstractChannel
from structlog.testing import capture_logs

from hub.app.depths import BrokerDepths
from hub.app.hub import Hub
from hub.canonical.codes import Lane
from hub.ids import PartnerId
from hub.local.servers import Addresses
from hub.telemetry import LogEvent
from tests.integration.broker.rig import Broker, Partner, broker_at, eventually, new_publisher, outgoing


@pytest.fixture
async def broker(servers: Addresses) -> AsyncIterator[Broker]:
    async with broker_at(servers) as broker:
        yield broker


@pytest.fixture
async def partner(broker: Broker) -> AsyncIterator[Partner]:
    """Five acute messages and a routine one lie in its queues."""
    partner, publisher = await broker.partner(), new_publisher(broker)
    for lane in (*[Lane.ACUTE] * 5, Lane.ROUTINE):
        await publisher.publish(outgoing(partner, lane=lane))
    yield partner
    await publisher.stop()


def at(hub: Hub, *admin_urls: str) -> BrokerDepths:
    return BrokerDepths(replace(hub, settings=replace(hub.settings, amqp_admin_urls=admin_urls)))


async def holding(channel: AbstractChannel, number: int) -> None:
    queue = await channel.get_queue("from-hub.acuut", ensure=False)
    for _ in range(number):
        assert await queue.get() is not None


async def test_what_is_ready_and_what_a_reader_has_in_hand_both_lie_there(hub: Hub, partner: Partner) -> None:
    depths = BrokerDepths(hub)

    async def counted(acute: int) -> bool:
        return await depths.lying(partner.id) == {Lane.ACUTE: acute, Lane.ROUTINE: 1}

    async with partner.channel() as channel:
        await holding(channel, 2)
        await eventually(lambda: counted(5), every=0.5)
    await partner.get(Lane.ACUTE)
    await eventually(lambda: counted(4), every=0.5)


@pytest.mark.parametrize("reason", ["away", "without rights", "not set"])
async def test_without_the_management_api_the_queue_says_what_waits_in_it(
    hub: Hub, partner: Partner, servers: Addresses, reason: str
) -> None:
    urls = {
        "away": ["http://hub:hub@127.0.0.1:1"],
        "without rights": [servers.admin_url.replace("://", "://nobody:", 1).replace("@", "x@", 1)],
        "not set": [],
    }[reason]
    depths = at(hub, *urls)
    with capture_logs() as logs:
        async with partner.channel() as channel:
            await holding(channel, 2)
            for _ in range(2):
                assert await depths.lying(partner.id) == {Lane.ACUTE: 3, Lane.ROUTINE: 1}

    assert [line["event"] for line in logs] == [LogEvent.QUEUES_NOT_COUNTED], "said once"


async def test_nothing_lies_in_a_queue_that_is_not_there_but_who_cannot_see_that_says_nothing(
    hub: Hub, broker: Broker, partner: Partner
) -> None:
    await broker.delete_queue(partner.id, "from-hub.acuut")
    gone = PartnerId("nobody-at-all")

    assert (await BrokerDepths(hub).lying(partner.id))[Lane.ACUTE] == 0
    assert await BrokerDepths(hub).lying(gone) == {Lane.ACUTE: 0, Lane.ROUTINE: 0}
    assert await at(hub).lying(partner.id) == {}
    assert await at(hub).lying(gone) == {}
