"""The keys of periods: a chain in which each key gives the next, and none gives the one before it.

Theory. Content that waits is wrapped under the key of a period of hours (`at_rest.py`). A period ends, what still waits
is wrapped under the next key, and the old key is destroyed: whatever copies there are of the database, they do not
open. HKDF-SHA-256 (RFC 5869) makes the next key, one way: machines that once had the same key have the same next one
without telling each other, and who takes a machine's disk cannot go back to what was destroyed.

A chain has an id, random and not secret, so that the steps of two chains are never taken for each other. The key of the
oldest step that is still needed is all that has to be kept: it gives every later one.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Final, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.envelope import compact, jwk
from hub.envelope.at_rest import Label, StorageKey, WrappingKey
from hub.envelope.octets import SIZE
from hub.errors import OperatorError

_ID: Final = 16
MOST_STEPS: Final = 100_000
"""In one go: 68 years of six hours. A number beyond is no step of ours, and would be counted for ever."""


@dataclass(frozen=True, slots=True)
class PeriodKey:
    """One step of a chain; `secret` gives all that follow."""

    chain: str
    step: int
    secret: bytes = field(repr=False, compare=False)

    @classmethod
    def begin(cls) -> Self:
        """The first step of a new chain."""
        return cls(_text(os.urandom(_ID)), 0, os.urandom(SIZE))

    @classmethod
    def load(cls, text: str) -> Self:
        """Read what `text` wrote.

        Raises:
            OperatorError: it is anything else, or was changed: chain and step are part of the check.
        """
        members = jwk.read(text)
        secret, chain, step = members.get("k"), members.get("chain"), members.get("step")
        whole = members["kty"] == "oct" and compact.is_encoding(secret, SIZE) and compact.is_encoding(chain, _ID)
        if not whole or type(step) is not int or step < 0:
            raise _damaged()
        key = cls(str(chain), step, urlsafe_b64decode(f"{secret}="))
        if not compare_digest(str(members.get("kid")).encode(), key._check().encode()):
            raise _damaged()
        return key

    def text(self) -> str:
        """JSON text with the secret, for the file of a machine or an envelope to another; `load` reads it."""
        members = {"kty": "oct", "k": _text(self.secret), "chain": self.chain, "step": self.step}
        return jwk.write({**members, "kid": self._check()})

    def at(self, step: int) -> Self:
        """The key of this step or a later one.

        Raises:
            ValueError: an earlier one: there is no way back; or one that lies too far ahead.
        """
        if not self.step <= step <= self.step + MOST_STEPS:
            raise ValueError(f"step {step} cannot be derived from step {self.step}")
        secret = self.secret
        for number in range(self.step, step):
            secret = _derived(secret, "next", self.chain, number)
        return type(self)(self.chain, step, secret)

    def wrapping(self, storage: StorageKey) -> WrappingKey:
        """What wraps data keys in this period; neither half makes it alone."""
        label = Label(storage.id, self.chain, self.step)
        return WrappingKey(label, _derived(self.secret + storage.secret, "wraps", storage.id, self.chain, self.step))

    def _check(self) -> str:
        return _text(_derived(self.secret, "check", self.chain, self.step))


def _derived(secret: bytes, *purpose: object) -> bytes:
    """HKDF-SHA-256 (RFC 5869), without a salt: what goes in is random already."""
    info = "/".join(("ketenhub", "period", *map(str, purpose))).encode("ascii")
    return HKDF(SHA256(), SIZE, None, info).derive(secret)


def _text(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def _damaged() -> OperatorError:
    sentence = "The period key is not whole; have another machine give it: `ketenhub key period request`."
    return OperatorError("key-period", sentence)
