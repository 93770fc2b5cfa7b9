"""A hub as the command line sees it, just started for the first time."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.app.configuration import configuration, first_version
from hub.app.hub import Hub
from hub.app.periods import begin_periods
from hub.local.servers import Addresses
from hub.routing.document import from_document, to_document
from hub.settings import Settings
from hub.store.database import Database


@pytest.fixture
async def hub(database: AsyncEngine, servers: Addresses, tmp_path: Path) -> Hub:
    settings = Settings(home=tmp_path, amqp_urls=(servers.amqp_url,), amqp_admin_urls=(servers.admin_url,))
    hub = Hub(settings, configuration(settings), Database(database, to_document, from_document, 30.0))
    await hub.database.prepare(lambda now: first_version(settings, hub.config, now))
    await begin_periods(hub)
    return hub
