"""Samples of every report."""

from typing import Any

from hub.schemas.samples.people import CHILD, DANGER, MOTHER, REPORTER, SUSPECT, UNBORN

CARE_REPORT: dict[str, Any] = {
    "kenmerk": "PL1500-2026-000001",
    "gemeente": "GM0518",
    "minderjarigenBetrokken": True,
    "betrokkenen": [CHILD, MOTHER, UNBORN, SUSPECT],
    "omschrijving": "Buren hoorden geschreeuw.\nBij aankomst zat het kind alleen boven.",
    "aanleiding": ["ex-partnergeweld", "kindermishandeling-anders"],
    "aard": ["lichamelijke-mishandeling", "getuige-van-geweld-in-gezin"],
    "directGevaar": DANGER,
    "melder": REPORTER,
    "soort": "huiselijk-geweld",
    "voorvalOp": "2026-03-02T20:40:00Z",
    "plaats": "Woning, Verzonnenstraat",
    "zorgschets": "Derde melding in korte tijd.",
    "betrokkenProfessionals": [{"organisatie": "Basisschool De Fantasie", "functie": "Intern begeleider"}],
    "terugkoppelingGewenst": True,
}
_RESTRAINING_ORDER = {
    "kenmerk": "PL1500-2026-000002",
    "gemeente": "GM0518",
    "minderjarigenBetrokken": True,
    "betrokkenen": [SUSPECT, MOTHER, CHILD],
    "omschrijving": "Na de melding van die avond is een huisverbod opgelegd.",
    "aanleiding": ["ex-partnergeweld"],
    "aard": ["lichamelijke-mishandeling"],
    "directGevaar": DANGER,
    "melder": REPORTER,
    "riHG": {"pleger": "hoog", "incident": "hoog", "gezin": "midden"},
    "opgelegd": True,
    "ingaandOp": "2026-03-03T00:30:00+01:00",
    "eindigtOp": "2026-03-13T00:30:00+01:00",
    "contactadresUithuisgeplaatste": {"postcode": "2512CD", "huisnummer": 7},
}
_CRIMINAL_NOTICE = {
    "kenmerk": "OM-2026-0001",
    "gemeente": "GM0518",
    "minderjarigenBetrokken": True,
    "betrokkenen": [SUSPECT],
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
    "betrokkenen": [CHILD],
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
    "betrokkenen": [SUSPECT],
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
_PROFESSIONAL_REPORT = {
    "kenmerk": "SCHOOL-2026-01",
    "gemeente": "GM0518",
    "minderjarigenBetrokken": True,
    "betrokkenen": [CHILD],
    "omschrijving": "Het kind vertelde dat het thuis niet veilig is.",
    "aanleiding": ["kindermishandeling-anders"],
    "aard": ["getuige-van-geweld-in-gezin"],
    "directGevaar": DANGER,
    "melder": REPORTER | {"functie": "Intern begeleider", "hoedanigheid": "basisonderwijs"},
    "afwegingskader": {
        "vermoeden": True,
        "acuutOfStructureel": False,
        "hulpMogelijk": True,
        "hulpAanvaard": False,
        "hulpLeidtTotVeiligheid": False,
    },
    "stappenMeldcode": [1, 2, 3, 4, 5],
    "gezinGeinformeerd": True,
}
_PROTECTION_NOTICE = {
    "kenmerk": "GI-2026-0001",
    "gemeente": "GM0518",
    "minderjarigenBetrokken": True,
    "betrokkenen": [CHILD],
    "omschrijving": "De ondertoezichtstelling is begonnen; de bezoekregeling is nog niet veilig.",
    "aanleiding": ["kindermishandeling-vechtscheiding"],
    "aard": ["getuige-van-geweld-in-gezin"],
    "directGevaar": DANGER,
    "melder": REPORTER | {"functie": "Gezinsvoogd", "hoedanigheid": "gecertificeerde-instelling"},
    "soort": "start-maatregel",
    "nieuweZorgen": True,
    "maatregel": "ondertoezichtstelling",
    "statusOp": "2026-03-16",
}
TO_HUB: dict[str, dict[str, Any]] = {
    "meldingen.zorgmelding": CARE_REPORT,
    "meldingen.huisverbod": _RESTRAINING_ORDER,
    "meldingen.strafrechtelijk-bericht": _CRIMINAL_NOTICE,
    "meldingen.raadsbericht": _BOARD_NOTICE,
    "meldingen.reclasseringssignaal": _PROBATION_SIGNAL,
    "meldingen.professionele-melding": _PROFESSIONAL_REPORT,
    "meldingen.jeugdbeschermingsbericht": _PROTECTION_NOTICE,
}
