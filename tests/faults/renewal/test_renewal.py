"""Each queue of an earlier version is made anew under traffic, by processes that die before and after each step."""

from collections.abc import AsyncIterator, Iterator

import pytest

from hub.broker import renewal
from hub.broker.topology import QUEUES
from hub.local.servers import Addresses
from tests.integration.broker.earlier import broken_off_everywhere, counted_soon
from tests.integration.broker.rig import Broker, broker_at


@pytest.fixture
async def broker(servers: Addresses) -> AsyncIterator[Broker]:
    async with broker_at(servers) as broker:
        yield broker


@pytest.fixture(autouse=True, scope="module")
def _counted_soon(servers: Addresses) -> Iterator[None]:
    with counted_soon(servers):
        yield


@pytest.mark.exhaustive
@pytest.mark.parametrize("queue", QUEUES)
async def test_nothing_is_lost_wherever_it_is_broken_off(
    broker: Broker, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "LOOK_EVERY", 0.1)
    monkeypatch.setattr(renewal, "RETURNED", 0.1)
    monkeypatch.setattr(renewal, "FORGOTTEN", 1.0)
    await broken_off_everywhere(broker, queue, monkeypatch)
