"""What a decision tells the parties, in the hub's own words; the adapters put it in the wire's.

A notice says to whom and about what; the content it passes on is the incoming message's, cut to what the recipient
may see.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

from hub.canonical.codes import (
    Change,
    Contribution,
    FeedbackStep,
    MatchGround,
    MoreReason,
    NoteReason,
    Outcome,
    TableKind,
    Trait,
    WithdrawalReason,
)
from hub.canonical.partners import Contact
from hub.canonical.terms import TermRule
from hub.ids import ActionId, CoincidenceId, HandoverId, Oin, ReportId, TableId


class Passed(Enum):
    """Why the incoming message is passed on."""

    ROUTE = auto()
    """The routing table says so."""
    NEWS = auto()
    WITHDRAWAL = auto()
    """Of an offer, by its giver."""
    ANSWER = auto()
    """To an offer, or how the help goes that followed."""
    TABLE = auto()
    QUESTION = auto()
    SAFETY = auto()
    """The answer to a question."""
    CLOSING = auto()


@dataclass(frozen=True, slots=True)
class PassOn:
    """The incoming message under its own type, cut to what the recipient may see.

    `apart`: to one that has itself reported on the case, and may not hear that the sender has to do with it;
    `about`: the handover, table or question that the recipient takes part in; `answer_by`: the end of its term, where
    the sender had set one that is too far off; `decision_by`: the same of the custody clock; `routed`: to one that the
    route names, whatever else it is.
    """

    apart: bool = False
    about: UUID | None = field(default=None, compare=False)
    answer_by: datetime | None = None
    decision_by: datetime | None = None
    of: Passed = field(default=Passed.ROUTE, compare=False)
    routed: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Hit:
    """One report that the radar found beside another: who reported and on which ground, never what.

    `sure`: by a number of its own that person had in both reports; otherwise not necessarily the same person.
    `contradicts`: in what a number that both give is of two people; `ambiguous`: the number by which it is sure was
    given to somebody else, whom one of the two may mean as well.
    """

    reporter: Oin
    report: ReportId
    grounds: tuple[MatchGround, ...]
    sure: bool
    phone: str | None = None
    contradicts: tuple[Trait, ...] = ()
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class PresentReport:
    """`triage.melding-aangeboden`: the report, its number, the terms that will run, who else reported.

    Attributes:
        assumed: nobody has said yet which region its case belongs to.
        named: the desk of the region that it names, if that is another: it has heard.
    """

    report: ReportId
    received_at: datetime
    terms: tuple[TermRule, ...]
    radar: tuple[Hit, ...] = ()
    assumed: bool = False
    named: Oin | None = None


@dataclass(frozen=True, slots=True)
class ReportNoted:
    """`triage.melding-ter-kennis`: a report that another desk acts on; with what it says only if it is the one at hand.

    Attributes:
        reporter: who made it.
        desk: whom to call about it: the triage; where the region was taken over, the desk that had it.
        named: the desk of the region that it names, to who is to offer it the case.
    """

    report: ReportId
    received_at: datetime
    reason: NoteReason
    reporter: Oin
    desk: Oin
    contact: Contact | None = None
    named: Oin | None = None


@dataclass(frozen=True, slots=True)
class Coincidence:
    """`radar.samenloop`: who else reported on the same people as `report`; contact between them is awaited.

    `routed`: to the desk of the region that the report names, where the case is another's.
    """

    coincidence: CoincidenceId
    report: ReportId
    hits: tuple[Hit, ...]
    routed: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class RecordedFor:
    """`triage.melding-vastgelegd` as the reporter hears it."""

    report: ReportId


@dataclass(frozen=True, slots=True)
class StepsTaken:
    """`terugkoppelingen.stappen`: the steps taken, nothing more (Wmo 2015 art. 4.1.1 lid 2 onder g)."""

    report: ReportId
    step: FeedbackStep
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class OfferMade:
    """`overdrachten.aanbod`: the minimal part; the hub keeps the hash of what it sent per candidate."""

    handover: HandoverId
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class OfferBack:
    """`overdrachten.aanbod` to the reporter whose report was turned into advice; VT holds until the yes.

    `ended`: to the triage, as the giver has ended with nobody in its place.
    """

    handover: HandoverId
    giver: Oin
    answer_by: datetime
    ended: bool = False


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    """`overdrachten.ingetrokken` said by the hub."""

    handover: HandoverId
    reason: WithdrawalReason


@dataclass(frozen=True, slots=True)
class OfferSupplemented:
    """`overdrachten.aanvulling-gegeven`: what the giver added; from here a yes names the hash of this message."""

    handover: HandoverId
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class MoreAsked:
    """`overdrachten.aanvulling-gevraagd` of a candidate, to the giver."""

    handover: HandoverId


@dataclass(frozen=True, slots=True)
class MoreWanted:
    """`overdrachten.aanvulling-gevraagd` said by the hub: the full part has lapsed, and a yes has come."""

    handover: HandoverId
    reason: MoreReason


@dataclass(frozen=True, slots=True)
class Dossier:
    """`overdrachten.dossier`: the full part, on acceptance, or at once when acute."""

    handover: HandoverId


@dataclass(frozen=True, slots=True)
class Seat:
    """One invited party; `contribution` is `None` while it has not answered, `missing` once the deadline has passed."""

    party: Oin
    contribution: Contribution | None
    missing: bool


@dataclass(frozen=True, slots=True)
class ActionStand:
    """One agreed action and whether its responsible party has accepted it."""

    action: ActionId
    responsible: Oin
    accepted: bool


@dataclass(frozen=True, slots=True)
class TableStand:
    """`actieoverleg.stand`, to the chair: who has answered, has nothing, does not take part, or is missing."""

    table: TableId
    kind: TableKind
    answer_by: datetime
    seats: tuple[Seat, ...]
    actions: tuple[ActionStand, ...]


@dataclass(frozen=True, slots=True)
class Reminder:
    """`verwerking.herinnering`: a term is near; `step` is the wire type that meets it."""

    term: str
    step: str
    about: UUID
    due: datetime


@dataclass(frozen=True, slots=True)
class Escalation:
    """`verwerking.escalatie`: a term is over.

    Attributes:
        by: who must act.
        round: the first is 1.
        contact: whom at that party to call now: its contacts take turns, a round each.
    """

    term: str
    step: str
    about: UUID
    due: datetime
    by: tuple[Oin, ...]
    round: int
    contact: Contact | None = None


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
    """`zaken.stand`: holder, open steps and terms as far as the asker may know them; no content.

    `report`: the report of its own by which the asker calls the case, and of which alone it is told.
    """

    status: str
    holder: Oin | None
    version: int
    steps: tuple[OpenStep, ...]
    terms: tuple[RunningTerm, ...]
    attention: bool = False
    report: ReportId | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """`zaken.wijziging`: what its reader takes part in goes on under this message's correlation, or is over for it.

    `about`: a table, question or coincidence; to its giver, an offer that has nobody left to answer it.
    """

    about: UUID
    change: Change


OfReports = PresentReport | ReportNoted | Coincidence | RecordedFor | StepsTaken
OfHandovers = OfferMade | OfferBack | OfferSupplemented | OfferWithdrawn | MoreAsked | MoreWanted | Dossier
OfTheHub = TableStand | Reminder | Escalation | Stand | Changed
OwnWords = OfReports | OfHandovers | OfTheHub
"""What the hub says itself, by subject."""
Body = PassOn | OwnWords


def about(body: Body) -> UUID | None:
    """The report, offer, table, action, question or coincidence that it is about."""
    found = (getattr(body, name, None) for name in ("report", "about", "table", "handover"))
    return next((one for one in found if one is not None), None)


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one party.

    Attributes:
        to: the organisation; one message has one recipient.
        correlation: what this party calls it: the case to VT, holders and candidates, the report to a reporter.
        version: `zaakversie`, numbered by recipient and what it calls the case; `None` off a case.
        holder: `houder`, for who may know it.
        under: the report of its own, where it calls the case by that.
    """

    to: Oin
    body: Body
    correlation: UUID | None = None
    version: int | None = None
    holder: Oin | None = None
    under: ReportId | None = None
