"""When a pytest process dies, the run ends with an error, and what that process had started goes with it."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from hub.local.processes import eventually
from tests.guardian import left_by
from tests.patience import CEILING

ROOT = Path(__file__).parents[3]
STARTS = """
import os, subprocess, time
from hub.local.servers import running
from tests.servers import new_home

def test_that_is_killed():
    with new_home() as home, running(home, broker=False, say=print):
        subprocess.Popen(["sleep", "600"], start_new_session=True)
        print(f"up {os.getpid()}", flush=True)
        time.sleep(600)
"""
DIES = """
import os, signal

def test_that_kills_its_process():
    os.kill(os.getpid(), signal.SIGKILL)
"""


def options_of_make_test() -> list[str]:
    """How `make test` runs pytest."""
    makefile = (ROOT / "Makefile").read_text()
    found = re.search(r"^test: .*\n(?:\t.*\n)*?\t@\$\(python\) -m pytest (.*)$", makefile, re.MULTILINE)
    assert found
    return found[1].split()


def a_run(folder: Path, text: str, *options: str) -> subprocess.Popen[str]:
    (folder / "test_it.py").write_text(text)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "tests.conftest", *options, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def test_of_a_pytest_process_that_is_killed_nothing_runs_on(tmp_path: Path) -> None:
    with a_run(tmp_path, STARTS, "-s") as killed:
        assert killed.stdout is not None
        assert any(line.startswith("up") for line in killed.stdout)
        names = {Path(f"/proc/{pid}/comm").read_text().strip() for pid in left_by(killed.pid)}
        assert {"sleep", "postgres"} <= names
        killed.kill()
        killed.wait()
        assert eventually(lambda: left_by(killed.pid) == [], CEILING)
    assert eventually(lambda: not [*Path(tempfile.gettempdir()).glob(f"ketenhub-*-{killed.pid}-*")], CEILING)


def test_of_one_that_ends_in_order_nothing_is_touched(tmp_path: Path) -> None:
    with a_run(tmp_path, "def test_nothing(): pass") as well:
        assert well.wait(CEILING) == 0


def test_a_run_one_of_whose_processes_dies_ends_with_an_error(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text("def test_nothing(): pass")
    with a_run(tmp_path, DIES, *options_of_make_test()) as run:
        said, _ = run.communicate(timeout=CEILING)
    assert run.returncode != 0
    assert "test_that_kills_its_process" in said
