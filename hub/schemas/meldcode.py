"""Whoever has a reporting code: the professional's report, with the five questions answered."""

from typing import Annotated

from pydantic import Field

from hub.schemas.base import Many, Opt
from hub.schemas.disclosure import TRIAGE
from hub.schemas.message import Said
from hub.schemas.reports import Report
from hub.schemas.rules import Rule, Ruled


class Weighing(Ruled):
    """Afwegingskader: the five questions, in their order (Besluit verplichte meldcode, BWBR0033723 art. 2).

    A yes on the second means: report, so the last three need an answer only after a no.
    """

    rules = (Rule("acuutOfStructureel", (False,), needs=("hulpMogelijk", "hulpAanvaard", "hulpLeidtTotVeiligheid")),)

    suspicion: Annotated[bool, TRIAGE] = Field(alias="vermoeden")
    acute_or_structural: Annotated[bool, TRIAGE] = Field(alias="acuutOfStructureel")
    help_possible: Annotated[Opt[bool], TRIAGE] = Field(None, alias="hulpMogelijk")
    help_accepted: Annotated[Opt[bool], TRIAGE] = Field(None, alias="hulpAanvaard")
    help_makes_safe: Annotated[Opt[bool], TRIAGE] = Field(None, alias="hulpLeidtTotVeiligheid")


class ProfessionalReport(Report):
    """Professionele melding (Wmo 2015 art. 5.2.6; Besluit verplichte meldcode, BWBR0033723)."""

    weighing: Annotated[Weighing, TRIAGE] = Field(alias="afwegingskader")
    steps: Annotated[tuple[Annotated[int, Field(ge=1, le=5)], ...], Many(1, 5, unique=True), TRIAGE] = Field(
        alias="stappenMeldcode"
    )
    family_informed: Annotated[bool, TRIAGE] = Field(alias="gezinGeinformeerd")


ToHub = ProfessionalReport
"""What a partner may say of it."""
MESSAGES: tuple[Said[ToHub], ...] = (Said("meldingen.professionele-melding", ProfessionalReport, passed_on=True),)
