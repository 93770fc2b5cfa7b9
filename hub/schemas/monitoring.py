"""Monitoring: Veilig Thuis asks whoever holds how safe it is now (Kwaliteitskader zicht op veiligheid)."""

from typing import Annotated

from pydantic import Field

from hub.canonical.codes import MonitoringResult
from hub.schemas.base import Coded, Opt, Wire
from hub.schemas.disclosure import EVERYONE, NO_PERSON, TRIAGE, Seen
from hub.schemas.message import Said
from hub.schemas.texts import FreeText, FullDate, Id, Moment

HOLDER = Seen(EVERYONE, "Wmo 2015 art. 4.1.1 lid 2 onder d en e: wie zicht op veiligheid heeft overgenomen")


class MonitoringQuestion(Wire):
    """Vraag to the holder; `tekst` where the standard question does not do."""

    question: Annotated[Id, NO_PERSON] = Field(alias="vraag")
    text: Annotated[Opt[FreeText], HOLDER] = Field(None, alias="tekst")
    answer_by: Annotated[Opt[Moment], NO_PERSON] = Field(None, alias="antwoordVoor")


class MonitoringAnswer(Wire):
    """Antwoord of the holder, for Veilig Thuis only; anything but safe is an alarm there."""

    question: Annotated[Id, TRIAGE] = Field(alias="vraag")
    result: Annotated[Coded[MonitoringResult], TRIAGE] = Field(alias="resultaat")
    conditions_kept: Annotated[Opt[bool], TRIAGE] = Field(None, alias="voorwaardenNageleefd")
    new_incidents: Annotated[Opt[bool], TRIAGE] = Field(None, alias="nieuweIncidenten")
    explanation: Annotated[Opt[FreeText], TRIAGE] = Field(None, alias="toelichting")
    next_on: Annotated[Opt[FullDate], TRIAGE] = Field(None, alias="volgendeOp")


ToHub = MonitoringQuestion | MonitoringAnswer
"""What a partner may say of it."""
MESSAGES: tuple[Said[ToHub], ...] = (
    Said("monitoring.vraag", MonitoringQuestion, passed_on=True),
    Said("monitoring.antwoord", MonitoringAnswer, passed_on=True),
)
