"""Every error of the hub, in one tree.

    HubError
    |-- Rejection        theirs: the sender is told, with a code of docs/contract.md, and can act
    |-- OurFault         ours: the message is kept and tried again, then quarantined
    |   |-- Clash            two batches met: this one runs again
    |   |-- BrokerAway       the outbox waits
    |   |   `-- BrokerCertificate
    |   `-- Surroundings     what the message needs is not here: tried again for as long as that lasts
    |       |-- Busy             somebody else has it in the database: this message waits, no other for it
    |       `-- Standstill       nothing can be decided: stop consuming, leave unacknowledged, resume alone
    |           |-- AllBusy
    |           |-- DatabaseCertificate
    |           `-- DatabaseAway
    |-- Deposed          another worker keeps house: this one changes nothing any more
    |-- Unconfirmed      a publish without a confirm: it may or may not have arrived
    `-- OperatorError    a command, a setting or a configuration file is wrong

Each carries a stable `code` and a sentence a person can act on. No error ever carries a value from a message:
fields are named by JSON pointer, keys by thumbprint, partners by id.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

BUSY: Final = "database-busy"
BUSY_SENTENCE: Final = (
    "The database answers, but another session holds what this needs, or it is slow: see pg_stat_activity and pg_locks."
)


class Code(StrEnum):
    """Codes of a `verwerking.foutmelding` (docs/contract.md, "Codes of a refusal")."""

    ENVELOPE_INVALID = "envelop-ongeldig"
    TOO_LARGE = "te-groot"
    EXPIRED = "verlopen"
    TIME_AHEAD = "tijd-in-toekomst"
    WRONG_SENDER = "afzender-onjuist"
    WRONG_RECIPIENT = "ontvanger-onjuist"
    ID_REUSED = "id-hergebruik"
    JSON_INVALID = "json-ongeldig"
    TYPE_UNKNOWN = "type-onbekend"
    NOT_ALLOWED = "niet-bevoegd"
    SCHEMA_INVALID = "schema-ongeldig"
    IDENTIFIES = "persoonsgegevens-in-adviesvraag"
    BORN_AHEAD = "geboortedatum-in-toekomst"
    TEST_DATA = "testgegevens"
    REGION_UNKNOWN = "regio-onbekend"
    CASE_UNKNOWN = "zaak-onbekend"
    CASE_CLOSED = "zaak-gesloten"
    HANDOVER_UNKNOWN = "overdracht-onbekend"
    STEP_NOT_ALLOWED = "stap-niet-toegestaan"
    CANDIDATE_UNFIT = "kandidaat-ongeschikt"
    OFFER_CHANGED = "aanbod-gewijzigd"
    CAUSE_UNKNOWN = "oorzaak-onbekend"
    NOT_PROCESSED = "niet-verwerkt"


# On the wire, so in Dutch: what the partner's operator reads, and what to do about it.
EXPLANATIONS: dict[Code, str] = {
    Code.ENVELOPE_INVALID: "De envelop is niet te openen of te controleren. Controleer sleutels, suite en headers.",
    Code.TOO_LARGE: "Het bericht is groter dan toegestaan. Verzend een kleiner bericht onder een nieuw id.",
    Code.EXPIRED: "Het bericht was bij eerste ontvangst al verlopen. Verzend het opnieuw onder een nieuw id.",
    Code.TIME_AHEAD: "De time van het bericht ligt te ver in de toekomst. Zet de klok van het systeem gelijk.",
    Code.WRONG_SENDER: "Verbinding, ondertekenaar en source horen niet bij dezelfde organisatie.",
    Code.WRONG_RECIPIENT: "Het bericht is niet aan de hub gericht. Gebruik het OIN van de hub als recipient.",
    Code.ID_REUSED: "Dit id is al gebruikt voor een bericht met andere inhoud. Gebruik een nieuw id.",
    Code.JSON_INVALID: "De inhoud is geen toegestane JSON (UTF-8, geen dubbele sleutels of kommagetallen).",
    Code.TYPE_UNKNOWN: "Dit berichttype bestaat niet.",
    Code.NOT_ALLOWED: "De rol van de afzender mag dit berichttype niet verzenden.",
    Code.SCHEMA_INVALID: "Het bericht voldoet niet aan het schema. Zie velden.",
    Code.IDENTIFIES: "Een adviesvraag bevat gegevens die personen herleidbaar maken. Zie velden.",
    Code.BORN_AHEAD: "Een geboortedatum ligt in de toekomst. Verbeter de datum; meld een ongeboren kind als ongeboren.",
    Code.TEST_DATA: "Testgegevens op productie, of echte gegevens op test, zijn niet toegestaan. Zie velden.",
    Code.REGION_UNKNOWN: "Bij deze gemeente hoort geen regio met een triagepunt.",
    Code.CASE_UNKNOWN: "Deze correlationid is bij de hub niet bekend voor deze afzender.",
    Code.CASE_CLOSED: "De zaak is gesloten en neemt geen stappen meer aan.",
    Code.HANDOVER_UNKNOWN: "Deze overdracht is in deze zaak niet bekend voor deze afzender.",
    Code.STEP_NOT_ALLOWED: "Deze stap is in de huidige stand van de zaak niet toegestaan. Vraag de stand op.",
    Code.CANDIDATE_UNFIT: "Als deze soort kan deze kandidaat geen zicht op veiligheid overnemen. Zie velden.",
    Code.OFFER_CHANGED: "Het aanbod is intussen gewijzigd. Beoordeel het laatste aanbod en antwoord opnieuw.",
    Code.CAUSE_UNKNOWN: "Het bericht waarop dit bericht volgt is bij de hub niet bekend.",
    Code.NOT_PROCESSED: "Het bericht kon niet worden verwerkt. Neem contact op met de beheerder van de hub.",
}


class HubError(Exception):
    """Root of every error of the hub.

    Attributes:
        code: stable, for logs and machines.
        sentence: what happened and what to do, for a person; never a value from a message.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


class Rejection(HubError):
    """The sender's fault: refused for good, answered with `verwerking.foutmelding`.

    Args:
        code: one of `Code`.
        fields: JSON pointers (RFC 6901) into the message; never values, never names the sender invented.
        detail: which rule failed; a constant of the code, never input. It is logged nowhere.
        found: for `persoonsgegevens-in-adviesvraag`, which kind of data each of `fields` holds; never the data.
    """

    def __init__(self, code: Code, fields: Sequence[str] = (), detail: str = "", found: Sequence[str] = ()) -> None:
        super().__init__(code.value, EXPLANATIONS[code])
        self.reason = code
        self.fields = tuple(fields)
        self.detail = detail
        self.found = tuple(found)


class OurFault(HubError):
    """The hub's fault: the message is kept and tried again under back-off, then quarantined."""


class Clash(OurFault):
    """Two transactions met (deadlock, serialisation): nothing was written, the batch runs again."""

    def __init__(self) -> None:
        super().__init__("clash", "Two batches met in the database; this one runs again.")


class BrokerAway(OurFault):
    """The broker does not answer: outgoing messages wait in the outbox."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(
            "broker-away", f"The broker does not answer{detail and ': ' + detail}; outgoing messages wait."
        )


class BrokerCertificate(BrokerAway):
    """It is not proved that the broker is who answers, or it wants a certificate of the hub: no connection is made."""

    def __init__(self, problem: str) -> None:
        sentence = f"No connection to the broker is made: {problem}. Outgoing messages wait."
        OurFault.__init__(self, "broker-certificate", sentence)
        self.problem = problem


class Surroundings(OurFault):
    """What this message needs is not here, and no message can help it: a key, a desk, a reader of a newer document.

    It is tried again for as long as that lasts, alarmed once, and released by itself: quarantine is for what a message
    itself does.

    Args:
        about: which key, region, partner or case: an id, never a value from a message. What waits for the same `code`
            and `about` waits for the same thing, and is alarmed and released together.
    """

    def __init__(self, code: str, sentence: str, about: str = "") -> None:
        super().__init__(code, sentence)
        self.about = about


class Busy(Surroundings):
    """What this needs is locked by another session of the database, or takes too long there; the others need not wait.

    Args:
        about: of what is locked, the table and its place there, or the case.
    """

    def __init__(self, about: str = "") -> None:
        super().__init__(BUSY, BUSY_SENTENCE, about)


class Standstill(Surroundings):
    """Nothing at all can be decided: nothing is acknowledged until it can."""


class AllBusy(Standstill):
    """What everything needs is locked in the database, or it answers, and not in time."""

    def __init__(self) -> None:
        super().__init__(BUSY, BUSY_SENTENCE)


class DatabaseCertificate(Standstill):
    """It is not proved that the database is who answers, or it wants a certificate of the hub."""

    def __init__(self, problem: str) -> None:
        sentence = f"No connection to the database is made: {problem}. Consuming stops until one is."
        super().__init__("database-certificate", sentence)
        self.problem = problem


class DatabaseAway(Standstill):
    """The database does not answer: nothing is acknowledged until it does."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(
            "database-away", f"The database does not answer{detail and ': ' + detail}; consuming stops until it does."
        )


class Deposed(HubError):
    """Another worker keeps house by now: this one must change nothing, and stops."""

    def __init__(self) -> None:
        super().__init__("upkeep-taken", "Another worker has taken the lead of upkeep; this one has stopped it.")


class Unconfirmed(HubError):
    """The broker refused a publish, returned it or did not confirm it in time: it counts as not sent."""


class OperatorError(HubError):
    """A command, a setting or a configuration file is wrong: the sentence says what to change."""
