"""Every kind of text on the wire: what it takes, and what it does not."""

from typing import Any, get_args

from pydantic.fields import FieldInfo

from hub.schemas.texts import (
    Addition,
    AsText,
    Bsn,
    FreeText,
    FullDate,
    Id,
    Moment,
    Municipality,
    Name,
    OinNumber,
    PartialDate,
    Phone,
    Pointer,
    Postcode,
    Reference,
    Sha256,
    Skn,
    StepName,
    WireType,
    Word,
)

TABLE: list[tuple[str, Any, list[str], list[str]]] = [
    (
        "bsn",
        Bsn,
        ["999911004", "999900006", "999999990", "000000000", "999999999", "111222333"],
        ["999911005", "111111111", "99991100", "0999911004", "000000001", "٩٩٩٩١١٠٠٤", "99991100４", "-99911004"],
    ),
    ("skn", Skn, ["9900012", "99000123", "123456789012345"], ["990001", "1234567890123456", "9900012A", ""]),
    (
        "oin",
        OinNumber,
        [
            "00000001000000001000",
            "00000004000000001000",
            "00000010000000001000",
            "00000099000000001000",
        ],
        [
            "0000000100000000100",
            "000000010000000010000",
            "00000005000000001000",
            "00000000000000001000",
            "00000098000000001000",
            "10000001000000001000",
            "0000000100000000100A",
        ],
    ),
    ("municipality", Municipality, ["GM0518", "GM1999"], ["gm0518", "GM518", "GM05180", "PV0518", "0518"]),
    (
        "uuid",
        Id,
        ["5d1f3c52-8f0b-4d43-8f7e-0a6b9c2d4e02", "00000000-0000-0000-0000-000000000000"],
        [
            "5D1F3C52-8F0B-4D43-8F7E-0A6B9C2D4E02",
            "5d1f3c528f0b4d438f7e0a6b9c2d4e02",
            "{5d1f3c52-8f0b-4d43-8f7e-0a6b9c2d4e02}",
            "urn:uuid:5d1f3c52-8f0b-4d43-8f7e-0a6b9c2d4e02",
            "5d1f3c52-8f0b-4d43-8f7e-0a6b9c2d4e0g",
        ],
    ),
    (
        "date",
        FullDate,
        ["2026-03-02", "2024-02-29", "1900-01-01", "2199-12-31"],
        [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "20260302",
            "2026-3-2",
            "1899-12-31",
            "2026-03-02T00:00",
        ],
    ),
    (
        "partial date",
        PartialDate,
        ["1988", "1988-11", "1988-11-23", "1899-01-01", "2024-02-29"],
        ["88", "1988-", "1988-13", "1988-00", "1988-11-31", "2023-02-29", "1988-00-00", "99999999", "1988-1-1", "1799"],
    ),
    (
        "moment",
        Moment,
        [
            "2026-03-02T21:10:00Z",
            "2026-03-02T21:10:00+01:00",
            "2026-03-02T21:10:00.123456789-05:30",
            "2026-03-02T00:00:00-00:00",
        ],
        [
            "2026-03-02T21:10:00",
            "2026-03-02 21:10:00Z",
            "2026-03-02t21:10:00z",
            "2026-03-02T24:00:00Z",
            "2026-03-02T23:59:60Z",
            "2026-02-30T21:10:00Z",
            "2026-03-02T21:10Z",
            "2026-03-02T21:10:00+0100",
            "2026-03-02T21:10:00+15:00",
            "2026-03-02T21:10:00,5Z",
            "1772485800",
            "2026-W10-1T21:10:00Z",
        ],
    ),
    ("postcode", Postcode, ["2511AB"], ["0511AB", "2511 AB", "2511ab", "2511A", "25111AB"]),
    ("phone", Phone, ["112 00", "+31 70 0000000", "070-0000000"], ["1", "bel mij", "+", "0" * 30]),
    ("reference", Reference, ["PL1500-2026/1.a", "0"], ["-1", "a b", "", "x" * 41, "ä"]),
    ("hash", Sha256, ["3f" * 32], ["3F" * 32, "3f" * 31, "3f" * 33, "xx" * 32]),
    (
        "wire type",
        WireType,
        ["nl.ketenhub.zaken.stand.v1"],
        ["nl.ketenhub.zaken.v1", "nl_ketenhub.zaken.stand.v1", "nl.ketenhub.zaken.stand.v0"],
    ),
    ("step", StepName, ["overdrachten.aanvaard", "x.y-z"], ["overdrachten", "a.b.c", "A.b", "a.b1", "", "a.b\n"]),
    ("word", Word, ["antwoord-aanbod", "open"], ["Open", "9", "-", "a b", "x" * 41]),
    ("pointer", Pointer, ["", "/", "/data/betrokkenen/0"], ["data", "/a b", "/a\n", "/" + "x" * 200]),
    ("addition", Addition, ["B", "12 hs", "-1"], ["", "1234567", "ä", "a\n"]),
    ("name", Name, ["Ö'Verzonnen-de Ŀ", "李", "x"], ["", " ", "a\nb", "a\tb", "a\x7f", "a" * 201]),
    ("free text", FreeText, ["a\nb\tc\r\n", "é", "x" * 10_000], ["", "   ", "\n", "a\x0b", "a\x1b[31m", "x" * 10_001]),
]


def pattern_of(item: Any) -> str | None:
    """The pattern in one piece of metadata, if it has one."""
    if isinstance(item, FieldInfo):
        return next((found for part in item.metadata if (found := pattern_of(part))), None)
    return item.pattern if isinstance(item, AsText) or hasattr(item, "pattern") else None


def _pattern(kind: Any) -> str:
    return next(found for item in get_args(kind)[1:] if (found := pattern_of(item)))


GOOD = {_pattern(kind): good for _, kind, good, _ in TABLE}
"""Texts to make messages of, by pattern."""
