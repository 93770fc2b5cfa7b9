"""The radar: who else reported on the same people, that they were in touch, and a report taken out again.

After the Verwijsindex (Jeugdwet par. 7.1): who and how to reach them, never what.
"""

from typing import Annotated

from pydantic import Field

from hub.canonical.codes import MatchGround, RadarWithdrawal, Trait
from hub.schemas.base import Coded, Many, Opt, Wire
from hub.schemas.disclosure import EVERYONE, NO_PERSON, TRIAGE, Seen
from hub.schemas.message import OnCase, Said
from hub.schemas.texts import FullDate, Id, OinNumber, Phone

WHO_ELSE = Seen(EVERYONE, "Wmo 2015 art. 4.1.1, naar Jeugdwet par. 7.1: wie op dezelfde mensen meldde, nooit wat")


class RadarHit(Wire):
    """A report beside this one: who made it, how to reach that desk, and what links the two, never what it says.

    `referentie` is that reporter's own reference: the number of its report. Where `zelfdePersoon` is false it is not
    necessarily the same person: only a number of its own that a person has in both reports can say so. `tegenspraak`:
    in what both reports speak of two people under one number.
    """

    organisation: Annotated[OinNumber, WHO_ELSE] = Field(alias="organisatie")
    reference: Annotated[Id, WHO_ELSE] = Field(alias="referentie")
    phone: Annotated[Opt[Phone], WHO_ELSE] = Field(None, alias="telefoon")
    grounds: Annotated[tuple[Coded[MatchGround], ...], Many(1, 5, unique=True), WHO_ELSE] = Field(alias="gronden")
    same_person: Annotated[bool, WHO_ELSE] = Field(alias="zelfdePersoon")
    contradicts: Annotated[Opt[Annotated[tuple[Coded[Trait], ...], Many(1, 2, unique=True)]], TRIAGE] = Field(
        None, alias="tegenspraak"
    )


class CoincidenceSaid(OnCase):
    """Samenloop: others reported on the same people; contact between them is awaited.

    `melding`: the report of this case, or of this reporter, that the others stand beside.
    """

    coincidence: Annotated[Id, NO_PERSON] = Field(alias="samenloop")
    report: Annotated[Opt[Id], NO_PERSON] = Field(None, alias="melding")
    reports: Annotated[tuple[RadarHit, ...], Many(1, 50), WHO_ELSE] = Field(alias="meldingen")


class ContactMade(Wire):
    """Contact gelegd: whoever was told of a coincidence has spoken with the others."""

    coincidence: Annotated[Id, NO_PERSON] = Field(alias="samenloop")
    on: Annotated[FullDate, NO_PERSON] = Field(alias="op")


class RadarWithdrawn(Wire):
    """Intrekking: a reporter takes its own report out of the radar (after Jeugdwet art. 7.1.4.5)."""

    report: Annotated[Id, NO_PERSON] = Field(alias="melding")
    reason: Annotated[Coded[RadarWithdrawal], NO_PERSON] = Field(alias="reden")


ToHub = ContactMade | RadarWithdrawn
"""What a partner may say of it."""
MESSAGES: tuple[Said[ToHub], ...] = (
    Said("radar.samenloop", from_hub=CoincidenceSaid),
    Said("radar.contact-gelegd", ContactMade),
    Said("radar.intrekking", RadarWithdrawn),
)
