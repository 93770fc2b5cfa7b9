"""What follows from reports that are about the same people."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from hub.canonical.codes import MatchGround
from hub.canonical.partners import Role
from hub.ids import CaseId, Oin, RadarKeyId, ReportId
from hub.routing.radar import (
    MOST_HITS,
    Match,
    OwnIdentity,
    RadarEntry,
    RolePairs,
    Standing,
    entries_of,
    match,
    own_identities,
)
from hub.schemas.identities import Identity

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY, YEARS = timedelta(days=1), timedelta(days=730)
KEY = RadarKeyId("k")
POLICE, SCHOOL = Oin("00000099000000000001"), Oin("00000099000000000002")
BSN, SKN, NAME, ADDRESS, PARENT = MatchGround
CHILD, HOME = b"child", b"home"


def report(number: int) -> ReportId:
    return ReportId(UUID(int=number))


def case(number: int, *, is_open: bool = True) -> Standing:
    return Standing(CaseId(UUID(int=1000 + number)), is_open)


def own(kind: MatchGround = BSN, *pseudonyms: bytes, joins: bool = True) -> OwnIdentity:
    return OwnIdentity(kind, pseudonyms or (CHILD,), joins, NOW + YEARS)


def entry(
    number: int, ground: MatchGround = BSN, pseudonym: bytes = CHILD, *, joins: bool = True, days: int = 1
) -> RadarEntry:
    return RadarEntry(pseudonym, report(number), ground, joins, SCHOOL, NOW - days * DAY, NOW + YEARS, KEY)


def matched(
    mine: Iterable[OwnIdentity],
    entries: Iterable[RadarEntry],
    on: Mapping[int, Standing],
    named: CaseId | None = None,
) -> Match:
    kept = list(entries)
    found = {one.pseudonym: [other for other in kept if other.pseudonym == one.pseudonym] for one in kept}
    return match(mine, found, {report(number): standing for number, standing in on.items()}.get, named)


OPEN_1, OPEN_2 = case(1), case(2)
SHUT_1, SHUT_2 = case(1, is_open=False), case(2, is_open=False)
JOINING = {
    "nobody is known": ({}, None, None),
    "one open case": ({1: OPEN_1}, OPEN_1, None),
    "one open case with two reports": ({1: OPEN_1, 2: OPEN_1}, OPEN_1, None),
    "two open cases": ({1: OPEN_1, 2: OPEN_2}, None, None),
    "one closed case": ({1: SHUT_1}, None, SHUT_1),
    "an open case and a closed one": ({1: OPEN_1, 2: SHUT_2}, OPEN_1, None),
    "two open cases and a closed one": ({1: OPEN_1, 2: OPEN_2, 3: case(3, is_open=False)}, None, None),
    "two closed cases, of which the newest": ({2: SHUT_2, 1: SHUT_1}, None, SHUT_1),
}


@pytest.mark.parametrize(("on", "join", "continues"), JOINING.values(), ids=JOINING)
def test_a_report_joins_the_one_open_case_or_goes_on_from_the_last_closed_one(
    on: Mapping[int, Standing], join: Standing | None, continues: Standing | None
) -> None:
    found = matched([own()], [entry(number, days=number) for number in on], on)

    assert found.join == (join.case if join else None)
    assert found.continues == (continues.case if continues else None)
    assert {hit.report for hit in found.hits} == {report(number) for number in on}


def test_two_children_in_two_open_cases_join_neither() -> None:
    mine = [own(BSN, b"one"), own(SKN, b"two")]
    found = matched(mine, [entry(1, BSN, b"one"), entry(2, SKN, b"two")], {1: OPEN_1, 2: OPEN_2})

    assert (found.join, found.continues) == (None, None)
    assert len(found.hits) == 2


@pytest.mark.parametrize("standing", [OPEN_1, SHUT_1])
@pytest.mark.parametrize(("here", "there"), [(True, False), (False, True), (False, False)])
def test_the_number_of_a_perpetrator_on_either_side_never_joins_but_is_a_sure_hint(
    here: bool, there: bool, standing: Standing
) -> None:
    found = matched([own(joins=here)], [entry(1, joins=there)], {1: standing})

    assert (found.join, found.continues) == (None, None)
    assert [hit.sure for hit in found.hits] == [True]


@pytest.mark.parametrize("ground", [NAME, ADDRESS, PARENT])
def test_a_name_an_address_and_a_parent_are_hints_only(ground: MatchGround) -> None:
    found = matched([own(ground, joins=False)], [entry(1, ground, joins=False)], {1: OPEN_1})

    assert (found.join, found.continues) == (None, None)
    (hit,) = found.hits
    assert (hit.grounds, hit.sure, hit.reporter, hit.case) == ((ground,), False, SCHOOL, OPEN_1.case)


@pytest.mark.parametrize("standing", [OPEN_1, SHUT_1])
def test_a_sender_that_named_its_case_is_believed_and_hits_are_told_all_the_same(standing: Standing) -> None:
    found = matched([own()], [entry(1)], {1: standing}, named=case(9).case)

    assert (found.join, found.continues) == (None, None)
    assert len(found.hits) == 1


def test_one_report_is_one_hit_with_all_its_grounds_in_one_order() -> None:
    mine = [own(ADDRESS, HOME, joins=False), own(SKN, b"skn"), own(BSN)]
    known = [entry(1, ADDRESS, HOME, joins=False), entry(1), entry(1, SKN, b"skn")]
    (hit,) = matched(mine, known, {1: OPEN_1}).hits

    assert hit.grounds == (BSN, SKN, ADDRESS)
    assert hit.sure


def test_entries_under_every_key_that_is_read_are_found() -> None:
    mine = [own(BSN, b"new key", b"old key")]
    found = matched(mine, [entry(1, pseudonym=b"old key"), entry(2, pseudonym=b"new key")], {1: OPEN_1, 2: OPEN_1})

    assert found.join == OPEN_1.case
    assert len(found.hits) == 2


def test_hits_come_surest_and_newest_first_and_are_capped() -> None:
    numbers = range(1, MOST_HITS + 2)
    hints = [entry(number, ADDRESS, HOME, joins=False, days=number) for number in numbers]
    on = dict.fromkeys([*numbers, 900], OPEN_1)
    hits = matched(
        [own(ADDRESS, HOME, joins=False), own(joins=False)], [*hints, entry(900, joins=False, days=700)], on
    ).hits

    assert len(hits) == MOST_HITS
    assert [hit.report for hit in hits] == [report(900), *map(report, range(1, MOST_HITS))]


def test_a_report_that_is_on_no_case_any_more_is_left_out() -> None:
    assert matched([own()], [entry(1)], {}) == Match()


# ---- what is entered


def pseudonyms(kind: MatchGround, text: str) -> tuple[bytes, ...]:
    return f"new {kind} {text}".encode(), f"old {kind} {text}".encode()


def identity(young_until: date | None = None, *, joins: bool = False) -> Identity:
    return Identity(BSN, "1", joins, young_until)


def test_an_identity_is_looked_for_under_every_key_and_entered_under_the_first() -> None:
    (mine,) = own_identities([identity(joins=True)], pseudonyms, NOW, YEARS)
    (entered,) = entries_of([mine], report(1), POLICE, NOW, KEY)

    assert mine.pseudonyms == (b"new bsn 1", b"old bsn 1")
    assert entered == RadarEntry(b"new bsn 1", report(1), BSN, True, POLICE, NOW, NOW + YEARS, KEY)


@pytest.mark.parametrize(
    ("young_until", "expires"),
    [
        (None, NOW + YEARS),
        (date(2040, 5, 30), NOW + YEARS),
        (date(2027, 5, 30), datetime(2027, 5, 30, tzinfo=UTC)),
        (date(2026, 11, 21), datetime(2026, 11, 21, tzinfo=UTC)),
        (date(2026, 11, 20), NOW + YEARS),
        (date(1984, 7, 8), NOW + YEARS),
    ],
)
def test_an_entry_lapses_after_two_years_or_when_its_person_becomes_23(
    young_until: date | None, expires: datetime
) -> None:
    (mine,) = own_identities([identity(young_until)], pseudonyms, NOW, YEARS)

    assert mine.expires == expires


def test_pseudonyms_do_not_show() -> None:
    shown = repr(own()) + repr(entry(1))

    assert "child" not in shown


# ---- who may hear of whom


def test_a_pair_of_roles_works_both_ways_and_for_nobody_else() -> None:
    pairs = RolePairs(frozenset({frozenset({Role.POLICE, Role.PROSECUTION}), frozenset({Role.PROBATION})}))
    allowed = {(one, other) for one in Role for other in Role if pairs.allows(one, other)}

    assert allowed == {
        (Role.POLICE, Role.PROSECUTION),
        (Role.PROSECUTION, Role.POLICE),
        (Role.PROBATION, Role.PROBATION),
    }
