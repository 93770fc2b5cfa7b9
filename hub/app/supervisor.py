"""The processes of one hub: N for the routine lane and one for the acute lane; one that dies is started again.

A worker is a process of its own because one process is one core (D8). It lives no longer than its supervisor: it reads
a pipe that only ends when the supervisor has, however that came about. It says all the time that it lives: one that
hangs keeps its deliveries and its connections, so nobody else would ever get them, and is killed.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from hub.canonical.codes import Lane
from hub.telemetry import LogEvent

_log = structlog.get_logger()
READY = b"ready\n"
BEAT = b"beat\n"
"""What a worker writes on its standard output: once when it takes messages; every second that it lives (`pulse.py`)."""
BEAT_EVERY = 1.0
STARTS_WITHIN = 120.0
FIRST_WAIT, LONGEST_WAIT, SETTLED = 0.2, 30.0, 60.0
"""Seconds before a dead worker is started again: doubling, and from the start again after it has lived for a while."""


MOST_OF_HOST = 30
"""Letters; PostgreSQL keeps 63 of a connection's name, and a worker is known to others by how that ends."""


@dataclass(frozen=True, slots=True)
class Job:
    """One worker: its lane and its name in logs."""

    lane: Lane
    name: str


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds.

    Attributes:
        silence: without a sign of life: it hangs.
        grace: until a worker that is told to stop is killed.
        start: until the first sign of life; a busy machine takes long to start many.
    """

    silence: float
    grace: float
    start: float = STARTS_WITHIN


def jobs(workers: int) -> list[Job]:
    """So many for the routine lane, and one for the acute."""
    host = os.uname().nodename.split(".")[0][:MOST_OF_HOST]
    acute = Job(Lane.ACUTE, f"{host}-{os.getpid()}-acuut")
    return [acute, *(Job(Lane.ROUTINE, f"{host}-{os.getpid()}-{number}") for number in range(1, workers + 1))]


def worker_command(job: Job) -> Sequence[str]:
    return sys.executable, "-m", "hub", "worker", job.lane.value, job.name


@dataclass(frozen=True, slots=True)
class Supervisor:
    """Runs workers.

    Attributes:
        environment: of each, on top of our own.
        command: what to run for a job.
    """

    environment: Mapping[str, str]
    patience: Patience
    command: Callable[[Job], Sequence[str]] = worker_command

    async def run(self, wanted: Sequence[Job], ready: Callable[[], None], stop: asyncio.Event) -> None:
        """Keep these alive until `stop`, then stop them within the grace.

        Args:
            ready: called once, when every worker takes messages.
        """
        waiting = {job.name for job in wanted}

        def one_ready(job: Job) -> None:
            if job.name in waiting:
                waiting.discard(job.name)
                if not waiting:
                    _log.info(LogEvent.HUB_STARTED, workers=len(wanted), pid=os.getpid())
                    ready()

        async with asyncio.TaskGroup() as tasks:
            for job in wanted:
                tasks.create_task(self._keep_alive(job, one_ready, stop))

    async def _keep_alive(self, job: Job, ready: Callable[[Job], None], stop: asyncio.Event) -> None:
        wait = FIRST_WAIT
        while not stop.is_set():
            began = time.monotonic()
            code, pid = await self._live(job, ready, stop)
            if stop.is_set():
                return
            _log.error(LogEvent.WORKER_DIED, worker=job.name, exit_code=code, pid=pid)
            wait = FIRST_WAIT if time.monotonic() - began > SETTLED else wait
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)
            wait = min(LONGEST_WAIT, wait * 2)

    async def _live(self, job: Job, ready: Callable[[Job], None], stop: asyncio.Event) -> tuple[int, int]:
        """One life of a worker: its exit code and process id (0: it could not be started)."""
        try:
            process = await self._start(job)
        except OSError as exc:  # no memory, no process ids: the workers that run must not stop for it
            return exc.errno or 1, 0
        life = Life(process, job, self.patience)
        stopping = asyncio.ensure_future(stop.wait())
        living = asyncio.ensure_future(life.watch(lambda: ready(job)))
        try:
            await asyncio.wait({stopping, living}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await life.end()
            stopping.cancel()
            living.cancel()
        return process.returncode or 0, process.pid

    async def _start(self, job: Job) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self.command(job),
            env={**os.environ, **self.environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C reaches the supervisor only, which stops the workers in order
        )


@dataclass(slots=True)
class Life:
    """A running worker, as its supervisor sees it."""

    process: asyncio.subprocess.Process
    job: Job
    patience: Patience
    heard: bool = False
    """Since the last look."""

    async def watch(self, ready: Callable[[], None]) -> None:
        """Until it has ended, or hangs."""
        listening = asyncio.ensure_future(self._listen(ready))
        ended = asyncio.ensure_future(self.process.wait())
        try:
            left = self.patience.start
            while not ended.done() and left > 0:
                await asyncio.wait({ended}, timeout=BEAT_EVERY)
                # Looks are counted, not seconds: a machine that slept has not waited for its workers.
                left = self.patience.silence if self.heard else left - BEAT_EVERY
                self.heard = False
            if not ended.done():
                _log.error(LogEvent.WORKER_HANGS, worker=self.job.name, pid=self.process.pid)
                self.process.kill()  # SIGTERM would wait for what does not answer; SIGKILL ends even what is stopped
        finally:
            listening.cancel()
            ended.cancel()

    async def end(self) -> None:
        """Ask it to stop; kill it if it has not after the grace."""
        if self.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), self.patience.grace)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()

    async def _listen(self, ready: Callable[[], None]) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.heard = True
            if line == READY:
                ready()


def stop_at_signals() -> asyncio.Event:
    """Set by SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
