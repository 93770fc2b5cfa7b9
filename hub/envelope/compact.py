"""Our own reading of a compact JWE or JWS, before any library sees it (RFC 7515 and 7516, section 7.1).

One text has one encoding here: base64url without padding, whose unused last bits are zero, so that a token cannot be
changed without changing what it says.
"""

import base64
import re
from dataclasses import dataclass, field
from typing import Any, Final

from hub.envelope import strict_json
from hub.errors import Rejection
from hub.ids import KeyId

ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# By length modulo 4, the characters that may come last; 1 is no length at all.
_LAST: Final = (ALPHABET, b"", b"AQgw", b"AEIMQUYcgkosw048")
_KID: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class MalformedError(Exception):
    """A rule of the envelope failed; the message is a constant, never input."""


@dataclass(frozen=True, slots=True)
class Compact:
    """A token in parts, its header read and its `kid` of the right form; nothing verified yet."""

    header: dict[str, Any] = field(repr=False)
    segments: tuple[bytes, ...] = field(repr=False)
    kid: KeyId


def read(token: bytes, *, parts: int, header_limit: int) -> Compact:
    """Split and read a token.

    Args:
        parts: how many there must be (5 for a JWE, 3 for a JWS), none of them empty.
        header_limit: in base64url characters.

    Raises:
        MalformedError: anything is not exactly so.
    """
    if token.translate(None, ALPHABET) != b"." * (parts - 1):
        raise MalformedError("characters or number of parts")
    segments = tuple(token.split(b"."))
    if not all(map(is_canonical, segments)):
        raise MalformedError("base64url not canonical")
    if len(segments[0]) > header_limit:
        raise MalformedError("header too long")
    header = _header(segments[0])
    return Compact(header, segments, _kid(header))


def is_canonical(segment: bytes) -> bool:
    """Whether characters already known to be base64url are the one encoding of some bytes, at least one."""
    return bool(segment) and segment[-1] in _LAST[len(segment) % 4]


def characters(size: int) -> int:
    """Length in base64url characters, without padding, of `size` bytes."""
    return (size * 4 + 2) // 3


def is_encoding(text: object, size: int) -> bool:
    """Whether a JSON value is the base64url text of exactly `size` bytes."""
    if not (isinstance(text, str) and len(text) == characters(size) and text.isascii()):
        return False
    encoded = text.encode("ascii")
    return not encoded.translate(None, ALPHABET) and is_canonical(encoded)


def _header(segment: bytes) -> dict[str, Any]:
    try:
        header = strict_json.parse(base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4)))
    except Rejection as rejection:
        raise MalformedError(f"header: {rejection.detail}") from None
    if not isinstance(header, dict):
        raise MalformedError("header is not an object")
    return header


def _kid(header: dict[str, Any]) -> KeyId:
    kid = header.get("kid")
    if not (isinstance(kid, str) and _KID.fullmatch(kid)):
        raise MalformedError("kid is not a thumbprint")
    return KeyId(kid)
