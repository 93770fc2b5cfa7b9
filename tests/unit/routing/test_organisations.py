"""An organisation is not its connection: who is meant follows from organisation, role and moment, never from a name."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.canonical.environment import Environment
from hub.canonical.partners import Directory, Partner, Role
from hub.errors import OperatorError
from hub.ids import Oin, PartnerId
from hub.routing.changes import add_partner, retire_partner
from hub.routing.directory import (
    ROLES,
    connection,
    known_by_oin,
    next_connection,
    partner_by_oin,
    successor_of,
    triage_desk,
)
from tests.unit.routing.sample import COUNTRY, LONG_AGO, NORTH, NOW, POLICE_NORTH, SOUTH, VT_NORTH, directory, partner

DAY = timedelta(days=1)
TEST = Environment.TEST
VT, GI, TEAM = Role.VEILIG_THUIS, Role.CERTIFIED_INSTITUTION, Role.LOCAL_TEAM


def added(country: Directory, one: Partner, name: str, **changes: object) -> Directory:
    return add_partner(country, replace(one, id=PartnerId(name), **changes), TEST)  # type: ignore[arg-type]


def found(one: Partner | None) -> str | None:
    return None if one is None else one.id


# ---- one after the other


@pytest.mark.parametrize("name", ["a-politie", "politie-noord-2", "z-politie"])
def test_the_next_connection_of_an_organisation_is_the_one_that_counts_whatever_its_name(name: str) -> None:
    country = added(retire_partner(COUNTRY, POLICE_NORTH.id, NOW - DAY), POLICE_NORTH, name, valid_from=NOW - DAY)

    assert found(partner_by_oin(country, POLICE_NORTH.oin, NOW)) == name
    assert found(known_by_oin(country, POLICE_NORTH.oin, NOW)) == name
    assert found(connection(country, POLICE_NORTH.oin, Role.POLICE, NOW)) == name
    assert next_connection(country, country.partners[POLICE_NORTH.id], NOW).id == name
    assert successor_of(country, POLICE_NORTH.oin, NOW) is None


@pytest.mark.parametrize("name", ["a-politie", "politie-noord-2", "z-politie"])
def test_of_two_that_have_ended_the_last_names_the_successor(name: str) -> None:
    country = added(retire_partner(COUNTRY, POLICE_NORTH.id, NOW - 2 * DAY), POLICE_NORTH, name, valid_from=NOW - DAY)
    merged = added(country, POLICE_NORTH, "m-politie", oin=Oin("00000099000000000077"))
    merged = retire_partner(merged, PartnerId(name), NOW, PartnerId("m-politie"))

    assert successor_of(merged, POLICE_NORTH.oin, NOW) == "00000099000000000077"
    assert found(known_by_oin(merged, POLICE_NORTH.oin, NOW)) == name
    assert found(connection(merged, POLICE_NORTH.oin, Role.POLICE, NOW)) == "m-politie"


def test_a_successor_that_has_a_new_connection_itself_is_reached_by_that() -> None:
    country = added(COUNTRY, POLICE_NORTH, "m-politie", oin=Oin("00000099000000000077"))
    country = retire_partner(country, POLICE_NORTH.id, NOW - 2 * DAY, PartnerId("m-politie"))
    country = retire_partner(country, PartnerId("m-politie"), NOW - DAY)
    country = added(country, POLICE_NORTH, "b-politie", oin=Oin("00000099000000000077"), valid_from=NOW - DAY)

    assert successor_of(country, POLICE_NORTH.oin, NOW) == "00000099000000000077"
    assert found(connection(country, POLICE_NORTH.oin, Role.POLICE, NOW)) == "b-politie"


def test_an_organisation_whose_last_connection_ended_is_still_known_by_it() -> None:
    country = retire_partner(COUNTRY, VT_NORTH.id, NOW)

    assert partner_by_oin(country, VT_NORTH.oin, NOW) is None
    assert found(known_by_oin(country, VT_NORTH.oin, NOW)) == VT_NORTH.id
    assert next_connection(country, country.partners[VT_NORTH.id], NOW).id == VT_NORTH.id
    assert successor_of(country, VT_NORTH.oin, NOW) is None


# ---- beside each other

BOTH = added(added(COUNTRY, VT_NORTH, "b-jeugd", role=GI, regions=(NORTH,)), VT_NORTH, "a-wijk", role=TEAM)


def test_an_organisation_may_have_a_connection_for_each_of_its_roles() -> None:
    assert found(connection(BOTH, VT_NORTH.oin, VT, NOW)) == VT_NORTH.id
    assert found(connection(BOTH, VT_NORTH.oin, GI, NOW)) == "b-jeugd"
    assert found(connection(BOTH, VT_NORTH.oin, TEAM, NOW)) == "a-wijk"
    assert connection(BOTH, VT_NORTH.oin, Role.POLICE, NOW) is None
    assert found(triage_desk(BOTH, NORTH, NOW)) == VT_NORTH.id


def test_a_second_connection_of_a_role_has_to_wait_until_the_first_has_ended() -> None:
    with pytest.raises(OperatorError, match=r"^oin-taken: b-jeugd is gecertificeerde-instelling"):
        added(BOTH, VT_NORTH, "nog-een", role=GI, regions=(SOUTH,))

    later = added(retire_partner(BOTH, PartnerId("b-jeugd"), NOW), VT_NORTH, "nog-een", role=GI, valid_from=NOW)
    assert found(connection(later, VT_NORTH.oin, GI, NOW)) == "nog-een"


def test_where_no_role_is_named_the_first_in_the_stated_order_is_meant() -> None:
    assert found(partner_by_oin(BOTH, VT_NORTH.oin, NOW)) == VT_NORTH.id
    assert found(partner_by_oin(BOTH, VT_NORTH.oin, NOW, Role.POLICE, TEAM, GI)) == "a-wijk"
    assert set(ROLES) == set(Role)


def test_an_organisation_that_goes_on_in_another_role_has_not_ended() -> None:
    country = retire_partner(BOTH, VT_NORTH.id, NOW, PartnerId("vt-zuid"))

    assert successor_of(country, VT_NORTH.oin, NOW) is None
    assert found(partner_by_oin(country, VT_NORTH.oin, NOW)) == "b-jeugd"
    assert found(connection(country, VT_NORTH.oin, VT, NOW)) == "vt-zuid"


def test_one_that_ended_in_all_its_roles_is_succeeded_where_any_of_them_is() -> None:
    country = added(COUNTRY, VT_NORTH, "jeugd", role=GI)
    country = retire_partner(country, VT_NORTH.id, NOW - DAY, PartnerId("vt-zuid"))
    country = retire_partner(country, PartnerId("jeugd"), NOW)

    assert successor_of(country, VT_NORTH.oin, NOW) == COUNTRY.partners[PartnerId("vt-zuid")].oin


# ---- no name decides

NAMES = tuple(f"{letter}-{number}" for number, letter in enumerate("mbzkaqxcrd"))
Life = tuple[int, Role, int, int | None, int | None]
"""Which organisation, in which role, from and until which day, and which life succeeds it."""
LIVES = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from([VT, GI, TEAM]),
        st.integers(0, 9),
        st.one_of(st.none(), st.integers(1, 9)),
        st.one_of(st.none(), st.integers(0, 9)),
    ),
    min_size=2,
    max_size=len(NAMES),
)


def built(lives: Sequence[Life], names: Sequence[str]) -> tuple[Directory, dict[str, int]]:
    """What an operator could have made of these; who is which life, by name."""
    country, known = directory(), dict[str, int]()
    for number, (oin, role, start, _, _) in enumerate(lives):
        regions = (NORTH,) if oin % 2 else (SOUTH,)
        new = replace(partner(names[number], oin, role, *regions), valid_from=LONG_AGO + start * DAY)
        try:
            country = add_partner(country, new, TEST)
        except OperatorError:
            continue
        known[names[number]] = number
        country = _ended(country, lives, number, names)
    return country, known


def _ended(country: Directory, lives: Sequence[Life], number: int, names: Sequence[str]) -> Directory:
    _, _, start, length, successor = lives[number]
    if length is None:
        return country
    heir = PartnerId(names[successor]) if successor is not None and successor < number else None
    try:
        return retire_partner(country, PartnerId(names[number]), LONG_AGO + (start + length) * DAY, heir)
    except OperatorError:
        return country


def answers(country: Directory, known: dict[str, int], now: datetime) -> list[object]:
    """Everything that is asked of a directory about who is meant, with lives in place of names."""
    oins = sorted({one.oin for one in country.partners.values()})

    def life(one: Partner | None) -> int | None:
        return None if one is None else known[one.id]

    said: list[object] = []
    for oin in oins:
        said += [life(partner_by_oin(country, oin, now)), life(known_by_oin(country, oin, now, TEAM, GI))]
        said += [life(known_by_oin(country, oin, now)), successor_of(country, oin, now)]
        said += [life(connection(country, oin, role, now)) for role in Role]
    by_life = sorted(country.partners.values(), key=lambda one: known[one.id])
    return said + [life(next_connection(country, one, now)) for one in by_life]


@settings(deadline=None, derandomize=True, max_examples=300)
@given(LIVES, st.permutations(NAMES), st.integers(0, 20))
def test_whoever_is_meant_is_meant_whatever_the_connections_are_called(
    lives: list[Life], names: list[str], day: int
) -> None:
    now = LONG_AGO + day * DAY
    country, known = built(lives, NAMES)
    renamed, as_now = built(lives, names)
    backwards = replace(renamed, partners=dict(reversed(list(renamed.partners.items()))))

    assert answers(renamed, as_now, now) == answers(country, known, now)
    assert answers(backwards, as_now, now) == answers(country, known, now)
