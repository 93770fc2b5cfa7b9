"""Everything a JWE may be and is not allowed to be here; the forger encrypts each properly: a rule must refuse it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from jwcrypto import jwe, jwk

from hub.canonical.partners import Suite
from hub.envelope.opening import open_envelope
from hub.envelope.policy import JWE_HEADER_LIMIT, TO_HUB_LIMIT
from hub.ids import KeyId
from tests.security.envelope.scene import Scene, refusal
from tests.unit.envelope.kit import PAYLOAD, System, agree, b64, dumps, forge_jwe, opened, unb64

Header = dict[str, Any]


def test_the_forger_makes_messages_that_open_when_nothing_is_wrong(scene: Scene) -> None:
    assert opened(scene.jwe(), scene.hub, scene.sender).payload == PAYLOAD


# --- header values, names and form -------------------------------------------------------------------------

ALGS = ["none", "dir", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "A256KW", "A256GCMKW", "RSA-OAEP", "RSA-OAEP-256"]
ALGS += ["RSA1_5", "PBES2-HS512+A256KW", "HPKE-9-KE", "ecdh-es+a256kw", "ECDH-ES+A256KW ", "", "ES256", "Ed25519"]


@pytest.mark.parametrize("alg", [*ALGS, None, 1, ["ECDH-ES+A256KW"], {"alg": 1}])
def test_another_key_management_algorithm(scene: Scene, alg: object) -> None:
    assert refusal(scene.jwe(alg=alg), scene) == "jwe refused: alg"


@pytest.mark.parametrize(
    "enc", ["A128GCM", "A192GCM", "A128CBC-HS256", "A256CBC-HS512", "XC20P", "none", "", None, 256, ["A256GCM"]]
)
def test_another_content_encryption(scene: Scene, enc: object) -> None:
    assert refusal(scene.jwe(enc=enc), scene) == "jwe refused: enc"


@pytest.mark.parametrize("cty", ["jws", "JWT", "JOSE", "application/jose", "application/json", "", None, True])
def test_another_content_type(scene: Scene, cty: object) -> None:
    assert refusal(scene.jwe(cty=cty), scene) == "jwe refused: cty"


EXTRA: list[tuple[str, object]] = [
    ("zip", "DEF"),
    ("crit", []),
    ("crit", ["alg"]),
    ("crit", ["b64"]),
    ("jku", "https://keys.example/jwks.json"),
    ("x5u", "https://keys.example/cert.pem"),
    ("x5c", ["MIIB"]),
    ("x5t", "AAAA"),
    ("x5t#S256", "AAAA"),
    ("jwk", {"kty": "oct", "k": "AAAA"}),
    ("b64", False),
    ("apu", "AAAA"),
    ("apv", "AAAA"),
    ("p2c", 2_000_000_000),
    ("p2s", "AAAA"),
    ("iv", "AAAA"),
    ("tag", "AAAA"),
    ("typ", "ketenhub+jws"),
    ("ek", "AAAA"),
    ("iss", "x"),
    ("Alg", "ECDH-ES+A256KW"),
    ("", ""),
]


@pytest.mark.parametrize(("name", "value"), EXTRA)
def test_a_header_name_too_many(scene: Scene, name: str, value: object) -> None:
    assert refusal(scene.jwe(**{name: value}), scene) == "jwe refused: names"


@pytest.mark.parametrize("name", ["alg", "enc", "cty", "epk"])
def test_a_header_name_too_few(scene: Scene, name: str) -> None:
    assert refusal(scene.jwe(without=name), scene) == "jwe refused: names"


KIDS = ["", "A", "A" * 42, "A" * 44, "A" * 43 + "\n", "A" * 42 + "=", "A" * 42 + "+", "A" * 42 + "é", "A" * 42 + "١"]
KIDS += ["../../../../etc/passwd", "' OR 1=1 --", "A" * 42 + "\x00"]


@pytest.mark.parametrize("kid", [*KIDS, None, 1, ["A" * 43], {"kid": "A" * 43}])
def test_a_kid_that_is_no_thumbprint_is_never_looked_up(scene: Scene, kid: object) -> None:
    expected = "jwe unreadable: header: U+0000" if kid == KIDS[-1] else "jwe unreadable: kid is not a thumbprint"
    assert refusal(scene.jwe(kid=kid), scene) == expected
    assert scene.asked == []


def test_no_kid_is_not_any_key(scene: Scene) -> None:
    assert refusal(scene.jwe(without="kid"), scene) == "jwe unreadable: kid is not a thumbprint"


def test_an_unknown_kid(scene: Scene) -> None:
    assert refusal(scene.jwe(kid="A" * 43), scene) == "jwe kid unknown"
    assert scene.asked == ["A" * 43]


def test_the_kid_of_the_hubs_signing_key(scene: Scene) -> None:
    assert refusal(scene.jwe(kid=scene.hub.signing.kid), scene).startswith("jwe ")


FORMS: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("duplicate name", lambda h: h[:-1] + b',"alg":"ECDH-ES+A256KW"}', "header: duplicate name"),
    ("duplicate kid", lambda h: h[:-1] + b',"kid":"' + b"A" * 43 + b'"}', "header: duplicate name"),
    ("duplicate, escaped", lambda h: h[:-1] + b',"\\u0061lg":"none"}', "header: duplicate name"),
    ("duplicate inside epk", lambda h: h.replace(b'"crv":', b'"crv":"P-384","crv":', 1), "header: duplicate name"),
    ("array", lambda h: b"[" + h + b"]", "header is not an object"),
    ("string", lambda h: json.dumps(h.decode()).encode(), "header is not an object"),
    ("null", lambda _: b"null", "header is not an object"),
    ("empty object", lambda _: b"{}", "kid is not a thumbprint"),
    ("truncated", lambda h: h[:-1], "header: not JSON"),
    ("trailing garbage", lambda h: h + b"x", "header: not JSON"),
    ("second header", lambda h: h + h, "header: not JSON"),
    ("NUL after", lambda h: h + b"\x00", "header: not JSON"),
    ("byte order mark", lambda h: b"\xef\xbb\xbf" + h, "header: not JSON"),
    ("UTF-16", lambda h: h.decode().encode("utf-16"), "header: not UTF-8"),
    ("no UTF-8", lambda h: h[:-1] + b',"a":"\xff"}', "header: not UTF-8"),
    ("NaN", lambda h: h[:-1] + b',"a":NaN}', "header: NaN or Infinity"),
    ("float", lambda h: h[:-1] + b',"a":1.0}', "header: fraction or exponent"),
    ("deep", lambda h: h[:-1] + b',"a":' + b"[" * 60 + b"]" * 60 + b"}", "header: nested too deep"),
    ("too long", lambda h: h + b" " * JWE_HEADER_LIMIT, "header too long"),
    ("deep and long", lambda h: b"[" * 100_000, "header too long"),
]


@pytest.mark.parametrize(("change", "reason"), [pytest.param(*case[1:], id=case[0]) for case in FORMS])
def test_a_header_that_two_readers_could_read_differently(
    scene: Scene, change: Callable[[bytes], bytes], reason: str
) -> None:
    header = change(dumps(scene.jwe_header()))
    assert refusal(forge_jwe(scene.jws(), header, scene.forged), scene) == f"jwe unreadable: {reason}"


def test_the_longest_header_that_is_allowed_opens(scene: Scene) -> None:
    header = dumps(scene.jwe_header()).ljust(JWE_HEADER_LIMIT * 3 // 4)
    assert opened(forge_jwe(scene.jws(), header, scene.forged), scene.hub, scene.sender).payload == PAYLOAD
    assert refusal(forge_jwe(scene.jws(), header + b" ", scene.forged), scene) == "jwe unreadable: header too long"


# --- the ephemeral key ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("epk", [None, "", "AAAA", 1, [], {}, [{"kty": "EC"}]])
def test_an_ephemeral_key_that_is_no_key(scene: Scene, epk: object) -> None:
    expected = "names" if epk == {} else "epk is not an object"
    assert refusal(scene.jwe(epk=epk), scene) == f"jwe refused: {expected}"


@pytest.mark.parametrize("extra", ["d", "kid", "use", "alg", "key_ops", "ext", "k", "z"])
def test_an_ephemeral_key_with_a_member_too_many(scene: Scene, extra: str) -> None:
    assert refusal(scene.jwe(epk={**scene.forged.epk, extra: "AAAA"}), scene) == "jwe refused: names"


def test_an_ephemeral_key_with_a_member_too_few(scene: Scene) -> None:
    for name in scene.forged.epk:
        epk = {key: value for key, value in scene.forged.epk.items() if key != name}
        assert refusal(scene.jwe(epk=epk), scene) == "jwe refused: names"


@pytest.mark.parametrize("crv", ["P-384", "P-521", "secp256k1", "X448", "Ed25519", "p-256", "", None])
def test_an_ephemeral_key_on_another_curve(scene: Scene, crv: object) -> None:
    assert refusal(scene.jwe(epk={**scene.forged.epk, "crv": crv}), scene) == "jwe refused: crv"


def test_an_ephemeral_key_of_another_type(scene: Scene) -> None:
    other = {"EC": "OKP", "OKP": "EC"}[scene.forged.epk["kty"]]
    for kty in (other, "oct", "RSA", "AKP", "", None):
        assert refusal(scene.jwe(epk={**scene.forged.epk, "kty": kty}), scene) == "jwe refused: kty"


def test_an_ephemeral_key_of_the_other_suite(scene: Scene) -> None:
    other = System.of(Suite.S1X if scene.sender.suite is Suite.S1 else Suite.S1)
    assert refusal(scene.jwe(epk=agree(other).epk), scene).startswith("jwe refused")


COORDINATES = ["", "AA", "A" * 42, "A" * 44, "A" * 86, "A" * 42 + "=", "A" * 42 + "B", "A" * 42 + "/", "A" * 42 + "é"]


@pytest.mark.parametrize("value", [*COORDINATES, None, 1, ["A" * 43]])
def test_a_coordinate_that_is_not_32_bytes(scene: Scene, value: object) -> None:
    for name in {"x", "y"} & scene.forged.epk.keys():
        assert refusal(scene.jwe(epk={**scene.forged.epk, name: value}), scene) == "jwe refused: epk coordinate"


P = 2**256 - 2**224 + 2**192 + 2**96 - 1
INVALID_P256 = [(0, 0), (0, 1), (1, 1), (P, 1), (P - 1, 5), (2**256 - 1, 2**256 - 1)]
# u coordinates of small order, and those that reduce to one (RFC 7748, section 7; Wycheproof "LowOrderPublic")
SMALL_X25519 = [
    *(number.to_bytes(32, "little").hex() for number in (0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18)),
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
    "ed" + "ff" * 31,
]


@pytest.mark.parametrize(("x", "y"), INVALID_P256)
def test_a_point_off_the_curve_p256(s1: Scene, x: int, y: int) -> None:
    epk = {**s1.forged.epk, "x": b64(x.to_bytes(32, "big")).decode(), "y": b64(y.to_bytes(32, "big")).decode()}
    assert refusal(s1.jwe(epk=epk), s1) == "jwe not decrypted"


def test_a_real_point_with_one_coordinate_changed_or_unreduced(s1: Scene) -> None:
    y = unb64(s1.forged.epk["y"])
    swapped = {**s1.forged.epk, "x": s1.forged.epk["y"], "y": s1.forged.epk["x"]}
    flipped = {**s1.forged.epk, "y": b64(y[:-1] + bytes([y[-1] ^ 1])).decode()}
    mirrored = {**s1.forged.epk, "y": b64((P - int.from_bytes(y, "big")).to_bytes(32, "big")).decode()}
    for epk in (swapped, flipped):
        assert refusal(s1.jwe(epk=epk), s1) == "jwe not decrypted"
    # The mirrored point has the same x, hence the same secret: a valid token of this sender, and no forgery.
    assert opened(s1.jwe(epk=mirrored), s1.hub, s1.sender).payload == PAYLOAD


@pytest.mark.parametrize("point", SMALL_X25519)
def test_a_point_of_small_order_x25519(s1x: Scene, point: str) -> None:
    """The shared secret would be zero, known to everybody; the forger wraps under exactly that secret."""
    epk = {**s1x.forged.epk, "x": b64(bytes.fromhex(point)).decode()}
    known = replace(s1x.forged, wrapping=s1x.kdf(bytes(32)))
    body = forge_jwe(s1x.jws(), dumps({**s1x.jwe_header(), "epk": epk}), known)
    assert refusal(body, s1x) == "jwe not decrypted"


# --- the five parts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [
    pytest.param(lambda b: b"", id="nothing"),
    pytest.param(lambda b: b"\n" + b, id="white space before"),
    pytest.param(lambda b: b + b"\n", id="newline after"),
    pytest.param(lambda b: b.replace(b".", b". ", 1), id="white space inside"),
    pytest.param(lambda b: b.replace(b".", b"\r\n.", 1), id="folded"),
    pytest.param(lambda b: b + b"\x00", id="NUL after"),
    pytest.param(lambda b: b"\xef\xbb\xbf" + b, id="byte order mark"),
    pytest.param(lambda b: b.decode().encode("utf-16"), id="UTF-16"),
    pytest.param(lambda b: b + b"=", id="padding"),
    pytest.param(lambda b: b.replace(b".", b"=.", 1), id="padding inside"),
    pytest.param(lambda b: b[:-1] + b"+", id="plus"),
    pytest.param(lambda b: b[:-1] + b"/", id="slash"),
    pytest.param(lambda b: b + b".", id="a sixth part, empty"),
    pytest.param(lambda b: b + b".AAAA", id="a sixth part"),
    pytest.param(lambda b: b"." + b, id="an empty part before"),
    pytest.param(lambda b: b.rsplit(b".", 1)[0], id="four parts"),
    pytest.param(lambda b: b"Bearer " + b, id="a scheme before"),
    pytest.param(lambda b: b + b"." + b, id="two tokens"),
    pytest.param(lambda b: json.dumps(b.decode()).encode(), id="a JSON string"),
    pytest.param(lambda b: b"{}", id="an object"),
    pytest.param(lambda b: PAYLOAD, id="the payload in the clear"),
])  # fmt: skip
def test_anything_but_five_parts_of_base64url(scene: Scene, change: Callable[[bytes], bytes]) -> None:
    assert refusal(change(scene.jwe()), scene) == "jwe unreadable: characters or number of parts"


def test_five_empty_parts(scene: Scene) -> None:
    assert refusal(b"....", scene) == "jwe unreadable: base64url not canonical"


@pytest.mark.parametrize("part", range(5))
def test_an_empty_part(scene: Scene, part: int) -> None:
    parts = scene.jwe().split(b".")
    parts[part] = b""
    assert refusal(b".".join(parts), scene) == "jwe unreadable: base64url not canonical"


def test_the_other_encodings_of_the_same_bytes(scene: Scene) -> None:
    """The unused last bits of each part: a lax reader would take them, and see the same message in another body."""
    parts = forge_jwe(scene.jws() + b"AA", dumps(scene.jwe_header()).ljust(400), scene.forged).split(b".")
    spare = [number for number, part in enumerate(parts) if len(part) % 4]
    assert {1, 4} <= set(spare)
    for number in spare:
        changed = [*parts]
        changed[number] = parts[number][:-1] + bytes([parts[number][-1] + 1])
        assert unb64(changed[number]) == unb64(parts[number])
        assert refusal(b".".join(changed), scene) == "jwe unreadable: base64url not canonical"


@pytest.mark.parametrize("part", range(5))
def test_an_impossible_length(scene: Scene, part: int) -> None:
    parts = scene.jwe().split(b".")
    parts[part] = parts[part].ljust(len(parts[part]) // 4 * 4 + 4, b"A") + b"A"
    assert refusal(b".".join(parts), scene) == "jwe unreadable: base64url not canonical"


def test_a_part_of_another_size_than_its_algorithm_makes(scene: Scene) -> None:
    parts = scene.jwe().split(b".")
    for number, size in ((1, 24), (1, 32), (1, 48), (2, 8), (2, 16), (4, 4), (4, 12), (4, 15), (4, 20)):
        changed = [*parts]
        changed[number] = b64((unb64(parts[number]) * 4)[:size])
        assert refusal(b".".join(changed), scene) == "jwe refused: size of a part"
    longer = forge_jwe(scene.jws(), dumps(scene.jwe_header()), scene.forged, iv=16)
    assert refusal(longer, scene) == "jwe refused: size of a part"
    weaker = forge_jwe(scene.jws(), dumps(scene.jwe_header()), scene.forged, content_key=16)
    assert refusal(weaker, scene) == "jwe refused: size of a part"


@pytest.mark.parametrize("part", range(5))
def test_a_part_of_another_message(scene: Scene, part: int) -> None:
    parts, others = scene.jwe().split(b"."), replace(scene, forged=agree(scene.hub)).jwe().split(b".")
    assert parts[part] != others[part]
    parts[part] = others[part]
    assert refusal(b".".join(parts), scene) == "jwe not decrypted"


@pytest.mark.parametrize("compact", [False, True])
def test_json_serialisation(scene: Scene, compact: bool) -> None:
    token = jwe.JWE(scene.jws(), json.dumps({**scene.jwe_header(without="epk")}), algs=scene.algorithms)
    token.add_recipient(jwk.JWK(**scene.hub.enc))
    body = token.serialize(compact=compact).encode()
    if compact:
        assert opened(body, scene.hub, scene.sender).payload == PAYLOAD
    else:
        assert refusal(body, scene) == "jwe unreadable: characters or number of parts"


def test_general_json_serialisation_with_two_recipients(scene: Scene) -> None:
    shared = {"enc": "A256GCM", "cty": "JWS"}
    token = jwe.JWE(scene.jws(), json.dumps(shared), algs=scene.algorithms)
    for system in (scene.hub, scene.stranger):
        header = {"alg": "ECDH-ES+A256KW", "kid": system.encryption.kid}
        token.add_recipient(jwk.JWK(**system.enc), json.dumps(header))
    assert refusal(token.serialize().encode(), scene) == "jwe unreadable: characters or number of parts"


# --- the right key -------------------------------------------------------------------------------------------


def test_a_message_for_another_recipient(scene: Scene) -> None:
    theirs = replace(scene, hub=scene.stranger, forged=agree(scene.stranger))
    assert refusal(theirs.jwe(), scene) == "jwe kid unknown"


def test_a_message_for_another_recipient_under_our_kid(scene: Scene) -> None:
    body = replace(scene, forged=agree(scene.stranger)).jwe()
    assert refusal(body, scene) == "jwe not decrypted"


def test_a_message_to_the_hubs_signing_key_used_for_encryption(s1: Scene) -> None:
    class Swapped:
        enc = s1.hub.sig

    forged = agree(Swapped)  # type: ignore[arg-type]
    assert refusal(replace(s1, forged=forged).jwe(), s1) == "jwe not decrypted"


def test_the_senders_keys_are_not_asked_before_the_envelope_is_open(scene: Scene) -> None:
    parts = scene.jwe().split(b".")
    parts[4] = b64(bytes(16))
    assert refusal(b".".join(parts), scene) == "jwe not decrypted"
    assert scene.asked == [scene.hub.encryption.kid]


def test_an_envelope_in_an_envelope(scene: Scene) -> None:
    body = forge_jwe(scene.jwe(), dumps(scene.jwe_header()), scene.forged)
    assert refusal(body, scene) == "jws unreadable: characters or number of parts"


def test_a_very_large_body_is_refused_by_size_alone(scene: Scene) -> None:
    asked: list[KeyId] = []
    with pytest.raises(Exception, match="te-groot"):
        open_envelope(b"A" * (TO_HUB_LIMIT + 1), decryption=asked.append, verifying=asked.append, limit=TO_HUB_LIMIT)
    assert asked == []
