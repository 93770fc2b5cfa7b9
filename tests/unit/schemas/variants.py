"""Valid data that the samples cannot show at the same time: the other side of each rule."""

from typing import Any

from hub.schemas.message import Direction
from hub.schemas.samples import HANDOVER_ID, HASH, OIN_TEAM, OIN_TRIAGE, sample


def _less(data: dict[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names} | more


_NOTICE = sample("meldingen.strafrechtelijk-bericht")
_BOARD = sample("meldingen.raadsbericht")
_SIGNAL = sample("meldingen.reclasseringssignaal")
_CARE = sample("meldingen.zorgmelding")
_ASSESSMENT = sample("triage.veiligheidsbeoordeling")

NOBODY_KNOWN = {"rol": "overig", "geslacht": "onbekend"}
EXTRA = {"directGevaar": _CARE["directGevaar"], "melder": _CARE["melder"], "aanleiding": ["andere-problematiek"]}

VARIANTS: dict[tuple[str, Direction], list[dict[str, Any]]] = {
    ("meldingen.zorgmelding", Direction.TO_HUB): [
        {
            "minderjarigenBetrokken": False,
            "betrokkenen": [NOBODY_KNOWN],
            "omschrijving": "x",
            "soort": "zorg-volwassene",
            "voorvalOp": "2026-03-02T21:40:00.5+01:00",
            "terugkoppelingGewenst": False,
        },
        _CARE
        | {
            "betrokkenen": [
                NOBODY_KNOWN | {"bsn": "000000000", "adres": {"omschrijving": "Camping, plek 3"}},
                NOBODY_KNOWN | {"geboortedatum": "1999"},
            ],
            "betrokkenProfessionals": [{"organisatie": "De Fantasie", "telefoon": "070-0000000"}],
        },
    ],
    ("meldingen.strafrechtelijk-bericht", Direction.TO_HUB): [
        _less(
            _NOTICE,
            "voorwaarden",
            soort="beslissing",
            beslissing="sepot",
            nieuwGevaar=False,
            **EXTRA,
            aard=["anders-onveilig"],
        )
    ],
    ("meldingen.raadsbericht", Direction.TO_HUB): [
        _less(
            _BOARD,
            "verzoekAanRechter",
            "maatregelen",
            soort="intake",
            onderzoek=True,
            **EXTRA,
            aard=["anders-onveilig"],
        ),
        _less(_BOARD, "verzoekAanRechter", "maatregelen", soort="ambtshalve-start"),
    ],
    ("meldingen.reclasseringssignaal", Direction.TO_HUB): [
        _less(_SIGNAL, "overtredingen", soort="onveiligheid", **EXTRA, aard=["anders-onveilig"])
    ],
    ("triage.veiligheidsbeoordeling", Direction.TO_HUB): [
        _less(_ASSESSMENT, "ontvangendePartijen", uitkomst="omgezet-in-advies", overdracht=HANDOVER_ID),
        _less(_ASSESSMENT, "ontvangendePartijen", uitkomst="onderzoek"),
        _less(_ASSESSMENT, "ontvangendePartijen", uitkomst="geen-vervolg"),
    ],
    ("triage.melding-aangeboden", Direction.FROM_HUB): [
        sample("triage.melding-aangeboden")
        | {"radar": [{"organisatie": OIN_TEAM, "referentie": HANDOVER_ID, "telefoon": "070 0000000"}]}
    ],
    ("overdrachten.aanbod", Direction.TO_HUB): [
        _less(sample("overdrachten.aanbod"), "antwoordVoor")
        | {
            "volledig": sample("overdrachten.aanbod")["volledig"]
            | {"veiligheidsvoorwaarden": [{"voorwaarde": "x", "bewaaktDoor": "y", "tot": "2026-12-31"}]}
        }
    ],
    ("overdrachten.aanbod", Direction.FROM_HUB): [
        {
            "overdracht": HANDOVER_ID,
            "herkomst": "omgezet-in-advies",
            "gever": OIN_TRIAGE,
            "antwoordVoor": "2026-03-12T12:00:00Z",
        }
    ],
    ("terugkoppelingen.stappen", Direction.FROM_HUB): [sample("terugkoppelingen.stappen") | {"houder": OIN_TRIAGE}],
    ("verwerking.foutmelding", Direction.FROM_HUB): [
        {"sha256": HASH, "hashVan": "bericht", "code": "envelop-ongeldig", "velden": [], "uitleg": "Niet te openen."}
    ],
}
