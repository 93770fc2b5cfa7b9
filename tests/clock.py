"""A clock that can be put ahead for one database: to a hub on it, that much time has gone by.

A hub asks its database for the moment and nothing else (`now()`). So a `now()` of our own, found before PostgreSQL's,
is all it takes: terms, leases, expiry and what lapses go by it alike, and nothing that was written has to be moved.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from tests.databases import rows

_MADE = (
    "create schema clock",
    "create table clock.ahead (by interval not null)",
    "insert into clock.ahead values (interval '0')",
    """create function clock.now() returns timestamptz stable language sql as
      'select pg_catalog.now() + (select by from clock.ahead)'""",
)
_FOUND_FIRST = "do $$ begin execute format('alter database %I {}', current_database()); end $$"


@dataclass
class Clock:
    """Of one database; `clock_of` sets it."""

    engine: AsyncEngine
    ahead: timedelta = timedelta(0)

    async def put_ahead(self, by: timedelta) -> None:
        """Let this much go by."""
        self.ahead += by
        await rows(self.engine, "update clock.ahead set by = :by", by=self.ahead)

    async def pass_next(self, term: str) -> datetime:
        """Let time go by until this term, of which just one runs, fires next; that moment."""
        due: datetime
        (due, now) = (await rows(self.engine, "select due, now() from timer where name = :term", term=term))[0].values()
        await self.put_ahead(due - now + timedelta(seconds=1))
        return due


@asynccontextmanager
async def clock_of(engine: AsyncEngine) -> AsyncIterator[Clock]:
    """A clock for this database, which is as it was afterwards."""
    for statement in (*_MADE, _FOUND_FIRST.format("set search_path = clock, pg_catalog, public")):
        await rows(engine, statement)
    await engine.dispose()  # a connection keeps the path that it began with
    try:
        yield Clock(engine)
    finally:
        await rows(engine, _FOUND_FIRST.format("reset search_path"))
        await rows(engine, "drop schema clock cascade")
        await engine.dispose()


async def goes_by_its_clock(engine: AsyncEngine) -> Clock:
    """The clock that a copy of such a database was made with: a copy has it, and does not go by it yet."""
    await rows(engine, _FOUND_FIRST.format("set search_path = clock, pg_catalog, public"))
    await engine.dispose()
    (found,) = await rows(engine, "select by from clock.ahead")
    return Clock(engine, found["by"])
