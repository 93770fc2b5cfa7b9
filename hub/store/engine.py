"""The connection to PostgreSQL, and the one boundary where its errors become ours.

Theory. Three things look alike from here, as each is a statement that does not come back: somebody else has locked
what it needs, it is slow, or the database is gone. The first two concern whoever needs just that, and must stop nobody
else; the last concerns all. So every session has the server itself end a wait for a lock (55P03) and a slow statement
(57014), well before anybody here gives up on it: these are `Busy`. What then still gets no answer, or has lost its
connection, asks on a connection of its own whether the database answers at all, and only where that fails is it away.

A machine that vanishes, without a goodbye, leaves transactions behind that hold locks: the server ends them when they
have been idle for a while, or when nobody answers on their connection.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any

import asyncpg
from sqlalchemy import URL, Row, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hub.errors import AllBusy, Busy, Clash, DatabaseAway, OperatorError, OurFault, Standstill, Surroundings
from hub.store.dialing import address_of, dial, url_of
from hub.store.tables import REVISION

_CLASHES = {"40001", "40P01", "23505"}
"""Serialisation failure, deadlock, a unique key that another batch took first: the same again."""
_BUSY = {"55P03", "57014"}
"""A lock that was not to be had in time, a statement that took too long."""
_LOST_CLASSES = ("08", "25P03", "57P01", "57P05")
"""The connection broke, or the server ended it: was idle in a transaction, an administrator's command, was idle."""
NO_TABLES = "database-empty"
_NO_TABLE = "42P01"
_STATEMENT_CLASS = "42"
"""A column that is not there, a right that is not given: the same for every message."""
_AWAY_CLASSES = ("08", "25006", "28", "3D", "53", "57", "58", "XX")
"""Connection, a standby that only reads, no entry, no such database (it is being restored), resources (disk full, too
many connections), shutdown, system error: none of them is a message's doing."""
_NO_USE = {
    "25006": "as it only reads",
    "28": "as it refuses the user or the password",
    "3D": "as it has no database of that name",
    "53100": "as its disk is full",
    "53300": "as it has no connection left",
    "57P03": "as it starts or stops",
}
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
  then 'remote_apply' else 'on' end, false), {}
"""
LOCK_PATIENCE = "2s"
"""Most that a statement waits for one lock: batches that meet hold theirs for a fraction of it."""
HASTY = text("set local lock_timeout = '200ms'")
"""For a transaction that is tried again because what it needs was locked, and for housekeeping."""
UNHURRIED = text("set local idle_in_transaction_session_timeout = 0")
"""For one that reads on as somebody looks at what it gives, and locks nothing."""
SESSION = {
    # What a lock protects is read after it is had: an older snapshot would not have what its holder before committed.
    "default_transaction_isolation": "read committed",
    "lock_timeout": LOCK_PATIENCE,
    "idle_in_transaction_session_timeout": "30s",  # a worker that decides is idle in its transaction for a second
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20s",
}
"""Of each session of the hub, whatever the role, the database or the server has."""
_QUICK = 3
"""Seconds in which a database that is there takes a connection and answers on it."""


def connect(url: str | URL, worker: str, pool: int = 4, command_timeout: float | None = 30) -> AsyncEngine:
    """An engine whose connections are named after the code's revision and the worker in `pg_stat_activity`, and commit
    durably.

    Args:
        url: as `hub/addresses/database.py` reads it.
        command_timeout: seconds that one statement may take; the server itself ends it somewhat earlier.
    """
    address = address_of(url)
    limit = f"{command_timeout * 800:.0f}ms" if command_timeout else "0"
    engine = create_async_engine(
        url_of(address),
        pool_size=pool,
        max_overflow=pool,
        pool_timeout=10,
        pool_recycle=1800,
        hide_parameters=True,  # an error must never print what was to be written
        async_creator=partial(dial, address, f"ketenhub {REVISION} {worker}", command_timeout),
    )
    event.listen(engine.sync_engine, "connect", partial(_demand, SESSION | {"statement_timeout": limit}))
    return engine


def _demand(settings: Mapping[str, str], connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(
        _DEMAND.format(", ".join(f"set_config('{name}', '{value}', false)" for name, value in settings.items()))
    )
    cursor.close()
    connection.commit()  # rolled back, it would be as before


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction: committed at the end of the block, rolled back if it is left otherwise.

    Raises:
        AllBusy: the database answers, but not on this connection, or not in time.
        DatabaseCertificate: it is not proved that the database is who answers.
        DatabaseAway, Busy, Clash, OurFault: see `errors_become_ours`.
    """
    try:
        with errors_become_ours():
            async with engine.begin() as connection:
                yield connection
    except _NoAnswer as silence:
        if await _answers(engine):
            raise AllBusy from silence
        raise


async def _answers(engine: AsyncEngine) -> bool:
    """Whether the database does, asked apart from all that waits for it.

    Raises:
        DatabaseCertificate: nobody can ask.
    """
    try:
        apart = await dial(replace(address_of(engine.url), connect_timeout=_QUICK), "ketenhub", _QUICK)
        try:
            await apart.execute("select 1")
        finally:
            apart.terminate()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return False
    return True


@contextmanager
def needed_by_all() -> Iterator[None]:
    """What is asked in this block every decision needs: where that is locked, all must wait.

    Raises:
        AllBusy: it is.
    """
    try:
        with errors_become_ours():
            yield
    except Busy as busy:
        raise AllBusy from busy


@asynccontextmanager
async def unless_locked(connection: AsyncConnection) -> AsyncIterator[None]:
    """What is done in this block is left out where somebody has locked what it needs; the transaction goes on."""
    with suppress(Busy), errors_become_ours():
        async with connection.begin_nested():
            yield


class _NoAnswer(DatabaseAway):
    """No answer here: the database may be away."""


@contextmanager
def errors_become_ours() -> Iterator[None]:
    """The boundary.

    Raises:
        DatabaseAway: it does not answer, or has no room.
        Busy: what this needs is locked, or takes too long.
        Clash: another batch was first; run this one again.
        OurFault: any other error of the database.
    """
    try:
        yield
    except (SQLAlchemyError, OSError, TimeoutError) as exc:
        raise _ours(exc) from exc


def _ours(exc: Exception) -> OurFault:
    # The last of these: the connection broke, and what was to end its transaction found it so.
    if isinstance(exc, TimeoutError | PoolTimeoutError | InterfaceError | PendingRollbackError):
        return _NoAnswer(type(exc).__name__)
    if isinstance(exc, OSError):
        return DatabaseAway(type(exc).__name__)
    if not isinstance(exc, DBAPIError):
        return OurFault("database-error", f"A statement could not be made ({type(exc).__name__}).")
    state = str(getattr(exc.orig, "sqlstate", None) or "")
    if state in _CLASHES:
        return Clash()
    if state in _BUSY:
        return Busy(_place(exc.orig))
    if state == _NO_TABLE:
        return Standstill(NO_TABLES, "The database has no tables yet: start `ketenhub serve` on it first.")
    if not state or state.startswith(_LOST_CLASSES):
        return _NoAnswer(state or type(exc.orig).__name__)
    if exc.connection_invalidated or state.startswith(_AWAY_CLASSES):
        return DatabaseAway(in_words(state) or type(exc.orig).__name__)
    refused = f"The database refused a statement (SQLSTATE {state})"
    if state.startswith(_STATEMENT_CLASS):
        return Surroundings("database-error", f"{refused}: compare its tables and rights with a new one.", state)
    return OurFault("database-error", f"{refused}.")


def in_words(state: str) -> str:
    """A state that says why a database that runs is of no use, with what an operator looks at."""
    return next((f"{state}, {words}" for begin, words in _NO_USE.items() if state.startswith(begin)), state)


def _place(error: BaseException | None) -> str:
    """Which row of which table was waited for, as the server says it; nothing of what is in it.

    It says so of a row only, and where its messages are in English; of a table, never.
    """
    context = str(getattr(getattr(error, "__cause__", None), "context", None) or "")
    found = re.search(r'tuple \((\d+),(\d+)\).* relation "([a-z_0-9]+)"', context)
    return f"{found[3]}:{found[1]}-{found[2]}" if found else ""


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
