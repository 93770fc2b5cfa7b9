"""What a relay has in hand: which time each message was taken, how long it is ours, and what is still to be sent.

Theory. A message belongs to whoever took it last, and to nobody when its lease has ended. Which time it was taken
(`OutboxRow.attempts`) tells one taker from the next: who was slow can neither keep nor give back what another has by
now (`ports.Store.renew`, `unpublished`). And nobody publishes what it cannot be sure to have still. So a row that waits
long here, behind a slow recipient or in a process that stood still, is not sent twice.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from hub.canonical.codes import Lane
from hub.ids import MessageId, PartnerId
from hub.ports import OutboxRow, Taken

Hand = tuple[MessageId, PartnerId]
"""A message on its way to a connection."""
Key = tuple[PartnerId, Lane]
"""Of the line that it stands in."""


@dataclass(slots=True)
class _Held:
    attempt: int
    until: float
    line: Key
    unsent: bool


class Hands:
    """Moments are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._held: dict[Hand, _Held] = {}
        self.unsent: Counter[Key] = Counter()
        """By recipient and lane: what a batch of this process led to, and was not tried yet."""

    def __len__(self) -> int:
        return len(self._held)

    def take(self, row: OutboxRow, until: float, *, answers: bool) -> None:
        """Have it in hand until then.

        Args:
            answers: a batch of this process led to it just now.
        """
        line = row.partner, row.lane
        self._held[hand_of(row)] = _Held(row.attempts, until, line, answers)
        if answers:
            self.unsent[line] += 1

    def take_again(self, row: OutboxRow, until: float) -> bool:
        """Have it until then, if it is in hand; whether it is."""
        held = self._held.get(hand_of(row))
        if held is not None:
            held.attempt, held.until = row.attempts, until
        return held is not None

    def is_ours(self, row: OutboxRow, now: float) -> bool:
        held = self._held.get(hand_of(row))
        return held is not None and now < held.until

    def attempt(self, row: OutboxRow) -> int:
        """Which time we have taken it."""
        held = self._held.get(hand_of(row))
        return row.attempts if held is None else held.attempt

    def tried(self, row: OutboxRow) -> None:
        """It was published, or not; it stays in hand until that is written down."""
        held = self._held.get(hand_of(row))
        if held is not None and held.unsent:
            held.unsent = False
            self.unsent[held.line] -= 1
            if not self.unsent[held.line]:
                del self.unsent[held.line]

    def let_go(self, rows: Iterable[OutboxRow]) -> None:
        for row in rows:
            self.tried(row)
            self._held.pop(hand_of(row), None)

    def ending(self, by: float) -> Taken:
        """What is ours no longer than that, unless it is renewed."""
        return {hand[0]: held.attempt for hand, held in self._held.items() if held.until < by}

    def renewed(self, ids: Iterable[MessageId], until: float) -> None:
        kept = frozenset(ids)
        for hand, held in self._held.items():
            if hand[0] in kept:
                held.until = until


def hand_of(row: OutboxRow) -> Hand:
    return row.id, row.partner
