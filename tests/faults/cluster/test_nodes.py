"""Nodes of the broker's cluster killed, frozen and wiped under steady traffic.

One hub goes through all of it, with the addresses of all three nodes, and nothing of it is restarted; the partners go
on by themselves too. Their books show that nothing was lost, doubled, invented or left unanswered.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import pytest_asyncio

from hub.amqp.connection import Connector
from hub.broker.admin import Admin
from hub.broker.declare import declare
from hub.broker.publisher import Publisher
from hub.broker.topology import FROM_HUB, INTAKE, QUEUES, Limits
from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.errors import BrokerAway, Unconfirmed
from hub.ids import MessageId, PartnerId
from hub.local.homes import throwaway_home
from hub.local.servers import running
from hub.ports import Outgoing
from tests.faults.cluster.nodes import Cluster, Node, clustered
from tests.faults.rig import rigged, silent
from tests.faults.watched import Watched
from tests.patience import CEILING

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.exhaustive]
RATE = 4.0
"""Openings a second; each leads to some fifteen messages."""
FROZEN = 25.0
"""Seconds; more than three times the tick by which the other nodes notice."""


@dataclass(kw_only=True)
class Clustered(Watched):
    """A rig on a cluster of its own."""

    cluster: Cluster
    began: float = field(default_factory=time.monotonic)

    @property
    def vhosts(self) -> list[str]:
        return [player.name for player in self.rig.players]

    async def leader(self) -> Node:
        """Of the queue that probes come in by."""
        police = next(player.name for player in self.rig.players if player.role is Role.POLICE)
        return await asyncio.to_thread(self.cluster.leader, police, INTAKE[Lane.ROUTINE])

    async def members(self, what: str, vhosts: Sequence[str]) -> set[str]:
        """The nodes that have a member of each queue of these virtual hosts, as the broker said some seconds ago."""
        queues = [queue for queue in await self.cluster.listed() if queue["vhost"] in vhosts]
        assert len(queues) == len(QUEUES) * len(vhosts)
        return set.intersection(*({*queue.get(what, ())} for queue in queues))

    async def has_members(self, nodes: Iterable[Node], what: str = "members", of: Sequence[str] = ()) -> None:
        """Until each queue, of all partners or of these, has them on these nodes and no others."""
        names, ends = {node.name for node in nodes}, time.monotonic() + CEILING
        while (found := await self.members(what, of or self.vhosts)) != names:
            assert time.monotonic() < ends, found
            await asyncio.sleep(0.5)

    async def has_caught_up(self, node: Node) -> None:
        """Until its members of the intake queues have all that the leaders have had committed when first asked."""
        ends, queue = time.monotonic() + CEILING, INTAKE[Lane.ROUTINE]
        for vhost in self.vhosts:
            wanted, own = await asyncio.to_thread(self.cluster.indexes, vhost, queue, node)
            while own < wanted:
                assert time.monotonic() < ends, (vhost, own, wanted)
                _, own = await asyncio.to_thread(self.cluster.indexes, vhost, queue, node)

    async def probed(self, after: str) -> None:
        self.say(f"{after}: receipt after {await self.rig.probe():.1f} s")

    async def recovered(self) -> list[str]:
        """By itself: ready, and drained; what is missing."""
        await self.turns_ready()
        found = await self.findings()
        status = await self.rig.status()
        self.say(f"drained, {len(found)} findings: {status['sent']} messages said by partners, {status['got']} got")
        self.rig.go(RATE)
        return found

    def say(self, line: str) -> None:
        print(f"{time.monotonic() - self.began:7.1f} s  {line}", flush=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub() -> AsyncIterator[Clustered]:
    with clustered() as cluster, throwaway_home() as home, running(home, broker=False, say=silent) as database:
        addresses = replace(cluster.addresses, database_url=database.database_url)
        async with rigged(servers=addresses, seed=5) as rig:
            hub = Clustered(rig=rig, cluster=cluster)
            rig.go(RATE)
            await hub.probed("no fault yet")
            yield hub


async def test_every_queue_has_a_member_on_each_node(hub: Clustered) -> None:
    await hub.has_members(hub.cluster.nodes)


async def test_another_node_leads_after_a_leader_is_killed_under_load(hub: Clustered) -> None:
    leader = await hub.leader()
    leader.kill()
    await hub.probed(f"{leader.name}, leader of the intake, killed")
    assert await hub.leader() != leader
    await hub.is_said("attention", leader.name)
    await hub.is_ready_by_itself()

    await asyncio.to_thread(leader.start)
    await hub.probed(f"{leader.name} started again")
    assert await hub.recovered() == []


async def test_another_node_leads_while_a_leader_is_frozen_and_it_comes_back(hub: Clustered) -> None:
    leader = await hub.leader()
    leader.freeze()
    thaws = asyncio.get_running_loop().time() + FROZEN
    await hub.probed(f"{leader.name}, leader of the intake, frozen")
    await asyncio.sleep(thaws - asyncio.get_running_loop().time())
    assert await hub.leader() != leader
    await hub.is_ready_by_itself()

    leader.thaw()
    await hub.probed(f"{leader.name} thawed")
    await asyncio.to_thread(leader.stop)  # the operator: a node that hung may have gone on with a view of its own
    await asyncio.to_thread(leader.start)
    assert await hub.recovered() == []


async def test_a_node_that_was_wiped_and_grown_again_counts_when_another_is_killed(hub: Clustered) -> None:
    first, second, wiped = hub.cluster.nodes
    wiped.kill()
    wiped.wipe()
    await hub.probed(f"{wiped.name} killed and wiped")

    await asyncio.to_thread(hub.cluster.forget, wiped)
    await asyncio.to_thread(wiped.start)
    await hub.has_members([first, second])  # it joined; its queues are for the operator to grow
    await asyncio.to_thread(hub.cluster.grow, wiped)
    await hub.has_members(hub.cluster.nodes, "online")
    await hub.has_caught_up(wiped)

    first.kill()
    await hub.probed(f"{first.name}, the first address, killed; two nodes left, one of them grown")
    await hub.has_members([second, wiped], "online")
    await hub.is_ready_by_itself()
    assert await hub.recovered() == []
    await asyncio.to_thread(first.start)
    await hub.probed(f"{first.name} started again")


async def test_the_queues_of_a_partner_that_is_added_while_a_node_is_away_have_a_member_on_it_when_it_is_back(
    hub: Clustered,
) -> None:
    one, two, away = hub.cluster.nodes
    away.kill()
    await added("early", one)
    await hub.has_members([one, two], "online", ["early"])
    await asyncio.to_thread(away.start)
    await hub.has_members(hub.cluster.nodes, "online", ["early"])


async def added(name: str, by: Node) -> PartnerId:
    """A virtual host with its queues, which this node leads."""
    partner = PartnerId(name)
    async with Admin([by.admin_url], Connector((by.amqp_url,)).user) as admin:
        await admin.provision(partner, Limits(), "geheim")
    await declare(Connector((by.amqp_url,)), partner)
    return partner


async def test_what_is_first_published_while_a_queue_has_no_leader_goes_through_by_another_channel(
    hub: Clustered,
) -> None:
    one, two, _ = hub.cluster.nodes
    late = await added("late", two)
    assert await asyncio.to_thread(hub.cluster.leader, late, FROM_HUB[Lane.ROUTINE]) is two
    publisher = Publisher(Connector((one.amqp_url,)), deadline=5.0, clock=lambda: datetime.now(UTC))
    try:
        await publisher.publish(Outgoing(MessageId(uuid4()), late, Lane.ACUTE, b"connects"))
        two.kill()
        hub.say(f"published in the moment without a leader: {await until_confirmed(publisher, late, within=20)}")
    finally:
        await publisher.stop()
    await asyncio.to_thread(two.start)


async def until_confirmed(publisher: Publisher, partner: PartnerId, within: float) -> str:
    """How often it was refused before, and how long that took."""
    began, refused = time.monotonic(), 0
    while time.monotonic() - began < within:
        try:
            await publisher.publish(Outgoing(MessageId(uuid4()), partner, Lane.ROUTINE, b"late"))
        except (Unconfirmed, BrokerAway):
            refused += 1
            await asyncio.sleep(0.05)
        else:
            return f"refused {refused} times, confirmed after {time.monotonic() - began:.1f} s"
    raise AssertionError(f"refused {refused} times, and never confirmed")


async def test_no_worker_was_restarted_by_any_of_it_and_the_account_fits(hub: Clustered) -> None:
    assert await hub.findings_and_misfits() == []
    events = [one["event"] for one in hub.logged()]
    hub.say(f"broker_away {events.count('broker_away')}, outgoing_unconfirmed {events.count('outgoing_unconfirmed')}, "
            f"consumer_healed {events.count('consumer_healed')}")  # fmt: skip
    assert not {"worker_died", "worker_hangs", "crashed", "undeclared"} & {*events}
