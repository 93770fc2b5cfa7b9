"""What every report has in common. By itself it is for the triage only; a message with other addressees names them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from hub.canonical.partners import Role
from hub.schemas.base import Coded, Many, Opt, Wire
from hub.schemas.codes import ConditionKind, Kind, Reason
from hub.schemas.disclosure import TRIAGE, seen
from hub.schemas.persons import Person, Reporter
from hub.schemas.rules import Ruled, in_order
from hub.schemas.texts import FreeText, FullDate, Line, Moment, Municipality, Name, Phone, Reference

CONDITIONS = seen(
    "Aanwijzing huiselijk geweld (BWBR0027594): voorwaarden bekend bij wie toezicht houdt of beschermt",
    Role.VEILIG_THUIS,
    Role.POLICE,
    Role.PROSECUTION,
    Role.CHILD_PROTECTION,
    Role.PROBATION,
    Role.LOCAL_TEAM,
)


class Danger(Wire):
    """Present danger: what was done, what is asked, whom to call back. The phone call comes first."""

    what: Annotated[FreeText, TRIAGE] = Field(alias="gevaar")
    done: Annotated[Opt[FreeText], TRIAGE] = Field(None, alias="genomenActie")
    asked: Annotated[Opt[FreeText], TRIAGE] = Field(None, alias="gevraagdeActie")
    call_back: Annotated[Phone, TRIAGE] = Field(alias="terugbelnummer")
    called_at: Annotated[Opt[Moment], TRIAGE] = Field(None, alias="gebeldOp")
    spoken_to: Annotated[Opt[Name], TRIAGE] = Field(None, alias="gesprokenMet")


class Professional(Wire):
    """A professional already involved with the family."""

    organisation: Annotated[Line, TRIAGE] = Field(alias="organisatie")
    function: Annotated[Opt[Line], TRIAGE] = Field(None, alias="functie")
    phone: Annotated[Opt[Phone], TRIAGE] = Field(None, alias="telefoon")


class Condition(Wire):
    """A condition of a suspension or release, and its period (both days included)."""

    kind: Annotated[Coded[ConditionKind], CONDITIONS] = Field(alias="soort")
    description: Annotated[Opt[FreeText], CONDITIONS] = Field(None, alias="omschrijving")
    start: Annotated[Opt[FullDate], CONDITIONS] = Field(None, alias="vanaf")
    end: Annotated[Opt[FullDate], CONDITIONS] = Field(None, alias="tot")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        in_order(self.start, self.end, "tot")
        return self


class Report(Ruled):
    """A report for the triage of Veilig Thuis; its urgency stands in the envelope."""

    reference: Annotated[Opt[Reference], TRIAGE] = Field(None, alias="kenmerk")
    municipality: Annotated[Opt[Municipality], TRIAGE] = Field(None, alias="gemeente")
    minors: Annotated[bool, TRIAGE] = Field(alias="minderjarigenBetrokken")
    persons: Annotated[tuple[Person, ...], Many(1, 30), TRIAGE] = Field(alias="betrokkenen")
    description: Annotated[FreeText, TRIAGE] = Field(alias="omschrijving")
    reasons: Annotated[Opt[Annotated[tuple[Coded[Reason], ...], Many(1, 10, unique=True)]], TRIAGE] = Field(
        None, alias="aanleiding"
    )
    kinds: Annotated[Opt[Annotated[tuple[Coded[Kind], ...], Many(1, 12, unique=True)]], TRIAGE] = Field(
        None, alias="aard"
    )
    danger: Annotated[Opt[Danger], TRIAGE] = Field(None, alias="directGevaar")
    reporter: Annotated[Opt[Reporter], TRIAGE] = Field(None, alias="melder")
