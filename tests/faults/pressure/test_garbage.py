"""A partner whose system sends what nobody can open: it waits, in its routine lane, and nobody else does."""

import asyncio
import os
import time
from collections import Counter
from pathlib import Path

import aio_pika
import pytest

from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.lanes.unreadable import APART
from hub.local.servers import Addresses
from hub.partner.profile import Profile
from tests.faults.links.wires import Wired, wired
from tests.faults.partners.actor import accepted
from tests.faults.pressure.company import Company, company
from tests.patience import CEILING

MANY = 1_000
BEFORE = "message_rejected", "bodies_refused"


async def publish_garbage(profile: Profile, number: int, lane: Lane) -> None:
    connection = await aio_pika.connect(profile.amqp_urls[0])
    async with connection:
        exchange = await (await connection.channel()).get_exchange("to-hub", ensure=False)
        bodies = (aio_pika.Message(os.urandom(300), user_id=profile.id, delivery_mode=2) for _ in range(number))
        await asyncio.gather(*(exchange.publish(body, lane.value) for body in bodies))


async def slowest(everybody: Company, lane: Lane, number: int) -> float:
    """Seconds that the slowest of so many reports of another takes, one after another."""
    took = []
    for _ in range(number):
        began = time.monotonic()
        (report,) = everybody.reports(Role.POLICE, 1, lane)
        assert accepted(await asyncio.wait_for(report, CEILING))
        took.append(time.monotonic() - began)
    return max(took)


def refused(hub: Wired) -> int:
    return sum(one["rejected"] for one in hub.logged() if one["event"] == "batch_committed")


@pytest.mark.exhaustive
@pytest.mark.parametrize("restarted", [False, True], ids=["", "killed in the middle"])
@pytest.mark.parametrize("lane", Lane)
async def test_garbage_costs_its_sender_only_and_what_is_sound_behind_it_comes(
    servers: Addresses, tmp_path: Path, lane: Lane, restarted: bool
) -> None:
    async with wired(servers, crowds=0) as hub, company(hub.rig) as everybody:
        school = everybody[Role.REPORTER].profile
        usual = await slowest(everybody, lane, 10)
        await publish_garbage(school, MANY, lane)
        behind = everybody.reports(Role.REPORTER, 3, lane)
        if restarted:
            await hub.until(lambda: refused(hub) > 100, "none is refused")
            hub.rig.kill_workers()
        assert await slowest(everybody, lane, 20) < usual + (60 if restarted else 2)
        assert all(accepted(answer) for answer in await asyncio.wait_for(asyncio.gather(*behind), CEILING))
        await hub.until(lambda: refused(hub) >= MANY, "not all are refused")
        events = Counter(one["event"] for one in hub.logged())
        assert sum(events[one] for one in BEFORE) < 2 * APART + 100
        assert events["envelopes_fail"] >= 1
        status = await hub.is_said("attention", f"{school.id}: {MANY} bodies")
        assert status["exit"] == 0
        account = await hub.rig.account()
        assert account["fits"]
        assert account["partners"][school.id]["outgoing"] < 200
