"""Invented people for reports that are to be about nobody else: test numbers, names and addresses that differ.

Without it the radar would take every example for one on the same child, rightly.
"""

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from hub.schemas.texts import eleven_test

FIRST_BSN, LAST_BSN = 999_900_006, 999_999_990
PERSONS_EACH = 4
CONSONANTS = "bcdfghklmnpqrstvwxz"


def strangers(data: Mapping[str, Any], family: int) -> dict[str, Any]:
    """A message with its persons replaced by those of an invented family: the same family for the same number.

    Args:
        family: from 0; beyond some 2,000 the numbers begin anew, as there are no more test numbers.
    """
    changed = deepcopy(dict(data))
    for place, person in enumerate(changed.get("betrokkenen", ())):
        _rename(person, family * PERSONS_EACH + place, family)
    return changed


def a_bsn(number: int) -> str:
    """One of the test numbers that pass the eleven test."""
    return _numbers()[number % len(_numbers())]


@cache
def _numbers() -> tuple[str, ...]:
    return tuple(str(one) for one in range(FIRST_BSN, LAST_BSN + 1) if eleven_test(str(one)))


def _rename(person: dict[str, Any], number: int, family: int) -> None:
    if "ongeboren" in person:
        person["ongeboren"].pop("bsnMoeder", None)
        person["ongeboren"].pop("naamMoeder", None)
    elif "bsn" in person:
        person["bsn"] = a_bsn(number)
    if "skn" in person:
        person["skn"] = f"99{number:06d}"
    if "naam" in person:
        # One word, of letters that nobody writes in two ways: to the radar "Verzonnen-de" would be "Verzonnen".
        person["naam"]["achternaam"] = f"Verzonnen{_letters(family)}"
    if "adres" in person and "huisnummer" in person["adres"]:
        person["adres"] |= {"huisnummer": 1 + family % 99_999}


def _letters(number: int) -> str:
    letters = ""
    while True:
        letters = CONSONANTS[number % len(CONSONANTS)] + letters
        number //= len(CONSONANTS)
        if number == 0:
            return letters
