"""The stand of a case: who holds, what is open, which terms run; no content."""

from typing import Annotated

from pydantic import Field

from hub.canonical.codes import TermUnit
from hub.schemas.base import Coded, Many, Opt, Wire
from hub.schemas.message import OnCase, Said
from hub.schemas.texts import Id, Moment, OinNumber, StepName, Word


class StandQuestion(Wire):
    """Standvraag: the case stands in `correlationid`, so there is nothing to say."""


class OpenStep(Wire):
    """A step that somebody owes, about a report or a handover."""

    type: StepName = Field(alias="type")
    by: OinNumber = Field(alias="door")
    about: Id = Field(alias="over")


class RunningTerm(Wire):
    """A term; `uiterlijk` is there once it runs."""

    name: Word = Field(alias="naam")
    length: Annotated[int, Field(ge=1, le=1_000)] = Field(alias="lengte")
    unit: Coded[TermUnit] = Field(alias="eenheid")
    about: Id = Field(alias="over")
    due: Opt[Moment] = Field(None, alias="uiterlijk")
    overdue: bool = Field(alias="verlopen")


class Stand(OnCase):
    """Stand, as far as the asker may know it.

    `aandacht`: something new came while the case was only watched.
    """

    status: Word = Field(alias="status")
    attention: Opt[bool] = Field(None, alias="aandacht")
    steps: Annotated[tuple[OpenStep, ...], Many(0, 500)] = Field(alias="openStappen")
    terms: Annotated[tuple[RunningTerm, ...], Many(0, 500)] = Field(alias="termijnen")


MESSAGES = (Said("zaken.standvraag", StandQuestion), Said("zaken.stand", from_hub=Stand))
