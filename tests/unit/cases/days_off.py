"""The days without work of the Algemene termijnenwet (BWBR0002448), written out by hand for 2024 to 2036."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EASTER = {
    date(2024, 3, 31),
    date(2025, 4, 20),
    date(2026, 4, 5),
    date(2027, 3, 28),
    date(2028, 4, 16),
    date(2029, 4, 1),
    date(2030, 4, 21),
    date(2031, 4, 13),
    date(2032, 3, 28),
    date(2033, 4, 17),
    date(2034, 4, 9),
    date(2035, 3, 25),
    date(2036, 4, 13),
}
YEARS = range(2024, 2037)
GOOD_FRIDAY, EASTER_MONDAY, ASCENSION, WHIT_MONDAY = -2, 1, 39, 50
KINGS_DAYS_ON_THE_26TH = {2025, 2031, 2036}
"""The years in which 27 April is a Sunday."""


def holidays_of(year: int) -> set[date]:
    """Art. 3 lid 1 and 2."""
    easter = next(day for day in EASTER if day.year == year)
    movable = {easter + timedelta(days=n) for n in (GOOD_FRIDAY, EASTER_MONDAY, ASCENSION, WHIT_MONDAY)}
    kings_day = date(year, 4, 26 if year in KINGS_DAYS_ON_THE_26TH else 27)
    return movable | {date(year, 1, 1), kings_day, date(year, 5, 5), date(year, 12, 25), date(year, 12, 26)}


HOLIDAYS = {day for year in YEARS for day in holidays_of(year)}


def off(day: date) -> bool:
    return day.isoweekday() >= 6 or day in HOLIDAYS


def working_days(first: date, last: date) -> int:
    """How many days after `first`, up to and with `last`, are not off."""
    return sum(not off(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))
