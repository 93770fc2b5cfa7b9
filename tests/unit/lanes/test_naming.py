"""Which id what leaves the hub gets: that of the same message always the same, that of another always another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.codes import TermUnit
from hub.canonical.commands import TermReached
from hub.cases.case import TermOnCase
from hub.envelope.derived import IdKey
from hub.ids import MessageId, Oin
from hub.lanes.keys import IdKeys
from hub.lanes.naming import Naming, naming_at, naming_of, reissue_id
from hub.schemas.message import Direction, wire_type
from hub.schemas.registry import message_types
from hub.schemas.samples import sample
from tests.unit.cases.builders import MONDAY, REPORT, TEAM_A, VT, a_case
from tests.unit.lanes.rows import an_inbox_row

KEY = IdKey.of(bytes(32))
KEYS = IdKeys(((datetime.max.replace(tzinfo=UTC), KEY),))
NEXT, LAST = IdKey.of(bytes([1] * 32)), IdKey.of(bytes([2] * 32))
TURNS = IdKeys(((MONDAY, KEY), (MONDAY + timedelta(days=9), NEXT), (datetime.max.replace(tzinfo=UTC), LAST)))
STAND = wire_type("zaken.stand")
FROM_HUB = [kind.name for kind in message_types().values() if kind.from_hub is not None]
hashes = st.sampled_from(["a" * 64, "b" * 64])
said = st.tuples(
    hashes,
    st.sampled_from([VT, TEAM_A]),
    st.sampled_from([STAND, wire_type("verwerking.ontvangstbevestiging")]),
    st.dictionaries(st.sampled_from(["status", "termijnen"]), st.sampled_from(["open", "gesloten"])),
)


def ids_of(messages: list[tuple[str, Oin, str, dict[str, Any]]]) -> list[tuple[Any, UUID]]:
    """Each message, with how often its cause said the very same to the same before; and its id."""
    causes: dict[str, Naming] = {}
    found, times = [], dict[str, int]()
    for one in messages:
        naming = causes.setdefault(one[0], naming_of(an_inbox_row(content_hash=one[0]), KEYS, MONDAY))
        times[repr(one)] = times.get(repr(one), -1) + 1
        found.append(((*map(repr, one), times[repr(one)]), naming.message(*one[1:])))
    return found


@given(st.lists(said, max_size=12))
def test_no_two_messages_ever_share_an_id(messages: list[Any]) -> None:
    found = ids_of(messages)

    assert len({id_ for _, id_ in found}) == len({what for what, _ in found}) == len(messages)


@given(st.lists(said, max_size=12).flatmap(lambda all_: st.tuples(st.just(all_), st.permutations(all_))))
def test_in_whichever_order_they_are_made_the_ids_are_the_same(both: tuple[list[Any], list[Any]]) -> None:
    assert {id_ for _, id_ in ids_of(both[0])} == {id_ for _, id_ in ids_of(both[1])}


def test_the_id_of_a_row_is_that_of_its_content_and_not_of_when_it_came_or_under_which_number() -> None:
    one = naming_of(an_inbox_row(), KEYS, None)
    again = naming_of(an_inbox_row(received_at=MONDAY + timedelta(days=9), deliveries=7), KEYS, None)

    assert one.caused("zaak") == again.caused("zaak") != one.caused("melding")
    assert one.message(VT, STAND, {}) == again.message(VT, STAND, {})


@pytest.mark.parametrize("name", FROM_HUB)
def test_every_field_of_every_message_is_in_its_id_but_those_that_may_differ(name: str) -> None:
    may_differ = {
        "zaken.stand": {"zaakversie"},
        "triage.melding-aangeboden": {"zaakversie", "houder", "radar", "termijnen"},
        "triage.melding-ter-kennis": {"zaakversie", "houder", "aanspreekpunt"},
        "overdrachten.aanbod": {"zaakversie", "houder", "antwoordVoor"},
        "overdrachten.aanvulling-gegeven": {"zaakversie", "houder", "antwoordVoor"},
    }.get(name, {"zaakversie", "houder"})
    whole = sample(name, Direction.FROM_HUB) | {"zaakversie": 7, "houder": VT}

    def id_of(data: dict[str, Any]) -> UUID:
        return Naming(KEY, ("bericht", "a"), KEY).message(VT, wire_type(name), data)

    changed = {field for field in whole if id_of({**whole, field: {"iets": "anders"}}) != id_of(whole)}
    gone = {field for field in whole if id_of({one: whole[one] for one in whole if one != field}) != id_of(whole)}
    assert changed == gone == set(whole) - may_differ


@pytest.mark.parametrize("name", ["triage.melding-aangeboden", "triage.melding-ter-kennis"])
def test_of_a_report_that_is_presented_only_the_moment_of_its_arrival_may_differ_within(name: str) -> None:
    whole = sample(name, Direction.FROM_HUB)

    def id_of(**changes: Any) -> UUID:
        said = whole | {"melding": whole["melding"] | changes}
        return Naming(KEY, ("bericht", "a"), KEY).message(VT, wire_type(name), said)

    same = {field for field in whole["melding"] if id_of(**{field: "iets anders"}) == id_of()}
    assert same == {"ontvangenOp"}


TERM = TermOnCase("onderzoek", 10, TermUnit.WEEKS, REPORT, MONDAY, since=MONDAY)


def ids_at(term: TermOnCase, **changes: Any) -> UUID:
    """The id of something said at the next moment of this term, on a case that has it."""
    case = replace(a_case(), terms=(term,), **changes)
    return naming_at(case, TermReached(term.name, term.about), KEYS, MONDAY).message(VT, STAND, {})


@pytest.mark.parametrize(
    "change",
    [
        {"name": "aanvulling"},
        {"about": UUID(int=7)},
        {"due": MONDAY + timedelta(days=1)},
        {"round": 1},
        {"since": MONDAY + timedelta(days=1)},
        {"since": None},
    ],
    ids=["name", "about", "end", "round", "run", "run unknown"],
)
def test_each_moment_of_each_run_of_a_term_has_ids_of_its_own(change: dict[str, Any]) -> None:
    assert ids_at(TERM) == ids_at(replace(TERM, next=MONDAY)) != ids_at(replace(TERM, **change))
    assert ids_at(TERM) != ids_at(TERM, id=UUID(int=8))


@given(st.permutations([UUID(int=number) for number in range(4)]), st.integers(0, 4))
def test_what_meets_has_one_number_whichever_of_them_came_last_and_each_side_is_a_side(
    reports: list[UUID], split: int
) -> None:
    one, other = Naming(KEY, ("bericht", "a"), KEY), Naming(KEY, ("bericht", "b"), KEY)
    here, there = reports[:split], reports[split:]

    assert one.between("samenloop", here, there) == other.between("samenloop", here[::-1], there[::-1])
    assert one.between("samenloop", here, there) != one.between("samenloop", there, here)


# ---- when the key of the ids has changed

moments = st.integers(-20, 20).map(lambda days: MONDAY + timedelta(days=days))
BEFORE, AFTER = MONDAY - timedelta(seconds=1), MONDAY


def made_with(key: IdKey, cause: tuple[str, ...] = ("bericht", "a" * 64)) -> UUID:
    return Naming(key, cause, key).caused("zaak")


@pytest.mark.parametrize(
    ("signed", "key"),
    [
        (BEFORE - timedelta(days=4_000), KEY),
        (BEFORE, KEY),
        (AFTER, NEXT),
        (AFTER + timedelta(days=8), NEXT),
        (AFTER + timedelta(days=9), LAST),
        (datetime.max.replace(tzinfo=UTC), LAST),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), KEY),
    ],
)
@given(received=moments)
def test_a_message_is_named_by_the_key_in_whose_turn_it_was_signed_whenever_it_comes(
    signed: datetime, key: IdKey, received: datetime
) -> None:
    row = an_inbox_row(content_hash="a" * 64, received_at=received)

    assert naming_of(row, TURNS, signed).caused("zaak") == made_with(key)


def test_a_message_that_nobody_can_open_is_named_by_the_key_in_whose_turn_it_came() -> None:
    for received, key in ((BEFORE, KEY), (AFTER, NEXT)):
        row = an_inbox_row(content_hash="a" * 64, received_at=received)
        assert naming_of(row, TURNS, None).caused("zaak") == made_with(key)


@given(moments, moments)
def test_what_meets_has_one_number_whichever_of_them_came_last_also_when_the_key_has_changed(
    one: datetime, other: datetime
) -> None:
    row, (here, there) = an_inbox_row(), (UUID(int=1), UUID(int=2))
    met = [naming_of(row, TURNS, signed).between("samenloop", [here], [there]) for signed in (one, other)]

    assert met[0] == met[1]


@given(moments)
def test_a_moment_of_a_term_and_a_reissue_are_named_alike_whenever_somebody_looks(now: datetime) -> None:
    case = replace(a_case(), terms=(TERM,))

    assert naming_at(case, TermReached(TERM.name, TERM.about), TURNS, now).key == NEXT
    assert reissue_id(MessageId(REPORT), 1, TURNS) == reissue_id(MessageId(REPORT), 1, KEYS)
