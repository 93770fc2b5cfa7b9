"""What of each command is recorded: one table of all, from which every record is made (docs/decisions/0040).

A command that is not in it fails `tests/unit/cli/test_recording.py`; one that does not do what it says here fails
`tests/acceptance/test_acts.py`.
"""

import os
import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

import typer

from hub.canonical.acts import MEANINGS, Act, Reason, Why
from hub.canonical.hub_keys import KeyKind
from hub.cli.common import settings
from hub.cli.who import operator
from hub.errors import OperatorError
from hub.schemas.identifying import found_in
from hub.schemas.texts import eleven_test


class Kind(StrEnum):
    """How a command is recorded."""

    ACT = "an act: with what it changes, or before it is done where that is not in the database"
    LOOK = "a look: before anything of it is shown"
    LOOK_UP = "a look at a person or a case: the same, with `--reason` and `--reference`"


NUMBERS, PARTNERS_SIDE = (
    "numbers only, of no case and no person",
    "of a partner's side: it asks this hub's database nothing",
)
PUBLIC = "organisations, keys and queues: no case, no message, no person"
OF_A_KIND: Final[Mapping[str, Kind | str]] = {
    "add": Kind.ACT,
    "read": Kind.ACT,
    "write": Kind.ACT,
    "retire": Kind.ACT,
    "list": PUBLIC,
}
"""Of `key KIND`: the same for each kind of the hub's own keys."""
COMMANDS: Final[Mapping[str, Kind | str]] = {
    "case show": Kind.LOOK_UP,
    "radar find": Kind.LOOK_UP,
    "subject-access": Kind.LOOK_UP,
    "processing-log": Kind.LOOK,
    "acts": Kind.LOOK,
    "quarantine list": Kind.LOOK,
    "quarantine show": Kind.LOOK,
    "quarantine replay": Kind.ACT,
    "quarantine discard": Kind.ACT,
    "awaiting": Kind.LOOK,
    "awaiting --give-up": Kind.ACT,
    "recover": Kind.ACT,
    "partner add": Kind.ACT,
    "partner change": Kind.ACT,
    "partner contact": Kind.ACT,
    "partner retire": Kind.ACT,
    "partner retire --give-up": Kind.ACT,
    "topology apply": Kind.ACT,
    "key add": Kind.ACT,
    "key revoke": Kind.ACT,
    "key adopt": Kind.ACT,
    **{f"key {kind} {step}": rule for kind in KeyKind for step, rule in OF_A_KIND.items()},
    "key period give": Kind.ACT,
    "key period take": Kind.ACT,
    "key period begin": NUMBERS,
    "key period begin --i-know": Kind.ACT,
    "status": NUMBERS,
    "account": NUMBERS,
    "report": f"{NUMBERS}; small ones are masked",
    "partner list": PUBLIC,
    "topology show": PUBLIC,
    "key list": PUBLIC,
    "key hub": PUBLIC,
    "key period request": "a question of this machine: the answer is recorded, by who gives and by who takes it",
    "serve": "a service that starts, and nobody's look; its log says so",
    "worker": "started by `serve`",
    "demo": "invented people, on servers of its own",
    "key new": PARTNERS_SIDE,
    "send": PARTNERS_SIDE,
    "receive": PARTNERS_SIDE,
    "sample": PARTNERS_SIDE,
    "schemas export": PARTNERS_SIDE,
}
"""Every command, and what its options make of it: how it is recorded, or why not."""

PREFIXES: Final = frozenset(
    "INZ REC BZW VRG TRM STO DLK TZT AVG WPG REF INC CHG PRB TKT ZAAK DEMO".split()  # noqa: SIM905 - read as one line
)
"""What a reference may begin with, besides one letter of any kind: a short surname fits any rule on letters."""
_ACCEPTED = re.compile("(?:([A-Za-z]{1,8})[-./]?)?[0-9]{1,12}(?:[-./][0-9]{1,12}){0,3}", re.ASCII)
_RUN_OF_EIGHT = re.compile(r"(?<![0-9])[0-9]{8}(?![0-9])")
_BEFORE_ANY_HUB = 2025
ReasonCode = Annotated[
    str | None, typer.Option("--reason", metavar="CODE", help=f"Why you look, one of: {', '.join(Reason)}.")
]
Reference = Annotated[
    str | None, typer.Option("--reference", metavar="NUMBER", help="The number under which that is registered.")
]


def act(command: str, *ids: object, why: Why | None = None) -> Act:
    """What is recorded of this command, typed here and now; it is written by whoever does it.

    Args:
        ids: of what it is about; those that were not given are left out.
    """
    kind = COMMANDS[command]
    assert isinstance(kind, Kind), f"{command} is not recorded"
    assert (why is not None) == (kind is Kind.LOOK_UP), command
    return Act(command, operator(settings(), os.environ), why=why).on(*(one for one in ids if one is not None))


def ground(reason: str | None, reference: str | None) -> Why:
    """Why somebody looks up a person or a case.

    Raises:
        OperatorError: it is not said, or in words of one's own; what was typed is not said again.
    """
    if reason is None or reference is None:
        sentence = f"Say why you look: --reason with one of {', '.join(Reason)}, and --reference with a number."
        raise OperatorError("reason-missing", sentence)
    if reason not in set(Reason):
        listed = "; ".join(f"{one}: {MEANINGS[one]}" for one in Reason)
        raise OperatorError("reason-unknown", f"There is no such reason. {listed}.")
    if not _is_a_number(reference):
        listed = ", ".join(sorted(PREFIXES))
        sentence = (
            "Give as --reference only the number under which it is registered, such as INZ-2026-0123: digits with - . "
            f"or / between them, after one letter or one of {listed}, or none. No name, date or telephone number, and "
            "nothing that may be a BSN: if yours looks like one, give the number of your own register."
        )
        raise OperatorError("reference-unfit", sentence)
    return Why(Reason(reason), reference)


def _is_a_number(reference: str) -> bool:
    """Whether this is a number of a register, and nobody can be known by it."""
    found = _ACCEPTED.fullmatch(reference)
    if found is None or (found[1] is not None and len(found[1]) > 1 and found[1].upper() not in PREFIXES):
        return False
    return not (found_in(reference.replace("/", "-")) or _holds_a_bsn(reference) or _holds_a_birth(reference))


def _holds_a_bsn(reference: str) -> bool:
    """Also with a digit more, or cut in pieces."""
    digits = re.sub("[^0-9]", "", reference)
    return any(eleven_test(digits[at : at + 9]) for at in range(len(digits) - 8))


def _holds_a_birth(reference: str) -> bool:
    """Eight digits that are a day; in pieces, if it is a day from before anything was registered here."""
    together = re.sub("[^0-9]", "", reference)
    whole = any(_day(one) is not None for one in _RUN_OF_EIGHT.findall(reference))
    day = _day(together) if len(together) == 8 else None
    return whole or (day is not None and day.year < _BEFORE_ANY_HUB)


def _day(digits: str) -> date | None:
    for order in (digits, digits[4:] + digits[2:4] + digits[:2]):
        try:
            day = date(int(order[:4]), int(order[4:6]), int(order[6:]))
        except ValueError:
            continue
        if 1900 <= day.year < 2100:
            return day
    return None
