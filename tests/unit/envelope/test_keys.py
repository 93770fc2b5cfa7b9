import json
import subprocess
import sys
from typing import Any

import pytest
from jwcrypto import jwk as other

from hub.canonical.partners import KeyUse, Suite
from hub.envelope import keys
from hub.errors import OperatorError

SIG, ENC = KeyUse.SIGNING, KeyUse.ENCRYPTION
BOTH = pytest.mark.parametrize("suite", list(Suite))
# y (little endian) of the points of small order on edwards25519, and u of those on curve25519 (RFC 7748, section 7)
ORDER_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
SMALL_ED25519 = ["00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f", ORDER_8, "01" + "00" * 30 + "80"]
SMALL_X25519 = [
    "00" * 32,
    "01" + "00" * 31,
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ec" + "ff" * 30 + "7f",
    "ed" + "ff" * 30 + "7f",
]


def private_jwk(suite: Suite, use: KeyUse = SIG) -> dict[str, Any]:
    pairs = keys.generate(suite)
    parsed: dict[str, Any] = json.loads(pairs.signing if use is SIG else pairs.encryption)
    return parsed


def public_jwk(suite: Suite, use: KeyUse = SIG) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(keys.public(json.dumps(private_jwk(suite, use))))
    return parsed


def rekid(jwk: dict[str, Any]) -> str:
    return json.dumps({**jwk, "kid": keys.thumbprint(json.dumps(jwk))})


def refusal(text: str, use: KeyUse = SIG, suite: Suite | None = None) -> OperatorError:
    with pytest.raises(OperatorError) as refused:
        keys.check_public(text, use, suite)
    return refused.value


@BOTH
@pytest.mark.parametrize("use", list(KeyUse))
def test_a_generated_key_passes_enrolment_and_its_suite_follows_from_the_key(suite: Suite, use: KeyUse) -> None:
    jwk = public_jwk(suite, use)
    checked = keys.check_public(json.dumps(jwk, indent=2), use)
    assert (checked.kid, checked.use, checked.suite) == (jwk["kid"], use, suite)
    assert json.loads(checked.jwk) == jwk
    assert checked.jwk == json.dumps(jwk, sort_keys=True, separators=(",", ":"))
    assert keys.check_public(json.dumps(jwk), use, suite) == checked


@BOTH
@pytest.mark.parametrize("use", list(KeyUse))
def test_thumbprints_are_those_of_a_second_library(suite: Suite, use: KeyUse) -> None:
    jwk = private_jwk(suite, use)
    assert jwk["kid"] == keys.thumbprint(json.dumps(jwk)) == other.JWK(**jwk).thumbprint()


def test_the_thumbprint_is_that_of_rfc_8037_appendix_a3() -> None:
    jwk = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
    assert keys.thumbprint(jwk) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize(("kty", "crv", "use", "suite"), [
    ("EC", "P-256", SIG, Suite.S1),
    ("EC", "P-256", ENC, Suite.S1),
    ("OKP", "Ed25519", SIG, Suite.S1X),
    ("OKP", "X25519", ENC, Suite.S1X),
])  # fmt: skip
def test_keys_of_a_second_library_pass_enrolment(kty: str, crv: str, use: KeyUse, suite: Suite) -> None:
    key = other.JWK.generate(kty=kty, crv=crv)
    jwk = {**key.export_public(as_dict=True), "kid": key.thumbprint()}
    checked = keys.check_public(json.dumps(jwk), use)
    assert (checked.suite, checked.kid) == (suite, key.thumbprint())


def test_what_a_browser_exports_beside_the_numbers_is_allowed() -> None:
    sig, enc = public_jwk(Suite.S1, SIG), public_jwk(Suite.S1, ENC)
    checked = keys.check_public(json.dumps({**sig, "ext": True, "key_ops": ["verify"]}), SIG)
    assert json.loads(checked.jwk) == sig
    assert keys.check_public(json.dumps({**enc, "ext": True, "key_ops": []}), ENC).kid == enc["kid"]


@BOTH
@pytest.mark.parametrize("use", list(KeyUse))
def test_the_public_half_loads_and_the_private_half_is_refused_at_enrolment(suite: Suite, use: KeyUse) -> None:
    private = private_jwk(suite, use)
    error = refusal(json.dumps(private), use)
    assert error.code == "key-private"
    assert private["d"] not in str(error)


@pytest.mark.parametrize("name", ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"])
def test_every_private_member_is_seen_as_such(name: str) -> None:
    assert refusal(json.dumps({**public_jwk(Suite.S1), name: "AA"})).code == "key-private"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"kty": 1}',
        '{"keys": []}',
        '{"kty":"EC","kty":"EC"}',
        "\ud800",
        "-----BEGIN PUBLIC KEY-----",
    ],
)
def test_what_is_not_one_jwk_is_unreadable(text: str) -> None:
    assert refusal(text).code == "key-unreadable"
    with pytest.raises(OperatorError):
        keys.public(text)


@pytest.mark.parametrize(
    ("kty", "size"), [("EC", "P-384"), ("EC", "P-521"), ("EC", "secp256k1"), ("OKP", "Ed448"), ("RSA", 2048)]
)
def test_other_types_and_curves_are_refused(kty: str, size: str | int) -> None:
    key = other.JWK.generate(kty=kty, size=size) if kty == "RSA" else other.JWK.generate(kty=kty, crv=size)
    text = json.dumps({**key.export_public(as_dict=True), "kid": key.thumbprint()})
    assert refusal(text).code == "key-type"


def test_a_symmetric_key_is_refused_and_has_no_public_half() -> None:
    text = '{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I"}'
    assert refusal(text).code == "key-private"
    assert refusal('{"kty":"oct"}').code == "key-type"
    with pytest.raises(OperatorError):
        keys.public(text)


def test_a_key_for_the_other_use_is_refused() -> None:
    assert refusal(json.dumps(public_jwk(Suite.S1X, SIG)), ENC).code == "key-type"
    assert refusal(json.dumps(public_jwk(Suite.S1X, ENC)), SIG).code == "key-type"
    assert refusal(json.dumps(public_jwk(Suite.S1, SIG)), ENC).code == "key-use"
    assert refusal(json.dumps({**public_jwk(Suite.S1), "use": ["sig"]})).code == "key-use"


def test_a_key_of_another_suite_than_asked_for_is_refused() -> None:
    assert refusal(json.dumps(public_jwk(Suite.S1)), SIG, Suite.S1X).code == "key-type"
    assert refusal(json.dumps(public_jwk(Suite.S1X)), SIG, Suite.S1).code == "key-type"


@pytest.mark.parametrize("alg", ["EdDSA", "ES384", "ES256", "none", "", None, 1])
def test_a_key_that_names_another_algorithm_is_refused(alg: object) -> None:
    assert refusal(json.dumps({**public_jwk(Suite.S1X), "alg": alg})).code == "key-alg"


@pytest.mark.parametrize("operations", [["sign", "encrypt"], ["deriveKey"], "verify", [1], [["verify"]], None])
def test_key_operations_that_do_not_fit_the_use_are_refused(operations: object) -> None:
    assert refusal(json.dumps({**public_jwk(Suite.S1), "key_ops": operations})).code == "key-use"


@pytest.mark.parametrize("name", ["x5c", "x5u", "jku", "x5t", "iat", "seed", "D"])
def test_a_member_that_does_not_belong_is_refused(name: str) -> None:
    assert refusal(json.dumps({**public_jwk(Suite.S1), name: "x"})).code == "key-members"


@pytest.mark.parametrize("kid", [None, "", "1", "A" * 43, 5])
def test_a_kid_that_is_not_the_thumbprint_is_refused_and_the_right_one_is_named(kid: object) -> None:
    jwk = public_jwk(Suite.S1)
    error = refusal(json.dumps({**jwk, "kid": kid}))
    assert error.code == "key-kid"
    assert jwk["kid"] in error.sentence


def test_a_key_without_kid_is_refused() -> None:
    jwk = public_jwk(Suite.S1)
    assert refusal(json.dumps({name: jwk[name] for name in jwk if name != "kid"})).code == "key-kid"


@pytest.mark.parametrize(
    "x",
    ["", "AA", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "B", "A" * 42 + "+", "A" * 42 + "é", 1, None, ["A" * 43]],
)
def test_a_coordinate_of_the_wrong_size_or_encoding_is_refused(x: object) -> None:
    for suite in Suite:
        assert refusal(json.dumps({**public_jwk(suite), "x": x})).code == "key-size"


def test_a_point_that_is_not_on_the_curve_is_refused() -> None:
    for y in ("A" * 43, "_" * 42 + "8", public_jwk(Suite.S1)["y"]):
        assert refusal(rekid({**public_jwk(Suite.S1), "y": y})).code == "key-numbers"


@pytest.mark.parametrize("point", SMALL_ED25519)
def test_a_signing_key_of_small_order_is_refused(point: str) -> None:
    assert refusal(rekid({**public_jwk(Suite.S1X), "x": encoded(point)})).code == "key-weak"


@pytest.mark.parametrize("point", SMALL_X25519)
def test_an_encryption_key_of_small_order_is_refused(point: str) -> None:
    assert refusal(rekid({**public_jwk(Suite.S1X, ENC), "x": encoded(point)}), ENC).code == "key-weak"


@BOTH
@pytest.mark.parametrize("use", list(KeyUse))
def test_a_private_key_whose_halves_do_not_belong_together_is_refused(suite: Suite, use: KeyUse) -> None:
    load = keys.load_signing_key if use is SIG else keys.load_decryption_key
    mixed = {**private_jwk(suite, use), "d": private_jwk(suite, use)["d"]}
    with pytest.raises(OperatorError) as refused:
        load(json.dumps(mixed))
    assert refused.value.code == "key-numbers"
    assert refused.value.__context__ is None


@BOTH
def test_loading_a_public_file_as_private_says_so(suite: Suite) -> None:
    for load, use in ((keys.load_signing_key, SIG), (keys.load_decryption_key, ENC)):
        with pytest.raises(OperatorError) as refused:
            load(json.dumps(public_jwk(suite, use)))
        assert refused.value.code == "key-public"


@BOTH
def test_a_loaded_key_shows_its_id_and_suite_and_never_its_numbers(suite: Suite) -> None:
    pairs = keys.generate(suite)
    loaded = keys.load_signing_key(pairs.signing), keys.load_decryption_key(pairs.encryption)
    shown = f"{pairs!r} {loaded!r} {loaded!s}"
    assert all(key.kid in shown for key in loaded)
    for text in (pairs.signing, pairs.encryption):
        jwk = json.loads(text)
        assert not any(jwk[name] in shown for name in ("d", "x", "y") if name in jwk)


def test_the_public_half_leaves_out_whatever_is_not_known_to_be_public() -> None:
    jwk = {**private_jwk(Suite.S1), "seed": "secret", "q": "secret"}
    assert set(json.loads(keys.public(json.dumps(jwk)))) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_no_other_package_of_the_hub_is_needed_to_make_and_check_keys() -> None:
    code = "import sys, hub.envelope.keys; print(*sorted(m for m in sys.modules if m.startswith('hub.')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {name.split(".")[1] for name in loaded} == {"canonical", "envelope", "errors", "ids"}


def encoded(point: str) -> str:
    return other.base64url_encode(bytes.fromhex(point))
