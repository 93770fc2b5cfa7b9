"""Samples of what the triage says."""

from typing import Any

from hub.schemas.samples.people import REPORT_ID

TO_HUB: dict[str, dict[str, Any]] = {
    "triage.melding-vastgelegd": {
        "melding": REPORT_ID,
        "nummerVeiligThuis": "ML-2026-0001",
        "vastgelegdOp": "2026-03-02T21:20:00Z",
    },
    "triage.veiligheidsbeoordeling": {
        "melding": REPORT_ID,
        "uitkomst": "overdracht",
        "besluitOp": "2026-03-09",
        "acuteOnveiligheid": False,
        "structureleOnveiligheid": True,
        "gehoord": {"ouders": True, "kinderen": False},
        "mdaPlusPlus": False,
        "ontvangendePartijen": ["lokaal-veld"],
        "bewaaktDoor": "lokaal-veld",
        "voorwaardenGesteld": True,
    },
    "triage.melding-losgemaakt": {"melding": REPORT_ID, "reden": "andere-personen"},
    "triage.onderzoeksuitkomst": {
        "uitkomst": ["hg-bevestigd", "km-niet-bevestigd"],
        "gestartOp": "2026-03-11",
        "afgerondOp": "2026-05-12",
        "aardVastgesteld": ["lichamelijke-mishandeling"],
        "vervolg": ["lokaal-veld", "veilig-thuis"],
        "gehoord": {"ouders": True, "kinderen": True},
    },
    "triage.zaak-gesloten": {"geslotenOp": "2026-09-01", "reden": "vervolg-afgerond"},
}
