"""The stand of a case: who holds, what is open, which terms run; no content."""

from typing import Annotated

from pydantic import Field

from hub.canonical.codes import Change, TermUnit
from hub.schemas.base import Coded, Many, Opt, Wire
from hub.schemas.disclosure import NO_PERSON
from hub.schemas.message import OnCase, Said
from hub.schemas.texts import Id, Moment, OinNumber, StepName, Word


class StandQuestion(Wire):
    """Standvraag: the case stands in `correlationid`, so there is nothing to say."""


class OpenStep(Wire):
    """A step that somebody owes, about a report or a handover."""

    type: Annotated[StepName, NO_PERSON] = Field(alias="type")
    by: Annotated[OinNumber, NO_PERSON] = Field(alias="door")
    about: Annotated[Id, NO_PERSON] = Field(alias="over")


class RunningTerm(Wire):
    """A term; `uiterlijk` is there once it runs."""

    name: Annotated[Word, NO_PERSON] = Field(alias="naam")
    length: Annotated[int, Field(ge=1, le=1_000), NO_PERSON] = Field(alias="lengte")
    unit: Annotated[Coded[TermUnit], NO_PERSON] = Field(alias="eenheid")
    about: Annotated[Id, NO_PERSON] = Field(alias="over")
    due: Annotated[Opt[Moment], NO_PERSON] = Field(None, alias="uiterlijk")
    overdue: Annotated[bool, NO_PERSON] = Field(alias="verlopen")


class Stand(OnCase):
    """Stand, as far as the asker may know it.

    `aandacht`: something new came while the case was only watched.
    """

    status: Annotated[Word, NO_PERSON] = Field(alias="status")
    attention: Annotated[Opt[bool], NO_PERSON] = Field(None, alias="aandacht")
    steps: Annotated[tuple[OpenStep, ...], Many(0, 500), NO_PERSON] = Field(alias="openStappen")
    terms: Annotated[tuple[RunningTerm, ...], Many(0, 500), NO_PERSON] = Field(alias="termijnen")


class CaseChanged(OnCase):
    """Wijziging: what `over` names goes on under the `correlationid` of this message, or is over for who gets it."""

    about: Annotated[Id, NO_PERSON] = Field(alias="over")
    change: Annotated[Coded[Change], NO_PERSON] = Field(alias="wijziging")


ToHub = StandQuestion
"""What a partner may say of it."""
MESSAGES: tuple[Said[ToHub], ...] = (
    Said("zaken.standvraag", StandQuestion),
    Said("zaken.stand", from_hub=Stand),
    Said("zaken.wijziging", from_hub=CaseChanged),
)
