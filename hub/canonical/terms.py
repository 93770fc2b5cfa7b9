"""Terms are configuration: a name, a length, a unit, what starts them, when to remind and how often to escalate."""

from dataclasses import dataclass
from enum import StrEnum

from hub.canonical.codes import TermUnit


class TermStart(StrEnum):
    """What makes a term run (docs/contract.md, "Terms")."""

    TRIAGE_HAS_IT = "verwerkt-of-vastgelegd"
    COMMIT = "vastlegging-hub"
    FIRST_REPORT = "eerste-melding"
    ACCEPTANCE = "aanvaarding"


@dataclass(frozen=True, slots=True)
class TermRule:
    """Attributes:
    length: in `unit`, from the start.
    remind: in `unit` from the start, less than `length`: when whoever must act is reminded; `None`: not before.
    again: in `unit`: how long after one escalation the next follows.
    most: where a party may set the end itself, that is this many times `length` off at most.
    """

    name: str
    length: int
    unit: TermUnit
    start: TermStart
    remind: int | None = None
    again: int = 1
    most: int = 4


SAFETY_ASSESSMENT = "veiligheidsbeoordeling"
ACUTE_RECORDING = "registratie-acuut"
RESEARCH = "onderzoek"
MDA_TABLE = "aanmelding-mda"
REGION_HANDOVER = "overdracht-regio"
OFFER_ANSWER = "antwoord-aanbod"
OFFER_ANSWER_ACUTE = "antwoord-aanbod-acuut"
MORE_ASKED = "aanvulling"
CONTACT = "contact-gelegd"
CONTRIBUTION = "inbreng-actieoverleg"
ACTION_ANSWER = "aanvaarding-afspraak"
TABLE_SILENCE = "stilte-actieoverleg"
MONITORING_FIRST = "monitoring-eerste"
MONITORING_SECOND = "monitoring-tweede"
MONITORING_QUESTION = "monitoring-vraag"
MONITORING_ANSWER = "antwoord-monitoring"

TERMS = (
    SAFETY_ASSESSMENT,
    ACUTE_RECORDING,
    RESEARCH,
    MDA_TABLE,
    REGION_HANDOVER,
    OFFER_ANSWER,
    OFFER_ANSWER_ACUTE,
    MORE_ASKED,
    CONTACT,
    CONTRIBUTION,
    ACTION_ANSWER,
    TABLE_SILENCE,
    MONITORING_FIRST,
    MONITORING_SECOND,
    MONITORING_QUESTION,
    MONITORING_ANSWER,
)
"""Every term the hub keeps; a configuration gives each its length, unit, start, reminder and rhythm."""

SET_BY_PARTIES = (OFFER_ANSWER, OFFER_ANSWER_ACUTE, CONTRIBUTION, MONITORING_ANSWER)
"""Those whose end a party may set itself."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The configured terms by name, with days the administration treats as holidays besides the law's."""

    rules: tuple[TermRule, ...]
    equated_days: frozenset[str] = frozenset()

    def named(self, name: str) -> TermRule:
        return next(rule for rule in self.rules if rule.name == name)
