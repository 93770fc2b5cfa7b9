"""Keyed pseudonyms: the same text gives the same 32 bytes, and nobody without the key can say which text it was.

Theory. An unkeyed hash would hide nothing. There are some 90 million BSNs that pass the eleven test, and fewer birth
dates and postcodes: all of them can be hashed in a minute, and compared. With HMAC-SHA-256 under a secret of 32 bytes
(RFC 2104) one must have the key, which lies outside the database. Whoever has both can try every BSN: the key files are
guarded as the private keys are, and a new key may take over (docs/decisions/0015).

What a pseudonym is for and what kind of text it stands for are part of what is hashed, each with its length before it,
so that no text of one kind or purpose ever meets one of another.
"""

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass

from hub.canonical.codes import TRAIT_SIZE, MatchGround, Trait
from hub.envelope.octets import OctetKey

_RADAR = "ketenhub:radar:v1"
_TRAITS = "ketenhub:radar:traits:v1"
_LOG = "ketenhub:log:v1"


@dataclass(frozen=True, slots=True)
class PseudonymKey(OctetKey):
    """Makes pseudonyms; what was made under one key never matches what was made under another."""

    what = "pseudonym"


def pseudonym(key: PseudonymKey, kind: MatchGround, text: str) -> bytes:
    """The 32 bytes under which the radar knows an identity (`hub/schemas/identities.py`)."""
    return key.mac(_RADAR, kind.value, text)


def keyed_traits(
    key: PseudonymKey, kind: MatchGround, text: str, traits: Collection[tuple[Trait, str]]
) -> frozenset[tuple[Trait, bytes]]:
    """What is said of whom a number is of, as 8 bytes each that are the same only beside the same number.

    So without the key nothing is told by them but whether two reports on one number say the same; with it there is no
    more to try than for the number itself.
    """
    if not traits:
        return frozenset()
    own = key.mac(_TRAITS, kind.value, text)
    return frozenset((trait, hmac.digest(own, said.encode(), hashlib.sha256)[:TRAIT_SIZE]) for trait, said in traits)


def subject_pseudonym(key: PseudonymKey, text: str) -> str:
    """Whom a line of the processing log is about: 64 hexadecimal characters that no other record has."""
    return key.mac(_LOG, text).hex()
