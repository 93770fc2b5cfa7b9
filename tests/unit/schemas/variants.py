"""Valid data that the samples cannot show at the same time: the other side of each rule."""

from typing import Any

from hub.schemas.message import Direction
from hub.schemas.samples import HANDOVER_ID, HASH, OIN_TEAM, OIN_TRIAGE, QUESTION_ID, REPORT_ID, TABLE_ID, sample


def _less(data: dict[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names} | more


_NOTICE = sample("meldingen.strafrechtelijk-bericht")
_BOARD = sample("meldingen.raadsbericht")
_SIGNAL = sample("meldingen.reclasseringssignaal")
_CARE = sample("meldingen.zorgmelding")
_ASSESSMENT = sample("triage.veiligheidsbeoordeling")
_ORDER = sample("meldingen.huisverbod") | {"betrokkenen": [{"rol": "overig", "geslacht": "onbekend"}]}
_PROFESSIONAL = sample("meldingen.professionele-melding")
_CONTRIBUTION = sample("actieoverleg.inbreng")
_WANTED = sample("overdrachten.aanvulling-gevraagd", Direction.FROM_HUB)
_STEPS = sample("terugkoppelingen.stappen")

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
    ("meldingen.huisverbod", Direction.TO_HUB): [
        _less(_ORDER, "ingaandOp", "eindigtOp", "contactadresUithuisgeplaatste", opgelegd=False),
        # Prolonged to four weeks, over the end of summer time.
        _ORDER | {"ingaandOp": "2026-10-01T00:00:00+02:00", "eindigtOp": "2026-10-29T00:00:00+01:00"},
    ],
    ("meldingen.professionele-melding", Direction.TO_HUB): [
        _PROFESSIONAL | {"afwegingskader": {"vermoeden": True, "acuutOfStructureel": True}, "stappenMeldcode": [5, 1]}
    ],
    ("adviezen.adviesvraag", Direction.TO_HUB): [
        {"hoedanigheid": "buurtbewoner", "aanleiding": ["andere-problematiek"], "vraag": "Wat kan ik doen?"}
    ],
    ("adviezen.advies", Direction.TO_HUB): [{"advies": "Meld het toch."}],
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
        | {
            "radar": [
                {"organisatie": OIN_TEAM, "referentie": HANDOVER_ID, "gronden": ["bsn"], "zelfdePersoon": True},
                {
                    "organisatie": OIN_TEAM,
                    "referentie": REPORT_ID,
                    "gronden": ["skn"],
                    "zelfdePersoon": False,
                    "tegenspraak": ["geboortedatum", "geslacht"],
                },
            ]
        },
        _less(sample("triage.melding-aangeboden"), "genoemdTriagepunt", radar=[], regioAangenomen=True),
    ],
    ("radar.samenloop", Direction.FROM_HUB): [_less(sample("radar.samenloop"), "melding")],
    ("triage.melding-losgemaakt", Direction.TO_HUB): [{"melding": REPORT_ID}],
    ("triage.onderzoeksuitkomst", Direction.TO_HUB): [
        {
            "uitkomst": ["geen-hg", "geen-km"],
            "afgerondOp": "2026-05-12",
            "gehoord": {"ouders": True, "kinderen": False},
        }
    ],
    ("overdrachten.aanbod", Direction.TO_HUB): [
        _less(sample("overdrachten.aanbod"), "antwoordVoor")
        | {
            "volledigBuitenRegio": True,
            "volledig": sample("overdrachten.aanbod")["volledig"]
            | {"veiligheidsvoorwaarden": [{"voorwaarde": "x", "bewaaktDoor": "y", "tot": "2026-12-31"}]},
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
    ("overdrachten.aanvulling-gevraagd", Direction.FROM_HUB): [
        _less(_WANTED, "vraag", "van", reden="volledig-deel-vervallen")
    ],
    ("overdrachten.aanvulling-gegeven", Direction.TO_HUB): [{"overdracht": HANDOVER_ID, "antwoord": "Nee."}],
    ("overdrachten.ingetrokken", Direction.FROM_HUB): [
        sample("overdrachten.ingetrokken", Direction.FROM_HUB) | {"reden": "door-gever", "van": OIN_TRIAGE}
    ],
    ("actieoverleg.aanmelding", Direction.TO_HUB): [
        {"overleg": TABLE_ID, "soort": "mda-plus-plus", "deelnemers": [OIN_TEAM], "reden": "Het duurt al jaren."}
    ],
    ("actieoverleg.inbreng", Direction.TO_HUB): [
        {"overleg": TABLE_ID, "antwoord": "neemt-niet-deel", "reden": "niet-betrokken"},
        _less(_CONTRIBUTION, "veiligheidsinformatie", antwoord="niets-bekend"),
    ],
    ("monitoring.vraag", Direction.TO_HUB): [{"vraag": QUESTION_ID}],
    ("monitoring.antwoord", Direction.TO_HUB): [{"vraag": QUESTION_ID, "resultaat": "veilig"}],
    ("terugkoppelingen.stappen", Direction.FROM_HUB): [
        _STEPS | {"houder": OIN_TRIAGE},
        _less(_STEPS, "uitkomst", stap="onderzocht"),
    ],
    ("verwerking.foutmelding", Direction.FROM_HUB): [
        {"sha256": HASH, "hashVan": "bericht", "code": "envelop-ongeldig", "velden": [], "uitleg": "Niet te openen."},
        sample("verwerking.foutmelding")
        | {
            "code": "persoonsgegevens-in-adviesvraag",
            "velden": ["/data/vraag", "/data/vraag"],
            "gevonden": ["bsn", "geboortedatum"],
        },
    ],
}
