"""What has happened to a case: frozen facts in the past tense, each with its own time.

A stored event is never changed; a field that is added later has a default, so that old events still read.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.canonical.codes import Lane, Outcome, RefusalReason, TermUnit, WithdrawalReason
from hub.ids import CaseId, HandoverId, MessageId, Oin, RegionId, ReportId


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """The reporter of the opening report holds until the triage has recorded it."""

    at: datetime
    case: CaseId
    region: RegionId
    triage: Oin
    holder: Oin
    linked: CaseId | None = None


@dataclass(frozen=True, slots=True)
class ReportReceived:
    at: datetime
    report: ReportId
    reporter: Oin
    lane: Lane
    opened: bool


@dataclass(frozen=True, slots=True)
class ReportRecorded:
    """`implied`: by an assessment that came before the recording was said."""

    at: datetime
    report: ReportId
    implied: bool


@dataclass(frozen=True, slots=True)
class ReportAssessed:
    at: datetime
    report: ReportId
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class HolderMoved:
    """Sight on safety moved, at this committed moment."""

    at: datetime
    giver: Oin
    receiver: Oin
    because: UUID


@dataclass(frozen=True, slots=True)
class TermStarted:
    at: datetime
    name: str
    length: int
    unit: TermUnit
    about: UUID
    due: datetime


@dataclass(frozen=True, slots=True)
class TermMet:
    at: datetime
    name: str
    about: UUID


@dataclass(frozen=True, slots=True)
class HandoverOffered:
    """`back`: by the hub, to the reporter of a report turned into advice; there is no full part to send later."""

    at: datetime
    handover: HandoverId
    giver: Oin
    candidates: tuple[Oin, ...]
    answer_by: datetime
    acute: bool
    back: bool = False


@dataclass(frozen=True, slots=True)
class HandoverAccepted:
    """The signed yes: `message` is the id under which the receiver signed it."""

    at: datetime
    handover: HandoverId
    by: Oin
    message: MessageId


@dataclass(frozen=True, slots=True)
class HandoverRefused:
    at: datetime
    handover: HandoverId
    by: Oin
    reason: RefusalReason
    onward_to: Oin | None = None


@dataclass(frozen=True, slots=True)
class HandoverWithdrawn:
    """Withdrawn for one candidate, by the giver or because the question is over."""

    at: datetime
    handover: HandoverId
    candidate: Oin
    reason: WithdrawalReason


@dataclass(frozen=True, slots=True)
class CaseClosed:
    at: datetime
    by: Oin


@dataclass(frozen=True, slots=True)
class NoticeIssued:
    """A versioned message to a party; for an offer, the hash that the yes must name."""

    at: datetime
    to: Oin
    version: int
    message: MessageId
    sha256: str
    offer: HandoverId | None = None


Event = (
    CaseOpened
    | ReportReceived
    | ReportRecorded
    | ReportAssessed
    | HolderMoved
    | TermStarted
    | TermMet
    | HandoverOffered
    | HandoverAccepted
    | HandoverRefused
    | HandoverWithdrawn
    | CaseClosed
    | NoticeIssued
)
