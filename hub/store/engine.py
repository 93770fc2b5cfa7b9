"""The connection to PostgreSQL, and the one boundary where its errors become ours."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hub.errors import Clash, DatabaseAway, OperatorError, OurFault, Standstill, Surroundings
from hub.store.tables import REVISION

_CLASHES = {"40001", "40P01", "23505", "55P03"}
"""Serialisation failure, deadlock, a unique key that another batch took first, and (of a migration) a lock that was not
to be had in time: the same again."""
_NO_TABLE = "42P01"
_STATEMENT_CLASS = "42"
"""A column that is not there, a right that is not given: the same for every message."""
_AWAY_CLASSES = ("08", "25006", "28", "3D", "53", "57", "58", "XX")
"""Connection, a standby that only reads, no entry, no such database (it is being restored), resources (disk full, too
many connections), shutdown, system error: none of them is a message's doing."""


def connect(url: str | URL, worker: str, pool: int = 4, command_timeout: float | None = 30) -> AsyncEngine:
    """An engine whose connections are named after the code's revision and the worker in `pg_stat_activity`.

    Args:
        command_timeout: seconds that one statement may take.
    """
    return create_async_engine(
        url,
        pool_size=pool,
        max_overflow=pool,
        pool_timeout=10,
        pool_recycle=1800,
        hide_parameters=True,  # an error must never print what was to be written
        connect_args={
            "timeout": 5,
            "command_timeout": command_timeout,
            "server_settings": {"application_name": f"ketenhub {REVISION} {worker}"},
        },
    )


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction: committed at the end of the block, rolled back if it is left otherwise.

    Raises:
        DatabaseAway, Clash, OurFault: see `errors_become_ours`.
    """
    with errors_become_ours():
        async with engine.begin() as connection:
            yield connection


@contextmanager
def errors_become_ours() -> Iterator[None]:
    """The boundary.

    Raises:
        DatabaseAway: it does not answer, or has no room.
        Clash: another batch was first; run this one again.
        OurFault: any other error of the database.
    """
    try:
        yield
    except (SQLAlchemyError, OSError, TimeoutError) as exc:
        raise _ours(exc) from exc


def _ours(exc: Exception) -> OurFault:
    if isinstance(exc, OSError | TimeoutError | PoolTimeoutError | InterfaceError):
        return DatabaseAway(type(exc).__name__)
    if not isinstance(exc, DBAPIError):
        return OurFault("database-error", f"A statement could not be made ({type(exc).__name__}).")
    state = str(getattr(exc.orig, "sqlstate", None) or "")
    if state in _CLASHES:
        return Clash()
    if state == _NO_TABLE:
        return Standstill("database-empty", "The database has no tables yet: start `ketenhub serve` on it first.")
    if exc.connection_invalidated or not state or state.startswith(_AWAY_CLASSES):
        return DatabaseAway(state or type(exc.orig).__name__)
    refused = f"The database refused a statement (SQLSTATE {state})"
    if state.startswith(_STATEMENT_CLASS):
        return Surroundings("database-error", f"{refused}: compare its tables and rights with a new one.", state)
    return OurFault("database-error", f"{refused}.")


async def check_durable(engine: AsyncEngine) -> None:
    """Refuse a database that forgets what it has confirmed (P1).

    Raises:
        OperatorError: `fsync` or `synchronous_commit` is off, or the server is older than 15.
    """
    query = "select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'server_version_num')"
    async with transaction(engine) as connection:
        found = {row.name: row.setting for row in await connection.execute(text(query))}
    off = [name for name in ("fsync", "synchronous_commit") if found[name] == "off"]
    if off:
        raise OperatorError(
            "database-not-durable", f"Set {' and '.join(off)} to on in PostgreSQL: accepted must be durable."
        )
    if int(found["server_version_num"]) < 150000:
        raise OperatorError("database-too-old", "Use PostgreSQL 15 or newer.")
