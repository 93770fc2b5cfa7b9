import dataclasses
import json
import os
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from hub.envelope.at_rest import Kept, Label, StorageKey, WrappingKey, keep, reveal, rewrap
from hub.envelope.ratchet import PeriodKey
from hub.errors import OperatorError, OurFault, Surroundings

TEXT = b"Kanariepiet Vogelzang, Nestkastlaan 1"
ROW = b"outbox/8d1f"
CHAIN = PeriodKey.begin()
STORAGE = StorageKey.new()


def wrapping(step: int, storage: StorageKey = STORAGE) -> WrappingKey:
    return CHAIN.at(step).wrapping(storage)


def having(*keys: WrappingKey) -> Callable[[Label], WrappingKey]:
    here = {key.label: key for key in keys}

    def asked(label: Label) -> WrappingKey:
        if label not in here:
            raise Surroundings("not-here", f"{label} is not here.")
        return here[label]

    return asked


@pytest.fixture(scope="module")
def key() -> WrappingKey:
    return wrapping(1)


def fault(kept: Kept, *keys: WrappingKey, bound_to: bytes = ROW) -> OurFault:
    with pytest.raises(OurFault) as damaged:
        reveal(kept, keys=having(*keys), bound_to=bound_to)
    assert damaged.value.__context__ is None
    return damaged.value


def kept_before_periods(plaintext: bytes, storage: StorageKey, bound_to: bytes) -> Kept:
    """As the version of November 2026 kept it, from its description and not by its code."""
    data_key, nonce = os.urandom(32), os.urandom(12)
    label = b"\x01+" + storage.id.encode()
    return Kept(
        nonce + AESGCM(data_key).encrypt(nonce, plaintext, label + bound_to),
        label + aes_key_wrap(storage.secret, data_key),
    )


@pytest.mark.parametrize("plaintext", [TEXT, b"", b"\x00" * 200_000])
def test_what_is_kept_can_be_revealed(key: WrappingKey, plaintext: bytes) -> None:
    kept = keep(plaintext, key=key, bound_to=ROW)
    assert reveal(kept, keys=having(key), bound_to=ROW) == plaintext


def test_content_and_its_key_are_nowhere_in_the_clear_and_never_the_same_twice(key: WrappingKey) -> None:
    first, second = keep(TEXT, key=key, bound_to=ROW), keep(TEXT, key=key, bound_to=ROW)
    assert TEXT[:8] not in first.ciphertext + first.wrapped_key
    assert key.secret not in first.wrapped_key
    assert first.ciphertext[12:] != second.ciphertext[12:]
    assert first.ciphertext[:12] != second.ciphertext[:12]
    assert first.wrapped_key[-40:] != second.wrapped_key[-40:]


def test_what_is_wrapped_anew_is_the_same_ciphertext_and_opens_with_the_new_key_alone(key: WrappingKey) -> None:
    kept, newer = keep(TEXT, key=key, bound_to=ROW), wrapping(2)
    again = rewrap(kept, keys=having(key), key=newer, bound_to=ROW)

    assert again.ciphertext == kept.ciphertext
    assert reveal(again, keys=having(newer), bound_to=ROW) == TEXT
    assert fault(again, key).code == "not-here"
    assert fault(kept, newer).code == "not-here"


def test_a_new_storage_key_takes_over_in_the_same_way(key: WrappingKey) -> None:
    kept, newer = keep(TEXT, key=key, bound_to=ROW), wrapping(1, StorageKey.new())
    again = rewrap(kept, keys=having(key), key=newer, bound_to=ROW)
    assert again.ciphertext == kept.ciphertext
    assert reveal(again, keys=having(newer), bound_to=ROW) == TEXT


def test_what_is_from_before_periods_opens_and_is_encrypted_anew_when_it_is_wrapped_anew(key: WrappingKey) -> None:
    kept = kept_before_periods(TEXT, STORAGE, ROW)
    before = WrappingKey(Label(STORAGE.id), STORAGE.secret)
    assert reveal(kept, keys=having(before), bound_to=ROW) == TEXT
    assert fault(kept, before, bound_to=b"outbox/9").code == "at-rest-damaged"

    again = rewrap(kept, keys=having(before), key=key, bound_to=ROW)

    assert again.ciphertext[12:] != kept.ciphertext[12:]  # its data key stands in old copies, under a key that stays
    assert reveal(again, keys=having(key), bound_to=ROW) == TEXT
    assert fault(again, before).code == "not-here"


def test_before_the_first_period_content_is_kept_as_the_version_before_reads_it() -> None:
    kept = keep(TEXT, key=WrappingKey(Label(STORAGE.id), STORAGE.secret), bound_to=ROW)
    label = b"\x01+" + STORAGE.id.encode()
    assert kept.wrapped_key[:-40] == label
    data_key = aes_key_unwrap(STORAGE.secret, kept.wrapped_key[-40:])
    assert AESGCM(data_key).decrypt(kept.ciphertext[:12], kept.ciphertext[12:], label + ROW) == TEXT


def test_wrapping_anew_what_is_damaged_says_so(key: WrappingKey) -> None:
    kept = keep(TEXT, key=key, bound_to=ROW)
    changed = dataclasses.replace(kept, wrapped_key=kept.wrapped_key[:-1] + bytes((kept.wrapped_key[-1] ^ 1,)))
    for damaged in (changed, Kept(kept.ciphertext, b""), Kept(kept.ciphertext, b"\x03" + kept.wrapped_key[1:])):
        with pytest.raises(OurFault) as refused:
            rewrap(damaged, keys=having(key), key=wrapping(2), bound_to=ROW)
        assert refused.value.code == "at-rest-damaged"


def test_every_changed_bit_is_seen(key: WrappingKey) -> None:
    kept = keep(TEXT, key=key, bound_to=ROW)
    for column in ("ciphertext", "wrapped_key"):
        data = getattr(kept, column)
        for bit in range(len(data) * 8):
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            tampered = dataclasses.replace(kept, **{column: bytes(changed)})
            assert fault(tampered, key).code in {"at-rest-damaged", "not-here"}


@pytest.mark.parametrize("length", [0, 1, 11, 12, 27, 28, -1, -16])
def test_a_shortened_column_is_seen(key: WrappingKey, length: int) -> None:
    kept = keep(TEXT, key=key, bound_to=ROW)
    assert fault(dataclasses.replace(kept, ciphertext=kept.ciphertext[:length]), key).code == "at-rest-damaged"
    assert fault(dataclasses.replace(kept, wrapped_key=kept.wrapped_key[:length]), key).code == "at-rest-damaged"


def test_a_lengthened_column_is_seen(key: WrappingKey) -> None:
    kept = keep(TEXT, key=key, bound_to=ROW)
    assert fault(dataclasses.replace(kept, ciphertext=kept.ciphertext + b"\x00"), key).code == "at-rest-damaged"
    assert fault(dataclasses.replace(kept, wrapped_key=kept.wrapped_key + b"\x00"), key).code == "at-rest-damaged"


def test_content_cannot_be_moved_to_another_row_nor_into_the_form_of_before(key: WrappingKey) -> None:
    kept, neighbour = keep(TEXT, key=key, bound_to=ROW), keep(b"x", key=key, bound_to=b"outbox/9")
    for moved_to in (b"", b"outbox/9", ROW + b"0", ROW[:-1]):
        assert fault(kept, key, bound_to=moved_to).code == "at-rest-damaged"
    assert fault(Kept(kept.ciphertext, neighbour.wrapped_key), key).code == "at-rest-damaged"
    assert fault(Kept(neighbour.ciphertext, kept.wrapped_key), key).code == "at-rest-damaged"
    relabelled = b"\x01" + kept.wrapped_key[1:]
    assert fault(Kept(kept.ciphertext, relabelled), key).code == "at-rest-damaged"


def test_another_key_under_the_same_label_does_not_open_it(key: WrappingKey) -> None:
    kept = keep(TEXT, key=key, bound_to=ROW)
    assert fault(kept, WrappingKey(key.label, wrapping(2).secret)).code == "at-rest-damaged"


@pytest.mark.parametrize(
    "label", [b"Jan \n", b"a.b", b"a.b.c", b"a.b.1.2", b"a.b.01", b"a.b.-1", b".b.1", b"a..1", b"a.b.1234567890"]
)
def test_a_label_that_is_none_never_reaches_a_sentence(key: WrappingKey, label: bytes) -> None:
    kept = keep(TEXT, key=key, bound_to=ROW)
    for version in (1, 2):
        odd = bytes((version, len(label))) + label + kept.wrapped_key[-40:]
        damaged = fault(Kept(kept.ciphertext, odd), key)
        assert damaged.code == "at-rest-damaged"
        assert label.decode() not in str(damaged)


@pytest.mark.parametrize("label", [Label("abc"), Label("abc", "x-_9", 0), Label("abc", "x", 999_999_999)])
def test_a_label_survives_its_text(label: Label) -> None:
    assert Label.read(str(label)) == label


def test_nothing_secret_shows_in_a_repr(key: WrappingKey) -> None:
    kept = keep(TEXT, key=key, bound_to=ROW)
    shown = repr(key) + str(key) + repr(kept) + repr(STORAGE)
    assert STORAGE.id in shown
    for secret in (key.secret, STORAGE.secret):
        assert repr(secret)[2:-1] not in shown
        assert secret.hex() not in shown
    assert json.loads(STORAGE.jwk())["k"] not in shown
    assert repr(kept) == "Kept()"


def test_a_storage_key_survives_its_file() -> None:
    loaded = StorageKey.load(STORAGE.jwk())
    assert (loaded.id, loaded.secret) == (STORAGE.id, STORAGE.secret)
    assert StorageKey.new().id != STORAGE.id


@pytest.mark.parametrize(
    "change", [{"k": "AA"}, {"k": "A" * 43}, {"k": None}, {"kid": "other"}, {"kid": None}, {"kty": "EC"}]
)
def test_a_damaged_key_file_is_refused_without_showing_it(change: dict[str, object]) -> None:
    members = json.loads(STORAGE.jwk())
    with pytest.raises(OperatorError) as refused:
        StorageKey.load(json.dumps({**members, **change}))
    assert refused.value.code == "key-storage"
    assert members["k"] not in str(refused.value)
