"""Feedback to a reporter: the steps taken, nothing more (Wmo 2015 art. 4.1.1 lid 2 onder g)."""

from typing import Annotated

from pydantic import Field

from hub.canonical.codes import FeedbackStep, Outcome
from hub.schemas.base import Coded, Many, Opt
from hub.schemas.codes import ReceivingParty
from hub.schemas.message import OnCase, Said
from hub.schemas.rules import Ruled, exactly_when
from hub.schemas.texts import FullDate, Id


class StepsTaken(OnCase, Ruled):
    """Stappen: which step was taken, with the outcome of an assessment, to which kinds of party, and when."""

    rules = (exactly_when("stap", FeedbackStep.ASSESSED, "uitkomst"),)

    report: Id = Field(alias="melding")
    step: Coded[FeedbackStep] = Field(alias="stap")
    outcome: Opt[Coded[Outcome]] = Field(None, alias="uitkomst")
    parties: Opt[Annotated[tuple[Coded[ReceivingParty], ...], Many(1, 18, unique=True)]] = Field(
        None, alias="ontvangendePartijen"
    )
    decided_on: Opt[FullDate] = Field(None, alias="besluitOp")


MESSAGES = (Said("terugkoppelingen.stappen", from_hub=StepsTaken),)
