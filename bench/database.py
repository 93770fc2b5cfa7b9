"""Databases of the bench: one for each round, and what stands in it afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

TABLES = Path(__file__).with_name("tables.sql")
# What a database was filled with beforehand is older.
_TODAY = "now() - interval '1 day'"
_LEFT = f"SELECT count(*) FROM outbox WHERE published_at > {_TODAY}"
_BOOKS = (
    f"SELECT (SELECT count(*) FROM inbox WHERE received_at > {_TODAY}), count(*), count(DISTINCT (origin, partner)),"
    f" count(published_at) FROM outbox WHERE created > {_TODAY}"
)
_DONE = (
    f"SELECT extract(epoch FROM max(published_at))::float8 AS at FROM outbox WHERE created > {_TODAY}"
    " GROUP BY origin ORDER BY 1"
)


@dataclass(frozen=True, slots=True)
class Books:
    """What a database says of a round."""

    inbox: int
    outbox: int
    distinct: int
    published: int


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    try:
        yield connection
    finally:
        await connection.close()


def named(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"


async def create(url: str, name: str, template: str = "template1", *, copied: bool = False) -> str:
    """A new database, as this template is; nobody may be connected to the template.

    Args:
        copied: file by file, not through the write-ahead log: faster for a large one.
    """
    strategy = " STRATEGY file_copy" if copied else ""
    async with opened(url) as connection:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}{strategy}")
    return named(url, name)


async def create_plain(url: str, name: str) -> str:
    """With the tables of the peer and the floor."""
    made = await create(url, name)
    async with opened(made) as connection:
        await connection.execute(TABLES.read_text())
    return made


async def drop(url: str, name: str) -> None:
    async with opened(url) as connection:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def settle(url: str) -> None:
    """What one round wrote is on disk before the next begins."""
    async with opened(url) as connection:
        await connection.execute("CHECKPOINT")


async def published(url: str) -> int:
    async with opened(url) as connection:
        return int(await connection.fetchval(_LEFT))


async def books(url: str) -> Books:
    async with opened(url) as connection:
        return Books(*await connection.fetchrow(_BOOKS))


async def completions(url: str) -> list[float]:
    """For each message in, the moment at which the last of its answers was marked; seconds, in order."""
    async with opened(url) as connection:
        return [row["at"] for row in await connection.fetch(_DONE)]


async def version(url: str) -> str:
    async with opened(url) as connection:
        return str(await connection.fetchval("SHOW server_version"))
