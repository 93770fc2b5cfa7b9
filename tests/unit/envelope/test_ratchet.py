"""The chain of period keys: forward for everybody who has one, back for nobody."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.envelope.at_rest import Label, StorageKey
from hub.envelope.ratchet import MOST_STEPS, PeriodKey
from hub.errors import OperatorError

STEPS = st.integers(0, 40)


@given(first=STEPS, second=STEPS, third=STEPS)
def test_machines_that_step_in_other_strides_come_to_the_same_key(first: int, second: int, third: int) -> None:
    key = PeriodKey.begin()
    one, another, last = sorted((first, second, third))
    assert key.at(one).at(another).at(last).secret == key.at(last).secret
    assert key.at(last).step == last


@given(held=STEPS, wanted=STEPS)
def test_no_earlier_key_is_derived_from_a_later_one(held: int, wanted: int) -> None:
    key = PeriodKey.begin().at(held)
    if wanted >= held:
        assert key.at(wanted).chain == key.chain
        return
    with pytest.raises(ValueError, match="cannot be derived"):
        key.at(wanted)


def test_a_step_that_lies_absurdly_far_ahead_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="cannot be derived"):
        PeriodKey.begin().at(MOST_STEPS + 1)


def test_no_two_keys_of_a_chain_or_of_two_chains_are_alike() -> None:
    one, other = PeriodKey.begin(), PeriodKey.begin()
    keys = [chain.at(step) for chain in (one, other) for step in range(20)]
    storage = [StorageKey.new(), StorageKey.new()]
    wrapping = [key.wrapping(half) for key in keys for half in storage]

    secrets = [key.secret for key in keys] + [key.secret for key in wrapping]
    assert len(set(secrets)) == len(secrets)
    assert len({str(key.label) for key in wrapping}) == len(wrapping)


def test_what_wraps_needs_both_halves_and_says_which() -> None:
    key, storage = PeriodKey.begin().at(3), StorageKey.new()
    assert key.wrapping(storage).label == Label(storage.id, key.chain, 3)
    assert key.wrapping(storage).secret == key.wrapping(storage).secret
    # The same chain, step and id over another secret: nothing that is written on it makes it.
    assert PeriodKey(key.chain, 3, bytes(32)).wrapping(storage).secret != key.wrapping(storage).secret
    assert key.wrapping(StorageKey(storage.id, bytes(32))).secret != key.wrapping(storage).secret


def test_a_key_survives_its_file() -> None:
    key = PeriodKey.begin().at(7)
    loaded = PeriodKey.load(key.text())
    assert (loaded.chain, loaded.step, loaded.secret) == (key.chain, 7, key.secret)


@pytest.mark.parametrize(
    "change",
    [
        {"k": "AA"}, {"k": "A" * 43}, {"k": None}, {"kid": "other"}, {"kid": None}, {"kty": "EC"}, {"step": 8},
        {"step": -1}, {"step": "7"}, {"step": True}, {"step": None}, {"chain": "A" * 22}, {"chain": "x"}, {"chain": 1},
    ],
)  # fmt: skip
def test_a_file_that_was_changed_anywhere_is_refused_without_showing_it(change: dict[str, object]) -> None:
    members = json.loads(PeriodKey.begin().at(7).text())
    with pytest.raises(OperatorError) as refused:
        PeriodKey.load(json.dumps({**members, **change}))
    assert refused.value.code == "key-period"
    assert members["k"] not in str(refused.value)


def test_nothing_secret_shows_in_a_repr() -> None:
    key = PeriodKey.begin()
    wrapping = key.wrapping(StorageKey.new())
    for secret in (key.secret, wrapping.secret):
        assert repr(secret)[2:-1] not in repr(key) + repr(wrapping)
        assert secret.hex() not in repr(key) + repr(wrapping)
