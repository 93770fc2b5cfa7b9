"""What `status` says of the broker's sizes, and how often it tries them."""

import os
import time

from hub.app.hub import Hub
from hub.app.sizes import WELL_FOR, complaints, say_sizes
from hub.local.servers import Addresses
from tests.faults.pressure.broker import other_sizes

TOO_MUCH = 128 * 1024 * 1024


async def said(hub: Hub) -> list[str]:
    async with hub.admin() as admin:
        return await complaints(hub, admin)


async def test_what_is_well_is_tried_again_after_an_hour_and_what_is_not_each_time(
    hub: Hub, servers: Addresses
) -> None:
    assert await said(hub) == []
    with other_sizes(servers) as most:
        most(TOO_MUCH)
        assert await said(hub) == []
        note = hub.settings.home / "run" / "sizes"
        os.utime(note, (time.time() - WELL_FOR - 1,) * 2)
        (line,) = await said(hub)
        assert "takes bodies of over 512 KiB" in line
        assert await said(hub) == [line]
    assert await said(hub) == []


async def test_a_start_tries_them_whatever_was_found_before(hub: Hub, servers: Addresses) -> None:
    assert await said(hub) == []
    with other_sizes(servers) as most:
        most(TOO_MUCH)
        await say_sizes(hub)
        assert len(await said(hub)) == 1
