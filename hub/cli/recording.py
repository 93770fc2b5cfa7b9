"""What of each command is recorded: one table of all, from which every record is made (docs/decisions/0040).

A command that is not in it fails `tests/unit/cli/test_recording.py`; one that does not do what it says here fails
`tests/acceptance/test_acts.py`.
"""

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final

import typer

from hub.canonical.acts import MEANINGS, Act, Reason, Why
from hub.canonical.hub_keys import KeyKind
from hub.cli.common import settings
from hub.cli.who import operator
from hub.errors import OperatorError
from hub.schemas.identifying import found_in


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

_ACCEPTED = re.compile("(?:[A-Za-z]{1,8}[-./]?)?[0-9]{1,12}(?:[-./][0-9]{1,12}){0,3}", re.ASCII)
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
    if not _ACCEPTED.fullmatch(reference) or found_in(reference.replace("/", "-")):
        sentence = (
            "Give as --reference only the number under which it is registered, such as INZ-2026-0123: up to 8 letters, "
            "then digits with - . or / between them. No name, date or telephone number, and nothing that may be a BSN."
        )
        raise OperatorError("reference-unfit", sentence)
    return Why(Reason(reason), reference)
