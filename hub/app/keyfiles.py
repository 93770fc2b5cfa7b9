"""The hub's own keys on disk, under `KETENHUB_HOME/keys`: read by every process, never printed, never made by reading.

    keys/S1/*.sig.json, *.enc.json     the private keys of one suite
    keys/storage/*.json                wrap what waits in the database
    keys/radar/*.json                  make the radar's pseudonyms
    keys/log/*.json                    make the pseudonyms of the processing log
    keys/ids/*.json                    make the ids that leave the hub

Which key counts for what stands in the directory (`hub.canonical.hub_keys`), never in a file's name. Every machine of
a hub has the same files, each readable by its owner only. `FOLDERS` is the one table of kinds: a kind more is a line.
The key of the period (`keys/period`) is apart: each machine has it for itself, see `period_file.py`.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from hub.app.period_file import MachinePeriods, PeriodFile
from hub.canonical.hub_keys import NO_HUB_KEY, KeyKind
from hub.canonical.partners import KeyUse, Suite
from hub.envelope.at_rest import StorageKey
from hub.envelope.derived import IdKey
from hub.envelope.keys import generate, load_decryption_key, load_signing_key, public
from hub.envelope.octets import OctetKey
from hub.envelope.pseudonyms import PseudonymKey
from hub.errors import OperatorError, Surroundings
from hub.lanes.keys import HubKeys
from hub.routing.hub_keys import kind_of

K = TypeVar("K")

Held = Mapping[KeyKind, Mapping[str, "KeyFile"]]
"""What a machine has, by kind and id, the newest by name last."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key that is here. `jwk`: its public half as canonical JSON text; empty for a secret."""

    path: Path
    jwk: str


@dataclass(frozen=True, slots=True)
class Folder(Generic[K]):
    """Where the files of one kind are, and how one is made, read, named and told of."""

    name: str
    suffix: str
    new: Callable[[], str]
    load: Callable[[str], K]
    id: Callable[[K], str]
    public: Callable[[str], str]

    def texts(self, keys: Path) -> Iterator[tuple[Path, str]]:
        """Every file there is, by name.

        Raises:
            OperatorError: one cannot be read, or others can read it.
        """
        for path in sorted((keys / self.name).glob(f"*{self.suffix}")):
            if not path.name.startswith("."):
                yield path, _text(path)


def _suite(suite: Suite, use: KeyUse) -> Folder[Any]:
    signs = use is KeyUse.SIGNING
    load: Callable[[str, Suite], Any] = load_signing_key if signs else load_decryption_key

    def new() -> str:
        pairs = generate(suite)
        return pairs.signing if signs else pairs.encryption

    return Folder(suite.value, f".{use}.json", new, lambda text: load(text, suite), lambda key: key.kid, public)


def _secret(name: str, kind: type[OctetKey]) -> Folder[Any]:
    return Folder(name, ".json", lambda: kind.new().jwk(), kind.load, lambda key: key.id, lambda _: "")


FOLDERS: Mapping[KeyKind, Folder[Any]] = {
    **{kind_of(suite, use): _suite(suite, use) for suite in Suite for use in KeyUse},
    KeyKind.STORAGE: _secret("storage", StorageKey),
    KeyKind.RADAR: _secret("radar", PseudonymKey),
    KeyKind.LOG: _secret("log", PseudonymKey),
    KeyKind.IDS: _secret("ids", IdKey),
}


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The key files of one home."""

    home: Path

    @property
    def root(self) -> Path:
        return self.home / "keys"

    def place(self, kind: KeyKind) -> Path:
        """The folder that a key of this kind is looked for in."""
        return self.root / FOLDERS[kind].name

    def held(self) -> Held:
        """What is here now.

        Raises:
            OperatorError: a file is damaged, cannot be read, or others can read it.
        """
        return {kind: self._of(kind) for kind in KeyKind}

    def make(self, kind: KeyKind) -> "NewKey":
        """A new key, in memory only."""
        text = FOLDERS[kind].new()
        return NewKey(self, kind, *_described(FOLDERS[kind], text), text)

    def brought(self, kind: KeyKind, path: Path) -> "NewKey":
        """The key of a file that is elsewhere.

        Raises:
            OperatorError: it is none of this kind, cannot be read, or others can read it.
        """
        text = _text(path)
        with _named(path):
            return NewKey(self, kind, *_described(FOLDERS[kind], text), text)

    def keys(self) -> HubKeys:
        """Every key of this home, each loaded when it is first asked for."""
        sig, enc = (tuple(kind_of(suite, use) for suite in Suite) for use in (KeyUse.SIGNING, KeyUse.ENCRYPTION))
        radar: LoadedKeys[PseudonymKey] = LoadedKeys(self, (KeyKind.RADAR,))
        return HubKeys(
            signing=LoadedKeys(self, sig),
            decryption=LoadedKeys(self, enc),
            storage=LoadedKeys(self, (KeyKind.STORAGE,)),
            periods=MachinePeriods(PeriodFile(self.home)),
            radar=radar.get,
            log=LoadedKeys(self, (KeyKind.LOG,)),
            ids=LoadedKeys(self, (KeyKind.IDS,)),
        )

    def _of(self, kind: KeyKind) -> dict[str, KeyFile]:
        found = {}
        for path, text in FOLDERS[kind].texts(self.root):
            with _named(path):
                id_, jwk = _described(FOLDERS[kind], text)
            found[id_] = KeyFile(path, jwk)
        return found


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made, or brought, and is not among the others yet: `id` and `jwk` as of a `KeyFile`."""

    files: KeyFiles
    kind: KeyKind
    id: str
    jwk: str
    text: str = field(repr=False)

    def write(self) -> Path:
        """Put it among the others of its kind."""
        path = self.files.place(self.kind) / f"{self.id}{FOLDERS[self.kind].suffix}"
        write_private(path, self.text)
        return path


class LoadedKeys(Mapping[Any, K]):
    """Keys of some kinds by id: loaded once, and looked for on the disk again while they are not known.

    So a file that came after the start, from another process or machine, is found when it is asked for.

    Raises:
        Surroundings: when asked for what is not known, if a file is damaged or readable by others.
    """

    def __init__(self, files: KeyFiles, kinds: tuple[KeyKind, ...]) -> None:
        self._files = files
        self._kinds = kinds
        self._known: dict[str, K] = {}

    def __getitem__(self, id_: str) -> K:
        if id_ not in self._known:
            self._known |= dict(self._found())
        return self._known[id_]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self._found()))

    def __len__(self) -> int:
        return len(dict(self._found()))

    def _found(self) -> Iterator[tuple[str, K]]:
        try:
            for kind in self._kinds:
                for path, text in FOLDERS[kind].texts(self._files.root):
                    with _named(path):
                        key = FOLDERS[kind].load(text)
                    yield FOLDERS[kind].id(key), key
        except OperatorError as error:
            raise Surroundings(NO_HUB_KEY, error.sentence) from None


def write_private(path: Path, text: str, *, replace: bool = False) -> bool:
    """Write a file only its owner can read, whole or not at all; whether it was written.

    Args:
        replace: otherwise a file that is there already stays as it is.
    """
    _make_folders(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    if replace:
        draft.replace(path)
        _sync(path.parent)
        return True
    try:
        os.link(draft, path)  # fails if another process was first: then its key holds
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    _sync(path.parent)
    return True


def _make_folders(folder: Path) -> None:
    """As `mkdir` with parents, which would leave these open to others."""
    if not folder.exists():
        _make_folders(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _sync(folder: Path) -> None:
    """Keep the folder's new entry through a loss of power: what is encrypted under a key must not outlive it."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _described(folder: Folder[Any], text: str) -> tuple[str, str]:
    return folder.id(folder.load(text)), folder.public(text)


def _text(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise OperatorError("key-file-open", f"{path}: others can read this key; run chmod 600 on it.")
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise OperatorError("key-file-unreadable", f"{path}: this key cannot be read; restore the file.") from exc


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """An error of a key, with the file it came from."""
    try:
        yield
    except OperatorError as error:
        raise OperatorError(error.code, f"{path}: {error.sentence}") from None
