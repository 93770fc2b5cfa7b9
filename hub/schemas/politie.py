"""Police: the care report (zorgmelding), today sent through CORV as zorgformulier, and the restraining order."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from hub.canonical.partners import Role
from hub.schemas.base import Coded, Many, Opt, Wire
from hub.schemas.codes import CareReportKind, RiskLevel
from hub.schemas.disclosure import TRIAGE, seen
from hub.schemas.message import Said
from hub.schemas.persons import Address, Person
from hub.schemas.reports import Professional, Report
from hub.schemas.rules import Rule, in_order
from hub.schemas.texts import FreeText, Line, Moment, Municipality

ENFORCEMENT = seen("Wpg art. 16 en Wet tijdelijk huisverbod art. 11: overtreding is strafbaar", Role.PROSECUTION)
CHILDREN = seen(
    "Besluit politiegegevens art. 4:2 lid 1 onder j: aan de Raad, als er minderjarigen zijn", Role.CHILD_PROTECTION
)
# An hour more than four weeks: over the end of summer time, two clocks on the wall four weeks apart are that far apart.
LONGEST = timedelta(weeks=4, hours=1)


class CareReport(Report):
    """Zorgmelding politie (Wpg art. 16-20, Besluit politiegegevens art. 4:2 lid 1 onder i)."""

    kind: Annotated[Coded[CareReportKind], TRIAGE] = Field(alias="soort")
    happened_at: Annotated[Moment, TRIAGE] = Field(alias="voorvalOp")
    place: Annotated[Opt[Line], TRIAGE] = Field(None, alias="plaats")
    concern: Annotated[Opt[FreeText], TRIAGE] = Field(None, alias="zorgschets")
    professionals: Annotated[Opt[Annotated[tuple[Professional, ...], Many(1, 10)]], TRIAGE] = Field(
        None, alias="betrokkenProfessionals"
    )
    feedback_wanted: Annotated[bool, TRIAGE] = Field(alias="terugkoppelingGewenst")


class RiskScore(Wire):
    """Risicotaxatie-instrument huiselijk geweld: one score for each part (Besluit tijdelijk huisverbod, annex)."""

    perpetrator: Annotated[Coded[RiskLevel], TRIAGE, ENFORCEMENT, CHILDREN] = Field(alias="pleger")
    incident: Annotated[Coded[RiskLevel], TRIAGE, ENFORCEMENT, CHILDREN] = Field(alias="incident")
    family: Annotated[Coded[RiskLevel], TRIAGE, ENFORCEMENT, CHILDREN] = Field(alias="gezin")


class RestrainingOrder(Report):
    """Huisverbod (Wet tijdelijk huisverbod): the risk, whether the order was imposed, and how long it lasts.

    Ten days, at most four weeks when prolonged (art. 2 and 9). Where the excluded person can be reached (art. 2 lid 6)
    is for the care of Veilig Thuis only: neither the family nor anybody else has a use for it.
    """

    rules = (
        Rule(
            "opgelegd",
            (True,),
            needs=("ingaandOp", "eindigtOp"),
            else_forbids=("ingaandOp", "eindigtOp", "contactadresUithuisgeplaatste"),
        ),
    )

    municipality: Annotated[Opt[Municipality], TRIAGE, ENFORCEMENT, CHILDREN] = Field(None, alias="gemeente")
    minors: Annotated[bool, TRIAGE, ENFORCEMENT, CHILDREN] = Field(alias="minderjarigenBetrokken")
    persons: Annotated[tuple[Person, ...], Many(1, 30), TRIAGE, ENFORCEMENT, CHILDREN] = Field(alias="betrokkenen")
    description: Annotated[FreeText, TRIAGE, CHILDREN] = Field(alias="omschrijving")
    risk: Annotated[RiskScore, TRIAGE, ENFORCEMENT, CHILDREN] = Field(alias="riHG")
    imposed: Annotated[bool, TRIAGE, ENFORCEMENT, CHILDREN] = Field(alias="opgelegd")
    start: Annotated[Opt[Moment], TRIAGE, ENFORCEMENT, CHILDREN] = Field(None, alias="ingaandOp")
    end: Annotated[Opt[Moment], TRIAGE, ENFORCEMENT, CHILDREN] = Field(None, alias="eindigtOp")
    contact_address: Annotated[Opt[Address], TRIAGE] = Field(None, alias="contactadresUithuisgeplaatste")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        in_order(self.start, self.end, "eindigtOp", LONGEST)
        return self


ToHub = CareReport | RestrainingOrder
"""What a partner may say of it."""
MESSAGES: tuple[Said[ToHub], ...] = (
    Said("meldingen.zorgmelding", CareReport, passed_on=True),
    Said("meldingen.huisverbod", RestrainingOrder, passed_on=True),
)
