"""The state machines, as tables.

Everything that says which step is possible when stands in this file; `decide` asks it and never decides by itself.
A pair (state, step) that is not in a table is refused and changes nothing. The diagrams in `docs/states.md` are
drawn from these tables.

Three machines and one register:

- a **report** (melding): offered to the triage, recorded, assessed. Recording cannot be refused (VT honours every
  report of a known reporter) and an assessment implies it, so a late `vastgelegd` after the assessment changes nothing.
- a **candidacy**: one candidate's answer to one offer (aanbod). A handover is the set of its candidacies; the first
  yes ends all the others. A passed term is not in the table: it is an alarm, never a move (P4).
- a **case** (zaak): open until VT closes it.
- the **holder** of sight on safety is not a state of its own: it moves by exactly the steps in `HOLDER_MOVES` (P3).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar


class CaseState(StrEnum):
    OPEN = "open"
    CLOSED = "gesloten"


class ReportState(StrEnum):
    OFFERED = "aangeboden"
    RECORDED = "vastgelegd"
    ASSESSED = "beoordeeld"


class CandidacyState(StrEnum):
    OFFERED = "aangeboden"
    ACCEPTED = "aanvaard"
    REFUSED = "geweigerd"
    WITHDRAWN = "ingetrokken"


class Step(StrEnum):
    """A step, by the wire name that asks for it."""

    RECORD = "melding-vastgelegd"
    ASSESS = "veiligheidsbeoordeling"
    CLOSE = "zaak-gesloten"
    ACCEPT = "aanvaard"
    REFUSE = "geweigerd"
    WITHDRAW = "ingetrokken"


State = TypeVar("State", CaseState, ReportState, CandidacyState)

CASE: Mapping[tuple[CaseState, Step], CaseState] = {
    (CaseState.OPEN, Step.CLOSE): CaseState.CLOSED,
}

REPORT: Mapping[tuple[ReportState, Step], ReportState] = {
    (ReportState.OFFERED, Step.RECORD): ReportState.RECORDED,
    (ReportState.OFFERED, Step.ASSESS): ReportState.ASSESSED,
    (ReportState.RECORDED, Step.ASSESS): ReportState.ASSESSED,
    (ReportState.ASSESSED, Step.RECORD): ReportState.ASSESSED,
}

CANDIDACY: Mapping[tuple[CandidacyState, Step], CandidacyState] = {
    (CandidacyState.OFFERED, Step.ACCEPT): CandidacyState.ACCEPTED,
    (CandidacyState.OFFERED, Step.REFUSE): CandidacyState.REFUSED,
    (CandidacyState.OFFERED, Step.WITHDRAW): CandidacyState.WITHDRAWN,
}

HOLDER_MOVES: Mapping[Step, str] = {
    Step.RECORD: "reporter of the opening report -> triage",
    Step.ASSESS: "as recording, when the recording has not been said yet",
    Step.ACCEPT: "giver -> the candidate who said yes",
    Step.CLOSE: "holder -> nobody: the case is over",
}


def after(table: Mapping[tuple[State, Step], State], state: State, step: Step) -> State | None:
    """The state after `step`, or `None` where the table does not allow it."""
    return table.get((state, step))
