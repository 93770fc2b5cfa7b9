"""What brings a worker to each crash point within seconds.

There is no point that a worker of one of the lanes cannot come to: both kinds publish, and both look after time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Way:
    """Attributes:
    why: what has to be so, in words.
    habits: of the partners meanwhile, as `parts.Habits` has them.
    mute: the broker's confirms do not reach the hub.
    dies_before: points at which everything dies first, with the same messages in hand.
    lacks: something is said to be lacking, for a minute.
    often: it is come to several times within seconds.
    alone: all others go first, so that it is this worker that keeps house; they come when it has died.
    """

    why: str
    habits: Mapping[str, float] = field(default_factory=dict)
    mute: bool = False
    dies_before: tuple[str, ...] = ()
    often: bool = False
    alone: bool = False
    lacks: bool = False


USUAL = Way("any traffic", often=True)
WAYS: Mapping[tuple[str, ...], Way] = {
    ("publish.after", "confirm.before"): Way("the broker has confirmed, and its confirms are withheld", mute=True),
    ("unmark.", "outbox-lease.", "renew."): Way("publishing has failed, as confirms are withheld", mute=True),
    ("begin.",): Way("messages were in hand at a death already", dies_before=("claim.after",)),
    ("attempt.",): Way("messages were in hand at two deaths already", dies_before=("claim.after", "claim.after")),
    ("retry-lease.", "reopen.", "undecided."): Way("a step comes in before its cause", {"early": 1.0}),
    ("timer-lease.", "timer-commit."): Way("nobody answers an offer by its moment", {"hasty": 0.8}),
    ("release-held.",): Way("an offer is accepted, refused or withdrawn"),
    ("step.", "rewrap."): Way("a period of two seconds ends, and something waits"),
    ("judge-unread.",): Way("a worker has just started; again at each look at what nobody has confirmed"),
    ("end-lacks.",): Way("something is lacking; at each look", lacks=True),
    ("lead.", "end-", "note-believed.", "put-right."): Way(
        "a worker has taken the lead of upkeep; again each minute", alone=True
    ),
}
"""By the beginning of the point's name; where none is named, any traffic leads there."""


def way_to(point: str) -> Way:
    found = (way for names, way in WAYS.items() if point.startswith(names))
    return next(found, USUAL)
