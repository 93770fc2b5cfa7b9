"""Symmetric keys of the hub itself: 32 random bytes in an `oct` JWK (RFC 7518, 6.4), named by their thumbprint."""

import hashlib
import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

from hub.envelope import compact, jwk
from hub.errors import OperatorError

SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class OctetKey:
    """`id` is the RFC 7638 thumbprint, so that no id ever names two keys."""

    what: ClassVar[str]
    """What the key is called in a sentence."""

    id: str
    secret: bytes = field(repr=False, compare=False)

    @classmethod
    def new(cls) -> Self:
        return cls.of(os.urandom(SIZE))

    @classmethod
    def load(cls, text: str) -> Self:
        """Read a key file.

        Raises:
            OperatorError: it is not an `oct` JWK of 32 bytes with its thumbprint as `kid`.
        """
        members = jwk.read(text)
        if members["kty"] != "oct" or not compact.is_encoding(members.get("k"), SIZE):
            sentence = f"A {cls.what} key is an oct JWK of {SIZE} bytes; make one, or restore the file."
            raise OperatorError(f"key-{cls.what}", sentence)
        key = cls.of(urlsafe_b64decode(members["k"] + "="))
        if members.get("kid") != key.id:
            sentence = f"The kid of the {cls.what} key is not its thumbprint; restore the file."
            raise OperatorError(f"key-{cls.what}", sentence)
        return key

    @classmethod
    def of(cls, secret: bytes) -> Self:
        return cls(jwk.thumbprint(_oct(secret)), secret)

    def mac(self, *parts: str) -> bytes:
        """HMAC-SHA-256 (RFC 2104) of these texts: 32 bytes. Each has its length before it, so that no two lists of
        texts are ever the same bytes.
        """
        encoded = [part.encode("utf-8") for part in parts]
        said = b"".join(len(one).to_bytes(4, "big") + one for one in encoded)
        return hmac.digest(self.secret, said, hashlib.sha256)

    def jwk(self) -> str:
        """JWK text with the secret, for a key file; `load` reads it."""
        return jwk.write({**_oct(self.secret), "kid": self.id})


def _oct(secret: bytes) -> jwk.Jwk:
    return {"kty": "oct", "k": urlsafe_b64encode(secret).rstrip(b"=").decode("ascii")}
