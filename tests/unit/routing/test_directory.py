import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.canonical.environment import Environment
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Contact, Directory, Key, KeyUse, Life, Partner, PartnerLimits, Role
from hub.errors import OperatorError, OurFault
from hub.ids import KeyId, Oin, PartnerId, RegionId
from hub.routing import checks, document
from hub.routing.changes import (
    add_key,
    add_partner,
    change_partner,
    check_desk,
    check_environment,
    end_partner,
    retire_partner,
    revoke_key,
    set_contacts,
)
from hub.routing.directory import (
    behind,
    encryption_key,
    next_connection,
    organisations,
    partner_by_oin,
    region_of,
    signing_key,
    successor_of,
    triage_desk,
)
from hub.routing.document import UPCASTS, from_document, to_document
from hub.routing.hub_keys import add_hub_key
from tests.unit.routing.sample import (
    COUNTRY,
    EMPTY,
    HUB,
    LONG_AGO,
    NORTH,
    NOW,
    POLICE_EMPTY,
    POLICE_NORTH,
    POLICE_SOUTH,
    SOUTH,
    VT_NORTH,
    VT_SOUTH,
    directory,
    key,
    kid,
    partner,
)

DAY = timedelta(days=1)
TEST = Environment.TEST


def refused(code: str) -> pytest.RaisesExc[OperatorError]:
    return pytest.raises(OperatorError, match=f"^{code}: ")


def test_a_partner_is_found_by_its_oin_while_it_is_active() -> None:
    country = retire_partner(COUNTRY, VT_NORTH.id, NOW)

    assert partner_by_oin(COUNTRY, VT_NORTH.oin, NOW) == VT_NORTH
    assert partner_by_oin(country, VT_NORTH.oin, NOW) is None
    assert partner_by_oin(country, Oin("00000099999999999999"), NOW) is None


def test_the_triage_desk_is_the_regions_active_veilig_thuis() -> None:
    assert triage_desk(COUNTRY, NORTH, NOW) == VT_NORTH
    assert triage_desk(COUNTRY, SOUTH, NOW) == VT_SOUTH
    assert triage_desk(COUNTRY, EMPTY, NOW) is None
    assert triage_desk(COUNTRY, NORTH, LONG_AGO - DAY) is None


def test_whoever_came_before_is_behind_a_connection_however_many_and_also_when_that_has_ended() -> None:
    names = [PartnerId(f"team-{one}") for one in "wxyz"]
    teams = [partner(name, 60 + at, Role.LOCAL_TEAM, NORTH) for at, name in enumerate(names)]
    country = COUNTRY
    for team in teams:
        country = add_partner(country, team, TEST)
    for former, next_ in ((0, 1), (1, 2), (3, 2)):
        country = retire_partner(country, names[former], NOW, names[next_])
    for then in (country, retire_partner(country, names[2], NOW)):
        assert behind(then, teams[2]) == (teams[0].oin, teams[1].oin, teams[3].oin)
        assert behind(then, teams[1]) == (teams[0].oin,)
        assert behind(then, teams[0]) == ()


def test_organisations_of_a_role_come_by_id() -> None:
    names = [one.id for one in organisations(COUNTRY, Role.POLICE, SOUTH, NOW)]

    assert names == ["politie-leeg-zuid", "politie-zuid"]


@pytest.mark.parametrize(("code", "region"), [("GM0002", NORTH), ("GM0003", SOUTH), ("GM7777", None)])
def test_a_municipality_has_a_region_or_none(code: str, region: RegionId | None) -> None:
    found = region_of(COUNTRY, code)

    assert (found.id if found else None) == region


SIG, ENC = KeyUse.SIGNING, KeyUse.ENCRYPTION


@pytest.mark.parametrize(
    ("held", "counts"),
    [
        (key(1, SIG), True),
        (key(1, SIG, revoked_at=NOW - DAY), False),
        (key(1, SIG, valid_to=NOW), False),
        (key(1, SIG, valid_to=NOW + DAY), True),
        (key(1, SIG, valid_from=NOW + DAY), False),
        (key(1, ENC), False),
        (key(2, SIG), False),
    ],
)
def test_a_signature_counts_by_a_signing_key_in_force(held: Key, counts: bool) -> None:
    owner = replace(POLICE_NORTH, keys=(held,))

    assert signing_key(owner, kid(1), NOW) == (held if counts else None)


def test_one_seals_with_the_newest_encryption_key_in_force() -> None:
    old, new = key(5), key(4, valid_from=NOW - DAY)
    later, revoked, signing = key(3, valid_from=NOW + DAY), key(2, valid_from=NOW, revoked_at=NOW), key(1, SIG)
    owner = replace(POLICE_NORTH, keys=(old, later, new, revoked, signing))

    assert encryption_key(owner, NOW) == new
    assert encryption_key(owner, NOW + DAY) == later
    assert encryption_key(POLICE_NORTH, NOW) is None


# ---- changes


NEW = partner("nieuw", 50, Role.POLICE, NORTH)


def test_each_change_gives_the_next_version_and_leaves_the_old_one() -> None:
    first = add_partner(COUNTRY, NEW, TEST)
    second = add_key(first, NEW.id, key(1))
    third = revoke_key(second, NEW.id, kid(1), NOW)
    fourth = retire_partner(third, NEW.id, NOW, successor=POLICE_NORTH.id)

    assert [one.version for one in (COUNTRY, first, second, third, fourth)] == [7, 8, 9, 10, 11]
    assert NEW.id not in COUNTRY.partners
    assert second.partners[NEW.id].keys == (key(1),)
    assert third.partners[NEW.id].keys == (key(1, revoked_at=NOW),)
    assert fourth.partners[NEW.id].valid_to == NOW
    assert fourth.partners[NEW.id].successor == POLICE_NORTH.id


@pytest.mark.parametrize(
    ("newcomer", "code"),
    [
        (replace(NEW, id=PartnerId("Nieuw")), "partner-id"),
        (replace(NEW, id=PartnerId("x")), "partner-id"),
        (replace(NEW, id=PartnerId("x" * 41)), "partner-id"),
        (replace(NEW, id=POLICE_NORTH.id), "partner-exists"),
        (replace(NEW, oin=Oin("0000009900000000005")), "oin"),
        (replace(NEW, oin=Oin("0000009900000000005\u0661")), "oin"),
        (replace(NEW, oin=Oin("00000005000000000050")), "oin"),
        (replace(NEW, oin=Oin("00000001000000000050")), "oin-real"),
        (replace(NEW, oin=POLICE_NORTH.oin), "oin-taken"),
        (replace(NEW, oin=HUB), "oin-taken"),
        (replace(NEW, regions=()), "region"),
        (replace(NEW, regions=(NORTH, RegionId("oost"))), "region"),
        (replace(NEW, role=Role.VEILIG_THUIS), "desk-taken"),
        (replace(NEW, keys=(key(1), key(1))), "key-known"),
    ],
)
def test_a_partner_that_does_not_fit_is_refused(newcomer: Partner, code: str) -> None:
    with refused(code):
        add_partner(COUNTRY, newcomer, TEST)


def test_the_refusal_of_a_region_lists_the_known_ones() -> None:
    with pytest.raises(OperatorError, match="leeg, noord, zuid"):
        add_partner(COUNTRY, replace(NEW, regions=(RegionId("oost"),)), TEST)


@pytest.mark.parametrize(
    ("number", "environment", "code"),
    [
        ("00000099000000000050", Environment.PRODUCTION, "oin-test"),
        ("00000003000000000050", Environment.TEST, "oin-real"),
    ],
)
def test_test_organisations_and_real_ones_never_meet(number: str, environment: Environment, code: str) -> None:
    with refused(code):
        add_partner(COUNTRY, replace(NEW, oin=Oin(number)), environment)


@pytest.mark.parametrize("prefix", sorted(set(checks.OIN_PREFIXES) - {checks.TEST_PREFIX}))
def test_every_known_prefix_is_an_organisation_in_production(prefix: str) -> None:
    newcomer = replace(NEW, oin=Oin(f"{prefix}000000000050"))

    assert newcomer.id in add_partner(directory(), newcomer, Environment.PRODUCTION).partners


def test_a_directory_of_the_other_environment_is_refused_and_gets_no_partner() -> None:
    real = replace(NEW, oin=Oin("00000003000000000050"))
    for known, other, newcomer in (
        (COUNTRY, Environment.PRODUCTION, real),
        (directory(real), Environment.TEST, replace(NEW, id=PartnerId("another"))),
    ):
        with refused("environment-other"):
            check_environment(known, other)
        with refused("environment-other"):
            add_partner(known, newcomer, other)
    check_environment(COUNTRY, Environment.TEST)
    check_environment(directory(), Environment.PRODUCTION)


def test_after_a_desk_retires_another_takes_its_oin_and_region() -> None:
    retired = retire_partner(COUNTRY, VT_NORTH.id, NOW)
    successor = replace(VT_NORTH, id=PartnerId("vt-noord-2"), valid_from=NOW)
    country = add_partner(retired, successor, TEST)

    assert triage_desk(country, NORTH, NOW) == successor
    with refused("oin-taken"):
        add_partner(retired, replace(successor, valid_from=NOW - DAY), TEST)


@pytest.mark.parametrize("moment", [NOW - DAY, NOW - timedelta(microseconds=1), NOW, NOW + DAY])
@pytest.mark.parametrize("own", [True, False], ids=["the same organisation", "a new one"])
def test_a_desk_takes_the_place_of_another_in_one_version_so_that_there_is_always_one(
    own: bool, moment: datetime
) -> None:
    heir = partner("vt-nieuw", 1 if own else 60, Role.VEILIG_THUIS, NORTH)
    country = add_partner(COUNTRY, replace(heir, valid_from=NOW), TEST, VT_NORTH.id)

    assert country.version == COUNTRY.version + 1
    desks = organisations(country, Role.VEILIG_THUIS, NORTH, moment)
    assert [one.id for one in desks] == [heir.id]
    assert (country.partners[VT_NORTH.id].valid_to, country.partners[VT_NORTH.id].successor) == (NOW, heir.id)
    assert successor_of(country, VT_NORTH.oin, moment) == (None if own else heir.oin)


def test_a_desk_of_two_regions_is_succeeded_in_both() -> None:
    both = replace(VT_NORTH, regions=(NORTH, EMPTY))
    country = directory(both, VT_SOUTH)
    with refused("successor"):
        add_partner(country, replace(partner("nieuw", 60, Role.VEILIG_THUIS, NORTH), valid_from=NOW), TEST, both.id)
    with refused("successor"):
        add_partner(country, replace(partner("nieuw", 60, Role.POLICE, NORTH, EMPTY), valid_from=NOW), TEST, both.id)
    with refused("successor"):
        retire_partner(directory(both, POLICE_NORTH), both.id, NOW, POLICE_NORTH.id)
    merged = retire_partner(country, both.id, NOW, VT_SOUTH.id)
    desks = [triage_desk(merged, region, NOW) for region in (NORTH, EMPTY, SOUTH)]
    assert [one.id for one in desks if one] == [VT_SOUTH.id] * 3
    assert merged.version == country.version + 1


def test_another_desk_of_the_region_is_still_refused_beside_it() -> None:
    heir = replace(partner("nieuw", 60, Role.VEILIG_THUIS, NORTH, SOUTH), valid_from=NOW)
    with refused("desk-taken"):
        add_partner(COUNTRY, heir, TEST, VT_NORTH.id)
    with pytest.raises(OperatorError, match="--succeeds vt-noord"):
        add_partner(COUNTRY, replace(heir, regions=(NORTH,)), TEST)


def test_nobody_but_a_desk_may_end_without_another_in_its_place() -> None:
    check_desk(COUNTRY, POLICE_NORTH.id)
    with refused("desk-needed"):
        check_desk(COUNTRY, VT_NORTH.id)


def test_a_time_that_ends_where_anothers_starts_does_not_overlap_it() -> None:
    before = replace(VT_NORTH, id=PartnerId("vt-noord-0"), valid_from=LONG_AGO - DAY, valid_to=LONG_AGO)

    assert before.id in add_partner(COUNTRY, before, TEST).partners


def test_a_key_id_never_comes_back_not_even_from_a_retired_partner() -> None:
    country = revoke_key(add_key(COUNTRY, VT_NORTH.id, key(1)), VT_NORTH.id, kid(1), NOW)
    country = retire_partner(country, VT_NORTH.id, NOW)

    with refused("key-known"):
        add_key(country, VT_SOUTH.id, key(1))
    with refused("key-known"):
        add_partner(country, replace(NEW, keys=(key(1),)), TEST)


def test_what_is_over_is_not_done_again() -> None:
    country = retire_partner(add_key(COUNTRY, VT_NORTH.id, key(1)), VT_NORTH.id, NOW)
    with refused("partner-retired"):
        retire_partner(country, VT_NORTH.id, NOW)
    with refused("partner-retired"):
        add_key(country, VT_NORTH.id, key(2))
    with refused("successor"):
        retire_partner(country, VT_SOUTH.id, NOW, successor=VT_NORTH.id)
    with refused("successor"):
        retire_partner(country, VT_SOUTH.id, NOW, successor=VT_SOUTH.id)
    country = revoke_key(country, VT_NORTH.id, kid(1), NOW)
    with refused("key-revoked"):
        revoke_key(country, VT_NORTH.id, kid(1), NOW)


def test_a_connections_life_goes_one_way() -> None:
    coming = replace(NEW, valid_from=NOW)
    country = retire_partner(add_partner(COUNTRY, coming, TEST), NEW.id, NOW + DAY)
    closing = country.partners[NEW.id]
    ended = end_partner(country, NEW.id, NOW + 2 * DAY).partners[NEW.id]
    moments = [NOW - DAY, NOW, NOW + DAY, NOW + 2 * DAY]

    assert [closing.life(now) for now in moments] == [Life.COMING, *[Life.CLOSING] * 3], "an act counts at once"
    assert [closing.is_read(now) for now in moments] == [False, True, True, True]
    assert {ended.life(now) for now in moments} == {Life.ENDED}, "whatever a clock says then"
    with refused("partner-active"):
        end_partner(COUNTRY, POLICE_NORTH.id, NOW)
    with refused("partner-active"):
        end_partner(country, NEW.id, NOW)
    again = end_partner(country, NEW.id, NOW + 2 * DAY)
    assert end_partner(again, NEW.id, NOW + 3 * DAY) is again


def test_a_successor_may_still_be_named_while_there_is_something_to_take_over() -> None:
    closing = retire_partner(COUNTRY, POLICE_NORTH.id, NOW)
    later = retire_partner(closing, POLICE_NORTH.id, NOW + DAY, POLICE_SOUTH.id)

    assert (later.partners[POLICE_NORTH.id].valid_to, later.version) == (NOW, closing.version + 1)
    assert next_connection(later, later.partners[POLICE_NORTH.id], NOW) == POLICE_SOUTH
    with refused("partner-retired"):
        retire_partner(later, POLICE_NORTH.id, NOW + DAY, POLICE_EMPTY.id)
    with refused("partner-retired"):
        retire_partner(end_partner(closing, POLICE_NORTH.id, NOW), POLICE_NORTH.id, NOW, POLICE_SOUTH.id)


def test_who_and_what_is_not_there_is_refused() -> None:
    nobody = PartnerId("niemand")
    with refused("partner-unknown"):
        retire_partner(COUNTRY, nobody, NOW)
    with refused("partner-unknown"):
        add_key(COUNTRY, nobody, key(1))
    with refused("partner-unknown"):
        revoke_key(COUNTRY, nobody, kid(1), NOW)
    with refused("partner-unknown"):
        retire_partner(COUNTRY, VT_NORTH.id, NOW, successor=nobody)
    with refused("key-unknown"):
        revoke_key(COUNTRY, VT_NORTH.id, kid(1), NOW)


# ---- whom to call

DESK, NIGHT = Contact("meldpunt", "+31 70 1234567"), Contact("crisisdienst", "0800 2000")


def test_contacts_are_set_as_a_whole_and_keep_their_order() -> None:
    country = set_contacts(COUNTRY, VT_NORTH.id, [DESK, NIGHT])

    assert country.version == COUNTRY.version + 1
    assert country.partners[VT_NORTH.id].contacts == (DESK, NIGHT)
    assert set_contacts(country, VT_NORTH.id, []).partners[VT_NORTH.id].contacts == ()


@pytest.mark.parametrize(
    "contact",
    [Contact("", "0800 2000"), Contact("a\nb", "0800 2000"), Contact("x" * 201, "0800 2000"), Contact("a", "bel maar")],
)
def test_who_cannot_be_called_is_no_contact(contact: Contact) -> None:
    with refused("contact"):
        set_contacts(COUNTRY, VT_NORTH.id, [DESK, contact])
    with refused("contact"):
        add_partner(COUNTRY, replace(NEW, contacts=(contact,)), TEST)


def test_nobody_is_called_where_nobody_is() -> None:
    with refused("partner-unknown"):
        set_contacts(COUNTRY, PartnerId("niemand"), [DESK])
    with refused("partner-retired"):
        set_contacts(retire_partner(COUNTRY, VT_NORTH.id, NOW), VT_NORTH.id, [DESK])


Change = Partner | tuple[int, datetime]
MOMENTS = st.integers(0, 20).map(lambda days: LONG_AGO + days * DAY)
NEWCOMERS = st.builds(
    lambda number, role, regions, start, keys: replace(
        partner(f"p-{number}", number % 9 + 1, role, *sorted(regions)),
        valid_from=start,
        keys=tuple(key(one) for one in sorted(keys)),
    ),
    st.integers(0, 40),
    st.sampled_from(Role),
    st.frozensets(st.sampled_from([NORTH, SOUTH, EMPTY]), min_size=1),
    MOMENTS,
    st.frozensets(st.integers(1, 30), max_size=2),
)
CHANGES = st.lists(st.one_of(NEWCOMERS, st.tuples(st.integers(0, 40), MOMENTS)), max_size=25)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(CHANGES, MOMENTS)
def test_whatever_is_changed_there_is_one_desk_a_region_one_partner_an_oin_and_role_and_one_owner_a_key(
    changes: list[Change], now: datetime
) -> None:
    country = directory()
    for change in changes:
        try:
            country = _changed(country, change)
        except OperatorError:
            continue

    active = [one for one in country.partners.values() if one.active(now)]
    desks = [region for one in active if one.role is Role.VEILIG_THUIS for region in one.regions]
    kids = [one.kid for owner in country.partners.values() for one in owner.keys]
    assert len(desks) == len(set(desks))
    assert len(active) == len({(one.oin, one.role) for one in active})
    assert len(kids) == len(set(kids))
    assert from_document(to_document(country)) == country


def _changed(country: Directory, change: Change) -> Directory:
    if isinstance(change, Partner):
        return add_partner(country, change, TEST)
    number, at = change
    return retire_partner(country, PartnerId(f"p-{number}"), at)


# ---- documents


def test_a_version_comes_back_from_its_document_as_it_was() -> None:
    country = add_key(COUNTRY, VT_NORTH.id, key(1, valid_to=NOW + DAY, revoked_at=NOW))
    country = retire_partner(country, VT_SOUTH.id, NOW, successor=VT_NORTH.id)
    country = end_partner(country, VT_SOUTH.id, NOW + DAY)
    country = set_contacts(country, POLICE_NORTH.id, [DESK, NIGHT])
    country = add_hub_key(country, HubKey(KeyKind.RADAR, "1", KeyState.ANNOUNCED), NOW)
    country = add_hub_key(country, HubKey(KeyKind.S1_SIGNING, "2", KeyState.ANNOUNCED, "{}"), NOW)

    assert from_document(to_document(country)) == country


def test_the_document_is_canonical() -> None:
    turned = replace(COUNTRY, partners=dict(reversed(list(COUNTRY.partners.items()))))

    assert to_document(turned) == to_document(COUNTRY)
    assert to_document(COUNTRY).startswith(
        '{"hub":"00000099000000000000","hubKeys":[],"partners":[{"begun":false,"contacts":[],"endedAt":null,"id":"om",'
    )


def test_a_document_of_schema_1_can_be_read_for_ever() -> None:
    stored = (
        '{"hub":"00000099000000000000","partners":[{"id":"vt","keys":[{"jwk":"{}","kid":"k","revokedAt":null,'
        '"suite":"S1","use":"sig","validFrom":"2026-01-01T00:00:00+00:00","validTo":null}],"oin":'
        '"00000099000000000001","organisation":"VT","regions":["noord"],"role":"veilig-thuis","successor":null,'
        '"validFrom":"2026-01-01T00:00:00+00:00","validTo":null}],"regions":[{"id":"noord","municipalities":'
        '["GM0001"],"name":"Noord"}],"schema":1,"version":3}'
    )
    read = from_document(stored)

    assert read.version == 3
    assert read.partners[PartnerId("vt")].keys[0].kid == KeyId("k")
    assert read.partners[PartnerId("vt")].contacts == ()
    assert read.hub_keys == ()
    assert read.partners[PartnerId("vt")].ended_at is None
    assert from_document(to_document(read)) == read


def test_what_was_connected_or_ended_before_acts_were_told_apart_was_so_by_an_act() -> None:
    there = replace(VT_NORTH, valid_from=NOW + 800 * DAY)
    over = replace(VT_SOUTH, valid_to=NOW + 800 * DAY)
    stored = to_document(directory(there, over)).replace(f'"schema":{len(UPCASTS) + 1}', '"schema":4')
    read = from_document(stored)

    assert read.partners[there.id].active(NOW)
    assert not read.partners[over.id].active(NOW)


@pytest.mark.parametrize("off", [-8 * DAY, timedelta(minutes=-6), timedelta(0), 31 * DAY, 2200 * DAY])
def test_an_act_counts_at_once_whatever_the_clock_says(off: timedelta) -> None:
    """`off`: of the clock by which the operator acts; it is looked at by the right one."""
    new = replace(NEW, valid_from=NOW + off, begun=True)
    country = add_partner(COUNTRY, new, TEST)
    assert country.partners[new.id].active(NOW)

    country = retire_partner(country, new.id, NOW + off)
    assert not country.partners[new.id].active(NOW)
    heir = replace(new, id=PartnerId("another"), valid_from=NOW - 100 * DAY)
    assert add_partner(country, heir, TEST).partners[heir.id].active(NOW)

    country = revoke_key(add_key(COUNTRY, VT_NORTH.id, key(1, SIG)), VT_NORTH.id, kid(1), NOW + off)
    assert signing_key(country.partners[VT_NORTH.id], kid(1), NOW) is None

    had = add_key(COUNTRY, VT_NORTH.id, key(3, ENC, valid_from=NOW, begun=True))
    for use in (SIG, ENC):
        had = add_key(had, VT_NORTH.id, key(1 + (use is ENC), use, valid_from=NOW + off, begun=True))
    assert signing_key(had.partners[VT_NORTH.id], kid(1), NOW)
    newest = encryption_key(had.partners[VT_NORTH.id], NOW)
    assert newest
    assert newest.kid == kid(2), "the one that was added last"


def test_a_key_that_was_added_before_acts_were_told_apart_was_so_by_an_act() -> None:
    owner = replace(VT_NORTH, keys=(key(1, SIG, valid_from=NOW + 800 * DAY),))
    stored = to_document(directory(owner)).replace(f'"schema":{len(UPCASTS) + 1}', '"schema":5')

    assert signing_key(from_document(stored).partners[owner.id], kid(1), NOW)


def test_the_radars_keys_of_a_document_of_schema_2_are_among_the_hubs_own() -> None:
    stored = (
        '{"hub":"00000099000000000000","partners":[],"radarReads":["1","2"],"radarWrites":"2","regions":[],'
        '"schema":2,"version":3}'
    )
    read = from_document(stored)

    assert read.hub_keys == (
        HubKey(KeyKind.RADAR, "1", KeyState.READ),
        HubKey(KeyKind.RADAR, "2", KeyState.WRITE),
    )
    assert from_document(to_document(read)) == read


def test_an_older_document_is_brought_up_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    old = to_document(COUNTRY).replace('"hub":', '"hubje":').replace(f'"schema":{len(UPCASTS) + 1}', '"schema":1')
    monkeypatch.setattr(
        document, "UPCASTS", (lambda one: {**one, "hubby": one["hubje"]}, lambda two: {**two, "hub": two["hubby"]})
    )

    assert from_document(old) == COUNTRY


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema":1}', '{"schema":"1"}', f'{{"schema":{len(UPCASTS) + 2}}}', "null"]
)
def test_a_damaged_or_newer_document_is_our_fault(text: str) -> None:
    with pytest.raises(OurFault):
        from_document(text)


def test_a_partner_gets_another_region_and_loses_one_in_a_version_each_and_everything_else_of_it_stays() -> None:
    more = change_partner(COUNTRY, POLICE_NORTH.id, add=[SOUTH])
    assert more.partners[POLICE_NORTH.id] == replace(POLICE_NORTH, regions=(NORTH, SOUTH))
    less = change_partner(more, POLICE_NORTH.id, remove=[NORTH])
    assert less.partners[POLICE_NORTH.id] == replace(POLICE_NORTH, regions=(SOUTH,))
    assert [COUNTRY.version + step for step in (1, 2)] == [more.version, less.version]
    assert change_partner(less, POLICE_NORTH.id, add=[SOUTH], remove=[NORTH]) == less


def test_a_region_without_a_desk_gets_one_that_has_others() -> None:
    changed = change_partner(COUNTRY, VT_NORTH.id, add=[EMPTY])
    assert triage_desk(changed, EMPTY, NOW) == changed.partners[VT_NORTH.id]
    assert triage_desk(changed, NORTH, NOW) == changed.partners[VT_NORTH.id]


def test_no_region_gets_two_desks_or_loses_its_own_and_no_partner_is_left_without_a_region() -> None:
    with refused("desk-taken"):
        change_partner(COUNTRY, VT_NORTH.id, add=[SOUTH])
    with refused("desk-needed"):
        change_partner(COUNTRY, VT_NORTH.id, add=[EMPTY], remove=[NORTH])
    with refused("region"):
        change_partner(COUNTRY, POLICE_NORTH.id, remove=[NORTH])
    with refused("region"):
        change_partner(COUNTRY, POLICE_NORTH.id, add=[RegionId("nowhere")])


def test_a_desk_may_have_the_region_of_one_that_has_ended() -> None:
    later = retire_partner(COUNTRY, VT_SOUTH.id, NOW - DAY)
    assert triage_desk(change_partner(later, VT_NORTH.id, add=[SOUTH]), SOUTH, NOW) is not None


def test_who_ends_or_is_not_there_is_not_changed() -> None:
    with refused("partner-retired"):
        change_partner(retire_partner(COUNTRY, POLICE_NORTH.id, NOW), POLICE_NORTH.id, add=[SOUTH])
    with refused("partner-unknown"):
        change_partner(COUNTRY, PartnerId("nobody"), add=[SOUTH])


def test_limits_of_a_partner_are_kept_in_the_directory_and_a_version_before_reads_it_without() -> None:
    limits = PartnerLimits(connections=20, queue_messages=50_000)
    changed = change_partner(COUNTRY, POLICE_NORTH.id, limits=limits)
    assert from_document(to_document(changed)) == changed
    assert changed.partners[POLICE_NORTH.id].regions == POLICE_NORTH.regions
    written = {one["id"]: one for one in json.loads(to_document(changed))["partners"]}
    assert written[POLICE_NORTH.id]["limits"] == {"connections": 20, "queue_messages": 50_000}
    assert not [id_ for id_, one in written.items() if "limits" in one and id_ != POLICE_NORTH.id]
    assert to_document(change_partner(changed, POLICE_NORTH.id, limits=PartnerLimits())).count("limits") == 0


@pytest.mark.parametrize("name", checks.MOST)
def test_a_limit_that_the_broker_cannot_keep_is_refused(name: str) -> None:
    for number in (0, -1, checks.MOST[name] + 1):
        with refused("limit"):
            change_partner(COUNTRY, POLICE_NORTH.id, limits=PartnerLimits(**{name: number}))
    change_partner(COUNTRY, POLICE_NORTH.id, limits=PartnerLimits(**{name: checks.MOST[name]}))
