import json
from collections.abc import Callable
from itertools import product

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from jwcrypto import jwe, jwk, jws

from hub.canonical.partners import Suite
from hub.envelope import jose
from hub.envelope.hashes import sha256_hex
from hub.envelope.keys import EncryptionKey
from hub.envelope.opening import open_envelope
from hub.envelope.policy import FROM_HUB_LIMIT, TO_HUB_LIMIT
from hub.envelope.sealing import seal
from hub.errors import Code, OurFault, Rejection
from hub.ids import KeyId
from tests.unit.envelope.kit import (
    CANARY,
    PAYLOAD,
    System,
    agree,
    b64,
    dumps,
    forge_jwe,
    forge_jws,
    jwe_header,
    jws_header,
    opened,
    unb64,
)

JWS_ALG = {Suite.S1: "ES256", Suite.S1X: "Ed25519"}
ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM", "ES256", "Ed25519"]
SUITES = [pytest.param(suite, id=suite.value) for suite in Suite]
PAIRS = [pytest.param(*pair, id=f"{pair[0].value} to {pair[1].value}") for pair in product(Suite, Suite)]
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture(scope="module")
def hubs() -> dict[Suite, System]:
    return {suite: System.of(suite) for suite in Suite}


@pytest.fixture(scope="module")
def senders() -> dict[Suite, System]:
    return {suite: System.of(suite) for suite in Suite}


def header(token: bytes | str) -> dict[str, object]:
    raw = token.encode() if isinstance(token, str) else token
    parsed: dict[str, object] = json.loads(unb64(raw.split(b".")[0]))
    return parsed


@pytest.mark.parametrize(("signs", "receives"), PAIRS)
def test_what_is_sealed_opens_byte_for_byte(
    hubs: dict[Suite, System], senders: dict[Suite, System], signs: Suite, receives: Suite
) -> None:
    hub, sender = hubs[receives], senders[signs]
    for payload in (PAYLOAD, b"{}", b" \r\n{ }", bytes(range(256)), b"x" * 60_000):
        result = opened(seal(payload, signing=sender.signing, recipient=hub.encryption), hub, sender)
        assert result.payload == payload
        assert result.sha256 == sha256_hex(payload)
        assert (result.sig_kid, result.enc_kid) == (sender.signing.kid, hub.encryption.kid)


@pytest.mark.parametrize(("signs", "receives"), PAIRS)
def test_a_second_library_opens_what_we_seal(
    hubs: dict[Suite, System], senders: dict[Suite, System], signs: Suite, receives: Suite
) -> None:
    hub, sender = hubs[receives], senders[signs]
    outer = jwe.JWE(algs=ALGORITHMS)
    outer.deserialize(seal(PAYLOAD, signing=sender.signing, recipient=hub.encryption).decode())
    outer.decrypt(jwk.JWK(**hub.enc))
    inner = jws.JWS()
    inner.allowed_algs = ALGORITHMS
    inner.deserialize(outer.payload.decode(), jwk.JWK(**sender.sig))
    assert inner.payload == PAYLOAD
    assert outer.jose_header == header(outer.serialize(compact=True))


@pytest.mark.parametrize(("signs", "receives"), PAIRS)
def test_we_open_what_a_second_library_seals(
    hubs: dict[Suite, System], senders: dict[Suite, System], signs: Suite, receives: Suite
) -> None:
    hub, sender = hubs[receives], senders[signs]
    body = by_second_library(PAYLOAD, sender, hub)
    assert opened(body, hub, sender).payload == PAYLOAD


def by_second_library(payload: bytes, sender: System, hub: System) -> bytes:
    inner = jws.JWS(payload)
    inner.allowed_algs = ALGORITHMS
    inner.add_signature(jwk.JWK(**sender.sig), protected=json.dumps(jws_header(sender)))
    outer_header = {"cty": "JWS", "kid": hub.encryption.kid, "enc": "A256GCM", "alg": "ECDH-ES+A256KW"}
    token = inner.serialize(compact=True)
    outer = jwe.JWE(token.encode(), json.dumps(outer_header), algs=ALGORITHMS, recipient=jwk.JWK(**hub.enc))
    sealed: str = outer.serialize(compact=True)
    return sealed.encode()


@pytest.mark.parametrize("suite", SUITES)
def test_headers_are_exactly_those_of_the_contract(
    hubs: dict[Suite, System], senders: dict[Suite, System], suite: Suite
) -> None:
    hub, sender = hubs[suite], senders[suite]
    body = seal(PAYLOAD, signing=sender.signing, recipient=hub.encryption)
    outer = jwe.JWE(algs=ALGORITHMS)
    outer.deserialize(body.decode(), jwk.JWK(**hub.enc))
    expected = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "kid": hub.encryption.kid, "cty": "JWS"}
    assert [*header(body)] == [*expected, "epk"]
    assert {name: value for name, value in header(body).items() if name != "epk"} == expected
    inner = header(outer.payload)
    assert [*inner.items()] == [("alg", JWS_ALG[suite]), ("kid", sender.signing.kid), ("typ", "ketenhub+jws")]
    assert body.count(b".") == 4
    assert CANARY.encode() not in body


@pytest.mark.parametrize("suite", SUITES)
def test_two_seals_of_one_payload_share_nothing_but_the_payload(
    hubs: dict[Suite, System], senders: dict[Suite, System], suite: Suite
) -> None:
    hub, sender = hubs[suite], senders[suite]
    first, second = (seal(PAYLOAD, signing=sender.signing, recipient=hub.encryption) for _ in range(2))
    assert not set(first.split(b".")) & set(second.split(b"."))
    assert opened(first, hub, sender).sha256 == opened(second, hub, sender).sha256


@pytest.mark.parametrize("suite", SUITES)
def test_a_header_may_be_spaced_ordered_and_escaped_as_the_sender_likes(
    hubs: dict[Suite, System], senders: dict[Suite, System], suite: Suite
) -> None:
    hub, sender = hubs[suite], senders[suite]
    forged = agree(hub)
    spaced = json.dumps(dict(reversed(jwe_header(hub, forged).items())), indent=1).replace("+", "\\u002B").encode()
    token = forge_jws(PAYLOAD, json.dumps(jws_header(sender), indent=1).encode(), sender)
    assert opened(forge_jwe(token, spaced, forged), hub, sender).payload == PAYLOAD


def test_a_mirrored_ecdsa_signature_is_the_same_payload(
    hubs: dict[Suite, System], senders: dict[Suite, System]
) -> None:
    """(r, n - s) is as good as (r, s) by definition, so only the payload's hash may tell messages apart."""
    hub, sender = hubs[Suite.S1], senders[Suite.S1]
    head, payload, signature = forge_jws(PAYLOAD, dumps(jws_header(sender)), sender).split(b".")
    raw = unb64(signature)
    mirrored = raw[:32] + (P256_ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    forged = agree(hub)
    bodies = [
        forge_jwe(b".".join((head, payload, b64(s))), dumps(jwe_header(hub, forged)), forged) for s in (raw, mirrored)
    ]
    assert opened(bodies[0], hub, sender) == opened(bodies[1], hub, sender)


@pytest.mark.parametrize("suite", SUITES)
def test_the_limit_counts_the_body_and_comes_before_anything_else(
    hubs: dict[Suite, System], senders: dict[Suite, System], suite: Suite
) -> None:
    hub, sender = hubs[suite], senders[suite]
    body = seal(PAYLOAD, signing=sender.signing, recipient=hub.encryption)
    assert opened(body, hub, sender, limit=len(body)).payload == PAYLOAD
    for too_large, limit in ((body, len(body) - 1), (b"\xff" * (TO_HUB_LIMIT + 1), TO_HUB_LIMIT)):
        with pytest.raises(Rejection) as refused:
            opened(too_large, hub, sender, limit=limit)
        assert refused.value.reason is Code.TOO_LARGE


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("limit", [TO_HUB_LIMIT, FROM_HUB_LIMIT])
def test_a_body_of_just_the_limit_opens(
    hubs: dict[Suite, System], senders: dict[Suite, System], suite: Suite, limit: int
) -> None:
    hub, sender = hubs[suite], senders[suite]
    size = limit * 9 // 16 - 600
    body = seal(b"x" * size, signing=sender.signing, recipient=hub.encryption)
    while len(body) <= limit:
        largest, size = body, size + 3
        body = seal(b"x" * size, signing=sender.signing, recipient=hub.encryption)
    assert limit - len(largest) < 8
    assert len(opened(largest, hub, sender, limit=limit).payload) == size - 3


def lookups(hub: System, sender: System) -> dict[str, Callable[[KeyId], object]]:
    return {
        "decryption": {hub.decryption.kid: hub.decryption}.get,
        "verifying": {sender.verifying.kid: sender.verifying}.get,
    }


@pytest.mark.parametrize("which", ["decryption", "verifying"])
def test_a_key_of_ours_that_does_not_load_is_our_fault(
    hubs: dict[Suite, System], senders: dict[Suite, System], which: str
) -> None:
    def broken(kid: KeyId) -> None:
        raise fault

    hub, sender = hubs[Suite.S1], senders[Suite.S1]
    body = seal(PAYLOAD, signing=sender.signing, recipient=hub.encryption)
    fault = OurFault("hub-key-missing", "Restore the key.")
    with pytest.raises(OurFault) as escaped:
        open_envelope(body, **{**lookups(hub, sender), which: broken}, limit=TO_HUB_LIMIT)  # type: ignore[arg-type]
    assert escaped.value is fault


@pytest.mark.parametrize("which", ["decryption", "verifying"])
def test_a_bug_in_a_lookup_is_our_fault(hubs: dict[Suite, System], senders: dict[Suite, System], which: str) -> None:
    def buggy(kid: KeyId) -> None:
        raise KeyError(kid)

    hub, sender = hubs[Suite.S1], senders[Suite.S1]
    other = {"decryption": System.of(Suite.S1).decryption, "verifying": System.of(Suite.S1).verifying}[which]
    body = seal(PAYLOAD, signing=sender.signing, recipient=hub.encryption)
    for lookup in (buggy, lambda kid: other):
        with pytest.raises(OurFault) as escaped:
            open_envelope(body, **{**lookups(hub, sender), which: lookup}, limit=TO_HUB_LIMIT)  # type: ignore[arg-type]
        assert escaped.value.code == "key-lookup"


def test_lookups_are_asked_once_each_with_the_id_in_the_header(
    hubs: dict[Suite, System], senders: dict[Suite, System]
) -> None:
    hub, sender, asked = hubs[Suite.S1], senders[Suite.S1X], []
    body = seal(PAYLOAD, signing=sender.signing, recipient=hub.encryption)
    open_envelope(
        body,
        decryption=lambda kid: asked.append(kid) or hub.decryption,  # type: ignore[func-returns-value]
        verifying=lambda kid: asked.append(kid) or sender.verifying,  # type: ignore[func-returns-value]
        limit=TO_HUB_LIMIT,
    )
    assert asked == [hub.encryption.kid, sender.signing.kid]


def test_what_was_opened_does_not_show_its_payload(hubs: dict[Suite, System], senders: dict[Suite, System]) -> None:
    hub, sender = hubs[Suite.S1], senders[Suite.S1]
    result = opened(seal(PAYLOAD, signing=sender.signing, recipient=hub.encryption), hub, sender)
    assert CANARY not in repr(result)
    assert result.sha256 in repr(result)


def test_sealing_with_a_key_that_cannot_work_is_our_fault_and_shows_no_payload(hubs: dict[Suite, System]) -> None:
    sender = System.of(Suite.S1)
    misused = EncryptionKey(hubs[Suite.S1X].verifying.kid, Suite.S1X, hubs[Suite.S1X].verifying.jose)
    with pytest.raises(OurFault) as failed:
        seal(PAYLOAD, signing=sender.signing, recipient=misused)
    assert failed.value.code == "seal-failed"
    assert CANARY not in repr(failed.value)
    assert failed.value.__context__ is None


@pytest.mark.parametrize("step", ["decrypt", "verify"])
@pytest.mark.parametrize("raised", [ValueError, KeyError, TypeError, AssertionError, RecursionError, IndexError])
def test_whatever_the_library_raises_becomes_one_refusal(
    hubs: dict[Suite, System],
    senders: dict[Suite, System],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    raised: type[Exception],
) -> None:
    hub, sender = hubs[Suite.S1], senders[Suite.S1]
    body = seal(PAYLOAD, signing=sender.signing, recipient=hub.encryption)
    monkeypatch.setattr(jose, step, failing(raised(CANARY)))
    with pytest.raises(Rejection) as refused:
        opened(body, hub, sender)
    assert refused.value.reason is Code.ENVELOPE_INVALID
    assert refused.value.__context__ is None
    assert CANARY not in repr(refused.value) + refused.value.detail


@pytest.mark.parametrize("step", ["decrypt", "verify"])
@pytest.mark.parametrize("raised", [MemoryError(), UnsupportedAlgorithm("X25519")])
def test_a_crypto_library_that_cannot_work_is_our_fault(
    hubs: dict[Suite, System],
    senders: dict[Suite, System],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    raised: Exception,
) -> None:
    hub, sender = hubs[Suite.S1], senders[Suite.S1]
    body = seal(PAYLOAD, signing=sender.signing, recipient=hub.encryption)
    monkeypatch.setattr(jose, step, failing(raised))
    with pytest.raises(OurFault) as failed:
        opened(body, hub, sender)
    assert failed.value.code == "crypto-unavailable"


def failing(error: Exception) -> Callable[..., bytes]:
    def fail(*_: object) -> bytes:
        raise error

    return fail
