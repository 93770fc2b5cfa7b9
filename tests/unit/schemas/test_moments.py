"""Every moment that a party may say: which of them set an end that the hub keeps, and which are only said."""

from collections.abc import Iterator
from typing import Any, get_args

from hub.schemas.base import Wire
from hub.schemas.disclosure import parts_of
from hub.schemas.registry import message_types
from hub.schemas.texts import AsText

SET_AN_END = {
    ("overdrachten.aanbod", "/antwoordVoor"),
    ("actieoverleg.aanmelding", "/antwoordVoor"),
    ("actieoverleg.aanmelding", "/besluitVoor"),
    ("monitoring.vraag", "/antwoordVoor"),
}
"""Each is bounded at both ends: `tests/integration/lanes/test_formalities.py`."""
ONLY_SAID = {
    ("actieoverleg.afspraken", "/afspraken/uiterlijk"),
    ("meldingen.huisverbod", "/eindigtOp"),
    ("meldingen.huisverbod", "/ingaandOp"),
    ("meldingen.strafrechtelijk-bericht", "/ingaandOp"),
    ("meldingen.zorgmelding", "/voorvalOp"),
    ("triage.melding-vastgelegd", "/vastgelegdOp"),
}
"""The hub decides nothing by them."""


def formats(annotation: Any) -> Iterator[str]:
    for said in getattr(annotation, "__metadata__", ()):
        if isinstance(said, AsText):
            yield said.format
    for inner in get_args(annotation):
        yield from formats(inner)


def moments(model: type[Wire], at: str = "") -> Iterator[str]:
    for part in parts_of(model):
        field, here = model.model_fields[part.name], f"{at}/{part.alias}"
        said = [*formats(field.annotation), *(one.format for one in field.metadata if isinstance(one, AsText))]
        if "date-time" in said:
            yield here
        if part.nested is not None:
            yield from moments(part.nested, here)


def test_a_moment_that_is_not_in_either_list_fails_here() -> None:
    every = {
        (known.name, at)
        for known in message_types().values()
        if known.to_hub is not None
        for at in moments(known.to_hub)
        if not at.endswith("/gebeldOp")  # when somebody called about direct danger, in every report
    }
    assert every == SET_AN_END | ONLY_SAID
