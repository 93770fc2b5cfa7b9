"""Find and end the processes of an embedded server, whoever started them and however that one ended.

A folder in the home is a server's identity. Every process gets it as a mark in its environment, which its children
inherit (Erlang's helpers too); PostgreSQL's children overwrite theirs, but run a program that lies in the folder.
Both are read from /proc, so a pid file that a kill left behind, or a reused pid, cannot mislead anyone.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

MARK = "KETENHUB_SERVER"


def mark(folder: Path) -> dict[str, str]:
    """What to add to the environment of a process so that `belonging` finds it."""
    return {MARK: str(folder)}


def belonging(folder: Path) -> list[int]:
    """The ids of the living processes of the server in this folder; zombies have no environment and do not count."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _belongs(entry, folder)]


def end(folder: Path, how: signal.Signals = signal.SIGTERM, patience: float = 20.0) -> None:
    """End what runs for this folder: the outermost processes are asked with `how`, all killed after `patience` s."""
    running = belonging(folder)
    for pid in running:
        if _parent(pid) not in running:
            _signal(pid, how)
    if not eventually(lambda: _are_gone(running) and not belonging(folder), patience):
        kill(folder)


def kill(folder: Path) -> None:
    """Kill all that runs for this folder, and return when it is gone."""
    running = belonging(folder)
    for pid in running:
        _signal(pid, signal.SIGKILL)
    eventually(lambda: _are_gone(running), 10.0)


def eventually(condition: Callable[[], bool], patience: float) -> bool:
    """Whether the condition came true within `patience` seconds; looks every 50 ms."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _belongs(process: Path, folder: Path) -> bool:
    try:
        marked = f"{MARK}={folder}".encode() in (process / "environ").read_bytes().split(b"\0")
        return marked or Path(os.readlink(process / "exe")).is_relative_to(folder)
    except OSError:  # gone meanwhile, or another user's
        return False


def _parent(pid: int) -> int:
    return int(_stat(pid)[1])


def _are_gone(pids: list[int]) -> bool:
    """Ended to the last thread, so that ports and files are free; a zombie that waits to be reaped is gone too."""
    return all(_stat(pid)[0] in "ZX" and len(list(Path(f"/proc/{pid}").glob("task/*"))) <= 1 for pid in pids)


def _stat(pid: int) -> list[str]:
    """State, parent and what follows, from /proc/PID/stat (proc(5)); a process that is no more counts as dead, `X`."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["X", "0"]


def _signal(pid: int, how: signal.Signals) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return
