"""What the envelope tests stand on: systems with keys, and a forger.

The forger is a third implementation, on bare primitives, that makes a *cryptographically valid* token around any header
bytes: whatever is refused of its work is refused by a rule, not by a checksum.
"""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from hub.canonical.partners import Suite
from hub.envelope import keys
from hub.envelope.opening import Opened, open_envelope
from hub.envelope.policy import POLICIES, TO_HUB_LIMIT

CANARY = "Kanariepiet Vogelzang"
PAYLOAD = json.dumps({"naam": CANARY, "tekst": "ë" * 40}, ensure_ascii=False).encode()


@dataclass(frozen=True)
class System:
    """A partner or the hub, with all four loaded keys and its private JWKs."""

    suite: Suite
    pairs: keys.KeyPairs
    signing: keys.SigningKey
    verifying: keys.VerifyingKey
    decryption: keys.DecryptionKey
    encryption: keys.EncryptionKey

    @classmethod
    def of(cls, suite: Suite) -> "System":
        pairs = keys.generate(suite)
        return cls(
            suite,
            pairs,
            keys.load_signing_key(pairs.signing),
            keys.load_verifying_key(keys.public(pairs.signing)),
            keys.load_decryption_key(pairs.encryption),
            keys.load_encryption_key(keys.public(pairs.encryption)),
        )

    @property
    def sig(self) -> dict[str, str]:
        return json.loads(self.pairs.signing)

    @property
    def enc(self) -> dict[str, str]:
        return json.loads(self.pairs.encryption)


def opened(body: bytes, hub: System, sender: System, limit: int = TO_HUB_LIMIT) -> Opened:
    return open_envelope(
        body,
        decryption={hub.decryption.kid: hub.decryption}.get,
        verifying={sender.verifying.kid: sender.verifying}.get,
        limit=limit,
    )


def b64(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def unb64(text: bytes | str) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))


def dumps(header: Any) -> bytes:
    return json.dumps(header, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Forged:
    """An ephemeral agreement with a recipient: `epk`, and the key that wraps the content key."""

    epk: dict[str, str]
    wrapping: bytes


def agree(recipient: System, alg: str = "ECDH-ES+A256KW") -> Forged:
    """One agreement may serve many forged tokens, which saves time; only a forger would do that."""
    epk, shared = _exchange(recipient.enc)
    info = len(alg).to_bytes(4, "big") + alg.encode() + bytes(8) + (256).to_bytes(4, "big")
    return Forged(epk, ConcatKDFHash(hashes.SHA256(), 32, info).derive(shared))


def _exchange(jwk: Mapping[str, str]) -> tuple[dict[str, str], bytes]:
    if jwk["kty"] == "OKP":
        mine = x25519.X25519PrivateKey.generate()
        x = b64(mine.public_key().public_bytes_raw()).decode()
        theirs = x25519.X25519PublicKey.from_public_bytes(unb64(jwk["x"]))
        return {"kty": "OKP", "crv": "X25519", "x": x}, mine.exchange(theirs)
    own = ec.generate_private_key(ec.SECP256R1())
    numbers = own.public_key().public_numbers()
    x, y = (b64(n.to_bytes(32, "big")).decode() for n in (numbers.x, numbers.y))
    point = ec.EllipticCurvePublicNumbers(*(int.from_bytes(unb64(jwk[n]), "big") for n in "xy"), ec.SECP256R1())
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}, own.exchange(ec.ECDH(), point.public_key())


def jwe_header(recipient: System, forged: Forged) -> dict[str, Any]:
    kid = recipient.encryption.kid
    return {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "kid": kid, "cty": "JWS", "epk": forged.epk}


def jws_header(sender: System) -> dict[str, Any]:
    return {"alg": POLICIES[sender.suite].jws_alg, "kid": sender.signing.kid, "typ": "ketenhub+jws"}


def forge_jwe(token: bytes, header: bytes, forged: Forged, *, iv: int = 12, content_key: int = 32) -> bytes:
    """A valid compact JWE whose protected header is exactly `header`."""
    key, vector, aad = os.urandom(content_key), os.urandom(iv), b64(header)
    sealed = AESGCM(key).encrypt(vector, token, aad)
    parts = (aes_key_wrap(forged.wrapping, key), vector, sealed[:-16], sealed[-16:])
    return b".".join((aad, *map(b64, parts)))


def forge_jws(payload: bytes, header: bytes, signer: System) -> bytes:
    """A validly signed compact JWS whose protected header is exactly `header`."""
    signed = b64(header) + b"." + b64(payload)
    return signed + b"." + b64(sign(signed, signer))


def sign(data: bytes, signer: System) -> bytes:
    d = unb64(signer.sig["d"])
    if signer.suite is Suite.S1X:
        return ed25519.Ed25519PrivateKey.from_private_bytes(d).sign(data)
    der = ec.derive_private_key(int.from_bytes(d, "big"), ec.SECP256R1()).sign(data, ec.ECDSA(hashes.SHA256()))
    r, s = decode_dss_signature(der)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
