"""A broker that takes what is far too large: it is said, and no worker grows by it."""

import asyncio
import os
from pathlib import Path

import aio_pika
import pytest

from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.local.servers import Addresses
from hub.partner.profile import Profile
from tests.faults.links.wires import Wired, wired
from tests.faults.partners.actor import accepted
from tests.faults.pressure.broker import other_sizes
from tests.faults.pressure.company import company
from tests.patience import CEILING

MIB = 1024 * 1024
NUMBER, SIZE = 30, 16 * MIB
ROOM = 64 * MIB
"""By which a worker may grow: by four of them."""


def peak(hub: Wired) -> int:
    """The most bytes that any of its workers ever had."""
    assert hub.rig.hub is not None
    pid = hub.rig.hub.pid
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    lines = [line for one in workers for line in Path(f"/proc/{one}/status").read_text().splitlines()]
    return max(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


async def publish_large(profile: Profile, lane: Lane) -> None:
    connection = await aio_pika.connect(profile.amqp_urls[0])
    async with connection:
        exchange = await (await connection.channel()).get_exchange("to-hub", ensure=False)
        for _ in range(NUMBER):
            large = aio_pika.Message(os.urandom(SIZE), user_id=profile.id, delivery_mode=2)
            await exchange.publish(large, lane.value)


@pytest.mark.exhaustive
@pytest.mark.parametrize("lane", Lane)
async def test_a_queue_full_of_bodies_that_are_too_large_costs_no_worker_memory(servers: Addresses, lane: Lane) -> None:
    with other_sizes(servers) as most:
        most(128 * MIB)
        async with wired(servers, crowds=0) as hub, company(hub.rig) as everybody:
            await hub.is_said("attention", "takes bodies of over 512 KiB")
            before = peak(hub)
            hub.rig.freeze()
            await publish_large(everybody[Role.REPORTER].profile, lane)
            hub.rig.thaw()
            reports = [*everybody.reports(Role.POLICE, 3, Lane.ACUTE), *everybody.reports(Role.POLICE, 3)]
            answers = await asyncio.wait_for(asyncio.gather(*reports), CEILING)
            assert all(accepted(answer) for answer in answers)
            await hub.until(lambda: refused(hub) == NUMBER, "not all are refused")
            assert peak(hub) - before < ROOM


def refused(hub: Wired) -> int:
    return sum(one["rejected"] for one in hub.logged() if one["event"] == "batch_committed")
