"""Advice: a professional asks Veilig Thuis what to do. No case, nothing moves, nobody concerned is identified.

There is no field that identifies, and the texts are looked through (`identifying`).
"""

from typing import Annotated

from pydantic import Field

from hub.canonical.partners import Role
from hub.schemas.base import Coded, Many, Opt, Wire
from hub.schemas.codes import Capacity, Kind, Reason
from hub.schemas.disclosure import Seen, seen
from hub.schemas.message import Said
from hub.schemas.texts import FreeText, Municipality

TO_ADVISE = seen("Wmo 2015 art. 4.1.1 lid 3: Veilig Thuis adviseert wie een vermoeden heeft", Role.VEILIG_THUIS)
ASKER = Seen(frozenset(Role), "Wmo 2015 art. 4.1.1 lid 3: het advies is voor wie erom vroeg")


class AdviceRequest(Wire):
    """Adviesvraag: the asker stays responsible (Informatieprotocol Veilig Thuis par. 2: no personal data)."""

    municipality: Annotated[Opt[Municipality], TO_ADVISE] = Field(None, alias="gemeente")
    capacity: Annotated[Coded[Capacity], TO_ADVISE] = Field(alias="hoedanigheid")
    reasons: Annotated[tuple[Coded[Reason], ...], Many(1, 10, unique=True), TO_ADVISE] = Field(alias="aanleiding")
    kinds: Annotated[Opt[Annotated[tuple[Coded[Kind], ...], Many(1, 12, unique=True)]], TO_ADVISE] = Field(
        None, alias="aard"
    )
    question: Annotated[FreeText, TO_ADVISE] = Field(alias="vraag")
    context: Annotated[Opt[FreeText], TO_ADVISE] = Field(None, alias="context")


class Advice(Wire):
    """Advies: what the asker can do himself, and whether he should report after all."""

    advice: Annotated[FreeText, ASKER] = Field(alias="advies")
    should_report: Annotated[Opt[bool], ASKER] = Field(None, alias="melden")


ToHub = AdviceRequest | Advice
"""What a partner may say of it."""
MESSAGES: tuple[Said[ToHub], ...] = (
    Said("adviezen.adviesvraag", AdviceRequest, passed_on=True),
    Said("adviezen.advies", Advice, passed_on=True),
)
