"""What a process sees of the database at one look: all that could make it do something."""

from dataclasses import dataclass
from datetime import datetime

from hub.canonical.codes import Lane
from hub.canonical.partners import Directory


@dataclass(frozen=True, slots=True)
class Due:
    """What there may be to do now; whoever does it takes it under a lease, or finds that another has it.

    Attributes:
        outgoing: lanes in which messages are to be sent.
        undecided: senders may have to hear that it takes longer.
        lacks: something is lacking, or was.
        next_at: when the next of it is due, by the believed clock, if that is within seconds.
    """

    terms: bool = True
    retries: bool = True
    outgoing: frozenset[Lane] = frozenset(Lane)
    undecided: bool = True
    lacks: bool = True
    next_at: datetime | None = None

    @property
    def anything(self) -> bool:
        return self.terms or self.retries or bool(self.outgoing) or self.undecided or self.lacks


ALL = Due()


@dataclass(frozen=True, slots=True)
class Glance:
    """Attributes:
    directory: the newest version.
    now: the moment that is believed.
    """

    directory: Directory
    now: datetime
    due: Due = ALL
