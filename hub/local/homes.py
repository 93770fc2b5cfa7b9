"""Homes that last as long as a demo or a test run."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import OperatorError
from hub.local.account import elsewhere
from hub.local.processes import eventually, kill

MARK = "made-for-demo"
"""The file that says that a folder is ours to empty."""
_PREFIX = "ketenhub-"


def emptied(home: Path, patience: float = 20.0) -> Path:
    """This folder, made if absent, with nothing in it: what an earlier run left goes first, servers too.

    Args:
        patience: seconds for an owner that is just stopping.

    Raises:
        OperatorError: a process runs the servers of this home, or somebody else's files are in it.
    """
    home = home.resolve()
    if home.exists() and any(home.iterdir()) and not (home / MARK).exists():
        raise OperatorError(
            "home-not-empty", f"{home} holds other files: name an empty folder, or one that is not there"
        )
    if not eventually(lambda: not is_owned(home), patience):
        raise OperatorError("home-in-use", f"a process runs the servers of {home}: stop it, or name another folder")
    discard(home)
    home.mkdir(mode=0o700, parents=True)
    (home / MARK).touch(mode=0o600)
    return home


@contextmanager
def throwaway_home() -> Iterator[Path]:
    """A new private home, removed at the end. What killed runs of this user left behind, servers too, goes first."""
    for leftover in Path(tempfile.gettempdir()).glob(f"{_PREFIX}{os.geteuid()}-*"):
        if _is_orphan(leftover):
            discard(leftover)
    home = Path(tempfile.mkdtemp(prefix=prefix_of(os.getpid()))).resolve()
    try:
        yield home
    finally:
        discard(home)


def prefix_of(owner: int) -> str:
    """How the names of the homes of this process, of this user, begin."""
    return f"{_PREFIX}{os.geteuid()}-{owner}-"


def discard(home: Path) -> None:
    """Kill the servers of a home, and remove all it has."""
    apart = elsewhere(home.resolve() / "postgres")
    for folder in (home / "rabbitmq", home / "postgres" / "server", apart):
        kill(folder.resolve())
    for folder in (home, apart):
        shutil.rmtree(folder, ignore_errors=True)


def _is_orphan(home: Path) -> bool:
    """Ours, and its name tells the id of a process that is no more."""
    owner = home.name.split("-")[2]
    try:
        return home.stat().st_uid == os.geteuid() and not Path("/proc", owner).exists()
    except FileNotFoundError:  # another run removed it at this moment
        return False


def is_owned(home: Path) -> bool:
    """Whether somebody holds the lock of `servers.running`."""
    try:
        with (home / "run" / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
