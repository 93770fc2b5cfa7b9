"""Far more offered than the hub can do: nothing is said twice for that, it does as much as before, and acute is first.

Counted by the partners' books, which note each copy; they send nothing again by themselves here. Rates are compared
with rates of the same run.
"""

import asyncio
import time

import pytest

from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.local.servers import Addresses
from hub.partner.messages import Received
from tests.faults.links.wires import Wired, wired
from tests.faults.partners.actor import accepted
from tests.faults.pressure.company import Company, company
from tests.patience import CEILING

MOST_COPIES = 0.01
NOT_FOR_THAT = {"consumer_lost", "message_alone", "outgoing_unanswered", "partner_blocked", "worker_died"}
"""What too much to do is no reason for."""


async def offered(hub: Wired, everybody: Company, number: int) -> list["asyncio.Task[Received]"]:
    """So many reports, all of them in the broker before the hub has taken one."""
    hub.rig.freeze()
    ends = everybody.link(Role.POLICE).ends
    wanted = ends["confirmed"] + number
    reports = everybody.reports(Role.POLICE, number)
    await hub.until(lambda: ends["confirmed"] >= wanted, "not sent")
    hub.rig.thaw()
    return reports


async def is_as_it_was(hub: Wired) -> None:
    verdict = await hub.rig.judged()
    assert verdict.again <= MOST_COPIES * verdict.got, f"{verdict.again} copies of {verdict.got}"
    assert {one["event"] for one in hub.logged()} & NOT_FOR_THAT == set()
    assert await hub.findings_and_misfits() == []


async def test_a_flood_is_answered_once_and_acute_reports_go_before_it(servers: Addresses) -> None:
    flood, few = 240, 5
    async with wired(servers, crowds=0) as hub, company(hub.rig) as everybody:
        flooding = await offered(hub, everybody, flood)
        acute = everybody.reports(Role.PROBATION, few, Lane.ACUTE)
        assert all(map(accepted, await asyncio.wait_for(asyncio.gather(*acute), CEILING)))
        answered = sum(one.done() for one in flooding)
        assert answered < flood / 4, f"{answered} of the flood were answered first"
        assert all(map(accepted, await asyncio.wait_for(asyncio.gather(*flooding), CEILING)))
        await is_as_it_was(hub)


@pytest.mark.exhaustive
async def test_with_three_times_as_much_as_it_can_do_it_does_as_much_and_acute_reports_are_as_soon(
    servers: Addresses,
) -> None:
    some, few, times = 600, 5, 3
    async with wired(servers, crowds=0) as hub, company(hub.rig) as everybody:
        began = time.monotonic()
        await asyncio.wait_for(asyncio.gather(*await offered(hub, everybody, some)), CEILING)
        alone = time.monotonic() - began
        idle = await acute_seconds(everybody, few)

        began = time.monotonic()
        flooding = await offered(hub, everybody, times * some)
        busy = max([await acute_seconds(everybody, few) for _ in range(5)])
        assert not all(one.done() for one in flooding)
        await asyncio.wait_for(asyncio.gather(*flooding), CEILING)
        together = time.monotonic() - began
        assert together / times < 1.5 * alone, f"{together:.1f} s for {times} times what took {alone:.1f} s"
        assert busy < max(30 * idle, alone / 4), f"{busy:.1f} s, and {idle:.1f} s with nothing else to do"
        await is_as_it_was(hub)


async def acute_seconds(everybody: Company, number: int) -> float:
    began = time.monotonic()
    acute = everybody.reports(Role.PROBATION, number, Lane.ACUTE)
    assert all(map(accepted, await asyncio.wait_for(asyncio.gather(*acute), CEILING)))
    return time.monotonic() - began
