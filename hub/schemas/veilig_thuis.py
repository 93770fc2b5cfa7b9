"""Veilig Thuis, the triage: a report presented, recorded, assessed, detached; research done; a case closed."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from hub.canonical.codes import NoteReason, Outcome, ReceivingParty, ResearchOutcome, TermUnit
from hub.canonical.partners import Role
from hub.canonical.terms import TermStart
from hub.schemas.base import Coded, Many, Opt, Wire, broken
from hub.schemas.codes import ClosingReason, DetachReason, Kind
from hub.schemas.disclosure import NO_PERSON, TRIAGE, seen
from hub.schemas.message import OnCase, Said
from hub.schemas.radar import WHO_ELSE, RadarHit
from hub.schemas.rules import Ruled, exactly_when, in_order
from hub.schemas.texts import FullDate, Id, Moment, OinNumber, Reference, WireType, Word
from hub.schemas.verwerking import ContactPoint

FEEDBACK = seen("Wmo 2015 art. 4.1.1 lid 2 onder g: de melder hoort welke stappen zijn gezet", *Role)
HOLDERS = seen(
    "Wmo 2015 art. 4.1.1 lid 2 onder d en e: wie het vervolg draagt",
    Role.LOCAL_TEAM,
    Role.CHILD_PROTECTION,
    Role.CERTIFIED_INSTITUTION,
)

AWARE = seen("Wmo 2015 art. 4.1.1 lid 2: wie zicht op veiligheid houdt, of triagepunt is, weet dat er is gemeld", *Role)

_CONFIRMED = {ResearchOutcome.DOMESTIC_VIOLENCE_CONFIRMED, ResearchOutcome.CHILD_ABUSE_CONFIRMED}

Parties = Annotated[tuple[Coded[ReceivingParty], ...], Many(1, 18, unique=True)]


class PresentedReport(Wire):
    """A report as the triage gets it: `inhoud` is as the from-hub schema of `soort` says, without case fields."""

    number: Annotated[Id, NO_PERSON] = Field(alias="nummer")
    received_at: Annotated[Moment, NO_PERSON] = Field(alias="ontvangenOp")
    sender: Annotated[OinNumber, TRIAGE] = Field(alias="afzender")
    type: Annotated[WireType, TRIAGE] = Field(alias="soort")
    content: Annotated[dict[str, Any], TRIAGE] = Field(alias="inhoud")


class NotedReport(Wire):
    """A report of which somebody is to know: what it says only to a Veilig Thuis, and not of an earlier one."""

    number: Annotated[Id, AWARE] = Field(alias="nummer")
    received_at: Annotated[Moment, AWARE] = Field(alias="ontvangenOp")
    sender: Annotated[Opt[OinNumber], TRIAGE] = Field(None, alias="afzender")
    type: Annotated[Opt[WireType], TRIAGE] = Field(None, alias="soort")
    content: Annotated[Opt[dict[str, Any]], TRIAGE] = Field(None, alias="inhoud")


class Term(Wire):
    """A term that will run: its length and what starts it; the due moment is told by `zaken.stand`."""

    name: Annotated[Word, NO_PERSON] = Field(alias="naam")
    length: Annotated[int, Field(ge=1, le=1_000), NO_PERSON] = Field(alias="lengte")
    unit: Annotated[Coded[TermUnit], NO_PERSON] = Field(alias="eenheid")
    start: Annotated[Coded[TermStart], NO_PERSON] = Field(alias="start")


class ReportPresented(OnCase):
    """Melding aangeboden: a report reaches the triage, which cannot refuse it.

    `regioAangenomen`: nobody has said which region it is; `genoemdTriagepunt`: the desk of the region that the report
    names, where that is another's, which has heard of it.
    """

    report: Annotated[PresentedReport, TRIAGE] = Field(alias="melding")
    terms: Annotated[tuple[Term, ...], Many(0, 10), NO_PERSON] = Field(alias="termijnen")
    radar: Annotated[tuple[RadarHit, ...], Many(0, 50), WHO_ELSE] = Field(alias="radar")
    assumed: Annotated[Opt[bool], NO_PERSON] = Field(None, alias="regioAangenomen")
    named: Annotated[Opt[OinNumber], NO_PERSON] = Field(None, alias="genoemdTriagepunt")


class ReportNoted(OnCase):
    """Melding ter kennis: a report that another desk acts on; `triagepunt` is whom to call about it.

    `genoemdTriagepunt`: the desk that its reader, who holds, is to offer the case to.
    """

    report: Annotated[NotedReport, AWARE] = Field(alias="melding")
    reason: Annotated[Coded[NoteReason], NO_PERSON] = Field(alias="reden")
    desk: Annotated[OinNumber, NO_PERSON] = Field(alias="triagepunt")
    contact: Annotated[Opt[ContactPoint], NO_PERSON] = Field(None, alias="aanspreekpunt")
    named: Annotated[Opt[OinNumber], NO_PERSON] = Field(None, alias="genoemdTriagepunt")


class ReportRecorded(Wire):
    """Melding vastgelegd: from here Veilig Thuis holds, if this report opened the case."""

    report: Annotated[Id, NO_PERSON] = Field(alias="melding")
    number: Annotated[Opt[Reference], FEEDBACK] = Field(None, alias="nummerVeiligThuis")
    recorded_at: Annotated[Opt[Moment], FEEDBACK] = Field(None, alias="vastgelegdOp")


class Heard(Wire):
    """Who was heard for the assessment, or in the research."""

    parents: Annotated[bool, TRIAGE] = Field(alias="ouders")
    children: Annotated[bool, TRIAGE] = Field(alias="kinderen")


class SafetyAssessment(Ruled):
    """Veiligheidsbeoordeling of one report (Informatieprotocol Veilig Thuis, triage; Wmo 2015 art. 4.1.1).

    `bewaaktDoor`: which kind of party watches over safety now. `voorwaardenGesteld` only says that safety conditions
    were set: their text is the parties' own, and travels in the full part of a handover.
    """

    rules = (
        exactly_when("uitkomst", Outcome.TURNED_INTO_ADVICE, "overdracht"),
        exactly_when("uitkomst", Outcome.HANDOVER, "ontvangendePartijen"),
    )

    report: Annotated[Id, NO_PERSON] = Field(alias="melding")
    outcome: Annotated[Coded[Outcome], FEEDBACK] = Field(alias="uitkomst")
    handover: Annotated[Opt[Id], NO_PERSON] = Field(None, alias="overdracht")
    decided_on: Annotated[FullDate, FEEDBACK] = Field(alias="besluitOp")
    acute_unsafety: Annotated[bool, TRIAGE] = Field(alias="acuteOnveiligheid")
    structural_unsafety: Annotated[bool, TRIAGE] = Field(alias="structureleOnveiligheid")
    heard: Annotated[Heard, TRIAGE] = Field(alias="gehoord")
    mda: Annotated[bool, TRIAGE] = Field(alias="mdaPlusPlus")
    parties: Annotated[Opt[Parties], FEEDBACK] = Field(None, alias="ontvangendePartijen")
    watched_by: Annotated[Opt[Coded[ReceivingParty]], TRIAGE] = Field(None, alias="bewaaktDoor")
    conditions_set: Annotated[bool, TRIAGE] = Field(alias="voorwaardenGesteld")


class ReportDetached(Wire):
    """Melding losgemaakt: it was joined wrongly, and becomes a case of its own, which Veilig Thuis holds."""

    report: Annotated[Id, NO_PERSON] = Field(alias="melding")
    reason: Annotated[Opt[Coded[DetachReason]], TRIAGE] = Field(None, alias="reden")


class ResearchOutcomeSaid(Wire):
    """Onderzoeksuitkomst (Informatieprotocol Veilig Thuis, onderzoek): stays with the hub and Veilig Thuis.

    `afgerondOp` is the day the decision was taken, `aardVastgesteld` is there only where something was confirmed.
    """

    outcomes: Annotated[tuple[Coded[ResearchOutcome], ...], Many(1, 9, unique=True), TRIAGE] = Field(alias="uitkomst")
    started_on: Annotated[Opt[FullDate], TRIAGE] = Field(None, alias="gestartOp")
    concluded_on: Annotated[FullDate, FEEDBACK] = Field(alias="afgerondOp")
    kinds: Annotated[Opt[Annotated[tuple[Coded[Kind], ...], Many(1, 12, unique=True)]], TRIAGE] = Field(
        None, alias="aardVastgesteld"
    )
    parties: Annotated[Opt[Parties], FEEDBACK] = Field(None, alias="vervolg")
    heard: Annotated[Heard, TRIAGE] = Field(alias="gehoord")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        in_order(self.started_on, self.concluded_on, "afgerondOp")
        if self.kinds is not None and not _CONFIRMED & set(self.outcomes):
            raise broken("What was not confirmed has no established kind.", at="aardVastgesteld")
        return self


class CaseClosed(Wire):
    """Zaak gesloten, by Veilig Thuis."""

    closed_on: Annotated[FullDate, NO_PERSON] = Field(alias="geslotenOp")
    reason: Annotated[Coded[ClosingReason], TRIAGE, HOLDERS] = Field(alias="reden")


ToHub = ReportRecorded | SafetyAssessment | ReportDetached | ResearchOutcomeSaid | CaseClosed
"""What a partner may say of it."""
MESSAGES: tuple[Said[ToHub], ...] = (
    Said("triage.melding-aangeboden", from_hub=ReportPresented),
    Said("triage.melding-ter-kennis", from_hub=ReportNoted),
    Said("triage.melding-vastgelegd", ReportRecorded, passed_on=True),
    Said("triage.veiligheidsbeoordeling", SafetyAssessment),
    Said("triage.melding-losgemaakt", ReportDetached),
    Said("triage.onderzoeksuitkomst", ResearchOutcomeSaid),
    Said("triage.zaak-gesloten", CaseClosed, passed_on=True),
)
