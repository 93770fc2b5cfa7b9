"""The joint table."""

from dataclasses import dataclass
from datetime import datetime

from hub.canonical.codes import Contribution, TableKind
from hub.canonical.partners import Role
from hub.cases.case import Action
from hub.cases.states import SeatState
from hub.ids import ActionId, Oin, ReportId, TableId


@dataclass(frozen=True, slots=True)
class TableOpened:
    """`roles`: in which of its roles the chair and each participant sits.

    `ties`: who is at it by a report of its own, and by which; `decision_by`: the custody clock.
    """

    at: datetime
    table: TableId
    kind: TableKind
    chair: Oin
    participants: tuple[Oin, ...]
    answer_by: datetime
    roles: tuple[tuple[Oin, Role], ...] = ()
    ties: tuple[tuple[Oin, ReportId], ...] = ()
    decision_by: datetime | None = None


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


@dataclass(frozen=True, slots=True)
class TableEnded:
    """Nothing has been said at it for so long, and nobody is awaited."""

    at: datetime
    table: TableId


@dataclass(frozen=True, slots=True)
class TableAsItStood:
    """A table that goes along with a report, in the order in which all came: part of `ReportAttached`."""

    table: TableId
    kind: TableKind
    chair: Oin
    answer_by: datetime
    seats: tuple[tuple[Oin, SeatState], ...]
    actions: tuple[Action, ...] = ()
    ties: tuple[tuple[Oin, ReportId], ...] = ()
    decision_by: datetime | None = None
    roles: tuple[tuple[Oin, Role], ...] = ()
    said_at: datetime | None = None
    ended: bool = False
