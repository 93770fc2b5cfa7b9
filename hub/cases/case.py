"""A case as it stands: the fold of its events. Ids, codes and times only: the register is pseudonymous (P7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from hub.canonical.codes import Lane, Outcome, TermUnit
from hub.cases.states import CandidacyState, CaseState, ReportState
from hub.ids import CaseId, HandoverId, Oin, RegionId, ReportId


@dataclass(frozen=True, slots=True)
class ReportOnCase:
    """One report (melding); `opened` if it opened the case: only that one ever moves the holder."""

    id: ReportId
    reporter: Oin
    lane: Lane
    opened: bool
    received_at: datetime
    state: ReportState = ReportState.OFFERED
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Candidacy:
    """One candidate's side of an offer; `offer_hash` is that of the hub's latest offer to it."""

    state: CandidacyState = CandidacyState.OFFERED
    offer_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """An offer of sight on safety (overdracht), with the answer of each candidate.

    Attributes:
        acute: the full part went along with the offer.
        back: to the reporter of a report turned into advice: there is no full part.
    """

    id: HandoverId
    giver: Oin
    answer_by: datetime
    acute: bool
    candidates: Mapping[Oin, Candidacy]
    back: bool = False

    def open_candidates(self) -> tuple[Oin, ...]:
        return tuple(oin for oin, one in self.candidates.items() if one.state is CandidacyState.OFFERED)


@dataclass(frozen=True, slots=True)
class TermOnCase:
    """A running term; it is met, or overdue, never an error."""

    name: str
    length: int
    unit: TermUnit
    about: UUID
    due: datetime
    met: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A case (zaak).

    Attributes:
        holder: who holds sight on safety now; `None` once closed.
        version: number of events so far.
        told: how many versioned messages each party got: the next `zaakversie` is one more.
        held: who holds or held: they may know the holder (`houder`).
        linked: an earlier, closed case that this one goes on from.
    """

    id: CaseId
    region: RegionId
    triage: Oin
    holder: Oin | None
    opened_at: datetime
    state: CaseState = CaseState.OPEN
    version: int = 0
    reports: Mapping[ReportId, ReportOnCase] = field(default_factory=dict)
    handovers: Mapping[HandoverId, Handover] = field(default_factory=dict)
    terms: tuple[TermOnCase, ...] = ()
    told: Mapping[Oin, int] = field(default_factory=dict)
    held: tuple[Oin, ...] = ()
    linked: CaseId | None = None

    def knows_case(self, oin: Oin) -> bool:
        """VT and whoever was ever asked to take over call it by the case; a reporter only by its own report."""
        return oin == self.triage or any(oin in handover.candidates for handover in self.handovers.values())

    def report_of(self, oin: Oin) -> ReportOnCase | None:
        """The latest report of this reporter on the case."""
        own = [report for report in self.reports.values() if report.reporter == oin]
        return own[-1] if own else None

    def known_as(self, oin: Oin) -> UUID | None:
        """The `correlationid` this party uses; `None` for who is no party."""
        if self.knows_case(oin):
            return self.id
        report = self.report_of(oin)
        return report.id if report else None

    def may_call_it(self, oin: Oin, correlation: UUID) -> bool:
        """Whether this party may name the case so: by the case, or by a report of its own."""
        if correlation == self.id:
            return self.knows_case(oin)
        report = self.reports.get(ReportId(correlation))
        return report is not None and report.reporter == oin

    def may_know_holder(self, oin: Oin) -> bool:
        return oin == self.triage or oin in self.held

    def term(self, name: str, about: UUID) -> TermOnCase | None:
        return next((term for term in self.terms if term.name == name and term.about == about), None)
