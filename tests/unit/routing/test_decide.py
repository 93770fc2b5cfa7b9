from dataclasses import replace

import pytest

from hub.canonical.codes import Lane
from hub.canonical.partners import Directory, Partner, Role
from hub.errors import Code, OurFault, Rejection
from hub.ids import RegionId
from hub.routing.changes import retire_partner
from hub.routing.decide import Way, allow, route
from hub.routing.rules import RULES, Kind
from hub.schemas.message import wire_type
from tests.unit.routing.sample import (
    CHILD_PROTECTION,
    COUNTRY,
    EMPTY,
    NORTH,
    NOW,
    POLICE_EMPTY,
    POLICE_LOST,
    POLICE_NORTH,
    POLICE_SOUTH,
    PROBATION,
    PROSECUTION,
    SOUTH,
    VT_NORTH,
    VT_SOUTH,
    directory,
)

ROUTINE, ACUTE = Lane.ROUTINE, Lane.ACUTE
CARE = wire_type("meldingen.zorgmelding")
CRIMINAL = wire_type("meldingen.strafrechtelijk-bericht")

# docs/contract.md, "Messages". `*` is any party, `-` the hub only.
SENDERS = {
    "meldingen.zorgmelding": "politie",
    "meldingen.huisverbod": "politie",
    "meldingen.strafrechtelijk-bericht": "om",
    "meldingen.raadsbericht": "rvdk",
    "meldingen.reclasseringssignaal": "reclassering",
    "meldingen.jeugdbeschermingsbericht": "gecertificeerde-instelling",
    "meldingen.professionele-melding": "melder lokaal-team",
    "adviezen.adviesvraag": "* but veilig-thuis",
    "adviezen.advies": "veilig-thuis",
    "triage.melding-aangeboden": "-",
    "triage.melding-ter-kennis": "-",
    "triage.melding-vastgelegd": "veilig-thuis",
    "triage.veiligheidsbeoordeling": "veilig-thuis",
    "triage.melding-losgemaakt": "veilig-thuis",
    "triage.onderzoeksuitkomst": "veilig-thuis",
    "triage.zaak-gesloten": "veilig-thuis",
    "overdrachten.aanbod": "*",
    "overdrachten.aanvulling-gevraagd": "*",
    "overdrachten.aanvulling-gegeven": "*",
    "overdrachten.aanvaard": "*",
    "overdrachten.dossier": "-",
    "overdrachten.geweigerd": "*",
    "overdrachten.ingetrokken": "*",
    "overdrachten.hulp-gestart": "*",
    "overdrachten.afgerond": "*",
    "overdrachten.belegd": "veilig-thuis",
    "actieoverleg.aanmelding": "* but melder",
    "actieoverleg.inbreng": "*",
    "actieoverleg.stand": "-",
    "actieoverleg.afspraken": "* but melder",
    "actieoverleg.afspraak-aanvaard": "*",
    "monitoring.vraag": "veilig-thuis",
    "monitoring.antwoord": "*",
    "radar.samenloop": "-",
    "radar.contact-gelegd": "*",
    "radar.intrekking": "*",
    "terugkoppelingen.stappen": "-",
    "zaken.standvraag": "*",
    "zaken.stand": "-",
    "zaken.wijziging": "-",
    "verwerking.verwerkt": "*",
    "verwerking.ontvangstbevestiging": "-",
    "verwerking.foutmelding": "-",
    "verwerking.vertraagd": "-",
    "verwerking.herinnering": "-",
    "verwerking.escalatie": "-",
    "verwerking.hubsleutel": "-",
}


def may_send(who: str, role: Role) -> bool:
    named, _, but = who.partition(" but ")
    return role.value != but and (named == "*" or role.value in named.split())


def test_the_table_has_the_types_of_the_contract_and_no_other() -> None:
    assert set(RULES) == {f"nl.ketenhub.{name}.v1" for name in SENDERS}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("name", "who"), SENDERS.items())
def test_a_type_is_sent_by_its_senders_only(name: str, who: str, role: Role) -> None:
    if may_send(who, role):
        assert allow(wire_type(name), role).type == wire_type(name)
    else:
        with pytest.raises(Rejection) as caught:
            allow(wire_type(name), role)
        assert (caught.value.reason, caught.value.fields) == (Code.NOT_ALLOWED, ("/type",))


@pytest.mark.parametrize(
    "unknown",
    ["", "meldingen.zorgmelding", "nl.ketenhub.meldingen.zorgmelding.v2", "NL.KETENHUB.MELDINGEN.ZORGMELDING.V1"],
)
def test_a_type_that_does_not_exist_is_refused_as_such(unknown: str) -> None:
    with pytest.raises(Rejection) as caught:
        allow(unknown, Role.POLICE)

    assert caught.value.reason is Code.TYPE_UNKNOWN


def test_reports_steps_and_answers_are_told_apart() -> None:
    kinds = {name: RULES[wire_type(name)].kind for name in SENDERS}

    assert {name for name, kind in kinds.items() if kind is Kind.REPORT} == {n for n in SENDERS if n[:9] == "meldingen"}
    assert {name for name, kind in kinds.items() if kind is Kind.ANSWER} == {"verwerking.verwerkt"}
    assert {name for name, kind in kinds.items() if kind is Kind.OF_THE_HUB} == {
        n for n, w in SENDERS.items() if w == "-"
    }


@pytest.mark.parametrize(
    ("sender", "municipality", "hint", "lane", "desk", "way"),
    [
        (POLICE_NORTH, "GM0002", None, ROUTINE, VT_NORTH, Way.MUNICIPALITY),
        (POLICE_NORTH, "GM0003", None, ROUTINE, VT_SOUTH, Way.MUNICIPALITY),
        (POLICE_NORTH, "GM0003", NORTH, ROUTINE, VT_SOUTH, Way.MUNICIPALITY),
        (POLICE_NORTH, None, SOUTH, ROUTINE, VT_SOUTH, Way.CASE),
        (POLICE_NORTH, None, None, ROUTINE, VT_NORTH, Way.ONLY_REGION),
        (PROSECUTION, None, None, ROUTINE, None, None),
        (POLICE_NORTH, "GM7777", None, ROUTINE, None, None),
        (POLICE_NORTH, "GM7777", SOUTH, ROUTINE, VT_SOUTH, Way.CASE),
        (POLICE_NORTH, "GM0009", SOUTH, ROUTINE, VT_SOUTH, Way.CASE),
        (POLICE_NORTH, "GM0009", None, ROUTINE, None, None),
        (POLICE_EMPTY, None, None, ROUTINE, None, None),
        (POLICE_NORTH, "GM0003", None, ACUTE, VT_SOUTH, Way.MUNICIPALITY),
        (POLICE_NORTH, "GM7777", None, ACUTE, VT_NORTH, Way.ACUTE_FALLBACK),
        (POLICE_NORTH, "GM7777", SOUTH, ACUTE, VT_SOUTH, Way.CASE),
        (POLICE_NORTH, "GM0009", None, ACUTE, VT_NORTH, Way.ACUTE_FALLBACK),
        (POLICE_NORTH, None, EMPTY, ACUTE, VT_NORTH, Way.ACUTE_FALLBACK),
        (POLICE_NORTH, None, None, ACUTE, VT_NORTH, Way.ACUTE_FALLBACK),
        (PROSECUTION, None, None, ACUTE, VT_SOUTH, Way.ACUTE_FALLBACK),
        (POLICE_LOST, None, None, ACUTE, VT_SOUTH, Way.ACUTE_FALLBACK),
    ],
)
def test_a_message_goes_to_the_desk_of_its_region(
    sender: Partner, municipality: str | None, hint: RegionId | None, lane: Lane, desk: Partner | None, way: Way | None
) -> None:
    if desk is None:
        with pytest.raises(Rejection) as caught:
            route(COUNTRY, sender, CARE, municipality, hint, lane, NOW)
        assert caught.value.reason is Code.REGION_UNKNOWN
    else:
        found = route(COUNTRY, sender, CARE, municipality, hint, lane, NOW)
        assert (found.desk, found.region, found.rule) == (desk.oin, desk.regions[0], way)
        assert found.version == COUNTRY.version


@pytest.mark.parametrize(
    ("sender", "municipality", "hint", "lane"),
    [
        (POLICE_EMPTY, None, None, ACUTE),
        (POLICE_EMPTY, "GM0009", None, ACUTE),
        (POLICE_EMPTY, "GM7777", EMPTY, ACUTE),
        (replace(POLICE_NORTH, regions=()), None, None, ACUTE),
        (POLICE_NORTH, None, EMPTY, ROUTINE),
        (POLICE_NORTH, None, RegionId("opgeheven"), ROUTINE),
    ],
)
def test_where_the_sender_cannot_help_it_a_missing_desk_is_our_fault(
    sender: Partner, municipality: str | None, hint: RegionId | None, lane: Lane
) -> None:
    with pytest.raises(OurFault, match="no-triage-desk"):
        route(COUNTRY, sender, CARE, municipality, hint, lane, NOW)


def test_a_retired_desk_gets_nothing_more() -> None:
    country = retire_partner(COUNTRY, VT_NORTH.id, NOW)

    with pytest.raises(Rejection):
        route(country, POLICE_NORTH, CARE, "GM0001", None, ROUTINE, NOW)


@pytest.mark.parametrize(
    ("country", "sender", "name", "municipality", "told"),
    [
        (COUNTRY, POLICE_NORTH, "meldingen.zorgmelding", "GM0001", ()),
        (COUNTRY, CHILD_PROTECTION, "meldingen.raadsbericht", "GM0001", ()),
        (
            COUNTRY,
            PROSECUTION,
            "meldingen.strafrechtelijk-bericht",
            "GM0001",
            (POLICE_NORTH, CHILD_PROTECTION, PROBATION),
        ),
        (
            COUNTRY,
            PROSECUTION,
            "meldingen.strafrechtelijk-bericht",
            "GM0003",
            (POLICE_LOST, POLICE_SOUTH, CHILD_PROTECTION),
        ),
        (COUNTRY, PROBATION, "meldingen.reclasseringssignaal", "GM0001", (PROSECUTION, POLICE_NORTH)),
        (directory(VT_NORTH, PROSECUTION), PROSECUTION, "meldingen.strafrechtelijk-bericht", "GM0001", ()),
    ],
)
def test_the_roles_of_the_region_are_told_the_sender_and_the_desk_apart(
    country: Directory, sender: Partner, name: str, municipality: str, told: tuple[Partner, ...]
) -> None:
    found = route(country, sender, wire_type(name), municipality, None, ROUTINE, NOW)

    assert found.tell == tuple(one.oin for one in told)


def test_the_sender_is_not_told_its_own_message() -> None:
    sender = replace(POLICE_NORTH, role=Role.PROSECUTION)
    country = replace(COUNTRY, partners={**COUNTRY.partners, POLICE_NORTH.id: POLICE_NORTH})

    assert POLICE_NORTH.oin not in route(country, sender, CRIMINAL, "GM0001", None, ROUTINE, NOW).tell
