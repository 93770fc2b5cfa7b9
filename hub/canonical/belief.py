"""Which clock is believed: pure, from what the clocks said at each look, and what partners signed meanwhile.

Theory. No clock says of itself that it is wrong, so each look compares them. The database's and the machine's own say
the moment; the machine's steady one says no moment, but does not jump. A clock that is believed goes on a line: so much
later by the steady clock, so much later by itself. It is doubted when

    database and own are apart
    one of them left its line: it jumped, or crept away
    several organisations sign, by their own clocks, what would lie too far in our future
    at the first look of a process: it is before the moment that was believed last, or more than a day after it

One partner alone says nothing: its clock may be the wrong one. Nor does an old `time`: its queue may be slow. While
there is doubt the moment is taken from the line that was believed last; a process that starts in doubt has no such
line, and goes on from the moment that was believed last, or from that of the clock that is soonest after it. Doubt ends
by itself when database and own have gone on one line for a while: a short one if it is the old line again, or several
organisations are on it too; else a day, as two clocks that were put wrong together agree as well. It does not end while
partners are on the old line only. A hub that was only off for long waits for nothing but several organisations.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

APART = timedelta(minutes=1)
"""What two clocks may differ, and how far one may go from its line within `RENEWED`."""
AHEAD = timedelta(minutes=5)
"""How far ahead of the hub a message's `time` may be (contract, "Attributes")."""
SEVERAL = 2
"""Organisations."""
CALM = timedelta(minutes=10)
UNCONFIRMED = timedelta(days=1)
"""How long database and own must agree on a new line that nobody confirms; and how long a hub may have been off."""
HEARD = timedelta(minutes=10)
"""How long what an organisation signed says something."""
RENEWED = timedelta(hours=1)
"""A line begins anew so often: no clock goes quite as fast as another."""


class Doubt(StrEnum):
    """Why a clock is doubted."""

    APART = "clocks-apart"
    DATABASE_JUMPED = "database-jumped"
    OWN_JUMPED = "own-jumped"
    PARTNERS = "partners-ahead"
    BEFORE = "before-last-believed"
    LONG_AFTER = "long-after-last-believed"


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the clocks.

    Attributes:
        own, steady: read before the database was asked.
        took: by the steady clock, until it had answered.
    """

    database: datetime
    own: datetime
    steady: timedelta
    took: timedelta = timedelta(0)

    @property
    def line(self) -> "Line":
        """Where the clocks were when the own ones were read: the database's up to `took` before it answered."""
        return Line(max(self.database - self.took, min(self.own, self.database)), self.own, self.steady)


@dataclass(frozen=True, slots=True)
class Line:
    """Where the clocks were at one moment, and so where they are to be at any other."""

    database: datetime
    own: datetime
    steady: timedelta

    def at(self, steady: timedelta) -> datetime:
        """The database's moment, so much later or earlier by the steady clock."""
        return self.database + (steady - self.steady)

    def left_by(self, reading: Reading) -> Iterator[Doubt]:
        """Which of the clocks is on this line no more."""
        passed = reading.steady - self.steady
        if _differ(self.database + passed, reading.database, reading.took):
            yield Doubt.DATABASE_JUMPED
        if _differ(self.own + passed, reading.own):
            yield Doubt.OWN_JUMPED


@dataclass(frozen=True, slots=True)
class Word:
    """The newest `time` that an organisation signed, and when that came in, by the steady clock."""

    time: datetime
    steady: timedelta


@dataclass(frozen=True, slots=True)
class Belief:
    """What a process believes; `judge` gives the next.

    Attributes:
        line: from which a clock must not go away; begun anew now and then.
        newest: the last that was believed.
        why: the doubts since then; none while the clocks are believed.
        off: how much later than `newest` the old line may be: the hub was off for a while, if it began in doubt.
        fresh: since when, in doubt, database and own have gone on one line; `None` while they do not.
        words: by organisation.
    """

    line: Line
    newest: Line
    why: frozenset[Doubt] = frozenset()
    off: timedelta = timedelta(0)
    fresh: Line | None = None
    words: Mapping[str, Word] = field(default_factory=dict)

    @property
    def doubted(self) -> bool:
        return bool(self.why)

    def now(self, steady: timedelta) -> datetime:
        """The moment that is believed, at this moment of the steady clock."""
        return self.newest.at(steady)


def begun(reading: Reading, last: datetime | None) -> Belief:
    """The first look of a process.

    Args:
        last: the newest moment that any process is known to have believed.
    """
    why = frozenset(_at_first(reading, last))
    newest = replace(reading.line, database=_likely(reading, last)) if why else reading.line
    off = UNCONFIRMED if last is not None else timedelta(0)
    return Belief(reading.line, newest, why, off, None if Doubt.APART in why else reading.line)


def judge(belief: Belief, reading: Reading) -> Belief:
    """The belief after another look."""
    why = frozenset(_doubts(belief, reading))
    if not belief.doubted and not why:
        old = reading.steady - belief.line.steady > RENEWED
        return replace(belief, line=reading.line if old else belief.line, newest=reading.line)
    doubting = replace(belief, why=belief.why | why, fresh=_fresh(belief.fresh, reading, why))
    if _is_over(doubting, reading):
        return Belief(reading.line, reading.line, words=belief.words)
    return doubting


def heard(belief: Belief, said: Iterable[tuple[str, datetime]], steady: timedelta) -> Belief:
    """What organisations signed as the `time` of messages that come in now; of each the newest counts."""
    words = {who: word for who, word in belief.words.items() if steady - word.steady <= HEARD}
    for who, time in said:
        word = Word(time, steady)
        if who not in words or _lead(word, belief.newest) >= _lead(words[who], belief.newest):
            words[who] = word
    return replace(belief, words=words)


def _likely(reading: Reading, last: datetime | None) -> datetime:
    """The clock that is nearest after the moment believed last, if that is near; time does not go back."""
    if last is None:
        return reading.line.database
    near = [one for one in (reading.line.database, reading.own) if last - APART <= one <= last + UNCONFIRMED]
    return min(near, default=last)


def _at_first(reading: Reading, last: datetime | None) -> Iterator[Doubt]:
    if _differ(reading.own, reading.database, reading.took):
        yield Doubt.APART
    if last is not None and reading.database < last - APART:
        yield Doubt.BEFORE
    if last is not None and min(reading.database, reading.own) > last + UNCONFIRMED:
        yield Doubt.LONG_AFTER


def _doubts(belief: Belief, reading: Reading) -> Iterator[Doubt]:
    if _differ(reading.own, reading.database, reading.took):
        yield Doubt.APART
    yield from belief.line.left_by(reading)
    leads = list(_leads(belief, reading.line, reading.steady))
    ahead = sum(lead > AHEAD for lead in leads)
    if ahead >= SEVERAL and ahead > sum(abs(lead) <= AHEAD for lead in leads):
        yield Doubt.PARTNERS


def _fresh(fresh: Line | None, reading: Reading, why: frozenset[Doubt]) -> Line | None:
    if why & {Doubt.APART, Doubt.PARTNERS}:
        return None
    return reading.line if fresh is None or any(fresh.left_by(reading)) else fresh


def _is_over(belief: Belief, reading: Reading) -> bool:
    fresh = belief.fresh
    if fresh is None:
        return False
    on_it = _number_on(belief, fresh, reading.steady)
    on_the_old = _number_on(belief, belief.newest, reading.steady, belief.off)
    if on_the_old >= SEVERAL and not on_it:
        return False
    if belief.why == {Doubt.LONG_AFTER} and on_it >= SEVERAL:
        return True
    is_old = not _differ(belief.newest.at(fresh.steady), fresh.database, belief.off)
    return reading.steady - fresh.steady >= (CALM if is_old or on_it >= SEVERAL else UNCONFIRMED)


def _number_on(belief: Belief, line: Line, steady: timedelta, off: timedelta = timedelta(0)) -> int:
    """How many organisations' clocks go as this line, or up to `off` after it."""
    return sum(-AHEAD <= lead <= AHEAD + off for lead in _leads(belief, line, steady))


def _leads(belief: Belief, line: Line, steady: timedelta) -> Iterator[timedelta]:
    return (_lead(word, line) for word in belief.words.values() if steady - word.steady <= HEARD)


def _lead(word: Word, line: Line) -> timedelta:
    return word.time - line.at(word.steady)


def _differ(expected: datetime, said: datetime, took: timedelta = timedelta(0)) -> bool:
    return not -APART <= said - expected <= APART + took
