"""Terms are configuration: a name, a length, a unit and what starts them."""

from dataclasses import dataclass
from enum import StrEnum

from hub.canonical.codes import TermUnit


class TermStart(StrEnum):
    """What makes a term run (DESIGN, "Rules of the domain")."""

    TRIAGE_HAS_IT = "verwerkt-of-vastgelegd"
    COMMIT = "vastlegging-hub"
    FIRST_REPORT = "eerste-melding"


@dataclass(frozen=True, slots=True)
class TermRule:
    name: str
    length: int
    unit: TermUnit
    start: TermStart


SAFETY_ASSESSMENT = "veiligheidsbeoordeling"
ACUTE_RECORDING = "registratie-acuut"
OFFER_ANSWER = "antwoord-aanbod"
OFFER_ANSWER_ACUTE = "antwoord-aanbod-acuut"


@dataclass(frozen=True, slots=True)
class Terms:
    """The configured terms by name, with days the administration treats as holidays besides the law's."""

    rules: tuple[TermRule, ...]
    equated_days: frozenset[str] = frozenset()

    def named(self, name: str) -> TermRule:
        return next(rule for rule in self.rules if rule.name == name)
