"""What a partner's books say a message is about: ids, OINs, codes and hashes, never content."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

_KEPT = (
    "overdracht", "overleg", "afspraak", "samenloop", "aanbodHash", "kandidaten", "deelnemers", "uitkomst",
    "stap", "houder", "zaakversie", "van", "gever", "code", "herkomst", "bericht", "sha256", "hashVan",
    "referentie", "over", "termijn", "ronde", "door", "status", "resultaat", "nieuwGevaar", "nieuweZorgen",
    "minderjarigenBetrokken", "ingaandOp", "statusOp", "wijziging",
)  # fmt: skip
_TEXTS = ("omschrijving", "advies", "vraag")


def about(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of a message's `data`. `tekst` is the hash of its main text; of a report presented, that report's number."""
    kept = {name: data[name] for name in _KEPT if name in data and not isinstance(data[name], dict)}
    report = data.get("melding")
    if isinstance(report, dict):
        kept["melding"] = report["nummer"]
        if "afzender" in report:  # not to who holds and is no Veilig Thuis
            kept["afzender"] = report["afzender"]
        kept["anderen"] = sorted({hit["organisatie"] for hit in data.get("radar", ())})
    elif report is not None:
        kept["melding"] = report
    if "afspraken" in data:
        kept["afspraken"] = [one["afspraak"] for one in data["afspraken"]]
    if "volledig" in data:
        kept["volledig"] = True
    return kept | _numbered_or_hashed(data)


def _numbered_or_hashed(data: Mapping[str, Any]) -> dict[str, Any]:
    """`vraag` is the number of a question of monitoring, and elsewhere a text."""
    for name in _TEXTS:
        text = data.get(name)
        if isinstance(text, str):
            if _is_number(text):
                return {"vraag": text}
            return {"tekst": hashlib.sha256(text.encode()).hexdigest()}
    return {}


def _is_number(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
