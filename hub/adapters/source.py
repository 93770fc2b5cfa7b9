"""The message that a notice passes on or speaks of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.errors import OurFault
from hub.ids import Oin
from hub.schemas.base import Wire


@dataclass(frozen=True, slots=True)
class Source:
    """A message as it came in.

    Attributes:
        sender: who said it.
        type: its wire type.
        data: its judged `data`.
        full: the full part held for the offer that a `Dossier` speaks of, as `full_part` gave it.
        on: the day that something is told of it, by which the ages of those whom it names count.
    """

    sender: Oin
    type: str
    data: Wire
    full: Mapping[str, Any] | None = field(default=None, repr=False)
    on: date | None = None


def of(source: Source | None) -> Source:
    """The source of a notice that has to have one.

    Raises:
        OurFault: a moment came, and no message.
    """
    if source is None:
        raise OurFault("wrong-source", "A notice speaks of a message, and there is none at hand.")
    return source
