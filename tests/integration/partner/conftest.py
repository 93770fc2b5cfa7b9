from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.canonical.partners import Role
from hub.ids import PartnerId
from hub.local.servers import Addresses
from hub.partner import profile
from hub.partner.profile import Profile
from tests.integration.partner.echo import EchoHub, Host, echo_hub
from tests.unit.partner.kit import OIN, PARTNER_KEYS, hub_json


@pytest.fixture
async def host(servers: Addresses) -> AsyncIterator[Host]:
    host = Host(servers)
    await host.make()
    yield host
    await host.remove()


@pytest.fixture
async def hub(host: Host) -> AsyncIterator[EchoHub]:
    async with echo_hub(host) as hub:
        yield hub


@pytest.fixture
def me(tmp_path: Path, host: Host) -> Profile:
    """A partner's folder with the address of its virtual host."""
    profile.save_keys(tmp_path, PARTNER_KEYS)
    profile.enrol(tmp_path, PartnerId(host.name), OIN, Role.POLICE, hub_json(host.amqp))
    return profile.load(tmp_path)
