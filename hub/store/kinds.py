"""The names under which a case and its events are stored, each with a version of its own.

Such a name stands in every database there is. The class may be called otherwise tomorrow; the name stays. A field that
only has a default needs no version; any other change of what is stored is a version more, with its upcaster here. The
shapes themselves are in tests/golden/stored: a change that nobody meant fails there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from hub.cases import events as e
from hub.cases.case import Case

T = TypeVar("T")
Fields = dict[str, Any]
"""Of one case or event, in JSON values."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """What is stored under a name.

    Attributes:
        upcasts: from each older version to the next, the first from 1 to 2. Never change one that has run.
    """

    name: str
    of: type[T]
    upcasts: tuple[Callable[[Fields], Fields], ...] = ()

    @property
    def version(self) -> int:
        """That is written now; where a document says none, it is 1."""
        return len(self.upcasts) + 1


CASE = Kind("Case", Case)
EVENTS: tuple[Kind[Any], ...] = (
    Kind("CaseOpened", e.CaseOpened),
    Kind("CaseLinked", e.CaseLinked),
    Kind("HolderMoved", e.HolderMoved),
    Kind("RegionMoved", e.RegionMoved),
    Kind("RegionNamed", e.RegionNamed),
    Kind("CaseArranged", e.CaseArranged),
    Kind("CaseClosed", e.CaseClosed),
    Kind("NoticeIssued", e.NoticeIssued),
    Kind("NoticeReissued", e.NoticeReissued),
    Kind("PartySucceeded", e.PartySucceeded),
    Kind("Settled", e.Settled),
    Kind("ReportReceived", e.ReportReceived),
    Kind("OpenerFound", e.OpenerFound),
    Kind("ReportRecorded", e.ReportRecorded),
    Kind("ReportAssessed", e.ReportAssessed),
    Kind("ResearchStarted", e.ResearchStarted),
    Kind("ResearchConcluded", e.ResearchConcluded),
    Kind("RadarWithdrawn", e.RadarWithdrawn),
    Kind("CoincidenceFound", e.CoincidenceFound),
    Kind("ContactMade", e.ContactMade),
    Kind("ReportDetached", e.ReportDetached),
    Kind("ReportAttached", e.ReportAttached),
    Kind("TermStarted", e.TermStarted),
    Kind("TermReminded", e.TermReminded),
    Kind("TermEscalated", e.TermEscalated),
    Kind("TermMet", e.TermMet),
    Kind("TermEnded", e.TermEnded),
    Kind("HandoverOffered", e.HandoverOffered),
    Kind("MoreAsked", e.MoreAsked),
    Kind("MoreGiven", e.MoreGiven),
    Kind("HandoverAccepted", e.HandoverAccepted),
    Kind("FullPartWanted", e.FullPartWanted),
    Kind("HandoverRefused", e.HandoverRefused),
    Kind("HandoverWithdrawn", e.HandoverWithdrawn),
    Kind("HelpStarted", e.HelpStarted),
    Kind("HandoverCompleted", e.HandoverCompleted),
    Kind("MonitoringAsked", e.MonitoringAsked),
    Kind("MonitoringAnswered", e.MonitoringAnswered),
    Kind("AttentionReopened", e.AttentionReopened),
    Kind("TableOpened", e.TableOpened),
    Kind("ContributionGiven", e.ContributionGiven),
    Kind("ActionAgreed", e.ActionAgreed),
    Kind("ActionAccepted", e.ActionAccepted),
    Kind("TableEnded", e.TableEnded),
)
NAMED: Mapping[str, Kind[Any]] = {kind.name: kind for kind in EVENTS}
_OF: Mapping[type, Kind[Any]] = {kind.of: kind for kind in EVENTS}


def kind_of(event: e.Event) -> Kind[Any]:
    """What the event is stored as; that each has one, a test says."""
    return _OF[type(event)]
