"""The case itself: opened, linked, moved, closed, and what was said of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.canonical.codes import Arrangement, MatchGround, Trait
from hub.ids import CaseId, HandoverId, MessageId, Oin, RegionId, ReportId


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """The reporter of the opening report holds until the triage has recorded it.

    `assumed`: nothing said which region it is.
    """

    at: datetime
    case: CaseId
    region: RegionId
    triage: Oin
    holder: Oin
    linked: CaseId | None = None
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class CaseLinked:
    """The radar found the same people, or perhaps the same, in another case: a hint, never a join.

    Only what it is not linked by yet. `contradicts`: in what a number on both is of two people.
    """

    at: datetime
    other: CaseId
    grounds: tuple[MatchGround, ...]
    contradicts: tuple[Trait, ...] = ()


@dataclass(frozen=True, slots=True)
class HolderMoved:
    """Sight on safety moved, at this committed moment."""

    at: datetime
    giver: Oin
    receiver: Oin
    because: UUID


@dataclass(frozen=True, slots=True)
class RegionMoved:
    """The triage of another region has taken the case over; terms that run go on running.

    `because`: the first report that named a region, where that of the case was assumed; else by a yes.
    """

    at: datetime
    region: RegionId
    triage: Oin
    because: ReportId | None = None


@dataclass(frozen=True, slots=True)
class RegionNamed:
    """A report names a region, where that of the case was assumed: the same, or it is recorded there and stays.

    `triage`: the desk of the region that is named; if it is another than the case's, that one is to offer it the case.
    """

    at: datetime
    report: ReportId
    region: RegionId
    triage: Oin


@dataclass(frozen=True, slots=True)
class PartySucceeded:
    """An organisation ended and another is its successor by law: it stands in its place everywhere on the case."""

    at: datetime
    former: Oin
    successor: Oin


@dataclass(frozen=True, slots=True)
class Settled:
    """Who asked and who was asked are one organisation now: what stood open between them is over.

    `about`: an offer, a table of which the chair had a seat too, an action, a question, a coincidence; the case, where
    its attention was asked of a triage that holds.
    """

    at: datetime
    about: UUID


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
    """A versioned message to a party; for an offer, the hash that the yes must name.

    `resent`: of an offer that was made while the hub recovered, when its giver had signed it.
    `under`: the report by which its party calls the case, if by that.
    """

    at: datetime
    to: Oin
    version: int
    message: MessageId
    sha256: str
    offer: HandoverId | None = None
    resent: datetime | None = None
    under: ReportId | None = None


@dataclass(frozen=True, slots=True)
class NoticeReissued:
    """A message that its party never confirmed has lapsed, and is made again under a new id; an offer, a new hash.

    Or it is an offer, made again under its own id (`replaces` is `message`) for who stands in its party's place.
    """

    at: datetime
    to: Oin
    message: MessageId
    replaces: MessageId
    sha256: str
    offer: HandoverId | None = None
