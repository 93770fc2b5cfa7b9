"""JSON as docs/contract.md allows it: one reading only, so that every system behind the hub reads what we read.

The standard library parses; this module refuses, around it, what it lets through: a duplicate name (parsers differ on
which one counts), NaN and Infinity, fractions and exponents, integers that other readers round, U+0000, half of a
surrogate pair, and nesting deep enough to hurt. Depth is measured before the (recursive) parser sees the text.
"""

import json
import re
from typing import Any, NoReturn

from hub.envelope.policy import JSON_DEPTH, JSON_INTEGER
from hub.errors import Code, Rejection

# Possessive, and with the closing quote optional, so that no input makes it try the same text twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_AS_SQUARE = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class _RefusedError(ValueError):
    """A rule of ours failed; the message is a constant."""


def parse(data: bytes) -> Any:
    """Parse UTF-8 JSON of any top-level type.

    Raises:
        Rejection: `json-ongeldig`, for whatever is wrong; it holds nothing of the text.
    """
    try:
        return _parse(data)
    except _RefusedError as refused:
        detail = str(refused)
    except UnicodeError:
        detail = "not UTF-8"
    except (ValueError, RecursionError):
        detail = "not JSON"
    # Raised here, not in a handler: the parser's exceptions hold the document, and would travel along as context.
    raise Rejection(Code.JSON_INVALID, detail=detail)


def _parse(data: bytes) -> Any:
    if _deeper_than(data, JSON_DEPTH):
        raise _RefusedError("nested too deep")
    if b"\\u0000" in data and _NUL.search(data):
        raise _RefusedError("U+0000")
    value = _DECODER.decode(data.decode("utf-8"))
    if _SURROGATE.search(data):
        _refuse_half_pairs(value)
    return value


def _deeper_than(data: bytes, depth: int) -> bool:
    """Whether brackets nest deeper than `depth`; unbalanced ones may count as too deep."""
    if data.count(b"[") + data.count(b"{") <= depth:
        return False
    nesting = _STRING.sub(b"", data).translate(_AS_SQUARE, _NOT_BRACKETS)
    for _ in range(depth):  # each round takes away the innermost level
        nesting = nesting.replace(b"[]", b"")
    return bool(nesting)


def _refuse_half_pairs(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise _RefusedError("lone surrogate") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _RefusedError("duplicate name")
    return members


def _integer(digits: str) -> int:
    # Length first: converting many digits is slow, and Python itself refuses more than 4300.
    if len(digits) > 17 or abs(value := int(digits)) > JSON_INTEGER:
        raise _RefusedError("integer out of range")
    return value


def _no_float(_: str) -> NoReturn:
    raise _RefusedError("fraction or exponent")


def _no_constant(_: str) -> NoReturn:
    raise _RefusedError("NaN or Infinity")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_no_float, parse_constant=_no_constant
)
