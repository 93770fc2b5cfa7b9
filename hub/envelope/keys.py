"""Keys: made, checked at enrolment, and loaded for use. A key's `repr` shows its id and suite, never its numbers.

Loading checks everything again and costs as much as half a message, so callers load once and keep what they loaded.
"""

from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import ECKey, OKPKey

from hub.canonical.partners import KeyUse, Suite
from hub.envelope import jwk as jwks
from hub.envelope.jose import JoseKey
from hub.envelope.policy import POLICIES, KeyShape, SuitePolicy
from hub.errors import OperatorError
from hub.ids import KeyId

_TYPES: dict[str, Any] = {"EC": ECKey, "OKP": OKPKey}


@dataclass(frozen=True, slots=True)
class _Loaded:
    kid: KeyId
    suite: Suite
    jose: JoseKey = field(repr=False, compare=False)

    @property
    def policy(self) -> SuitePolicy:
        return POLICIES[self.suite]


@dataclass(frozen=True, slots=True)
class SigningKey(_Loaded):
    """Private: makes the signature of what we send."""


@dataclass(frozen=True, slots=True)
class VerifyingKey(_Loaded):
    """Public: checks the signature of one sender."""


@dataclass(frozen=True, slots=True)
class DecryptionKey(_Loaded):
    """Private: opens what was encrypted to us."""


@dataclass(frozen=True, slots=True)
class EncryptionKey(_Loaded):
    """Public: encrypts to one recipient."""


@dataclass(frozen=True, slots=True)
class KeyPairs:
    """The two private keys of a system, each a JWK as canonical JSON text; `public` gives the other half."""

    signing: str = field(repr=False)
    encryption: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that passed enrolment; `jwk` is canonical text, with `kid`, `use` and `alg`."""

    kid: KeyId
    use: KeyUse
    suite: Suite
    jwk: str


def generate(suite: Suite) -> KeyPairs:
    """Make a new key for signing and one for encryption."""
    return KeyPairs(_generate(suite, KeyUse.SIGNING), _generate(suite, KeyUse.ENCRYPTION))


def public(jwk_text: str) -> str:
    """The public part of a private key, as canonical JSON text.

    Raises:
        OperatorError: the text is not a JWK of a supported type.
    """
    return jwks.write(jwks.public(jwks.read(jwk_text)))


def thumbprint(jwk_text: str) -> KeyId:
    """The key's id: RFC 7638 thumbprint with SHA-256, 43 characters.

    Raises:
        OperatorError: the text is not a JWK of a supported type.
    """
    return jwks.thumbprint(jwks.read(jwk_text))


def check_public(jwk_text: str, use: KeyUse, suite: Suite | None = None) -> PublicKey:
    """Check a key that somebody brings to be registered.

    Args:
        suite: the suite it is for; may be left out while type, curve and use point to one suite.

    Raises:
        OperatorError: it holds private parts, is of a wrong type, curve, size or use, is not on its curve, has members
            that do not belong, or a `kid` that is not its thumbprint.
    """
    key = _load(jwk_text, use, suite, private=False)
    policy = key.policy
    text = jwks.write(_declared(jwks.public(key.jose.as_dict()), key.kid, use, policy))
    return PublicKey(key.kid, use, key.suite, text)


def load_signing_key(jwk_text: str, suite: Suite | None = None) -> SigningKey:
    """Load a private key, checked as at enrolment. Raises `OperatorError`."""
    key = _load(jwk_text, KeyUse.SIGNING, suite, private=True)
    return SigningKey(key.kid, key.suite, key.jose)


def load_verifying_key(jwk_text: str, suite: Suite | None = None) -> VerifyingKey:
    """Load a public key, checked as at enrolment. Raises `OperatorError`."""
    key = _load(jwk_text, KeyUse.SIGNING, suite, private=False)
    return VerifyingKey(key.kid, key.suite, key.jose)


def load_decryption_key(jwk_text: str, suite: Suite | None = None) -> DecryptionKey:
    """Load a private key, checked as at enrolment. Raises `OperatorError`."""
    key = _load(jwk_text, KeyUse.ENCRYPTION, suite, private=True)
    return DecryptionKey(key.kid, key.suite, key.jose)


def load_encryption_key(jwk_text: str, suite: Suite | None = None) -> EncryptionKey:
    """Load a public key, checked as at enrolment. Raises `OperatorError`."""
    key = _load(jwk_text, KeyUse.ENCRYPTION, suite, private=False)
    return EncryptionKey(key.kid, key.suite, key.jose)


def _generate(suite: Suite, use: KeyUse) -> str:
    policy = POLICIES[suite]
    shape = policy.key(use)
    key = _new(shape).as_dict(private=True)
    return jwks.write(_declared(key, jwks.thumbprint(key), use, policy))


def _new(shape: KeyShape) -> JoseKey:
    key: JoseKey = _TYPES[shape.kty].generate_key(shape.crv)
    return key


def _declared(jwk: jwks.Jwk, kid: KeyId, use: KeyUse, policy: SuitePolicy) -> jwks.Jwk:
    return {**jwk, "kid": kid, "use": use.value, "alg": policy.alg(use)}


def _load(jwk_text: str, use: KeyUse, suite: Suite | None, *, private: bool) -> _Loaded:
    jwk = jwks.read(jwk_text)
    policy = jwks.check(jwk, use, suite, private=private)
    numbers = policy.key(use).members | ({"d"} if private else set())
    key = _import({name: jwk[name] for name in numbers})
    if key is None:
        raise OperatorError("key-numbers", "The key's numbers are not a point on its curve, or not of one pair.")
    return _Loaded(jwks.thumbprint(jwk), policy.suite, key)


def _import(numbers: jwks.Jwk) -> JoseKey | None:
    """The library's key, or `None` when the numbers make none (its exceptions may hold them)."""
    kind = _TYPES[numbers["kty"]]
    try:
        key: JoseKey = kind.import_key(numbers)
        # From `d` alone: for X25519 and Ed25519 the library does not look whether `x` belongs to it.
        same: bool = kind.import_key(key.raw_value).thumbprint() == key.thumbprint()
    except Exception:  # noqa: BLE001 - whatever it is, these numbers make no key
        return None
    return key if same else None
