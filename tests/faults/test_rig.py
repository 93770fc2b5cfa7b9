"""The rig on servers of others, with something in between: the hub goes by it, and partners do not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

from hub.local.servers import Addresses
from hub.partner.profile import load as profile_of
from tests.faults.judge import load
from tests.faults.proxy import Proxy, proxy_to
from tests.faults.reckoning import differences
from tests.faults.rig import rigged


@dataclass
class Wire:
    """What the hub reaches the broker by."""

    proxy: Proxy | None = None

    @asynccontextmanager
    async def between(self, addresses: Addresses) -> AsyncIterator[Addresses]:
        async with proxy_to(addresses.amqp_url) as self.proxy:
            yield replace(addresses, amqp_url=self.proxy.url)


async def test_a_hub_whose_wire_is_cut_and_whose_workers_are_killed_leaves_clean_books(
    servers: Addresses, fresh_database: str
) -> None:
    own, wire = replace(servers, database_url=fresh_database), Wire()
    async with rigged(servers=own, suffix=uuid4().hex[:8], between=wire.between, workers=1, seed=2) as rig:
        assert wire.proxy is not None
        assert rig.seen.amqp_url == wire.proxy.url != own.amqp_url
        partners = [profile_of(rig.home / "partners" / player.name) for player in rig.players]
        assert all(own.amqp_url.rpartition(":")[2] in one.amqp_urls[0] for one in partners)
        rig.open(15)
        assert await rig.probe() > 0
        wire.proxy.cut()
        assert rig.kill_worker() is not None
        rig.open(15)
        await rig.cleared()
        await rig.drain()
        verdict = await rig.judged()
        assert verdict.clean, "\n".join(verdict.lines())
        assert verdict.sent > 60
        assert not list(differences(load(rig.home / "partners"), await rig.account()))
