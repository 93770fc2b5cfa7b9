"""Bodies that never became a message: what cannot be opened, verified or parsed. They cost their sender only.

Theory. Nobody knows what such a body was to be. It may be the one mistake of a system that works, or ten thousand of
one that does not, behind which the next report on a child may lie. So none is lost or left without an answer, and
nobody else may feel how many there are. Therefore, in each process and for each sender, by what was committed:

    one after another    it is held back, longer the more there were in a row, and until one opens. In the routine lane
                         it rests: nothing of it is taken. In the acute lane it has its turn after all others, so that
                         what is sound behind them comes all the same
    many in a minute     when there were `APART` they are refused together: those of a batch in one answer that names
                         each, with one line in the log

A sender that is read by several processes has this in each, and anew after a restart.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hub.ids import PartnerId

APART = 20
"""Of a sender in a minute that are refused one by one."""
MINUTE = 60.0
PAUSE_EACH = 0.0005
"""Seconds for each in a row: a thousand rest four seconds in all, those of a full queue a quarter of an hour or two."""
LONGEST_PAUSE = 10.0


@dataclass(frozen=True, slots=True)
class Turn:
    """What changes for a sender by a batch.

    Attributes:
        pause: seconds for which it is held back from now on; 0 ends that.
        begun: how many came in this minute, where they became too many by this batch; else 0.
        over: how many there were in a row, where something opened after many; else 0.
    """

    sender: PartnerId
    pause: float
    begun: int = 0
    over: int = 0


@dataclass(slots=True)
class _Sender:
    in_row: int = 0
    since: float = 0.0
    in_minute: int = 0

    def failed(self, number: int, now: float) -> int:
        """So many more, and how many that makes in this minute if they are too many for the first time."""
        if now - self.since >= MINUTE:
            self.since, self.in_minute = now, 0
        before, self.in_minute = self.in_minute, self.in_minute + number
        return self.in_minute if before <= APART < self.in_minute else 0


class Unreadable:
    """Of one process. Moments are seconds that only go on."""

    def __init__(self) -> None:
        self._senders: dict[PartnerId, _Sender] = {}
        self._turned: list[Turn] = []

    def room(self, sender: PartnerId, now: float) -> int:
        """How many more are refused one by one."""
        one = self._senders.get(sender)
        return APART if one is None or now - one.since >= MINUTE else max(0, APART - one.in_minute)

    def committed(self, read: Iterable[tuple[PartnerId, bool]], now: float) -> None:
        """Count what a batch was, in its order.

        Args:
            read: whose each was, and whether it became a message.
        """
        by_sender: dict[PartnerId, list[bool]] = {}
        for sender, readable in read:
            by_sender.setdefault(sender, []).append(readable)
        self._turned += [
            self._turn(sender, all_, now)
            for sender, all_ in by_sender.items()
            if not all(all_) or (sender in self._senders and self._senders[sender].in_row)
        ]

    def turned(self) -> list[Turn]:
        """What has changed since this was asked last, and for whom."""
        found, self._turned = self._turned, []
        return found

    def _turn(self, sender: PartnerId, all_: list[bool], now: float) -> Turn:
        one = self._senders.setdefault(sender, _Sender())
        begun = one.failed(all_.count(False), now)
        over, last = 0, all_[::-1].index(True) if any(all_) else len(all_)
        if any(all_):
            over, one.in_row = one.in_row if one.in_row > APART else 0, 0
        one.in_row += last
        return Turn(sender, min(LONGEST_PAUSE, one.in_row * PAUSE_EACH), begun, over)
