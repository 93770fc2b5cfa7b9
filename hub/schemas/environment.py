"""Test data never mix with real ones: no test BSN or test OIN in production, nothing else on test (iWmo rule IB015)."""

import functools
from collections.abc import Iterator
from typing import Any

from hub.errors import Code, Rejection
from hub.schemas.base import Wire
from hub.schemas.disclosure import Part, parts_of
from hub.schemas.pointers import MOST
from hub.schemas.texts import BSN_UNBORN, BSN_UNKNOWN, Identifies

TEST_OIN_PREFIX = "00000099"
_FIRST_TEST_BSN, _LAST_TEST_BSN = "999900006", "999999990"


def check_environment(model: Wire, production: bool) -> None:
    """Sentinels are fine in both; nothing but the numbers of persons and organisations is looked at.

    Raises:
        Rejection: `testgegevens`, with the pointers of the offending fields.
    """
    wrong = tuple(at for at, test in _numbers(model, "/data") if test is production)
    if wrong:
        raise Rejection(Code.TEST_DATA, wrong[:MOST])


def is_test_oin(oin: str) -> bool:
    return oin.startswith(TEST_OIN_PREFIX)


def _numbers(model: Wire, at: str) -> Iterator[tuple[str, bool]]:
    """Every number that identifies: its pointer, and whether it is a test number."""
    values = model.__dict__
    for part in _watched(type(model)):
        value = values[part.name]
        for where, one in _each(value, part, f"{at}/{part.alias}") if value is not None else ():
            if part.nested is not None:
                yield from _numbers(one, where)
            elif part.identifies is Identifies.ORGANISATION:
                yield where, is_test_oin(one)
            elif one not in (BSN_UNKNOWN, BSN_UNBORN):
                yield where, _FIRST_TEST_BSN <= one <= _LAST_TEST_BSN


def _each(value: Any, part: Part, at: str) -> Iterator[tuple[str, Any]]:
    if part.many:
        yield from ((f"{at}/{index}", item) for index, item in enumerate(value))
    else:
        yield at, value


@functools.cache
def _watched(model: type[Wire]) -> tuple[Part, ...]:
    """The fields that hold a number that identifies, or an object that does."""
    return tuple(part for part in parts_of(model) if part.identifies or (part.nested and _watched(part.nested)))
