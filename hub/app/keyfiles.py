"""The hub's own keys on disk, under `KETENHUB_HOME/keys`: made at first start, read by every process, never printed.

    keys/S1/<time>.sig.json, <time>.enc.json     a pair of one suite; the newest signs, all of them open
    keys/storage/<time>.json                     a storage key; the newest keeps, all of them reveal

Several machines that run one hub share these files.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from hub.canonical.partners import Suite
from hub.envelope.at_rest import StorageKey
from hub.envelope.keys import generate, load_decryption_key, load_signing_key, public
from hub.errors import OperatorError
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
    _make_storage_key(folder / "storage")
    signing = {suite: load_signing_key(_newest(folder / suite.value, "*.sig.json"), suite) for suite in Suite}
    opening = [
        load_decryption_key(text, suite) for suite in Suite for text in _texts(folder / suite.value, "*.enc.json")
    ]
    storage = [StorageKey.load(text) for text in _texts(folder / "storage", "*.json")]
    return HubKeys(signing, {key.kid: key for key in opening}, {key.id: key for key in storage}, _last(storage))


def hub_public_keys(home: Path, suite: Suite) -> tuple[str, str]:
    """The public signing and encryption JWK of a suite, as partners get them."""
    folder = home / "keys" / suite.value
    return public(_newest(folder, "*.sig.json")), public(_newest(folder, "*.enc.json"))


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


def _make_storage_key(folder: Path) -> None:
    if not (folder / f"{_FIRST}.json").exists():
        write_private(folder / f"{_FIRST}.json", StorageKey.new().jwk())


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
