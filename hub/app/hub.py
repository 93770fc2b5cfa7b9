"""A hub as the command line sees it: settings, configuration, database and broker of a hub that runs elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random

from hub.app.configuration import configuration
from hub.app.servers import reached
from hub.broker.admin import Admin
from hub.broker.connection import Connector
from hub.broker.topology import Limits as QueueLimits
from hub.errors import OperatorError
from hub.routing.config import Config
from hub.routing.document import from_document, to_document
from hub.settings import AMQP_ADMIN_URL, Settings
from hub.store.database import Database, opened


@dataclass(frozen=True, slots=True)
class Hub:
    """Where everything of one hub is."""

    settings: Settings
    config: Config
    database: Database

    @property
    def connector(self) -> Connector:
        return Connector(self.settings.amqp_urls, chance=Random())

    @property
    def queue_limits(self) -> QueueLimits:
        limits = self.config.limits
        return QueueLimits(queue_messages=limits.queue_messages, queue_bytes=limits.queue_bytes)

    async def now(self) -> datetime:
        """The database's moment: this machine's clock may be off."""
        return await self.database.store.now()

    def admin(self) -> Admin:
        """The broker's management API.

        Raises:
            OperatorError: its address is not set.
        """
        if not self.settings.amqp_admin_urls:
            raise OperatorError(
                "setting",
                f"Set {AMQP_ADMIN_URL}: partners are made, and queues looked into, through the management API.",
            )
        return Admin(self.settings.amqp_admin_urls, self.connector.user)


@asynccontextmanager
async def connected(settings: Settings, name: str = "cli") -> AsyncIterator[Hub]:
    """The hub of these settings, its database open."""
    found = reached(settings)
    config = configuration(found)
    lease = config.limits.lease.total_seconds()
    async with opened(found.database_url or "", name, to_document, from_document, lease) as database:
        yield Hub(found, config, database)
