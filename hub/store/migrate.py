"""The schema, moved to the newest revision by Alembic while workers of the version before go on working.

Expand first, contract a release later (docs/decisions/0025). A migration says which it is: `kind = "expand"` only adds,
and the code before it runs on; `kind = "contract"` takes away, and says with `floor` the oldest revision whose code
runs on after it. The database keeps the highest floor. So each code knows of any database, a later one too, whether it
may work on it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from hub.errors import Busy, Clash, OperatorError
from hub.store.engine import connect, errors_become_ours, transaction
from hub.store.tables import REVISION

SCRIPTS = Path(__file__).parent / "migrations"
PATIENCE = 300.0
"""Seconds in which it must be our turn, and a migration get its locks."""

_LOCK = 0x6B657465  # one migrates at a time: the only advisory lock, never held beside another
_TRY_LOCK = text("select pg_try_advisory_lock(:key)")
_FOUND = text("select (select version_num from alembic_version), (select revision from schema_floor)")
# Code before revision 0003 does not say so.
_OLDER = text(
    "select count(*) from pg_stat_activity where datname = current_database() and application_name like 'ketenhub %'"
    " and coalesce(substring(application_name from '^ketenhub ([0-9]{4}) '), '0002') < :floor"
)
_RAISE_FLOOR = text(
    "insert into schema_floor (revision) values (:floor)"
    " on conflict (one) do update set revision = greatest(schema_floor.revision, excluded.revision)"
)


async def migrate(engine: AsyncEngine, scripts: Path = SCRIPTS) -> None:
    """Bring the database to the newest revision; several hubs may start at once. One that is ahead of us stays so.

    Args:
        scripts: the folder of migrations.

    Raises:
        OperatorError: it has been contracted further than this code can follow, is about to be while workers run that
            could not, or was too busy to be migrated.
    """
    # Connections of its own: what is set on them goes with them, and an index over years of rows takes its time.
    own = connect(engine.url, "migration", command_timeout=None)
    try:
        await _patiently(own, scripts)
    finally:
        await own.dispose()
    await check(engine)


async def check(engine: AsyncEngine) -> None:
    """Refuse a database that this code cannot work on.

    Raises:
        OperatorError: its schema is older than this code needs, or was contracted since.
    """
    async with transaction(engine) as connection:
        revision, floor = (await connection.execute(_FOUND)).one()
    if revision is None or revision < REVISION:
        sentence = (
            f"The database is at revision {revision} and this version needs {REVISION}: run its `ketenhub serve`."
        )
        raise OperatorError("database-older", sentence)
    if floor is not None and floor > REVISION:
        sentence = (
            f"The database serves versions from revision {floor} and this one is {REVISION}: run a newer version."
        )
        raise OperatorError("database-newer", sentence)


async def older_connections(engine: AsyncEngine) -> int:
    """How many connections to the database are of code before this one's revision."""
    return await _older(engine, REVISION)


async def leave_behind(engine: AsyncEngine, floor: str) -> bool:
    """Have no code before this revision begin on the database from here on; whether none is left that began before."""
    if await _older(engine, floor):
        return False
    async with transaction(engine) as connection:
        await connection.execute(_RAISE_FLOOR, {"floor": floor})
    return not await _older(engine, floor)  # one that began in between saw the floor as it was


async def _older(engine: AsyncEngine, floor: str) -> int:
    async with transaction(engine) as connection:
        return int((await connection.execute(_OLDER, {"floor": floor})).scalar_one())


async def _patiently(engine: AsyncEngine, scripts: Path) -> None:
    tries = AsyncRetrying(
        retry=retry_if_exception_type((Clash, Busy)),
        wait=wait_random_exponential(0.1, 3.0),
        stop=stop_after_delay(PATIENCE),
        reraise=True,
    )
    try:
        async for attempt in tries:
            with attempt:
                async with _alone(engine) as connection:
                    await connection.run_sync(_upgrade, scripts)
    except (Clash, Busy) as exc:
        sentence = "A migration could not get its locks: find what holds them in pg_stat_activity, and start again."
        raise OperatorError("database-busy", sentence) from exc


@asynccontextmanager
async def _alone(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection outside a transaction, while nobody else migrates.

    The lock is tried, not waited for: CREATE INDEX CONCURRENTLY waits for whoever has a snapshot, and would do so for
    ever for one that waits, in a statement, for this lock.
    """
    with errors_become_ours():
        async with engine.connect() as connection:
            if not (await connection.execute(_TRY_LOCK, {"key": _LOCK})).scalar_one():
                raise Clash
            await connection.commit()
            yield connection


def _upgrade(connection: Connection, scripts: Path) -> None:
    # Alembic takes a second to import, which only `serve` has to spend.
    from alembic import command
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.attributes["connection"] = connection
    current = MigrationContext.configure(connection).get_current_revision()
    chain = [one.module for one in ScriptDirectory.from_config(config).walk_revisions()]
    floor = max((one.floor for one in chain if getattr(one, "kind", None) == "contract"), default=None)
    if current is not None and current > chain[0].revision:
        return
    if current != chain[0].revision:
        _spare_older_workers(connection, floor)
    connection.rollback()  # Alembic's own transactions begin after this
    command.upgrade(config, "head")
    connection.commit()  # and may leave one begun
    _raise_floor(connection, floor)


def _spare_older_workers(connection: Connection, floor: str | None) -> None:
    if floor is not None and (number := connection.execute(_OLDER, {"floor": floor}).scalar_one()):
        sentence = (
            f"Stop the hubs before revision {floor} first: {number} connections are theirs, and this would fail them."
        )
        raise OperatorError("older-workers-run", sentence)


def _raise_floor(connection: Connection, floor: str | None) -> None:
    if floor is not None:
        with connection.begin():
            connection.execute(_RAISE_FLOOR, {"floor": floor})
