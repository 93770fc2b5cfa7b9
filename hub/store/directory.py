"""The directory's versions: only ever added to; the head says which one holds."""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.canonical.acts import Record
from hub.canonical.partners import Directory
from hub.ports import OutboxRow, Period
from hub.store import acts, head, outbox
from hub.store.engine import SETTINGS, require_durable, transaction
from hub.store.tables import directory, directory_head

_HEAD = text(f"select version, period_chain, period_step, {SETTINGS} from directory_head for update")  # noqa: S608 its own
# Whoever has it waits for the broker meanwhile, and may change the directory.
_ACCOUNTS = text("""
select set_config('lock_timeout', '20s', true), set_config('idle_in_transaction_session_timeout', '120s', true)
""")
Change = Callable[[Directory], Directory]
Say = Callable[[Directory, Directory, Period], Sequence[OutboxRow]]
"""What is said of a change: of the version before it and the one after, wrapped for the period in use."""


def say_nothing(_before: Directory, _after: Directory, _period: Period) -> Sequence[OutboxRow]:
    return ()


async def lock_accounts(connection: AsyncConnection) -> None:
    """Until the transaction ends. The row of the first version stands for the accounts: nobody else locks it."""
    await connection.execute(_ACCOUNTS)
    first = select(directory.c.version).order_by(directory.c.version).limit(1)
    await connection.execute(first.with_for_update(key_share=True))


async def read_version(connection: AsyncConnection, version: int) -> str:
    found = await connection.execute(select(directory.c.document).where(directory.c.version == version))
    return str(found.scalar_one())


async def read_versions(connection: AsyncConnection, versions: Collection[int]) -> dict[int, str]:
    """Those of these versions that there are."""
    found = await connection.execute(select(directory).where(directory.c.version.in_(versions)))
    return {row.version: row.document for row in found}


async def is_there(engine: AsyncEngine) -> bool:
    """Whether the database has a directory: one without is empty, and starts for the first time."""
    async with transaction(engine) as connection:
        return (await connection.execute(select(directory_head.c.version))).first() is not None


async def import_first(engine: AsyncEngine, first: Directory, encode: Callable[[Directory], str]) -> bool:
    """Make `first` the directory if there is none yet; from then on the database rules.

    Returns:
        Whether it was imported.
    """
    async with transaction(engine) as connection:
        claimed = await connection.execute(
            upsert(directory_head)
            .values(version=first.version)
            .on_conflict_do_nothing()
            .returning(directory_head.c.one)
        )
        if claimed.one_or_none() is None:
            return False
        await _add(connection, first, encode, "import")
        return True


async def change(
    engine: AsyncEngine,
    decode: Callable[[str], Directory],
    encode: Callable[[Directory], str],
    what: str,
    how: Change,
    say: Say = say_nothing,
    record: Record | None = None,
) -> Directory:
    """Apply a change to the newest version and make the result the newest.

    Waits for the batches that still work with the old one, and every later batch sees the new one. A change that gives
    back what it got makes no version. What is said of it is in the outbox, due at once, if it is the newest.

    Args:
        record: of the operator who has it changed.
    """

    async def next_version(connection: AsyncConnection) -> Directory:
        row = head.one_head(await connection.execute(_HEAD))
        await require_durable(connection, row)
        newest = decode(await read_version(connection, row.version))
        changed = how(newest)
        await acts.add(connection, record)
        if changed is newest:
            return newest
        await _add(connection, changed, encode, what)
        await connection.execute(update(directory_head).values(version=changed.version))
        if said := say(newest, changed, Period(row.period_chain or "", row.period_step or 0)):
            await outbox.add(connection, said, said[0].created, timedelta(0))
        return changed

    return await head.alone(engine, next_version)


async def _add(connection: AsyncConnection, added: Directory, encode: Callable[[Directory], str], what: str) -> None:
    await connection.execute(
        insert(directory).values(version=added.version, document=encode(added), change=what, at=func.now())
    )
