"""Clocks that a test puts: the database's of one database, and the own ones of a hub on it.

A hub asks its database for the moment (`now()`), and compares it with its machine's clock. So a `now()` of our own,
found before PostgreSQL's, and clocks given to the store are all it takes: when time goes by, all of them go; when a
clock is wrong, one does. Nothing that was written has to be moved.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.store.clocks import OwnClocks
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
class Own:
    """The clocks of a hub's machine: `off` is how wrong its wall clock is."""

    ahead: timedelta = timedelta(0)
    off: timedelta = timedelta(0)

    @property
    def clocks(self) -> OwnClocks:
        return OwnClocks(self._wall, self._steady)

    def _wall(self) -> datetime:
        return datetime.now(UTC) + self.ahead + self.off

    def _steady(self) -> timedelta:
        return timedelta(seconds=time.monotonic()) + self.ahead


@dataclass
class Clock:
    """Of one database, and of the hub whose own clocks are given; `clock_of` sets it."""

    engine: AsyncEngine
    ahead: timedelta = timedelta(0)
    off: timedelta = timedelta(0)
    own: Own = field(default_factory=Own)

    async def put_ahead(self, by: timedelta) -> None:
        """Let this much go by. Time does not go back: less than nothing is a clock that does."""
        if by < timedelta(0):
            await self.jump(by)
            return
        self.ahead += by
        self.own.ahead += by
        await self._put()

    async def jump(self, by: timedelta) -> None:
        """The database's clock goes wrong, or right again, by so much; no time goes by."""
        self.off += by
        await self._put()

    async def _put(self) -> None:
        await rows(self.engine, "update clock.ahead set by = :by", by=self.ahead + self.off)

    async def pass_next(self, term: str) -> datetime:
        """Let time go by until this term, of which just one runs, fires next; that moment."""
        due: datetime
        (due, now) = (await rows(self.engine, "select due, now() from timer where name = :term", term=term))[0].values()
        await self.put_ahead(due - now + timedelta(seconds=1))
        return due


@asynccontextmanager
async def clock_of(engine: AsyncEngine, own: Own | None = None) -> AsyncIterator[Clock]:
    """A clock for this database, which is as it was afterwards."""
    for statement in (*_MADE, _FOUND_FIRST.format("set search_path = clock, pg_catalog, public")):
        await rows(engine, statement)
    await engine.dispose()  # a connection keeps the path that it began with
    try:
        yield Clock(engine, own=own or Own())
    finally:
        await rows(engine, _FOUND_FIRST.format("reset search_path"))
        await rows(engine, "drop schema clock cascade")
        await engine.dispose()


async def goes_by_its_clock(engine: AsyncEngine, own: Own) -> Clock:
    """The clock that a copy of such a database was made with: a copy has it, and does not go by it yet."""
    await rows(engine, _FOUND_FIRST.format("set search_path = clock, pg_catalog, public"))
    await engine.dispose()
    (found,) = await rows(engine, "select by from clock.ahead")
    own.ahead = found["by"]
    return Clock(engine, found["by"], own=own)
