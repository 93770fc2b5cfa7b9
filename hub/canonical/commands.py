"""What a message asks of a case, in the hub's own words: imperative, without content.

Content stays in the wire model and is passed on by disclosure; a command holds only what a decision needs.
"""

from dataclasses import dataclass
from datetime import datetime

from hub.canonical.codes import Outcome, RefusalReason, Result, WithdrawalReason
from hub.ids import HandoverId, MessageId, Oin, ReportId


@dataclass(frozen=True, slots=True)
class Report:
    """A signal for the triage: opens a case, or joins the one its `correlationid` names (Wmo 2015 art. 4.1.1)."""

    municipality: str | None


@dataclass(frozen=True, slots=True)
class Update:
    """News on a running case that is not a report: passed on, changes no state."""

    municipality: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """The triage has recorded the report: from here VT holds, if the report opened the case."""

    report: ReportId


@dataclass(frozen=True, slots=True)
class Assess:
    """The safety assessment of one report; `handover` only with outcome `omgezet-in-advies`."""

    report: ReportId
    outcome: Outcome
    handover: HandoverId | None


@dataclass(frozen=True, slots=True)
class Close:
    """VT closes the case."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The holder offers sight on safety to one or more candidates; the first to accept has it."""

    handover: HandoverId
    candidates: tuple[Oin, ...]
    answer_by: datetime | None


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


CaseCommand = Report | Update | Record | Assess | Close | Offer | Accept | Refuse | Withdraw | AskStand | Delivered
Command = CaseCommand | Confirm
