"""Processing: stored or not, accepted, refused, delayed. None of these moves responsibility."""

from typing import Annotated

from pydantic import Field

from hub.canonical.codes import Result
from hub.errors import Code
from hub.schemas.base import Coded, Many, Opt, Wire
from hub.schemas.codes import HashOf
from hub.schemas.message import Said
from hub.schemas.texts import FreeText, Id, Moment, Pointer, Sha256


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


class Failure(Wire):
    """Foutmelding: refused for good. `bericht` is absent where the hub never learnt the id."""

    message: Opt[Id] = Field(None, alias="bericht")
    sha256: Sha256 = Field(alias="sha256")
    hash_of: Coded[HashOf] = Field(alias="hashVan")
    code: Coded[Code] = Field(alias="code")
    fields: Annotated[tuple[Pointer, ...], Many(0, 20)] = Field(alias="velden")
    explanation: FreeText = Field(alias="uitleg")


class Delay(Wire):
    """Vertraagd: received, not yet decided, still the hub's to settle."""

    message: Opt[Id] = Field(None, alias="bericht")
    sha256: Sha256 = Field(alias="sha256")
    hash_of: Coded[HashOf] = Field(alias="hashVan")
    received_at: Moment = Field(alias="ontvangenOp")


MESSAGES = (
    Said("verwerking.verwerkt", Processed),
    Said("verwerking.ontvangstbevestiging", from_hub=Receipt),
    Said("verwerking.foutmelding", from_hub=Failure),
    Said("verwerking.vertraagd", from_hub=Delay),
)
