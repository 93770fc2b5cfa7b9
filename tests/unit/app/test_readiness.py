"""What a worker says of itself, and when it gives its messages away."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from hub.app import watch as watch_module
from hub.app.clock import DatabaseClock
from hub.app.memory import Remembered
from hub.app.readiness import SILENT, Said, Unready, Word, heard, workers
from hub.app.watch import GIVES_BACK, Watch
from hub.broker.publisher import OutletReport
from hub.canonical.belief import Doubt
from hub.canonical.codes import Lane
from hub.errors import AllBusy, DatabaseAway, Standstill
from hub.lanes.health import Health
from hub.lanes.stepping import KeyStanding
from tests.fakes import until


@dataclass
class Parts:
    """Everything a watch looks at."""

    here: bool = True
    healthy: bool = True
    cut_off: frozenset[str] = frozenset()
    untrusted: bool = False
    confirmed: bool = True
    blocked: bool = False
    doubts: frozenset[Doubt] = frozenset()
    standing: KeyStanding = KeyStanding.READY
    paused: list[str] = field(default_factory=list)

    def report(self) -> dict[str, OutletReport]:
        return {"p": OutletReport(connected=True, blocked=self.blocked)}

    async def pause(self) -> None:
        self.paused.append("paused")

    async def resume(self) -> None:
        self.paused.append("resumed")


@dataclass
class Watched:
    home: Path
    parts: Parts
    health: Health

    @property
    def said(self) -> list[Unready] | None:
        return heard(self.home).get("one")


@pytest.fixture
async def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watched]:
    monkeypatch.setattr(watch_module, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(watch_module, "GIVE_BACK_AFTER", 0.05)
    parts: Any = Parts()
    health = Health()
    memory = Remembered(tmp_path, "one")
    with Word(tmp_path, "one", Lane.ACUTE) as word:
        watch = Watch(health, parts, parts, parts, parts, parts, word, memory, lambda: parts.doubts)
        task = asyncio.create_task(watch.run())
        found = Watched(tmp_path, cast(Parts, parts), health)
        assert found.said == [Unready.STARTING]
        watch.takes_messages()
        assert found.said == []
        yield found
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert found.said is None  # who ends in order leaves no word


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("here", False, Unready.KEYS_MISSING),
        ("healthy", False, Unready.QUEUES_UNREAD),
        ("cut_off", frozenset({"om dead"}), Unready.QUEUES_CUT_OFF),
        ("untrusted", True, Unready.BROKER_CERTIFICATE),
        ("blocked", True, Unready.BROKER_BLOCKED),
        ("confirmed", False, Unready.UNCONFIRMED),
    ],
)
async def test_each_part_that_fails_is_a_reason_until_it_does_not(
    watched: Watched, name: str, value: object, reason: Unready
) -> None:
    before = getattr(watched.parts, name)
    setattr(watched.parts, name, value)
    await until(lambda: watched.said == [reason])
    setattr(watched.parts, name, before)
    await until(lambda: watched.said == [])


async def test_a_worker_that_doubts_the_clock_says_why_and_is_ready(watched: Watched) -> None:
    watched.parts.doubts = frozenset({Doubt.APART, Doubt.DATABASE_JUMPED})
    await until(lambda: workers(watched.home)["one"].doubts == (Doubt.APART, Doubt.DATABASE_JUMPED))
    assert watched.said == []
    watched.parts.doubts = frozenset()
    await until(lambda: workers(watched.home)["one"].doubts == ())


async def test_without_a_database_a_worker_gives_its_messages_back_and_reads_again_with_it(watched: Watched) -> None:
    await gives_back_and_reads_again(watched, DatabaseAway())


async def test_what_is_locked_is_so_for_all_workers_and_nothing_is_given_back(watched: Watched) -> None:
    watched.health.stands_still("somebody", AllBusy(), 1)
    await until(lambda: watched.said == [Unready.DATABASE_BUSY])
    watched.health.stands_still("another", DatabaseAway(), 1)
    await until(lambda: watched.parts.paused == ["paused"])
    watched.health.waits_no_more("another")
    await until(lambda: watched.parts.paused == ["paused", "resumed"])
    assert watched.said == [Unready.DATABASE_BUSY]


@pytest.mark.parametrize("reason", sorted(GIVES_BACK))
async def test_so_it_does_whatever_it_is_for_want_of_which_nothing_can_be_decided(
    watched: Watched, reason: Unready
) -> None:
    await gives_back_and_reads_again(watched, Standstill(reason.value, "It is not here."))


async def gives_back_and_reads_again(watched: Watched, error: Standstill) -> None:
    watched.health.stands_still("somebody", error, 1)
    await until(lambda: watched.said == [Unready(error.code)])
    await until(lambda: watched.parts.paused == ["paused"])
    watched.health.waits_no_more("somebody")
    await until(lambda: watched.parts.paused == ["paused", "resumed"])
    await until(lambda: watched.said == [])


def grown_old(home: Path, name: str) -> None:
    long_ago = time.time() - SILENT - 1
    os.utime(home / "run" / "workers" / f"{name}.json", (long_ago, long_ago))


def test_a_worker_names_the_queues_whose_reading_ends_each_time(tmp_path: Path) -> None:
    with Word(tmp_path, "one", Lane.ACUTE) as word:
        assert workers(tmp_path)["one"].cut_off == ()
        word.say([Unready.QUEUES_CUT_OFF], (), {"om intake.acuut", "om dead"})
        assert workers(tmp_path)["one"].cut_off == ("om dead", "om intake.acuut")


def test_a_worker_that_lives_and_says_nothing_new_is_stuck(tmp_path: Path) -> None:
    with Word(tmp_path, "one", Lane.ROUTINE) as word:
        word.say([])
        assert workers(tmp_path) == {"one": Said(Lane.ROUTINE, (), ())}
        grown_old(tmp_path, "one")
        assert heard(tmp_path) == {"one": [Unready.SILENT]}


def test_one_that_waits_to_begin_is_starting_for_as_long_as_that_lasts(tmp_path: Path) -> None:
    with Word(tmp_path, "one", Lane.ROUTINE):
        grown_old(tmp_path, "one")
        assert heard(tmp_path) == {"one": [Unready.STARTING]}


SPEAKER = """
import sys, time
from pathlib import Path
from hub.app.readiness import Word
from hub.canonical.codes import Lane
with Word(Path(sys.argv[1]), sys.argv[2], Lane.ACUTE) as word:
    word.say([])
    print("said", flush=True)
    time.sleep(600)
"""


@contextmanager
def speaker(home: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", SPEAKER, home, name], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "said\n"
        try:
            yield process
        finally:
            process.kill()


def test_what_a_killed_worker_left_is_nobodys_word_however_soon_another_takes_its_place(tmp_path: Path) -> None:
    with speaker(tmp_path, "one") as killed:
        assert heard(tmp_path) == {"one": []}
        killed.kill()
        killed.wait()
        assert heard(tmp_path) == {}
        with speaker(tmp_path, "one"), speaker(tmp_path, "two"):
            assert heard(tmp_path) == {"one": [], "two": []}
    with Word(tmp_path, "three", Lane.ACUTE):
        assert {file.stem for file in (tmp_path / "run" / "workers").iterdir()} == {"three"}


def test_what_the_version_before_left_is_nobodys_word(tmp_path: Path) -> None:
    folder = tmp_path / "run" / "workers"
    folder.mkdir(parents=True)
    (folder / "old.json").write_text('{"pid": 1, "unready": [], "doubts": []}')
    assert heard(tmp_path) == {}
    with Word(tmp_path, "one", Lane.ACUTE):
        assert not (folder / "old.json").exists()


def test_a_reason_that_only_a_newer_version_knows_is_one(tmp_path: Path) -> None:
    """Beside the old version in one home; the command may be of either."""
    with Word(tmp_path, "new", Lane.ACUTE):
        file = tmp_path / "run" / "workers" / "new.json"
        file.write_text('{"lane": "acuut", "unready": ["moon-full", "unconfirmed"], "doubts": ["moon", "own-jumped"]}')
        said = workers(tmp_path)["new"]
    assert said.unready == (Unready.OF_ANOTHER_VERSION, Unready.UNCONFIRMED)
    assert said.doubts == (Doubt("own-jumped"),)


def test_the_clock_of_a_worker_is_the_databases_whatever_its_own_says() -> None:
    there = datetime.now(UTC) + timedelta(hours=1)
    clock = DatabaseClock(there)
    assert there <= clock() < there + timedelta(seconds=10)
    clock.put_right(there - timedelta(hours=2))
    assert there - timedelta(hours=2) <= clock() < there - timedelta(hours=1)
