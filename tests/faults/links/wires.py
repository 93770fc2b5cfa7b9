"""A rig whose hub reaches broker and database by wires that a test can spoil; partners use the servers themselves."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from hub.local.servers import Addresses
from tests.faults.proxy import Proxy, proxy_to
from tests.faults.rig import rigged
from tests.faults.watched import Watched
from tests.servers import new_database


@dataclass(kw_only=True)
class Wired(Watched):
    """A rig and its two wires."""

    broker: Proxy
    database: Proxy


@asynccontextmanager
async def wired(
    servers: Addresses, workers: int = 1, config: Path | None = None, crowds: int = 1,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Wired]:  # fmt: skip
    """On servers of others, with a database of its own; `crowds`: processes of partners, 0 for none."""
    async with new_database(servers.database_url) as url:
        true = replace(servers, database_url=url)
        async with proxy_to(true.amqp_url) as broker, proxy_to(url) as database:

            @asynccontextmanager
            async def between(_: Addresses) -> AsyncIterator[Addresses]:
                yield replace(true, amqp_url=broker.url, database_url=database.url)

            suffix = uuid4().hex[:6]
            async with rigged(
                workers=workers,
                crowds=crowds,
                servers=true,
                suffix=suffix,
                between=between,
                config=config,
                environment=environment,
                seed=4,
            ) as rig:
                yield Wired(rig=rig, broker=broker, database=database)
