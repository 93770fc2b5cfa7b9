"""Reports, research, and what the radar found beside them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.canonical.codes import Lane, MatchGround, Outcome, RadarWithdrawal, ResearchOutcome
from hub.canonical.partners import Role
from hub.cases.case import CoincidenceOnCase
from hub.cases.events.tables import TableAsItStood
from hub.cases.states import ReportState
from hub.ids import CaseId, CoincidenceId, Oin, RegionId, ReportId


@dataclass(frozen=True, slots=True)
class ReportReceived:
    """`ground`: what the radar joined it by; `None` if it opened the case or its sender named it.

    `name`: the id that it would have given the case, if it joins one; `resent`: when it was signed, if it came while
    the hub recovered.
    `role`: that in which it was reported; the reporter may have others.
    `region`, `desk`: that it was reported to, by what its sender knows; the case that it joins may be elsewhere.
    """

    at: datetime
    report: ReportId
    reporter: Oin
    lane: Lane
    opened: bool
    ground: MatchGround | None = None
    name: CaseId | None = None
    resent: datetime | None = None
    role: Role | None = None
    region: RegionId | None = None
    desk: Oin | None = None
    assumed: bool | None = None


@dataclass(frozen=True, slots=True)
class OpenerFound:
    """While the hub recovered, a report came in that was signed before the one that opened the case.

    So it opened it the first time, and parties know the case by its `name`.
    """

    at: datetime
    report: ReportId
    name: CaseId


@dataclass(frozen=True, slots=True)
class ReportRecorded:
    """`implied`: by an assessment that came before the recording was said."""

    at: datetime
    report: ReportId
    implied: bool


@dataclass(frozen=True, slots=True)
class ReportAssessed:
    """See `commands.Assess`: codes only; what was found stays with VT.

    `name`: the id of the case of its own that it would have got as advice, if others had been on its case.
    """

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
    name: CaseId | None = None


@dataclass(frozen=True, slots=True)
class ReportDetached:
    """It goes on in a case of its own: it was joined wrongly, or was turned into advice.

    `research`: with the research that only it led to; `along`: the numbers of what goes with it; `over`: of what stays
    and had no other ground: a table where its reporter sat by it, a coincidence, a question, the case of its attention.
    """

    at: datetime
    report: ReportId
    to: CaseId
    research: bool = False
    along: tuple[UUID, ...] = ()
    over: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportAttached:
    """The other side of `ReportDetached`: it opens this case, as far as it had come, with what goes along.

    `told`: how many versioned messages its reporter got under it, as it goes on calling it by its report.
    `names`: what the case may be called by it; `advice`: it was not joined wrongly, but turned into advice.
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
    mda: bool = False
    role: Role | None = None
    region: RegionId | None = None
    desk: Oin | None = None
    names: tuple[CaseId, ...] = ()
    advice: bool = False
    tables: tuple[TableAsItStood, ...] = ()
    coincidences: tuple[CoincidenceOnCase, ...] = ()
    assumed: bool | None = None


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
    """Reports of others on the same people: who was told that, and of which reports, by which `reporters`."""

    at: datetime
    coincidence: CoincidenceId
    report: ReportId
    others: tuple[ReportId, ...]
    told: tuple[Oin, ...]
    reporters: tuple[Oin, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactMade:
    at: datetime
    coincidence: CoincidenceId
    by: Oin
