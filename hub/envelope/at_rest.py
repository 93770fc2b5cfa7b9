"""Payload that waits in the database, encrypted under a key of its own.

Each row gets a fresh data key (AES-256-GCM); the storage key wraps it (AES-KW, RFC 3394: no nonce to run out of). Erase
the small wrapped key, and the content is gone from every copy of the row. The ciphertext is bound to the row's identity
and to the storage key's id, so that neither content nor keys can be moved to another row.

    wrapped_key    version (1 byte) | length of id (1 byte) | id of the storage key | wrapped data key (40 bytes)
    ciphertext     nonce (12 bytes) | AES-256-GCM, tag last; associated data = version, length, id | bound_to
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from hub.canonical.hub_keys import NO_HUB_KEY
from hub.envelope import compact
from hub.envelope.octets import SIZE, OctetKey
from hub.errors import OurFault, Surroundings

_VERSION: Final = 1
_NONCE: Final = 12
_WRAPPED: Final = 40


@dataclass(frozen=True, slots=True)
class StorageKey(OctetKey):
    """Wraps the data keys."""

    what = "storage"


@dataclass(frozen=True, slots=True)
class Kept:
    """Content at rest: two columns. Without `wrapped_key`, the other is noise."""

    ciphertext: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)


def keep(plaintext: bytes, *, key: StorageKey, bound_to: bytes) -> Kept:
    """Encrypt content under a new data key.

    Args:
        bound_to: identity of the row (table and key); `reveal` needs the same.
    """
    data_key, nonce = AESGCM.generate_key(SIZE * 8), os.urandom(_NONCE)
    label = _label(key.id)
    ciphertext = nonce + AESGCM(data_key).encrypt(nonce, plaintext, label + bound_to)
    return Kept(ciphertext, label + aes_key_wrap(key.secret, data_key))


def reveal(kept: Kept, *, keys: Callable[[str], StorageKey | None], bound_to: bytes) -> bytes:
    """Decrypt content.

    Args:
        keys: the storage key of an id, old ones included.

    Raises:
        Surroundings: `hub-key-missing`.
        OurFault: `at-rest-damaged`, when anything was changed or moved.
    """
    label, wrapped = _split(kept.wrapped_key)
    key_id = label[2:].decode("ascii")
    key = keys(key_id)
    if key is None:
        sentence = f"The hub's storage key {key_id} is not on this machine; bring its file, from one that has it."
        raise Surroundings(NO_HUB_KEY, sentence, key_id)
    try:
        data_key = aes_key_unwrap(key.secret, wrapped)
        nonce, sealed = kept.ciphertext[:_NONCE], kept.ciphertext[_NONCE:]
        return AESGCM(data_key).decrypt(nonce, sealed, label + bound_to)
    except (InvalidUnwrap, InvalidTag, ValueError):
        damaged = _damaged()
    raise damaged


def _split(wrapped_key: bytes) -> tuple[bytes, bytes]:
    """Label and wrapped data key; the label's id is readable ASCII, as it goes into a sentence."""
    label, wrapped = wrapped_key[:-_WRAPPED], wrapped_key[-_WRAPPED:]
    key_id = label[2:]
    if label[:2] != bytes((_VERSION, len(key_id))) or key_id.translate(None, compact.ALPHABET):
        raise _damaged()
    return label, wrapped


def _damaged() -> OurFault:
    return OurFault("at-rest-damaged", "Stored content does not decrypt: it was changed, moved, or its key was.")


def _label(key_id: str) -> bytes:
    return bytes((_VERSION, len(key_id))) + key_id.encode("ascii")
