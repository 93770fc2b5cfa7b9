"""Whether a connection is a session of its own. Behind a pooler it may be one for each transaction.

The hub needs what PostgreSQL keeps for a session: settings that make its commits durable and its waits short, prepared
statements, and the lock of a migration. A pooler in transaction mode gives the next transaction another session, and
this one, with all that, to somebody else: the lock would stay in it, and nobody could migrate any more.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.errors import DatabaseAway, OperatorError
from hub.store.dialing import address_of, dial
from hub.store.engine import in_words

ROUNDS = 3
_QUICK = 5.0
_BACKEND = "select pg_backend_pid()"


async def require_sessions(engine: AsyncEngine) -> None:
    """Refuse a database that is reached by way of a pooler that shares sessions, before anything is done in one.

    Raises:
        OperatorError: it is.
        DatabaseAway, DatabaseCertificate: it does not answer, or nothing proves who does.
    """
    try:
        shared = await _are_shared(engine)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        state = getattr(error, "sqlstate", None)
        # PgBouncer: to a parameter that it does not pass on, and to a transaction where it pools by statement.
        shared = state == "08P01" or "statement pooling mode" in str(error)
        if not shared:
            raise DatabaseAway(in_words(state) if state else type(error).__name__) from error
    if shared:
        sentence = (
            "Between the hub and PostgreSQL is a pooler (PgBouncer or the like) that gives each transaction another "
            "session: have it pool by session (pool_mode = session), or name the database itself."
        )
        raise OperatorError("database-pooled", sentence)


async def _are_shared(engine: AsyncEngine) -> bool:
    """Of two connections, one in a transaction while the other has several: whether each has its own session not.

    A pooler that hands out the session that came back last has both meet in one; where it hands them out in turn, or
    others use them meanwhile, the first wanders.
    """
    async with _dialled(engine) as one, _dialled(engine) as other:
        for _ in range(ROUNDS):
            first = await _backend(one)
            async with other.transaction():
                if await other.fetchval(_BACKEND) == first or await _backend(one) != first:
                    return True
    return False


@asynccontextmanager
async def _dialled(engine: AsyncEngine) -> AsyncIterator[asyncpg.Connection]:
    # Prepared statements have names, which others know already in a session that is shared.
    connection = await dial(address_of(engine.url), "ketenhub", _QUICK, statements=0)
    try:
        yield connection
    finally:
        connection.terminate()


async def _backend(connection: asyncpg.Connection) -> int:
    async with connection.transaction():
        return int(await connection.fetchval(_BACKEND))
