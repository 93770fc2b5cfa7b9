"""What has happened to a case: frozen facts in the past tense, each with its own time.

A stored event is never changed; a field that is added later has a default, so that old events still read.
"""

from hub.cases.events.case import (
    CaseArranged,
    CaseClosed,
    CaseLinked,
    CaseOpened,
    HolderMoved,
    NoticeIssued,
    NoticeReissued,
    PartySucceeded,
    RegionMoved,
    RegionNamed,
    Settled,
)
from hub.cases.events.handovers import (
    FullPartWanted,
    HandoverAccepted,
    HandoverCompleted,
    HandoverOffered,
    HandoverRefused,
    HandoverWithdrawn,
    HelpStarted,
    MoreAsked,
    MoreGiven,
)
from hub.cases.events.monitoring import AttentionReopened, MonitoringAnswered, MonitoringAsked
from hub.cases.events.reports import (
    CoincidenceFound,
    ContactMade,
    OpenerFound,
    RadarWithdrawn,
    ReportAssessed,
    ReportAttached,
    ReportDetached,
    ReportReceived,
    ReportRecorded,
    ResearchConcluded,
    ResearchStarted,
)
from hub.cases.events.tables import (
    ActionAccepted,
    ActionAgreed,
    ContributionGiven,
    TableAsItStood,
    TableEnded,
    TableOpened,
)
from hub.cases.events.terms import TermEnded, TermEscalated, TermMet, TermReminded, TermStarted

__all__ = [
    "ActionAccepted",
    "ActionAgreed",
    "AttentionReopened",
    "CaseArranged",
    "CaseClosed",
    "CaseLinked",
    "CaseOpened",
    "CoincidenceFound",
    "ContactMade",
    "ContributionGiven",
    "Event",
    "FullPartWanted",
    "HandoverAccepted",
    "HandoverCompleted",
    "HandoverOffered",
    "HandoverRefused",
    "HandoverWithdrawn",
    "HelpStarted",
    "HolderMoved",
    "MonitoringAnswered",
    "MonitoringAsked",
    "MoreAsked",
    "MoreGiven",
    "NoticeIssued",
    "NoticeReissued",
    "OfApart",
    "OfHandovers",
    "OfMonitoring",
    "OfReports",
    "OfSuccession",
    "OfTables",
    "OfTerms",
    "OfTheCase",
    "OnCase",
    "OpenerFound",
    "PartySucceeded",
    "RadarWithdrawn",
    "RegionMoved",
    "RegionNamed",
    "ReportAssessed",
    "ReportAttached",
    "ReportDetached",
    "ReportReceived",
    "ReportRecorded",
    "ResearchConcluded",
    "ResearchStarted",
    "Settled",
    "TableAsItStood",
    "TableEnded",
    "TableOpened",
    "TermEnded",
    "TermEscalated",
    "TermMet",
    "TermReminded",
    "TermStarted",
]

OfTheCase = (
    CaseLinked | HolderMoved | RegionMoved | RegionNamed | CaseArranged | CaseClosed | NoticeIssued | NoticeReissued
)
OfSuccession = PartySucceeded | Settled
OfReports = (
    ReportReceived
    | OpenerFound
    | ReportRecorded
    | ReportAssessed
    | ResearchStarted
    | ResearchConcluded
    | RadarWithdrawn
    | CoincidenceFound
    | ContactMade
)
OfApart = ReportDetached | ReportAttached
OfTerms = TermStarted | TermReminded | TermEscalated | TermMet | TermEnded
OfHandovers = (
    HandoverOffered
    | MoreAsked
    | MoreGiven
    | HandoverAccepted
    | FullPartWanted
    | HandoverRefused
    | HandoverWithdrawn
    | HelpStarted
    | HandoverCompleted
)
OfMonitoring = MonitoringAsked | MonitoringAnswered | AttentionReopened
OfTables = TableOpened | ContributionGiven | ActionAgreed | ActionAccepted | TableEnded
OnCase = OfTheCase | OfSuccession | OfReports | OfApart | OfTerms | OfHandovers | OfMonitoring | OfTables
"""By subject."""
Event = CaseOpened | OnCase
"""A case begins with its opening, and that only."""
