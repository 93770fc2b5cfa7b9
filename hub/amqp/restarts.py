"""How long a queue is left alone whose subscriptions end as soon as they begin.

There are messages that a broker takes and cannot hand over: its channel ends at each try, and with a new subscription
at once that goes on many times a second, in the broker's log too. So after the second such end each pause is longer
than the one before, until a delivery is acknowledged or a subscription holds. And until one holds, each takes one
message at a time: only the one that ends it counts as delivered again, and what is around it goes on.

A queue with a delivery limit gives that message up after so many tries (`topology.py`): so its pauses are short.
"""

SOON = 10.0
"""Seconds after its start in which the end of a subscription counts."""
FIRST, LONGEST, LONGEST_OF_LIMITED = 0.5, 60.0, 10.0
"""Seconds."""


class Restarts:
    """Args: longest: seconds that a pause lasts at most."""

    def __init__(self, longest: float = LONGEST) -> None:
        self._longest = longest
        self._ends = 0
        self.narrow = False
        """Whether the next subscription takes one message at a time."""

    @property
    def pause(self) -> float:
        """Seconds until the next subscription."""
        return 0.0 if self._ends < 2 else min(self._longest, FIRST * 2.0 ** min(self._ends - 2, 16))

    def ended(self, lasted: float) -> None:
        """A subscription has, after so many seconds, and not because we wanted it."""
        self._ends = self._ends + 1 if lasted < SOON else 0
        self.narrow = self._ends > 1 or (self.narrow and lasted < SOON)

    def worked(self) -> None:
        """A delivery was acknowledged."""
        self._ends = 0
