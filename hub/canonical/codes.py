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


class RefusalReason(StrEnum):
    """Why a receiver does not take a handover (after iWmo/iJw list WJ759 and eOverdracht practice)."""

    CAPACITY = "capaciteit"
    NOT_COMPETENT = "niet-bevoegd"
    WRONG_ADDRESSEE = "verkeerde-geadresseerde"
    TOO_LITTLE_INFORMATION = "te-weinig-informatie"
    ALREADY_CLOSED = "al-afgesloten"
    SAFETY = "veiligheid-onvoldoende"


class WithdrawalReason(StrEnum):
    """Why an offer is withdrawn; the hub itself says the last two."""

    BY_GIVER = "door-gever"
    SITUATION_CHANGED = "situatie-gewijzigd"
    ACCEPTED_ELSEWHERE = "elders-aanvaard"
    CASE_CLOSED = "zaak-gesloten"


class Result(StrEnum):
    """`resultaat` of `verwerking.verwerkt`: only `opgeslagen` is confirmed delivery."""

    STORED = "opgeslagen"
    CANNOT_OPEN = "niet-te-openen"
    CANNOT_READ = "niet-te-lezen"
    CANNOT_STORE = "niet-op-te-slaan"


class TermUnit(StrEnum):
    MINUTES = "minuten"
    HOURS = "uren"
    DAYS = "dagen"
    WORKING_DAYS = "werkdagen"
    WEEKS = "weken"
