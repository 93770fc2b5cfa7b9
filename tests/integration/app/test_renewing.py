"""A hub starts under other limits than its queues were made with, and makes them anew when no older version runs."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from hub.app.hub import Hub
from hub.app.partners import Application, apply_topology, connect_partner
from hub.app.renewing import Renewing
from hub.broker.topology import QUEUES
from hub.local.servers import Addresses
from tests.integration.broker.earlier import QUIET, counted_soon, earlier_queues
from tests.integration.broker.rig import broker_at
from tests.kit import kit_without_database

PARTNER = kit_without_database().speakers["om-test"].partner


@pytest.fixture(autouse=True, scope="module")
def _counted_soon(servers: Addresses) -> Iterator[None]:
    with counted_soon(servers):
        yield


@pytest.fixture
async def old(hub: Hub, servers: Addresses) -> AsyncIterator[Hub]:
    """A hub whose partner has a queue of an earlier version; the configuration says another limit since."""
    signing, encryption = (key.jwk for key in PARTNER.keys)
    await connect_partner(hub, Application(PARTNER.id, PARTNER.oin, PARTNER.role, PARTNER.regions, signing, encryption))
    async with broker_at(servers) as broker:
        broker.made.append(PARTNER.id)
        await earlier_queues(broker, PARTNER.id, ["from-hub.acuut"])
        limits = replace(hub.config.limits, queue_messages=30_000)
        yield replace(hub, config=replace(hub.config, limits=limits))


async def earlier(hub: Hub) -> set[str]:
    async with hub.admin() as admin:
        depths = await admin.depths(PARTNER.id)
    assert depths.keys() >= set(QUEUES)
    return {name for name, depth in depths.items() if depth.earlier}


async def test_a_hub_starts_under_another_limit_and_makes_the_queue_anew(old: Hub) -> None:
    assert PARTNER.id in await apply_topology(old)
    assert await earlier(old) == {"from-hub.acuut"}
    renewing = Renewing(old, kit_without_database().now, quiet=QUIET, gone_for=0)
    await renewing.look()
    assert await earlier(old) == set()
    await renewing.look()  # there is no more to do
    assert await apply_topology(old)


async def test_while_an_older_version_runs_its_queues_stay_so_that_it_may_be_gone_back_to(old: Hub) -> None:
    url = old.database._engine.url
    older = create_async_engine(url, connect_args={"server_settings": {"application_name": "ketenhub 0001 worker"}})
    async with older.connect():
        assert await old.database.older_connections()
        renewing = Renewing(old, kit_without_database().now, quiet=QUIET, gone_for=0)
        await renewing.look()
        assert await earlier(old) == {"from-hub.acuut"}
    await older.dispose()


async def test_an_older_version_that_has_lost_its_connections_for_a_moment_still_runs(old: Hub) -> None:
    renewing = Renewing(old, kit_without_database().now, quiet=QUIET)
    for _ in range(2):
        await renewing.look()
    assert await earlier(old) == {"from-hub.acuut"}
