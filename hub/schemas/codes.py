"""Closed code lists that are only carried, each with its source; the hub decides nothing by them.

The values are stable names of our own. The numeric codes of CBS change from version to version of the protocol and
are mapped where they are needed, by `VT_PROTOCOL`.
"""

from enum import StrEnum

VT_PROTOCOL = "BWBR0036096 bijlage A, geldend vanaf 20-03-2025"
"""Version of the Informatieprotocol Beleidsinformatie Veilig Thuis that the three lists below follow, and
`ReceivingParty` in `hub/canonical/codes.py`."""


class Reason(StrEnum):
    """Aanleiding (`VT_PROTOCOL`), more than one may apply."""

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
    """Aard (`VT_PROTOCOL`), more than one may apply."""

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


class Capacity(StrEnum):
    """Hoedanigheid of the reporter (`VT_PROTOCOL`): 15 professional, 7 not."""

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


class Sex(StrEnum):
    """Geslacht (`VT_PROTOCOL`)."""

    FEMALE = "vrouw"
    MALE = "man"
    UNKNOWN = "onbekend"


class PersonRole(StrEnum):
    """What a person is in the report; CBS does not tell victim from perpetrator, the chain does."""

    VICTIM = "vermoedelijk-slachtoffer"
    PERPETRATOR = "vermoedelijke-pleger"
    CHILD = "kind"
    DEPENDANT = "afhankelijke"
    AUTHORITY = "gezaghebbende"
    OTHER = "overig"


class CareReportKind(StrEnum):
    """Zorgmeldingsoort (after Gemeentelijk Gegevensmodel, Zorgmelding)."""

    DOMESTIC_VIOLENCE = "huiselijk-geweld"
    CHILD_ABUSE = "kindermishandeling"
    YOUTH_CONCERN = "zorg-jeugdige"
    ADULT_CONCERN = "zorg-volwassene"


class RiskLevel(StrEnum):
    """Score of one part of the RiHG (Besluit tijdelijk huisverbod, annex)."""

    HIGH = "hoog"
    MIDDLE = "midden"
    LOW = "laag"


class CriminalNoticeKind(StrEnum):
    """What the Public Prosecution Service tells (Aanwijzing huiselijk geweld, BWBR0027594)."""

    DECISION = "beslissing"
    SUSPENSION = "schorsing"
    RELEASE = "vrijlating"


class Decision(StrEnum):
    """The prosecutor's decision."""

    DISMISSAL = "sepot"
    SETTLEMENT = "om-afdoening"
    SUMMONS = "dagvaarding"


class ConditionKind(StrEnum):
    """Special conditions of a suspension, release or sentence."""

    NO_CONTACT = "contactverbod"
    AREA_BAN = "locatieverbod"
    AREA_ORDER = "locatiegebod"
    REPORTING = "meldplicht"
    ELECTRONIC_MONITORING = "elektronische-monitoring"
    TREATMENT = "behandelverplichting"
    ALCOHOL_DRUG_BAN = "middelenverbod"
    OTHER = "anders"


class BoardNoticeKind(StrEnum):
    """Notices of the Child Protection Board (Regeling justitiële keteninformatisering Jeugdwet, annex 1)."""

    INTAKE = "intake"
    OWN_MOTION = "ambtshalve-start"
    OUTCOME = "uitkomst"


class Measure(StrEnum):
    """Child protection measures (Burgerlijk Wetboek, book 1)."""

    SUPERVISION = "ondertoezichtstelling"
    PROVISIONAL_SUPERVISION = "voorlopige-ondertoezichtstelling"
    OUT_OF_HOME = "machtiging-uithuisplaatsing"
    END_OF_AUTHORITY = "gezagsbeeindiging"
    PROVISIONAL_GUARDIANSHIP = "voorlopige-voogdij"
    OTHER = "anders"


class ProtectionNoticeKind(StrEnum):
    """What a certified institution tells (Regeling justitiële keteninformatisering Jeugdwet, annex 1, nos. 7 and 9)."""

    MEASURE_STARTED = "start-maatregel"
    MEASURE_ENDED = "einde-maatregel"
    UNSAFETY = "onveiligheid"


class ProbationSignalKind(StrEnum):
    UNSAFETY = "onveiligheid"
    BREACH = "overtreding-voorwaarden"


class Seriousness(StrEnum):
    LIGHT = "licht"
    MODERATE = "matig"
    SERIOUS = "ernstig"


class ClosingReason(StrEnum):
    """Why Veilig Thuis closes a case."""

    NO_FOLLOW_UP = "geen-vervolg"
    COMPLETED = "vervolg-afgerond"
    MOVED_AWAY = "vertrokken-onbekend"
    DECEASED = "overleden"
    OTHER = "anders"


class GiverReason(StrEnum):
    """The reasons of `WithdrawalReason` that a giver may use; the others are the hub's."""

    BY_GIVER = "door-gever"
    SITUATION_CHANGED = "situatie-gewijzigd"


class DetachReason(StrEnum):
    """Why a report does not belong to the case it was joined to."""

    OTHER_PERSONS = "andere-personen"
    OTHER_MATTER = "andere-kwestie"


class HelpResult(StrEnum):
    """How help ended (after iJw list JZ588, reden beëindiging)."""

    AS_PLANNED = "volgens-plan"
    EARLY_BY_AGREEMENT = "voortijdig-in-overeenstemming"
    EARLY_BY_CLIENT = "voortijdig-door-client"
    EARLY_BY_PROVIDER = "voortijdig-door-aanbieder"
    CIRCUMSTANCES = "externe-omstandigheden"


class WantedInput(StrEnum):
    """What the chair of a joint table asks of the others: the parts of an `inbreng`."""

    SAFETY = "veiligheidsinformatie"
    MEASURES = "lopende-maatregelen"
    ADVICE = "advies"


class DeclineReason(StrEnum):
    """Why an invited party does not take part in a joint table."""

    NOT_INVOLVED = "niet-betrokken"
    NO_GROUND = "geen-grondslag"
    REPRESENTED = "vertegenwoordigd"
    CAPACITY = "capaciteit"


class SeatState(StrEnum):
    """How an invited party stands: its answer, or that it has none yet, or none in time."""

    KNOWN = "bekend"
    NOTHING_KNOWN = "niets-bekend"
    DECLINED = "neemt-niet-deel"
    WAITING = "wacht"
    MISSING = "ontbreekt"


class Found(StrEnum):
    """What a free text that may identify nobody held all the same."""

    BSN = "bsn"
    BIRTH_DATE = "geboortedatum"
    ADDRESS = "adres"
    PHONE = "telefoonnummer"
    EMAIL = "e-mailadres"


class OfferOrigin(StrEnum):
    """Where an offer comes from: a holder, a report that the triage turned into advice, or a holder that has ended."""

    HANDOVER = "overdracht"
    TURNED_INTO_ADVICE = "omgezet-in-advies"
    HOLDER_ENDED = "houder-beeindigd"


class HashOf(StrEnum):
    """What a refusal's hash is over: the signed payload, or the body that could not be opened."""

    PAYLOAD = "inhoud"
    BODY = "bericht"
