"""What is said of a handover: the minimum to a candidate, the full part to who said yes."""

from typing import Any

from pydantic import ValidationError

from hub.adapters.source import Source
from hub.canonical import notices as n
from hub.canonical.codes import MoreReason
from hub.errors import OurFault
from hub.schemas.base import Wire
from hub.schemas.codes import OfferOrigin
from hub.schemas.disclosure import Reader, disclose
from hub.schemas.overdrachten import FullPart, MoreAsked, MoreGiven, Offer
from hub.schemas.texts import moment_text


def full_part(data: Wire) -> dict[str, Any] | None:
    """The part of an offer that the hub holds until a yes, as JSON values; `None` of any other message."""
    full = data.full if isinstance(data, Offer | MoreGiven) else None
    return None if full is None else full.wire()


def offered(body: n.OfferMade, source: Source, reader: Reader) -> dict[str, Any]:
    if not isinstance(source.data, Offer):
        raise _wrong()
    return {
        "overdracht": str(body.handover),
        "herkomst": OfferOrigin.HANDOVER.value,
        "gever": source.sender,
        "soort": source.data.kind.value,
        "minimaal": disclose(source.data.minimal, reader),
        "antwoordVoor": moment_text(body.answer_by),
    }


def offered_back(body: n.OfferBack) -> dict[str, Any]:
    origin = OfferOrigin.HOLDER_ENDED if body.ended else OfferOrigin.TURNED_INTO_ADVICE
    return {
        "overdracht": str(body.handover),
        "herkomst": origin.value,
        "gever": body.giver,
        "antwoordVoor": moment_text(body.answer_by),
    }


def supplemented(body: n.OfferSupplemented, source: Source, reader: Reader) -> dict[str, Any]:
    if not isinstance(source.data, MoreGiven):
        raise _wrong()
    seen = disclose(source.data, reader)
    kept = {name: seen[name] for name in ("antwoord", "minimaal") if name in seen}
    said = {"overdracht": str(body.handover), "gever": source.sender, "antwoordVoor": moment_text(body.answer_by)}
    return said | kept


def more_asked(body: n.MoreAsked, source: Source) -> dict[str, Any]:
    if not isinstance(source.data, MoreAsked):
        raise _wrong()
    reason = MoreReason.QUESTION.value
    return {"overdracht": str(body.handover), "reden": reason, "vraag": source.data.question, "van": source.sender}


def dossier(body: n.Dossier, source: Source, reader: Reader) -> dict[str, Any]:
    try:
        full = FullPart.model_validate(source.full)
    except ValidationError:
        full = None
    if full is None:
        raise OurFault("no-full-part", "The full part of an offer is not at hand, or is not as it was kept.")
    return {"overdracht": str(body.handover), "volledig": disclose(full, reader)}


def _wrong() -> OurFault:
    return OurFault("wrong-source", "A notice speaks of an offer, and the message at hand is none.")
