"""The hub's keys in a partner's own file: whatever comes late, twice or out of turn, the same keys count."""

import json
from datetime import timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.canonical.partners import KeyUse, Suite
from hub.envelope import keys
from hub.errors import OperatorError
from hub.partner.hub_keys import News, taken
from hub.partner.profile import hub_document, hub_stamp, with_hub, write_hub
from hub.schemas.samples import sample
from tests.unit.partner.kit import HUB_KEYS, NOW, enrolled, hub_json

PAIRS = [keys.generate(Suite.S1) for _ in range(3)]
OTHER = keys.generate(Suite.S1X)
FIRST = {KeyUse.SIGNING: keys.thumbprint(HUB_KEYS.signing), KeyUse.ENCRYPTION: keys.thumbprint(HUB_KEYS.encryption)}
LISTS = {KeyUse.SIGNING: "hubSig", KeyUse.ENCRYPTION: "hubEnc"}


def jwk(pair: keys.KeyPairs, use: KeyUse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(keys.public(pair.signing if use is KeyUse.SIGNING else pair.encryption))
    return found


def came(number: int, use: KeyUse = KeyUse.ENCRYPTION, pair: keys.KeyPairs | None = None) -> News:
    """A key that counts from so many hours on."""
    found = jwk(pair or PAIRS[number], use)
    return News(found["kid"], use, NOW + timedelta(hours=number), found)


def went(number: int, use: KeyUse = KeyUse.ENCRYPTION) -> News:
    return News(jwk(PAIRS[number], use)["kid"], use, NOW + timedelta(hours=9), None)


def after(*news: News) -> dict[str, Any]:
    return dict(reduce(taken, news, hub_json()))


def kids(hub: dict[str, Any], use: KeyUse = KeyUse.ENCRYPTION) -> list[str]:
    found = hub[LISTS[use]]
    return [one["kid"] for one in (found if isinstance(found, list) else [found])]


@pytest.mark.parametrize("use", list(KeyUse))
def test_a_key_stands_beside_those_that_were_there_and_one_that_ended_is_gone(use: KeyUse) -> None:
    new = jwk(PAIRS[0], use)["kid"]
    assert kids(after(came(0, use)), use) == [new, FIRST[use]]
    ended = after(came(0, use), News(FIRST[use], use, NOW, None))
    assert kids(ended, use) == [new]
    assert ended["amqp"] == hub_json()["amqp"]


def test_what_is_sent_is_encrypted_to_the_key_that_counts_from_the_latest_moment(tmp_path: Path) -> None:
    me = enrolled(tmp_path, after(came(1), came(0)))
    assert me.hub_encryption.kid == came(1).kid
    write_hub(tmp_path, taken(hub_document(tmp_path), came(2)))
    assert with_hub(me, hub_document(tmp_path)).hub_encryption.kid == came(2).kid


def test_a_key_of_another_suite_than_is_spoken_is_kept_and_not_encrypted_to(tmp_path: Path) -> None:
    hub = after(came(0), came(2, pair=OTHER), came(1))
    assert kids(hub) == [came(1).kid, came(0).kid, FIRST[KeyUse.ENCRYPTION], jwk(OTHER, KeyUse.ENCRYPTION)["kid"]]


def test_the_last_key_stays_though_it_ended_until_there_is_another() -> None:
    """Without any, nothing that tells of another could be opened."""
    ended = News(FIRST[KeyUse.SIGNING], KeyUse.SIGNING, NOW, None)
    alone = after(ended)
    assert kids(alone, KeyUse.SIGNING) == [FIRST[KeyUse.SIGNING]]
    assert kids(dict(taken(alone, came(0, KeyUse.SIGNING))), KeyUse.SIGNING) == [came(0, KeyUse.SIGNING).kid]


TOLD = st.lists(
    st.one_of(
        st.builds(came, st.integers(0, 2), st.sampled_from(KeyUse)),
        st.builds(went, st.integers(0, 2), st.sampled_from(KeyUse)),
    ),
    max_size=12,
)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(TOLD.flatmap(lambda news: st.tuples(st.just(news), st.permutations(news * 2))))
def test_told_in_any_order_and_any_number_of_times_the_same_keys_count(both: tuple[list[News], list[News]]) -> None:
    once, again = after(*both[0]), after(*both[1])
    for use in KeyUse:
        assert set(kids(once, use)) == set(kids(again, use))
    assert kids(once)[0] == kids(again)[0]
    gone = {one.kid for one in both[0] if one.jwk is None}
    assert not gone & {*kids(again), *kids(again, KeyUse.SIGNING)}


def test_what_the_hub_says_is_read_as_news_and_a_key_that_is_not_its_own_is_refused() -> None:
    said = sample("verwerking.hubsleutel") | {"sleutel": jwk(PAIRS[0], KeyUse.SIGNING)}
    with pytest.raises(OperatorError, match=r"^key-kid: "):
        News.of(said)
    right = said | {"kid": said["sleutel"]["kid"]}
    assert (News.of(right).kid, News.of(right).use, News.of(right).jwk) == (right["kid"], "sig", right["sleutel"])
    gone = {name: right[name] for name in right if name != "sleutel"} | {"toestand": "vervallen"}
    assert News.of(gone).jwk is None
    with pytest.raises(OperatorError):
        News.of(right | {"suite": "S1X"})


def test_a_file_that_was_written_anew_is_seen(tmp_path: Path) -> None:
    enrolled(tmp_path)
    before = hub_stamp(tmp_path)
    write_hub(tmp_path, hub_json())
    assert before != hub_stamp(tmp_path)
    assert hub_stamp(tmp_path / "nowhere") is None


@pytest.mark.parametrize("wrong", [{}, {"hubSig": 7, "hubEnc": 7}, {"hubSig": [], "hubEnc": []}, {"hubSig": {}}])
def test_a_file_without_the_hubs_keys_is_refused(wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(OperatorError):
        with_hub(enrolled(tmp_path), wrong)
