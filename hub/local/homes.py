"""Homes that last as long as a demo or a test run."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.local.processes import kill


@contextmanager
def throwaway_home() -> Iterator[Path]:
    """A new private home, removed at the end. What killed runs of this user left behind, servers too, goes first."""
    prefix = f"ketenhub-{os.geteuid()}-"
    for leftover in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        if _is_orphan(leftover):
            _discard(leftover)
    home = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-")).resolve()
    try:
        yield home
    finally:
        _discard(home)


def _is_orphan(home: Path) -> bool:
    """Ours, and its name tells the id of a process that is no more."""
    owner = home.name.split("-")[2]
    return home.stat().st_uid == os.geteuid() and not Path("/proc", owner).exists()


def _discard(home: Path) -> None:
    for folder in (home / "rabbitmq", home / "postgres" / "server"):
        kill(folder.resolve())
    shutil.rmtree(home, ignore_errors=True)
