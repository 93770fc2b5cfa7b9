"""A database as it was some minutes ago: what a restore from a backup leaves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from hub.routing.document import from_document
from hub.store.engine import connect
from hub.store.store import PostgresStore
from tests.clock import Own
from tests.databases import books_fit, registers_tell_the_cases
from tests.kit import Kit
from tests.servers import new_database
from tests.talk import AT_ONCE, waits

RECOVERED = 1_000_000
"""Above any case version that a test's hub says before."""


@dataclass(frozen=True)
class Backup:
    """The database of a kit, as it was when this was made."""

    kit: Kit
    url: str

    @asynccontextmanager
    async def restored(self, *, recovering: bool = False) -> AsyncIterator[Kit]:
        """The same hub, with the same keys and partners, on the database as it was. It adds up when it is left.

        Args:
            recovering: as an operator has said; then what waits is looked at again at once.
        """
        async with new_database(self.url, self.url.rpartition("/")[2]) as url:
            engine = connect(url, "test")
            own = Own()
            try:
                store = PostgresStore(
                    engine, from_document, 30.0, own.clocks, recovering=recovering, recovery=recovering * RECOVERED
                )
                kit = replace(self.kit, store=store, engine=engine, own=own)
                yield kit.limited(retry=AT_ONCE, early_step_wait=waits(0.0)) if recovering else kit
                await books_fit(engine)
                await registers_tell_the_cases(engine)
            finally:
                await engine.dispose()


@asynccontextmanager
async def backed_up(kit: Kit) -> AsyncIterator[Backup]:
    """A backup of what is there now. It can be restored as often as it takes."""
    await kit.engine.dispose()  # PostgreSQL copies only what nobody is connected to
    async with new_database(kit.url, kit.url.rpartition("/")[2]) as url:
        yield Backup(kit, url)
