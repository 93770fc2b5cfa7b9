"""Closed code lists the hub decides by. Values are the wire's Dutch words.

Lists that are only carried (reasons, kinds of violence, kinds of reporter) stand in `hub/schemas/codes.py`.
"""

from enum import StrEnum


class Lane(StrEnum):
    """`urgentie`: an acute message has its own queues, worker and order of publishing (P6)."""

    ACUTE = "acuut"
    ROUTINE = "regulier"


class Outcome(StrEnum):
    """Outcome of a safety assessment (Informatieprotocol Veilig Thuis, BWBR0036096 annex A, triage outcome)."""

    RESEARCH = "onderzoek"
    HANDOVER = "overdracht"
    TURNED_INTO_ADVICE = "omgezet-in-advies"
    NO_FOLLOW_UP = "geen-vervolg"


class ReceivingParty(StrEnum):
    """Ontvangende partij (the same protocol), also as what a candidate is to take over: `soort` of an offer.

    Probation has no value of its own in it. The last value is not in the protocol's list: another Veilig Thuis, when a
    family moves to its region, or the triage, when a holder gives back.
    """

    LOCAL_FIELD = "lokaal-veld"
    CLIENT_SYSTEM = "clientsysteem"
    CHILD_PROTECTION = "rvdk"
    POLICE_OR_PROSECUTION = "politie-of-om"
    YOUTH_HELP = "jeugdhulpaanbieder"
    CERTIFIED_INSTITUTION = "gecertificeerde-instelling"
    WOMENS_SHELTER = "vrouwenopvang"
    SHELTER = "maatschappelijke-opvang"
    YOUTH_MENTAL_HEALTH = "jeugd-ggz"
    ADULT_MENTAL_HEALTH = "volwassenen-ggz"
    HOME_CARE = "thuiszorg"
    ADDICTION_CARE = "verslavingszorg"
    GENERAL_PRACTICE = "poh-huisarts"
    OUTPATIENT_ADULTS = "ambulante-hulp-volwassenen"
    HELP_PRESENT = "hulp-al-aanwezig"
    RESTRAINING_ORDER = "bovenwettelijke-taak"
    OTHER = "anders"
    VEILIG_THUIS = "veilig-thuis"


class RefusalReason(StrEnum):
    """Why a receiver does not take a handover (after iWmo/iJw list WJ759 and eOverdracht practice)."""

    CAPACITY = "capaciteit"
    NOT_COMPETENT = "niet-bevoegd"
    WRONG_ADDRESSEE = "verkeerde-geadresseerde"
    TOO_LITTLE_INFORMATION = "te-weinig-informatie"
    ALREADY_CLOSED = "al-afgesloten"
    SAFETY = "veiligheid-onvoldoende"


class WithdrawalReason(StrEnum):
    """Why an offer is withdrawn; the hub itself says the last three."""

    BY_GIVER = "door-gever"
    SITUATION_CHANGED = "situatie-gewijzigd"
    ACCEPTED_ELSEWHERE = "elders-aanvaard"
    CASE_CLOSED = "zaak-gesloten"
    REPORT_DETACHED = "melding-losgemaakt"


class Change(StrEnum):
    """`wijziging` of `zaken.wijziging`: what became of a thing that somebody takes part in."""

    MOVED = "verplaatst"
    ENDED = "vervallen"


class Result(StrEnum):
    """`resultaat` of `verwerking.verwerkt`: only `opgeslagen` is confirmed delivery."""

    STORED = "opgeslagen"
    CANNOT_OPEN = "niet-te-openen"
    CANNOT_READ = "niet-te-lezen"
    CANNOT_STORE = "niet-op-te-slaan"


class Remark(StrEnum):
    """`opmerkingen` of a receipt: what of the message the hub did not take as it was said, and accepted all the same.

    Each follows from the message and from what its sender may know: it says nothing of what else the hub has.
    """

    REFERENCE_UNKNOWN = "verwijzing-onbekend"
    REGION_ASSUMED = "regio-aangenomen"
    MOMENT_SHORTENED = "moment-ingekort"


class NoteReason(StrEnum):
    """Why somebody hears of a report that is another desk's to act on (`triage.melding-ter-kennis`)."""

    HOLDS = "houder"
    REGION_NAMED = "regio-genoemd"
    REGION_LEFT = "regio-verlaten"
    REGION_TAKEN = "regio-overgenomen"


class HubKeyStanding(StrEnum):
    """`toestand` of `verwerking.hubsleutel`: whether a key of the hub counts; what has ended never comes back."""

    IN_USE = "in-gebruik"
    ENDED = "vervallen"


class TermUnit(StrEnum):
    MINUTES = "minuten"
    HOURS = "uren"
    DAYS = "dagen"
    WORKING_DAYS = "werkdagen"
    WEEKS = "weken"
    MONTHS = "maanden"


class ResearchOutcome(StrEnum):
    """Outcome of research by Veilig Thuis; more than one may apply (Informatieprotocol, research outcome)."""

    NO_DOMESTIC_VIOLENCE = "geen-hg"
    DOMESTIC_VIOLENCE_UNCONFIRMED = "hg-niet-bevestigd"
    DOMESTIC_VIOLENCE_CONFIRMED = "hg-bevestigd"
    NO_CHILD_ABUSE = "geen-km"
    CHILD_ABUSE_UNCONFIRMED = "km-niet-bevestigd"
    CHILD_ABUSE_CONFIRMED = "km-bevestigd"
    LEFT_UNKNOWN = "voortijdig-vertrokken-onbekend"
    MOVED = "voortijdig-verhuisd"
    DECEASED = "voortijdig-overleden"


class Arrangement(StrEnum):
    """With whom the follow-up is placed where no system can say yes: a worker of VT records it (`belegd`)."""

    CLIENT_SYSTEM = "clientsysteem"
    HELP_PRESENT = "hulp-al-aanwezig"


class FeedbackStep(StrEnum):
    """Which step a reporter hears of (`terugkoppelingen.stappen`)."""

    ASSESSED = "beoordeeld"
    RESEARCHED = "onderzocht"


class MoreReason(StrEnum):
    """Why more is asked of the giver; the hub itself says the last one."""

    QUESTION = "vraag"
    FULL_PART_LAPSED = "volledig-deel-vervallen"


class TableKind(StrEnum):
    """Which joint table: the action-oriented meeting, or MDA++ for structural unsafety."""

    ACTION = "actieoverleg"
    MDA = "mda-plus-plus"


class Contribution(StrEnum):
    """What an invited party says (`actieoverleg.inbreng`)."""

    KNOWN = "bekend"
    NOTHING_KNOWN = "niets-bekend"
    DECLINED = "neemt-niet-deel"


class MonitoringResult(StrEnum):
    """What the holder answers; all but the first are an alarm to the triage."""

    SAFE = "veilig"
    CONCERNS = "zorgen"
    UNSAFE = "onveilig"


class MatchGround(StrEnum):
    """Why the radar links two reports; only the first two can say that it is the same person."""

    BSN = "bsn"
    SKN = "skn"
    NAME_AND_BIRTH = "naam-en-geboortedatum"
    ADDRESS = "adres"
    PARENT = "ouder"


class Trait(StrEnum):
    """What is said of a person beside a number; two reports that differ in it speak of two people (decision 41)."""

    BIRTH_DATE = "geboortedatum"
    SEX = "geslacht"


TRAIT_SIZE = 8
"""Bytes of what is said of one trait, keyed."""


class RadarWithdrawal(StrEnum):
    """Why a reporter withdraws its report from the radar (after Jeugdwet art. 7.1.4.5, Verwijsindex)."""

    UNJUSTIFIED = "onterecht"
    RISK_GONE = "risico-weg"
