import dataclasses
import json

import pytest

from hub.envelope.at_rest import Kept, StorageKey, keep, reveal
from hub.errors import OperatorError, OurFault

TEXT = b"Kanariepiet Vogelzang, Nestkastlaan 1"
ROW = b"outbox/8d1f"


@pytest.fixture(scope="module")
def key() -> StorageKey:
    return StorageKey.new()


def fault(kept: Kept, *keys: StorageKey, bound_to: bytes = ROW) -> OurFault:
    with pytest.raises(OurFault) as damaged:
        reveal(kept, keys={key.id: key for key in keys}.get, bound_to=bound_to)
    assert damaged.value.__context__ is None
    return damaged.value


@pytest.mark.parametrize("plaintext", [TEXT, b"", b"\x00" * 200_000])
def test_what_is_kept_can_be_revealed(key: StorageKey, plaintext: bytes) -> None:
    kept = keep(plaintext, key=key, bound_to=ROW)
    assert reveal(kept, keys={key.id: key}.get, bound_to=ROW) == plaintext


def test_content_and_its_key_are_nowhere_in_the_clear_and_never_the_same_twice(key: StorageKey) -> None:
    first, second = keep(TEXT, key=key, bound_to=ROW), keep(TEXT, key=key, bound_to=ROW)
    assert TEXT[:8] not in first.ciphertext + first.wrapped_key
    assert key.secret not in first.wrapped_key
    assert first.ciphertext[12:] != second.ciphertext[12:]
    assert first.ciphertext[:12] != second.ciphertext[:12]
    assert first.wrapped_key[-40:] != second.wrapped_key[-40:]


def test_an_old_row_opens_with_the_old_key_after_a_new_one_came(key: StorageKey) -> None:
    kept, newer = keep(TEXT, key=key, bound_to=ROW), StorageKey.new()
    assert reveal(kept, keys={newer.id: newer, key.id: key}.get, bound_to=ROW) == TEXT
    assert fault(kept, newer).code == "hub-key-missing"
    assert key.id in fault(kept, newer).sentence


def test_every_changed_bit_is_seen(key: StorageKey) -> None:
    kept = keep(TEXT, key=key, bound_to=ROW)
    for column in ("ciphertext", "wrapped_key"):
        data = getattr(kept, column)
        for bit in range(len(data) * 8):
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            tampered = dataclasses.replace(kept, **{column: bytes(changed)})
            assert fault(tampered, key).code in {"at-rest-damaged", "hub-key-missing"}


@pytest.mark.parametrize("length", [0, 1, 11, 12, 27, 28, -1, -16])
def test_a_shortened_column_is_seen(key: StorageKey, length: int) -> None:
    kept = keep(TEXT, key=key, bound_to=ROW)
    assert fault(dataclasses.replace(kept, ciphertext=kept.ciphertext[:length]), key).code == "at-rest-damaged"
    assert fault(dataclasses.replace(kept, wrapped_key=kept.wrapped_key[:length]), key).code == "at-rest-damaged"


def test_a_lengthened_column_is_seen(key: StorageKey) -> None:
    kept = keep(TEXT, key=key, bound_to=ROW)
    assert fault(dataclasses.replace(kept, ciphertext=kept.ciphertext + b"\x00"), key).code == "at-rest-damaged"
    assert fault(dataclasses.replace(kept, wrapped_key=kept.wrapped_key + b"\x00"), key).code == "at-rest-damaged"


def test_content_cannot_be_moved_to_another_row(key: StorageKey) -> None:
    kept, neighbour = keep(TEXT, key=key, bound_to=ROW), keep(b"x", key=key, bound_to=b"outbox/9")
    for moved_to in (b"", b"outbox/9", ROW + b"0", ROW[:-1]):
        assert fault(kept, key, bound_to=moved_to).code == "at-rest-damaged"
    assert fault(Kept(kept.ciphertext, neighbour.wrapped_key), key).code == "at-rest-damaged"
    assert fault(Kept(neighbour.ciphertext, kept.wrapped_key), key).code == "at-rest-damaged"


def test_another_key_under_the_same_id_does_not_open_it(key: StorageKey) -> None:
    kept = keep(TEXT, key=key, bound_to=ROW)
    assert fault(kept, StorageKey(key.id, StorageKey.new().secret)).code == "at-rest-damaged"


def test_an_id_that_is_no_id_never_reaches_a_sentence(key: StorageKey) -> None:
    kept = keep(TEXT, key=key, bound_to=ROW)
    odd = bytes((1, 5)) + b"Jan \n" + kept.wrapped_key[-40:]
    assert "Jan" not in str(fault(Kept(kept.ciphertext, odd), key))


def test_nothing_secret_shows_in_a_repr(key: StorageKey) -> None:
    kept = keep(TEXT, key=key, bound_to=ROW)
    shown = repr(key) + str(key) + repr(kept)
    assert key.id in shown
    assert repr(key.secret)[2:-1] not in shown
    assert key.secret.hex() not in shown
    assert json.loads(key.jwk())["k"] not in shown
    assert repr(kept) == "Kept()"


def test_a_storage_key_survives_its_file(key: StorageKey) -> None:
    loaded = StorageKey.load(key.jwk())
    assert (loaded.id, loaded.secret) == (key.id, key.secret)
    assert StorageKey.new().id != key.id


@pytest.mark.parametrize(
    "change", [{"k": "AA"}, {"k": "A" * 43}, {"k": None}, {"kid": "other"}, {"kid": None}, {"kty": "EC"}]
)
def test_a_damaged_key_file_is_refused_without_showing_it(key: StorageKey, change: dict[str, object]) -> None:
    members = json.loads(key.jwk())
    with pytest.raises(OperatorError) as refused:
        StorageKey.load(json.dumps({**members, **change}))
    assert refused.value.code == "key-storage"
    assert members["k"] not in str(refused.value)
