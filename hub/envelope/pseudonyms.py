"""Keyed pseudonyms: the same text gives the same 32 bytes, and nobody without the key can say which text it was.

Theory. An unkeyed hash would hide nothing. There are some 90 million BSNs that pass the eleven test, and fewer birth
dates and postcodes: all of them can be hashed in a minute, and compared. With HMAC-SHA-256 under a secret of 32 bytes
(RFC 2104) one must have the key, which lies outside the database. Whoever has both can try every BSN: the key files are
guarded as the private keys are, and a new key may take over (docs/decisions/0015).

What a pseudonym is for and what kind of text it stands for are part of what is hashed, each with its length before it,
so that no text of one kind or purpose ever meets one of another.
"""

from dataclasses import dataclass

from hub.canonical.codes import MatchGround
from hub.envelope.octets import OctetKey

_RADAR = "ketenhub:radar:v1"
_LOG = "ketenhub:log:v1"


@dataclass(frozen=True, slots=True)
class PseudonymKey(OctetKey):
    """Makes pseudonyms; what was made under one key never matches what was made under another."""

    what = "pseudonym"


def pseudonym(key: PseudonymKey, kind: MatchGround, text: str) -> bytes:
    """The 32 bytes under which the radar knows an identity (`hub/schemas/identities.py`)."""
    return key.mac(_RADAR, kind.value, text)


def subject_pseudonym(key: PseudonymKey, text: str) -> str:
    """Whom a line of the processing log is about: 64 hexadecimal characters that no other record has."""
    return key.mac(_LOG, text).hex()
