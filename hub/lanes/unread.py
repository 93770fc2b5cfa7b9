"""What becomes of a message that its reader has not confirmed: it lies there, or was taken, or nobody knows. Pure.

Theory. To send again what lies unread in its queue helps nobody, and buries what comes after it. So whoever judges must
know what lies there; the broker only says how much. But the hub alone publishes to that queue, and counts: a message
has a place among all that ever were. Of a queue that holds n messages follows

    it lies there      it is among the n last that were published: nothing was given away behind it
    it was taken       of those that are not confirmed, n or more are behind it: whichever lie there, it need not
    nobody knows       neither. Receipts, which nobody confirms, may lie there in its place; or its reader took it and
                       others, and has finished the others first

What lies there is not sent again. What was taken is, when its reader has had its time for `verwerkt` since; what may
lie there, after a longer one. Each time that it was sent for nothing, it is left alone twice as long, up to `LONGEST`.
How long one has lain there says how soon it is looked for again; one that lay there, and does not any more, is found at
once, as its place tells.
"""

from datetime import timedelta

from hub.canonical.codes import Lane
from hub.ports import InQueue, Judged, Out, Unread
from hub.routing.limits import Backoff, PerLane

LONGEST = PerLane(routine=timedelta(hours=6), acute=timedelta(hours=1))
"""Nobody waits longer than that for what its reader took and never confirmed."""


def judge(unread: Unread, counted: InQueue, patience: PerLane) -> list[Judged]:
    """What becomes of each.

    Args:
        patience: how long a reader has to confirm what it took.
    """
    return [_judge(one, unread, counted, patience) for one in unread.out]


def _judge(one: Out, unread: Unread, counted: InQueue, patience: PerLane) -> Judged:
    lane, now = counted.lane, unread.now
    if one.place > counted.passed:
        longest = max(LONGEST.of(lane), patience.of(lane))
        return Judged(one, now + min(max(now - one.published, patience.of(lane)), longest), seen=True)
    pause = _pause(patience, lane, one.sent)
    if one.place > unread.given:
        pause = max(pause, _pause(patience, Lane.ROUTINE, one.sent))
    if one.seen:  # it was taken since the last look: from now on its reader has its time
        return Judged(one, now + pause)
    due = one.published + pause
    return Judged(one, due if due > now else None)


def _pause(patience: PerLane, lane: Lane, sent: int) -> timedelta:
    base = patience.of(lane)
    return Backoff(base, max(LONGEST.of(lane), base)).delay(sent)
