"""What a message asks of a case, in the hub's own words: imperative, without content.

Content stays in the wire model and is passed on by disclosure; a command holds only what a decision needs.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

from hub.canonical.codes import (
    Arrangement,
    Contribution,
    MonitoringResult,
    Outcome,
    RadarWithdrawal,
    ReceivingParty,
    RefusalReason,
    ResearchOutcome,
    Result,
    TableKind,
    WithdrawalReason,
)
from hub.canonical.partners import Role
from hub.ids import ActionId, CoincidenceId, HandoverId, MessageId, Oin, QuestionId, ReportId, TableId


@dataclass(frozen=True, slots=True)
class Report:
    """A signal for the triage (Wmo 2015 art. 4.1.1): opens a case, or joins the one that its `correlationid` names or
    that the radar finds.

    `minors`: whether children are concerned, for who else is told.
    """

    municipality: str | None
    minors: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """News on a running case that is not a report: passed on, changes no state."""

    municipality: str | None
    minors: bool = False

    def as_report(self) -> Report:
        """What it is where its sender can name no such case: nobody else would hear it."""
        return Report(self.municipality, self.minors)


@dataclass(frozen=True, slots=True)
class Record:
    """The triage has recorded the report: from here VT holds, if the report opened the case."""

    report: ReportId


@dataclass(frozen=True, slots=True)
class Assess:
    """The safety assessment of one report; `handover` only with outcome `omgezet-in-advies`.

    Attributes:
        acute, structural: kinds of unsafety found.
        mda: the case is to come to an MDA++ table.
        parents_heard, children_heard: who was heard.
        watched_by: the kind of party that watches over safety now, if the assessment says so.
        protocol: the version of the information protocol whose lists the codes follow.
    """

    report: ReportId
    outcome: Outcome
    handover: HandoverId | None
    acute: bool = False
    structural: bool = False
    mda: bool = False
    parents_heard: bool = False
    children_heard: bool = False
    watched_by: str | None = None
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class Detach:
    """A report was joined wrongly: it becomes a case of its own, which VT holds."""

    report: ReportId


@dataclass(frozen=True, slots=True)
class ConcludeResearch:
    """The research of VT is done, or ended early."""

    outcomes: tuple[ResearchOutcome, ...]
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class Close:
    """VT closes the case; `reason` is a code of the wire, kept in the record."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """The holder offers sight on safety to one or more candidates; the first to accept has it.

    Attributes:
        kind: as what a candidate is to take over.
        municipality: where the family is to be.
        full_elsewhere: of an acute offer: the full part may go outside the region of the case before a yes.
    """

    handover: HandoverId
    candidates: tuple[Oin, ...]
    answer_by: datetime | None
    kind: ReceivingParty = ReceivingParty.LOCAL_FIELD
    municipality: str | None = None
    full_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Accept:
    """The signed yes: the only thing that moves responsibility between parties (P4).

    `offer_hash`: hex SHA-256 of the signed payload of the hub's latest offer to this receiver.
    """

    handover: HandoverId
    offer_hash: str


@dataclass(frozen=True, slots=True)
class Refuse:
    handover: HandoverId
    reason: RefusalReason
    onward_to: Oin | None


@dataclass(frozen=True, slots=True)
class Withdraw:
    handover: HandoverId
    reason: WithdrawalReason


@dataclass(frozen=True, slots=True)
class AskMore:
    """A candidate asks for more before it answers."""

    handover: HandoverId


@dataclass(frozen=True, slots=True)
class GiveMore:
    """The giver adds to its offer: every open candidate gets it, and the offer has a new hash.

    `full`: a new full part came with it; `municipality`: where the family is to be, if that is said anew.
    """

    handover: HandoverId
    full: bool
    municipality: str | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Help has started at the receiver."""

    handover: HandoverId


@dataclass(frozen=True, slots=True)
class Complete:
    """The receiver has completed what it took over; it holds until VT closes."""

    handover: HandoverId


@dataclass(frozen=True, slots=True)
class Arrange:
    """VT records an arrangement with those who have no system to say yes; VT holds."""

    arrangement: Arrangement


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A party puts the case on the joint table; `answer_by` is its deadline, `decision_by` the custody clock of OM.

    `roles`: those in which an organisation sits, the first that it has.
    """

    table: TableId
    kind: TableKind
    participants: tuple[Oin, ...]
    answer_by: datetime | None
    roles: tuple[Role, ...] = ()
    decision_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Contribute:
    table: TableId
    contribution: Contribution


@dataclass(frozen=True, slots=True)
class AgreedAction:
    """One action of a joint table: one responsible party, ready by `by`."""

    id: ActionId
    responsible: Oin
    by: datetime | None


@dataclass(frozen=True, slots=True)
class Agree:
    """The chair writes down what was agreed."""

    table: TableId
    actions: tuple[AgreedAction, ...]


@dataclass(frozen=True, slots=True)
class AcceptAction:
    """The responsible party takes an agreed action on."""

    table: TableId
    action: ActionId


@dataclass(frozen=True, slots=True)
class AskMonitoring:
    """VT asks the holder how safe it is now."""

    question: QuestionId
    answer_by: datetime | None


@dataclass(frozen=True, slots=True)
class AnswerMonitoring:
    question: QuestionId
    result: MonitoringResult


@dataclass(frozen=True, slots=True)
class ConfirmContact:
    """Somebody who was told of a coincidence has been in contact with the others."""

    coincidence: CoincidenceId


@dataclass(frozen=True, slots=True)
class WithdrawFromRadar:
    """A reporter takes its own report out of the radar."""

    report: ReportId
    reason: RadarWithdrawal


@dataclass(frozen=True, slots=True)
class AskAdvice:
    """A professional asks VT for advice: no case, nobody identified, nothing moves (Wmo 2015 art. 4.1.1 lid 3)."""

    municipality: str | None


@dataclass(frozen=True, slots=True)
class GiveAdvice:
    """VT answers the advice request that `causationid` names."""


@dataclass(frozen=True, slots=True)
class TermReached:
    """The hub's own: a moment of a running term has come; a reminder, or an alarm, never an end."""

    name: str
    about: UUID


@dataclass(frozen=True, slots=True)
class HolderEnded:
    """The hub's own: who holds has ended, and nobody stands in its place."""


@dataclass(frozen=True, slots=True)
class AskStand:
    """A party asks who holds, what is open and which terms run."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """A receiver's system says whether it stored a message of the hub (`verwerking.verwerkt`)."""

    message: MessageId
    result: Result


@dataclass(frozen=True, slots=True)
class Delivered:
    """The hub's own: the triage has stored the report; the term of its assessment starts."""

    report: ReportId


OfReports = Update | Delivered
OfTriage = Record | Assess | Detach | ConcludeResearch | Arrange | Close
OfHandovers = Offer | AskMore | GiveMore | Accept | Refuse | Withdraw | Start | Complete | HolderEnded
OfTables = OpenTable | Contribute | Agree | AcceptAction
OfMonitoring = AskMonitoring | AnswerMonitoring
Step = OfReports | OfTriage | OfHandovers | OfTables | OfMonitoring | TermReached
"""On an open case, by subject."""
AtAnyTime = AskStand | WithdrawFromRadar | ConfirmContact
"""On a closed case too: the radar goes on when a case is over."""
OfTheHub = Delivered | TermReached | HolderEnded
"""The hub's own: on a closed case they come too late, and are nobody's fault."""
CaseCommand = Report | Step | AtAnyTime
Advice = AskAdvice | GiveAdvice
Command = CaseCommand | Advice | Confirm

ByHandover = Assess | Offer | AskMore | GiveMore | Accept | Refuse | Withdraw | Start | Complete
ByNoHandover = (
    Report
    | Update
    | Delivered
    | Record
    | Detach
    | ConcludeResearch
    | Arrange
    | Close
    | HolderEnded
    | OpenTable
    | Contribute
    | Agree
    | AcceptAction
    | AskMonitoring
    | AnswerMonitoring
    | TermReached
    | AtAnyTime
    | Advice
    | Confirm
)


def handover_of(command: Command) -> HandoverId | None:
    """The handover that it names."""
    if isinstance(command, ByHandover):
        return command.handover
    if isinstance(command, ByNoHandover):
        return None
    assert_never(command)
