"""A valid example of every type in each direction: invented people, test BSNs and test OINs only."""

from copy import deepcopy
from typing import Any

from hub.canonical.partners import Role
from hub.schemas.disclosure import disclose
from hub.schemas.message import Direction, wire_type
from hub.schemas.registry import message_types, validate

OIN_POLICE = "00000099000000001000"
OIN_TRIAGE = "00000099000000005000"
OIN_TEAM = "00000099000000006000"
OIN_BOARD = "00000099000000003000"

REPORT_ID = "0b7c0f6e-6f0d-4c8e-9a51-2f4a3d1c7e01"
HANDOVER_ID = "5d1f3c52-8f0b-4d43-8f7e-0a6b9c2d4e02"
MESSAGE_ID = "c2a9e1d4-3b5f-4a67-9c8d-7e6f5a4b3c03"
HASH = "3f" * 32

_CHILD = {
    "rol": "kind",
    "geslacht": "vrouw",
    "bsn": "999911004",
    "naam": {"voorletters": "Z.", "voornamen": "Zonne", "voorvoegsel": "van", "achternaam": "Verzonnen"},
    "geboortedatum": "2017-05",
    "adres": {"postcode": "2511AB", "huisnummer": 12, "toevoeging": "B"},
    "informering": {"geinformeerd": False, "reden": "Te jong."},
}
_MOTHER = {
    "rol": "vermoedelijk-slachtoffer",
    "geslacht": "vrouw",
    "bsn": "999933000",
    "naam": {"voorletters": "F.", "achternaam": "Verzonnen"},
    "geboortedatum": "1988-11-23",
    "adresAfgeschermd": {"omschrijving": "Opvanglocatie, navragen bij het meldpunt"},
    "telefoon": "+31 70 0000000",
    "informering": {"geinformeerd": True, "datum": "2026-03-02", "reactie": "Wil hulp."},
}
_UNBORN = {
    "rol": "kind",
    "geslacht": "onbekend",
    "bsn": "999999999",
    "ongeboren": {"bsnMoeder": "999933000", "naamMoeder": {"achternaam": "Verzonnen"}, "verwachteDatum": "2026-08"},
}
_SUSPECT = {
    "rol": "vermoedelijke-pleger",
    "geslacht": "man",
    "skn": "99000123",
    "naam": {"voorletters": "D.", "achternaam": "Denkbeeld"},
    "geboortedatum": "1985",
}
_REPORTER = {
    "functie": "Wijkagent",
    "naam": "A. Bedacht",
    "telefoon": "0900 0000",
    "hoedanigheid": "politie",
    "anoniemVoorGezin": {"grond": "Ernstige verstoring van de vertrouwensrelatie."},
}
_DANGER = {
    "gevaar": "Verdachte staat mogelijk weer voor de deur.",
    "genomenActie": "Surveillance in de straat.",
    "gevraagdeActie": "Vandaag veiligheid beoordelen.",
    "terugbelnummer": "0900 0000",
    "gebeldOp": "2026-03-02T21:05:00Z",
    "gesprokenMet": "Dienstdoende medewerker",
}
_CARE_REPORT = {
    "kenmerk": "PL1500-2026-000001",
    "gemeente": "GM0518",
    "minderjarigenBetrokken": True,
    "betrokkenen": [_CHILD, _MOTHER, _UNBORN, _SUSPECT],
    "omschrijving": "Buren hoorden geschreeuw.\nBij aankomst zat het kind alleen boven.",
    "aanleiding": ["ex-partnergeweld", "kindermishandeling-anders"],
    "aard": ["lichamelijke-mishandeling", "getuige-van-geweld-in-gezin"],
    "directGevaar": _DANGER,
    "melder": _REPORTER,
    "soort": "huiselijk-geweld",
    "voorvalOp": "2026-03-02T20:40:00Z",
    "plaats": "Woning, Verzonnenstraat",
    "zorgschets": "Derde melding in korte tijd.",
    "betrokkenProfessionals": [{"organisatie": "Basisschool De Fantasie", "functie": "Intern begeleider"}],
    "terugkoppelingGewenst": True,
}
_CRIMINAL_NOTICE = {
    "kenmerk": "OM-2026-0001",
    "gemeente": "GM0518",
    "minderjarigenBetrokken": True,
    "betrokkenen": [_SUSPECT],
    "omschrijving": "De voorlopige hechtenis is geschorst onder voorwaarden.",
    "soort": "schorsing",
    "nieuwGevaar": True,
    "ingaandOp": "2026-03-05T16:00:00Z",
    "voorwaarden": [
        {"soort": "contactverbod", "omschrijving": "Geen contact.", "vanaf": "2026-03-05", "tot": "2026-06-05"}
    ],
    "slachtofferGeinformeerd": False,
}
_BOARD_NOTICE = {
    "kenmerk": "RVDK-2026-0001",
    "gemeente": "GM0518",
    "minderjarigenBetrokken": True,
    "betrokkenen": [_CHILD],
    "omschrijving": "Het onderzoek is afgerond.",
    "soort": "uitkomst",
    "nieuweZorgen": True,
    "statusOp": "2026-03-10",
    "verzoekAanRechter": True,
    "maatregelen": ["ondertoezichtstelling"],
}
_PROBATION_SIGNAL = {
    "kenmerk": "3RO-2026-0001",
    "gemeente": "GM0518",
    "minderjarigenBetrokken": False,
    "betrokkenen": [_SUSPECT],
    "omschrijving": "Het contactverbod is overtreden.",
    "soort": "overtreding-voorwaarden",
    "overtredingen": [
        {
            "voorwaarde": "contactverbod",
            "datum": "2026-03-12",
            "ernst": "ernstig",
            "omschrijving": "Bij de deur gezien",
        }
    ],
}
_FULL_PART = {
    "situatie": "Geweld tussen ex-partners, kind getuige.",
    "achtergrond": "Eerdere meldingen in 2025.",
    "beoordeling": "Structureel onveilig, nu geen acuut gevaar.",
    "aanbeveling": "Veiligheidsplan met het gezin.",
    "betrokkenen": [_CHILD, _MOTHER],
    "veiligheidsvoorwaarden": [{"voorwaarde": "Overdracht van het kind via school.", "bewaaktDoor": "Wijkteam"}],
    "monitoring": {"door": "Veilig Thuis", "eersteOp": "2026-06-15"},
    "besluitOp": "2026-03-09",
}
_OFFER = {
    "overdracht": HANDOVER_ID,
    "kandidaten": [OIN_TEAM, OIN_BOARD],
    "soort": "lokaal-veld",
    "minimaal": {
        "gemeente": "GM0518",
        "aanleiding": ["ex-partnergeweld"],
        "aard": ["getuige-van-geweld-in-gezin"],
        "aantalVolwassenen": 2,
        "aantalMinderjarigen": 1,
        "acuteOnveiligheid": False,
        "structureleOnveiligheid": True,
    },
    "volledig": _FULL_PART,
    "antwoordVoor": "2026-03-12T12:00:00Z",
}
_ASSESSMENT = {
    "melding": REPORT_ID,
    "uitkomst": "overdracht",
    "besluitOp": "2026-03-09",
    "acuteOnveiligheid": False,
    "structureleOnveiligheid": True,
    "gehoord": {"ouders": True, "kinderen": False},
    "mdaPlusPlus": False,
    "ontvangendePartijen": ["lokaal-veld"],
}
_TO_HUB: dict[str, dict[str, Any]] = {
    "meldingen.zorgmelding": _CARE_REPORT,
    "meldingen.strafrechtelijk-bericht": _CRIMINAL_NOTICE,
    "meldingen.raadsbericht": _BOARD_NOTICE,
    "meldingen.reclasseringssignaal": _PROBATION_SIGNAL,
    "triage.melding-vastgelegd": {
        "melding": REPORT_ID,
        "nummerVeiligThuis": "ML-2026-0001",
        "vastgelegdOp": "2026-03-02T21:20:00Z",
    },
    "triage.veiligheidsbeoordeling": _ASSESSMENT,
    "triage.zaak-gesloten": {"geslotenOp": "2026-09-01", "reden": "vervolg-afgerond"},
    "overdrachten.aanbod": _OFFER,
    "overdrachten.aanvaard": {"overdracht": HANDOVER_ID, "functie": "Teamleider wijkteam", "aanbodHash": HASH},
    "overdrachten.geweigerd": {
        "overdracht": HANDOVER_ID,
        "code": "verkeerde-geadresseerde",
        "doorverwijzing": OIN_TEAM,
        "toelichting": "Het gezin woont in een andere wijk.",
    },
    "overdrachten.ingetrokken": {"overdracht": HANDOVER_ID, "reden": "situatie-gewijzigd"},
    "zaken.standvraag": {},
    "verwerking.verwerkt": {"bericht": MESSAGE_ID, "resultaat": "opgeslagen"},
}
_ON_CASE = {"zaakversie": 3, "houder": OIN_TRIAGE}
_FROM_HUB: dict[str, dict[str, Any]] = {
    "overdrachten.aanbod": {
        "overdracht": HANDOVER_ID,
        "herkomst": "overdracht",
        "gever": OIN_TRIAGE,
        "soort": "lokaal-veld",
        "minimaal": _OFFER["minimaal"],
        "antwoordVoor": "2026-03-12T12:00:00Z",
        **_ON_CASE,
    },
    "overdrachten.dossier": {"overdracht": HANDOVER_ID, "volledig": _FULL_PART, **_ON_CASE},
    "overdrachten.ingetrokken": {"overdracht": HANDOVER_ID, "reden": "elders-aanvaard", **_ON_CASE},
    "terugkoppelingen.stappen": {
        "melding": REPORT_ID,
        "uitkomst": "overdracht",
        "ontvangendePartijen": ["lokaal-veld"],
        "besluitOp": "2026-03-09",
        "zaakversie": 2,
    },
    "zaken.stand": {
        "status": "open",
        "openStappen": [{"type": "overdrachten.aanvaard", "door": OIN_TEAM, "over": HANDOVER_ID}],
        "termijnen": [
            {
                "naam": "antwoord-aanbod",
                "lengte": 3,
                "eenheid": "werkdagen",
                "over": HANDOVER_ID,
                "uiterlijk": "2026-03-12T23:00:00Z",
                "verlopen": False,
            }
        ],
        **_ON_CASE,
    },
    "verwerking.ontvangstbevestiging": {
        "bericht": MESSAGE_ID,
        "sha256": HASH,
        "ontvangenOp": "2026-03-02T21:10:00.125000Z",
        "referentie": REPORT_ID,
        "journaal": "a7" * 32,
    },
    "verwerking.foutmelding": {
        "bericht": MESSAGE_ID,
        "sha256": HASH,
        "hashVan": "inhoud",
        "code": "schema-ongeldig",
        "velden": ["/data/betrokkenen/0/bsn"],
        "uitleg": "Het bericht voldoet niet aan het schema. Zie velden.",
    },
    "verwerking.vertraagd": {
        "bericht": MESSAGE_ID,
        "sha256": HASH,
        "hashVan": "bericht",
        "ontvangenOp": "2026-03-02T21:10:00Z",
    },
}


def sample(name: str, direction: Direction | None = None) -> dict[str, Any]:
    """A valid `data` of `group.name`; a fresh copy.

    Args:
        direction: to the hub unless only the hub says it.

    Raises:
        KeyError: there is no such type, or not in this direction.
    """
    if direction is None:
        direction = Direction.TO_HUB if name in _TO_HUB else Direction.FROM_HUB
    return deepcopy(_TO_HUB[name]) if direction is Direction.TO_HUB else _from_hub(name)


def sample_names() -> tuple[str, ...]:
    """Every `group.name`, in the registry's order."""
    return tuple(known.name for known in message_types().values())


def _from_hub(name: str) -> dict[str, Any]:
    if name == "triage.melding-aangeboden":
        return _presented()
    if name in _FROM_HUB:
        return deepcopy(_FROM_HUB[name])
    if message_types()[wire_type(name)].from_hub is None:
        raise KeyError(name)
    return disclose(validate(wire_type(name), _TO_HUB[name]), Role.VEILIG_THUIS) | _ON_CASE


def _presented() -> dict[str, Any]:
    soort = wire_type("meldingen.zorgmelding")
    report = {
        "nummer": REPORT_ID,
        "ontvangenOp": "2026-03-02T21:10:00Z",
        "afzender": OIN_POLICE,
        "soort": soort,
        "inhoud": disclose(validate(soort, _CARE_REPORT), Role.VEILIG_THUIS),
    }
    term = {"naam": "veiligheidsbeoordeling", "lengte": 5, "eenheid": "werkdagen", "start": "verwerkt-of-vastgelegd"}
    return {"melding": report, "termijnen": [term], "radar": [], "zaakversie": 1, "houder": OIN_POLICE}
