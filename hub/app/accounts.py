"""What partners are let do at the broker: brought in line with the directory, by one process at a time.

Operators' commands do so, each start of `serve`, and whoever looks at what is closing. A user is made, taken away and
brought back in several requests: of two at once one is refused. And who went by a directory that it had read before
would give back what another has just taken: so it is read when the turn has come.
"""

import asyncio
import secrets
from collections.abc import Sequence

from hub.app.hub import Hub
from hub.broker.admin import Admin
from hub.canonical.partners import Life, Partner
from hub.ids import PartnerId


async def let_in(hub: Hub, admin: Admin, partners: Sequence[PartnerId]) -> list[PartnerId]:
    """Virtual host, limits and rights of these as the directory says now; which of them it has, and is not ending.

    One whose user is not there gets a password that nobody has seen.
    """
    async with hub.database.one_at_a_time():
        directory, now = await hub.database.store.directory(), await hub.now()
        known = [directory.partners[one] for one in partners if one in directory.partners]
        staying = [one for one in known if one.life(now) not in (Life.CLOSING, Life.ENDED)]
        done = await asyncio.gather(*(_let_in(hub, admin, one) for one in staying), return_exceptions=True)
    for failed in (one for one in done if one is not None):
        raise failed
    return [one.id for one in staying]


async def _let_in(hub: Hub, admin: Admin, partner: Partner) -> None:
    password = None if await admin.has_user(partner.id) else secrets.token_urlsafe(24)
    await admin.provision(partner.id, hub.limits_of(partner), password)
