"""Public Prosecution Service: decision, suspension of custody, release with conditions."""

from typing import Annotated

from pydantic import Field

from hub.canonical.partners import Role
from hub.schemas.base import Coded, Many, Opt
from hub.schemas.codes import CriminalNoticeKind, Decision
from hub.schemas.disclosure import TRIAGE, seen
from hub.schemas.message import Said
from hub.schemas.persons import Person
from hub.schemas.reports import CONDITIONS, Condition, Report
from hub.schemas.rules import exactly_when
from hub.schemas.texts import FreeText, Moment, Municipality

CHAIN = seen(
    "Aanwijzing huiselijk geweld (BWBR0027594) en Bjsg art. 17: politie, reclassering en Raad",
    Role.POLICE,
    Role.PROBATION,
    Role.CHILD_PROTECTION,
)
HELP = seen("Bjsg art. 11aa: aan het college voor zover nodig voor de hulp", Role.LOCAL_TEAM)


class CriminalNotice(Report):
    """Strafrechtelijk bericht (Wjsg art. 39e en 39f): a report if it brings new danger, else news on a case."""

    rules = (exactly_when("soort", CriminalNoticeKind.DECISION, "beslissing"),)

    municipality: Annotated[Opt[Municipality], TRIAGE, CHAIN] = Field(None, alias="gemeente")
    minors: Annotated[bool, TRIAGE, CHAIN] = Field(alias="minderjarigenBetrokken")
    persons: Annotated[tuple[Person, ...], Many(1, 30), TRIAGE, CHAIN] = Field(alias="betrokkenen")
    description: Annotated[FreeText, TRIAGE, CHAIN] = Field(alias="omschrijving")
    kind: Annotated[Coded[CriminalNoticeKind], TRIAGE, CHAIN, HELP] = Field(alias="soort")
    new_danger: Annotated[bool, TRIAGE, CHAIN, HELP] = Field(alias="nieuwGevaar")
    decision: Annotated[Opt[Coded[Decision]], TRIAGE, CHAIN, HELP] = Field(None, alias="beslissing")
    effective_at: Annotated[Moment, TRIAGE, CHAIN, HELP] = Field(alias="ingaandOp")
    conditions: Annotated[Opt[Annotated[tuple[Condition, ...], Many(1, 20)]], CONDITIONS] = Field(
        None, alias="voorwaarden"
    )
    victim_informed: Annotated[Opt[bool], TRIAGE, CHAIN] = Field(None, alias="slachtofferGeinformeerd")


ToHub = CriminalNotice
"""What a partner may say of it."""
MESSAGES: tuple[Said[ToHub], ...] = (Said("meldingen.strafrechtelijk-bericht", CriminalNotice, passed_on=True),)
