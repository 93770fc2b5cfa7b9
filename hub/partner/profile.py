"""What a partner has in its folder: its own keys, who it is, and what the hub's operator handed it.

    sig.json  enc.json    its private keys (`ketenhub key new`)
    partner.json          {"id", "oin", "role"}
    hub.json              {"amqp", "hubOin", "hubSig", "hubEnc"}, as `ketenhub partner add` prints it

Where the broker is a cluster, `amqp` is a list of URLs, one a node. While keys rotate, a key file, `hubSig` or `hubEnc`
may be a list instead of one JWK, the newest first. The hub tells of its own keys in time (`hub_keys.py`): `hub.json` is
written anew then, and whoever works by it sees so.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from hub.addresses.broker import broker_address
from hub.addresses.url import Unusable
from hub.canonical.partners import Role
from hub.envelope import keys
from hub.envelope.keys import DecryptionKey, EncryptionKey, KeyPairs, SigningKey, VerifyingKey
from hub.errors import OperatorError
from hub.ids import KeyId, Oin, PartnerId

SIGNING, ENCRYPTION, PARTNER, HUB = "sig.json", "enc.json", "partner.json", "hub.json"

_K = TypeVar("_K", SigningKey, VerifyingKey, DecryptionKey, EncryptionKey)


@dataclass(frozen=True, slots=True)
class Profile:
    """A partner, ready to talk to the hub. Keys are found by id; `signing` and `hub_encryption` are the newest."""

    folder: Path
    id: PartnerId
    oin: Oin
    role: Role
    amqp_urls: tuple[str, ...] = field(repr=False)
    hub_oin: Oin
    signing: SigningKey
    decryption: Mapping[KeyId, DecryptionKey]
    hub_signing: Mapping[KeyId, VerifyingKey]
    hub_encryption: EncryptionKey


def load(folder: Path) -> Profile:
    """Read a partner's folder.

    Raises:
        OperatorError: a file is missing or not what it should be; the sentence names the file.
    """
    me, hub = _read(folder / PARTNER), _read(folder / HUB)
    try:
        return Profile(
            folder=folder,
            id=PartnerId(me["id"]),
            oin=Oin(me["oin"]),
            role=Role(me["role"]),
            amqp_urls=_addresses(hub["amqp"]),
            hub_oin=Oin(hub["hubOin"]),
            signing=_newest(_read(folder / SIGNING), keys.load_signing_key),
            decryption=_by_id(_read(folder / ENCRYPTION), keys.load_decryption_key),
            hub_signing=_by_id(hub["hubSig"], keys.load_verifying_key),
            hub_encryption=_newest(hub["hubEnc"], keys.load_encryption_key),
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise OperatorError(
            "partner-folder", f"{folder}: {PARTNER} needs id, oin and role; {HUB} needs amqp, hubOin, hubSig, hubEnc."
        ) from exc


def hub_document(folder: Path) -> dict[str, Any]:
    """What `hub.json` says now. Raises `OperatorError`."""
    found: dict[str, Any] = _read(folder / HUB)
    return found


def write_hub(folder: Path, hub: Mapping[str, Any]) -> None:
    """Write `hub.json` anew, whole or not at all."""
    write_private(folder / HUB, json.dumps(dict(hub)))


def hub_stamp(folder: Path) -> tuple[int, int] | None:
    """What tells one `hub.json` from another that took its place; nothing where there is none."""
    try:
        found = (folder / HUB).stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino


def with_hub(me: Profile, hub: Mapping[str, Any]) -> Profile:
    """The same partner with the hub's keys as this document has them.

    Raises:
        OperatorError: a key in it is none, or there is none.
    """
    try:
        return replace(
            me,
            hub_signing=_by_id(hub["hubSig"], keys.load_verifying_key),
            hub_encryption=_newest(hub["hubEnc"], keys.load_encryption_key),
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise OperatorError("partner-folder", f"{me.folder}: {HUB} needs hubSig and hubEnc.") from exc


def enrol(folder: Path, id_: PartnerId, oin: Oin, role: Role, hub: Mapping[str, Any]) -> None:
    """Write down who the partner is and what `ketenhub partner add` printed; the keys stay as they are."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(folder / PARTNER, json.dumps({"id": id_, "oin": oin, "role": role.value}))
    write_hub(folder, hub)


def save_keys(folder: Path, pairs: KeyPairs) -> None:
    """Keep a partner's own private keys."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(folder / SIGNING, pairs.signing)
    write_private(folder / ENCRYPTION, pairs.encryption)


def signing_key(file: Path) -> SigningKey:
    """The newest signing key of a file. Raises `OperatorError`."""
    return _newest(_read(file), keys.load_signing_key)


def write_private(path: Path, text: str) -> None:
    """Write a file that is either whole or as it was, readable by its owner only."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text())
    except OSError as exc:
        raise OperatorError(
            "partner-folder", f"{file} cannot be read: make keys with `key new`, then run `partner add`."
        ) from exc
    except ValueError:
        pass
    # Raised here: the parser's exception holds the document, which may be a private key.
    raise OperatorError("partner-folder", f"{file} is not JSON.")


def _addresses(given: Any) -> tuple[str, ...]:
    urls = tuple(map(str, given if isinstance(given, list) else [given]))
    if not urls:
        raise OperatorError(
            "partner-folder", "The list of addresses of the broker is empty; it holds one URL at least."
        )
    try:
        for url in urls:
            broker_address(url)
    except Unusable as error:
        raise OperatorError(
            "partner-folder", f"{HUB} has an address of the broker that is none: write {error.wanted}."
        ) from None
    return urls


def _by_id(jwks: Any, load_key: Callable[[str], _K]) -> dict[KeyId, _K]:
    texts = [json.dumps(jwk) for jwk in (jwks if isinstance(jwks, list) else [jwks])]
    if not texts:
        raise OperatorError("partner-folder", "A list of keys is empty; it holds one JWK at least.")
    return {key.kid: key for key in map(load_key, texts)}


def _newest(jwks: Any, load_key: Callable[[str], _K]) -> _K:
    return next(iter(_by_id(jwks, load_key).values()))
