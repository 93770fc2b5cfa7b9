"""A person on the wire: by BSN, by SKN, by neither, or unborn; an acute message is never refused for want of one.

Who sees what below is the widest set; a message narrows it by who sees its list of persons. A reporter sees persons
only in the dossier of a handover that it took over. The numbers are for some people only: a ground about juveniles
covers no parent, and a number of the criminal chain is a suspect's (`concerned.py` says as what somebody counts).
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from hub.canonical.partners import Role
from hub.schemas.base import Coded, Opt, Wire, broken
from hub.schemas.codes import Capacity, PersonRole, Sex
from hub.schemas.disclosure import TRIAGE, Tells, seen
from hub.schemas.rules import Rule, Ruled
from hub.schemas.texts import (
    BSN_UNBORN,
    BSN_UNKNOWN,
    Addition,
    Bsn,
    FreeText,
    FullDate,
    Line,
    Name,
    PartialDate,
    Phone,
    Postcode,
    Skn,
)

BSN_OF_VT = seen("Wmo 2015 art. 5.2.9: Veilig Thuis gebruikt het BSN", Role.VEILIG_THUIS)
BSN_OF_YOUTH = seen(
    "Jeugdwet art. 7.2.1: BSN van de jeugdige",
    Role.CHILD_PROTECTION,
    Role.LOCAL_TEAM,
    Role.CERTIFIED_INSTITUTION,
    of=frozenset({PersonRole.CHILD}),
)
CRIMINAL_NUMBER = seen(
    "Wetboek van Strafvordering art. 27b: strafrechtsketennummer van de verdachte, binnen de strafrechtketen",
    Role.POLICE,
    Role.PROSECUTION,
    Role.PROBATION,
    Role.CHILD_PROTECTION,
    of=frozenset({PersonRole.PERPETRATOR}),
)
WHO = seen(
    "Jeugdwet art. 7.2.4 en Wmo 2015: identificatie door wie het bericht mag ontvangen",
    Role.REPORTER,
    Role.VEILIG_THUIS,
    Role.CHILD_PROTECTION,
    Role.POLICE,
    Role.PROSECUTION,
    Role.PROBATION,
    Role.LOCAL_TEAM,
    Role.CERTIFIED_INSTITUTION,
)
WHERE = seen(
    "Adres waar de taak het vraagt: Wmo 2015 art. 5.2.6, Wpg art. 19, Jeugdwet art. 7.2.4",
    Role.REPORTER,
    Role.VEILIG_THUIS,
    Role.CHILD_PROTECTION,
    Role.POLICE,
    Role.LOCAL_TEAM,
    Role.CERTIFIED_INSTITUTION,
)
SHIELDED = seen("Afgeschermd adres: alleen wie direct moet kunnen ingrijpen", Role.VEILIG_THUIS, Role.POLICE)
CARE = seen(
    "Zorg voor de betrokkene: Wmo 2015 art. 4.1.1 en Jeugdwet art. 3.1",
    Role.REPORTER,
    Role.VEILIG_THUIS,
    Role.CHILD_PROTECTION,
    Role.LOCAL_TEAM,
    Role.CERTIFIED_INSTITUTION,
)


class PersonName(Wire):
    """As far as it is known."""

    initials: Annotated[Opt[Name], WHO] = Field(None, alias="voorletters")
    first_names: Annotated[Opt[Name], WHO] = Field(None, alias="voornamen")
    prefix: Annotated[Opt[Name], WHO] = Field(None, alias="voorvoegsel")
    surname: Annotated[Opt[Name], WHO] = Field(None, alias="achternaam")


class Address(Ruled):
    """Postcode and house number, or where else somebody is found."""

    rules = (Rule("omschrijving", else_needs=("postcode", "huisnummer")),)

    postcode: Annotated[Opt[Postcode], WHERE, SHIELDED] = Field(None, alias="postcode")
    house_number: Annotated[Opt[Annotated[int, Field(ge=1, le=99_999)]], WHERE, SHIELDED] = Field(
        None, alias="huisnummer"
    )
    addition: Annotated[Opt[Addition], WHERE, SHIELDED] = Field(None, alias="toevoeging")
    elsewhere: Annotated[Opt[Line], WHERE, SHIELDED] = Field(None, alias="omschrijving")


class Unborn(Wire):
    """An unborn child: its mother, and when it is expected."""

    # The mother's own number: no ground about the child covers it.
    mother_bsn: Annotated[Opt[Bsn], BSN_OF_VT] = Field(None, alias="bsnMoeder")
    mother: Annotated[Opt[PersonName], WHO] = Field(None, alias="naamMoeder")
    expected: Annotated[Opt[PartialDate], CARE] = Field(None, alias="verwachteDatum")


class Informing(Ruled):
    """Whether the person knows of this message, and if not, why (Gemeentelijk Gegevensmodel, Informering)."""

    rules = (Rule("geinformeerd", (False,), needs=("reden",)),)

    informed: Annotated[bool, CARE] = Field(alias="geinformeerd")
    reason: Annotated[Opt[FreeText], CARE] = Field(None, alias="reden")
    on: Annotated[Opt[FullDate], CARE] = Field(None, alias="datum")
    reaction: Annotated[Opt[FreeText], CARE] = Field(None, alias="reactie")


class Person(Ruled):
    """One person concerned. An address that is shielded stands in its own field, which fewer may see."""

    rules = (
        Rule("bsn", (BSN_UNBORN,), needs=("ongeboren",)),
        Rule("ongeboren", forbids=("geboortedatum",)),
        Rule("adres", forbids=("adresAfgeschermd",)),
    )

    role: Annotated[Coded[PersonRole], WHO, Tells.ROLE] = Field(alias="rol")
    sex: Annotated[Coded[Sex], WHO] = Field(alias="geslacht")
    bsn: Annotated[Opt[Bsn], BSN_OF_VT, BSN_OF_YOUTH] = Field(None, alias="bsn")
    skn: Annotated[Opt[Skn], CRIMINAL_NUMBER] = Field(None, alias="skn")
    name: Annotated[Opt[PersonName], WHO] = Field(None, alias="naam")
    born: Annotated[Opt[PartialDate], WHO, Tells.BIRTH] = Field(None, alias="geboortedatum")
    unborn: Annotated[Opt[Unborn], CARE] = Field(None, alias="ongeboren")
    address: Annotated[Opt[Address], WHERE] = Field(None, alias="adres")
    shielded_address: Annotated[Opt[Address], SHIELDED] = Field(None, alias="adresAfgeschermd")
    phone: Annotated[Opt[Phone], CARE] = Field(None, alias="telefoon")
    informing: Annotated[Opt[Informing], CARE] = Field(None, alias="informering")

    @model_validator(mode="after")
    def _no_number_before_birth(self) -> Self:
        if self.unborn is not None and self.bsn not in (None, BSN_UNBORN, BSN_UNKNOWN):
            raise broken("An unborn child has no BSN of its own.", at="bsn")
        return self


class Anonymity(Wire):
    """The reporter stays unknown to the family, on a ground (Uitvoeringsbesluit Wmo 2015 art. 4.1.8 lid 3)."""

    ground: Annotated[FreeText, TRIAGE] = Field(alias="grond")


class Reporter(Wire):
    """Who reports, and how the triage reaches him now."""

    function: Annotated[Line, TRIAGE] = Field(alias="functie")
    name: Annotated[Opt[Name], TRIAGE] = Field(None, alias="naam")
    phone: Annotated[Phone, TRIAGE] = Field(alias="telefoon")
    capacity: Annotated[Coded[Capacity], TRIAGE] = Field(alias="hoedanigheid")
    anonymous: Annotated[Opt[Anonymity], TRIAGE] = Field(None, alias="anoniemVoorGezin")
