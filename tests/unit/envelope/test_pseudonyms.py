import hashlib
import hmac
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.canonical.codes import MatchGround, Trait
from hub.envelope.at_rest import StorageKey
from hub.envelope.pseudonyms import PseudonymKey, keyed_traits, pseudonym, subject_pseudonym
from hub.errors import OperatorError

BSN = "999911004"
KEY = PseudonymKey.of(bytes(range(32)))
OTHER = PseudonymKey.of(bytes(32))


def test_a_pseudonym_is_the_mac_of_purpose_kind_and_text_each_with_its_length() -> None:
    """Written out by hand, so that no change of the code can quietly make every stored pseudonym another one."""
    said = b"\0\0\0\x11ketenhub:radar:v1\0\0\0\x03bsn\0\0\0\x09999911004"

    assert pseudonym(KEY, MatchGround.BSN, BSN) == hmac.new(bytes(range(32)), said, hashlib.sha256).digest()


def test_the_same_text_is_the_same_pseudonym_under_one_key_and_another_under_another() -> None:
    again = PseudonymKey.load(KEY.jwk())

    assert pseudonym(again, MatchGround.BSN, BSN) == pseudonym(KEY, MatchGround.BSN, BSN)
    assert pseudonym(OTHER, MatchGround.BSN, BSN) != pseudonym(KEY, MatchGround.BSN, BSN)
    assert subject_pseudonym(OTHER, BSN) != subject_pseudonym(KEY, BSN)


def test_no_kind_or_purpose_ever_meets_another() -> None:
    made = [pseudonym(KEY, kind, BSN).hex() for kind in MatchGround] + [subject_pseudonym(KEY, BSN)]

    assert len(set(made)) == len(MatchGround) + 1
    assert {len(one) for one in made} == {64}


@settings(derandomize=True, deadline=None)
@given(st.sampled_from(MatchGround), st.text(), st.sampled_from(MatchGround), st.text())
def test_two_pseudonyms_are_one_only_if_kind_and_text_are(
    kind: MatchGround, text: str, other_kind: MatchGround, other: str
) -> None:
    same = (kind, text) == (other_kind, other)

    assert (pseudonym(KEY, kind, text) == pseudonym(KEY, other_kind, other)) is same
    assert subject_pseudonym(KEY, text) != pseudonym(KEY, kind, text).hex()


SAID = frozenset({(Trait.SEX, "vrouw"), (Trait.BIRTH_DATE, "_0170530")})


def test_a_trait_is_the_mac_of_what_is_said_under_a_key_of_the_number_it_stands_beside() -> None:
    """Written out by hand, so that no change of the code can quietly make every stored trait another one."""
    of = b"\0\0\0\x18ketenhub:radar:traits:v1\0\0\0\x03bsn\0\0\0\x09999911004"
    own = hmac.new(bytes(range(32)), of, hashlib.sha256).digest()

    assert keyed_traits(KEY, MatchGround.BSN, BSN, SAID) == {
        (trait, hmac.new(own, text.encode(), hashlib.sha256).digest()[:8]) for trait, text in SAID
    }


def test_the_same_trait_beside_another_number_or_under_another_key_is_another() -> None:
    made = [
        keyed_traits(KEY, MatchGround.BSN, BSN, SAID),
        keyed_traits(KEY, MatchGround.SKN, BSN, SAID),
        keyed_traits(KEY, MatchGround.BSN, "999933000", SAID),
        keyed_traits(OTHER, MatchGround.BSN, BSN, SAID),
    ]

    assert len(frozenset().union(*made)) == len(made) * len(SAID)
    assert keyed_traits(KEY, MatchGround.BSN, BSN, ()) == frozenset()


def test_the_text_is_nowhere_in_its_pseudonym() -> None:
    assert BSN.encode() not in pseudonym(KEY, MatchGround.BSN, BSN)
    assert pseudonym(KEY, MatchGround.BSN, BSN) != hashlib.sha256(BSN.encode()).digest()


def test_new_keys_are_32_bytes_and_never_the_same() -> None:
    one, other = PseudonymKey.new(), PseudonymKey.new()

    assert len(one.secret) == len(other.secret) == 32
    assert one.id != other.id
    assert one != StorageKey.of(one.secret)


def test_nothing_secret_shows_in_a_repr() -> None:
    key = PseudonymKey.new()

    assert key.id in repr(key)
    assert json.loads(key.jwk())["k"] not in repr(key)
    assert repr(key.secret)[2:-1] not in repr(key)


@pytest.mark.parametrize("change", [{"k": "AA"}, {"k": None}, {"kid": "other"}, {"kty": "EC"}])
def test_a_damaged_key_file_is_refused_without_showing_it(change: dict[str, object]) -> None:
    members = json.loads(KEY.jwk())
    with pytest.raises(OperatorError) as refused:
        PseudonymKey.load(json.dumps({**members, **change}))
    assert refused.value.code == "key-pseudonym"
    assert members["k"] not in str(refused.value)
