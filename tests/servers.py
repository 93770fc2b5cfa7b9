"""Real servers for tests: one private RabbitMQ and PostgreSQL per test session, a new database for each test."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from hub.local.homes import throwaway_home
from hub.local.install import Installation
from hub.local.servers import Addresses, running

SCRIPTS = Path(__file__).parents[1] / "scripts"


def rabbitmq_under_test() -> Installation | None:
    """Debian's RabbitMQ, or the RabbitMQ 4.0 in the folder that `make test-rabbitmq4` names."""
    folder = os.environ.get("TEST_KETENHUB_RABBITMQ4")
    if not folder:
        return None
    root = Path(folder).resolve()
    return Installation(root=root, enter=(str(SCRIPTS / "rabbitmq4"), "exec", str(root)))


@contextmanager
def new_home() -> Iterator[Path]:
    """A home for private servers that goes with all they left in it, or in the folder of another RabbitMQ."""
    with throwaway_home() as home:
        yield home
        if installation := rabbitmq_under_test():
            shutil.rmtree(installation.folder(home), ignore_errors=True)


@pytest.fixture(scope="session")
def servers() -> Iterator[Addresses]:
    """The addresses of a RabbitMQ and a PostgreSQL that run for the whole session, and of nobody else's."""
    with new_home() as home, running(home, say=print, installation=rabbitmq_under_test()) as addresses:
        yield addresses


@pytest.fixture
async def fresh_database(servers: Addresses) -> AsyncIterator[str]:
    """The URL, for SQLAlchemy, of a new and empty database, dropped after the test."""
    async with new_database(servers.database_url) as url:
        yield url


@asynccontextmanager
async def new_database(url: str, template: str = "template1") -> AsyncIterator[str]:
    """Clone `template` into a new database on the server of `url`; nobody may be connected to the template."""
    name = f"test_{uuid4().hex}"
    await _execute(url, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield f"{url.rpartition('/')[0]}/{name}"
    finally:
        await _execute(url, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
