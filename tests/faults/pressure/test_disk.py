"""The disk under the database fills up: nothing is acknowledged and the hub says so, until there is room again."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hub.local.servers import Addresses, running
from tests.faults.links.wires import wired
from tests.servers import new_home

SIZE = "500m"


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", folder], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def disk(servers: Addresses) -> Iterator[tuple[Addresses, Path]]:
    """The session's broker, and a database on a small disk of its own; and where that disk is."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    with new_home() as home:
        folder = home / "postgres"
        with small_disk(folder), running(home, broker=False, say=print) as own:
            if not (folder / "server" / "data").is_dir():
                pytest.skip("the database's account does not reach the small disk")
            yield replace(servers, database_url=own.database_url), folder


def fill(folder: Path) -> Path:
    """All room that is left, to the last byte."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            while True:
                try:
                    file.write(b"\0" * size)
                except OSError:
                    break
    return filler


async def test_a_full_disk_under_the_database_stops_the_hub_until_there_is_room(disk: tuple[Addresses, Path]) -> None:
    servers, folder = disk
    async with wired(servers) as hub:
        await hub.rig.probe()
        filler = fill(folder)
        hub.rig.go(8.0)  # until the last page that was there is full
        await hub.turns("database-away")
        hub.rig.go(0.0)
        assert (await hub.rig.asked_status())["exit"] == 1
        await hub.rig.awaits_answers(1)

        filler.unlink()
        await hub.turns_ready()
        await hub.rig.probe()
        assert await hub.findings_and_misfits() == []
