"""A machine whose clock is an hour off accepts and publishes as any other, and says that it doubts the clock."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.local.servers import Addresses
from tests.faults.links.wires import wired

HOUR = 3600


@pytest.fixture(scope="module")
def shifting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that shifts the wall clock of the processes it is loaded into."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler here to build the library that shifts a process's clock")
    library = tmp_path_factory.mktemp("clock") / "shift.so"
    source = Path(__file__).with_name("shift.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def off_by(seconds: int, library: Path) -> Mapping[str, str]:
    return {"LD_PRELOAD": str(library), "SHIFT_SECONDS": str(seconds)}


@pytest.mark.parametrize("seconds", [HOUR, -HOUR], ids=["ahead", "behind"])
async def test_a_hub_whose_clock_is_an_hour_off_works_as_any_other_and_says_so(
    servers: Addresses, shifting: Path, seconds: int
) -> None:
    async with wired(servers, environment=off_by(seconds, shifting)) as hub:
        assert abs(written_at(hub.logged()[-1]["timestamp"]) - now() - seconds) < HOUR / 2
        await hub.rig.probe()  # its partners have come to it while it ran: it reads them at once
        hub.rig.open(60)
        await hub.rig.awaits_answers(1)
        assert await hub.findings_and_misfits() == []
        assert not hub.reasons()
        found = await hub.is_said("attention", "clock:")
        assert not found["exit"], "it is doubted, and all goes on"
        assert any("clocks-apart" in line for line in found["attention"])


def now() -> float:
    return datetime.now(UTC).timestamp()


def written_at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_the_library_shifts_the_wall_clock_and_nothing_else(shifting: Path) -> None:
    code = "import time, datetime; print(time.time(), datetime.datetime.now().timestamp(), time.monotonic())"
    environment = {**os.environ, **off_by(HOUR, shifting)}
    done = subprocess.run(["python3", "-c", code], env=environment, capture_output=True, text=True, check=True)
    wall, date, _ = map(float, done.stdout.split())
    assert abs(wall - now() - HOUR) < 60
    assert abs(date - now() - HOUR) < 60
