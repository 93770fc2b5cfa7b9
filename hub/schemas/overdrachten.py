"""The handover of sight on safety: offered in the minimum, accepted by a signed yes, then the full part.

After eOverdracht (Nictiz): access follows status. The four blocks of text are SBAR.
"""

from typing import Annotated

from pydantic import Field

from hub.canonical.codes import Arrangement, MoreReason, ReceivingParty, RefusalReason, WithdrawalReason
from hub.schemas.base import Coded, Many, Opt, Wire
from hub.schemas.codes import GiverReason, HelpResult, Kind, OfferOrigin, Reason
from hub.schemas.disclosure import EVERYONE, NO_PERSON, TRIAGE, Seen
from hub.schemas.message import OnCase, PassedOn, Said
from hub.schemas.persons import Person
from hub.schemas.rules import Ruled, exactly_when
from hub.schemas.texts import FreeText, FullDate, Id, Line, Moment, Municipality, OinNumber, Sha256

RECEIVER = Seen(EVERYONE, "Wmo 2015 art. 4.1.1 lid 2 onder d en e: wie het vervolg op zich heeft genomen")
PARTIES = Seen(EVERYONE, "Wmo 2015 art. 4.1.1 lid 2: partijen bij de overdracht")


class Minimal(Wire):
    """What a candidate needs to decide: codes and counts, nothing that identifies, no free text."""

    municipality: Annotated[Opt[Municipality], NO_PERSON] = Field(None, alias="gemeente")
    reasons: Annotated[tuple[Coded[Reason], ...], Many(1, 10, unique=True), NO_PERSON] = Field(alias="aanleiding")
    kinds: Annotated[Opt[Annotated[tuple[Coded[Kind], ...], Many(1, 12, unique=True)]], NO_PERSON] = Field(
        None, alias="aard"
    )
    adults: Annotated[Annotated[int, Field(ge=0, le=99)], NO_PERSON] = Field(alias="aantalVolwassenen")
    minors: Annotated[Annotated[int, Field(ge=0, le=99)], NO_PERSON] = Field(alias="aantalMinderjarigen")
    acute_unsafety: Annotated[bool, NO_PERSON] = Field(alias="acuteOnveiligheid")
    structural_unsafety: Annotated[bool, NO_PERSON] = Field(alias="structureleOnveiligheid")


class SafetyCondition(Wire):
    """A safety condition: what, and who watches it until when."""

    what: Annotated[FreeText, RECEIVER] = Field(alias="voorwaarde")
    watched_by: Annotated[Line, RECEIVER] = Field(alias="bewaaktDoor")
    until: Annotated[Opt[FullDate], RECEIVER] = Field(None, alias="tot")


class Monitoring(Wire):
    """Who asks how it goes, and when first."""

    by: Annotated[Line, RECEIVER] = Field(alias="door")
    first_on: Annotated[FullDate, RECEIVER] = Field(alias="eersteOp")


class FullPart(Wire):
    """The full part of an offer, held by the hub until somebody has said yes."""

    situation: Annotated[FreeText, RECEIVER] = Field(alias="situatie")
    background: Annotated[FreeText, RECEIVER] = Field(alias="achtergrond")
    assessment: Annotated[FreeText, RECEIVER] = Field(alias="beoordeling")
    recommendation: Annotated[FreeText, RECEIVER] = Field(alias="aanbeveling")
    persons: Annotated[tuple[Person, ...], Many(1, 30), RECEIVER] = Field(alias="betrokkenen")
    conditions: Annotated[Opt[Annotated[tuple[SafetyCondition, ...], Many(1, 20)]], RECEIVER] = Field(
        None, alias="veiligheidsvoorwaarden"
    )
    monitoring: Annotated[Opt[Monitoring], RECEIVER] = Field(None, alias="monitoring")
    decided_on: Annotated[Opt[FullDate], RECEIVER] = Field(None, alias="besluitOp")


class Offer(Wire):
    """Aanbod: the holder offers; it holds until a candidate has accepted."""

    handover: Annotated[Id, NO_PERSON] = Field(alias="overdracht")
    # Who else was asked is the giver's business.
    candidates: Annotated[tuple[OinNumber, ...], Many(1, 10, unique=True)] = Field(alias="kandidaten")
    kind: Annotated[Coded[ReceivingParty], NO_PERSON] = Field(alias="soort")
    minimal: Annotated[Minimal, NO_PERSON] = Field(alias="minimaal")
    full: Annotated[FullPart, RECEIVER] = Field(alias="volledig")
    answer_by: Annotated[Opt[Moment], NO_PERSON] = Field(None, alias="antwoordVoor")
    # Said to the hub, of an acute offer; no candidate needs it.
    full_elsewhere: Opt[bool] = Field(None, alias="volledigBuitenRegio")


class OfferMade(OnCase):
    """Aanbod as a candidate gets it; `minimaal` and `soort` are there if `herkomst` is `overdracht`."""

    handover: Annotated[Id, NO_PERSON] = Field(alias="overdracht")
    origin: Annotated[Coded[OfferOrigin], NO_PERSON] = Field(alias="herkomst")
    giver: Annotated[OinNumber, NO_PERSON] = Field(alias="gever")
    kind: Annotated[Opt[Coded[ReceivingParty]], NO_PERSON] = Field(None, alias="soort")
    minimal: Annotated[Opt[Minimal], NO_PERSON] = Field(None, alias="minimaal")
    answer_by: Annotated[Moment, NO_PERSON] = Field(alias="antwoordVoor")


class MoreAsked(Wire):
    """Aanvulling gevraagd: a candidate asks for more before it answers."""

    handover: Annotated[Id, NO_PERSON] = Field(alias="overdracht")
    question: Annotated[FreeText, PARTIES] = Field(alias="vraag")


class MoreWanted(PassedOn, Ruled):
    """Aanvulling gevraagd, as the giver hears it: a candidate's question (`van`), or a full part that has lapsed."""

    rules = (exactly_when("reden", MoreReason.QUESTION, "vraag"),)

    handover: Annotated[Id, NO_PERSON] = Field(alias="overdracht")
    reason: Annotated[Coded[MoreReason], NO_PERSON] = Field(alias="reden")
    question: Annotated[Opt[FreeText], PARTIES] = Field(None, alias="vraag")


class MoreGiven(Wire):
    """Aanvulling gegeven: every open candidate gets the answer, so nothing in it identifies.

    What does identify belongs in `volledig`, which takes the place of the full part that the hub holds.
    """

    handover: Annotated[Id, NO_PERSON] = Field(alias="overdracht")
    answer: Annotated[FreeText, PARTIES] = Field(alias="antwoord")
    minimal: Annotated[Opt[Minimal], NO_PERSON] = Field(None, alias="minimaal")
    full: Annotated[Opt[FullPart], RECEIVER] = Field(None, alias="volledig")


class OfferSupplemented(OnCase):
    """Aanvulling gegeven, as a candidate gets it: from here a yes names the hash of this message."""

    handover: Annotated[Id, NO_PERSON] = Field(alias="overdracht")
    giver: Annotated[OinNumber, NO_PERSON] = Field(alias="gever")
    answer: Annotated[FreeText, PARTIES] = Field(alias="antwoord")
    minimal: Annotated[Opt[Minimal], NO_PERSON] = Field(None, alias="minimaal")
    answer_by: Annotated[Moment, NO_PERSON] = Field(alias="antwoordVoor")


class Acceptance(Wire):
    """Aanvaard: the signed yes, by a function, to the offer with this hash; the receiver holds from the commit."""

    handover: Annotated[Id, NO_PERSON] = Field(alias="overdracht")
    function: Annotated[Line, PARTIES] = Field(alias="functie")
    offer_hash: Annotated[Sha256, NO_PERSON] = Field(alias="aanbodHash")


class Dossier(OnCase):
    """Dossier: the full part, after acceptance, or at once when acute."""

    handover: Annotated[Id, NO_PERSON] = Field(alias="overdracht")
    full: Annotated[FullPart, RECEIVER] = Field(alias="volledig")


class Refusal(Wire):
    """Geweigerd: the giver holds on; a code, and perhaps who else."""

    handover: Annotated[Id, NO_PERSON] = Field(alias="overdracht")
    reason: Annotated[Coded[RefusalReason], PARTIES] = Field(alias="code")
    onward_to: Annotated[Opt[OinNumber], PARTIES] = Field(None, alias="doorverwijzing")
    explanation: Annotated[Opt[FreeText], PARTIES] = Field(None, alias="toelichting")


class Withdrawal(Wire):
    """Ingetrokken, by the giver."""

    handover: Annotated[Id, NO_PERSON] = Field(alias="overdracht")
    reason: Annotated[Coded[GiverReason], PARTIES] = Field(alias="reden")


class Withdrawn(PassedOn):
    """Ingetrokken, as a candidate hears it: from the giver or from the hub."""

    handover: Annotated[Id, NO_PERSON] = Field(alias="overdracht")
    reason: Annotated[Coded[WithdrawalReason], PARTIES] = Field(alias="reden")


class HelpStarted(Wire):
    """Hulp gestart: a moment of its own, after the decision and after the yes."""

    handover: Annotated[Id, NO_PERSON] = Field(alias="overdracht")
    started_on: Annotated[FullDate, PARTIES] = Field(alias="gestartOp")
    explanation: Annotated[Opt[FreeText], PARTIES] = Field(None, alias="toelichting")


class Completed(Wire):
    """Afgerond: what was taken over is done; the receiver holds until Veilig Thuis closes the case."""

    handover: Annotated[Id, NO_PERSON] = Field(alias="overdracht")
    completed_on: Annotated[FullDate, PARTIES] = Field(alias="afgerondOp")
    result: Annotated[Opt[Coded[HelpResult]], PARTIES] = Field(None, alias="resultaat")
    explanation: Annotated[Opt[FreeText], PARTIES] = Field(None, alias="toelichting")


class Placed(Wire):
    """Belegd: with those who have no system to say yes; a worker of Veilig Thuis records it, and it goes on holding."""

    arrangement: Annotated[Coded[Arrangement], TRIAGE] = Field(alias="met")
    function: Annotated[Line, TRIAGE] = Field(alias="functie")
    on: Annotated[FullDate, TRIAGE] = Field(alias="op")
    watched_by: Annotated[Opt[Line], TRIAGE] = Field(None, alias="bewaaktDoor")


ToHub = Offer | MoreAsked | MoreGiven | Acceptance | Refusal | Withdrawal | HelpStarted | Completed | Placed
"""What a partner may say of it."""
MESSAGES: tuple[Said[ToHub], ...] = (
    Said("overdrachten.aanbod", Offer, OfferMade),
    Said("overdrachten.aanvulling-gevraagd", MoreAsked, MoreWanted),
    Said("overdrachten.aanvulling-gegeven", MoreGiven, OfferSupplemented),
    Said("overdrachten.aanvaard", Acceptance, passed_on=True),
    Said("overdrachten.dossier", from_hub=Dossier),
    Said("overdrachten.geweigerd", Refusal, passed_on=True),
    Said("overdrachten.ingetrokken", Withdrawal, Withdrawn),
    Said("overdrachten.hulp-gestart", HelpStarted, passed_on=True),
    Said("overdrachten.afgerond", Completed, passed_on=True),
    Said("overdrachten.belegd", Placed),
)
