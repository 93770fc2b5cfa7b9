"""What the workers of this machine last saw of the database, in its home: it must be there when the database is not.

    HOME/seen/NAME.json        written anew every second in which something was committed

A file for each worker, kept when it ends. Whoever starts goes by the newest of them: what was committed before that was
there too (`hub/store/memory.py`).
"""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from hub.app.keyfiles import write_private
from hub.routing.document import hub_key_from_document
from hub.store.memory import Memory, Seen

KEPT = timedelta(hours=1)
"""Files of workers that are no more, by how much older than the newest they may be."""


class Remembered(Memory):
    """A memory that begins with what this home has, and is kept there."""

    def __init__(self, home: Path, worker: str) -> None:
        super().__init__(newest(home))
        self._file = home / "seen" / f"{worker}.json"
        self._kept = self.seen

    def keep(self) -> None:
        """Best effort: where it cannot be written, the machine knows of the commits before."""
        if self.seen == self._kept or self.seen is None:
            return
        try:
            write_private(self._file, json.dumps(asdict(self.seen), default=str), replace=True)
        except OSError:
            return
        self._kept = self.seen
        self._tidy()

    def _tidy(self) -> None:
        mine = self.seen.at if self.seen else None
        for file in self._file.parent.glob("*.json"):
            seen = _read(file)
            if file != self._file and mine and (seen is None or seen.at is None or seen.at < mine - KEPT):
                file.unlink(missing_ok=True)


def newest(home: Path) -> Seen | None:
    """What the workers of this home saw last; `None` if none ever worked."""
    found = [seen for file in (home / "seen").glob("*.json") if (seen := _read(file)) is not None]
    return max(found, key=_age, default=None)


def _age(seen: Seen) -> tuple[int, int, int]:
    return seen.recovery, seen.batch or 0, seen.directory


def _read(file: Path) -> Seen | None:
    try:
        found = json.loads(file.read_text())
        keys = tuple(hub_key_from_document(one) for one in found.get("keys", ()))
        return Seen(**(found | {"at": _moment(found["at"]), "keys": keys}))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
