"""When a term ends.

Terms in days or longer end at the end of a day in Europe/Amsterdam, by the Algemene termijnenwet (BWBR0002448):
art. 1 lid 1, a term that would end on a Saturday, a Sunday or a holiday runs to the end of the next day that is none;
art. 2, a term of at least three days holds at least two days that are none; art. 3, the holidays; art. 4, the law does
not apply to terms in hours (here: minutes and hours), which run by the clock, nor to terms of more than 90 days, twelve
weeks or three months, which end on the day they end on: so by the law a term of 91 days can end before one of 90.
A term of n months ends on the same day of the month n months later, or on that month's last day if it has no such day.
Terms in working days are the practice's, not the law's (Inspectie Gezondheidszorg en Jeugd: five working days).
"""

from calendar import monthrange
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from hub.canonical.codes import TermUnit

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_CLOCK_UNITS = {TermUnit.MINUTES: timedelta(minutes=1), TermUnit.HOURS: timedelta(hours=1)}
_DAY_UNITS = {TermUnit.DAYS: timedelta(days=1), TermUnit.WEEKS: timedelta(weeks=1)}
_LONGEST_BY_LAW = {TermUnit.DAYS: 90, TermUnit.WEEKS: 12, TermUnit.MONTHS: 3}
_MONTHS = 12
_SATURDAY = 5
_ART_2_FROM_DAYS = 3
_ART_2_WORKING_DAYS = 2


def day_of(moment: datetime) -> date:
    """The day that it is in the Netherlands: by it somebody is born, or of age."""
    return moment.astimezone(AMSTERDAM).date()


def due(start: datetime, length: int, unit: TermUnit, equated: Collection[str] = ()) -> datetime:
    """The last moment of a term that starts at `start`.

    Args:
        start: aware; the day it falls on in Amsterdam is day zero.
        length: in `unit`, at least 1.
        equated: further days without work, ISO dates (art. 3 lid 3: days equated by royal decree).

    Returns:
        Aware UTC; for day terms the last second of the last day.
    """
    if unit in _CLOCK_UNITS:
        # In UTC first: across summer time, arithmetic in a zone counts the hours on the wall, not those that passed.
        return start.astimezone(UTC) + length * _CLOCK_UNITS[unit]
    first = day_of(start)

    def free(day: date) -> bool:
        return day.weekday() >= _SATURDAY or day in legal_holidays(day.year) or day.isoformat() in equated

    last = (
        _in_working_days(first, length, free) if unit is TermUnit.WORKING_DAYS else _in_days(first, length, unit, free)
    )
    return datetime.combine(last, time(23, 59, 59), AMSTERDAM).astimezone(UTC)


@cache
def legal_holidays(year: int) -> frozenset[date]:
    """The days of art. 3 in one year, Sundays apart."""
    return frozenset(holidays.country_holidays("NL", years=year, categories=("public", "optional")))


def _in_working_days(first: date, length: int, free: Callable[[date], bool]) -> date:
    day = first
    while length:
        day += timedelta(days=1)
        length -= not free(day)
    return day


def _in_days(first: date, length: int, unit: TermUnit, free: Callable[[date], bool]) -> date:
    last = _same_day(first, length) if unit is TermUnit.MONTHS else first + length * _DAY_UNITS[unit]
    if length > _LONGEST_BY_LAW[unit]:
        return last
    if (last - first).days >= _ART_2_FROM_DAYS:
        while sum(not free(first + timedelta(days=n)) for n in range(1, (last - first).days + 1)) < _ART_2_WORKING_DAYS:
            last += timedelta(days=1)
    while free(last):
        last += timedelta(days=1)
    return last


def _same_day(first: date, months: int) -> date:
    """The same day of the month, so many months on, or the last day of that month."""
    years, month = divmod(first.month - 1 + months, _MONTHS)
    year = first.year + years
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
