"""Operators and machines that start bring partners' accounts at the broker in line at the same moment."""

import asyncio

import aio_pika
import pytest

from hub.app.accounts import let_in
from hub.app.closing import rights
from hub.app.hub import Hub
from hub.app.partners import Change, apply_topology, change, connect_partner, retire
from tests.integration.app.test_changes_of_a_partner import PARTNER, applying, at_the_broker


@pytest.fixture
async def connected(hub: Hub) -> Hub:
    async with hub.admin() as admin:
        await admin.remove(PARTNER.id)
    await connect_partner(hub, applying("haaglanden"))
    return hub


@pytest.mark.parametrize("_", range(3))
async def test_machines_that_start_on_a_broker_without_its_users_leave_a_password_that_was_given(
    connected: Hub, _: int
) -> None:
    async with connected.admin() as admin:
        await admin.remove(PARTNER.id)
    starts = [apply_topology(connected) for _ in range(3)]
    welcome, *_rest = await asyncio.gather(connect_partner(connected, applying("haaglanden")), *starts)
    async with await aio_pika.connect(welcome["amqp"]) as connection:
        assert not connection.is_closed


async def test_the_limits_of_the_newest_directory_hold_whoever_changed_them_last(connected: Hub) -> None:
    for _ in range(3):
        asked = [Change(limits={"connections": number}) for number in (11, 12, 13)]
        await asyncio.gather(*(change(connected, PARTNER.id, one) for one in asked), apply_topology(connected))
        limits = (await connected.database.store.directory()).partners[PARTNER.id].limits
        assert (await at_the_broker(connected))[0] == limits.connections


async def test_one_that_is_ending_is_let_in_again_by_nobody(connected: Hub) -> None:
    await retire(connected, PARTNER.id, None, alone=True)
    async with connected.admin() as admin:
        assert await let_in(connected, admin, [PARTNER.id]) == []
        assert await admin.is_shut(PARTNER.id, rights(None))
