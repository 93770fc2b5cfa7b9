"""The broker runs short of memory or disk: nobody can send until it does not, and then everybody's messages go on."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hub.local.servers import Addresses
from tests.faults.links.wires import Wired, wired
from tests.faults.pressure.broker import rabbitmqctl

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHORT = {
    "memory": (("set_vm_memory_high_watermark", "0.000001"), ("set_vm_memory_high_watermark", "0.4")),
    "disk": (("set_disk_free_limit", "900000GB"), ("set_disk_free_limit", "50MB")),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(servers: Addresses) -> AsyncIterator[Wired]:
    async with wired(servers) as hub:
        yield hub


@pytest.mark.parametrize("what", SHORT)
async def test_a_broker_that_is_short_makes_the_hub_unready_and_loses_nothing(
    hub: Wired, servers: Addresses, what: str
) -> None:
    alarm, clear = SHORT[what]
    hub.rig.go(2.0)
    await hub.rig.probe()
    hub.rig.freeze()
    hub.rig.open(20)
    await hub.rig.awaits_answers(20)  # they wait in the broker, and are answered during the alarm
    try:
        rabbitmqctl(servers, *alarm)
        hub.rig.thaw()
        await hub.turns("broker-blocked")
        assert (await hub.rig.asked_status())["exit"] == 1
        status = await hub.is_said("unready", f"the broker is short of {what}: nobody can send")
        assert status["exit"] == 1
    finally:
        rabbitmqctl(servers, *clear)
    await hub.turns_ready()
    await hub.rig.probe()
    assert await hub.findings_and_misfits() == []
    await hub.is_ready_by_itself()
