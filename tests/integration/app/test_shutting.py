"""A partner that ends is shut by an operator's command and by every machine that looks, all at the same moment."""

import asyncio
from contextlib import AsyncExitStack

from hub.app.closing import rights, shut
from hub.app.health import status
from hub.app.hub import Hub
from hub.app.partners import connect_partner, retire
from tests.integration.app.test_changes_of_a_partner import PARTNER, applying


async def test_one_that_several_shut_at_once_keeps_what_is_left_to_it(hub: Hub) -> None:
    async with AsyncExitStack() as stack:
        admins = [await stack.enter_async_context(hub.admin()) for _ in range(3)]
        await admins[0].remove(PARTNER.id)
        await connect_partner(hub, applying("haaglanden"))
        for heir in (None, PARTNER) * 5:
            await asyncio.gather(*(shut(hub, admin, PARTNER.id, heir) for admin in admins))
            assert await admins[0].is_shut(PARTNER.id, rights(heir))
            assert await admins[0].has_user(PARTNER.id)


async def test_status_names_one_that_is_closing_and_what_is_left_of_it(hub: Hub) -> None:
    async with hub.admin() as admin:
        await admin.remove(PARTNER.id)
    await connect_partner(hub, applying("haaglanden"))
    await retire(hub, PARTNER.id, None, alone=True)
    (line,) = [one for one in (await status(hub)).attention if "is closing since" in one]
    assert line.startswith(f"{PARTNER.id} is closing since")
