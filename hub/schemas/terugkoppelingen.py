"""Feedback to a reporter: the steps taken, nothing more (Wmo 2015 art. 4.1.1 lid 2 onder g)."""

from typing import Annotated, Never

from pydantic import Field

from hub.canonical.codes import FeedbackStep, Outcome, ReceivingParty
from hub.schemas.base import Coded, Many, Opt
from hub.schemas.disclosure import NO_PERSON
from hub.schemas.message import OnCase, Said
from hub.schemas.rules import Ruled, exactly_when
from hub.schemas.texts import FullDate, Id
from hub.schemas.veilig_thuis import FEEDBACK


class StepsTaken(OnCase, Ruled):
    """Stappen: which step was taken, with the outcome of an assessment, to which kinds of party, and when."""

    rules = (exactly_when("stap", FeedbackStep.ASSESSED, "uitkomst"),)

    report: Annotated[Id, NO_PERSON] = Field(alias="melding")
    step: Annotated[Coded[FeedbackStep], FEEDBACK] = Field(alias="stap")
    outcome: Annotated[Opt[Coded[Outcome]], FEEDBACK] = Field(None, alias="uitkomst")
    parties: Annotated[Opt[Annotated[tuple[Coded[ReceivingParty], ...], Many(1, 18, unique=True)]], FEEDBACK] = Field(
        None, alias="ontvangendePartijen"
    )
    decided_on: Annotated[Opt[FullDate], FEEDBACK] = Field(None, alias="besluitOp")


MESSAGES: tuple[Said[Never], ...] = (Said("terugkoppelingen.stappen", from_hub=StepsTaken),)
