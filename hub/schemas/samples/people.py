"""Who and what the samples speak of: invented people, test BSNs and test OINs only."""

from typing import Any

OIN_POLICE = "00000099000000001000"
OIN_PROSECUTION = "00000099000000002000"
OIN_BOARD = "00000099000000003000"
OIN_TRIAGE = "00000099000000005000"
OIN_TEAM = "00000099000000006000"
OIN_OTHER_TEAM = "00000099000000006100"

REPORT_ID = "0b7c0f6e-6f0d-4c8e-9a51-2f4a3d1c7e01"
OTHER_REPORT_ID = "3e7d2c9b-1a5f-4f60-8b3c-4d5e6f7a8b08"
HANDOVER_ID = "5d1f3c52-8f0b-4d43-8f7e-0a6b9c2d4e02"
MESSAGE_ID = "c2a9e1d4-3b5f-4a67-9c8d-7e6f5a4b3c03"
TABLE_ID = "7b3e9a10-4c2d-4e5f-8a6b-1c2d3e4f5a04"
ACTION_ID = "91f0c8d7-2a3b-4c4d-9e5f-6a7b8c9d0e05"
QUESTION_ID = "a4d2b6e8-5c1f-4b3a-8d9e-0f1a2b3c4d06"
COINCIDENCE_ID = "e8c5a3b1-7d9f-4a2c-9b4d-5e6f7a8b9c07"
HASH = "3f" * 32

ON_CASE = {"zaakversie": 3, "houder": OIN_TRIAGE}
"""What the hub adds on a case."""

CHILD: dict[str, Any] = {
    "rol": "kind",
    "geslacht": "vrouw",
    "bsn": "999911004",
    "naam": {"voorletters": "Z.", "voornamen": "Zonne", "voorvoegsel": "van", "achternaam": "Verzonnen"},
    "geboortedatum": "2017-05",
    "adres": {"postcode": "2511AB", "huisnummer": 12, "toevoeging": "B"},
    "informering": {"geinformeerd": False, "reden": "Te jong."},
}
MOTHER: dict[str, Any] = {
    "rol": "vermoedelijk-slachtoffer",
    "geslacht": "vrouw",
    "bsn": "999933000",
    "naam": {"voorletters": "F.", "achternaam": "Verzonnen"},
    "geboortedatum": "1988-11-23",
    "adresAfgeschermd": {"omschrijving": "Opvanglocatie, navragen bij het meldpunt"},
    "telefoon": "+31 70 0000000",
    "informering": {"geinformeerd": True, "datum": "2026-03-02", "reactie": "Wil hulp."},
}
UNBORN: dict[str, Any] = {
    "rol": "kind",
    "geslacht": "onbekend",
    "bsn": "999999999",
    "ongeboren": {"bsnMoeder": "999933000", "naamMoeder": {"achternaam": "Verzonnen"}, "verwachteDatum": "2026-08"},
}
SUSPECT: dict[str, Any] = {
    "rol": "vermoedelijke-pleger",
    "geslacht": "man",
    "skn": "99000123",
    "naam": {"voorletters": "D.", "achternaam": "Denkbeeld"},
    "geboortedatum": "1985",
}
REPORTER: dict[str, Any] = {
    "functie": "Wijkagent",
    "naam": "A. Bedacht",
    "telefoon": "0900 0000",
    "hoedanigheid": "politie",
    "anoniemVoorGezin": {"grond": "Ernstige verstoring van de vertrouwensrelatie."},
}
DANGER: dict[str, Any] = {
    "gevaar": "Verdachte staat mogelijk weer voor de deur.",
    "genomenActie": "Surveillance in de straat.",
    "gevraagdeActie": "Vandaag veiligheid beoordelen.",
    "terugbelnummer": "0900 0000",
    "gebeldOp": "2026-03-02T21:05:00Z",
    "gesprokenMet": "Dienstdoende medewerker",
}
