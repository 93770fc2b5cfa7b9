"""Handovers, from the offer to the end of the help."""

from dataclasses import dataclass
from datetime import datetime

from hub.canonical.codes import RefusalReason, WithdrawalReason
from hub.canonical.partners import Role
from hub.ids import HandoverId, MessageId, Oin, ReportId


@dataclass(frozen=True, slots=True)
class HandoverOffered:
    """`back`: by the hub, to the reporter of a report turned into advice; there is no full part to send later.

    `roles`: in which of its roles the giver and each candidate takes part; `municipality`: where the family is to be.
    `ended`: by the hub, to the triage, as the giver has ended with nobody in its place.
    `on_yes`: who of an acute offer gets the full part with its yes; the others had it at once.
    `ties`: who was asked while a report of its own was all it had to do with the case, and which.
    """

    at: datetime
    handover: HandoverId
    giver: Oin
    candidates: tuple[Oin, ...]
    answer_by: datetime
    acute: bool
    back: bool = False
    roles: tuple[tuple[Oin, Role], ...] = ()
    municipality: str | None = None
    ended: bool = False
    on_yes: tuple[Oin, ...] = ()
    ties: tuple[tuple[Oin, ReportId], ...] = ()


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
    municipality: str | None = None


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
