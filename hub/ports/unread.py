"""What lies in the queues of partners, published and not confirmed: what the store reads of it, and what is written."""

from dataclasses import dataclass
from datetime import datetime

from hub.canonical.codes import Lane
from hub.ids import MessageId, PartnerId


@dataclass(frozen=True, slots=True)
class QueueOut:
    """A queue in which something is out.

    Attributes:
        published: how many messages were ever published to it.
        since: when the first of those was published that are not confirmed.
    """

    partner: PartnerId
    lane: Lane
    published: int
    since: datetime


@dataclass(frozen=True, slots=True)
class InQueue:
    """What the broker counted in a queue: `lying`, read by somebody or not, when `published` had been published, and
    perhaps more."""

    partner: PartnerId
    lane: Lane
    published: int
    lying: int

    @property
    def passed(self) -> int:
        """The place up to which it has given everything away, if it gives in order: the last `lying` lie there."""
        return max(0, self.published - self.lying)


@dataclass(frozen=True, slots=True)
class Out:
    """A message that is out.

    Attributes:
        place: among all that was published to its queue; the first has 1.
        sent: how often it was published.
        published: when it was last.
        seen: whether it lay in its queue at the last look.
    """

    id: MessageId
    place: int
    sent: int
    published: datetime
    seen: bool
    type: str


@dataclass(frozen=True, slots=True)
class Unread:
    """What is to be judged of a queue at a moment, the first published first.

    Attributes:
        given: the place up to which it has given everything away in whatever order it gives: of what is not confirmed
            there are as many behind that as it holds.
        coming: copies that were let go since it was counted, by whichever process: they lie there, or are on their way.
    """

    given: int
    coming: int
    out: tuple[Out, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of one: it is looked at again at `look`, or sent again if that is not said."""

    out: Out
    look: datetime | None
    seen: bool = False


@dataclass(frozen=True, slots=True)
class AlarmOut:
    """An alarm that nobody has confirmed: `alarm` says of which moments it is one, `behind` for which it waits."""

    id: MessageId
    partner: PartnerId
    lane: Lane
    type: str
    alarm: str
    behind: MessageId | None
