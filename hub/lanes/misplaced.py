"""Messages that come by the queue of the other lane.

Theory. A message says itself which lane it has (`urgentie`), and by that it is decided, answered and sent on. The queue
that it comes by only says who reads it first. A sender that publishes everything under the routing key `acuut` may not
be first by that: partners have turns in that queue, and from `MANY` in a minute on its turn comes after all others. It
shows as a lack of the surroundings, named by the sender, for as long as it lasts; then not every message is logged.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import structlog

from hub.canonical.codes import Lane
from hub.ids import PartnerId
from hub.ports import InboxRow, Lack
from hub.telemetry import LogEvent

_log = structlog.get_logger()
MANY = 20
"""Of a sender, in a minute, by the acute queue."""
MINUTE = 60.0
CROWDS_FOR = 1.0
"""Seconds, said again with each batch."""
CROWDED = "acute-queue-crowded"
DO = "This partner publishes routine messages under the routing key acuut: have its system use the key of the urgentie."


@dataclass(slots=True)
class _Sender:
    since: float
    number: int = 0


class Misplaced:
    """Of one process. Moments are seconds that only go on."""

    def __init__(self) -> None:
        self._senders: dict[PartnerId, _Sender] = {}

    def lacks(self, brought: Iterable[tuple[InboxRow, Lane]], now: float) -> Iterator[Lack]:
        """Whose messages these are, of those that crowd.

        Args:
            brought: each, and the lane of the queue that it came by, which is the other.
        """
        crowding = set(self.crowding(now))
        yield from (Lack(CROWDED, sender, DO) for sender in {row.partner for row, _ in brought} & crowding)

    def committed(self, brought: Iterable[tuple[InboxRow, Lane]], now: float) -> None:
        """Count these, and log them while they are few; `brought` as in `lacks`."""
        for row, queue in brought:
            if queue is not Lane.ACUTE or self._counted(row.partner, now) <= MANY:
                log = _log.bind(partner=row.partner, message=row.message, lane=row.lane.value)
                log.warning(LogEvent.LANE_MISMATCH, queue=f"intake.{queue.value}")

    def crowding(self, now: float) -> list[PartnerId]:
        """Whose turn in the acute queue comes after others."""
        return [sender for sender, one in self._senders.items() if one.number > MANY and now - one.since < MINUTE]

    def _counted(self, sender: PartnerId, now: float) -> int:
        one = self._senders.get(sender)
        if one is None or now - one.since >= MINUTE:
            one = self._senders[sender] = _Sender(now)
        one.number += 1
        return one.number
