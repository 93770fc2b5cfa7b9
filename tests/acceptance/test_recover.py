"""The hub comes back to a database that was restored: it waits, says why, and goes on when an operator says so."""

import asyncio
import json
import subprocess
from dataclasses import replace
from pathlib import Path

from hub.app.period_file import PeriodFile
from hub.local.servers import Addresses
from tests.acceptance.hub import COMMAND, ROOT, new_database_now, restored, serving, until
from tests.patience import CEILING
from tests.servers import new_home


def step_of(home: Path) -> int:
    key = PeriodFile(home).read()
    assert key is not None
    return key.step


def directories_seen(home: Path) -> set[int]:
    return {json.loads(file.read_text())["directory"] for file in (home / "seen").glob("*.json")}


def test_a_restored_database_is_waited_with_until_an_operator_says_recover(servers: Addresses, tmp_path: Path) -> None:
    """Periods are short, so that the machine's key is steps ahead of the database when that is restored."""
    config = tmp_path / "hub.toml"
    config.write_text('[limits]\nperiod = "1 s"\n')
    with new_database_now(servers.database_url) as url, new_home() as home:
        addresses = replace(servers, database_url=url)
        with serving(home, addresses, config=config):
            pass
        with restored(url) as earlier:
            before = step_of(home)
            with serving(home, addresses, config=config) as hub:
                hub.add("politie", "politie", 1)
                asyncio.run(until(lambda: step_of(home) > before + 2, "keys of periods are destroyed"))
                asyncio.run(until(lambda: 2 in directories_seen(home), "a worker has seen the newest directory"))
            environment = hub.environment | {"KETENHUB_DATABASE_URL": earlier}
            with (home / "hub.log").open("a") as errors:
                process = subprocess.Popen(
                    [*COMMAND, "serve"], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=errors
                )
            try:
                assert process.stdout is not None
                assert "version 2 of the directory is not there" in process.stdout.readline()

                back = replace(hub, environment=environment)
                asked = back.cli("recover", ok=(1,), stdin="n\n")
                assert "missing: version 2 of the directory is not there" in asked.stdout
                assert "Nothing was changed" in asked.stderr
                assert "Recovered" in back.cli("recover", "--yes").stdout
                assert any(line.startswith("Ready") for line in process.stdout)
            finally:
                process.terminate()
                process.wait(timeout=CEILING)
                process.stdout.close()
