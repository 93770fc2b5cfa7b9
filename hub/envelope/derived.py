"""Ids that leave the hub: a keyed hash of what led to them, as a UUID.

Theory. What the database lost, its partners can say again: they resend what they sent, and the hub decides it anew.
That is harmless only if the same cause gives the same ids: then a partner knows again what it has, and what it was told
names the same thing. So an id is no random number but HMAC-SHA-256 (RFC 2104) of its cause, under a secret of 32 bytes.
Nobody without the key can tell an id from a random one, or make the id of a message that he has.

The first 128 bits become a UUID of version 8 (RFC 9562, section 5.8), of which 122 are the hash's.
"""

from dataclasses import dataclass
from uuid import UUID

from hub.envelope.octets import OctetKey

_IDS = "ketenhub:ids:v1"
_VERSION, _VERSION_BITS = 0x8 << 76, 0xF << 76
_VARIANT, _VARIANT_BITS = 0b10 << 62, 0b11 << 62


@dataclass(frozen=True, slots=True)
class IdKey(OctetKey):
    """Makes ids of what happened in its turn, whenever that is decided (docs/decisions/0032)."""

    what = "ids"


def derived(key: IdKey, *parts: str) -> UUID:
    """The id of what these texts say: the same under the same key, whenever it is asked for."""
    number = int.from_bytes(key.mac(_IDS, *parts)[:16], "big")
    return UUID(int=number & ~_VERSION_BITS & ~_VARIANT_BITS | _VERSION | _VARIANT)
