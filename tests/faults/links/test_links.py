"""Every way a network fails, on the wire to the broker and on that to the database, under steady traffic.

The hub notices, says that it is not ready, resumes by itself when the wire is whole, and the partners' books show that
nothing was lost, doubled, invented or left unanswered. One hub goes through all of it, and nothing of it is restarted.
"""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from hub.local.servers import Addresses
from tests.faults.links.wires import Wired, wired
from tests.faults.proxy import Proxy, Way

pytestmark = pytest.mark.asyncio(loop_scope="module")
RATE = 2.0
"""Openings a second; each leads to some fifteen messages."""

Spoil = Callable[[Proxy], None]
SLOW: dict[str, Spoil] = {
    "delayed": lambda wire: setattr(wire, "delay", 0.3),
    "throttled": lambda wire: setattr(wire, "rate", 60_000),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(servers: Addresses) -> AsyncIterator[Wired]:
    async with wired(servers) as hub:
        hub.rig.go(RATE)
        await hub.rig.probe()
        yield hub


@pytest.fixture(autouse=True)
def at_work(hub: Wired) -> None:
    hub.mark()
    hub.rig.go(RATE)


def wire_to(hub: Wired, server: str) -> Proxy:
    return hub.broker if server == "broker" else hub.database


@pytest.mark.parametrize(("server", "reason"), [("broker", "queues-unread"), ("database", "database-away")])
async def test_a_wire_that_is_cut_makes_the_hub_unready_until_it_is_whole(hub: Wired, server: str, reason: str) -> None:
    wire_to(hub, server).refuse()
    await hub.turns(reason)
    assert (await hub.rig.asked_status())["exit"] == 1

    wire_to(hub, server).heal()
    assert await recovered(hub) == []
    assert (await hub.rig.asked_status())["exit"] == 0


@pytest.mark.parametrize(("server", "reason"), [("broker", "queues-unread"), ("database", "database-away")])
async def test_a_black_hole_makes_the_hub_unready_until_it_is_gone(hub: Wired, server: str, reason: str) -> None:
    wire_to(hub, server).lose(*Way)
    await hub.turns(reason)
    wire_to(hub, server).heal()
    assert await recovered(hub) == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("way", Way, ids=lambda way: way.value)
@pytest.mark.parametrize(("server", "reason"), [("broker", "queues-unread"), ("database", "database-away")])
async def test_a_black_hole_one_way_makes_the_hub_unready_until_it_is_gone(
    hub: Wired, server: str, reason: str, way: Way
) -> None:
    wire_to(hub, server).lose(way)
    await hub.turns(reason)
    wire_to(hub, server).heal()
    assert await recovered(hub) == []


@pytest.mark.parametrize("server", [pytest.param("broker", marks=pytest.mark.exhaustive), "database"])
async def test_a_peer_that_vanishes_without_a_word_is_given_up_and_found_again(hub: Wired, server: str) -> None:
    wire = wire_to(hub, server)
    accepted = wire.accepted
    wire.vanish()
    # A statement that is made anew at once is no reason to be unready: that it comes by another wire counts.
    await hub.until(lambda: wire.accepted > accepted, "no other wire")
    assert await recovered(hub) == []


async def test_confirms_that_never_come_make_the_hub_unready_and_send_again_what_partners_know(hub: Wired) -> None:
    hub.broker.swallowing_confirms = True
    await hub.turns("unconfirmed")
    hub.broker.heal()
    assert await recovered(hub) == []


@pytest.mark.parametrize("fault", SLOW)
@pytest.mark.parametrize("server", ["broker", "database"])
async def test_a_wire_that_is_slow_makes_the_hub_slow_and_nothing_else(hub: Wired, server: str, fault: str) -> None:
    SLOW[fault](wire_to(hub, server))
    await hub.rig.probe()
    wire_to(hub, server).heal()
    assert await recovered(hub) == []


async def test_no_worker_was_restarted_by_any_of_it_and_the_account_fits(hub: Wired) -> None:
    assert await hub.findings_and_misfits() == []
    events = [one["event"] for one in hub.logged()]
    assert not {"worker_died", "crashed", "undeclared"} & {*events}
    assert events.count("worker_unready") == events.count("worker_ready")


async def recovered(hub: Wired) -> list[str]:
    """By itself: ready and answering; what is missing."""
    await hub.turns_ready()
    await hub.rig.probe()
    return await hub.findings()
