"""The hub's own keys on disk, under `KETENHUB_HOME/keys`: made at first start, read by every process, never printed.

    keys/S1/<time>.sig.json, <time>.enc.json     a pair of one suite; the newest signs, all of them open
    keys/storage/<time>.json                     a storage key; the newest keeps, all of them reveal
    keys/radar/<name>.json                       a key of the radar; the directory says which are used, and for what
    keys/log/<time>.json                         the key of the processing log's pseudonyms
    keys/ids/<time>.json                         the key of the ids that leave the hub

Several machines that run one hub share these files.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from hub.canonical.partners import Suite
from hub.envelope.at_rest import StorageKey
from hub.envelope.derived import IdKey
from hub.envelope.keys import generate, load_decryption_key, load_signing_key, public
from hub.envelope.octets import OctetKey
from hub.envelope.pseudonyms import PseudonymKey
from hub.errors import OperatorError
from hub.ids import RadarKeyId
from hub.lanes.keys import HubKeys

_FIRST = "0001"
_T = TypeVar("_T")


def hub_keys(home: Path) -> HubKeys:
    """Every key of the hub; made if there are none yet.

    Raises:
        OperatorError: a key file is missing, damaged or readable by others.
    """
    folder = home / "keys"
    for suite in Suite:
        _make_pair(folder / suite.value, suite)
    for name, kind in (("storage", StorageKey), ("radar", PseudonymKey), ("log", PseudonymKey), ("ids", IdKey)):
        _make(folder / name, kind)
    signing = {suite: load_signing_key(_newest(folder / suite.value, "*.sig.json"), suite) for suite in Suite}
    opening = [
        load_decryption_key(text, suite) for suite in Suite for text in _texts(folder / suite.value, "*.enc.json")
    ]
    storage = [StorageKey.load(text) for text in _texts(folder / "storage", "*.json")]
    return HubKeys(
        signing,
        {key.kid: key for key in opening},
        {key.id: key for key in storage},
        _last(storage),
        RadarKeyFiles(folder / "radar"),
        PseudonymKey.load(_newest(folder / "log", "*.json")),
        IdKey.load(_newest(folder / "ids", "*.json")),
    )


def hub_public_keys(home: Path, suite: Suite) -> tuple[str, str]:
    """The public signing and encryption JWK of a suite, as partners get them."""
    folder = home / "keys" / suite.value
    return public(_newest(folder, "*.sig.json")), public(_newest(folder, "*.enc.json"))


class RadarKeyFiles:
    """The radar's keys by id. A file that came after the start, from another process or machine, is found when asked
    for.

    Raises:
        OperatorError: when asked, if a file is damaged or readable by others.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, PseudonymKey] = {}

    def __call__(self, id_: RadarKeyId) -> PseudonymKey | None:
        if id_ not in self._known:
            keys = [PseudonymKey.load(text) for text in _texts(self._folder, "*.json")]
            self._known = {key.id: key for key in keys}
        return self._known.get(id_)


def first_radar_key(home: Path) -> RadarKeyId:
    """The key that a new directory begins with; made if there is none yet."""
    folder = home / "keys" / "radar"
    _make(folder, PseudonymKey)
    return RadarKeyId(PseudonymKey.load(next(_texts(folder, "*.json"))).id)


def new_radar_key(home: Path) -> tuple[RadarKeyId, Path]:
    """One key more for the radar, and where it is: every machine of the hub must have it before it is used."""
    key = PseudonymKey.new()
    path = home / "keys" / "radar" / f"{key.id}.json"
    write_private(path, key.jwk())
    return RadarKeyId(key.id), path


def write_private(path: Path, text: str, *, replace: bool = False) -> bool:
    """Write a file only its owner can read, whole or not at all; whether it was written.

    Args:
        replace: otherwise a file that is there already stays as it is.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    if replace:
        draft.replace(path)
        return True
    try:
        os.link(draft, path)  # fails if another process was first: then its key holds
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _make_pair(folder: Path, suite: Suite) -> None:
    if (folder / f"{_FIRST}.sig.json").exists() and (folder / f"{_FIRST}.enc.json").exists():
        return
    pairs = generate(suite)
    write_private(folder / f"{_FIRST}.sig.json", pairs.signing)
    write_private(folder / f"{_FIRST}.enc.json", pairs.encryption)


def _make(folder: Path, kind: type[OctetKey]) -> None:
    if next(folder.glob("*.json"), None) is None:
        write_private(folder / f"{_FIRST}.json", kind.new().jwk())


def _newest(folder: Path, pattern: str) -> str:
    return _last(list(_texts(folder, pattern)))


def _last(found: list[_T]) -> _T:
    if not found:
        raise OperatorError("key-file-missing", "A key file of the hub is missing; restore KETENHUB_HOME/keys.")
    return found[-1]


def _texts(folder: Path, pattern: str) -> Iterator[str]:
    for path in sorted(folder.glob(pattern)):
        if path.name.startswith("."):
            continue
        if path.stat().st_mode & 0o077:
            raise OperatorError("key-file-open", f"{path}: others can read this key; run chmod 600 on it.")
        yield path.read_text()
