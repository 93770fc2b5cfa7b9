"""The messages of W1 as pydantic models: the same fields, bounds and rules as the contract's."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

UNKNOWN, UNBORN = "000000000", "999999999"
_LINE = r"^[^\x00-\x1F\x7F]*[^\x00-\x20\x7F][^\x00-\x1F\x7F]*$"
_LINES = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F]*[^\x00-\x20\x7F][^\x00-\x08\x0B\x0C\x0E-\x1F\x7F]*$"
_OIN = "000000(0[1-46-9]|10|99)[0-9]{12}"


def _eleven_test(bsn: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), bsn, strict=True))
    if bsn not in (UNKNOWN, UNBORN) and total % 11:
        raise ValueError("fails the eleven test")
    return bsn


def _each_once(items: list[Any]) -> list[Any]:
    if len(set(items)) != len(items):
        raise ValueError("each item at most once")
    return items


Line = Annotated[str, Field(pattern=_LINE, max_length=200)]
FreeText = Annotated[str, Field(pattern=_LINES, max_length=10_000)]
Phone = Annotated[str, Field(pattern="^[+]?[0-9][0-9 ()-]{4,19}$", max_length=21)]
PartialDate = Annotated[
    str, Field(pattern="^(18|19|20|21)[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$", max_length=10)
]
Bsn = Annotated[str, Field(pattern="^[0-9]{9}$"), AfterValidator(_eleven_test)]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class PersonRole(StrEnum):
    VICTIM = "vermoedelijk-slachtoffer"
    PERPETRATOR = "vermoedelijke-pleger"
    CHILD = "kind"
    DEPENDANT = "afhankelijke"
    AUTHORITY = "gezaghebbende"
    OTHER = "overig"


class Sex(StrEnum):
    FEMALE = "vrouw"
    MALE = "man"
    UNKNOWN = "onbekend"


class Capacity(StrEnum):
    GENERAL_PRACTITIONER = "huisarts"
    PAEDIATRICIAN = "kinderarts"
    GERIATRICIAN = "geriater"
    MENTAL_HEALTH = "ggz"
    HEALTH_OTHER = "gezondheidszorg-anders"
    PRIMARY_SCHOOL = "basisonderwijs"
    SECONDARY_SCHOOL = "voortgezet-onderwijs"
    EDUCATION_OTHER = "onderwijs-anders"
    LOCAL_FIELD = "lokaal-veld"
    CERTIFIED_INSTITUTION = "gecertificeerde-instelling"
    YOUTH_CARE_OTHER = "jeugdzorg-anders"
    CHILD_CARE = "kinderopvang"
    POLICE = "politie"
    JUSTICE = "justitie"
    PROFESSIONAL_OTHER = "beroepsmatig-anders"
    JUVENILE_CONCERNED = "betrokken-jeugdige"
    ADULT_CONCERNED = "betrokken-volwassene"
    FAMILY = "familielid"
    NETWORK = "sociaal-netwerk"
    NEIGHBOUR = "buurtbewoner"
    VOLUNTEER = "vrijwilliger"
    OTHER = "anders"


class CareReportKind(StrEnum):
    DOMESTIC_VIOLENCE = "huiselijk-geweld"
    CHILD_ABUSE = "kindermishandeling"
    YOUTH_CONCERN = "zorg-jeugdige"
    ADULT_CONCERN = "zorg-volwassene"


class Reason(StrEnum):
    PARTNER_VIOLENCE = "ex-partnergeweld"
    HONOUR = "eergerelateerd-geweld"
    ELDER_ABUSE = "ouderenmishandeling-ontspoorde-zorg"
    PARENT_ABUSE = "geweld-tegen-ouders-door-kinderen"
    FORCED_MARRIAGE = "huwelijksdwang-achterlating"
    CHILD_CHECK = "kindermishandeling-kindcheck"
    CUSTODY_BATTLE = "kindermishandeling-vechtscheiding"
    CHILD_ABUSE_OTHER = "kindermishandeling-anders"
    DOMESTIC_VIOLENCE_OTHER = "huiselijk-geweld-anders"
    OTHER = "andere-problematiek"


class Kind(StrEnum):
    PHYSICAL_ABUSE = "lichamelijke-mishandeling"
    PHYSICAL_NEGLECT = "lichamelijke-verwaarlozing"
    PSYCHOLOGICAL = "psychisch-geweld"
    EMOTIONAL_NEGLECT = "affectieve-verwaarlozing"
    PEDAGOGICAL_NEGLECT = "pedagogische-verwaarlozing"
    SEXUAL_ABUSE = "seksueel-misbruik"
    FINANCIAL = "financiele-uitbuiting"
    WITNESS = "getuige-van-geweld-in-gezin"
    MUNCHHAUSEN = "munchhausen-by-proxy"
    GENITAL_MUTILATION = "vrouwelijke-genitale-verminking"
    OTHER_UNSAFE = "anders-onveilig"
    OTHER_SAFE = "anders-niet-onveilig"


class Name(Model):
    voorletters: Line | None = None
    voornamen: Line | None = None
    voorvoegsel: Line | None = None
    achternaam: Line | None = None


class Address(Model):
    postcode: Annotated[str, Field(pattern="^[1-9][0-9]{3}[A-Z]{2}$")] | None = None
    huisnummer: Annotated[int, Field(ge=1, le=99_999)] | None = None
    toevoeging: Annotated[str, Field(pattern="^[A-Za-z0-9 -]+$", max_length=6)] | None = None
    omschrijving: Line | None = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.omschrijving is None and (self.postcode is None or self.huisnummer is None):
            raise ValueError("postcode and house number, or a description")
        return self


class Unborn(Model):
    bsn_moeder: Annotated[Bsn | None, Field(alias="bsnMoeder")] = None
    naam_moeder: Annotated[Name | None, Field(alias="naamMoeder")] = None
    verwachte_datum: Annotated[PartialDate | None, Field(alias="verwachteDatum")] = None


class Informing(Model):
    geinformeerd: bool
    reden: FreeText | None = None
    datum: date | None = None
    reactie: FreeText | None = None

    @model_validator(mode="after")
    def _why_not(self) -> Self:
        if not self.geinformeerd and self.reden is None:
            raise ValueError("a reason is needed")
        return self


class Person(Model):
    rol: PersonRole
    geslacht: Sex
    bsn: Bsn | None = None
    skn: Annotated[str, Field(pattern="^[0-9]{7,15}$")] | None = None
    naam: Name | None = None
    geboortedatum: PartialDate | None = None
    ongeboren: Unborn | None = None
    adres: Address | None = None
    adres_afgeschermd: Annotated[Address | None, Field(alias="adresAfgeschermd")] = None
    telefoon: Phone | None = None
    informering: Informing | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.bsn == UNBORN and self.ongeboren is None:
            raise ValueError("unborn: say when it is expected")
        if self.ongeboren is not None and (self.geboortedatum is not None or self.bsn not in (None, UNBORN, UNKNOWN)):
            raise ValueError("an unborn child has no date of birth and no number")
        if self.adres is not None and self.adres_afgeschermd is not None:
            raise ValueError("one address")
        return self


class Danger(Model):
    gevaar: FreeText
    genomen_actie: Annotated[FreeText | None, Field(alias="genomenActie")] = None
    gevraagde_actie: Annotated[FreeText | None, Field(alias="gevraagdeActie")] = None
    terugbelnummer: Phone
    gebeld_op: Annotated[AwareDatetime | None, Field(alias="gebeldOp")] = None
    gesproken_met: Annotated[Line | None, Field(alias="gesprokenMet")] = None


class Anonymity(Model):
    grond: FreeText


class Reporter(Model):
    functie: Line
    naam: Line | None = None
    telefoon: Phone
    hoedanigheid: Capacity
    anoniem_voor_gezin: Annotated[Anonymity | None, Field(alias="anoniemVoorGezin")] = None


class Professional(Model):
    organisatie: Line
    functie: Line | None = None
    telefoon: Phone | None = None


class CareReport(Model):
    kenmerk: Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9./-]*$", max_length=40)] | None = None
    gemeente: Annotated[str, Field(pattern="^GM[0-9]{4}$")] | None = None
    minderjarigen_betrokken: Annotated[bool, Field(alias="minderjarigenBetrokken")]
    betrokkenen: Annotated[list[Person], Field(min_length=1, max_length=30)]
    omschrijving: FreeText
    aanleiding: Annotated[list[Reason], Field(min_length=1, max_length=10), AfterValidator(_each_once)] | None = None
    aard: Annotated[list[Kind], Field(min_length=1, max_length=12), AfterValidator(_each_once)] | None = None
    direct_gevaar: Annotated[Danger | None, Field(alias="directGevaar")] = None
    melder: Reporter | None = None
    soort: CareReportKind
    voorval_op: Annotated[AwareDatetime, Field(alias="voorvalOp")]
    plaats: Line | None = None
    zorgschets: FreeText | None = None
    betrokken_professionals: Annotated[
        list[Professional] | None, Field(alias="betrokkenProfessionals", min_length=1, max_length=10)
    ] = None
    terugkoppeling_gewenst: Annotated[bool, Field(alias="terugkoppelingGewenst")]


class Event(Model):
    """The CloudEvent around a report."""

    specversion: Literal["1.0"]
    id: UUID
    source: Annotated[str, Field(pattern=f"^urn:nld:oin:{_OIN}:systeem:[A-Za-z0-9._-]{{1,64}}$", max_length=120)]
    recipient: Annotated[str, Field(pattern=f"^urn:nld:oin:{_OIN}$", max_length=40)]
    type: Literal["nl.ketenhub.meldingen.zorgmelding.v1"]
    time: AwareDatetime
    expirytime: AwareDatetime
    datacontenttype: Literal["application/json"]
    dataschema: Annotated[str, Field(max_length=120)]
    urgentie: Literal["regulier", "acuut"]
    data: CareReport

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if not self.time < self.expirytime:
            raise ValueError("lapses before it is sent")
        return self


class Receipt(Model):
    bericht: UUID
    sha256: str
    ontvangen_op: Annotated[datetime, Field(alias="ontvangenOp")]
