"""Whether the workers of this machine can do their work, each as it says itself: a small file a worker in the home.

    HOME/run/workers/NAME.json   {"pid": 4711, "lane": "acuut", "unready": ["queues-cut-off"], "doubts": [],
                                  "cutOff": ["om dead"]}
    HOME/run/workers/NAME.lock   locked by that worker for as long as it lives

A file and not a row: it must be there when the database is not. It is written anew every second, and its age counts
too: who is stuck writes nothing. What a worker left that was killed is nobody's word: the kernel has freed its lock.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from hub.app.period_file import SENTENCES as AWAY
from hub.canonical.belief import Doubt
from hub.canonical.codes import Lane
from hub.local.files import write_private

SILENT = 10.0
"""Seconds after which a worker that has said nothing new counts as stuck or gone."""


class Unready(StrEnum):
    """Why a worker cannot do its work."""

    STARTING = "starting"
    DATABASE_AWAY = "database-away"
    DATABASE_CERTIFICATE = "database-certificate"
    DATABASE_BUSY = "database-busy"
    DATABASE_EMPTY = "database-empty"
    DATABASE_NOT_DURABLE = "database-not-durable"
    RECOVERY_NEEDED = "recovery-needed"
    DATABASE_ERROR = "database-error"
    DIRECTORY_MISSING = "directory-missing"
    DIRECTORY_NEWER = "directory-newer"
    DIRECTORY_DAMAGED = "directory-damaged"
    KEYS_MISSING = "keys-missing"
    QUEUES_UNREAD = "queues-unread"
    QUEUES_CUT_OFF = "queues-cut-off"
    BROKER_CERTIFICATE = "broker-certificate"
    BROKER_BLOCKED = "broker-blocked"
    UNCONFIRMED = "unconfirmed"
    PERIOD_KEY_MISSING = "period-key-missing"
    PERIOD_KEY_OTHER = "period-key-other"
    PERIOD_KEY_AHEAD = "period-key-ahead"
    PERIOD_KEY_BEHIND = "period-key-behind"
    OF_ANOTHER_VERSION = "of-another-version"
    SILENT = "silent"


SENTENCES = {
    Unready.STARTING: "it has started, and takes no messages yet",
    Unready.DATABASE_AWAY: "the database does not answer: nothing is acknowledged until it does",
    Unready.DATABASE_CERTIFICATE: "no connection to the database, for a matter of certificates: see the runbook",
    Unready.DATABASE_BUSY: "the database answers, but another session holds what this needs: see pg_locks",
    Unready.DATABASE_NOT_DURABLE: "the database would forget what it confirms: set fsync and full_page_writes to on",
    Unready.RECOVERY_NEEDED: "the database lacks what was committed, or is another: see `ketenhub recover`",
    Unready.DATABASE_EMPTY: "the database has no tables: start `ketenhub serve` on it, or restore it",
    Unready.DATABASE_ERROR: "the database refuses what every message needs: compare its tables and rights",
    Unready.DIRECTORY_MISSING: "the database has no directory yet: `ketenhub serve` makes the first one",
    Unready.DIRECTORY_NEWER: "the directory was written by a newer hub: run that one; others can go on meanwhile",
    Unready.DIRECTORY_DAMAGED: "the stored directory cannot be read: restore an earlier version of it",
    Unready.KEYS_MISSING: "a key of the hub is not on this machine any more: what needs it waits for its file",
    Unready.QUEUES_UNREAD: "it does not read every queue it should",
    Unready.QUEUES_CUT_OFF: "the broker ends the reading of a queue each time it begins: see consumer_cut_off",
    Unready.BROKER_CERTIFICATE: "no connection to the broker, for a matter of certificates: see the runbook",
    Unready.BROKER_BLOCKED: "the broker is short of memory or disk: nobody can send",
    Unready.UNCONFIRMED: "the broker does not confirm what is sent: it waits in the outbox",
    **{Unready(standing.value): sentence for standing, sentence in AWAY.items()},
    Unready.OF_ANOTHER_VERSION: "a newer version runs it, and gives a reason that this one does not know: see its log",
    Unready.SILENT: "it is stuck or gone: is `ketenhub serve` running?",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a worker that lives said last."""

    lane: Lane
    unready: tuple[Unready, ...]
    doubts: tuple[Doubt, ...]
    cut_off: tuple[str, ...] = ()
    """The queues, each after its partner's name, whose reading the broker ends each time that it begins."""


class Word:
    """One worker's file. Use with `with`, for as long as it lives; until it says otherwise, it is starting."""

    def __init__(self, home: Path, worker: str, lane: Lane) -> None:
        self._file = _folder(home) / f"{worker}.json"
        self._lane = lane
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._file.parent.glob("*.json"):
            _lives(left, forget=True)
        self.say([Unready.STARTING])
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        _remove(self._file)
        if self._lock is not None:
            self._lock.close()

    def say(self, unready: Iterable[Unready], doubts: Iterable[Doubt] = (), cut_off: Iterable[str] = ()) -> None:
        """Best effort: where it cannot be written, it grows old."""
        why = {"unready": [*unready], "doubts": sorted(doubts), "cutOff": sorted(cut_off)}
        said = {"pid": os.getpid(), "lane": self._lane, **why}
        try:
            self._keep_lock()
            write_private(self._file, json.dumps(said))
        except OSError:
            return

    def _keep_lock(self) -> None:
        """Tried again with the next word where somebody looks at it, or takes it away, in this moment."""
        if self._lock is not None:
            return
        with ExitStack() as stack:
            lock = stack.enter_context(_lock_of(self._file).open("a"))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _lock_of(self._file).stat().st_ino != os.fstat(lock.fileno()).st_ino:
                raise FileNotFoundError
            stack.pop_all()
            self._lock = lock


def workers(home: Path) -> Mapping[str, Said]:
    """What each living worker of this home said last, by its name."""
    found = ((file.stem, _said(file)) for file in sorted(_folder(home).glob("*.json")) if _lives(file))
    return {name: said for name, said in found if said is not None}


def heard(home: Path) -> Mapping[str, list[Unready]]:
    """Why each living worker of this home cannot work; nothing for one that is ready."""
    return {name: [*said.unready] for name, said in workers(home).items()}


def _said(file: Path) -> Said | None:
    try:
        said, age = json.loads(file.read_text()), time.time() - file.stat().st_mtime
    except FileNotFoundError:  # it ended just now
        return None
    unready = tuple(map(_reason, said["unready"]))
    if age > SILENT and unready != (Unready.STARTING,):  # who starts has said all, and waits
        return Said(Lane(said["lane"]), (Unready.SILENT,), ())
    doubts = tuple(one for one in Doubt if one in said["doubts"])
    return Said(Lane(said["lane"]), unready, doubts, tuple(said.get("cutOff", ())))


def _reason(said: str) -> Unready:
    return Unready(said) if said in set(Unready) else Unready.OF_ANOTHER_VERSION


def _lives(file: Path, *, forget: bool = False) -> bool:
    """Whether the worker whose file this is does; if not, forget it if asked, while nobody can take its name."""
    try:
        with _lock_of(file).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            if forget:
                _remove(file)
    except BlockingIOError:
        return True
    except FileNotFoundError:  # of a version before, or forgotten at this moment
        if forget:
            _remove(file)
    return False


def _remove(file: Path) -> None:
    for one in (file, _lock_of(file)):
        one.unlink(missing_ok=True)


def _lock_of(file: Path) -> Path:
    return file.with_suffix(".lock")


def _folder(home: Path) -> Path:
    return home / "run" / "workers"
