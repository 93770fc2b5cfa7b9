"""The calls to joserfc, each with the one registered key, that key's algorithms and our own limits.

Callers have checked the token first (`opening`) and catch everything that comes out.
"""

from functools import cache

from joserfc import jwe, jws
from joserfc.jwk import ECKey, OKPKey
from joserfc.registry import JWE_HEADER_REGISTRY, JWS_HEADER_REGISTRY

from hub.canonical.partners import Suite
from hub.envelope.policy import CTY, FROM_HUB_LIMIT, JWE_HEADER_LIMIT, JWS_HEADER, JWS_HEADER_LIMIT, POLICIES, TYP
from hub.ids import KeyId

JoseKey = ECKey | OKPKey


class _JweRegistry(jwe.JWERegistry):
    max_protected_header_length = JWE_HEADER_LIMIT
    max_ciphertext_length = FROM_HUB_LIMIT

    def __init__(self, suite: Suite) -> None:
        policy = POLICIES[suite]
        super().__init__(algorithms=(policy.jwe_alg, policy.jwe_enc))
        # joserfc allows jku, jwk, x5c, zip and more; what belongs to the algorithm (`epk`) it adds by itself.
        self.header_registry = {name: JWE_HEADER_REGISTRY[name] for name in ("alg", "enc", "kid", "cty")}


class _JwsRegistry(jws.JWSRegistry):
    max_header_length = JWS_HEADER_LIMIT
    max_payload_length = FROM_HUB_LIMIT

    def __init__(self, suite: Suite) -> None:
        super().__init__(algorithms=(POLICIES[suite].jws_alg,))
        self.header_registry = {name: JWS_HEADER_REGISTRY[name] for name in JWS_HEADER}


@cache
def _jwe_registry(suite: Suite) -> _JweRegistry:
    return _JweRegistry(suite)


@cache
def _jws_registry(suite: Suite) -> _JwsRegistry:
    return _JwsRegistry(suite)


def sign(payload: bytes, kid: KeyId, suite: Suite, key: JoseKey) -> bytes:
    """Compact JWS around `payload`."""
    header = {"alg": POLICIES[suite].jws_alg, "kid": kid, "typ": TYP}
    return jws.serialize_compact(header, payload, key, registry=_jws_registry(suite)).encode("ascii")


def encrypt(token: bytes, kid: KeyId, suite: Suite, key: JoseKey) -> bytes:
    """Compact JWE around a compact JWS."""
    policy = POLICIES[suite]
    header = {"alg": policy.jwe_alg, "enc": policy.jwe_enc, "kid": kid, "cty": CTY}
    return jwe.encrypt_compact(header, token, key, registry=_jwe_registry(suite)).encode("ascii")


def decrypt(token: bytes, suite: Suite, key: JoseKey) -> bytes:
    plaintext = jwe.decrypt_compact(token, key, registry=_jwe_registry(suite)).plaintext
    return plaintext or b""


def verify(token: bytes, suite: Suite, key: JoseKey) -> bytes:
    """The payload, if the signature is good."""
    return jws.deserialize_compact(token, key, registry=_jws_registry(suite)).payload
