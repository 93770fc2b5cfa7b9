"""Content that waits in the database, encrypted under a key of its own.

Each row gets a fresh data key (AES-256-GCM); a wrapping key wraps it (AES-KW, RFC 3394: no nonce to run out of). That
is made of a storage key and of the key of a period (`ratchet.py`), and opens nothing without both. What waits is
wrapped anew when a period is over, and the key of the old one is destroyed: then no copy of the row opens, wherever it
is. The ciphertext is bound to its row, so content and keys cannot be moved to another; to its wrapping key it is not,
or it could not be wrapped anew without being encrypted anew.

    wrapped_key    version (1 byte) | length of label (1 byte) | label, ASCII | wrapped data key (40 bytes)
    label          id of the storage key "." id of the chain "." number of the step
    ciphertext     nonce (12 bytes) | AES-256-GCM, tag last; associated data = version | bound_to

Version 1 knows no periods: its label is the id of the storage key, which wraps by itself, and its associated data are
version, length and label | bound_to. It is written only until the first period, while code runs that reads no other.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from hub.envelope import compact
from hub.envelope.octets import SIZE, OctetKey
from hub.errors import OurFault

_VERSION: Final = 2
_BEFORE_PERIODS: Final = 1
_NONCE: Final = 12
_WRAPPED: Final = 40
_NAME: Final = frozenset(compact.ALPHABET.decode("ascii"))
_DIGITS: Final = frozenset("0123456789")
_MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class StorageKey(OctetKey):
    """One half of what wraps the data keys."""

    what = "storage"


@dataclass(frozen=True, slots=True)
class Label:
    """Under which keys a data key is wrapped: the storage key of this id, and this step of this chain of periods.

    Without a chain it is version 1, of the storage key alone. `str` is what stands in the columns `key_id`.
    """

    storage: str
    chain: str = ""
    step: int = 0

    def __str__(self) -> str:
        return f"{self.storage}.{self.chain}.{self.step}" if self.chain else self.storage

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The label of this text; `None` if it is none."""
        storage, *period = text.split(".")
        if not _is_name(storage) or len(period) not in (0, 2):
            return None
        if not period:
            return cls(storage)
        chain, step = period
        return cls(storage, chain, int(step)) if _is_name(chain) and _is_number(step) else None


@dataclass(frozen=True, slots=True)
class WrappingKey:
    """Wraps data keys under its label."""

    label: Label
    secret: bytes = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """Content at rest: two columns. Without `wrapped_key`, the other is noise."""

    ciphertext: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)


Keys = Callable[[Label], WrappingKey]
"""The wrapping key of a label; raises what is to be said if one of its halves is not here."""


def keep(plaintext: bytes, *, key: WrappingKey, bound_to: bytes) -> Kept:
    """Encrypt content under a new data key.

    Args:
        bound_to: identity of the row (table and key); `reveal` needs the same.
    """
    data_key, nonce, head = AESGCM.generate_key(SIZE * 8), os.urandom(_NONCE), _head(key.label)
    ciphertext = nonce + AESGCM(data_key).encrypt(nonce, plaintext, _about(head) + bound_to)
    return Kept(ciphertext, head + aes_key_wrap(key.secret, data_key))


def reveal(kept: Kept, *, keys: Keys, bound_to: bytes) -> bytes:
    """Decrypt content.

    Raises:
        OurFault: what `keys` raises, or `at-rest-damaged` when anything was changed or moved.
    """
    head, _, _ = _split(kept.wrapped_key)
    data_key = _unwrapped(kept.wrapped_key, keys)
    nonce, sealed = kept.ciphertext[:_NONCE], kept.ciphertext[_NONCE:]
    try:
        return AESGCM(data_key).decrypt(nonce, sealed, _about(head) + bound_to)
    except (InvalidTag, ValueError):
        damaged = _damaged()
    raise damaged


def rewrap(kept: Kept, *, keys: Keys, key: WrappingKey, bound_to: bytes) -> Kept:
    """The same content under another wrapping key: the same ciphertext, unless it is from before there were periods.

    Raises:
        OurFault: as `reveal`.
    """
    if kept.wrapped_key[:1] == bytes((_BEFORE_PERIODS,)):
        return keep(reveal(kept, keys=keys, bound_to=bound_to), key=key, bound_to=bound_to)
    data_key = _unwrapped(kept.wrapped_key, keys)
    return Kept(kept.ciphertext, _head(key.label) + aes_key_wrap(key.secret, data_key))


def _head(label: Label) -> bytes:
    """What stands before the wrapped data key."""
    text = str(label).encode("ascii")
    return bytes((_VERSION if label.chain else _BEFORE_PERIODS, len(text))) + text


def _about(head: bytes) -> bytes:
    """What the content is bound to besides its row."""
    return head if head[0] == _BEFORE_PERIODS else head[:1]


def _unwrapped(wrapped_key: bytes, keys: Keys) -> bytes:
    _, label, wrapped = _split(wrapped_key)
    key = keys(label)
    try:
        return aes_key_unwrap(key.secret, wrapped)
    except (InvalidUnwrap, ValueError):
        damaged = _damaged()
    raise damaged


def _split(wrapped_key: bytes) -> tuple[bytes, Label, bytes]:
    """What stands before the wrapped data key, the label in it, and the wrapped data key."""
    head, wrapped = wrapped_key[:-_WRAPPED], wrapped_key[-_WRAPPED:]
    text = head[2:]
    label = Label.read(text.decode("ascii")) if text.isascii() else None
    if label is None or _head(label) != head:
        raise _damaged()
    return head, label, wrapped


def _damaged() -> OurFault:
    return OurFault("at-rest-damaged", "Stored content does not decrypt: it was changed, moved, or its key was.")


def _is_name(text: str) -> bool:
    """Readable ASCII of our own making, as it goes into a sentence."""
    return bool(text) and _NAME.issuperset(text)


def _is_number(text: str) -> bool:
    return bool(text) and len(text) <= _MOST_DIGITS and _DIGITS.issuperset(text)
