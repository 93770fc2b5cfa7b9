"""Reading a JWK (RFC 7517) as strictly as an envelope: exact type, curve and size, nothing unknown beside them.

Key files come from operators and partners' administrators, so every refusal is an `OperatorError` that says what to
change and repeats nothing of the file. The libraries are lax here (they take a weak key, a `kid` of any kind, a
private key for a public one), hence our own checks before they see it.
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from hub.canonical.partners import KeyUse, Suite
from hub.envelope import compact, strict_json
from hub.envelope.policy import COORDINATE, ED25519, POLICIES, X25519, KeyShape, SuitePolicy
from hub.errors import OperatorError, Rejection
from hub.ids import KeyId

Jwk = dict[str, Any]

_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_BESIDE: Final = frozenset({"kid", "use", "alg", "key_ops", "ext"})
_THUMBPRINT: Final = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "oct": ("k", "kty")}
_OPERATIONS: Final = {
    KeyUse.SIGNING: ("sign", "verify"),
    KeyUse.ENCRYPTION: ("deriveKey", "deriveBits"),
}


def read(text: str) -> Jwk:
    """Parse the text of one JWK.

    Raises:
        OperatorError: it is not a JSON object of strict JSON.
    """
    try:
        jwk = strict_json.parse(text.encode("utf-8", "replace"))
    except Rejection:
        jwk = None
    if not isinstance(jwk, dict) or not isinstance(jwk.get("kty"), str):
        raise OperatorError("key-unreadable", "The file is not one JWK in JSON: an object with kty, no key set.")
    return jwk


def write(jwk: Jwk) -> str:
    """Canonical JSON text: names sorted, no spaces."""
    return json.dumps(jwk, sort_keys=True, separators=(",", ":"))


def thumbprint(jwk: Jwk) -> KeyId:
    """RFC 7638 thumbprint with SHA-256.

    Raises:
        OperatorError: the key type is unknown, or a member that belongs to it is missing.
    """
    members = _THUMBPRINT.get(jwk["kty"], ())
    if not members or not all(isinstance(jwk.get(name), str) for name in members):
        raise OperatorError("key-type", "The key type is not supported, or a member that belongs to it is missing.")
    digest = hashlib.sha256(write({name: jwk[name] for name in members}).encode("utf-8")).digest()
    return KeyId(urlsafe_b64encode(digest).rstrip(b"=").decode("ascii"))


def public(jwk: Jwk) -> Jwk:
    """The members known to be public: named one by one, as what is unknown may be secret.

    Raises:
        OperatorError: the key type has no public part, or a member that belongs to it is missing.
    """
    if jwk["kty"] == "oct":
        raise OperatorError("key-type", "A symmetric key has no public part.")
    thumbprint(jwk)
    return {name: jwk[name] for name in (*_THUMBPRINT[jwk["kty"]], "kid", "use", "alg") if name in jwk}


def check(jwk: Jwk, use: KeyUse, suite: Suite | None, *, private: bool) -> SuitePolicy:
    """Check every member of a JWK for one use.

    Args:
        suite: the suite it must be for, or `None` to infer it from the key.
        private: whether it must hold the private part, or must not.

    Returns:
        The policy of the key's suite.

    Raises:
        OperatorError: whatever is wrong, or the suite stays open.
    """
    _check_private(jwk, private)
    policy = POLICIES[_suite_of(jwk, use, suite)]
    shape = policy.key(use)
    _check_members(jwk, shape, private)
    _check_declared(jwk, use, policy)
    if jwk.get("kid") != (kid := thumbprint(jwk)):
        raise OperatorError("key-kid", f"The kid must be the key's RFC 7638 SHA-256 thumbprint: {kid}.")
    if is_weak(jwk, shape):
        raise OperatorError("key-weak", "The public point is of small order and protects nothing; make a new key.")
    return policy


def is_weak(jwk: Jwk, shape: KeyShape) -> bool:
    """Whether the point is one of the few for which a secret or a signature can be had without the private key."""
    if shape not in (X25519, ED25519):
        return False  # P-256 has no such points
    point = urlsafe_b64decode(jwk["x"] + "=")
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(_montgomery(point, shape)))
    except ValueError:  # all zero: private keys are multiples of 8, which takes points of small order to zero
        return True
    return False


def _montgomery(point: bytes, shape: KeyShape) -> bytes:
    """The point's u coordinate (RFC 7748, 4.1: u = (1 + y) / (1 - y)); the map keeps the order of points."""
    if shape is X25519:
        return point
    prime = 2**255 - 19
    y = int.from_bytes(point, "little") % 2**255
    return ((1 + y) * pow(1 - y, -1, prime) % prime).to_bytes(32, "little")


def _check_private(jwk: Jwk, private: bool) -> None:
    if private and "d" not in jwk:
        raise OperatorError("key-public", "The key has no private part (d); give the private key file.")
    if not private and not _PRIVATE.isdisjoint(jwk):
        raise OperatorError(
            "key-private",
            "The key holds its private part; give the public file, and replace the key if others could read this one.",
        )


def _suite_of(jwk: Jwk, use: KeyUse, suite: Suite | None) -> Suite:
    fitting = [row.suite for row in POLICIES.values() if _fits(jwk, row.key(use))]
    if suite is not None and suite in fitting:
        return suite
    if suite is not None or not fitting:
        wanted = POLICIES.values() if suite is None else [POLICIES[suite]]
        shapes = ", ".join(f"{row.suite}: {row.key(use).kty} {row.key(use).crv}" for row in wanted)
        raise OperatorError("key-type", f"The key does not fit its suite and use ({use}); allowed are {shapes}.")
    if len(fitting) > 1:
        raise OperatorError("key-suite", f"The key fits suites {', '.join(fitting)}; say which with --suite.")
    return fitting[0]


def _fits(jwk: Jwk, shape: KeyShape) -> bool:
    return jwk["kty"] == shape.kty and jwk.get("crv") == shape.crv


def _check_members(jwk: Jwk, shape: KeyShape, private: bool) -> None:
    numbers = {*shape.coordinates, "d"} if private else {*shape.coordinates}
    allowed = shape.members | numbers | _BESIDE
    if not jwk.keys() <= allowed:
        raise OperatorError("key-members", f"The key has members beside {', '.join(sorted(allowed))}; take them out.")
    if not all(compact.is_encoding(jwk.get(name), COORDINATE) for name in numbers):
        names = ", ".join(sorted(numbers))
        raise OperatorError("key-size", f"Each of {names} must be {COORDINATE} bytes in base64url without padding.")


def _check_declared(jwk: Jwk, use: KeyUse, policy: SuitePolicy) -> None:
    if jwk.get("use", use) != use:
        raise OperatorError("key-use", f"The key says it is for another use; here it must be {use}.")
    if jwk.get("alg", policy.alg(use)) != policy.alg(use):
        raise OperatorError("key-alg", f"The key says it is for another algorithm; here it must be {policy.alg(use)}.")
    operations = jwk.get("key_ops", [])
    if not isinstance(operations, list) or not all(operation in _OPERATIONS[use] for operation in operations):
        raise OperatorError("key-use", f"The key's key_ops must be among {', '.join(_OPERATIONS[use])}.")
