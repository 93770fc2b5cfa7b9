"""Samples of the handover of sight on safety."""

from typing import Any

from hub.schemas.samples.people import (
    CHILD,
    HANDOVER_ID,
    HASH,
    MOTHER,
    OIN_OTHER_TEAM,
    OIN_TEAM,
    OIN_TRIAGE,
    ON_CASE,
)

_FULL_PART = {
    "situatie": "Geweld tussen ex-partners, kind getuige.",
    "achtergrond": "Eerdere meldingen in 2025.",
    "beoordeling": "Structureel onveilig, nu geen acuut gevaar.",
    "aanbeveling": "Veiligheidsplan met het gezin.",
    "betrokkenen": [CHILD, MOTHER],
    "veiligheidsvoorwaarden": [{"voorwaarde": "Overdracht van het kind via school.", "bewaaktDoor": "Wijkteam"}],
    "monitoring": {"door": "Veilig Thuis", "eersteOp": "2026-06-15"},
    "besluitOp": "2026-03-09",
}
_OFFER = {
    "overdracht": HANDOVER_ID,
    "kandidaten": [OIN_TEAM, OIN_OTHER_TEAM],
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
    "antwoordVoor": "2099-03-12T12:00:00Z",
}
_MINIMAL = _OFFER["minimaal"]
TO_HUB: dict[str, dict[str, Any]] = {
    "overdrachten.aanbod": _OFFER,
    "overdrachten.aanvulling-gevraagd": {
        "overdracht": HANDOVER_ID,
        "vraag": "Is er al hulp voor de ouders?",
    },
    "overdrachten.aanvulling-gegeven": {
        "overdracht": HANDOVER_ID,
        "antwoord": "Ja, sinds kort voor een van beiden.",
        "minimaal": _MINIMAL,
        "volledig": _FULL_PART,
    },
    "overdrachten.aanvaard": {"overdracht": HANDOVER_ID, "functie": "Teamleider wijkteam", "aanbodHash": HASH},
    "overdrachten.geweigerd": {
        "overdracht": HANDOVER_ID,
        "code": "verkeerde-geadresseerde",
        "doorverwijzing": OIN_TEAM,
        "toelichting": "Het gezin woont in een andere wijk.",
    },
    "overdrachten.ingetrokken": {"overdracht": HANDOVER_ID, "reden": "situatie-gewijzigd"},
    "overdrachten.hulp-gestart": {
        "overdracht": HANDOVER_ID,
        "gestartOp": "2026-03-16",
        "toelichting": "Eerste gesprek gevoerd.",
    },
    "overdrachten.afgerond": {
        "overdracht": HANDOVER_ID,
        "afgerondOp": "2026-08-31",
        "resultaat": "volgens-plan",
        "toelichting": "Het veiligheidsplan houdt stand.",
    },
    "overdrachten.belegd": {
        "met": "hulp-al-aanwezig",
        "functie": "Medewerker Veilig Thuis",
        "op": "2026-03-09",
        "bewaaktDoor": "De hulpverlener van het gezin",
    },
}
FROM_HUB: dict[str, dict[str, Any]] = {
    "overdrachten.aanbod": {
        "overdracht": HANDOVER_ID,
        "herkomst": "overdracht",
        "gever": OIN_TRIAGE,
        "soort": "lokaal-veld",
        "minimaal": _MINIMAL,
        "antwoordVoor": "2099-03-12T12:00:00Z",
        **ON_CASE,
    },
    "overdrachten.aanvulling-gevraagd": {
        "overdracht": HANDOVER_ID,
        "reden": "vraag",
        "vraag": "Is er al hulp voor de ouders?",
        "van": OIN_TEAM,
        **ON_CASE,
    },
    "overdrachten.aanvulling-gegeven": {
        "overdracht": HANDOVER_ID,
        "gever": OIN_TRIAGE,
        "antwoord": "Ja, sinds kort voor een van beiden.",
        "minimaal": _MINIMAL,
        "antwoordVoor": "2099-03-12T12:00:00Z",
        **ON_CASE,
    },
    "overdrachten.dossier": {"overdracht": HANDOVER_ID, "volledig": _FULL_PART, **ON_CASE},
    "overdrachten.ingetrokken": {"overdracht": HANDOVER_ID, "reden": "elders-aanvaard", **ON_CASE},
}
