"""Numbers, dates and moments: tables of what passes and what does not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from hub.schemas.texts import Moment, eleven_test, moment_text
from tests.unit.schemas.kit import fixed
from tests.unit.schemas.texts import TABLE


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for _, kind, good, _ in TABLE for text in good], ids=lambda value: str(value)[:40]
)
def test_what_has_the_right_form_is_taken_as_text_and_given_back(kind: Any, text: str) -> None:
    adapter = TypeAdapter[Any](kind)
    value = adapter.validate_python(text, strict=True)
    again = adapter.dump_python(value, mode="json")
    assert adapter.validate_python(again, strict=True) == value


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for _, kind, _, bad in TABLE for text in bad], ids=lambda value: str(value)[:40]
)
def test_what_has_not_is_refused_without_being_quoted(kind: Any, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter[Any](kind).validate_python(text, strict=True)
    assert refused.value.__cause__ is None
    context = refused.value.__context__
    assert context is None or text not in str(context)


def test_the_sentinels_of_the_bsn_are_judged_before_the_eleven_test() -> None:
    """The trap: one sentinel passes the arithmetic and the other fails it."""
    assert eleven_test("000000000")
    assert not eleven_test("999999999")


@fixed
@given(st.integers(0, 999_999_999))
def test_the_eleven_test_is_the_sum_of_the_weighted_digits(number: int) -> None:
    text = f"{number:09d}"
    digits = [int(digit) for digit in text]
    total = sum(weight * digit for weight, digit in zip(range(9, 1, -1), digits[:8], strict=True)) - digits[8]
    assert eleven_test(text) == (total % 11 == 0)


@fixed
@given(st.integers(0, 99_999_999), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_in_a_bsn_always_shows(head: int, place: int, shift: int) -> None:
    text = f"{head:08d}"
    last = next((digit for digit in "0123456789" if eleven_test(text + digit)), None)
    if last is None:
        return
    right = text + last
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    assert not eleven_test(wrong)


@fixed
@given(st.datetimes(timezones=st.timezones()))
def test_a_moment_is_written_in_utc_and_read_back_as_the_same_moment(moment: Any) -> None:
    if 1901 <= moment.year <= 2198:
        text = moment_text(moment)
        assert text.endswith("Z")
        assert TypeAdapter[Any](Moment).validate_python(text, strict=True) == moment
