"""How long a queue is left alone whose subscriptions end as soon as they begin.

There are messages that a broker takes and cannot hand over: its channel ends at each try, and with a new subscription
at once that goes on many times a second, in the broker's log too. So after the second such end each pause is longer
than the one before, until a delivery is acknowledged or a subscription holds.
"""

SOON = 10.0
"""Seconds after its start in which the end of a subscription counts."""
FIRST, LONGEST = 0.5, 60.0
"""Seconds."""


class Restarts:
    def __init__(self) -> None:
        self._ends = 0

    @property
    def pause(self) -> float:
        """Seconds until the next subscription."""
        return 0.0 if self._ends < 2 else min(LONGEST, FIRST * 2.0 ** min(self._ends - 2, 16))

    def ended(self, lasted: float) -> None:
        """A subscription has, after so many seconds, and not because we wanted it."""
        self._ends = self._ends + 1 if lasted < SOON else 0

    def worked(self) -> None:
        """A delivery was acknowledged."""
        self._ends = 0
