"""A hub as the command line sees it: settings, configuration, database and broker of a hub that runs elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from hub.amqp.connection import Connector
from hub.app.configuration import configuration
from hub.app.servers import reached
from hub.broker.admin import Admin
from hub.broker.topology import Limits as QueueLimits
from hub.canonical.acts import Act
from hub.canonical.partners import Partner
from hub.errors import HubError, OperatorError
from hub.routing.config import Config
from hub.routing.document import from_document, to_document
from hub.settings import AMQP_ADMIN_URL, Settings
from hub.store.database import Database, opened
from hub.store.engine import NO_TABLES


@dataclass(frozen=True, slots=True)
class Hub:
    """Where everything of one hub is.

    Attributes:
        act: what an operator does by it, recorded in the transaction that does it.
    """

    settings: Settings
    config: Config
    database: Database
    act: Act | None = None

    @property
    def connector(self) -> Connector:
        return Connector(self.settings.amqp_urls, chance=Random())

    @property
    def queue_limits(self) -> QueueLimits:
        """Of a partner of which nothing else is said."""
        limits = self.config.limits
        return QueueLimits(queue_messages=limits.queue_messages, queue_bytes=limits.queue_bytes)

    def limits_of(self, partner: Partner) -> QueueLimits:
        """What the broker lets a partner have."""
        of, own = self.queue_limits, partner.limits
        connections = own.connections or of.partner_connections
        return replace(
            of,
            queue_messages=own.queue_messages or of.queue_messages,
            queue_bytes=own.queue_bytes or of.queue_bytes,
            partner_connections=connections,
            partner_channels=own.channels or of.partner_channels,
            connections=of.connections + connections - of.partner_connections,
        )

    async def why(self, error: HubError) -> HubError:
        """An error; where the database has the tables of another version, that, as all else follows from it."""
        if error.code in (NO_TABLES, "database-error"):
            try:
                await self.database.check()
            except OperatorError as other:
                return other
            except HubError:
                return error
        return error

    async def now(self) -> datetime:
        """The database's moment: this machine's clock may be off."""
        return await self.database.store.now()

    async def record_first(self, *about: object) -> None:
        """Have what an operator does outside the database, or looks at, recorded before it is done or shown.

        Args:
            about: ids that nobody typed.

        Raises:
            OperatorError: it cannot be.
        """
        if self.act is not None:
            await self.database.record(self.act.on(*about))

    async def record_list(self, shown: int) -> None:
        """Have it recorded that a list of so many is looked at, before it is shown.

        Raises:
            OperatorError: it cannot be.
        """
        if self.act is not None:
            await self.database.record(self.act.listing(shown))

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
async def connected(settings: Settings, name: str = "cli", act: Act | None = None) -> AsyncIterator[Hub]:
    """The hub of these settings, its database open."""
    found = reached(settings)
    config = configuration(found)
    lease = config.limits.lease.total_seconds()
    async with opened(found.database_url or "", name, to_document, from_document, lease) as database:
        yield Hub(found, config, database, act)
