"""Ids that leave the hub: the same for the same cause, another for any other, and UUIDs to everybody."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from hub.envelope.derived import IdKey, derived
from hub.envelope.octets import SIZE

KEY, OTHER = IdKey.of(bytes(SIZE)), IdKey.of(bytes([1] * SIZE))
texts = st.lists(st.text(max_size=20), max_size=4)


@given(texts, texts)
def test_two_ids_are_the_same_exactly_if_what_they_are_made_of_is(one: list[str], other: list[str]) -> None:
    assert (derived(KEY, *one) == derived(KEY, *other)) == (one == other)


@given(texts)
def test_another_key_gives_another_id(parts: list[str]) -> None:
    assert derived(KEY, *parts) != derived(OTHER, *parts)


@given(texts)
def test_an_id_is_a_uuid_of_version_8(parts: list[str]) -> None:
    found = derived(KEY, *parts)

    assert (found.version, found.variant) == (8, "specified in RFC 4122")


def test_ids_have_nothing_in_common() -> None:
    found = [derived(KEY, str(number)).int for number in range(200)]

    assert min((one ^ other).bit_count() for one, other in combinations(found, 2)) > 20


def test_an_id_stays_what_it_was_whatever_is_changed_in_the_code() -> None:
    assert str(derived(KEY, "zaak", "bericht", "3f" * 32)) == "0c070833-83fc-889e-a568-d8556a2a28d9"


def test_a_key_shows_itself_to_nobody() -> None:
    assert "secret" not in repr(KEY)
    assert IdKey.load(KEY.jwk()) == KEY
