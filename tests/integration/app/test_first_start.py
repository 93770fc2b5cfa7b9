"""A first start that did not come to its end is gone on with; so is one on an empty database after another is lost."""

from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.app.configuration import configuration, first_version
from hub.app.hub import Hub
from hub.app.period_file import PeriodFile
from hub.app.periods import begin_periods, recover_period
from hub.canonical.partners import Directory
from hub.cli.serve import _lost
from hub.errors import OperatorError, Standstill
from hub.routing.document import from_document, to_document
from hub.settings import Settings
from hub.store import recovery
from hub.store.database import Database
from hub.store.memory import Memory, Seen


def of(engine: AsyncEngine, home: Path, memory: Memory | None = None) -> Hub:
    settings = Settings(home=home)
    return Hub(settings, configuration(settings), Database(engine, to_document, from_document, 30.0, memory))


async def prepared(hub: Hub) -> Directory:
    assert await hub.database.prepare(lambda now: first_version(hub.settings, hub.config, now))
    await begin_periods(hub)
    return await hub.database.store.directory()


def mistaken(_: datetime) -> Directory:
    raise OperatorError("config", "A key of the first partners is none.")


async def test_a_start_that_ended_between_the_tables_and_the_directory_is_said_and_gone_on_with(
    database: AsyncEngine, tmp_path: Path
) -> None:
    hub = of(database, tmp_path)
    with pytest.raises(OperatorError, match="config"):
        await hub.database.prepare(mistaken)
    for ask in (hub.database.store.directory, hub.database.store.glance):
        with pytest.raises(Standstill, match=r"directory-missing: .*`ketenhub serve`"):
            await ask()

    assert await _lost(hub.database, known=False) == ""
    assert (await prepared(hub)).version == 1


async def test_an_operator_goes_on_with_an_empty_database_in_the_place_of_one_that_is_lost(
    database: AsyncEngine, tmp_path: Path
) -> None:
    await recovery.begin(database)
    before = of(database, tmp_path)
    PeriodFile(tmp_path).first()
    seen = Seen(str(uuid4()), system="1", timeline=1, recovery=0, directory=3)
    hub = of(database, tmp_path, Memory(seen))
    assert "recover" in await _lost(hub.database, known=True)

    await recover_period(before)
    await before.database.recover(seen)

    assert await _lost(hub.database, known=True) == ""
    assert (await prepared(hub)).version == 1
