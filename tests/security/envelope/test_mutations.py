"""Over 20,000 changed messages, by the same choices on every run: none is accepted, only `Rejection` comes out.

Half of the changes are made to the body as it travels, half to the signed token inside an envelope that opens. Every
suite gets every kind of change, to messages of two makers (the hub's own code and a second library).
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jwcrypto import jwe, jwk

from hub.canonical.partners import Suite
from hub.envelope.opening import open_envelope
from hub.envelope.policy import TO_HUB_LIMIT
from hub.envelope.sealing import seal
from hub.errors import Rejection
from tests.security.envelope.scene import Scene
from tests.unit.envelope.kit import PAYLOAD, b64, dumps, forge_jws, jwe_header, jws_header, opened, unb64

EACH = 700
"""Changes of one kind to one layer in one suite."""
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

Mutation = Callable[[bytes, bytes, random.Random], bytes]


def flip_bits(token: bytes, other: bytes, chance: random.Random) -> bytes:
    changed = bytearray(token)
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def change_characters(token: bytes, other: bytes, chance: random.Random) -> bytes:
    """Within the alphabet, so that only cryptography can see it."""
    changed = bytearray(token)
    for _ in range(chance.choice((1, 1, 2, 5))):
        position = chance.randrange(len(changed))
        if changed[position] != ord("."):
            changed[position] = chance.choice(ALPHABET)
    return bytes(changed)


def flip_decoded_bit(token: bytes, other: bytes, chance: random.Random) -> bytes:
    """In one part's bytes, encoded again canonically."""
    parts = token.split(b".")
    number = chance.randrange(len(parts))
    raw = bytearray(unb64(parts[number]))
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    parts[number] = b64(bytes(raw))
    return b".".join(parts)


def truncate(token: bytes, other: bytes, chance: random.Random) -> bytes:
    length = chance.randrange(len(token))
    return chance.choice((token[:length], token[length:], token[:-1], token[1:]))


def resize_part(token: bytes, other: bytes, chance: random.Random) -> bytes:
    parts = token.split(b".")
    number = chance.randrange(len(parts))
    raw = unb64(parts[number])
    cut = chance.randrange(len(raw) + 1)
    parts[number] = b64(chance.choice((raw[:cut], raw[cut:], raw + bytes(cut % 40 + 1), bytes(cut % 40 + 1) + raw)))
    return b".".join(parts)


def swap_parts(token: bytes, other: bytes, chance: random.Random) -> bytes:
    """Parts of two good messages mixed, or of one in another order."""
    mine, theirs = token.split(b"."), other.split(b".")
    if chance.random() < 0.3:
        chance.shuffle(mine)
        return b".".join(mine)
    return b".".join(chance.choice(pair) for pair in zip(mine, theirs, strict=True))


def insert_or_remove(token: bytes, other: bytes, chance: random.Random) -> bytes:
    position, length = chance.randrange(len(token)), chance.randrange(1, 20)
    noise = chance.choice((b".", b"=", b"\n", b" ", b"\x00", b"AAAA", chance.randbytes(length), token[:length]))
    return chance.choice((token[:position] + noise + token[position:], token[:position] + token[position + length :]))


def edit_header(token: bytes, other: bytes, chance: random.Random) -> bytes:
    parts = token.split(b".")
    parts[0] = b64(chance.choice(HEADER_EDITS)(json.loads(unb64(parts[0])), chance))
    return b".".join(parts)


VALUES: list[Any] = ["", "none", "A", "A" * 43, "HS256", "dir", "ES256", "Ed25519", "A128GCM", None, 0, -1, 2**53, True]
VALUES += [[], {}, ["alg"], {"kty": "oct", "k": "AAAA"}, "\x00", "\ud800", "é", "http://127.0.0.1/", "x" * 400]
NAMES = [
    "alg",
    "enc",
    "kid",
    "cty",
    "typ",
    "epk",
    "zip",
    "crit",
    "jku",
    "x5u",
    "x5c",
    "jwk",
    "b64",
    "apu",
    "p2c",
    "ek",
    "",
]


def _without(header: dict[str, Any], chance: random.Random) -> bytes:
    del header[chance.choice([*header])]
    return dumps(header)


def _with(header: dict[str, Any], chance: random.Random) -> bytes:
    header[chance.choice(NAMES)] = chance.choice(VALUES)
    return dumps(header)


def _with_in_epk(header: dict[str, Any], chance: random.Random) -> bytes:
    inner = header.get("epk", header)
    inner[chance.choice(["kty", "crv", "x", "y", "d", "kid"])] = chance.choice(VALUES)
    return dumps(header)


def _renamed(header: dict[str, Any], chance: random.Random) -> bytes:
    name = chance.choice([*header])
    header[chance.choice((name.upper(), name + " ", "\u200b" + name, name[::-1] + "x"))] = header.pop(name)
    return dumps(header)


def _twice(header: dict[str, Any], chance: random.Random) -> bytes:
    name = chance.choice([*header])
    value = json.dumps(chance.choice((header[name], *VALUES))).encode()
    return dumps(header)[:-1] + b"," + json.dumps(name).encode() + b":" + value + b"}"


def _other_text(header: dict[str, Any], chance: random.Random) -> bytes:
    """The same header in other octets: the octets are what is protected."""
    text = dumps(header)
    return chance.choice((
        json.dumps(header).encode(), json.dumps(header, indent=chance.randrange(9)).encode(), text + b" ", b"\n" + text,
        dumps(dict(reversed(header.items()))), b"[" * 30 + text + b"]" * 30, text[:-1], text + text, b"",
    ))  # fmt: skip


HEADER_EDITS = (_without, _with, _with_in_epk, _renamed, _twice, _other_text)
MUTATIONS: tuple[Mutation, ...] = (
    flip_bits, change_characters, flip_decoded_bit, truncate, resize_part, swap_parts, insert_or_remove, edit_header,
)  # fmt: skip


def try_to_open(body: bytes, scene: Scene) -> str:
    """`accepted`, or our reason for refusing; any other exception fails the test by itself."""
    try:
        open_envelope(body, decryption=scene.decryption, verifying=scene.verifying, limit=TO_HUB_LIMIT)
    except Rejection as rejection:
        return rejection.detail
    return "accepted"


def by_second_library(scene: Scene) -> bytes:
    header = {name: value for name, value in jwe_header(scene.hub, scene.forged).items() if name != "epk"}
    token = jwe.JWE(scene.jws(), json.dumps(header), algs=[*scene.algorithms], recipient=jwk.JWK(**scene.hub.enc))
    sealed: str = token.serialize(compact=True)
    return sealed.encode()


def changed(originals: list[bytes], mutation: Mutation, chance: random.Random) -> Iterator[bytes]:
    """Changed messages, each different from all originals."""
    made = 0
    while made < EACH:
        token, other = chance.sample(originals, 2)
        if (mutant := mutation(token, other, chance)) not in originals:
            made += 1
            yield mutant


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_no_changed_body_is_accepted(scene: Scene, mutation: Mutation) -> None:
    ours = [seal(PAYLOAD, signing=scene.sender.signing, recipient=scene.hub.encryption) for _ in range(2)]
    originals = [*ours, by_second_library(scene), by_second_library(scene)]
    assert all(opened(body, scene.hub, scene.sender).payload == PAYLOAD for body in originals)
    chance = random.Random(f"outside {mutation.__name__}")
    reasons = Counter(try_to_open(body, scene) for body in changed(originals, mutation, chance))
    assert reasons["accepted"] == 0
    assert reasons.total() == EACH
    assert reasons["jwe not decrypted"] or mutation is truncate, "the changes must get past our own reading"


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_no_changed_token_in_a_good_envelope_is_accepted(scene: Scene, mutation: Mutation) -> None:
    originals = [scene.jws(), forge_jws(b'{"a":1}', dumps(jws_header(scene.sender)) + b" ", scene.sender)]
    assert all(try_to_open(scene.jwe(token), scene) == "accepted" for token in originals)
    chance = random.Random(f"inside {mutation.__name__}")
    reasons = Counter(try_to_open(scene.jwe(token), scene) for token in changed(originals, mutation, chance))
    assert reasons["accepted"] == 0
    assert reasons.total() == EACH
    assert reasons["jws not verified"] or mutation is truncate, "the changes must get past our own reading"


def test_there_are_more_than_twenty_thousand_of_them() -> None:
    suites, layers = len(Suite), 2
    assert EACH * len(MUTATIONS) * suites * layers >= 20_000
