"""When terms end, against the Algemene termijnenwet (BWBR0002448) written out again, for 2024 to 2036."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.codes import TermUnit
from hub.cases.calendar import due, legal_holidays
from tests.unit.cases.days_off import AMSTERDAM, EASTER, KINGS_DAYS_ON_THE_26TH, YEARS, holidays_of, off, working_days


def computed_easter(year: int) -> date:
    """The Sunday after the first full moon of spring, by the rule of Meeus, Jones and Butcher."""
    golden, century, of_century = year % 19, year // 100, year % 100
    leap_centuries, moon = century // 4, (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def last_day(start: datetime, length: int, unit: TermUnit, equated: tuple[str, ...] = ()) -> date:
    end = due(start, length, unit, equated).astimezone(AMSTERDAM)
    assert end.time() == time(23, 59, 59)
    return end.date()


def at(day: str, clock: str = "10:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=AMSTERDAM)


def ends(start: str, length: int, unit: TermUnit) -> str:
    return last_day(at(start), length, unit).isoformat()


# Art. 3


@pytest.mark.parametrize("year", YEARS)
def test_easter_is_written_down_as_it_is_computed(year: int) -> None:
    assert computed_easter(year) in EASTER


@pytest.mark.parametrize("year", YEARS)
def test_the_holidays_of_a_year_are_those_of_art_3(year: int) -> None:
    assert {day for day in legal_holidays(year) if day.isoweekday() != 7} == {
        day for day in holidays_of(year) if day.isoweekday() != 7
    }


@pytest.mark.parametrize("year", YEARS)
def test_what_is_no_holiday_in_the_law_is_a_holiday_only_if_a_sunday(year: int) -> None:
    assert all(day.isoweekday() == 7 for day in legal_holidays(year) - holidays_of(year))


def test_kings_day_is_never_on_a_sunday() -> None:
    assert {year for year in YEARS if date(year, 4, 27).isoweekday() == 7} == KINGS_DAYS_ON_THE_26TH


@pytest.mark.parametrize("year", YEARS)
def test_liberation_day_counts_every_year(year: int) -> None:
    assert date(year, 5, 5) in legal_holidays(year)


# Art. 1 and 2


@pytest.mark.parametrize(
    ("start", "length", "unit", "end", "why"),
    [
        ("2026-03-02", 1, TermUnit.DAYS, "2026-03-03", "an ordinary day"),
        ("2026-03-06", 1, TermUnit.DAYS, "2026-03-09", "Saturday, so Monday (art. 1)"),
        ("2026-03-06", 2, TermUnit.DAYS, "2026-03-09", "Sunday, so Monday; two days hold no minimum (art. 2)"),
        ("2026-03-06", 3, TermUnit.DAYS, "2026-03-10", "Saturday to Monday holds one working day (art. 2)"),
        ("2026-03-05", 3, TermUnit.DAYS, "2026-03-09", "Friday and Monday are two"),
        ("2024-03-28", 3, TermUnit.DAYS, "2024-04-03", "over Good Friday and Easter Monday (art. 2)"),
        ("2024-03-28", 5, TermUnit.DAYS, "2024-04-03", "ends on a Tuesday, but holds one working day (art. 2)"),
        ("2025-04-24", 2, TermUnit.DAYS, "2025-04-28", "King's day on the 26th, a Saturday"),
        ("2026-04-26", 1, TermUnit.DAYS, "2026-04-28", "King's day on Monday the 27th"),
        ("2027-04-27", 1, TermUnit.WEEKS, "2027-05-04", "a week on"),
        ("2027-04-28", 1, TermUnit.WEEKS, "2027-05-07", "5 May, then Ascension (6 May), so the 7th"),
        ("2026-12-23", 2, TermUnit.DAYS, "2026-12-28", "Christmas on Friday and Saturday"),
        ("2026-12-18", 2, TermUnit.WEEKS, "2027-01-04", "New Year's day on a Friday"),
        ("2026-03-02", 10, TermUnit.WEEKS, "2026-05-11", "ten weeks"),
        ("2026-03-16", 10, TermUnit.WEEKS, "2026-05-26", "Whit Monday"),
        ("2026-03-02", 90, TermUnit.DAYS, "2026-06-01", "a Sunday, so Monday: 90 days are still the law's"),
        ("2026-03-02", 91, TermUnit.DAYS, "2026-06-01", "a Monday"),
        ("2026-03-01", 91, TermUnit.DAYS, "2026-05-31", "a Sunday: over 90 days art. 4 leaves it"),
        ("2026-03-01", 12, TermUnit.WEEKS, "2026-05-26", "Whit Sunday, so Tuesday"),
        ("2026-03-01", 13, TermUnit.WEEKS, "2026-05-31", "a Sunday: over twelve weeks art. 4 leaves it"),
        ("2026-03-10", 1, TermUnit.MONTHS, "2026-04-10", "the same day of the next month"),
        ("2026-01-31", 1, TermUnit.MONTHS, "2026-03-02", "28 February is a Saturday, so Monday"),
        ("2027-12-30", 2, TermUnit.MONTHS, "2028-02-29", "over New Year, to the last day of a leap year's February"),
        ("2025-11-30", 3, TermUnit.MONTHS, "2026-03-02", "28 February is a Saturday, so Monday"),
        ("2026-03-31", 3, TermUnit.MONTHS, "2026-06-30", "June has no 31st"),
        ("2026-02-25", 3, TermUnit.MONTHS, "2026-05-26", "Whit Monday: three months are still the law's"),
        ("2026-01-25", 4, TermUnit.MONTHS, "2026-05-25", "Whit Monday: over three months art. 4 leaves it"),
        ("2026-03-09", 18, TermUnit.MONTHS, "2027-09-09", "a year and a half"),
        ("2024-08-31", 18, TermUnit.MONTHS, "2026-02-28", "a Saturday: over three months art. 4 leaves it"),
    ],
)
def test_a_term_in_days_weeks_or_months_ends_by_the_law(
    start: str, length: int, unit: TermUnit, end: str, why: str
) -> None:
    assert ends(start, length, unit) == end, why


@pytest.mark.parametrize(
    ("start", "length", "end", "why"),
    [
        ("2026-03-02", 5, "2026-03-09", "a Monday: the next one"),
        ("2026-03-06", 5, "2026-03-13", "a Friday: the next one"),
        ("2026-03-07", 5, "2026-03-13", "a Saturday is day zero"),
        ("2024-03-28", 5, "2024-04-08", "Good Friday, the weekend and Easter Monday do not count"),
        ("2027-05-03", 5, "2027-05-12", "nor 5 May and Ascension"),
        ("2026-12-23", 3, "2026-12-29", "nor Christmas"),
        ("2026-12-31", 1, "2027-01-04", "nor New Year"),
    ],
)
def test_a_term_in_working_days_counts_them(start: str, length: int, end: str, why: str) -> None:
    assert ends(start, length, TermUnit.WORKING_DAYS) == end, why


def test_the_day_of_the_start_is_the_one_in_amsterdam() -> None:
    late_on_friday = datetime(2026, 3, 6, 23, 30, tzinfo=UTC)  # half past midnight on Saturday
    assert last_day(late_on_friday, 2, TermUnit.DAYS) == date(2026, 3, 9)
    in_summer = datetime(2026, 7, 6, 22, 0, tzinfo=UTC)  # midnight on Tuesday
    assert last_day(in_summer, 1, TermUnit.WORKING_DAYS) == date(2026, 7, 8)


def test_equated_days_are_days_off() -> None:
    bridge = ("2026-05-15",)
    assert last_day(at("2026-05-13"), 2, TermUnit.DAYS) == date(2026, 5, 15)
    assert last_day(at("2026-05-13"), 2, TermUnit.DAYS, bridge) == date(2026, 5, 18)
    assert last_day(at("2026-05-13"), 1, TermUnit.WORKING_DAYS, bridge) == date(2026, 5, 18)


# Summer time: 29 March 2026 has 23 hours, 25 October 2026 has 25


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (at("2026-03-29", "01:30"), 1, "2026-03-29T03:30:00+02:00"),
        (at("2026-03-28", "12:00"), 24, "2026-03-29T13:00:00+02:00"),
        (at("2026-10-25", "02:30"), 1, "2026-10-25T02:30:00+01:00"),
        (at("2026-10-24", "12:00"), 24, "2026-10-25T11:00:00+01:00"),
    ],
)
def test_hours_are_hours_that_passed_not_hours_on_the_wall(start: datetime, hours: int, end: str) -> None:
    assert due(start, hours, TermUnit.HOURS) == datetime.fromisoformat(end)


def test_a_day_ends_at_midnight_in_amsterdam_in_winter_and_in_summer() -> None:
    assert due(at("2026-03-26"), 1, TermUnit.DAYS) == datetime(2026, 3, 27, 22, 59, 59, tzinfo=UTC)
    assert due(at("2026-03-27"), 3, TermUnit.DAYS) == datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC)
    assert due(at("2026-10-23"), 3, TermUnit.DAYS) == datetime(2026, 10, 27, 22, 59, 59, tzinfo=UTC)


# Any start

zones = st.sampled_from((UTC, AMSTERDAM, ZoneInfo("America/Paramaribo"), ZoneInfo("Pacific/Auckland")))
summer_time = st.sampled_from([date(year, m, d) for year in range(2024, 2036) for m in (3, 10) for d in range(22, 32)])
starts = st.builds(datetime.combine, st.dates(date(2024, 1, 2), date(2035, 12, 31)) | summer_time, st.times(), zones)
LONGEST_BY_LAW = {TermUnit.DAYS: 90, TermUnit.WEEKS: 12, TermUnit.MONTHS: 3}
CALENDAR_UNITS = tuple(LONGEST_BY_LAW)
CLOCK_UNITS = {TermUnit.MINUTES: 60, TermUnit.HOURS: 3600}


def lengths(shortest: int, longest: dict[TermUnit, int]) -> st.SearchStrategy[tuple[int, TermUnit]]:
    return st.one_of(*(st.tuples(st.integers(shortest, most), st.just(unit)) for unit, most in longest.items()))


by_law = lengths(1, LONGEST_BY_LAW)
beyond_it = st.builds(
    lambda more, unit: (LONGEST_BY_LAW[unit] + more, unit), st.integers(1, 40), st.sampled_from(CALENDAR_UNITS)
)


def in_amsterdam(start: datetime) -> date:
    return start.astimezone(AMSTERDAM).date()


def counted_out(first: date, length: int, unit: TermUnit) -> date:
    """The day on which so many units have passed, a day off or not; months as a person leafs through a calendar."""
    if unit is not TermUnit.MONTHS:
        return first + timedelta(days=length * (7 if unit is TermUnit.WEEKS else 1))
    leaf = first.replace(day=1)
    for _ in range(length):
        leaf = (leaf + timedelta(days=31)).replace(day=1)
    last_of_month = (leaf + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return min(leaf + timedelta(days=first.day - 1), last_of_month)


@given(starts, by_law)
def test_a_term_ends_on_the_first_day_the_law_allows(start: datetime, term: tuple[int, TermUnit]) -> None:
    first, last = in_amsterdam(start), last_day(start, *term)
    earliest = counted_out(first, *term)
    days = (earliest - first).days

    def allowed(day: date) -> bool:
        return not off(day) and (days < 3 or working_days(first, day) >= 2)

    assert last >= earliest, "never early"
    assert not off(last), "never on a day off"
    assert last == next(day for day in (earliest + timedelta(days=n) for n in range(30)) if allowed(day))


@given(starts, beyond_it)
def test_a_term_beyond_the_law_ends_on_the_day_it_ends_on(start: datetime, term: tuple[int, TermUnit]) -> None:
    assert last_day(start, *term) == counted_out(in_amsterdam(start), *term)


@given(starts, st.integers(1, 30))
def test_a_term_in_working_days_ends_on_the_last_of_them(start: datetime, length: int) -> None:
    last = last_day(start, length, TermUnit.WORKING_DAYS)
    assert not off(last)
    assert working_days(in_amsterdam(start), last) == length


@given(starts, st.integers(1, 200), st.sampled_from(tuple(CLOCK_UNITS)))
def test_minutes_and_hours_run_by_the_clock(start: datetime, length: int, unit: TermUnit) -> None:
    end = due(start, length, unit)
    assert end.tzinfo is UTC
    assert end.timestamp() - start.timestamp() == pytest.approx(length * CLOCK_UNITS[unit], abs=1e-3)


@given(starts, starts, st.integers(1, 12), st.sampled_from(TermUnit))
def test_who_starts_later_is_never_due_earlier(one: datetime, other: datetime, length: int, unit: TermUnit) -> None:
    earlier, later = sorted((one, other), key=datetime.timestamp)
    assert due(earlier, length, unit) <= due(later, length, unit)


@given(starts, by_law | beyond_it | lengths(1, dict.fromkeys((*CLOCK_UNITS, TermUnit.WORKING_DAYS), 60)))
def test_a_longer_term_is_never_due_earlier(start: datetime, term: tuple[int, TermUnit]) -> None:
    length, unit = term
    if (length, unit) != (90, TermUnit.DAYS):
        assert due(start, length, unit) <= due(start, length + 1, unit)


def test_but_one_of_91_days_can_end_before_one_of_90_as_art_4_leaves_only_the_longer() -> None:
    start = at("2026-01-03")  # 90 days before Good Friday
    assert last_day(start, 90, TermUnit.DAYS) == date(2026, 4, 7)
    assert last_day(start, 91, TermUnit.DAYS) == date(2026, 4, 4)
