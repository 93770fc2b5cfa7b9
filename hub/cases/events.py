"""What has happened to a case: frozen facts in the past tense, each with its own time.

A stored event is never changed; a field that is added later has a default, so that old events still read.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.canonical.codes import (
    Arrangement,
    Contribution,
    Lane,
    MatchGround,
    MonitoringResult,
    Outcome,
    RadarWithdrawal,
    RefusalReason,
    ResearchOutcome,
    TableKind,
    TermUnit,
    WithdrawalReason,
)
from hub.cases.states import ReportState
from hub.ids import (
    ActionId,
    CaseId,
    CoincidenceId,
    HandoverId,
    MessageId,
    Oin,
    QuestionId,
    RegionId,
    ReportId,
    TableId,
)

# --- the case and its holder ---------------------------------------------------------------------------------------


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
class CaseLinked:
    """The radar found the same people, or perhaps the same, in another case: a hint, never a join."""

    at: datetime
    other: CaseId
    grounds: tuple[MatchGround, ...]


@dataclass(frozen=True, slots=True)
class HolderMoved:
    """Sight on safety moved, at this committed moment."""

    at: datetime
    giver: Oin
    receiver: Oin
    because: UUID


@dataclass(frozen=True, slots=True)
class RegionMoved:
    """The triage of another region has taken the case over; terms that run go on running."""

    at: datetime
    region: RegionId
    triage: Oin


@dataclass(frozen=True, slots=True)
class PartySucceeded:
    """An organisation ended and another is its successor by law: it stands in its place everywhere on the case."""

    at: datetime
    former: Oin
    successor: Oin


@dataclass(frozen=True, slots=True)
class CaseArranged:
    """The follow-up is placed with those who have no system to say yes; VT holds."""

    at: datetime
    arrangement: Arrangement


@dataclass(frozen=True, slots=True)
class CaseClosed:
    at: datetime
    by: Oin
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NoticeIssued:
    """A versioned message to a party; for an offer, the hash that the yes must name."""

    at: datetime
    to: Oin
    version: int
    message: MessageId
    sha256: str
    offer: HandoverId | None = None


# --- reports -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportReceived:
    """`ground`: what the radar joined it by; `None` if it opened the case or its sender named it."""

    at: datetime
    report: ReportId
    reporter: Oin
    lane: Lane
    opened: bool
    ground: MatchGround | None = None


@dataclass(frozen=True, slots=True)
class ReportRecorded:
    """`implied`: by an assessment that came before the recording was said."""

    at: datetime
    report: ReportId
    implied: bool


@dataclass(frozen=True, slots=True)
class ReportAssessed:
    """See `commands.Assess`: codes only; what was found stays with VT."""

    at: datetime
    report: ReportId
    outcome: Outcome
    acute: bool = False
    structural: bool = False
    mda: bool = False
    parents_heard: bool = False
    children_heard: bool = False
    watched_by: str | None = None
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class ReportDetached:
    """It was joined wrongly, and goes on in a case of its own; `research`: with the research that only it led to."""

    at: datetime
    report: ReportId
    to: CaseId
    research: bool = False


@dataclass(frozen=True, slots=True)
class ReportAttached:
    """The other side of `ReportDetached`: it opens this case, as far as it had come.

    `told`: how many versioned messages its reporter got, as it goes on calling it by its report.
    """

    at: datetime
    report: ReportId
    reporter: Oin
    lane: Lane
    received_at: datetime
    state: ReportState
    outcome: Outcome | None
    origin: CaseId
    researched: bool = False
    told: int = 0


@dataclass(frozen=True, slots=True)
class ResearchStarted:
    at: datetime
    because: ReportId


@dataclass(frozen=True, slots=True)
class ResearchConcluded:
    at: datetime
    outcomes: tuple[ResearchOutcome, ...]
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class RadarWithdrawn:
    """The reporter took its report out of the radar; the report itself stands."""

    at: datetime
    report: ReportId
    reason: RadarWithdrawal


@dataclass(frozen=True, slots=True)
class CoincidenceFound:
    """Reports of others on the same people: who was told that, and of which reports."""

    at: datetime
    coincidence: CoincidenceId
    report: ReportId
    others: tuple[ReportId, ...]
    told: tuple[Oin, ...]


@dataclass(frozen=True, slots=True)
class ContactMade:
    at: datetime
    coincidence: CoincidenceId
    by: Oin


# --- terms ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TermStarted:
    """`next`: the first moment it fires, a reminder or its end; `None`: at its end."""

    at: datetime
    name: str
    length: int
    unit: TermUnit
    about: UUID
    due: datetime
    next: datetime | None = None


@dataclass(frozen=True, slots=True)
class TermReminded:
    at: datetime
    name: str
    about: UUID
    next: datetime


@dataclass(frozen=True, slots=True)
class TermEscalated:
    """It is over and nobody acted: `round` counts from 1; the next alarm comes at `next`."""

    at: datetime
    name: str
    about: UUID
    round: int
    next: datetime


@dataclass(frozen=True, slots=True)
class TermMet:
    at: datetime
    name: str
    about: UUID


@dataclass(frozen=True, slots=True)
class TermEnded:
    """It no longer applies: neither met nor passed."""

    at: datetime
    name: str
    about: UUID


# --- handovers -----------------------------------------------------------------------------------------------------


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
class MoreAsked:
    at: datetime
    handover: HandoverId
    by: Oin


@dataclass(frozen=True, slots=True)
class MoreGiven:
    """`full`: with a new full part."""

    at: datetime
    handover: HandoverId
    full: bool


@dataclass(frozen=True, slots=True)
class HandoverAccepted:
    """The signed yes: `message` is the id under which the receiver signed it."""

    at: datetime
    handover: HandoverId
    by: Oin
    message: MessageId


@dataclass(frozen=True, slots=True)
class FullPartWanted:
    """A yes came after the full part had lapsed: the giver is asked for it again."""

    at: datetime
    handover: HandoverId


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
class HelpStarted:
    at: datetime
    handover: HandoverId
    by: Oin


@dataclass(frozen=True, slots=True)
class HandoverCompleted:
    at: datetime
    handover: HandoverId
    by: Oin


# --- joint table ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TableOpened:
    at: datetime
    table: TableId
    kind: TableKind
    chair: Oin
    participants: tuple[Oin, ...]
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class ContributionGiven:
    at: datetime
    table: TableId
    by: Oin
    contribution: Contribution


@dataclass(frozen=True, slots=True)
class ActionAgreed:
    """One responsible party each; `by` is when it is to be done."""

    at: datetime
    table: TableId
    action: ActionId
    responsible: Oin
    by: datetime | None


@dataclass(frozen=True, slots=True)
class ActionAccepted:
    at: datetime
    table: TableId
    action: ActionId
    by: Oin


# --- monitoring ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MonitoringAsked:
    at: datetime
    question: QuestionId
    of: Oin
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class MonitoringAnswered:
    at: datetime
    question: QuestionId
    by: Oin
    result: MonitoringResult


@dataclass(frozen=True, slots=True)
class AttentionReopened:
    """A new report came on a case that was handed over and is only watched."""

    at: datetime
    report: ReportId


Event = (
    CaseOpened
    | CaseLinked
    | HolderMoved
    | RegionMoved
    | PartySucceeded
    | CaseArranged
    | CaseClosed
    | NoticeIssued
    | ReportReceived
    | ReportRecorded
    | ReportAssessed
    | ReportDetached
    | ReportAttached
    | ResearchStarted
    | ResearchConcluded
    | RadarWithdrawn
    | CoincidenceFound
    | ContactMade
    | TermStarted
    | TermReminded
    | TermEscalated
    | TermMet
    | TermEnded
    | HandoverOffered
    | MoreAsked
    | MoreGiven
    | HandoverAccepted
    | FullPartWanted
    | HandoverRefused
    | HandoverWithdrawn
    | HelpStarted
    | HandoverCompleted
    | TableOpened
    | ContributionGiven
    | ActionAgreed
    | ActionAccepted
    | MonitoringAsked
    | MonitoringAnswered
    | AttentionReopened
)
