"""Whether the broker keeps what is too large away, tried on the real one as it is and as it should not be."""

from hub.broker.sizes import LARGEST, OWN_VHOST, Sizes, try_sizes
from hub.envelope.policy import FROM_HUB_LIMIT
from hub.local.servers import Addresses
from tests.faults.pressure.broker import other_sizes
from tests.integration.broker.rig import Broker

NOBODY = "amqp://nobody:nothing@127.0.0.1:9"


async def tried(broker: Broker, *others: str) -> list[Sizes]:
    async with broker.admin() as admin:
        return await try_sizes((broker.addresses.amqp_url, *others), admin)


async def test_a_private_broker_takes_what_fits_and_no_more(broker: Broker) -> None:
    (found,) = await tried(broker)
    assert (found.refuses_large, found.takes_all) == (True, True)
    assert found.node in broker.addresses.amqp_url


async def test_a_node_that_does_not_answer_is_left_out(broker: Broker) -> None:
    assert len(await tried(broker, NOBODY)) == 1


async def test_trying_leaves_nothing_behind(broker: Broker) -> None:
    await tried(broker)
    await tried(broker)
    assert (await broker.http.get(f"/api/queues/{OWN_VHOST}")).json() == []
    assert await broker.connections(OWN_VHOST) == []


async def test_a_limit_that_is_too_high_or_too_low_is_found(broker: Broker, servers: Addresses) -> None:
    with other_sizes(servers) as limit:
        limit(LARGEST + 1)
        (high,) = await tried(broker)
        limit(FROM_HUB_LIMIT - 1)
        (low,) = await tried(broker)
    assert (high.refuses_large, high.takes_all) == (False, True)
    assert (low.refuses_large, low.takes_all) == (True, False)
