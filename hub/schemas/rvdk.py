"""Child Protection Board: intake, start of its own motion, outcome of an investigation."""

from typing import Annotated

from pydantic import Field

from hub.canonical.partners import Role
from hub.schemas.base import Coded, Many, Opt
from hub.schemas.codes import BoardNoticeKind, Measure
from hub.schemas.disclosure import TRIAGE, seen
from hub.schemas.message import Said
from hub.schemas.reports import Report
from hub.schemas.rules import Rule, exactly_when
from hub.schemas.texts import FullDate

COLLEGE = seen("Jeugdwet art. 3.1 lid 3: de Raad meldt het aan het college", Role.LOCAL_TEAM)


class BoardNotice(Report):
    """Raadsbericht (Regeling justitiële keteninformatisering Jeugdwet, annex 1, nos. 2 to 4)."""

    rules = (
        exactly_when("soort", BoardNoticeKind.INTAKE, "onderzoek"),
        exactly_when("soort", BoardNoticeKind.OUTCOME, "verzoekAanRechter"),
        Rule("soort", (BoardNoticeKind.OUTCOME,), else_forbids=("maatregelen",)),
    )

    kind: Annotated[Coded[BoardNoticeKind], TRIAGE, COLLEGE] = Field(alias="soort")
    new_concerns: Annotated[bool, TRIAGE, COLLEGE] = Field(alias="nieuweZorgen")
    status_on: Annotated[FullDate, TRIAGE, COLLEGE] = Field(alias="statusOp")
    investigation: Annotated[Opt[bool], TRIAGE, COLLEGE] = Field(None, alias="onderzoek")
    petition: Annotated[Opt[bool], TRIAGE, COLLEGE] = Field(None, alias="verzoekAanRechter")
    measures: Annotated[Opt[Annotated[tuple[Coded[Measure], ...], Many(1, 6, unique=True)]], TRIAGE, COLLEGE] = Field(
        None, alias="maatregelen"
    )


ToHub = BoardNotice
"""What a partner may say of it."""
MESSAGES: tuple[Said[ToHub], ...] = (Said("meldingen.raadsbericht", BoardNotice, passed_on=True),)
