"""The one row that says which directory and which period count: how it is changed.

Every batch holds it FOR SHARE, and batches overlap: whoever wanted it FOR UPDATE waited for a moment without any, which
on a busy hub does not come. So who changes it asks for its table first, in a mode that a batch's lock on it (ROW SHARE)
does not go with: PostgreSQL has those that come later stand in line behind that.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random

from hub.errors import BUSY, Busy, OperatorError, Standstill
from hub.store.engine import transaction

_T = TypeVar("_T")
ALONE = text("lock table directory_head in exclusive mode")
PATIENCE = 60.0
"""Seconds in which a change must have its turn: longer than the server leaves a vanished machine its locks."""
_HELD = (
    "Nothing was changed: another session holds the directory and does not let it go. Find it in pg_stat_activity "
    "(state 'idle in transaction', the oldest xact_start), end it with pg_terminate_backend, and say this again."
)


NO_DIRECTORY = "directory-missing"


def one_head(found: CursorResult[Any]) -> Row[Any]:
    """That row, as some query has read it.

    Raises:
        Standstill: there is none: who made the tables did not come to the first directory, or the database that an
            operator went on with is an empty one.
    """
    row = found.one_or_none()
    if row is None:
        raise Standstill(NO_DIRECTORY, "The database has no directory yet: `ketenhub serve` makes the first one.")
    return row


async def alone(engine: AsyncEngine, change: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
    """Change it in a transaction in which nobody else decides anything.

    Raises:
        OperatorError: somebody else would not let it.
    """
    turns = AsyncRetrying(
        retry=retry_if_exception_type(Busy),
        wait=wait_random(1.0, 2.0),  # in which batches go on
        stop=stop_after_delay(PATIENCE),
        reraise=True,
    )
    try:
        return await turns(_alone, engine, change)
    except Busy as busy:
        raise OperatorError(BUSY, _HELD) from busy


async def _alone(engine: AsyncEngine, change: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
    async with transaction(engine) as connection:
        await connection.execute(ALONE)
        return await change(connection)
