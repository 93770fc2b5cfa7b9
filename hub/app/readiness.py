"""Whether the workers of this machine can do their work, each as it says itself: a small file a worker in the home.

    HOME/run/workers/NAME.json        {"pid": 4711, "unready": ["database-away"], "doubts": []}     anew every second

A file and not a row: it must be there when the database is not. Its age counts too: who is stuck writes nothing.
"""

import json
import os
import time
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

from hub.app.period_file import SENTENCES as AWAY
from hub.canonical.belief import Doubt
from hub.local.files import write_private

SILENT = 10.0
"""Seconds after which a worker that has said nothing new counts as stuck or gone."""


class Unready(StrEnum):
    """Why a worker cannot do its work."""

    DATABASE_AWAY = "database-away"
    DATABASE_BUSY = "database-busy"
    DATABASE_EMPTY = "database-empty"
    DATABASE_NOT_DURABLE = "database-not-durable"
    RECOVERY_NEEDED = "recovery-needed"
    DATABASE_ERROR = "database-error"
    DIRECTORY_NEWER = "directory-newer"
    DIRECTORY_DAMAGED = "directory-damaged"
    KEYS_MISSING = "keys-missing"
    QUEUES_UNREAD = "queues-unread"
    QUEUES_CUT_OFF = "queues-cut-off"
    BROKER_BLOCKED = "broker-blocked"
    UNCONFIRMED = "unconfirmed"
    PERIOD_KEY_MISSING = "period-key-missing"
    PERIOD_KEY_OTHER = "period-key-other"
    PERIOD_KEY_AHEAD = "period-key-ahead"
    PERIOD_KEY_BEHIND = "period-key-behind"
    SILENT = "silent"


SENTENCES = {
    Unready.DATABASE_AWAY: "the database does not answer: nothing is acknowledged until it does",
    Unready.DATABASE_BUSY: "the database answers, but another session holds what this needs: see pg_locks",
    Unready.DATABASE_NOT_DURABLE: "the database would forget what it confirms: set fsync and full_page_writes to on",
    Unready.RECOVERY_NEEDED: "the database lacks what was committed, or is another: see `ketenhub recover`",
    Unready.DATABASE_EMPTY: "the database has no tables: start `ketenhub serve` on it, or restore it",
    Unready.DATABASE_ERROR: "the database refuses what every message needs: compare its tables and rights",
    Unready.DIRECTORY_NEWER: "the directory was written by a newer hub: run that one; others can go on meanwhile",
    Unready.DIRECTORY_DAMAGED: "the stored directory cannot be read: restore an earlier version of it",
    Unready.KEYS_MISSING: "a key of the hub is not on this machine any more: what needs it waits for its file",
    Unready.QUEUES_UNREAD: "it does not read every queue it should",
    Unready.QUEUES_CUT_OFF: "the broker ends the reading of a queue each time it begins: see consumer_cut_off",
    Unready.BROKER_BLOCKED: "the broker is short of memory or disk: nobody can send",
    Unready.UNCONFIRMED: "the broker does not confirm what is sent: it waits in the outbox",
    **{Unready(standing.value): sentence for standing, sentence in AWAY.items()},
    Unready.SILENT: "it is stuck or gone: is `ketenhub serve` running?",
}


class Word:
    """One worker's file, for as long as it lives."""

    def __init__(self, home: Path, worker: str) -> None:
        self._file = _folder(home) / f"{worker}.json"

    def begin(self) -> None:
        """Take away what workers left that were killed with their supervisor."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in self._file.parent.glob("*.json"):
            if _age(old) > SILENT:
                old.unlink(missing_ok=True)

    def say(self, unready: Iterable[Unready], doubts: Iterable[Doubt] = ()) -> None:
        """Best effort: where it cannot be written, it grows old."""
        said = {"pid": os.getpid(), "unready": [*unready], "doubts": sorted(doubts)}
        try:
            write_private(self._file, json.dumps(said))
        except OSError:
            return

    def end(self) -> None:
        self._file.unlink(missing_ok=True)


def heard(home: Path) -> Mapping[str, list[Unready]]:
    """What each worker of this home said last; nothing for one that is ready."""
    return {file.stem: _said(file) for file in sorted(_folder(home).glob("*.json"))}


def doubted(home: Path) -> Mapping[str, list[Doubt]]:
    """Why each worker of this home doubts the clock; only those that do."""
    found = {file.stem: _doubts(file) for file in sorted(_folder(home).glob("*.json")) if _age(file) <= SILENT}
    return {name: doubts for name, doubts in found.items() if doubts}


def _doubts(file: Path) -> list[Doubt]:
    try:
        return [Doubt(one) for one in json.loads(file.read_text()).get("doubts", ())]
    except FileNotFoundError:
        return []


def _said(file: Path) -> list[Unready]:
    try:
        said = json.loads(file.read_text())["unready"]
    except FileNotFoundError:  # it ended just now
        return [Unready.SILENT]
    return [Unready.SILENT] if _age(file) > SILENT else [Unready(one) for one in said]


def _age(file: Path) -> float:
    try:
        return time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _folder(home: Path) -> Path:
    return home / "run" / "workers"
