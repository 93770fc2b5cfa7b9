"""Certified institution: it carries out a child protection measure, and sees what happens in the family meanwhile."""

from typing import Annotated

from pydantic import Field

from hub.canonical.partners import Role
from hub.schemas.base import Coded, Opt
from hub.schemas.codes import Measure, ProtectionNoticeKind
from hub.schemas.disclosure import TRIAGE, seen
from hub.schemas.message import Said
from hub.schemas.reports import Report
from hub.schemas.rules import Rule
from hub.schemas.texts import FullDate, Municipality

BOARD = seen(
    "Jeugdwet art. 3.4 en Burgerlijk Wetboek 1:265j: de instelling meldt het aan de Raad", Role.CHILD_PROTECTION
)


class ProtectionNotice(Report):
    """Jeugdbeschermingsbericht: a measure begins or ends, or the child is not safe under it (Jeugdwet art. 3.2)."""

    rules = (Rule("soort", (ProtectionNoticeKind.UNSAFETY,), else_needs=("maatregel",)),)

    municipality: Annotated[Opt[Municipality], TRIAGE, BOARD] = Field(None, alias="gemeente")
    kind: Annotated[Coded[ProtectionNoticeKind], TRIAGE, BOARD] = Field(alias="soort")
    new_concerns: Annotated[bool, TRIAGE, BOARD] = Field(alias="nieuweZorgen")
    measure: Annotated[Opt[Coded[Measure]], TRIAGE, BOARD] = Field(None, alias="maatregel")
    status_on: Annotated[FullDate, TRIAGE, BOARD] = Field(alias="statusOp")


ToHub = ProtectionNotice
"""What a partner may say of it."""
MESSAGES: tuple[Said[ToHub], ...] = (Said("meldingen.jeugdbeschermingsbericht", ProtectionNotice, passed_on=True),)
