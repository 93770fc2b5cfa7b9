"""Whether a text that may identify nobody does so all the same: of an advice request, and of the advice on it.

What it looks for is what has a form: numbers, full dates, addresses. It cannot find names, nor what is written out in
words ("twaalf mei"), nor a family that anybody knows by what happened to it: the asker goes on minding those.
It takes the full date of any event for a date of birth (say "vorige week"), and one in eleven numbers of nine digits
that are no BSN for one.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from hub.errors import Code, Rejection
from hub.schemas.base import Wire
from hub.schemas.codes import Found
from hub.schemas.pointers import MOST
from hub.schemas.texts import BSN_UNBORN, eleven_test

# Every repetition is bounded, so that the time is linear in the text, whatever it is.
_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH = "(?:0?[1-9]|1[0-2])"
_TWO_DIGITS = "(?:0[1-9]|[12][0-9]|3[01])"
_YEAR = "(?:18|19|20)[0-9]{2}"
_NAMED = (
    "(?:jan(?:uari)?|febr?(?:uari)?|maart|mrt|apr(?:il)?|mei|juni?|juli?|aug(?:ustus)?|sept?(?:ember)?|okt(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?)(?![a-z])[.]?"
)
_DATES = (
    f"{_DAY} ?[-/.] ?{_MONTH} ?[-/.] ?{_YEAR}",
    f"{_YEAR} ?[-/.] ?{_MONTH} ?[-/.] ?{_TWO_DIGITS}",
    f"{_TWO_DIGITS} {_TWO_DIGITS} {_YEAR}",
    f"{_DAY}(?:e|de|ste)?[-./ ]{{0,2}}{_NAMED}[-,/ ]{{0,2}}(?:{_YEAR}|'[0-9]{{2}}|[0-9]{{2}}(?=[,;)]|[.](?![0-9])|$))",
    # With a year of two digits, not inside a longer row (a phone number), and with dots only where all is padded (the
    # article of a law has dots too).
    f"(?<![0-9][-/]){_DAY}(?:/{_MONTH}/|-{_MONTH}-)'?[0-9]{{2}}(?![-/][0-9])",
    f"(?<![0-9][.]){_TWO_DIGITS}[.](?:0[1-9]|1[0-2])[.][0-9]{{2}}(?![.][0-9])",
)
_DATE = re.compile(f"(?<![0-9])(?:{'|'.join(_DATES)})(?![0-9])", re.IGNORECASE)
_BIRTH = re.compile(
    r"(?<![a-z])geb(?:oren|oorte(?:datum|dag)|[.]? ?dat(?:um|[.])|[.])?[ :.]{0,3}(?:(?:op|in) )?"
    f"(?:[0-9]{{8}}|[0-9]{{6}}|{_DAY} ?[-/.] ?{_MONTH}|{_DAY}(?:e|de|ste)? ?{_NAMED}|{_NAMED} ?{_YEAR})(?![0-9])",
    re.IGNORECASE,
)
# Two letters that follow a number and are no part of a postcode; after a year, in capitals as well.
_WORDS = "(?i:al|ca|cm|de|en|er|gi|ha|hg|ik|in|is|je|ja|kg|km|me|mg|ml|mm|na|nu|of|om|op|te|tm|vt|we|ze|zo)"
_POSTCODE = (
    f"(?!(?:19|20)[0-9]{{2}} {_WORDS}(?![A-Za-z]))[1-9][0-9]{{3}} ?(?:[A-Z]{{2}}|(?!{_WORDS})[A-Za-z]{{2}})(?![A-Za-z])"
)
_ADDRESS = re.compile(
    f"(?<![0-9])(?:{_POSTCODE}[ ,;:]{{0,3}}(?:(?i:huisnummer|huisnr|nummer|nr|no)[.: ]{{0,2}})?[0-9]{{1,5}}(?![0-9])"
    f"|[1-9][0-9]{{0,4}}(?:[ -]?[A-Za-z]|[A-Za-z]{{2,3}}|[ -](?i:bis|hs))?[ ,;]{{1,3}}{_POSTCODE})"
)
_STREET = re.compile(r"\b([A-Z][^\W\d_]{2,40})[.]?[ ,]{1,2}(?:nr[. ]{0,2})?[1-9][0-9]{0,4}[A-Za-z]?\b")
_STREETS = ("straat", "str", "laan", "weg", "plein", "gracht", "kade", "dijk", "singel", "dreef", "steeg", "plantsoen")
_NO_STREETS = {"Onderweg", "Snelweg"}
_EMAIL = re.compile(r"[\w.+-]@[\w-]{1,63}[.]\w")
# Numbers of services (112, 0800, 0900) are nobody's.
_GAP = "[ ./()-]{0,3}"
_PHONE = re.compile(
    rf"(?<![0-9])(?:[+][1-9](?:{_GAP}[0-9]){{8,13}}|0031(?:{_GAP}[0-9]){{9,10}}"
    rf"|[(]?0(?!800|90[069])[1-9](?:{_GAP}[0-9]){{8}})(?![0-9])"
)
_NINE_DIGITS = re.compile(r"(?<![0-9])(?=([0-9](?:[ .-]{0,3}[0-9]){8})(?![0-9]))")
_ONE_DASH = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-") | {"\u2019": "'"})


MOST_WRITTEN_OUT = 20_000
"""Characters of a text without compatibility forms: twice what may be sent. One character may stand for eighteen."""


def found_in(text: str) -> tuple[Found, ...]:
    """Which kinds of data that identify stand in a text, each once, in the order of `Found`."""
    plain = _plain(text)
    # A date or a phone number is not read again as part of another number.
    dateless = _DATE.sub("|", plain)
    numberless = _PHONE.sub("|", dateless)
    found = {
        Found.BSN: any(_is_bsn(match[1]) for match in _NINE_DIGITS.finditer(numberless)),
        Found.BIRTH_DATE: dateless != plain or bool(_BIRTH.search(plain)),
        Found.ADDRESS: bool(_ADDRESS.search(plain)) or any(map(_is_street, _STREET.finditer(plain))),
        Found.PHONE: numberless != dateless,
        Found.EMAIL: bool(_EMAIL.search(plain)),
    }
    return tuple(kind for kind in Found if found[kind])


def check_identifies(data: Wire) -> None:
    """Look through every text of a message.

    Raises:
        Rejection: `persoonsgegevens-in-adviesvraag`, with a pointer for each kind found in a field, and the kinds;
            `schema-ongeldig` for texts too long to look through, written out.
    """
    texts = list(_texts(data.wire(), "/data"))
    if too_long := [at for at, text in texts if len(_written_out(text)) > MOST_WRITTEN_OUT][:MOST]:
        raise Rejection(Code.SCHEMA_INVALID, too_long, "a text is too long without compatibility forms")
    found = [(at, kind.value) for at, text in texts for kind in found_in(text)][:MOST]
    if found:
        fields, kinds = zip(*found, strict=True)
        raise Rejection(Code.IDENTIFIES, fields, found=kinds)


def _plain(text: str) -> str:
    """One spelling: no compatibility forms, nothing invisible, one kind of dash, one space between words."""
    same = _written_out(text).translate(_ONE_DASH)
    return " ".join("".join(one for one in same if unicodedata.category(one) != "Cf").split())


def _written_out(text: str) -> str:
    """Without compatibility forms, of which one may stand for many characters."""
    return unicodedata.normalize("NFKC", text)


def _is_bsn(digits: str) -> bool:
    number = re.sub("[^0-9]", "", digits)
    return number == BSN_UNBORN or eleven_test(number)


def _is_street(match: re.Match[str]) -> bool:
    word = match[1]
    return word.lower().endswith(_STREETS) and word not in _NO_STREETS and word.lower() not in _STREETS


def _texts(value: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for step, inner in pairs:
            yield from _texts(inner, f"{at}/{step}")
