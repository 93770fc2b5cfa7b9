"""Which period keys a machine needs, which it may destroy, and when the next step may be taken: pure.

The rule. Content is under the period in use, or, while it is being wrapped anew, under the one before: the next step is
not taken before the last one is done. So a machine needs the key of one of these two, and derives what follows. What is
older has no key on any machine, and awaits that it is sent again.

Before the first period nothing is under one: it begins once no older version runs on the database.
"""

from datetime import timedelta
from enum import StrEnum

from hub.envelope.at_rest import Label
from hub.ports import Contents, Period
from hub.ports.periods import GONE

KEY_GONE = "period-key-gone"
"""Code of what is raised for content under a step that this machine has destroyed: it was wrapped anew, or is gone."""


class KeyStanding(StrEnum):
    """How a machine's key stands to the period in use; all but the first keep it from working."""

    READY = "ready"
    MISSING = "period-key-missing"
    OTHER = "period-key-other"
    AHEAD = "period-key-ahead"
    BEHIND = "period-key-behind"


def standing(held: Period | None, used: Period) -> KeyStanding:
    """Of a machine that has the key of the step `held`, and so of every later one of its chain."""
    if held is None:
        return KeyStanding.MISSING
    if not used.chain:
        return KeyStanding.READY
    if held.chain != used.chain:
        return KeyStanding.OTHER
    if held.step > used.step:
        return KeyStanding.AHEAD
    return KeyStanding.READY if held.step >= used.step - 1 else KeyStanding.BEHIND


def to_wrap(contents: Contents, newest: Label) -> list[str]:
    """The labels that have to give way to the newest, or are lost; the bytes of the version before first."""
    return sorted(contents.labels - {GONE, str(newest)})


def is_lost(label: str, used: Period) -> bool:
    """Whether its period key is on no machine any more: it is of another chain, or older than the one before."""
    one = Label.read(label)
    return one is not None and bool(one.chain) and (one.chain != used.chain or one.step < used.step - 1)


def oldest_needed(contents: Contents) -> int:
    """The earliest step that something is under."""
    used = contents.period
    needed = (Label.read(label) for label in contents.labels if not is_lost(label, used))
    return min([used.step, *(one.step for one in needed if one is not None and one.chain)])


def is_overdue(contents: Contents, lasts: timedelta) -> bool:
    """Whether the period in use has lasted twice its time: something is under the one before that none here opens.

    What a machine that is off could open is given up then: for it, the keys of all that was delivered would stay, and
    be there still a day later. It is sent again, or made again, as if it were lost.
    """
    return not contents.doubted and contents.since is not None and contents.now - contents.since > 2 * lasts


def is_settled(contents: Contents) -> bool:
    """Whether all that waits is under the period in use: the next step may be taken."""
    return oldest_needed(contents) == contents.period.step
