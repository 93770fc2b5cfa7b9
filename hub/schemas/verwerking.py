"""Processing: stored or not, accepted, refused, delayed, nearly due, overdue; and the hub's keys. None of these moves
responsibility."""

from typing import Annotated

from pydantic import Field

from hub.canonical.codes import HubKeyStanding, Remark, Result
from hub.canonical.partners import KeyUse, Suite
from hub.errors import Code
from hub.schemas.base import Coded, Many, Opt, Wire
from hub.schemas.codes import Found, HashOf
from hub.schemas.disclosure import NO_PERSON
from hub.schemas.message import OnCase, Said
from hub.schemas.rules import Rule, Ruled, exactly_when
from hub.schemas.texts import (
    FreeText,
    Id,
    Line,
    Moment,
    OinNumber,
    Phone,
    Pointer,
    Sha256,
    StepName,
    Thumbprint,
    Word,
)


class Processed(Wire):
    """Verwerkt: the receiver's system has stored a message of the hub, or cannot; only the first is delivery."""

    message: Id = Field(alias="bericht")
    result: Coded[Result] = Field(alias="resultaat")


class Receipt(Wire):
    """Ontvangstbevestiging: accepted, and durable.

    `opmerkingen`: what of the message was not taken as it was said; absent if there is nothing to remark.
    """

    message: Annotated[Id, NO_PERSON] = Field(alias="bericht")
    sha256: Annotated[Sha256, NO_PERSON] = Field(alias="sha256")
    received_at: Annotated[Moment, NO_PERSON] = Field(alias="ontvangenOp")
    reference: Annotated[Opt[Id], NO_PERSON] = Field(None, alias="referentie")
    journal: Annotated[Sha256, NO_PERSON] = Field(alias="journaal")
    remarks: Annotated[Opt[Annotated[tuple[Coded[Remark], ...], Many(1, len(Remark), unique=True)]], NO_PERSON] = Field(
        None, alias="opmerkingen"
    )


class RefusedToo(Wire):
    """Another body that is refused for the same reason; `hashVan` of the refusal is that of this hash too."""

    message: Annotated[Opt[Id], NO_PERSON] = Field(None, alias="bericht")
    sha256: Annotated[Sha256, NO_PERSON] = Field(alias="sha256")


class Failure(Ruled):
    """Foutmelding: refused for good. `bericht` is absent where the hub never learnt the id.

    `gevonden`: which kind of data identifies, one for each pointer of `velden`, in its order.
    `ookGeweigerd`: many bodies that never became a message are refused together.
    """

    rules = (Rule("code", (Code.IDENTIFIES,), else_forbids=("gevonden",)),)

    message: Annotated[Opt[Id], NO_PERSON] = Field(None, alias="bericht")
    sha256: Annotated[Sha256, NO_PERSON] = Field(alias="sha256")
    hash_of: Annotated[Coded[HashOf], NO_PERSON] = Field(alias="hashVan")
    code: Annotated[Coded[Code], NO_PERSON] = Field(alias="code")
    fields: Annotated[tuple[Pointer, ...], Many(0, 20), NO_PERSON] = Field(alias="velden")
    found: Annotated[Opt[Annotated[tuple[Coded[Found], ...], Many(1, 20)]], NO_PERSON] = Field(None, alias="gevonden")
    explanation: Annotated[FreeText, NO_PERSON] = Field(alias="uitleg")
    also: Annotated[Opt[Annotated[tuple[RefusedToo, ...], Many(1, 100)]], NO_PERSON] = Field(None, alias="ookGeweigerd")


class Delay(Wire):
    """Vertraagd: received, not yet decided, still the hub's to settle."""

    message: Annotated[Opt[Id], NO_PERSON] = Field(None, alias="bericht")
    sha256: Annotated[Sha256, NO_PERSON] = Field(alias="sha256")
    hash_of: Annotated[Coded[HashOf], NO_PERSON] = Field(alias="hashVan")
    received_at: Annotated[Moment, NO_PERSON] = Field(alias="ontvangenOp")


class ReminderSaid(OnCase):
    """Herinnering: a term is near; `stap` is the message that meets it."""

    term: Annotated[Word, NO_PERSON] = Field(alias="termijn")
    step: Annotated[StepName, NO_PERSON] = Field(alias="stap")
    about: Annotated[Id, NO_PERSON] = Field(alias="over")
    due: Annotated[Moment, NO_PERSON] = Field(alias="uiterlijk")


class ContactPoint(Wire):
    """Whom to call now: a function, never a person's name."""

    function: Annotated[Line, NO_PERSON] = Field(alias="functie")
    phone: Annotated[Phone, NO_PERSON] = Field(alias="telefoon")


class EscalationSaid(OnCase):
    """Escalatie: a term is over, and who must act has not; the round counts from 1."""

    term: Annotated[Word, NO_PERSON] = Field(alias="termijn")
    step: Annotated[StepName, NO_PERSON] = Field(alias="stap")
    about: Annotated[Id, NO_PERSON] = Field(alias="over")
    due: Annotated[Moment, NO_PERSON] = Field(alias="uiterlijk")
    by: Annotated[tuple[OinNumber, ...], Many(1, 20, unique=True), NO_PERSON] = Field(alias="door")
    round: Annotated[int, Field(ge=1, le=2**31 - 1), NO_PERSON] = Field(alias="ronde")
    contact: Annotated[Opt[ContactPoint], NO_PERSON] = Field(None, alias="aanspreekpunt")


class PublicJwk(Wire):
    """A public key (RFC 7517) of one of the suites, with the members that a key of a partner has."""

    kty: Annotated[str, Field(pattern="^(EC|OKP)$", max_length=3), NO_PERSON] = Field(alias="kty")
    crv: Annotated[str, Field(pattern="^(P-256|Ed25519|X25519)$", max_length=7), NO_PERSON] = Field(alias="crv")
    x: Annotated[Thumbprint, NO_PERSON] = Field(alias="x")
    y: Annotated[Opt[Thumbprint], NO_PERSON] = Field(None, alias="y")
    kid: Annotated[Thumbprint, NO_PERSON] = Field(alias="kid")
    use: Annotated[Coded[KeyUse], NO_PERSON] = Field(alias="use")
    alg: Annotated[str, Field(pattern="^[A-Za-z0-9+-]+$", max_length=20), NO_PERSON] = Field(alias="alg")


class HubKeySaid(Ruled):
    """Hubsleutel: a key of the hub counts from now on, beside those that you have; or no longer does."""

    rules = (exactly_when("toestand", HubKeyStanding.IN_USE, "sleutel"),)

    suite: Annotated[Coded[Suite], NO_PERSON] = Field(alias="suite")
    use: Annotated[Coded[KeyUse], NO_PERSON] = Field(alias="gebruik")
    kid: Annotated[Thumbprint, NO_PERSON] = Field(alias="kid")
    standing: Annotated[Coded[HubKeyStanding], NO_PERSON] = Field(alias="toestand")
    since: Annotated[Moment, NO_PERSON] = Field(alias="vanaf")
    key: Annotated[Opt[PublicJwk], NO_PERSON] = Field(None, alias="sleutel")


ToHub = Processed
"""What a partner may say of it."""
MESSAGES: tuple[Said[ToHub], ...] = (
    Said("verwerking.verwerkt", Processed),
    Said("verwerking.ontvangstbevestiging", from_hub=Receipt),
    Said("verwerking.foutmelding", from_hub=Failure),
    Said("verwerking.vertraagd", from_hub=Delay),
    Said("verwerking.herinnering", from_hub=ReminderSaid),
    Said("verwerking.escalatie", from_hub=EscalationSaid),
    Said("verwerking.hubsleutel", from_hub=HubKeySaid),
)
