"""Samples of feedback, of the stand, and of what the hub and receivers say of processing."""

from typing import Any

from hub.schemas.samples.people import (
    HANDOVER_ID,
    HASH,
    MESSAGE_ID,
    OIN_TEAM,
    ON_CASE,
    REPORT_ID,
)

_OVERDUE = {
    "termijn": "antwoord-aanbod",
    "stap": "overdrachten.aanvaard",
    "over": HANDOVER_ID,
    "uiterlijk": "2026-03-12T23:00:00Z",
    **ON_CASE,
}
TO_HUB: dict[str, dict[str, Any]] = {
    "zaken.standvraag": {},
    "verwerking.verwerkt": {"bericht": MESSAGE_ID, "resultaat": "opgeslagen"},
}
FROM_HUB: dict[str, dict[str, Any]] = {
    "terugkoppelingen.stappen": {
        "melding": REPORT_ID,
        "stap": "beoordeeld",
        "uitkomst": "overdracht",
        "ontvangendePartijen": ["lokaal-veld"],
        "besluitOp": "2026-03-09",
        "zaakversie": 2,
    },
    "zaken.stand": {
        "status": "open",
        "aandacht": True,
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
        **ON_CASE,
    },
    "zaken.wijziging": {"over": HANDOVER_ID, "wijziging": "verplaatst", **ON_CASE},
    "verwerking.ontvangstbevestiging": {
        "bericht": MESSAGE_ID,
        "sha256": HASH,
        "ontvangenOp": "2026-03-02T21:10:00.125000Z",
        "referentie": REPORT_ID,
        "journaal": "a7" * 32,
        "opmerkingen": ["regio-aangenomen"],
    },
    "verwerking.foutmelding": {
        "bericht": MESSAGE_ID,
        "sha256": HASH,
        "hashVan": "inhoud",
        "code": "json-ongeldig",
        "velden": [],
        "uitleg": "De inhoud is geen toegestane JSON (UTF-8, geen dubbele sleutels of kommagetallen).",
        "ookGeweigerd": [{"bericht": MESSAGE_ID, "sha256": HASH}],
    },
    "verwerking.vertraagd": {
        "bericht": MESSAGE_ID,
        "sha256": HASH,
        "hashVan": "bericht",
        "ontvangenOp": "2026-03-02T21:10:00Z",
    },
    "verwerking.herinnering": _OVERDUE,
    "verwerking.escalatie": {
        **_OVERDUE,
        "door": [OIN_TEAM],
        "ronde": 2,
        "aanspreekpunt": {"functie": "Dienstdoende teamleider", "telefoon": "070 0000000"},
    },
    "verwerking.hubsleutel": {
        "suite": "S1",
        "gebruik": "sig",
        "kid": "EPYGX1XQw1-m_5TY_wr7_cgDE89mO98gISfxo6cGjLY",
        "toestand": "in-gebruik",
        "vanaf": "2026-11-30T09:00:00Z",
        "sleutel": {
            "kty": "EC",
            "crv": "P-256",
            "x": "VT54OaJBCZfg0QmpRjxxzObNlbsVIMzqFtCw9mcUuhY",
            "y": "I2-zcYGQwGa0r2PvUJg2Q7SWv1ijREaKv0Xf2m7QeSI",
            "kid": "EPYGX1XQw1-m_5TY_wr7_cgDE89mO98gISfxo6cGjLY",
            "use": "sig",
            "alg": "ES256",
        },
    },
}
