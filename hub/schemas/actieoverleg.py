"""The joint table (actieoverleg, MDA++): a case is put on it, each says its part, actions are agreed and accepted.

Whoever has been invited sees who is there, who has answered and which action is whose. Persons and texts are for the
chain and for help: a reporter at the table hears those by voice. But who is responsible for an action sees all of that
action, in whatever role it sits there.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from hub.canonical.codes import Contribution, TableKind
from hub.canonical.partners import Role
from hub.schemas.base import Coded, Many, Opt, Wire, broken
from hub.schemas.codes import DeclineReason, SeatState, WantedInput
from hub.schemas.disclosure import EVERYONE, NO_PERSON, TRIAGE, Seen, seen
from hub.schemas.message import OnCase, Said
from hub.schemas.persons import Person
from hub.schemas.rules import Rule, Ruled, exactly_when
from hub.schemas.texts import FreeText, Id, Line, Moment, OinNumber

CRIMINAL_CHAIN = seen(
    "Wpg art. 16 en 20 en Wjsg art. 39e en 39f: actiegericht overleg van de strafrechtketen met Veilig Thuis",
    Role.POLICE,
    Role.PROSECUTION,
    Role.PROBATION,
)
BOARD = seen(
    "Wmo 2015 art. 4.1.1 lid 2 onder e en Bjsg art. 17: aan de Raad, voor onderzoek naar bescherming van kinderen",
    Role.CHILD_PROTECTION,
)
TEAM = seen(
    "Wmo 2015 art. 4.1.1 lid 2 onder d en Bjsg art. 11aa: aan wie de hulp in het gezin voert",
    Role.LOCAL_TEAM,
    Role.CERTIFIED_INSTITUTION,
)
AT_THE_TABLE = seen("Wmo 2015 art. 4.1.1 lid 2 en Wpg art. 20: wie aan het overleg deelneemt", *Role)
RESPONSIBLE = Seen(
    EVERYONE,
    "Wmo 2015 art. 4.1.1 lid 2 onder d en Wpg art. 20: de eigen afspraak van wie haar uitvoert",
    named_in="verantwoordelijke",
)

SEATED_AS = (
    Role.VEILIG_THUIS,
    Role.PROSECUTION,
    Role.POLICE,
    Role.CHILD_PROTECTION,
    Role.PROBATION,
    Role.CERTIFIED_INSTITUTION,
    Role.LOCAL_TEAM,
    Role.REPORTER,
)
"""In which of its roles a participant sits: the first that it has, if it takes part in the case in none of them yet."""


class TablePut(Wire):
    """Aanmelding: a party puts a case on the table and chairs it; `besluitVoor` is OM's custody clock."""

    table: Annotated[Id, NO_PERSON] = Field(alias="overleg")
    kind: Annotated[Coded[TableKind], NO_PERSON] = Field(alias="soort")
    participants: Annotated[tuple[OinNumber, ...], Many(1, 20, unique=True), AT_THE_TABLE] = Field(alias="deelnemers")
    reason: Annotated[FreeText, TRIAGE, CRIMINAL_CHAIN, BOARD, TEAM] = Field(alias="reden")
    answer_by: Annotated[Opt[Moment], NO_PERSON] = Field(None, alias="antwoordVoor")
    decision_by: Annotated[Opt[Moment], TRIAGE, CRIMINAL_CHAIN, BOARD] = Field(None, alias="besluitVoor")
    wanted: Annotated[Opt[Annotated[tuple[Coded[WantedInput], ...], Many(1, 3, unique=True)]], NO_PERSON] = Field(
        None, alias="gevraagdeInbreng"
    )
    persons: Annotated[Opt[Annotated[tuple[Person, ...], Many(1, 30)]], TRIAGE, CRIMINAL_CHAIN, BOARD, TEAM] = Field(
        None, alias="betrokkenen"
    )


class ContributionSaid(Ruled):
    """Inbreng of one party: what it knows and does, that it knows nothing, or why it does not take part."""

    rules = (
        exactly_when("antwoord", Contribution.DECLINED, "reden"),
        Rule("antwoord", (Contribution.KNOWN,), else_forbids=("veiligheidsinformatie",)),
    )

    table: Annotated[Id, NO_PERSON] = Field(alias="overleg")
    answer: Annotated[Coded[Contribution], AT_THE_TABLE] = Field(alias="antwoord")
    reason: Annotated[Opt[Coded[DeclineReason]], AT_THE_TABLE] = Field(None, alias="reden")
    safety: Annotated[Opt[FreeText], TRIAGE, CRIMINAL_CHAIN, BOARD, TEAM] = Field(None, alias="veiligheidsinformatie")
    measures: Annotated[Opt[FreeText], TRIAGE, CRIMINAL_CHAIN, BOARD, TEAM] = Field(None, alias="lopendeMaatregelen")
    advice: Annotated[Opt[FreeText], TRIAGE, CRIMINAL_CHAIN, BOARD, TEAM] = Field(None, alias="advies")


class SeatSaid(Wire):
    """One party at the table, and whether it has answered."""

    party: Annotated[OinNumber, AT_THE_TABLE] = Field(alias="partij")
    state: Annotated[Coded[SeatState], AT_THE_TABLE] = Field(alias="stand")


class ActionStandSaid(Wire):
    """One agreed action, and whether its one responsible party has accepted it."""

    action: Annotated[Id, NO_PERSON] = Field(alias="afspraak")
    responsible: Annotated[OinNumber, AT_THE_TABLE] = Field(alias="verantwoordelijke")
    accepted: Annotated[bool, AT_THE_TABLE] = Field(alias="aanvaard")


class TableStandSaid(OnCase):
    """Stand of a table, to its chair: who has answered, has nothing, is missing; which actions are accepted."""

    table: Annotated[Id, NO_PERSON] = Field(alias="overleg")
    kind: Annotated[Coded[TableKind], NO_PERSON] = Field(alias="soort")
    answer_by: Annotated[Moment, NO_PERSON] = Field(alias="antwoordVoor")
    seats: Annotated[tuple[SeatSaid, ...], Many(1, 50), AT_THE_TABLE] = Field(alias="deelnemers")
    actions: Annotated[tuple[ActionStandSaid, ...], Many(0, 500), AT_THE_TABLE] = Field(alias="afspraken")


class AgreedAction(Wire):
    """One action: one responsible party, what it does, and by when."""

    action: Annotated[Id, NO_PERSON] = Field(alias="afspraak")
    responsible: Annotated[OinNumber, AT_THE_TABLE] = Field(alias="verantwoordelijke")
    what: Annotated[FreeText, TRIAGE, CRIMINAL_CHAIN, BOARD, TEAM, RESPONSIBLE] = Field(alias="omschrijving")
    due: Annotated[Opt[Moment], AT_THE_TABLE] = Field(None, alias="uiterlijk")


class ActionsAgreed(Wire):
    """Afspraken, written down by the chair; each action has a number of its own."""

    table: Annotated[Id, NO_PERSON] = Field(alias="overleg")
    actions: Annotated[tuple[AgreedAction, ...], Many(1, 30), AT_THE_TABLE] = Field(alias="afspraken")

    @model_validator(mode="after")
    def _numbered_once(self) -> Self:
        if len({one.action for one in self.actions}) != len(self.actions):
            raise broken("Two actions have the same number.", at="afspraken")
        return self


class ActionAccepted(Wire):
    """Afspraak aanvaard: the responsible party takes the action on, by a function."""

    table: Annotated[Id, NO_PERSON] = Field(alias="overleg")
    action: Annotated[Id, NO_PERSON] = Field(alias="afspraak")
    function: Annotated[Line, AT_THE_TABLE] = Field(alias="functie")


ToHub = TablePut | ContributionSaid | ActionsAgreed | ActionAccepted
"""What a partner may say of it."""
MESSAGES: tuple[Said[ToHub], ...] = (
    Said("actieoverleg.aanmelding", TablePut, passed_on=True),
    Said("actieoverleg.inbreng", ContributionSaid, passed_on=True),
    Said("actieoverleg.stand", from_hub=TableStandSaid),
    Said("actieoverleg.afspraken", ActionsAgreed, passed_on=True),
    Said("actieoverleg.afspraak-aanvaard", ActionAccepted, passed_on=True),
)
