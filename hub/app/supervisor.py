"""The processes of one hub: N for the routine lane and one for the acute lane; one that dies is started again.

A worker is a process of its own because one process is one core (D8). It lives no longer than its supervisor: it reads
a pipe that only ends when the supervisor has, however that came about.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from hub.canonical.codes import Lane
from hub.telemetry import LogEvent

_log = structlog.get_logger()
READY = b"ready\n"
FIRST_WAIT, LONGEST_WAIT, SETTLED = 0.2, 30.0, 60.0
"""Seconds before a dead worker is started again: doubling, and from the start again after it has lived for a while."""


@dataclass(frozen=True, slots=True)
class Job:
    """One worker: its lane and its name in logs."""

    lane: Lane
    name: str


def jobs(workers: int) -> list[Job]:
    """So many for the routine lane, and one for the acute."""
    host = os.uname().nodename.split(".")[0]
    acute = Job(Lane.ACUTE, f"{host}-{os.getpid()}-acuut")
    return [acute, *(Job(Lane.ROUTINE, f"{host}-{os.getpid()}-{number}") for number in range(1, workers + 1))]


async def supervise(workers: int, environment: Mapping[str, str], grace: float, ready: Callable[[], None]) -> None:
    """Run the workers until SIGTERM or SIGINT, then stop them within `grace` seconds.

    Args:
        ready: called once, when every worker takes messages.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    wanted = jobs(workers)
    waiting = {job.name for job in wanted}

    def one_ready(name: str) -> None:
        if name not in waiting:  # it was ready before, and has been started again
            return
        waiting.discard(name)
        if not waiting:
            _log.info(LogEvent.HUB_STARTED, workers=len(wanted), pid=os.getpid())
            ready()

    async with asyncio.TaskGroup() as tasks:
        for job in wanted:
            tasks.create_task(_keep_alive(job, environment, grace, one_ready, stop))


async def _keep_alive(
    job: Job, environment: Mapping[str, str], grace: float, ready: Callable[[str], None], stop: asyncio.Event
) -> None:
    wait = FIRST_WAIT
    while not stop.is_set():
        began = time.monotonic()
        code, pid = await _run(job, environment, grace, ready, stop)
        if stop.is_set():
            return
        _log.error(LogEvent.WORKER_DIED, worker=job.name, exit_code=code, pid=pid)
        wait = FIRST_WAIT if time.monotonic() - began > SETTLED else wait
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait)
        wait = min(LONGEST_WAIT, wait * 2)


async def _run(
    job: Job, environment: Mapping[str, str], grace: float, ready: Callable[[str], None], stop: asyncio.Event
) -> tuple[int, int]:
    """One life of a worker: its exit code and process id."""
    command = [sys.executable, "-m", "hub", "worker", job.lane.value, job.name]
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches the supervisor only, which stops the workers in order
    )
    stopping = asyncio.ensure_future(stop.wait())
    listening = asyncio.ensure_future(_listen(process, job.name, ready))
    ended = asyncio.ensure_future(process.wait())
    try:
        await asyncio.wait({stopping, ended}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _end(process, grace)
        for task in (stopping, listening, ended):
            task.cancel()
    return process.returncode or 0, process.pid


async def _listen(process: asyncio.subprocess.Process, name: str, ready: Callable[[str], None]) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        if line == READY:
            ready(name)


async def _end(process: asyncio.subprocess.Process, grace: float) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), grace)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
