"""Several machines run one hub: one of them dies at once and whole, or one process of it hangs; nothing is lost."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hub.local.servers import Addresses
from tests.acceptance.hub import RunningHub, new_database_now, serving, until
from tests.acceptance.traffic import Traffic, traffic
from tests.faults.processes.machines import (
    each_was_answered_once_and_presented,
    meanwhile,
    reports_keep_coming,
    second_machine,
)
from tests.servers import new_home

MORE = 20
HASTY = '[limits]\nworker_silence = "8 s"\n'


@pytest.fixture
def addresses(servers: Addresses) -> Iterator[Addresses]:
    with new_database_now(servers.database_url) as url:
        yield replace(servers, database_url=url)


@pytest.fixture
def hub(addresses: Addresses, tmp_path: Path) -> Iterator[RunningHub]:
    config = tmp_path / "hub.toml"
    config.write_text(HASTY)
    with new_home() as home, serving(home, addresses, config=config) as running:
        running.add("politie", "politie", 1)
        running.add("vt", "veilig-thuis", 2)
        yield running


@asynccontextmanager
async def partners(hub: RunningHub) -> AsyncIterator[Traffic]:
    async with traffic(hub, "politie", "vt") as going:
        yield going


def die(hub: RunningHub) -> None:
    """As a machine does: the supervisor and every worker in one moment, without a word."""
    hub.process.send_signal(signal.SIGSTOP)  # so that it starts nobody meanwhile
    assert len(hub.kill_workers()) == 2
    hub.process.kill()
    hub.process.wait()


async def test_a_machine_that_dies_under_traffic_leaves_all_it_had_to_the_other(
    hub: RunningHub, addresses: Addresses
) -> None:
    async with partners(hub) as going, meanwhile(second_machine(hub, addresses)) as other:
        async with reports_keep_coming(going) as sent:
            await until(lambda: busy(other) and busy(hub), "both machines decide")
            await asyncio.to_thread(die, hub)
            at_death = len(sent)
            await until(lambda: len(sent) > at_death + MORE, "reports keep coming")
        await each_was_answered_once_and_presented(going, sent)
        assert other.json("account", "--json")["fits"]


async def test_a_worker_that_hangs_is_killed_and_another_decides_what_it_had(hub: RunningHub) -> None:
    async with partners(hub) as going:
        async with reports_keep_coming(going) as sent:
            await until(lambda: len(sent) > MORE and busy(hub), "reports are decided")
            hanging = routine_worker(hub)
            os.kill(hanging, signal.SIGSTOP)
            await until(lambda: "worker_hangs" in events(hub), "its supervisor notices")
            await until(lambda: routine_worker(hub) not in (0, hanging), "another takes its place")
        await each_was_answered_once_and_presented(going, sent)
        assert hub.json("account", "--json")["fits"]
    assert events(hub).count("worker_died") == 1


def events(hub: RunningHub) -> list[str]:
    return [line["event"] for line in hub.logged()]


def busy(hub: RunningHub) -> bool:
    return events(hub).count("message_accepted") > 3


def routine_worker(hub: RunningHub) -> int:
    """The process id of the one worker of the routine lane; 0 while there is none."""
    children = Path(f"/proc/{hub.process.pid}/task/{hub.process.pid}/children").read_text().split()
    return next((int(pid) for pid in children if b"regulier" in command_of(pid)), 0)


def command_of(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # gone meanwhile
        return b""
