"""What follows from reports that are about the same people."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.codes import MatchGround, Trait
from hub.canonical.partners import Role
from hub.ids import CaseId, Oin, RadarKeyId, ReportId
from hub.routing.contradiction import Traits
from hub.routing.radar import (
    MOST_HITS,
    MOST_JOINING,
    Match,
    OwnIdentity,
    RadarEntry,
    RolePairs,
    Sought,
    Standing,
    entries_of,
    match,
    own_identities,
    within_reach,
)
from hub.schemas.identities import Identity
from tests.unit.schemas.kit import fixed

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY, YEARS = timedelta(days=1), timedelta(days=730)
KEY = RadarKeyId("k")
POLICE, SCHOOL = Oin("00000099000000000001"), Oin("00000099000000000002")
BSN, SKN, NAME, ADDRESS, PARENT = MatchGround
CHILD, HOME = b"child", b"home"
UNKNOWN: Traits = frozenset()


def report(number: int) -> ReportId:
    return ReportId(UUID(int=number))


def case(number: int, *, is_open: bool = True) -> Standing:
    return Standing(CaseId(UUID(int=1000 + number)), is_open)


def own(kind: MatchGround = BSN, *pseudonyms: bytes, joins: bool = True, traits: Traits = UNKNOWN) -> OwnIdentity:
    return OwnIdentity(kind, tuple(Sought(one, traits) for one in pseudonyms or (CHILD,)), joins, NOW + YEARS)


def entry(
    number: int,
    ground: MatchGround = BSN,
    pseudonym: bytes = CHILD,
    *,
    joins: bool = True,
    days: float = 1,
    traits: Traits = UNKNOWN,
) -> RadarEntry:
    return RadarEntry(pseudonym, report(number), ground, joins, SCHOOL, NOW - days * DAY, NOW + YEARS, KEY, traits)


def said(sex: str | None = None, *births: str) -> Traits:
    sexes = [(Trait.SEX, sex.encode())] if sex else []
    return frozenset([*sexes, *((Trait.BIRTH_DATE, one.encode()) for one in births)])


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


def test_a_number_that_contradicts_comes_before_newer_hints_without_one_and_after_what_is_sure() -> None:
    mine = [own(traits=BOY), own(ADDRESS, HOME, joins=False)]
    known = [entry(1, days=9, traits=GIRL), entry(2, days=8, traits=BOY), entry(3, ADDRESS, HOME, joins=False, days=1)]
    hits = matched(mine, known, {1: OPEN_1, 2: OPEN_2, 3: OPEN_3}).hits

    assert [hit.report.int for hit in hits] == [2, 1, 3]


def test_a_report_that_is_on_no_case_any_more_is_left_out() -> None:
    assert matched([own()], [entry(1)], {}) == Match()


# ---- a number that contradicts

GIRL, BOY = said("vrouw", "2017"), said("man", "2009")
SAYS = st.sampled_from([UNKNOWN, GIRL, BOY, said("vrouw"), said(None, "2009"), said("man", "2017")])


@pytest.mark.parametrize("ground", [BSN, SKN])
@pytest.mark.parametrize("standing", [OPEN_1, SHUT_1])
@pytest.mark.parametrize(
    ("there", "contradicts"),
    [
        (said("man", "2009"), (Trait.BIRTH_DATE, Trait.SEX)),
        (said("man", "2017"), (Trait.SEX,)),
        (said("vrouw", "2009"), (Trait.BIRTH_DATE,)),
        (said(None, "2009"), (Trait.BIRTH_DATE,)),
        (said("man"), (Trait.SEX,)),
    ],
)
def test_a_number_of_another_sex_or_birth_date_joins_and_continues_nothing_and_is_told(
    there: Traits, contradicts: tuple[Trait, ...], standing: Standing, ground: MatchGround
) -> None:
    found = matched([own(ground, traits=GIRL)], [entry(1, ground, traits=there)], {1: standing})

    assert (found.join, found.ground, found.continues) == (None, None, None)
    (hit,) = found.hits
    assert (hit.grounds, hit.sure, hit.contradicts) == ((ground,), False, contradicts)


@pytest.mark.parametrize("there", [UNKNOWN, said("vrouw"), said(None, "2017"), GIRL, said("vrouw", "2017", "2009")])
def test_a_number_that_contradicts_nothing_joins(there: Traits) -> None:
    found = matched([own(traits=GIRL)], [entry(1, traits=there)], {1: OPEN_1})

    assert (found.join, found.ground) == (OPEN_1.case, BSN)
    assert [(hit.sure, hit.contradicts) for hit in found.hits] == [(True, ())]


def test_one_report_that_contradicts_keeps_another_off_its_case_whatever_came_between() -> None:
    """Who left it open does not make one family of two."""
    known = [entry(1, days=2, traits=GIRL), entry(2, days=1, traits=UNKNOWN)]
    found = matched([own(traits=BOY)], known, {1: OPEN_1, 2: OPEN_1})

    assert found.join is None
    assert [(hit.report, hit.contradicts != ()) for hit in found.hits] == [(report(2), False), (report(1), True)]


def test_what_was_put_on_one_case_by_its_name_keeps_nobody_off_of_whom_wholly_the_same_is_said_there() -> None:
    """A child's number was typed for its brother, by a party that named their case."""
    known = [entry(1, days=2, traits=GIRL), entry(2, days=1, traits=BOY)]
    on = {1: OPEN_1, 2: OPEN_1}

    for mine in (GIRL, BOY):
        assert matched([own(traits=mine)], known, on).join == OPEN_1.case
    for mine in (said("man"), said(None, "2017"), said("man", "2017"), said("vrouw", "2011")):
        assert matched([own(traits=mine)], known, on).join is None


def test_of_two_open_cases_of_one_number_it_joins_the_one_that_it_does_not_contradict() -> None:
    known = [entry(1, traits=GIRL), entry(2, traits=BOY)]

    for mine, standing in ((GIRL, OPEN_1), (BOY, OPEN_2)):
        assert matched([own(traits=mine)], known, {1: OPEN_1, 2: OPEN_2}).join == standing.case
    assert matched([own(traits=UNKNOWN)], known, {1: OPEN_1, 2: OPEN_2}).join is None


OPEN_3 = case(3)


@pytest.mark.parametrize(
    ("mine", "standing", "sure"),
    [
        (GIRL, OPEN_1, {1}),
        (BOY, OPEN_2, {2}),
        (said("vrouw"), OPEN_1, {1}),
        (said(None, "2009"), OPEN_2, {2}),
        (UNKNOWN, None, set()),
    ],
)
def test_who_once_left_open_which_child_a_number_is_of_keeps_nobody_from_the_case_of_one(
    mine: Traits, standing: Standing | None, sure: set[int]
) -> None:
    """Else each later report on either child has a case of its own, which nobody who holds hears of."""
    known = [entry(1, days=2, traits=GIRL), entry(2, traits=BOY), entry(3, days=0, traits=UNKNOWN)]
    found = matched([own(traits=mine)], known, {1: OPEN_1, 2: OPEN_2, 3: OPEN_3})

    assert found.join == (standing.case if standing else None)
    assert {hit.report.int for hit in found.hits if hit.sure and not hit.ambiguous} == sure


def test_what_leaves_it_open_is_surely_of_nobody_once_a_number_was_given_to_two() -> None:
    """Also where it stands on the one case that is not contradicted."""
    known = [entry(1, days=2, traits=GIRL), entry(2, days=1, traits=UNKNOWN)]

    for mine, said_of in ((BOY, [(True, True), (False, False)]), (GIRL, [(True, False), (True, False)])):
        hits = matched([own(traits=mine)], known, {1: OPEN_1, 2: OPEN_1}).hits
        assert [(hit.sure, hit.ambiguous) for hit in hits] == said_of


def test_a_new_case_goes_on_from_the_closed_one_of_surely_the_same_child() -> None:
    known = [entry(1, days=3, traits=GIRL), entry(2, days=2, traits=BOY), entry(3, days=1, traits=UNKNOWN)]
    shut = {number: case(number, is_open=False) for number in (1, 2, 3)}

    assert matched([own(traits=GIRL)], known, shut).continues == OPEN_1.case
    assert matched([own(traits=UNKNOWN)], known, shut).continues == OPEN_3.case


@fixed
@given(st.lists(SAYS, min_size=2, max_size=7))
def test_of_one_child_all_that_is_said_wholly_stands_on_one_case(saying: list[Traits]) -> None:
    """Whatever else was reported under its number before, between and after."""
    on: dict[int, Standing] = {}
    entries: list[RadarEntry] = []
    for number, traits in enumerate(saying):
        found = matched([own(traits=traits)], entries, on)
        on[number] = Standing(found.join, True) if found.join else case(number)
        entries.append(entry(number, days=1 - number / 100, traits=traits))
    for child in (GIRL, BOY, said("man", "2017")):
        assert len({on[number].case for number, traits in enumerate(saying) if traits == child}) <= 1


def test_a_number_that_contradicts_does_not_keep_another_number_from_joining() -> None:
    mine = [own(BSN, b"typed wrong", traits=BOY), own(SKN, b"right")]
    known = [entry(1, BSN, b"typed wrong", traits=GIRL), entry(1, SKN, b"right")]
    found = matched(mine, known, {1: OPEN_1})

    assert (found.join, found.ground) == (OPEN_1.case, SKN)
    assert [(hit.sure, hit.contradicts) for hit in found.hits] == [(True, (Trait.BIRTH_DATE, Trait.SEX))]


@pytest.mark.parametrize(("here", "there"), [(True, False), (False, True), (False, False)])
def test_of_a_suspect_too_it_is_not_said_to_be_one_person(here: bool, there: bool) -> None:
    (hit,) = matched([own(joins=here, traits=BOY)], [entry(1, joins=there, traits=GIRL)], {1: OPEN_1}).hits

    assert (hit.sure, hit.contradicts) == (False, (Trait.BIRTH_DATE, Trait.SEX))


def test_under_an_older_key_it_is_compared_with_what_that_key_made() -> None:
    new, old = said("new vrouw"), said("old vrouw")
    mine = OwnIdentity(BSN, (Sought(b"new", new), Sought(b"old", old)), True, NOW + YEARS)
    known = [entry(1, pseudonym=b"new", traits=new), entry(2, pseudonym=b"old", traits=old)]

    assert matched([mine], known, {1: OPEN_1, 2: OPEN_1}).join == OPEN_1.case


def test_under_an_older_key_too_the_case_of_the_child_that_it_means_is_found_beside_one_that_leaves_it_open() -> None:
    girl, boy = said("old vrouw", "old 2017"), said("old man", "old 2009")
    mine = OwnIdentity(BSN, (Sought(b"new", GIRL), Sought(b"old", girl)), True, NOW + YEARS)
    known = [
        entry(1, pseudonym=b"old", traits=girl),
        entry(2, pseudonym=b"old", traits=boy),
        entry(3, pseudonym=b"new"),
    ]

    assert matched([mine], known, {1: OPEN_1, 2: OPEN_2, 3: OPEN_3}).join == OPEN_1.case


@fixed
@given(st.lists(SAYS, min_size=2, max_size=5))
def test_no_case_ever_has_two_reports_on_one_number_that_contradict_each_other(saying: list[Traits]) -> None:
    """In every order in which they come; each joins or opens a case as the radar says."""
    for order in list(permutations(saying))[:24]:
        on: dict[int, Standing] = {}
        entries: list[RadarEntry] = []
        for number, traits in enumerate(order):
            found = matched([own(traits=traits)], entries, on)
            on[number] = Standing(found.join, True) if found.join else case(number)
            entries.append(entry(number, days=1 - number / 100, traits=traits))
        together = [(one, other) for one in on for other in on if on[one].case == on[other].case]
        assert not any(_differ(order[one], order[other]) for one, other in together)


def _differ(one: Traits, other: Traits) -> bool:
    parts = [({text for kind, text in one if kind is trait}, {text for kind, text in other if kind is trait})
             for trait in Trait]  # fmt: skip
    return any(here and there and not here & there for here, there in parts)


# ---- what hides nothing


def test_each_case_is_told_before_a_second_report_of_any_and_the_one_that_it_joins_first() -> None:
    many = range(1, MOST_HITS + 10)
    here = [entry(number, days=number) for number in many]
    beside = [entry(900, ADDRESS, HOME, joins=False, days=700), entry(901, BSN, b"other", days=600, traits=GIRL)]
    on = dict.fromkeys(many, OPEN_1) | {900: OPEN_2, 901: case(3)}
    found = matched([own(), own(ADDRESS, HOME, joins=False), own(BSN, b"other", traits=BOY)], [*here, *beside], on)

    assert found.join == OPEN_1.case
    assert len(found.hits) == MOST_HITS
    assert {OPEN_1.case, OPEN_2.case, case(3).case} == {hit.case for hit in found.hits}


def test_a_number_that_stands_for_a_thousand_people_joins_nothing() -> None:
    numbers = range(MOST_JOINING)
    found = matched([own()], [entry(number) for number in numbers], dict.fromkeys(numbers, OPEN_1))

    assert (found.join, found.continues) == (None, None)
    assert len(found.hits) == MOST_HITS


def reached(mine: Traits, entries: list[RadarEntry]) -> set[int]:
    """Numbers of the reports whose cases are looked at: each is on a case of its own."""
    newest_first = sorted(entries, key=lambda one: one.at, reverse=True)
    on = {one.report: case(one.report.int).case for one in entries}
    return {one.int for one in within_reach([Sought(CHILD, mine)], {CHILD: newest_first}, dict(on))}


def test_what_merely_mentions_somebody_hides_no_entry_that_joins_nor_one_that_contradicts() -> None:
    mentions = [entry(number, joins=False, days=number / 100) for number in range(2 * MOST_HITS)]

    for traits in (GIRL, BOY, UNKNOWN):
        assert 900 in reached(GIRL, [*mentions, entry(900, days=500, traits=traits)])


def test_those_that_contradict_hide_none_that_joins() -> None:
    others = [entry(number, days=number / 100, traits=BOY) for number in range(4 * MOST_HITS)]
    found = reached(GIRL, [*others, entry(900, days=500, traits=GIRL)])

    assert 900 in found
    assert len(found) <= 2 * MOST_HITS


def test_those_that_leave_it_open_hide_none_that_is_surely_of_the_same() -> None:
    others = [entry(number, days=number / 100, traits=UNKNOWN) for number in range(4 * MOST_HITS)]
    older = [entry(900, days=500, traits=GIRL), entry(901, days=501, traits=BOY)]

    assert 900 in reached(GIRL, [*others, *older])


def test_all_that_is_known_of_a_case_that_is_looked_at_is_looked_at() -> None:
    """Otherwise what contradicts might be what is left out."""
    mentions = [entry(number, joins=False, days=number / 100) for number in range(2 * MOST_HITS)]
    here = [entry(900, days=500, traits=BOY), entry(901, joins=False, days=0)]
    on = {one.report: case(one.report.int).case for one in mentions} | dict.fromkeys(
        [report(900), report(901)], OPEN_1.case
    )
    newest_first = sorted([*mentions, *here], key=lambda one: one.at, reverse=True)
    found = within_reach([Sought(CHILD, GIRL)], {CHILD: newest_first}, dict(on))

    assert {report(900), report(901)} <= found.keys()


# ---- what is entered


def sought(one: Identity) -> tuple[Sought, ...]:
    keyed = {age: frozenset((trait, f"{age} {text}".encode()) for trait, text in one.traits) for age in ("new", "old")}
    return tuple(Sought(f"{age} {one.kind} {one.text}".encode(), traits) for age, traits in keyed.items())


def identity(young_until: date | None = None, *, joins: bool = False) -> Identity:
    return Identity(BSN, "1", joins, young_until, frozenset({(Trait.SEX, "vrouw")}))


def test_an_identity_is_looked_for_under_every_key_and_entered_under_the_first() -> None:
    (mine,) = own_identities([identity(joins=True)], sought, NOW, YEARS)
    (entered,) = entries_of([mine], report(1), POLICE, NOW, KEY)

    assert [one.pseudonym for one in mine.sought] == [b"new bsn 1", b"old bsn 1"]
    traits = frozenset({(Trait.SEX, b"new vrouw")})
    assert entered == RadarEntry(b"new bsn 1", report(1), BSN, True, POLICE, NOW, NOW + YEARS, KEY, traits)


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
    (mine,) = own_identities([identity(young_until)], sought, NOW, YEARS)

    assert mine.expires == expires


def test_pseudonyms_do_not_show() -> None:
    shown = repr(own(traits=said("man"))) + repr(entry(1, traits=said("man")))

    assert "child" not in shown
    assert "man" not in shown


# ---- who may hear of whom


def test_a_pair_of_roles_works_both_ways_and_for_nobody_else() -> None:
    pairs = RolePairs(frozenset({frozenset({Role.POLICE, Role.PROSECUTION}), frozenset({Role.PROBATION})}))
    allowed = {(one, other) for one in Role for other in Role if pairs.allows(one, other)}

    assert allowed == {
        (Role.POLICE, Role.PROSECUTION),
        (Role.PROSECUTION, Role.POLICE),
        (Role.PROBATION, Role.PROBATION),
    }
