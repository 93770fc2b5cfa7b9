"""Time that passes on one case of a running hub.

A term is a minute at least, and most are days. No test waits for that: all that happened to the case is moved into the
past, in one transaction and under the lock that a decision takes too, as if that time had gone by since. What is due
by then, the hub finds and does by itself.
"""

import json
import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

MOMENT = re.compile(r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))"')
AND_A_BIT = timedelta(seconds=1)


class Clock:
    """Of one hub's database; open with `opened`."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def until(self, case: UUID, term: str, about: UUID | None = None) -> None:
        """Let pass what is left until the next moment of this term, the first there is if several run.

        Args:
            about: what the term is about, where that matters.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await _lock(connection, case)
            query = """SELECT min(due) - now() FROM timer
                       WHERE "case" = $1 AND name = $2 AND about = coalesce($3, about) HAVING count(*) > 0"""
            left = await connection.fetchval(query, case, term, about)
            assert left is not None, f"no term {term} runs on this case"
            await _move(connection, case, left + AND_A_BIT)

    async def by(self, case: UUID, passed: timedelta) -> None:
        """Let this much pass."""
        async with self._pool.acquire() as connection, connection.transaction():
            await _lock(connection, case)
            await _move(connection, case, passed)

    async def lapsed_parts(self, case: UUID) -> int:
        """How many full parts of offers are past their time, and not destroyed yet."""
        query = 'SELECT count(*) FROM held WHERE "case" = $1 AND expires <= now()'
        return int(await self._pool.fetchval(query, case))


async def _lock(connection: Any, case: UUID) -> None:
    await connection.execute("SELECT FROM cases WHERE id = $1 FOR UPDATE", case)


async def _move(connection: Any, case: UUID, passed: timedelta) -> None:
    """Every moment that the hub keeps of this case, so much earlier: state, register, terms, held parts."""
    document = await connection.fetchval("SELECT document FROM cases WHERE id = $1", case)
    await connection.execute("UPDATE cases SET document = $2 WHERE id = $1", case, _earlier(document, passed))
    await connection.execute('UPDATE timer SET due = due - $2::interval WHERE "case" = $1', case, passed)
    await connection.execute('UPDATE held SET expires = expires - $2::interval WHERE "case" = $1', case, passed)
    events = await connection.fetch('SELECT version, document FROM case_event WHERE "case" = $1', case)
    await connection.executemany(
        'UPDATE case_event SET at = at - $3::interval, document = $4 WHERE "case" = $1 AND version = $2',
        [(case, event["version"], passed, _earlier(event["document"], passed)) for event in events],
    )


def _earlier(document: str, passed: timedelta) -> str:
    return MOMENT.sub(lambda found: json.dumps((datetime.fromisoformat(found[1]) - passed).isoformat()), document)
