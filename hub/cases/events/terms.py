"""Terms: started, reminded of, escalated, met or ended."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.canonical.codes import TermUnit


@dataclass(frozen=True, slots=True)
class TermStarted:
    """`next`: the first moment it fires, a reminder or its end; `None`: at its end."""

    at: datetime
    name: str
    length: int
    unit: TermUnit
    about: UUID
    due: datetime
    next: datetime | None = None


@dataclass(frozen=True, slots=True)
class TermReminded:
    at: datetime
    name: str
    about: UUID
    next: datetime


@dataclass(frozen=True, slots=True)
class TermEscalated:
    """It is over and nobody acted: `round` counts from 1; the next alarm comes at `next`."""

    at: datetime
    name: str
    about: UUID
    round: int
    next: datetime


@dataclass(frozen=True, slots=True)
class TermMet:
    at: datetime
    name: str
    about: UUID


@dataclass(frozen=True, slots=True)
class TermEnded:
    """It no longer applies: neither met nor passed."""

    at: datetime
    name: str
    about: UUID
