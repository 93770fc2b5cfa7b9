"""The kinds of text on the wire, each with its bounds: identifiers, moments, numbers of persons, free text.

Patterns are written so that Rust's, Python's and ECMA's regular expressions agree on them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from operator import mul
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from hub.ids import Oin
from hub.schemas.base import broken

BSN_UNKNOWN = "000000000"
BSN_UNBORN = "999999999"
_BSN_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_BSN_OFFSET = ord("0") * sum(_BSN_WEIGHTS)

UUID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
OIN_DIGITS = "000000(0[1-46-9]|10|99)[0-9]{12}"
_YEAR = "(19|20|21)[0-9]{2}"
_MONTH = "(0[1-9]|1[0-2])"
_DAY = "(0[1-9]|[12][0-9]|3[01])"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?"
_OFFSET = "(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"


@dataclass(frozen=True, slots=True)
class AsText:
    """A value that travels as text: its pattern, how it is read (raising ValueError) and how it is written."""

    pattern: str
    longest: int
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    format: str = ""
    description: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(strict=True, pattern=self.pattern, max_length=self.longest)
        written = core_schema.plain_serializer_function_ser_schema(self.write)
        return core_schema.no_info_after_validator_function(self._read, text, serialization=written)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        extra = {"format": self.format, "description": self.description}
        return {**handler(schema), **{name: text for name, text in extra.items() if text}}

    def _read(self, text: str) -> Any:
        # A ValueError of the standard library quotes the text it could not read: it may not get out of here.
        try:
            return self.read(text)
        except ValueError:
            pass
        raise broken("The text has the right form, but no such value exists.")


class Identifies(Enum):
    """Marks a field by what its number identifies, for the rule on test data."""

    PERSON = "bsn"
    ORGANISATION = "oin"


def _bsn(text: str) -> str:
    # The sentinels come first: 000000000 passes the eleven test and 999999999 fails it.
    if text not in (BSN_UNKNOWN, BSN_UNBORN) and not eleven_test(text):
        raise ValueError
    return text


def eleven_test(text: str) -> bool:
    """Whether nine digits pass the eleven test: 9a+8b+7c+6d+5e+4f+3g+2h-i divisible by 11."""
    total: int = sum(map(mul, _BSN_WEIGHTS, text.encode()))
    return (total - _BSN_OFFSET) % 11 == 0


def _partial_date(text: str) -> str:
    date.fromisoformat((text + "-01-01")[:10])
    return text


def moment_text(moment: datetime) -> str:
    """RFC 3339 in UTC, with `Z`; microseconds only if there are any."""
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


Moment = Annotated[
    datetime,
    AsText(f"^{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_OFFSET}$", 35, datetime.fromisoformat, moment_text, "date-time"),
]
"""RFC 3339 with offset; an aware datetime."""
FullDate = Annotated[
    date, AsText(f"^{_YEAR}-{_MONTH}-{_DAY}$", 10, date.fromisoformat, date.isoformat, "date", "jjjj-mm-dd")
]
PartialDate = Annotated[
    str,
    AsText(f"^(18|19|20|21)[0-9]{{2}}(-{_MONTH}(-{_DAY})?)?$", 10, _partial_date, description="jjjj(-mm(-dd))"),
]
"""As much of a date as is known (Informatieprotocol Veilig Thuis, birth dates)."""
Id = Annotated[UUID, AsText(UUID_PATTERN, 36, UUID, format="uuid", description="UUID, canonical, in lower case")]

Bsn = Annotated[
    str,
    AsText(
        "^[0-9]{9}$", 9, _bsn, description="Nine digits that pass the eleven test; 000000000 unknown, 999999999 unborn"
    ),
    Identifies.PERSON,
]
"""Burgerservicenummer. A sound form never proves an identity."""
Skn = Annotated[str, Field(pattern="^[0-9]{7,15}$", max_length=15)]
"""Strafrechtsketennummer: digits only; no published check digit."""
OinNumber = Annotated[Oin, Field(pattern=f"^{OIN_DIGITS}$", max_length=20), Identifies.ORGANISATION]
"""Twenty digits with a known prefix (Logius, OIN-stelsel 2.2.2)."""
Municipality = Annotated[str, Field(pattern="^GM[0-9]{4}$", max_length=6, description="CBS municipality code")]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$", max_length=64)]
Thumbprint = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$", max_length=43)]
"""32 bytes in base64url: the id of a key (RFC 7638, SHA-256), or a coordinate of it."""
WireType = Annotated[str, Field(pattern="^nl[.]ketenhub[.][a-z]+[.][a-z-]+[.]v[1-9][0-9]?$", max_length=80)]
Pointer = Annotated[str, Field(pattern="^(/[^/\\x00-\\x20]*)*$", max_length=200)]
Word = Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$", max_length=40)]
"""A value of a list that is configuration of the hub."""
StepName = Annotated[str, Field(pattern="^[a-z]+[.][a-z-]+$", max_length=60)]
"""A type of message as a step that somebody owes: `group.name`."""
Reference = Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9./-]*$", max_length=40)]
"""The sender's own number for something."""

_LINE = r"^[^\x00-\x1F\x7F]*[^\x00-\x20\x7F][^\x00-\x1F\x7F]*$"
_LINES = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F]*[^\x00-\x20\x7F][^\x00-\x08\x0B\x0C\x0E-\x1F\x7F]*$"
Name = Annotated[str, Field(pattern=_LINE, max_length=200)]
Line = Annotated[str, Field(pattern=_LINE, max_length=200)]
FreeText = Annotated[str, Field(pattern=_LINES, max_length=10_000)]
"""Several lines; no control characters but tab and line ends."""
Phone = Annotated[str, Field(pattern="^[+]?[0-9][0-9 ()-]{4,19}$", max_length=21)]
Postcode = Annotated[str, Field(pattern="^[1-9][0-9]{3}[A-Z]{2}$", max_length=6)]
Addition = Annotated[str, Field(pattern="^[A-Za-z0-9 -]+$", max_length=6)]
"""What follows a house number."""
