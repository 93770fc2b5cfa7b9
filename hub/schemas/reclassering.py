"""Probation: unsafety seen under supervision, or a breach of conditions."""

from typing import Annotated

from pydantic import Field

from hub.canonical.partners import Role
from hub.schemas.base import Coded, Many, Opt, Wire
from hub.schemas.codes import ConditionKind, ProbationSignalKind, Seriousness
from hub.schemas.disclosure import TRIAGE, seen
from hub.schemas.message import Said
from hub.schemas.persons import Person
from hub.schemas.reports import Report
from hub.schemas.rules import exactly_when
from hub.schemas.texts import FreeText, FullDate, Municipality

ENFORCEMENT = seen(
    "Aanwijzing huiselijk geweld (BWBR0027594): de reclassering meldt overtreding aan OM en politie",
    Role.PROSECUTION,
    Role.POLICE,
)


class Breach(Wire):
    """One condition that was broken."""

    condition: Annotated[Coded[ConditionKind], TRIAGE, ENFORCEMENT] = Field(alias="voorwaarde")
    on: Annotated[FullDate, TRIAGE, ENFORCEMENT] = Field(alias="datum")
    seriousness: Annotated[Coded[Seriousness], TRIAGE, ENFORCEMENT] = Field(alias="ernst")
    description: Annotated[Opt[FreeText], TRIAGE, ENFORCEMENT] = Field(None, alias="omschrijving")


class ProbationSignal(Report):
    """Reclasseringssignaal (Wmo 2015 art. 5.2.6; Aanwijzing huiselijk geweld, BWBR0027594)."""

    rules = (exactly_when("soort", ProbationSignalKind.BREACH, "overtredingen"),)

    municipality: Annotated[Opt[Municipality], TRIAGE, ENFORCEMENT] = Field(None, alias="gemeente")
    minors: Annotated[bool, TRIAGE, ENFORCEMENT] = Field(alias="minderjarigenBetrokken")
    persons: Annotated[tuple[Person, ...], Many(1, 30), TRIAGE, ENFORCEMENT] = Field(alias="betrokkenen")
    description: Annotated[FreeText, TRIAGE, ENFORCEMENT] = Field(alias="omschrijving")
    kind: Annotated[Coded[ProbationSignalKind], TRIAGE, ENFORCEMENT] = Field(alias="soort")
    breaches: Annotated[Opt[Annotated[tuple[Breach, ...], Many(1, 20)]], TRIAGE, ENFORCEMENT] = Field(
        None, alias="overtredingen"
    )


ToHub = ProbationSignal
"""What a partner may say of it."""
MESSAGES: tuple[Said[ToHub], ...] = (Said("meldingen.reclasseringssignaal", ProbationSignal, passed_on=True),)
