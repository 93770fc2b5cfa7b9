"""What became of what has had its term."""

from dataclasses import dataclass


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
class MonthsTurned:
    """What one look at the months of the processing log did.

    Attributes:
        made, ended: how many tables were made and dropped.
        gave_way: somebody was at work in what was to be changed; the next look comes back to it.
    """

    made: int
    ended: int
    gave_way: bool
