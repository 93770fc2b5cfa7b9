"""Test data never mix with real ones: no test BSN or test OIN in production, nothing else on test (iWmo rule IB015)."""

from collections.abc import Collection, Iterator

from hub.errors import Code, Rejection
from hub.schemas.base import Wire
from hub.schemas.marked import marked
from hub.schemas.pointers import MOST
from hub.schemas.texts import BSN_UNBORN, BSN_UNKNOWN, Identifies

TEST_OIN_PREFIX = "00000099"
_NUMBERS = frozenset({Identifies.PERSON, Identifies.ORGANISATION})
_FIRST_TEST_BSN, _LAST_TEST_BSN = "999900006", "999999990"


def check_environment(model: Wire, production: bool, dummies: Collection[str]) -> None:
    """What stands for no number is fine in both; nothing but the numbers of persons and organisations is looked at.

    Args:
        dummies: numbers that systems fill in where none is known.

    Raises:
        Rejection: `testgegevens`, with the pointers of the offending fields.
    """
    wrong = tuple(at for at, test in _numbers(model, "/data", dummies) if test is production)
    if wrong:
        raise Rejection(Code.TEST_DATA, wrong[:MOST])


def is_test_oin(oin: str) -> bool:
    return oin.startswith(TEST_OIN_PREFIX)


def _numbers(model: Wire, at: str, dummies: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Every number that identifies: its pointer, and whether it is a test number."""
    for one in marked(model, at, _NUMBERS):
        if one.kind is Identifies.ORGANISATION:
            yield one.at, is_test_oin(one.value)
        elif one.value not in (BSN_UNKNOWN, BSN_UNBORN) and one.value not in dummies:
            yield one.at, _FIRST_TEST_BSN <= one.value <= _LAST_TEST_BSN
