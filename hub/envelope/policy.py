"""The suites and limits of docs/contract.md, "Envelope", as data.

A suite belongs to a key, never to a header: the `kid` finds the registered key, the key's suite finds its row here,
and the row says what the header must be. A new suite is a new row, and a function in `jose` if its key management is
not one of joserfc's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hub.canonical.partners import KeyUse, Suite

TO_HUB_LIMIT: Final = 192 * 1024
"""Largest body to the hub, in bytes."""
FROM_HUB_LIMIT: Final = 256 * 1024
"""Largest body from the hub, in bytes; no envelope is ever larger."""
JWE_HEADER_LIMIT: Final = 1024
"""Longest JWE protected header, in base64url characters (those of S1 take about 330)."""
JWS_HEADER_LIMIT: Final = 512
"""Longest JWS protected header, in base64url characters (those of S1 take about 130)."""
JSON_DEPTH: Final = 32
"""Deepest nesting of objects and arrays."""
JSON_INTEGER: Final = 2**53 - 1
"""Largest absolute integer: what every JSON reader keeps exactly (RFC 8259, section 6)."""

COORDINATE: Final = 32
"""Bytes of a coordinate, and of a private key, on the curves of all suites so far."""

TYP: Final = "ketenhub+jws"
CTY: Final = "JWS"
JWS_HEADER: Final = frozenset({"alg", "kid", "typ"})


@dataclass(frozen=True, slots=True)
class KeyShape:
    """What a JWK holds, public part (RFC 7518 section 6.2, RFC 8037 section 2).

    Attributes:
        coordinates: the members with the public point, each of `COORDINATE` bytes in base64url.
    """

    kty: str
    crv: str
    coordinates: tuple[str, ...]

    @property
    def members(self) -> frozenset[str]:
        return frozenset({"kty", "crv", *self.coordinates})


P256: Final = KeyShape("EC", "P-256", ("x", "y"))
X25519: Final = KeyShape("OKP", "X25519", ("x",))
ED25519: Final = KeyShape("OKP", "Ed25519", ("x",))


@dataclass(frozen=True, slots=True)
class SuitePolicy:
    """One suite: exactly these names, curves and sizes, nothing beside them.

    Attributes:
        jwe_header: the exact names of the JWE protected header.
        jwe_sizes: bytes of the encrypted key, the initialisation vector and the tag.
        jws_size: bytes of the signature.
    """

    suite: Suite
    jwe_alg: str
    jwe_enc: str
    jwe_key: KeyShape
    jwe_header: frozenset[str]
    jwe_sizes: tuple[int, int, int]
    jws_alg: str
    jws_key: KeyShape
    jws_size: int

    def key(self, use: KeyUse) -> KeyShape:
        return self.jws_key if use is KeyUse.SIGNING else self.jwe_key

    def alg(self, use: KeyUse) -> str:
        return self.jws_alg if use is KeyUse.SIGNING else self.jwe_alg


def _ecdh(suite: Suite, jwe_key: KeyShape, jws_alg: str, jws_key: KeyShape) -> SuitePolicy:
    """A suite of ECDH-ES+A256KW and A256GCM: 40 bytes wrapped key, 12 vector, 16 tag (RFC 7518, 4.6 and 5.3)."""
    return SuitePolicy(
        suite=suite,
        jwe_alg="ECDH-ES+A256KW",
        jwe_enc="A256GCM",
        jwe_key=jwe_key,
        jwe_header=frozenset({"alg", "enc", "kid", "cty", "epk"}),
        jwe_sizes=(40, 12, 16),
        jws_alg=jws_alg,
        jws_key=jws_key,
        jws_size=64,
    )


POLICIES: Final[Mapping[Suite, SuitePolicy]] = MappingProxyType(
    {
        Suite.S1: _ecdh(Suite.S1, P256, "ES256", P256),
        Suite.S1X: _ecdh(Suite.S1X, X25519, "Ed25519", ED25519),
    }
)
