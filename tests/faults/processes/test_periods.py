"""Machines go from period to period together, under traffic; one that was off, or lost its key, comes back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.app.period_file import PeriodFile
from hub.local.servers import Addresses
from hub.store.engine import connect
from tests.acceptance.hub import RunningHub, new_database_now, serving, until
from tests.acceptance.traffic import traffic
from tests.databases import books_fit
from tests.faults.processes.machines import (
    each_was_answered_once_and_presented,
    meanwhile,
    reports_keep_coming,
    second_machine,
)
from tests.servers import new_home

SHORT = '[limits]\nperiod = "15 s"\n'
MISSING = "This machine has no period key"


@pytest.fixture
def addresses(servers: Addresses) -> Iterator[Addresses]:
    with new_database_now(servers.database_url) as url:
        yield replace(servers, database_url=url)


@pytest.fixture
async def engine(addresses: Addresses) -> Any:
    made: AsyncEngine = connect(addresses.database_url, "test")
    yield made
    await made.dispose()


def step_of(home: Path) -> int:
    key = PeriodFile(home).read()
    assert key is not None
    return key.step


async def steps(hub: RunningHub, more: int) -> None:
    """So many keys more are destroyed on this machine."""
    before = step_of(hub.home)
    await until(lambda: step_of(hub.home) >= before + more, "keys are destroyed")


def status(hub: RunningHub) -> str:
    return hub.cli("status", ok=(0, 1)).stdout


@pytest.mark.exhaustive
async def test_machines_step_together_and_one_that_was_off_or_lost_its_key_comes_back(
    addresses: Addresses, engine: AsyncEngine, tmp_path: Path
) -> None:
    config = tmp_path / "hub.toml"
    config.write_text(SHORT)
    with new_home() as home, serving(home, addresses, config=config) as first:
        first.add("politie", "politie", 1)
        first.add("vt", "veilig-thuis", 2)
        async with traffic(first, "politie", "vt") as going:
            async with (
                reports_keep_coming(going) as sent,
                meanwhile(second_machine(first, addresses, config=config)) as second,
            ):
                await steps(second, 1)
                assert abs(step_of(first.home) - step_of(second.home)) <= 2
                second.terminate()
                await steps(first, 3)
                async with meanwhile(serving(second.home, addresses, config=config)) as back:
                    behind = step_of(first.home)
                    await until(lambda: step_of(back.home) >= behind, "it steps on to what is in use")

                    file = back.home / "keys" / "period" / "key.json"
                    file.unlink()
                    await until(lambda: MISSING in status(back), "it says that its key is not here")
                    asked = back.cli("key", "period", "request").stdout
                    given = first.cli("key", "period", "give", stdin=asked).stdout
                    back.cli("key", "period", "take", stdin=given)
                    await until(lambda: MISSING not in status(back), "it works again")
                    await steps(back, 1)
                await until(lambda: len(sent) > 30, "reports went on")
            await each_was_answered_once_and_presented(going, sent)
        account = first.json("account", "--json")
        assert (account["fits"], account["awaiting"]) == (True, 0)
    await books_fit(engine)
