"""How long messages wait, and which of that is the hub's own fault: then it is not ready, however well it looks. Pure.

What waits for a partner, its own step or its own system, is never the hub's fault. What waits by a fault of the hub
is: for longer than its sender is left without a word (`delayed_notice_after`), and for as long as that lasts.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby

from hub.lanes.fate import DEAD_LETTER, waits
from hub.routing.limits import PerLane
from hub.store.backlog import Backlog, Kind

NAMED = 5
"""Partners that a line names."""
_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def overlong(backlogs: Iterable[Backlog], now: datetime, after: PerLane) -> Iterator[str]:
    """What a fault of the hub keeps for too long, each kind a sentence with what to do."""
    kept = [one for one in backlogs if _since(one) < now - after.of(one.lane) and _is_ours(one)]
    kept.sort(key=lambda one: (one.what, one.code))
    for (what, code), same in groupby(kept, key=lambda one: (one.what, one.code)):
        alike = [*same]
        number, since = sum(one.number for one in alike), min(map(_since, alike))
        yield _SENTENCES[what].format(code=code or "untried", number=number, age=age(now - since), who=_named(alike))


_SENTENCES = {
    Kind.RETRY: "a fault ({code}) keeps messages of {who} undecided for {age} ({number} wait): see the log",
    Kind.QUARANTINE: "a fault ({code}) keeps messages of {who} in quarantine for {age} ({number} wait): "
    "see `ketenhub quarantine list`",
    Kind.TERM: "a fault keeps term {code} from being said for {age} ({number} wait): see `term_failed` in the log",
    Kind.UNPUBLISHED: "a fault ({code}) keeps messages to {who} from being sent for {age} ({number} wait): see the log",
}


def _is_ours(one: Backlog) -> bool:
    """Undecided: unless it waits for a step, or was the hub's own. Unsent: it lacks something, or nobody takes it.
    A term that has passed always."""
    if one.what in (Kind.RETRY, Kind.QUARANTINE):
        return not waits(one.code) and one.code != DEAD_LETTER
    if one.what is Kind.TERM:
        return True
    return one.what is Kind.UNPUBLISHED and (bool(one.code) or (one.due is not None and not one.tried))


def _since(one: Backlog) -> datetime:
    """What nobody takes is late from when it was due: that may be later than it was made."""
    untried = one.what is Kind.UNPUBLISHED and not one.code
    return max(one.since, one.due) if untried and one.due else one.since


def age(lasts: timedelta) -> str:
    """In the largest unit of which there are two, for a person."""
    for unit, name in _UNITS:
        if lasts >= 2 * unit:
            return f"{lasts // unit} {name}s"
    return f"{lasts // timedelta(seconds=1)} seconds"


def _named(alike: Iterable[Backlog]) -> str:
    names = sorted({one.partner for one in alike})
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
