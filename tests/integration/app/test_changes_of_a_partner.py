"""Regions and limits of a partner change while the hub runs: in the directory, and at the broker."""

from dataclasses import replace

import pytest

from hub.app.hub import Hub
from hub.app.partners import Application, Change, change, connect_partner
from hub.canonical.partners import PartnerLimits
from hub.errors import OperatorError
from tests.kit import kit_without_database

PARTNER = kit_without_database().speakers["politie-test"].partner


def applying(*regions: str) -> Application:
    signing, encryption = (key.jwk for key in PARTNER.keys)
    return Application(PARTNER.id, PARTNER.oin, PARTNER.role, regions, signing, encryption)


@pytest.fixture
async def connected(hub: Hub) -> Hub:
    """With one partner, in one region; what an earlier test left of it in the broker is gone."""
    async with hub.admin() as admin:
        await admin.remove(PARTNER.id)
    await connect_partner(hub, applying("haaglanden"))
    return hub


async def regions(hub: Hub) -> tuple[str, ...]:
    return (await hub.database.store.directory()).partners[PARTNER.id].regions


async def test_each_change_is_a_version_of_the_directory_and_one_that_changes_nothing_is_none(connected: Hub) -> None:
    before = (await connected.database.store.directory()).version
    asked = Change(add=["utrecht"], remove=["haaglanden"])
    assert (await change(connected, PARTNER.id, asked)).version == before + 1
    assert await regions(connected) == ("utrecht",)
    assert (await change(connected, PARTNER.id, asked)).version == before + 1


async def test_connecting_it_again_with_one_region_more_adds_that_and_never_takes_one(connected: Hub) -> None:
    welcome = await connect_partner(connected, applying("haaglanden", "utrecht"))
    assert "amqp" in welcome
    assert await regions(connected) == ("haaglanden", "utrecht")
    with pytest.raises(OperatorError, match="partner-exists"):
        await connect_partner(connected, applying("haaglanden"))
    with pytest.raises(OperatorError, match="region"):
        await connect_partner(connected, applying("haaglanden", "utrecht", "nowhere"))
    assert await regions(connected) == ("haaglanden", "utrecht")


async def test_limits_hold_at_the_broker_at_once_and_after_a_start_and_can_be_taken_back(connected: Hub) -> None:
    limits = {"connections": 20, "channels": 60, "queue_messages": 50_000}
    changed = await change(connected, PARTNER.id, Change(limits=limits))
    assert changed.partners[PARTNER.id].limits == PartnerLimits(**limits)
    of = connected.limits_of(changed.partners[PARTNER.id])
    assert of == replace(
        connected.queue_limits, partner_connections=20, partner_channels=60, queue_messages=50_000, connections=266
    )
    assert await at_the_broker(connected) == (20, 60, 50_000)

    changed = await change(connected, PARTNER.id, Change(limits={"connections": 0, "queue_messages": 0}))
    assert changed.partners[PARTNER.id].limits == PartnerLimits(channels=60)
    assert await at_the_broker(connected) == (10, 60, 20_000)


async def at_the_broker(hub: Hub) -> tuple[int, int, int]:
    async with hub.admin() as admin:
        (user,) = await admin._list(f"/api/user-limits/{PARTNER.id}")
        ruled = await admin._list(f"/api/policies/{PARTNER.id}")
    (most,) = {one["definition"]["max-length"] for one in ruled}
    return user["value"]["max-connections"], user["value"]["max-channels"], most


async def test_a_change_that_cannot_be_changes_nothing(connected: Hub) -> None:
    before = (await connected.database.store.directory()).version
    for asked in (Change(limits={"connections": 100_000}), Change(add=["Nowhere!"]), Change(remove=["haaglanden"])):
        with pytest.raises(OperatorError):
            await change(connected, PARTNER.id, asked)
    assert (await connected.database.store.directory()).version == before
    assert await at_the_broker(connected) == (10, 50, 20_000)
