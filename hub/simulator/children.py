"""The demo's processes: the hub, its command line, and one for each fake partner. All of them end with the demo.

Each runs in a session of its own, so that Ctrl-C reaches the demo alone, which then stops them in order, by their ids.
Killed outright, the demo still leaves nobody behind: a fake partner stops when its input ends, and the hub gets a
SIGTERM from the kernel.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from pathlib import Path

from hub.errors import OperatorError
from hub.simulator.stage import Line

STOP_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1


class Child:
    """One process whose output is read line by line."""

    def __init__(self, name: str, process: Process, hear: Callable[[str], None]) -> None:
        self.name = name
        self._process = process
        self._reader = asyncio.create_task(self._read(hear))

    @property
    def code(self) -> int | None:
        """Its exit code; `None` while it runs."""
        return self._process.returncode

    async def tell(self, command: Line) -> None:
        """One command on its input; a process that is gone does not mind."""
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            await self._process.stdin.drain()

    async def wait(self) -> int:
        """Its exit code, once it has ended and all it said is heard."""
        code = await self._process.wait()
        await asyncio.shield(self._reader)
        return code

    async def stop(self) -> int:
        """Close its input and ask it to end with SIGTERM; kill it when it does not."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                return await self.wait()
        except TimeoutError:
            self._process.kill()
            return await self.wait()

    async def _read(self, hear: Callable[[str], None]) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            hear(line.decode().rstrip("\n"))


async def start(name: str, arguments: list[str], home: Path, hear: Callable[[str], None], log: Path) -> Child:
    """Start `python -m ...` with its standard error in `log`."""
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *arguments,
            stdin=PIPE,
            stdout=PIPE,
            stderr=errors,
            env=_environment(home),
            start_new_session=True,
            preexec_fn=_end_with_parent(),
        )
    return Child(name, process, hear)


async def run(home: Path, *arguments: str) -> str:
    """What a command of the hub's command line prints.

    Raises:
        OperatorError: it failed; with what it said.
    """
    code, printed, said = await attempt(home, *arguments)
    if code:
        raise OperatorError("command-failed", f"ketenhub {' '.join(arguments[:2])} failed: {said.strip()}")
    return printed


async def attempt(home: Path, *arguments: str) -> tuple[int, str, str]:
    """Run a command of the hub's command line: its exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub", *arguments),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env=_environment(home),
        start_new_session=True,
    )
    try:
        printed, said = await process.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    return process.returncode or 0, printed.decode(), said.decode()


def _environment(home: Path) -> dict[str, str]:
    """Ours, with this home, and none of the settings that would lead to another hub."""
    kept = {name: value for name, value in os.environ.items() if "KETENHUB_" not in name}
    return kept | {"KETENHUB_HOME": str(home), "PYTHONUNBUFFERED": "1"}


def _end_with_parent() -> Callable[[], object] | None:
    """For the child, before it runs: have Linux send it SIGTERM when we are gone."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    return prctl and (lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGTERM))
