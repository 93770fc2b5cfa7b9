"""What became of what has had its term, and how far ahead a term can be."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class TrafficEnded:
    """What one sweep over old traffic data did.

    Attributes:
        rows: how many are gone.
        after: where the next sweep goes on; 0: at the beginning.
    """

    rows: int
    after: int


@dataclass(frozen=True, slots=True)
class Longest:
    """How far ahead anything can be scheduled by a right clock.

    Attributes:
        resend: the next publish of a message of the hub.
        retry: the next attempt on a message that was kept.
        held, radar: how long full parts and entries of the radar are kept at most, whatever is configured.
    """

    resend: timedelta
    retry: timedelta
    held: timedelta
    radar: timedelta


@dataclass(frozen=True, slots=True)
class MonthsTurned:
    """What one look at the months of the processing log did.

    Attributes:
        made: how many tables were made.
        ended: how many were taken out of the log; so many were `dropped` that had been taken out a day before.
        attached: how many were put back, as they are not past their term.
        gave_way: somebody was at work in what was to be changed; the next look comes back to it.
    """

    made: int
    ended: int
    gave_way: bool
    dropped: int = 0
    attached: int = 0
