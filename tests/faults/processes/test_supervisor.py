"""One bad worker stops no other: whether it dies, hangs from the start, is stopped, or cannot be started at all."""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from hub.app.supervisor import FIRST_WAIT, Job, Patience, Supervisor
from hub.canonical.codes import Lane
from tests.fakes import until
from tests.patience import CEILING

PATIENCE = Patience(silence=3.0, grace=5.0, start=8.0)
GOOD, BAD, WORSE = (Job(Lane.ROUTINE, name) for name in ("good", "bad", "worse"))

_NOTE = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()} {time.monotonic()}\\n');"
_LIVE = """
sys.stdout.write('ready\\n')
while True:
    sys.stdout.write('beat\\n'); sys.stdout.flush(); time.sleep(0.2)
"""
WORKERS = {
    "lives": _NOTE + _LIVE,
    "dies at once": _NOTE + "sys.exit(3)",
    "hangs before it is ready": _NOTE + "time.sleep(600)",
    "will not stop": _NOTE + "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + _LIVE,
}


@dataclass
class Watched:
    """A supervisor under test, and the lives its workers had.

    Attributes:
        does: what each job is, of `WORKERS`.
    """

    folder: Path
    does: dict[Job, str]
    tried: Counter[Job] = field(default_factory=Counter)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def command(self, job: Job) -> Sequence[str]:
        self.tried[job] += 1
        if self.does[job] == "cannot be started":
            return (str(self.folder / "nothing-here"),)
        return sys.executable, "-c", WORKERS[self.does[job]], str(self.folder / job.name)

    def lives(self, job: Job) -> list[tuple[int, float]]:
        """Process id and start of each."""
        path = self.folder / job.name
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(pid), float(at)) for pid, at in (line.split() for line in lines)]

    async def lived(self, job: Job, times: int) -> None:
        await until(lambda: len(self.lives(job)) >= times)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        supervisor = Supervisor({}, PATIENCE, self.command)
        task = asyncio.create_task(supervisor.run(list(self.does), self.ready.set, self.stop))
        try:
            yield task
        finally:
            self.stop.set()
            await asyncio.wait_for(task, CEILING)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_worker_that_dies_is_started_again_after_longer_and_longer_waits(tmp_path: Path) -> None:
    watched = Watched(tmp_path, {GOOD: "lives", BAD: "dies at once"})
    async with watched.running():
        await watched.lived(BAD, 4)
        assert len(watched.lives(GOOD)) == 1
        assert not watched.ready.is_set()

    starts = [at for _, at in watched.lives(BAD)]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert all(gap >= FIRST_WAIT * 2**number for number, gap in enumerate(gaps[:3]))


async def test_a_worker_that_cannot_be_started_stops_no_other(tmp_path: Path) -> None:
    """As when there is no memory or no process id left."""
    watched = Watched(tmp_path, {GOOD: "lives", BAD: "cannot be started"})
    async with watched.running() as task:
        await watched.lived(GOOD, 1)
        await until(lambda: watched.tried[BAD] > 2)
        assert not task.done()
        assert alive(watched.lives(GOOD)[0][0])
        watched.does[BAD] = "lives"
        await asyncio.wait_for(watched.ready.wait(), CEILING)


async def test_a_worker_that_hangs_before_its_first_sign_of_life_is_killed_and_started_again(tmp_path: Path) -> None:
    watched = Watched(tmp_path, {GOOD: "lives", BAD: "hangs before it is ready"})
    async with watched.running():
        await watched.lived(BAD, 1)
        watched.does[BAD] = "lives"
        await asyncio.wait_for(watched.ready.wait(), CEILING)
        first, second = watched.lives(BAD)
        assert not alive(first[0])
        assert second[1] - first[1] > PATIENCE.start - 1.0
        assert len(watched.lives(GOOD)) == 1


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
async def test_a_worker_that_is_stopped_or_killed_is_replaced_and_the_others_go_on(
    tmp_path: Path, how: signal.Signals
) -> None:
    watched = Watched(tmp_path, {GOOD: "lives", BAD: "lives", WORSE: "lives"})
    async with watched.running():
        await asyncio.wait_for(watched.ready.wait(), CEILING)
        (stopped, _) = watched.lives(BAD)[0]
        os.kill(stopped, how)
        await watched.lived(BAD, 2)
        assert not alive(stopped)
        assert [len(watched.lives(job)) for job in (GOOD, WORSE)] == [1, 1]


async def test_a_machine_that_slept_does_not_kill_its_workers(tmp_path: Path) -> None:
    watched = Watched(tmp_path, {GOOD: "lives"})
    async with watched.running():
        await asyncio.wait_for(watched.ready.wait(), CEILING)
        time.sleep(PATIENCE.silence + 2.0)  # noqa: ASYNC251 - all that the supervisor does stands still, as if frozen
        await asyncio.sleep(1.5)
        assert len(watched.lives(GOOD)) == 1


async def test_all_of_them_have_ended_when_it_has_even_one_that_will_not_stop(tmp_path: Path) -> None:
    watched = Watched(tmp_path, {GOOD: "lives", BAD: "will not stop"})
    async with watched.running():
        await asyncio.wait_for(watched.ready.wait(), CEILING)
    pids = [pid for job in (GOOD, BAD) for pid, _ in watched.lives(job)]
    assert [alive(pid) for pid in pids] == [False, False]
