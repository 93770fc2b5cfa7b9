"""Police: the care report (zorgmelding), today sent through CORV as zorgformulier."""

from typing import Annotated

from pydantic import Field

from hub.schemas.base import Coded, Many, Opt
from hub.schemas.codes import CareReportKind
from hub.schemas.disclosure import TRIAGE
from hub.schemas.message import Said
from hub.schemas.reports import Professional, Report
from hub.schemas.texts import FreeText, Line, Moment


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


MESSAGES = (Said("meldingen.zorgmelding", CareReport, passed_on=True),)
