"""The schema, moved to the newest revision by Alembic: expand first, contract a release later."""

from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.store.engine import transaction

_LOCK = 0x6B657465  # one migrates at a time: the only advisory lock, never held beside another


async def migrate(engine: AsyncEngine) -> None:
    """Bring the database to the newest revision; several hubs may start at once."""
    async with transaction(engine) as connection:
        await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    # Alembic takes a second to import, which only `serve` has to spend.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
