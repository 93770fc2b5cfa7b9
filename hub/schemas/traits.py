"""What is said of a person beside a number, as texts that can be compared under a key: sex and whole birth date.

Theory. Under a keyed hash no two values are near each other, yet a slip of one digit must contradict nothing. So a
birth date is said in nine ways: eight times with one of its digits left out, and once with day and month in no order.
Two dates that differ in one digit, or have day and month swapped, have one of these in common; any two others none.
Then whatever is compared, sex too, is a set of texts, and two sets that are there and have nothing in common contradict
each other. What is unknown is not there, and contradicts nothing: another sex than these two, a date known in part, one
that systems write where none is known.
"""

from collections.abc import Iterator

from hub.canonical.codes import Trait
from hub.schemas.codes import Sex

Traits = frozenset[tuple[Trait, str]]
NO_TRAITS: Traits = frozenset()

NO_BIRTHDAY = frozenset({"1800-01-01", "1899-12-30", "1899-12-31", "1900-01-01"})
"""What systems write where no date is known: it would make one person of many, or two of one."""
_TELLING = frozenset({Sex.FEMALE, Sex.MALE})
_WHOLE = 10


def is_whole(born: str | None) -> bool:
    """Whether this is the whole of somebody's birth date, `jjjj-mm-dd`."""
    return born is not None and len(born) == _WHOLE and born not in NO_BIRTHDAY


def traits_of(sex: Sex, born: str | None) -> Traits:
    """What can be compared of what is said.

    Args:
        born: as much of the birth date as is known.
    """
    births = _ways(born) if born is not None and is_whole(born) else ()
    sexes = (sex.value,) if sex in _TELLING else ()
    return frozenset([*((Trait.BIRTH_DATE, one) for one in births), *((Trait.SEX, one) for one in sexes)])


def _ways(born: str) -> Iterator[str]:
    year, month, day = born.split("-")
    digits = year + month + day
    yield from (f"{digits[:place]}_{digits[place + 1 :]}" for place in range(len(digits)))
    yield " ".join((year, *sorted((month, day))))
