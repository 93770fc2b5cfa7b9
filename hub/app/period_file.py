"""This machine's period key: one small file, `KETENHUB_HOME/keys/period/key.json`, and what a process has read of it.

The file holds the oldest step that is still needed, which gives all later ones (`hub/envelope/ratchet.py`). It must be
in no backup: a copy of it opens what was destroyed since. Processes of a machine share it; a lock keeps one that is
late from bringing an older step back.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from hub.envelope.at_rest import StorageKey, WrappingKey
from hub.envelope.ratchet import PeriodKey
from hub.errors import OperatorError, Surroundings
from hub.lanes.stepping import KEY_GONE, KeyStanding, standing
from hub.ports import Period

SENTENCES = {
    KeyStanding.MISSING: "This machine has no period key: run `ketenhub key period request`, and have another give it.",
    KeyStanding.OTHER: "This machine's period key is of another chain: run `ketenhub key period request`.",
    KeyStanding.AHEAD: "The database is older than this machine's period key: was it restored? See the runbook.",
    KeyStanding.BEHIND: "This machine was off for more than a period, and what waits is not wrapped anew yet; wait.",
}

NEVER_BEGINS = frozenset({KeyStanding.MISSING, KeyStanding.OTHER, KeyStanding.AHEAD})
"""With such a key a process does not start."""


class PeriodFile:
    """Read by anybody; written under a lock, whole or not at all, and what was there before is overwritten."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "keys" / "period"
        self._path = self.folder / "key.json"
        self._draft = self.folder / ".key.json"
        self._before = self.folder / ".before.json"
        self.request = self.folder / "request.json"
        """What opens the key that another machine gives, while this one waits for it."""

    def read(self) -> PeriodKey | None:
        """What is there, or nothing.

        Raises:
            OperatorError: it is damaged, or others can read it.
        """
        try:
            with self._path.open() as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    raise OperatorError(
                        "key-file-open", f"{self._path}: others can read this key; run chmod 600 on it."
                    )
                return PeriodKey.load(file.read())
        except FileNotFoundError:
            return None

    def first(self) -> PeriodKey:
        """What is there, or the first key of a new chain, which is there from now on."""
        with self._locked():
            key = self.read()
            if key is None:
                self._write(key := PeriodKey.begin())
            return key

    def put(self, key: PeriodKey) -> None:
        """Have this key, whatever was there."""
        with self._locked():
            self._write(key)

    def forget_before(self, step: int) -> bool:
        """Have the key of this step instead of an older one; whether there was one."""
        with self._locked():
            key = self.read()
            if key is None or key.step >= step:
                return False
            self._write(key.at(step))
            self._overwritten(self.request)  # of no use to a machine that has the key, and it would open a given one
            return True

    def forget_request(self) -> None:
        """Destroy what opens a key that was given: with that it is the key, wherever it was copied on its way."""
        with self._locked():
            self._overwritten(self.request)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Of one that ended while it wrote: keys that nobody would ever destroy.
            self._overwritten(self._draft)
            self._destroy_before()
            yield

    def _write(self, key: PeriodKey) -> None:
        with os.fdopen(os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key.text() + "\n")
            file.flush()
            os.fsync(file.fileno())
        # The old one keeps a name until it is overwritten, so that who dies in between leaves it to the next.
        if self._path.exists():
            os.link(self._path, self._before)
        self._draft.replace(self._path)
        self._sync()
        self._destroy_before()

    def _destroy_before(self) -> None:
        if self._before.exists() and self._path.exists() and self._before.samefile(self._path):
            self._before.unlink()  # it died before the new one took its place: it is the one in use
        self._overwritten(self._before)

    def _overwritten(self, path: Path) -> None:
        if path.exists():
            with path.open("r+b") as file:
                _overwrite(file.fileno())
            path.unlink()
            self._sync()

    def _sync(self) -> None:
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class MachinePeriods:
    """`lanes.keys.PeriodKeys` over the file: what a process has read of it, and derived."""

    def __init__(self, file: PeriodFile) -> None:
        self._file = file
        self._held = file.read()
        self._made: dict[tuple[int, str], WrappingKey] = {}
        self.standing = KeyStanding.READY if self._held else KeyStanding.MISSING

    @property
    def own(self) -> Period | None:
        return Period(self._held.chain, self._held.step) if self._held else None

    def has(self, period: Period) -> None:
        self._held_for(period.chain, period.step)

    def wrapping(self, chain: str, step: int, storage: StorageKey) -> WrappingKey:
        made = self._made
        held = self._held_for(chain, step)
        if (step, storage.id) not in made:
            made[step, storage.id] = held.at(step).wrapping(storage)
        return made[step, storage.id]

    def _held_for(self, chain: str, step: int) -> PeriodKey:
        held = self._held
        if held is None or held.chain != chain:
            found = KeyStanding.MISSING if held is None else KeyStanding.OTHER
            raise Surroundings(found.value, SENTENCES[found])
        if step < held.step:
            sentence = "The key of that period is destroyed: what was under it was wrapped anew."
            raise Surroundings(KEY_GONE, sentence)
        return held

    def look(self, used: Period) -> KeyStanding:
        try:
            self._take(self._file.read())
        except (OperatorError, OSError):  # as good as none; whoever starts is told which it is
            self._take(None)
        self.standing = standing(self.own, used)
        return self.standing

    def forget_before(self, step: int) -> bool:
        gone = self._file.forget_before(step)
        self._take(self._file.read())
        return gone

    def _take(self, read: PeriodKey | None) -> None:
        if read != self._held:
            self._held, self._made = read, {}


def refusal(found: KeyStanding) -> OperatorError:
    """Why a process does not start."""
    return OperatorError(found.value, SENTENCES[found])


def _overwrite(file: int) -> None:
    """Best effort: whether the old bytes go with it is for the file system and the disk (docs/runbook.md)."""
    os.pwrite(file, bytes(os.fstat(file).st_size), 0)
    os.fsync(file)
