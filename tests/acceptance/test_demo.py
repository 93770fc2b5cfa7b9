"""`ketenhub demo`, as `make demo` runs it: it tells the whole story, ends well, and leaves nothing running."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.hub import ROOT
from tests.patience import CEILING
from tests.servers import new_home

WITHIN = 2 * CEILING


@pytest.fixture
def home() -> Iterator[Path]:
    with new_home() as base:
        yield base / "demo"


@contextmanager
def demo(home: Path) -> Iterator[subprocess.Popen[str]]:
    """The demo, started in this home; killed at the end of the block if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hub", "demo", "--home", str(home)],
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | {"COLUMNS": "120"},
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def read_until(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"it ended without saying {text!r}")


def running(home: Path) -> list[str]:
    """The command lines of living processes that work in this home, by their environment or their program."""
    return [name for entry in Path("/proc").iterdir() if entry.name.isdigit() and (name := works_in(entry, home))]


def works_in(process: Path, home: Path) -> str:
    mark = str(home.resolve()).encode()
    try:
        if mark in (process / "environ").read_bytes() + os.readlink(process / "exe").encode():
            return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:  # gone meanwhile
        pass
    return ""


def require_nobody(home: Path) -> None:
    ends = time.monotonic() + CEILING
    while left := running(home):
        assert time.monotonic() < ends, left
        time.sleep(0.1)


def test_killed_half_way_it_leaves_nobody_and_works_again(home: Path) -> None:
    with demo(home) as process:
        read_until(process, "overdrachten.aanbod")
        process.send_signal(signal.SIGKILL)
        process.wait()
    require_nobody(home)
    with demo(home) as process:
        said, _ = process.communicate(timeout=WITHIN)
    assert process.returncode == 0, said
    require_nobody(home)
    assert re.search(r"(\d+) of \1 expectations met", said), said
    for holders in (
        "Politie → Veilig Thuis → Lokaal team",
        "OM → Veilig Thuis:",
        "Reclassering → Veilig Thuis → nobody",
    ):
        assert holders in said, said
    assert "refused: schema-ongeldig /data/gemeente" in said
    assert "refused: envelop-ongeldig" in said
    assert "the same as before" in said
    assert [log.name for log in home.glob("*.log") if log.name != "hub.log" and log.read_text()] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_while_it_starts_it_leaves_nobody(home: Path, number: signal.Signals) -> None:
    with demo(home) as process:
        read_until(process, "Starting RabbitMQ")
        process.send_signal(number)
        said, _ = process.communicate(timeout=WITHIN)
    assert process.returncode == 128 + number, said
    assert "Traceback" not in said
    assert running(home) == []


def test_a_folder_with_other_files_is_left_alone(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "diary.txt").write_text("mine")
    with demo(home) as process:
        said, _ = process.communicate(timeout=WITHIN)
    assert process.returncode == 1
    assert "holds other files" in said
    assert (home / "diary.txt").read_text() == "mine"
