"""What an operator does and looks at, as a record: who, from where, when, which command, which ids, on which ground.

Looking is processing too (docs/decisions/0040). A record holds nothing of what was done or seen: ids only, for a person
a pseudonym. Who typed it is named here and nowhere else (P8).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Final

SHAPELESS: Final = "?"
"""In the place of something that was typed where an id belongs, and has the form of none."""
NOT_THERE: Final = "not-there"
"""The code of an act that found nothing to do: not in quarantine, not awaited, or not any more."""
MOST_NAMED: Final = 1_000
"""Ids of a list that are kept of one look; `shown` says of how many they are."""
# A UUID; a pseudonym; a thumbprint; the name of a partner, in which no number of a person hides; a day.
_ID = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}|[A-Za-z0-9_-]{43}|(?!.*[0-9]{9})[a-z0-9-]{2,40}"
    r"|20[0-9]{2}(?:-[0-9]{2}){2}"
)


class Reason(StrEnum):
    """Why a person or a case is looked up: a closed list, so that nobody writes there what belongs in no log."""

    SUBJECT_REQUEST = "inzageverzoek"
    RECTIFICATION = "rectificatie"
    OBJECTION = "bezwaar"
    QUESTION = "vraag-partner"
    OVERDUE = "verlopen-termijn"
    FAULT = "storing"
    BREACH = "datalek"
    SUPERVISION = "toezicht"


MEANINGS: Final = {
    Reason.SUBJECT_REQUEST: "somebody asks what is known of them (AVG art. 15)",
    Reason.RECTIFICATION: "somebody asks to correct or erase it (AVG art. 16 to 19)",
    Reason.OBJECTION: "somebody objects, or complains (AVG art. 21, Wmo 2015 art. 3.2.1)",
    Reason.QUESTION: "a partner asks about a case or a message of its own",
    Reason.OVERDUE: "a term on the case is over, and somebody has to be reached",
    Reason.FAULT: "something does not work as it should",
    Reason.BREACH: "somebody may have seen what is not theirs (AVG art. 33)",
    Reason.SUPERVISION: "a supervisor, a judge or an auditor asks",
}


@dataclass(frozen=True, slots=True)
class Operator:
    """Who types a command, and where.

    Attributes:
        os_user: whom the operating system runs it as.
        account: who that is, where several are the same to it.
        origin: the address that an SSH session came from.
    """

    os_user: str
    account: str
    host: str
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """The ground of a look at a person or a case; `reference`: the number under which it was asked for."""

    reason: Reason
    reference: str


@dataclass(frozen=True, slots=True)
class Act:
    """One command.

    Attributes:
        ids: of what it is about.
        code: of the error that it ended with, if it did; what it had done until then has a record of its own.
        shown: how many entries, where it shows a list.
    """

    command: str
    by: Operator
    ids: tuple[str, ...] = ()
    why: Why | None = None
    code: str | None = None
    shown: int | None = None

    def listing(self, shown: int, ids: Iterable[object] = ()) -> "Act":
        """It shows a list of so many, about these."""
        return replace(self.on(*islice(ids, MOST_NAMED)), shown=shown)

    def on(self, *ids: object) -> "Act":
        """About these too, each once."""
        shaped = (str(one) if _ID.fullmatch(str(one)) else SHAPELESS for one in ids)
        return replace(self, ids=tuple(dict.fromkeys((*self.ids, *shaped))))

    def ended(self, code: str) -> "Act":
        """It was refused, or failed."""
        return replace(self, code=code)

    def done_to(self, ids: Iterable[object], otherwise: str) -> "Act":
        """To these alone of those that were named; if to none, nothing happened, and `otherwise` says why."""
        done = replace(self, ids=()).on(*ids)
        return done if done.ids else self.ended(otherwise)


@dataclass(frozen=True, slots=True)
class Record:
    """An act as it was written, at the moment that was believed then."""

    at: datetime
    act: Act
