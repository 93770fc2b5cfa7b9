"""A person on standard input, in the fields of a report: never an argument, which others on the machine can read."""

from typing import BinaryIO

from hub.envelope.strict_json import parse
from hub.errors import OperatorError, Rejection
from hub.schemas.persons import Person
from hub.schemas.registry import judged

FIELDS = {"bsn", "skn", "naam", "geboortedatum", "adres", "ongeboren"}
# The widest role: it is found as a person and as a parent.
ANYBODY = {"rol": "gezaghebbende", "geslacht": "onbekend"}
MOST = 65_536


def person_on(stream: BinaryIO) -> Person:
    """The person; no error says what was given.

    Raises:
        OperatorError: it is not a person, naming the fields that are wrong.
    """
    text = stream.read(MOST + 1)
    try:
        said = parse(text) if len(text) <= MOST else None
        if not isinstance(said, dict) or not said.keys() <= FIELDS:
            raise OperatorError(
                "person-unclear", f"Give one JSON object with fields among {', '.join(sorted(FIELDS))}."
            )
        return Person.model_validate(judged(Person, {**said, **ANYBODY}, ""))
    except Rejection as rejection:
        where = ", ".join(rejection.fields) or "the text"
    raise OperatorError("person-unclear", f"This is not a person as a report has it; wrong: {where}.")
