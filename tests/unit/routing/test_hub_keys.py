"""The hub's own keys: each step of each key, and what a machine lacks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.canonical.hub_keys import IN_USE, HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory, KeyUse, Suite
from hub.errors import OperatorError
from hub.routing.document import from_document, to_document
from hub.routing.hub_keys import (
    STEPS_OF,
    add_hub_key,
    adopt_hub_keys,
    bring_back,
    keys_of,
    kind_of,
    move_hub_key,
    naming,
    public_keys,
    reads,
    standing,
    unnamed,
    writes,
)
from tests.unit.routing.sample import COUNTRY

NOW = datetime(2026, 11, 30, tzinfo=UTC)
RADAR = KeyKind.RADAR


def refused(code: str) -> pytest.RaisesExc[OperatorError]:
    return pytest.raises(OperatorError, match=f"^{code}: ")


def a_key(id_: str, kind: KeyKind = RADAR) -> HubKey:
    return HubKey(kind, id_, KeyState.ANNOUNCED)


def with_keys(kind: KeyKind = RADAR, **states: KeyState) -> Directory:
    keys = tuple(HubKey(kind, id_, state) for id_, state in states.items())
    return adopt_hub_keys(COUNTRY, keys)


def states(directory: Directory, kind: KeyKind = RADAR) -> dict[str, str]:
    return {key.id: key.state.value for key in keys_of(directory, kind)}


def test_a_key_is_announced_then_read_then_writes_and_the_one_before_goes_last() -> None:
    one = add_hub_key(COUNTRY, a_key("1"), NOW)
    two = add_hub_key(one, a_key("2"), NOW)
    read = move_hub_key(two, RADAR, "2", KeyState.READ, NOW)
    turned = move_hub_key(read, RADAR, "2", KeyState.WRITE, NOW)
    rid = move_hub_key(turned, RADAR, "1", KeyState.RETIRED, NOW)

    assert [states(directory) for directory in (one, two, read, turned, rid)] == [
        {"1": "write"},
        {"1": "write", "2": "announced"},
        {"1": "write", "2": "read"},
        {"1": "read", "2": "write"},
        {"1": "retired", "2": "write"},
    ]
    assert [[key.id for key in reads(directory, RADAR)] for directory in (two, read, turned, rid)] == [
        ["1"], ["1", "2"], ["2", "1"], ["2"],
    ]  # fmt: skip
    assert [after.version - before.version for before, after in pairwise((COUNTRY, one, two, read, turned, rid))] == [
        1, 1, 1, 1, 1,
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "now", "to"), list(product(KeyKind, KeyState, KeyState)))
def test_every_step_that_the_table_has_is_taken_and_no_other(kind: KeyKind, now: KeyState, to: KeyState) -> None:
    directory = with_keys(kind, x=now) if now is KeyState.WRITE else with_keys(kind, other=KeyState.WRITE, x=now)
    if to not in STEPS_OF[kind][now]:
        with refused("hub-key-step"):
            move_hub_key(directory, kind, "x", to, NOW)
        return
    after = move_hub_key(directory, kind, "x", to, NOW)
    assert states(after, kind)["x"] == to
    assert states(after, kind)["other"] == (KeyState.READ if to is KeyState.WRITE else KeyState.WRITE)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.lists(st.integers(-9, 9), min_size=6, max_size=6))
def test_whatever_the_clock_says_each_step_of_a_kind_comes_after_the_one_before(hours: list[int]) -> None:
    """Partners take the key that counts from the latest moment for the newest one."""
    moments, directory = [NOW + timedelta(hours=one) for one in hours], COUNTRY
    newest = []
    for number, id_ in enumerate("ab"):
        first, *steps = moments[3 * number : 3 * number + 3]
        directory = add_hub_key(directory, a_key(id_), first)
        newest.append(max(key.since for key in keys_of(directory, RADAR) if key.since))
        for to, at in zip((KeyState.READ, KeyState.WRITE) if number else (), steps, strict=False):
            directory = move_hub_key(directory, RADAR, id_, to, at)
            newest.append(max(key.since for key in keys_of(directory, RADAR) if key.since))
    assert all(before < after for before, after in pairwise(newest))
    assert newest[0] == moments[0]


def test_a_key_is_known_by_its_own_kind_only_and_never_added_twice() -> None:
    directory = with_keys(x=KeyState.WRITE)

    with refused("hub-key-unknown"):
        move_hub_key(directory, KeyKind.LOG, "x", KeyState.RETIRED, NOW)
    for kind in KeyKind:
        with refused("hub-key-known"):
            add_hub_key(directory, a_key("x", kind), NOW)


STEP = st.tuples(st.sampled_from([RADAR, KeyKind.LOG]), st.sampled_from("abc"), st.sampled_from([None, *KeyState]))


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.lists(STEP, max_size=30))
def test_whatever_is_done_one_key_of_a_kind_writes_was_read_before_and_none_comes_back(
    steps: list[tuple[KeyKind, str, KeyState | None]],
) -> None:
    directory, gone = COUNTRY, set[str]()
    for kind, id_, to in steps:
        before = directory
        try:
            directory = (
                add_hub_key(directory, a_key(kind + id_, kind), NOW)
                if to is None
                else move_hub_key(directory, kind, kind + id_, to, NOW)
            )
        except OperatorError:
            continue
        writing = [key for key in keys_of(directory, kind) if key.state is KeyState.WRITE]
        assert len(writing) == 1
        had = writes(before, kind)
        if had is not None and had.id != writing[0].id:
            assert writing[0].id in {key.id for key in reads(before, kind)}
            assert had.id in {key.id for key in reads(directory, kind)}
        gone |= {key.id for key in directory.hub_keys if key.state is KeyState.RETIRED}
        assert gone == {key.id for key in directory.hub_keys if key.state is KeyState.RETIRED}
    assert from_document(to_document(directory)) == directory


# ---- what a machine has

KINDS = st.sampled_from(list(KeyKind))
HELD = st.dictionaries(KINDS, st.frozensets(st.sampled_from("vwxyz"), max_size=4))
NAMED = st.dictionaries(st.tuples(KINDS, st.sampled_from("vwxyz")), st.sampled_from(KeyState))


@settings(deadline=None, derandomize=True, max_examples=300)
@given(HELD, NAMED)
def test_what_is_foreign_missing_or_awaited_is_so_by_kind_and_id(
    held: dict[KeyKind, frozenset[str]], named: dict[tuple[KeyKind, str], KeyState]
) -> None:
    keys = tuple(HubKey(kind, id_, state) for (kind, id_), state in named.items())
    found = standing(adopt_hub_keys(COUNTRY, keys), held)
    has = {(kind, id_) for kind, ids in held.items() for id_ in ids}

    assert set(found.foreign) == has - named.keys()
    assert {(key.kind, key.id) for key in found.missing} == {one for one in named if named[one] in IN_USE} - has
    assert {(key.kind, key.id) for key in found.awaited} == {
        one for one in named if named[one] is KeyState.ANNOUNCED
    } - has


def test_a_hub_works_only_when_a_key_of_each_kind_is_named_to_make_things_with() -> None:
    assert unnamed(COUNTRY) == tuple(KeyKind)
    directory = COUNTRY
    for number, kind in enumerate(KeyKind):
        assert kind in unnamed(directory)
        directory = add_hub_key(directory, a_key(str(number), kind), NOW)
    assert unnamed(directory) == ()


def test_keys_are_adopted_beside_those_that_are_named_which_stay_as_they_are() -> None:
    directory = with_keys(old=KeyState.READ, new=KeyState.WRITE)
    again = adopt_hub_keys(
        directory, [HubKey(RADAR, "old", KeyState.RETIRED), HubKey(KeyKind.LOG, "log", KeyState.WRITE)]
    )

    assert states(again) == {"old": "read", "new": "write"}
    assert states(again, KeyKind.LOG) == {"log": "write"}


@pytest.mark.parametrize("suite", list(Suite))
def test_partners_are_given_what_signs_or_soon_will_and_what_to_encrypt_to_and_nothing_before_it_is_named(
    suite: Suite,
) -> None:
    sig, enc = (HubKey(kind_of(suite, use), use, KeyState.WRITE, f"{{{use}}}") for use in KeyUse)
    with refused("hub-keys-unnamed"):
        public_keys(adopt_hub_keys(COUNTRY, [sig]), suite)

    others = [replace(one, id=f"{one.kind} {state}", state=state) for one in (sig, enc) for state in KeyState]
    coming, *_ = [one for one in others if one.kind is sig.kind and one.state is KeyState.READ]
    others = [one for one in others if one.state is not KeyState.WRITE]
    assert public_keys(adopt_hub_keys(COUNTRY, [*others, enc, sig]), suite) == ((sig, coming), enc)


# ---- the turns of the keys of the ids

IDS = KeyKind.IDS


@settings(deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=6))
def test_each_key_of_the_ids_has_one_turn_and_the_turns_follow_each_other(hours: list[int]) -> None:
    directory, at = add_hub_key(COUNTRY, a_key("0", IDS), NOW), NOW
    for number, hour in enumerate(hours, 1):
        at += timedelta(hours=hour)
        directory = add_hub_key(directory, a_key(str(number), IDS), at)
        directory = move_hub_key(directory, IDS, str(number), KeyState.WRITE, at)
    turns = naming(directory)

    assert [key.id for _, key in turns] == [str(number) for number in range(len(hours) + 1)]
    assert [until for until, _ in turns[:-1]] == sorted(until for until, _ in turns[:-1])
    assert turns[-1][0] == datetime.max.replace(tzinfo=UTC)


def test_a_key_that_is_announced_or_retired_has_no_turn() -> None:
    directory = with_keys(IDS, old=KeyState.RETIRED, now=KeyState.WRITE, coming=KeyState.ANNOUNCED)

    assert [key.id for _, key in naming(directory)] == ["now"]


# ---- a database that was restored to before a step


def stepped(directory: Directory, steps: list[tuple[KeyKind, str, KeyState | None]], at: datetime) -> list[Directory]:
    """This version, and one for each of these steps that may be taken, a second after the other."""
    versions = [directory]
    for second, (kind, id_, to) in enumerate(steps):
        name, now = kind + id_, at + timedelta(seconds=second)
        try:
            before = versions[-1]
            added = add_hub_key(before, a_key(name, kind), now) if to is None else None
            versions.append(added or move_hub_key(before, kind, name, to or KeyState.READ, now))
        except OperatorError:
            continue
    return versions


KIND_STEP = st.tuples(st.sampled_from([RADAR, IDS]), st.sampled_from("abc"), st.sampled_from([None, *KeyState]))
LIFE = st.lists(KIND_STEP, max_size=20)
A_HUB = add_hub_key(COUNTRY, a_key("storage", KeyKind.STORAGE), NOW)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(LIFE, st.data())
def test_whatever_version_is_restored_the_keys_stand_again_as_a_machine_saw_them_last(
    steps: list[tuple[KeyKind, str, KeyState | None]], data: st.DataObject
) -> None:
    versions = stepped(A_HUB, steps, NOW)
    restored = data.draw(st.sampled_from(versions))
    again = bring_back(restored, versions[-1].hub_keys)

    assert set(again.hub_keys) == set(versions[-1].hub_keys)
    assert naming(again) == naming(versions[-1])
    assert again.version == restored.version + (again != restored)
    assert bring_back(again, versions[-1].hub_keys) is again
    assert bring_back(versions[-1], restored.hub_keys) is versions[-1]


@settings(deadline=None, derandomize=True, max_examples=300)
@given(LIFE, LIFE, LIFE)
def test_where_other_steps_were_taken_meanwhile_one_key_of_a_kind_writes_and_none_is_lost(
    both: list[tuple[KeyKind, str, KeyState | None]],
    lost: list[tuple[KeyKind, str, KeyState | None]],
    meanwhile: list[tuple[KeyKind, str, KeyState | None]],
) -> None:
    common = stepped(A_HUB, both, NOW)[-1]
    seen = stepped(common, lost, NOW + timedelta(hours=1))[-1]
    here = stepped(common, [(kind, "d" + id_, to) for kind, id_, to in meanwhile], NOW + timedelta(hours=2))[-1]
    again = bring_back(here, seen.hub_keys)

    for kind in (RADAR, IDS):
        writing = [key for key in keys_of(again, kind) if key.state is KeyState.WRITE]
        assert len(writing) == (writes(seen, kind) is not None or writes(here, kind) is not None)
        assert {key.id for key in keys_of(again, kind)} == {
            key.id for one in (seen, here) for key in keys_of(one, kind)
        }


@settings(deadline=None, derandomize=True)
@given(LIFE)
def test_what_a_machine_saw_of_another_hub_is_never_taken_for_ours(
    steps: list[tuple[KeyKind, str, KeyState | None]],
) -> None:
    other = stepped(add_hub_key(COUNTRY, a_key("other", KeyKind.STORAGE), NOW), steps, NOW + timedelta(hours=1))[-1]

    assert bring_back(A_HUB, other.hub_keys) is A_HUB
