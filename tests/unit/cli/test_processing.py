"""The processing log as it is printed: the fields of the standard, and days as they are in the Netherlands."""

import json
from datetime import UTC, datetime

import pytest

from hub.cli.days import period
from hub.cli.processing import as_json, processing_log
from hub.errors import OperatorError
from hub.ids import PartnerId
from hub.ports import ProcessingLine

LINE = ProcessingLine(
    PartnerId("vt-test"),
    "0af7651916cd43dd8448eb211c80319c",
    "b7ad6b7169203331",
    "00f067aa0ba902b7",
    "verstrekking zaken.stand",
    datetime(2026, 3, 2, 21, 10, 0, 123_999, tzinfo=UTC),
    {"dpl.core.processing_activity_id": "urn:ketenhub:verwerking:zaken.stand:v1"},
)


def test_a_line_has_the_fields_of_the_standard_and_no_other() -> None:
    assert json.loads(json.dumps(as_json(LINE))) == {
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "span_id": "b7ad6b7169203331",
        "parent_span_id": "00f067aa0ba902b7",
        "name": "verstrekking zaken.stand",
        "start_time": 1772485800123,
        "end_time": 1772485800123,
        "status": "Ok",
        "attributes": {"dpl.core.processing_activity_id": "urn:ketenhub:verwerking:zaken.stand:v1"},
        "resource": {"service.name": "ketenhub"},
    }


def test_the_period_has_both_its_days_by_the_clock_of_the_netherlands() -> None:
    start, end = period("2026-03-29", "2026-03-29")
    assert (start.astimezone(UTC), end.astimezone(UTC)) == (
        datetime(2026, 3, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),  # summer time began
    )


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("2026-1-1", "2026-12-31", "--from 2026-01-01"),
        ("2026-02-29", "2026-12-31", "--from 2026-01-01"),
        ("20260101", "2026-12-31", "--from 2026-01-01"),
        ("2026-01-01", "9999-12-31", "--from 2026-01-01"),
        ("2026-01-02", "2026-01-01", "2026-01-01 is before 2026-01-02"),
    ],
)
def test_a_period_that_is_none_is_refused_before_any_look(first: str, last: str, says: str) -> None:
    with pytest.raises(OperatorError) as caught:
        processing_log(first, last)

    assert says in caught.value.sentence
