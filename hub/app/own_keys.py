"""Whether this machine has the hub's keys: asked at every start, with every version of the directory, and as it runs.

Nothing here makes a key but `first_keys`, for a database that has no directory yet, of the kinds that this machine has
seen none of in a database before (docs/decisions/0031).

    found                                   at the start             as it runs
    a key that the directory never named    the process ends         the process ends
    one in use is not here                  the process ends         not ready; what needs it waits for its file
    one that is announced is not here       `status` says so         the same, and `write` waits for it
"""

import os
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hub.app.keyfiles import Held, KeyFile, KeyFiles
from hub.canonical.hub_keys import NO_HUB_KEY, HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory
from hub.errors import OperatorError
from hub.routing.hub_keys import standing, unnamed
from hub.store.database import Database
from hub.store.machines import Machine

ALL = tuple(KeyKind)
Read = Callable[[], Awaitable[Directory]]
LOOK_EVERY = 10.0
"""Seconds between two looks at the files while nothing changes, and between two reports."""


def first_keys(home: Path, now: datetime | None, seen: Collection[HubKey] = ()) -> tuple[HubKey, ...]:
    """The keys that a new hub begins with: what this home has, the newest file of a kind writes; made where none is.

    Args:
        seen: the hub's keys as this machine saw them in a database before. They count for what they counted then, and
            no other of their kinds is made or taken: partners and other machines have these.
    """
    files, known = KeyFiles(home), {key.kind for key in seen}
    new = [kind for kind in KeyKind if kind not in known]
    for kind, ids in files.held().items():
        if kind in new and not ids:
            files.make(kind).write()
    held = files.held()
    return (*seen, *(key for kind in new for key in as_found(kind, held[kind], now)))


def check_seen(directory: Directory, files: KeyFiles) -> None:
    """That this home has the keys with which a hub is to begin anew, and no others of their kinds.

    Raises:
        OperatorError: what differs, and which file to bring or take away.
    """
    kinds = {key.kind for key in directory.hub_keys}
    _check(directory, files.held(), files, kinds)


def as_found(kind: KeyKind, files: Mapping[str, KeyFile], now: datetime | None) -> Iterator[HubKey]:
    """Keys as they counted before a directory named them: all are read, the newest file writes."""
    for id_, file in files.items():
        state = KeyState.WRITE if id_ == [*files][-1] else KeyState.READ
        yield HubKey(kind, id_, state, file.jwk, now)


async def check(read: Read, files: KeyFiles, kinds: Collection[KeyKind] = ALL) -> Directory:
    """Compare before any work is done; with which directory.

    A key that another process adds meanwhile is in the directory before its file is here. So where the files have what
    the directory has not, it is read once more.

    Args:
        read: gives the newest directory.
        kinds: those that will be used; one of another kind may be missing, but never be another hub's.

    Raises:
        OperatorError: what differs, and which file to bring or take away.
    """
    directory, held = await read(), files.held()
    if standing(directory, held).foreign:
        directory = await read()
    _check(directory, held, files, kinds)
    return directory


def _check(directory: Directory, held: Held, files: KeyFiles, kinds: Collection[KeyKind]) -> None:
    if nameless := [kind for kind in unnamed(directory) if kind in kinds]:
        raise OperatorError("hub-keys-unnamed", _unnamed(nameless))
    check_foreign(directory, held)
    missing = [key for key in standing(directory, held).missing if key.kind in kinds]
    if missing:
        raise OperatorError(NO_HUB_KEY, f"This machine lacks {_bring(missing, files)}")


async def join(database: Database, files: KeyFiles) -> None:
    """Compare, and say what this machine has: before `key adopt` also where it cannot start yet, as that goes by it.

    Raises:
        OperatorError: see `check`.
    """
    if not unnamed(await database.store.directory()):
        await check(database.store.directory, files)
    await database.report(machine(files, files.held()))
    await check(database.store.directory, files)


def check_foreign(directory: Directory, held: Held) -> None:
    """Refuse a home that has what is not this hub's: it may be another hub's, or from another time.

    Raises:
        OperatorError: naming the files.
    """
    nameless = unnamed(directory)
    foreign = [(kind, id_) for kind, id_ in standing(directory, held).foreign if kind not in nameless]
    if foreign:
        paths = ", ".join(f"{held[kind][id_].path} ({kind} key {id_})" for kind, id_ in foreign)
        sentence = f"Not a key of this hub: {paths}; set KETENHUB_HOME right, or bring the hub's own key files there."
        raise OperatorError("hub-key-foreign", sentence)


def machine(files: KeyFiles, held: Held) -> Machine:
    """This machine, as it reports what it has."""
    keys = {kind.value: sorted(ids) for kind, ids in held.items()}
    return Machine(os.uname().nodename, str(files.home.resolve()), keys)


@dataclass
class KeyWatch:
    """Compares as the process runs. `here`: whether every key in use is.

    Its files are looked at with each version of the directory, and every `LOOK_EVERY` seconds.
    """

    files: KeyFiles
    here: bool = True
    _version: int = -1
    _looked: float = 0.0
    _strange: bool = False
    """There was a key that the directory did not name: one that was added since that was read?"""

    def look(self, directory: Directory, moment: float) -> Machine | None:
        """What there is to report now, if anything.

        Args:
            moment: seconds of a monotonic clock.

        Raises:
            OperatorError: there is a key that is not the hub's: nothing it does may be done with that.
        """
        if directory.version == self._version and moment - self._looked < LOOK_EVERY:
            return None
        self._version, self._looked = directory.version, moment
        try:
            held = self.files.held()
        except OperatorError:  # one that cannot be read now may be in use: what needs it will say so
            self.here = False
            return None
        if standing(directory, held).foreign and not self._strange:
            self._strange, self._version = True, -1
            return None
        check_foreign(directory, held)
        self._strange = False
        self.here = not standing(directory, held).missing and not unnamed(directory)
        return machine(self.files, held)


def without_keys(directory: Directory, machines: Iterable[Machine]) -> tuple[list[str], list[str]]:
    """What live machines lack: sentences on what keeps them from working, and on what a rotation waits for."""
    stops, waits = [], []
    for one in machines:
        if one.live:
            found = standing(directory, {kind: one.keys.get(kind, ()) for kind in KeyKind})
            stops += [f"machine {one.name} lacks {key.kind} key {key.id}: bring its file" for key in found.missing]
            waits += [f"machine {one.name} lacks announced {key.kind} key {key.id}" for key in found.awaited]
    return stops, waits


def _unnamed(kinds: Collection[KeyKind]) -> str:
    return (
        f"The database does not say which {', '.join(kinds)} keys are the hub's, as it is from before that: "
        "have every machine's `ketenhub serve` say this once, then run `ketenhub key adopt` on one of them."
    )


def _bring(missing: Collection[HubKey], files: KeyFiles) -> str:
    what = ", ".join(f"{key.kind} key {key.id} (to {files.place(key.kind)})" for key in missing)
    return f"the hub's {what}: bring the file from a machine that has it, or from the backup of the keys."
