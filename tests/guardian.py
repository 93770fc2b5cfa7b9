"""What a pytest process started ends with it, also where it is killed: then its own fixtures stop nothing.

Each pytest process starts a guardian, which reads a pipe that only ends when that process has, however that came about.
It then kills, by their process ids, all that works in a home of that process (`hub.local.homes` puts its id in the
name): servers, hubs, workers, fake partners; and those that inherited its mark. A process is of a home if its program,
its folder, its output or its environment is there: a server of another account has no other trace of it.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from hub.local.homes import discard, prefix_of

ROOT = Path(__file__).parents[1]
MARK = "TEST_GUARDED"
ROUNDS = 50
"""Looks for those that were being started while others were killed."""


def pytest_configure(config: pytest.Config) -> None:
    os.environ[MARK] = str(os.getpid())
    command = [sys.executable, "-m", "tests.guardian", str(os.getpid())]
    # Its standard input is closed with us. Nobody else has the other end: descriptors are not inherited.
    guardian = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )
    config.add_cleanup(lambda: _dismiss(guardian))


def _dismiss(guardian: "subprocess.Popen[bytes]") -> None:
    assert guardian.stdin is not None
    guardian.stdin.close()
    guardian.wait()


def guard(killed: int) -> None:
    """Wait for the end of our input, then end what this process left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # who ends a whole run from its terminal ends what it guards first
    sys.stdin.buffer.read()
    for _ in range(ROUNDS):
        left = left_by(killed)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not left:
            break
        time.sleep(0.1)
    for home in Path(tempfile.gettempdir()).glob(f"{prefix_of(killed)}*"):
        discard(home)


def left_by(killed: int) -> list[int]:
    """The ids of the living processes that this process, or one that it started, has started."""
    homes = f"{tempfile.gettempdir()}/{prefix_of(killed)}".encode()
    mark = f"{MARK}={killed}".encode()
    running = (entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and int(entry.name) != os.getpid())
    return [int(entry.name) for entry in running if _is_of(entry, homes, mark)]


def _is_of(process: Path, homes: bytes, mark: bytes) -> bool:
    try:
        environment = (process / "environ").read_bytes()
        links = b"\0".join(bytes(_target(process / name)) for name in ("exe", "cwd", "fd/1", "fd/2"))
    except OSError:  # gone meanwhile, or another user's
        return False
    return homes in environment or homes in links or mark in environment.split(b"\0")


def _target(link: Path) -> Path:
    try:
        return link.readlink()
    except FileNotFoundError:  # closed, or a thread of the kernel
        return Path()


if __name__ == "__main__":
    guard(int(sys.argv[1]))
