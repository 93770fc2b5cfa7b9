"""What a name or number in the directory must look like; each check says what to write instead."""

import re
from collections.abc import Iterable

from hub.canonical.environment import Environment
from hub.canonical.partners import Contact, PartnerLimits, Role
from hub.errors import OperatorError
from hub.ids import Oin, PartnerId, RegionId

OIN_PREFIXES = {
    "00000001": "RSIN",
    "00000002": "Fi",
    "00000003": "KvK",
    "00000004": "sub-OIN",
    "00000006": "Logius",
    "00000007": "BRIN",
    "00000008": "foreign",
    "00000009": "UZI",
    "00000010": "TRR",
    "00000099": "test",
}
"""First eight positions of an OIN (Logius, OIN-stelsel 2.2.2)."""
TEST_PREFIX = "00000099"

_NAME = re.compile(r"[a-z0-9-]{2,40}")
_OIN = re.compile(r"[0-9]{20}")
_MUNICIPALITY = re.compile(r"GM[0-9]{4}")
_PERSONAL = re.compile(r"[0-9]{7,15}")
_PHONE = re.compile(r"[+]?[0-9][0-9 ()-]{4,19}")
_LONGEST_FUNCTION = 200
"""Both as the wire has them (`hub/schemas/texts.py`)."""


def partner_id(text: str) -> PartnerId:
    """Raises `OperatorError` unless `text` can name a virtual host and user: `[a-z0-9-]{2,40}`."""
    return PartnerId(_matching(_NAME, text, "partner-id", "2 to 40 of a-z, 0-9 and -, such as politie-haaglanden"))


def region_id(text: str) -> RegionId:
    """Raises `OperatorError` unless `text` is `[a-z0-9-]{2,40}`."""
    return RegionId(_matching(_NAME, text, "region-id", "2 to 40 of a-z, 0-9 and -, such as haaglanden"))


def municipality(text: str) -> str:
    """Raises `OperatorError` unless `text` is a CBS code: `GM` and four digits."""
    return _matching(_MUNICIPALITY, text, "municipality", "GM and the four digits of CBS, such as GM0518")


def personal_number(text: str) -> str:
    """Raises `OperatorError` unless `text` is digits that a BSN or SKN may have."""
    return _matching(_PERSONAL, text, "personal-number", "a BSN or SKN: 7 to 15 digits")


def oin(text: str) -> Oin:
    """Raises `OperatorError` unless `text` is 20 digits with a known prefix."""
    digits = _matching(_OIN, text, "oin", "an OIN: 20 digits, such as 00000099000000000001")
    if digits[:8] not in OIN_PREFIXES:
        raise OperatorError("oin", f"no OIN starts with {digits[:8]}; write one of {_listed(OIN_PREFIXES)}")
    return Oin(digits)


def is_test(number: Oin) -> bool:
    """Whether it is a number for tests, which no organisation has."""
    return number.startswith(TEST_PREFIX)


def fits(number: Oin, environment: Environment) -> None:
    """Raises `OperatorError` for a test OIN in production, or a real one on test."""
    test = is_test(number)
    if test and environment is Environment.PRODUCTION:
        raise OperatorError("oin-test", f"OIN {number} is a test number; production takes only registered ones")
    if not test and environment is Environment.TEST:
        raise OperatorError("oin-real", f"OIN {number} is a real number; on test write one that starts {TEST_PREFIX}")


def role(text: str) -> Role:
    """Raises `OperatorError` unless `text` is one of the roles of docs/contract.md."""
    if text not in set(Role):
        raise OperatorError("role", f"no such role; write one of {_listed(Role)}")
    return Role(text)


def contact(value: Contact) -> Contact:
    """Raises `OperatorError` unless it is a function and a phone number, as they go into messages."""
    if not (value.function.strip() and value.function.isprintable() and len(value.function) <= _LONGEST_FUNCTION):
        raise OperatorError("contact", f"write a function of 1 to {_LONGEST_FUNCTION} characters, never a name")
    _matching(_PHONE, value.phone, "contact", "a phone number of 5 to 20 digits, such as +31 70 123 4567")
    return value


MOST = {"connections": 200, "channels": 10_000, "queue_messages": 10_000_000, "queue_bytes": 1 << 40}
"""Of what one partner may have; its virtual host has room for the hub's own connections besides."""


def limits(value: PartnerLimits) -> PartnerLimits:
    """Raises `OperatorError` unless each limit that is said is one that the broker can keep."""
    for name, most in MOST.items():
        said = getattr(value, name)
        if said is not None and not 1 <= said <= most:
            raise OperatorError("limit", f"write {name.replace('_', '-')} from 1 to {most}")
    return value


def known_region(text: str, known: Iterable[str]) -> RegionId:
    """Raises `OperatorError` unless the region is among the known ones."""
    names = sorted(known)
    if text not in names:
        raise OperatorError("region", f"no such region; write one of {_listed(names) or '(none is configured)'}")
    return RegionId(text)


def _matching(pattern: re.Pattern[str], text: str, code: str, wanted: str) -> str:
    if not pattern.fullmatch(text):
        raise OperatorError(code, f"write {wanted}")
    return text


def _listed(names: Iterable[str]) -> str:
    return ", ".join(str(name) for name in names)
