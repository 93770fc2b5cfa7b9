"""Samples of the joint table, monitoring, the radar and advice."""

from typing import Any

from hub.schemas.samples.people import (
    ACTION_ID,
    COINCIDENCE_ID,
    MOTHER,
    OIN_BOARD,
    OIN_POLICE,
    OIN_TEAM,
    ON_CASE,
    OTHER_REPORT_ID,
    QUESTION_ID,
    REPORT_ID,
    SUSPECT,
    TABLE_ID,
)

RADAR_HIT = {
    "organisatie": OIN_TEAM,
    "referentie": OTHER_REPORT_ID,
    "telefoon": "070 0000000",
    "gronden": ["naam-en-geboortedatum", "adres"],
    "zelfdePersoon": False,
}
TO_HUB: dict[str, dict[str, Any]] = {
    "adviezen.adviesvraag": {
        "gemeente": "GM0518",
        "hoedanigheid": "basisonderwijs",
        "aanleiding": ["kindermishandeling-anders"],
        "aard": ["psychisch-geweld"],
        "vraag": "Hoe bespreek ik met ouders dat een kind van acht bang is om naar huis te gaan?",
        "context": "Sinds een half jaar, na elk weekend. Collega's zien hetzelfde.",
    },
    "adviezen.advies": {
        "advies": "Vraag eerst wat het kind nodig heeft, en spreek de ouders dan samen. Bel bij acuut gevaar 112.",
        "melden": False,
    },
    "actieoverleg.aanmelding": {
        "overleg": TABLE_ID,
        "soort": "actieoverleg",
        "deelnemers": [OIN_POLICE, OIN_BOARD, OIN_TEAM],
        "reden": "Straf en zorg vallen samen: eerst afstemmen, dan beslissen.",
        "antwoordVoor": "2099-03-04T10:00:00Z",
        "besluitVoor": "2099-03-04T16:00:00Z",
        "gevraagdeInbreng": ["veiligheidsinformatie", "lopende-maatregelen", "advies"],
        "betrokkenen": [SUSPECT, MOTHER],
    },
    "actieoverleg.inbreng": {
        "overleg": TABLE_ID,
        "antwoord": "bekend",
        "veiligheidsinformatie": "De onveiligheid duurt al jaren.",
        "lopendeMaatregelen": "Contactverbod tot de zomer.",
        "advies": "Schorsing alleen met een gebiedsverbod.",
    },
    "actieoverleg.afspraken": {
        "overleg": TABLE_ID,
        "afspraken": [
            {
                "afspraak": ACTION_ID,
                "verantwoordelijke": OIN_TEAM,
                "omschrijving": "Veiligheidsplan met het gezin maken.",
                "uiterlijk": "2026-03-11T16:00:00Z",
            }
        ],
    },
    "actieoverleg.afspraak-aanvaard": {"overleg": TABLE_ID, "afspraak": ACTION_ID, "functie": "Teamleider wijkteam"},
    "monitoring.vraag": {
        "vraag": QUESTION_ID,
        "tekst": "Hoe veilig is het nu, en houden de afspraken stand?",
        "antwoordVoor": "2099-06-15T16:00:00Z",
    },
    "monitoring.antwoord": {
        "vraag": QUESTION_ID,
        "resultaat": "zorgen",
        "voorwaardenNageleefd": False,
        "nieuweIncidenten": False,
        "toelichting": "Een afspraak is twee keer niet nagekomen.",
        "volgendeOp": "2026-07-15",
    },
    "radar.contact-gelegd": {"samenloop": COINCIDENCE_ID, "op": "2026-03-04"},
    "radar.intrekking": {"melding": REPORT_ID, "reden": "risico-weg"},
}
FROM_HUB: dict[str, dict[str, Any]] = {
    "actieoverleg.stand": {
        "overleg": TABLE_ID,
        "soort": "actieoverleg",
        "antwoordVoor": "2099-03-04T10:00:00Z",
        "deelnemers": [{"partij": OIN_POLICE, "stand": "bekend"}, {"partij": OIN_BOARD, "stand": "ontbreekt"}],
        "afspraken": [{"afspraak": ACTION_ID, "verantwoordelijke": OIN_TEAM, "aanvaard": False}],
        **ON_CASE,
    },
    "radar.samenloop": {"samenloop": COINCIDENCE_ID, "melding": REPORT_ID, "meldingen": [RADAR_HIT], **ON_CASE},
}
