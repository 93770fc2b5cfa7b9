"""Processing: stored or not, accepted, refused, delayed, nearly due, overdue. None of these moves responsibility."""

from typing import Annotated

from pydantic import Field

from hub.canonical.codes import Result
from hub.errors import Code
from hub.schemas.base import Coded, Many, Opt, Wire
from hub.schemas.codes import Found, HashOf
from hub.schemas.message import OnCase, Said
from hub.schemas.rules import Rule, Ruled
from hub.schemas.texts import FreeText, Id, Line, Moment, OinNumber, Phone, Pointer, Sha256, StepName, Word


class Processed(Wire):
    """Verwerkt: the receiver's system has stored a message of the hub, or cannot; only the first is delivery."""

    message: Id = Field(alias="bericht")
    result: Coded[Result] = Field(alias="resultaat")


class Receipt(Wire):
    """Ontvangstbevestiging: accepted, and durable."""

    message: Id = Field(alias="bericht")
    sha256: Sha256 = Field(alias="sha256")
    received_at: Moment = Field(alias="ontvangenOp")
    reference: Opt[Id] = Field(None, alias="referentie")
    journal: Sha256 = Field(alias="journaal")


class Failure(Ruled):
    """Foutmelding: refused for good. `bericht` is absent where the hub never learnt the id.

    `gevonden`: which kind of data identifies, one for each pointer of `velden`, in its order.
    """

    rules = (Rule("code", (Code.IDENTIFIES,), else_forbids=("gevonden",)),)

    message: Opt[Id] = Field(None, alias="bericht")
    sha256: Sha256 = Field(alias="sha256")
    hash_of: Coded[HashOf] = Field(alias="hashVan")
    code: Coded[Code] = Field(alias="code")
    fields: Annotated[tuple[Pointer, ...], Many(0, 20)] = Field(alias="velden")
    found: Opt[Annotated[tuple[Coded[Found], ...], Many(1, 20)]] = Field(None, alias="gevonden")
    explanation: FreeText = Field(alias="uitleg")


class Delay(Wire):
    """Vertraagd: received, not yet decided, still the hub's to settle."""

    message: Opt[Id] = Field(None, alias="bericht")
    sha256: Sha256 = Field(alias="sha256")
    hash_of: Coded[HashOf] = Field(alias="hashVan")
    received_at: Moment = Field(alias="ontvangenOp")


class ReminderSaid(OnCase):
    """Herinnering: a term is near; `stap` is the message that meets it."""

    term: Word = Field(alias="termijn")
    step: StepName = Field(alias="stap")
    about: Id = Field(alias="over")
    due: Moment = Field(alias="uiterlijk")


class ContactPoint(Wire):
    """Whom to call now: a function, never a person's name."""

    function: Line = Field(alias="functie")
    phone: Phone = Field(alias="telefoon")


class EscalationSaid(OnCase):
    """Escalatie: a term is over, and who must act has not; the round counts from 1."""

    term: Word = Field(alias="termijn")
    step: StepName = Field(alias="stap")
    about: Id = Field(alias="over")
    due: Moment = Field(alias="uiterlijk")
    by: Annotated[tuple[OinNumber, ...], Many(1, 20, unique=True)] = Field(alias="door")
    round: Annotated[int, Field(ge=1, le=2**31 - 1)] = Field(alias="ronde")
    contact: Opt[ContactPoint] = Field(None, alias="aanspreekpunt")


MESSAGES = (
    Said("verwerking.verwerkt", Processed),
    Said("verwerking.ontvangstbevestiging", from_hub=Receipt),
    Said("verwerking.foutmelding", from_hub=Failure),
    Said("verwerking.vertraagd", from_hub=Delay),
    Said("verwerking.herinnering", from_hub=ReminderSaid),
    Said("verwerking.escalatie", from_hub=EscalationSaid),
)
