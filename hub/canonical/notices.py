"""What a decision tells the parties, in the hub's own words; the adapters put it in the wire's.

A notice says to whom and about what; the content it passes on is the incoming message's, cut to what the recipient
may see.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.canonical.codes import Outcome, WithdrawalReason
from hub.canonical.terms import TermRule
from hub.ids import HandoverId, Oin, ReportId


@dataclass(frozen=True, slots=True)
class PassOn:
    """The incoming message under its own type, cut to what the recipient may see."""


@dataclass(frozen=True, slots=True)
class PresentReport:
    """`triage.melding-aangeboden`: the report, its number, the terms that will run."""

    report: ReportId
    received_at: datetime
    terms: tuple[TermRule, ...]


@dataclass(frozen=True, slots=True)
class RecordedFor:
    """`triage.melding-vastgelegd` as the reporter hears it."""

    report: ReportId


@dataclass(frozen=True, slots=True)
class StepsTaken:
    """`terugkoppelingen.stappen`: the steps taken, nothing more (Wmo 2015 art. 4.1.1 lid 2 onder g)."""

    report: ReportId
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class OfferMade:
    """`overdrachten.aanbod`: the minimal part; the hub keeps the hash of what it sent per candidate."""

    handover: HandoverId
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class OfferBack:
    """`overdrachten.aanbod` to the reporter whose report was turned into advice; VT holds until the yes."""

    handover: HandoverId
    giver: Oin
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    """`overdrachten.ingetrokken` said by the hub."""

    handover: HandoverId
    reason: WithdrawalReason


@dataclass(frozen=True, slots=True)
class Dossier:
    """`overdrachten.dossier`: the full part, on acceptance, or at once when acute."""

    handover: HandoverId


@dataclass(frozen=True, slots=True)
class RunningTerm:
    """A term as `zaken.stand` shows it; `due` and `of` in aware UTC, `due` absent until it runs."""

    name: str
    length: int
    unit: str
    about: UUID
    due: datetime | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step somebody owes: its wire type, who owes it, about which report or handover."""

    type: str
    by: Oin
    about: UUID


@dataclass(frozen=True, slots=True)
class Stand:
    """`zaken.stand`: holder, open steps and terms as far as the asker may know them; no content."""

    status: str
    holder: Oin | None
    version: int
    steps: tuple[OpenStep, ...]
    terms: tuple[RunningTerm, ...]


Body = PassOn | PresentReport | RecordedFor | StepsTaken | OfferMade | OfferBack | OfferWithdrawn | Dossier | Stand


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one party.

    Attributes:
        to: the organisation; one message has one recipient.
        correlation: what this party calls it: the case to VT, holders and candidates, the report to a reporter.
        version: `zaakversie`, numbered per case and recipient; `None` off a case.
        holder: `houder`, only for VT and whoever holds or held.
    """

    to: Oin
    body: Body
    correlation: UUID | None = None
    version: int | None = None
    holder: Oin | None = None
