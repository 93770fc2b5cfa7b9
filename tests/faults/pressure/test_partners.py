"""One partner too many, too slow or too full: the others do not feel it, and it loses nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hub.canonical.partners import Role
from hub.local.servers import Addresses
from tests.faults.links.wires import Wired, wired
from tests.faults.partners.actor import accepted
from tests.faults.pressure.company import Company, company
from tests.patience import CEILING

SMALL = """
[limits]
queue_messages = 20
prefetch = 10
recipient_retry = { base = "500 ms", cap = "2 s" }
"""
PATIENCE = CEILING


@asynccontextmanager
async def small(servers: Addresses, folder: Path, deaf: Role | None = None) -> AsyncIterator[tuple[Wired, Company]]:
    """A hub whose queues hold twenty messages, and everybody in hand."""
    config = folder / "small.toml"
    config.write_text(SMALL)
    async with wired(servers, config=config, crowds=0) as hub, company(hub.rig, deaf) as everybody:
        yield hub, everybody


async def test_a_full_queue_says_no_to_the_sender_whose_messages_are_taken_later(
    servers: Addresses, tmp_path: Path
) -> None:
    async with small(servers, tmp_path) as (hub, everybody):
        hub.rig.freeze()
        reports, ends = [], everybody.link(Role.POLICE).ends
        # A few at a time: what comes in at once, before a quorum queue has told that it is full, it all takes.
        for tried in range(10, 101, 10):
            reports += everybody.reports(Role.POLICE, 10)
            await hub.until(lambda least=tried: ends.total() >= least, "neither taken nor refused")
        assert ends["refused"] > 0
        assert not any(report.done() for report in reports)
        others = everybody.reports(Role.PROBATION, 5)
        await hub.until(lambda: everybody.link(Role.PROBATION).ends["confirmed"] == 5, "others are refused too")

        hub.rig.thaw()
        answers = await asyncio.wait_for(asyncio.gather(*reports, *others), PATIENCE)
        assert all(accepted(answer) for answer in answers)
        assert await hub.findings_and_misfits() == []


async def test_a_partner_that_never_reads_waits_alone_and_gets_all_of_it_when_it_reads(
    servers: Addresses, tmp_path: Path
) -> None:
    async with small(servers, tmp_path, deaf=Role.POLICE) as (hub, everybody):
        police = everybody[Role.POLICE].profile.id
        unread = []
        for _ in range(5):  # its own intake is as small
            unread += everybody.reports(Role.POLICE, 10)
            await asyncio.wait_for(asyncio.gather(*everybody.reports(Role.PROSECUTION, 4)), PATIENCE)
        await hub.until(lambda: blocked(hub, police), "its limit is not noticed")
        answers = await asyncio.wait_for(asyncio.gather(*everybody.reports(Role.PROBATION, 20)), PATIENCE)
        assert all(accepted(answer) for answer in answers)
        assert not any(report.done() for report in unread)
        assert {one["recipient"] for one in hub.logged() if one["event"] == "partner_blocked"} == {police}
        status = await hub.is_said("attention", f"{police}: from-hub.regulier holds ")
        assert status["exit"] == 0  # the hub does its work
        assert status["numbers"]["unpublished"] > 0

        everybody.link(Role.POLICE).deaf = False
        everybody.link(Role.POLICE).reset()
        answers = await asyncio.wait_for(asyncio.gather(*unread), PATIENCE)
        assert all(accepted(answer) for answer in answers)
        assert await hub.findings_and_misfits() == []


def blocked(hub: Wired, partner: str) -> bool:
    return any(one["event"] == "partner_blocked" and one["recipient"] == partner for one in hub.logged())


async def test_a_flood_of_one_partner_holds_up_only_that_partner(servers: Addresses) -> None:
    """Counted, not timed: how many of the flood are decided before the last of somebody else's, who came later."""
    flood, few = 1_000, 20
    async with wired(servers, crowds=0) as hub, company(hub.rig) as everybody:
        hub.rig.freeze()
        flooding = everybody.reports(Role.POLICE, flood)
        await hub.until(lambda: everybody.link(Role.POLICE).ends["confirmed"] >= flood, "not sent")
        others = everybody.reports(Role.PROBATION, few)
        await hub.until(lambda: everybody.link(Role.PROBATION).ends["confirmed"] >= few, "not sent")

        hub.rig.thaw()
        await asyncio.wait_for(asyncio.gather(*others), PATIENCE)
        answered = sum(one.done() for one in flooding)
        assert answered < flood / 4, f"{answered} of the flood were answered first"

        await asyncio.wait_for(asyncio.gather(*flooding), 2 * PATIENCE)
        assert await hub.findings_and_misfits() == []
