"""The connection to PostgreSQL, and the one boundary where its errors become ours."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import URL, Row, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hub.errors import Clash, DatabaseAway, OperatorError, OurFault, Standstill, Surroundings
from hub.store.tables import REVISION

_CLASHES = {"40001", "40P01", "23505", "55P03"}
"""Serialisation failure, deadlock, a unique key that another batch took first, and (of a migration) a lock that was not
to be had in time: the same again."""
NO_TABLES = "database-empty"
_NO_TABLE = "42P01"
_STATEMENT_CLASS = "42"
"""A column that is not there, a right that is not given: the same for every message."""
_AWAY_CLASSES = ("08", "25006", "28", "3D", "53", "57", "58", "XX")
"""Connection, a standby that only reads, no entry, no such database (it is being restored), resources (disk full, too
many connections), shutdown, system error: none of them is a message's doing."""


DURABLE = ("synchronous_commit", "fsync", "full_page_writes")
"""What a server must do before it says that something is committed (P1).

`synchronous_commit` is each session's own: `off` forgets on a crash, `local` and `remote_write` forget on a failover,
as the standby may not have it on its disk. `fsync` and `full_page_writes` are the server's: without them a crash of its
machine loses or tears what was written.
"""
SETTINGS = ", ".join(f"current_setting('{name}') as {name}" for name in DURABLE)
"""For a `select`: as they are for this session at this moment."""
_SYNCHRONOUS = ("on", "remote_apply")
# Whatever the role, the database or the server has; `remote_apply` is more, and stays.
_DEMAND = """
select set_config('synchronous_commit', case when current_setting('synchronous_commit') = 'remote_apply'
  then 'remote_apply' else 'on' end, false)
"""


def connect(url: str | URL, worker: str, pool: int = 4, command_timeout: float | None = 30) -> AsyncEngine:
    """An engine whose connections are named after the code's revision and the worker in `pg_stat_activity`, and commit
    durably.

    Args:
        command_timeout: seconds that one statement may take.
    """
    engine = create_async_engine(
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
    event.listen(engine.sync_engine, "connect", _demand_durable)
    return engine


def _demand_durable(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(_DEMAND)
    cursor.close()
    connection.commit()  # rolled back, it would be as before


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
    # The last of these: the connection broke, and what was to end its transaction found it so.
    if isinstance(exc, OSError | TimeoutError | PoolTimeoutError | InterfaceError | PendingRollbackError):
        return DatabaseAway(type(exc).__name__)
    if not isinstance(exc, DBAPIError):
        return OurFault("database-error", f"A statement could not be made ({type(exc).__name__}).")
    state = str(getattr(exc.orig, "sqlstate", None) or "")
    if state in _CLASHES:
        return Clash()
    if state == _NO_TABLE:
        return Standstill(NO_TABLES, "The database has no tables yet: start `ketenhub serve` on it first.")
    if exc.connection_invalidated or not state or state.startswith(_AWAY_CLASSES):
        return DatabaseAway(state or type(exc.orig).__name__)
    refused = f"The database refused a statement (SQLSTATE {state})"
    if state.startswith(_STATEMENT_CLASS):
        return Surroundings("database-error", f"{refused}: compare its tables and rights with a new one.", state)
    return OurFault("database-error", f"{refused}.")


NOT_DURABLE = "database-not-durable"


async def require_durable(connection: AsyncConnection, found: Row[Any]) -> None:
    """Refuse to go on in a session whose commits would not be durable: nothing is acknowledged until they are.

    Args:
        found: `SETTINGS`, read in this transaction.

    Raises:
        Standstill: one of them is not as it must be.
    """
    lax = _lax({name: getattr(found, name) for name in DURABLE})
    if not lax:
        return
    await connection.invalidate()  # another session may have what this one lost
    raise Standstill(NOT_DURABLE, _advice(lax))


def _lax(found: Mapping[str, str]) -> list[str]:
    return [name for name in DURABLE if found[name] not in (_SYNCHRONOUS if name == DURABLE[0] else ("on",))]


def _advice(lax: list[str]) -> str:
    return f"Set {' and '.join(lax)} to on in PostgreSQL: accepted must be durable."


async def check_durable(engine: AsyncEngine) -> None:
    """Refuse to start on a database that forgets what it has confirmed (P1), or that would for any other session.

    Raises:
        OperatorError: one of `DURABLE` is not as it must be, or the server is older than 15.
    """
    query = "select name, reset_val from pg_settings where name = any(array['server_version_num', :one, :two, :three])"
    async with transaction(engine) as connection:
        names = dict(zip(("one", "two", "three"), DURABLE, strict=True))
        found = {row.name: row.reset_val for row in await connection.execute(text(query), names)}
    if lax := _lax(found):
        raise OperatorError(NOT_DURABLE, _advice(lax))
    if int(found["server_version_num"]) < 150000:
        raise OperatorError("database-too-old", "Use PostgreSQL 15 or newer.")
