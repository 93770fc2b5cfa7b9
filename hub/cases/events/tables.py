"""The joint table."""

from dataclasses import dataclass
from datetime import datetime

from hub.canonical.codes import Contribution, TableKind
from hub.canonical.partners import Role
from hub.ids import ActionId, Oin, TableId


@dataclass(frozen=True, slots=True)
class TableOpened:
    """`roles`: in which of its roles the chair and each participant sits."""

    at: datetime
    table: TableId
    kind: TableKind
    chair: Oin
    participants: tuple[Oin, ...]
    answer_by: datetime
    roles: tuple[tuple[Oin, Role], ...] = ()


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
