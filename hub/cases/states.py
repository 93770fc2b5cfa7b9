"""The state machines, as tables.

Everything that says which step is possible when stands in this file; `decide` asks it and never decides by itself.
A pair (state, step) that is not in a table is refused and changes nothing. The diagrams in `docs/states.md` are
drawn from these tables.

- a **report** (melding): offered to the triage, recorded, assessed. Recording cannot be refused (VT honours every
  report of a known reporter) and an assessment implies it, so a late `vastgelegd` after the assessment changes nothing.
- a report that is taken out of a case (`losgemaakt`), joined wrongly or turned into advice beside others, takes along
  what rests on it; what has no other ground and cannot go along is `vervallen` (`apart.py`). A question is withdrawn,
  and an answer to it is still heard: how safe it is matters, whatever it was asked for.
- a **research** of the triage: at most one runs on a case; a report that joins meanwhile does not start another. It
  goes along with the only report that led to it, if that is detached.
- a **candidacy**: one candidate's way through one offer (aanbod), from the offer to the end of the help. A handover is
  the set of its candidacies; the first yes ends all the others. A passed term is not in the table: it is an alarm,
  never a move (P4). `afgerond` implies `hulp-gestart`, as the two may be decided out of order.
- a **seat** at a joint table: an invited party may say more later, but nothing makes what it said unsaid.
- an **action** agreed at a joint table, a **question** of monitoring, a **coincidence** of the radar: asked, answered.
- a **merger** (rechtsopvolging) settles what stood open between two that are now one: nobody is asked for what it has.
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
    DETACHED = "losgemaakt"


class ResearchState(StrEnum):
    NONE = "geen"
    RUNNING = "loopt"
    CONCLUDED = "afgerond"


class CandidacyState(StrEnum):
    OFFERED = "aangeboden"
    MORE_ASKED = "aanvulling-gevraagd"
    ACCEPTED = "aanvaard"
    REFUSED = "geweigerd"
    WITHDRAWN = "ingetrokken"
    STARTED = "hulp-gestart"
    COMPLETED = "afgerond"


class SeatState(StrEnum):
    INVITED = "uitgenodigd"
    KNOWN = "bekend"
    NOTHING_KNOWN = "niets-bekend"
    DECLINED = "neemt-niet-deel"


class ActionState(StrEnum):
    AGREED = "afgesproken"
    ACCEPTED = "aanvaard"
    MOOT = "vervallen"


class QuestionState(StrEnum):
    ASKED = "gevraagd"
    ANSWERED = "beantwoord"
    MOOT = "vervallen"
    WITHDRAWN = "ingetrokken"


class CoincidenceState(StrEnum):
    FOUND = "gevonden"
    CONTACTED = "contact-gelegd"
    MOOT = "vervallen"


class Step(StrEnum):
    """A step, by the wire name that asks for it."""

    RECORD = "melding-vastgelegd"
    ASSESS = "veiligheidsbeoordeling"
    DETACH = "melding-losgemaakt"
    CONCLUDE_RESEARCH = "onderzoeksuitkomst"
    CLOSE = "zaak-gesloten"
    ASK_MORE = "aanvulling-gevraagd"
    GIVE_MORE = "aanvulling-gegeven"
    ACCEPT = "aanvaard"
    REFUSE = "geweigerd"
    WITHDRAW = "ingetrokken"
    START = "hulp-gestart"
    COMPLETE = "afgerond"
    SAY_KNOWN = "inbreng: bekend"
    SAY_NOTHING = "inbreng: niets-bekend"
    DECLINE = "inbreng: neemt-niet-deel"
    ACCEPT_ACTION = "afspraak-aanvaard"
    ANSWER = "antwoord"
    CONTACT = "contact-gelegd"
    SUCCEED = "rechtsopvolging"
    REBUILD = "herstel"


State = TypeVar(
    "State",
    CaseState,
    ReportState,
    ResearchState,
    CandidacyState,
    SeatState,
    ActionState,
    QuestionState,
    CoincidenceState,
)

CASE: Mapping[tuple[CaseState, Step], CaseState] = {
    (CaseState.OPEN, Step.CLOSE): CaseState.CLOSED,
}

REPORT: Mapping[tuple[ReportState, Step], ReportState] = {
    (ReportState.OFFERED, Step.RECORD): ReportState.RECORDED,
    (ReportState.OFFERED, Step.ASSESS): ReportState.ASSESSED,
    (ReportState.RECORDED, Step.ASSESS): ReportState.ASSESSED,
    (ReportState.ASSESSED, Step.RECORD): ReportState.ASSESSED,
    (ReportState.OFFERED, Step.DETACH): ReportState.DETACHED,
    (ReportState.RECORDED, Step.DETACH): ReportState.DETACHED,
    (ReportState.ASSESSED, Step.DETACH): ReportState.DETACHED,
}

RESEARCH: Mapping[tuple[ResearchState, Step], ResearchState] = {
    (ResearchState.NONE, Step.ASSESS): ResearchState.RUNNING,
    (ResearchState.RUNNING, Step.ASSESS): ResearchState.RUNNING,
    (ResearchState.RUNNING, Step.CONCLUDE_RESEARCH): ResearchState.CONCLUDED,
    (ResearchState.RUNNING, Step.DETACH): ResearchState.NONE,
    (ResearchState.CONCLUDED, Step.ASSESS): ResearchState.RUNNING,
}

CANDIDACY: Mapping[tuple[CandidacyState, Step], CandidacyState] = {
    (CandidacyState.OFFERED, Step.ASK_MORE): CandidacyState.MORE_ASKED,
    (CandidacyState.OFFERED, Step.GIVE_MORE): CandidacyState.OFFERED,
    (CandidacyState.OFFERED, Step.ACCEPT): CandidacyState.ACCEPTED,
    (CandidacyState.OFFERED, Step.REFUSE): CandidacyState.REFUSED,
    (CandidacyState.OFFERED, Step.WITHDRAW): CandidacyState.WITHDRAWN,
    (CandidacyState.OFFERED, Step.SUCCEED): CandidacyState.WITHDRAWN,
    (CandidacyState.MORE_ASKED, Step.ASK_MORE): CandidacyState.MORE_ASKED,
    (CandidacyState.MORE_ASKED, Step.GIVE_MORE): CandidacyState.OFFERED,
    (CandidacyState.MORE_ASKED, Step.ACCEPT): CandidacyState.ACCEPTED,
    (CandidacyState.MORE_ASKED, Step.REFUSE): CandidacyState.REFUSED,
    (CandidacyState.MORE_ASKED, Step.WITHDRAW): CandidacyState.WITHDRAWN,
    (CandidacyState.MORE_ASKED, Step.SUCCEED): CandidacyState.WITHDRAWN,
    (CandidacyState.ACCEPTED, Step.GIVE_MORE): CandidacyState.ACCEPTED,
    (CandidacyState.ACCEPTED, Step.START): CandidacyState.STARTED,
    (CandidacyState.ACCEPTED, Step.COMPLETE): CandidacyState.COMPLETED,
    (CandidacyState.STARTED, Step.GIVE_MORE): CandidacyState.STARTED,
    (CandidacyState.STARTED, Step.COMPLETE): CandidacyState.COMPLETED,
    (CandidacyState.COMPLETED, Step.START): CandidacyState.COMPLETED,
    (CandidacyState.COMPLETED, Step.GIVE_MORE): CandidacyState.COMPLETED,
}

UNANSWERED = (CandidacyState.OFFERED, CandidacyState.MORE_ASKED)
"""The candidate may still say yes."""

TOOK_OVER = (CandidacyState.ACCEPTED, CandidacyState.STARTED, CandidacyState.COMPLETED)
"""The candidate has said yes."""

SEAT: Mapping[tuple[SeatState, Step], SeatState] = {
    (SeatState.INVITED, Step.SAY_KNOWN): SeatState.KNOWN,
    (SeatState.INVITED, Step.SAY_NOTHING): SeatState.NOTHING_KNOWN,
    (SeatState.INVITED, Step.DECLINE): SeatState.DECLINED,
    (SeatState.KNOWN, Step.SAY_KNOWN): SeatState.KNOWN,
    (SeatState.NOTHING_KNOWN, Step.SAY_KNOWN): SeatState.KNOWN,
    (SeatState.DECLINED, Step.SAY_KNOWN): SeatState.KNOWN,
    (SeatState.DECLINED, Step.SAY_NOTHING): SeatState.NOTHING_KNOWN,
}

ACTION: Mapping[tuple[ActionState, Step], ActionState] = {
    (ActionState.AGREED, Step.ACCEPT_ACTION): ActionState.ACCEPTED,
    (ActionState.AGREED, Step.SUCCEED): ActionState.ACCEPTED,
    (ActionState.AGREED, Step.DETACH): ActionState.MOOT,
    (ActionState.ACCEPTED, Step.DETACH): ActionState.MOOT,
}

QUESTION: Mapping[tuple[QuestionState, Step], QuestionState] = {
    (QuestionState.ASKED, Step.ANSWER): QuestionState.ANSWERED,
    (QuestionState.ASKED, Step.SUCCEED): QuestionState.MOOT,
    (QuestionState.ASKED, Step.DETACH): QuestionState.WITHDRAWN,
    # How safe it is, is heard whatever it was asked for.
    (QuestionState.WITHDRAWN, Step.ANSWER): QuestionState.ANSWERED,
}

COINCIDENCE: Mapping[tuple[CoincidenceState, Step], CoincidenceState] = {
    (CoincidenceState.FOUND, Step.CONTACT): CoincidenceState.CONTACTED,
    (CoincidenceState.FOUND, Step.SUCCEED): CoincidenceState.CONTACTED,
    (CoincidenceState.FOUND, Step.DETACH): CoincidenceState.MOOT,
    (CoincidenceState.CONTACTED, Step.CONTACT): CoincidenceState.CONTACTED,
}

HOLDER_MOVES: Mapping[Step, str] = {
    Step.RECORD: "reporter of the opening report -> triage",
    Step.ASSESS: "as recording, when the recording has not been said yet",
    Step.DETACH: "the report's own new case begins with the triage; what it leaves, as by a recording if it opened it",
    Step.ACCEPT: "giver -> the candidate who said yes",
    Step.CLOSE: "holder -> nobody: the case is over",
    Step.REBUILD: "while the hub recovers: reporter of the report that came first -> that of the one signed first",
    Step.SUCCEED: "an organisation that ended -> its successor in the directory, the same party by law",
}


def after(table: Mapping[tuple[State, Step], State], state: State, step: Step) -> State | None:
    """The state after `step`, or `None` where the table does not allow it."""
    return table.get((state, step))
