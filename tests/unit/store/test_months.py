"""Which months a table by month has, lacks, and has had its term of."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from hub.store.months import Part, bounds, is_there, missing, month_of, named, past


def month(year: int, number: int) -> datetime:
    return datetime(year, number, 1, tzinfo=UTC)


BEFORE = Part("log_before", None, month(2027, 2))
DEFAULT = Part("log_default", None, None)


def part(year: int, number: int) -> Part:
    first = month(year, number)
    return Part(named("log", first), first, month_of(first, 1))


@pytest.mark.parametrize(
    ("later", "expected"), [(0, month(2026, 11)), (1, month(2026, 12)), (2, month(2027, 1)), (14, month(2028, 1))]
)
def test_a_month_begins_at_its_first_moment(later: int, expected: datetime) -> None:
    assert month_of(datetime(2026, 11, 28, 13, tzinfo=UTC), later) == expected


def test_months_are_those_of_utc_wherever_the_moment_was_told() -> None:
    new_year_in_the_netherlands = datetime(2027, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert month_of(new_year_in_the_netherlands) == month(2026, 12)


def test_a_month_is_named_and_bounded_as_an_operator_reads_it() -> None:
    assert named("log", month(2027, 1)) == "log_2027_01"
    assert bounds(month(2026, 12)) == "from ('2026-12-01T00:00:00+00:00') to ('2027-01-01T00:00:00+00:00')"


def test_what_was_there_before_months_has_all_until_its_end() -> None:
    parts = [BEFORE, DEFAULT]
    assert is_there(month(2020, 1), parts)
    assert is_there(month(2027, 1), parts)
    assert not is_there(month(2027, 2), parts)


def test_a_month_that_only_the_default_has_is_missing() -> None:
    assert missing([DEFAULT], month(2027, 3)) == [month(2027, number) for number in (3, 4, 5, 6)]


def test_months_are_made_three_ahead_and_each_once() -> None:
    parts = [BEFORE, part(2027, 2), part(2027, 4), DEFAULT]
    assert missing(parts, month(2027, 1) + timedelta(days=30)) == [month(2027, 3)]
    assert missing(parts, month(2027, 2)) == [month(2027, 3), month(2027, 5)]


def test_a_month_is_past_when_its_last_moment_is_and_the_oldest_goes_first() -> None:
    parts = [part(2027, 3), DEFAULT, part(2027, 2), BEFORE]
    assert past(parts, month(2027, 2) - timedelta(microseconds=1)) == []
    assert past(parts, month(2027, 2)) == [BEFORE]
    assert past(parts, month(2027, 4)) == [BEFORE, part(2027, 2), part(2027, 3)]
