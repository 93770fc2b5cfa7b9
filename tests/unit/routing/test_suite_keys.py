"""Who is told of a step of a key of the hub, and what."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from hub.canonical.codes import HubKeyStanding
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory, KeyUse, Suite
from hub.ids import PartnerId
from hub.routing.changes import end_partner, retire_partner
from hub.routing.hub_keys import STEPS, add_hub_key, found, kind_of, move_hub_key
from hub.routing.suite_keys import SUITE_KINDS, awaited, ever_wrote, number_of, read_from, said_of, told
from tests.unit.routing.sample import (
    LONG_AGO,
    NOW,
    POLICE_NORTH,
    POLICE_SOUTH,
    PROBATION,
    PROSECUTION,
    directory,
    key,
)

IN_USE, ENDED = HubKeyStanding
HOUR = timedelta(hours=1)
SAID = {
    # (use, from, to): what is said
    ("sig", "announced", "read"): IN_USE,
    ("sig", "announced", "retired"): None,
    ("sig", "read", "write"): None,
    ("sig", "read", "retired"): ENDED,
    ("enc", "announced", "read"): None,
    ("enc", "announced", "retired"): None,
    ("enc", "read", "write"): IN_USE,
    ("enc", "read", "retired"): None,
    ("enc", "wrote", "write"): IN_USE,
    ("enc", "wrote", "retired"): ENDED,
    ("sig", "wrote", "write"): None,
    ("sig", "wrote", "retired"): ENDED,
}


def at(now: str, kind: KeyKind) -> Directory:
    """The key `x` in this state, beside one that writes."""
    turned = directory(POLICE_NORTH)
    turned = add_hub_key(turned, HubKey(kind, "first" if now != "wrote" else "x", KeyState.ANNOUNCED), NOW)
    turned = add_hub_key(turned, HubKey(kind, "x" if now != "wrote" else "next", KeyState.ANNOUNCED), NOW + HOUR)
    for step in {"announced": (), "read": (KeyState.READ,), "wrote": (KeyState.READ, KeyState.WRITE)}[now]:
        turned = move_hub_key(turned, kind, "x" if now != "wrote" else "next", step, NOW + 2 * HOUR)
    return turned


def test_the_table_has_every_step_that_there_is() -> None:
    steps = {(now.value, to.value) for now, after in STEPS.items() for to in after}
    steps |= {("wrote", to) for now, to in steps if now == "read"}
    assert {(use, *step) for use, step in product(("sig", "enc"), steps)} == set(SAID)


@pytest.mark.parametrize("suite", list(Suite))
@pytest.mark.parametrize(("use", "now", "to"), SAID)
def test_partners_are_told_of_a_step_when_there_is_something_to_do_about_it(
    use: str, now: str, to: str, suite: Suite
) -> None:
    kind = kind_of(suite, KeyUse(use))
    before = at(now, kind)
    assert said_of(before, found(before, kind, "x"), KeyState(to)) == SAID[use, now, to]


def test_of_a_key_from_before_the_directory_named_it_nobody_knows_that_it_never_wrote() -> None:
    kind = KeyKind.S1_ENCRYPTION
    old, new = HubKey(kind, "old", KeyState.READ), HubKey(kind, "new", KeyState.WRITE)
    assert ever_wrote(replace(directory(), hub_keys=(old, new)), old)
    assert ever_wrote(replace(directory(), hub_keys=(old, replace(new, since=NOW))), old)
    assert ever_wrote(replace(directory(), hub_keys=(replace(old, since=NOW), new)), replace(old, since=NOW))


SIG, ENC = KeyUse.SIGNING, KeyUse.ENCRYPTION
COUNTRY = directory(
    replace(POLICE_NORTH, keys=(key(1, SIG), key(2, ENC)), begun=True),
    replace(POLICE_SOUTH, keys=(replace(key(3, SIG), suite=Suite.S1X), replace(key(4, ENC), suite=Suite.S1X))),
    replace(PROSECUTION, keys=(replace(key(5, SIG), suite=Suite.S1X), key(6, ENC))),
    replace(PROBATION, keys=(key(7, ENC, revoked_at=NOW), replace(key(8, ENC), suite=Suite.S1X))),
)


@pytest.mark.parametrize("kind", SUITE_KINDS)
def test_who_has_or_had_a_key_of_the_suite_is_told_and_nobody_else(kind: KeyKind) -> None:
    """Who changed its suite may go on encrypting to the other key of the hub."""
    suite, _ = SUITE_KINDS[kind]
    expected = {Suite.S1: ["om", "politie-noord", "reclassering"], Suite.S1X: ["om", "politie-zuid", "reclassering"]}
    assert [one.id for one in told(COUNTRY, kind, NOW)] == expected[suite]


def test_who_is_closing_or_yet_to_come_is_not_told() -> None:
    retired = retire_partner(COUNTRY, PartnerId("politie-noord"), NOW)
    assert "politie-noord" not in [one.id for one in told(retired, KeyKind.S1_SIGNING, NOW)]
    assert told(COUNTRY, KeyKind.S1_SIGNING, LONG_AGO - HOUR) == (COUNTRY.partners[PartnerId("politie-noord")],)


def test_what_is_read_to_the_end_is_read_from_who_is_closing_too_and_from_nobody_who_has_ended() -> None:
    kind, north = KeyKind.S1_SIGNING, PartnerId("politie-noord")
    closing = retire_partner(COUNTRY, north, NOW)
    ended = end_partner(closing, north, NOW + HOUR)
    assert read_from(COUNTRY, kind, NOW) == told(COUNTRY, kind, NOW)
    assert [one.id for one in read_from(closing, kind, NOW)] == ["om", "politie-noord", "reclassering"]
    assert [one.id for one in read_from(ended, kind, NOW)] == ["om", "reclassering"]


def test_what_a_connection_that_is_closing_owes_its_successor_does_or_nobody() -> None:
    north, south = PartnerId("politie-noord"), PartnerId("politie-zuid")
    assert awaited(COUNTRY, [south, north, south], NOW) == (north, south)
    assert awaited(retire_partner(COUNTRY, north, NOW, south), [north], NOW) == (south,)
    assert awaited(retire_partner(COUNTRY, north, NOW), [north], NOW) == ()
    assert awaited(COUNTRY, [PartnerId("unknown")], NOW) == ()


def test_a_key_has_a_number_of_its_own() -> None:
    assert len({number_of(key(number).kid) for number in range(50)}) == 50
    assert number_of("x") == number_of("x")
