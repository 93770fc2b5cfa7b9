"""Everything the signed part may be and is not allowed to be, inside an envelope that opens."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from jwcrypto import jwk, jws

from hub.canonical.partners import Suite
from hub.envelope.policy import JWS_HEADER_LIMIT
from tests.security.envelope.scene import Scene, refusal
from tests.unit.envelope.kit import PAYLOAD, System, b64, dumps, forge_jws, jws_header, opened, sign, unb64

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


def inside(token: bytes, scene: Scene) -> str:
    """The reason for which a token in a good envelope is refused."""
    return refusal(scene.jwe(token), scene)


# --- header --------------------------------------------------------------------------------------------------

ALGS = [
    "none",
    "None",
    "NONE",
    "",
    "HS256",
    "HS512",
    "RS256",
    "PS256",
    "ES384",
    "ES512",
    "ES256K",
    "EdDSA",
    "Ed448",
    "ML-DSA-65",
]


@pytest.mark.parametrize("alg", [*ALGS, "es256", "ed25519", "A256GCM", None, 1, ["ES256"]])
def test_another_signature_algorithm(scene: Scene, alg: object) -> None:
    assert inside(scene.jws(alg=alg), scene) == "jws refused: alg"


def test_the_signature_algorithm_of_the_other_suite(scene: Scene) -> None:
    other = {"ES256": "Ed25519", "Ed25519": "ES256"}[jws_header(scene.sender)["alg"]]
    assert inside(scene.jws(alg=other), scene) == "jws refused: alg"
    theirs = System.of(Suite.S1X if scene.sender.suite is Suite.S1 else Suite.S1)
    header = {**jws_header(theirs), "kid": scene.sender.signing.kid}
    assert inside(forge_jws(PAYLOAD, dumps(header), theirs), scene) == "jws refused: alg"


@pytest.mark.parametrize("typ", ["JWT", "JOSE", "JWS", "KETENHUB+JWS", "application/ketenhub+jws", "", None, True])
def test_another_type(scene: Scene, typ: object) -> None:
    assert inside(scene.jws(typ=typ), scene) == "jws refused: typ"


EXTRA: list[tuple[str, object]] = [
    ("cty", "application/json"),
    ("crit", []),
    ("crit", ["typ"]),
    ("crit", ["b64"]),
    ("b64", True),
    ("b64", False),
    ("jku", "https://keys.example/jwks.json"),
    ("x5u", "https://keys.example/cert.pem"),
    ("x5c", ["MIIB"]),
    ("x5t#S256", "AAAA"),
    ("jwk", {"kty": "OKP"}),
    ("nonce", "x"),
    ("zip", "DEF"),
    ("epk", {}),
    ("iat", 1),
    ("ALG", "none"),
]


@pytest.mark.parametrize(("name", "value"), EXTRA)
def test_a_header_name_too_many(scene: Scene, name: str, value: object) -> None:
    assert inside(scene.jws(**{name: value}), scene) == "jws refused: names"


def test_a_key_that_comes_along_in_the_header(scene: Scene) -> None:
    """The classic: sign with a key of one's own and send it along."""
    public = {name: scene.stranger.sig[name] for name in ("kty", "crv", "x", "y") if name in scene.stranger.sig}
    header = {**jws_header(scene.sender), "jwk": public}
    assert inside(forge_jws(PAYLOAD, dumps(header), scene.stranger), scene) == "jws refused: names"


@pytest.mark.parametrize("name", ["alg", "typ"])
def test_a_header_name_too_few(scene: Scene, name: str) -> None:
    assert inside(scene.jws(without=name), scene) == "jws refused: names"


@pytest.mark.parametrize("kid", ["", "A" * 42, "A" * 44, "A" * 43 + "\n", "../key", None, 1, [], {}])
def test_a_kid_that_is_no_thumbprint_is_never_looked_up(scene: Scene, kid: object) -> None:
    assert inside(scene.jws(kid=kid), scene) == "jws unreadable: kid is not a thumbprint"
    assert scene.asked == [scene.hub.encryption.kid]


def test_no_kid_is_not_any_key(scene: Scene) -> None:
    assert inside(scene.jws(without="kid"), scene) == "jws unreadable: kid is not a thumbprint"


def test_an_unknown_kid(scene: Scene) -> None:
    assert inside(scene.jws(kid="A" * 43), scene) == "jws kid unknown"


FORMS: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("duplicate alg", lambda h: h[:-1] + b',"alg":"none"}', "header: duplicate name"),
    ("duplicate kid", lambda h: h[:-1] + b',"kid":"' + b"A" * 43 + b'"}', "header: duplicate name"),
    ("array", lambda h: b"[" + h + b"]", "header is not an object"),
    ("no JSON", lambda h: h[:-1], "header: not JSON"),
    ("trailing garbage", lambda h: h + b"{}", "header: not JSON"),
    ("UTF-16", lambda h: h.decode().encode("utf-16"), "header: not UTF-8"),
    ("too long", lambda h: h + b" " * JWS_HEADER_LIMIT, "header too long"),
    ("deep", lambda h: b"[" * 50_000, "header too long"),
]


@pytest.mark.parametrize(("change", "reason"), [pytest.param(*case[1:], id=case[0]) for case in FORMS])
def test_a_header_that_two_readers_could_read_differently(
    scene: Scene, change: Callable[[bytes], bytes], reason: str
) -> None:
    token = forge_jws(PAYLOAD, change(dumps(jws_header(scene.sender))), scene.sender)
    assert inside(token, scene) == f"jws unreadable: {reason}"


# --- whose signature -----------------------------------------------------------------------------------------


def test_another_partners_key_under_its_own_kid(scene: Scene) -> None:
    token = forge_jws(PAYLOAD, dumps(jws_header(scene.stranger)), scene.stranger)
    assert inside(token, scene) == "jws kid unknown"


def test_another_partners_key_under_the_senders_kid(scene: Scene) -> None:
    token = forge_jws(PAYLOAD, dumps(jws_header(scene.sender)), scene.stranger)
    assert inside(token, scene) == "jws not verified"


def test_the_hubs_own_key(scene: Scene) -> None:
    assert inside(forge_jws(PAYLOAD, dumps(jws_header(scene.hub)), scene.hub), scene) == "jws kid unknown"


def test_the_senders_encryption_key_used_to_sign(s1: Scene) -> None:
    class Swapped:
        suite = Suite.S1
        sig = s1.sender.enc

    header = dumps(jws_header(s1.sender))
    assert inside(forge_jws(PAYLOAD, header, Swapped), s1) == "jws not verified"  # type: ignore[arg-type]


def test_a_public_key_used_as_a_shared_secret(scene: Scene) -> None:
    """Algorithm confusion: HS256 over the public key, in each form a library might feed to HMAC."""
    public = scene.sender.verifying.jose
    for secret in (public.as_pem(), public.as_der(), dumps(public.as_dict())):
        for alg in ("HS256", jws_header(scene.sender)["alg"]):
            signed = b64(dumps({**jws_header(scene.sender), "alg": alg})) + b"." + b64(PAYLOAD)
            mac = hmac.new(secret, signed, hashlib.sha256).digest()
            assert inside(signed + b"." + b64(mac), scene).startswith("jws refused")
            assert inside(signed + b"." + b64(mac * 2), scene).startswith(("jws refused", "jws not verified"))


def test_an_rsa_signature(scene: Scene) -> None:
    signed = b64(dumps({**jws_header(scene.sender), "alg": "RS256"})) + b"." + b64(PAYLOAD)
    signature = rsa.generate_private_key(65537, 2048).sign(signed, PKCS1v15(), hashes.SHA256())
    assert inside(signed + b"." + b64(signature), scene) == "jws refused: alg"


# --- the three parts -----------------------------------------------------------------------------------------


def parts(scene: Scene) -> list[bytes]:
    return scene.jws().split(b".")


@pytest.mark.parametrize("change", [
    pytest.param(lambda p: p[:2], id="signature stripped"),
    pytest.param(lambda p: p[1:], id="header stripped"),
    pytest.param(lambda p: [*p, b"AAAA"], id="a fourth part"),
    pytest.param(lambda p: [*p, b""], id="a fourth part, empty"),
    pytest.param(lambda p: [PAYLOAD], id="the payload, unsigned"),
    pytest.param(lambda p: [b"{}"], id="an object, unsigned"),
    pytest.param(lambda p: [p[0], p[1], p[2] + b"="], id="padding"),
    pytest.param(lambda p: [p[0], p[1], p[2] + b"\n"], id="newline"),
    pytest.param(lambda p: [p[0], PAYLOAD, p[2]], id="payload not encoded"),
    pytest.param(lambda p: [b" " + p[0], p[1], p[2]], id="white space"),
])  # fmt: skip
def test_anything_but_three_parts_of_base64url(scene: Scene, change: Callable[[list[bytes]], list[bytes]]) -> None:
    assert inside(b".".join(change(parts(scene))), scene) == "jws unreadable: characters or number of parts"


@pytest.mark.parametrize("part", range(3))
def test_an_empty_part(scene: Scene, part: int) -> None:
    """An empty signature, or a payload that is detached."""
    changed = parts(scene)
    changed[part] = b""
    assert inside(b".".join(changed), scene) == "jws unreadable: base64url not canonical"


def test_no_signature_with_alg_none(scene: Scene) -> None:
    unsigned = b64(dumps({**jws_header(scene.sender), "alg": "none"})) + b"." + b64(PAYLOAD)
    assert inside(unsigned + b".", scene) == "jws unreadable: base64url not canonical"
    assert inside(unsigned + b".AA", scene) == "jws refused: alg"


def test_an_empty_envelope(scene: Scene) -> None:
    assert inside(b"", scene) == "jwe unreadable: base64url not canonical"


def test_the_other_encodings_of_the_same_signature(scene: Scene) -> None:
    changed = parts(scene)
    signature = changed[2]
    changed[2] = signature[:-1] + bytes([signature[-1] + 1])
    assert unb64(changed[2]) == unb64(signature)
    assert inside(b".".join(changed), scene) == "jws unreadable: base64url not canonical"


@pytest.mark.parametrize("general", [False, True])
def test_json_serialisation(scene: Scene, general: bool) -> None:
    token = jws.JWS(PAYLOAD)
    token.allowed_algs = [*scene.algorithms]
    token.add_signature(jwk.JWK(**scene.sender.sig), protected=json.dumps(jws_header(scene.sender)))
    if general:
        header = json.dumps(jws_header(scene.stranger))
        token.add_signature(jwk.JWK(**scene.stranger.sig), protected=header)
    assert inside(token.serialize().encode(), scene) == "jws unreadable: characters or number of parts"


def test_a_signed_token_around_a_signed_token_is_only_its_payload(scene: Scene) -> None:
    token = forge_jws(scene.jws(), dumps(jws_header(scene.sender)), scene.sender)
    assert opened(scene.jwe(token), scene.hub, scene.sender).payload != PAYLOAD


def test_header_payload_or_signature_of_another_message(scene: Scene) -> None:
    other = forge_jws(b'{"a":1}', dumps(jws_header(scene.sender)) + b" ", scene.sender).split(b".")
    for number in range(3):
        changed = parts(scene)
        changed[number] = other[number]
        assert inside(b".".join(changed), scene) == "jws not verified"


# --- signatures that are no signatures -----------------------------------------------------------------------


def with_signature(scene: Scene, signature: bytes) -> bytes:
    return b".".join((*parts(scene)[:2], b64(signature)))


@pytest.mark.parametrize(("r", "s"), [
    (0, 0), (0, 1), (1, 0), (1, 1), (P256_ORDER, 1), (1, P256_ORDER), (P256_ORDER, P256_ORDER),
    (P256_ORDER - 1, P256_ORDER - 1), (P256_ORDER + 1, 1), (2**256 - 1, 2**256 - 1),
])  # fmt: skip
def test_special_values_in_an_ecdsa_signature(s1: Scene, r: int, s: int) -> None:
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert inside(with_signature(s1, signature), s1) == "jws not verified"


def test_ecdsa_in_another_form(s1: Scene) -> None:
    raw = unb64(parts(s1)[2])
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    for signature in (encode_dss_signature(r, s), raw + b"\x00", b"\x00" + raw, raw[:-1], raw[:32], b"\x00" * 65):
        assert inside(with_signature(s1, signature), s1) == "jws refused: size of the signature"
    if r + P256_ORDER < 2**256:  # an unreduced r, rarely possible
        unreduced = (r + P256_ORDER).to_bytes(32, "big") + raw[32:]
        assert inside(with_signature(s1, unreduced), s1) == "jws not verified"


def test_ecdsa_over_another_hash(s1: Scene) -> None:
    signed = b".".join(parts(s1)[:2])
    key = ec.derive_private_key(int.from_bytes(unb64(s1.sender.sig["d"]), "big"), ec.SECP256R1())
    for digest in (hashes.SHA384(), hashes.SHA512(), hashes.SHA3_256()):
        r, s = _numbers(key.sign(signed, ec.ECDSA(digest)))
        assert inside(with_signature(s1, r + s), s1) == "jws not verified"


def _numbers(der: bytes) -> tuple[bytes, bytes]:
    r, s = decode_dss_signature(der)
    return r.to_bytes(32, "big"), s.to_bytes(32, "big")


def test_an_ed25519_signature_with_the_group_order_added(s1x: Scene) -> None:
    raw = unb64(parts(s1x)[2])
    s = int.from_bytes(raw[32:], "little")
    for multiple in range(1, 16):
        if (shifted := s + multiple * ED25519_ORDER) < 2**256:
            signature = raw[:32] + shifted.to_bytes(32, "little")
            assert inside(with_signature(s1x, signature), s1x) == "jws not verified"


@pytest.mark.parametrize(
    "signature", [bytes(64), b"\x01" + bytes(63), b"\xff" * 64, b"\x01" + bytes(31) + b"\xff" * 32]
)
def test_special_values_in_a_signature(scene: Scene, signature: bytes) -> None:
    assert inside(with_signature(scene, signature), scene) == "jws not verified"


def test_an_ed25519_signature_with_a_prehash(s1x: Scene) -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(unb64(s1x.sender.sig["d"]))
    signed = b".".join(parts(s1x)[:2])
    for message in (hashlib.sha512(signed).digest(), hashlib.sha256(signed).digest(), unb64(parts(s1x)[1])):
        assert inside(with_signature(s1x, key.sign(message)), s1x) == "jws not verified"


def test_a_signature_over_the_decoded_payload(scene: Scene) -> None:
    header: dict[str, Any] = {**jws_header(scene.sender), "b64": False, "crit": ["b64"]}
    encoded = b64(dumps(header))
    token = encoded + b"." + b64(PAYLOAD) + b"." + b64(sign(encoded + b"." + PAYLOAD, scene.sender))
    assert inside(token, scene) == "jws refused: names"
