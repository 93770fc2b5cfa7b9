"""The broker, one partner with a virtual host of its own, and the hub's two sides of it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hub.amqp.connection import Connector
from hub.broker.consumer import Consumers
from hub.broker.publisher import Publisher
from hub.canonical.codes import Lane
from hub.local.servers import Addresses
from tests.faults.proxy import Proxy, proxy_to
from tests.integration.broker.rig import WATCH_EVERY, Broker, Partner, broker_at, new_publisher


@pytest.fixture
async def broker(servers: Addresses) -> AsyncIterator[Broker]:
    async with broker_at(servers) as broker:
        yield broker


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(servers: Addresses) -> AsyncIterator[Partner]:
    """A partner for tests that change nothing."""
    async with broker_at(servers) as broker:
        yield await broker.partner()


@pytest.fixture
async def partner(broker: Broker) -> Partner:
    return await broker.partner()


@pytest.fixture
async def proxy(servers: Addresses) -> AsyncIterator[Proxy]:
    async with proxy_to(servers.amqp_url) as proxy:
        yield proxy


@pytest.fixture
async def consumers(proxy: Proxy) -> AsyncIterator[Consumers]:
    """Of the routine lane, `dead` included, over the proxy."""
    consumers = Consumers(Connector((proxy.url,)), Lane.ROUTINE, prefetch=50, dead=True, watch_every=WATCH_EVERY)
    yield consumers
    await consumers.stop()


@pytest.fixture
async def publisher(broker: Broker) -> AsyncIterator[Publisher]:
    publisher = new_publisher(broker)
    yield publisher
    await publisher.stop()
