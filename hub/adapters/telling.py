"""Every notice in the wire's words, cut to what the recipient's role may see.

The content comes from the message the notice is about; what the notice says itself never identifies a person.
"""

from datetime import date
from typing import Any, assert_never

from pydantic import ValidationError

from hub.adapters.source import Source
from hub.canonical import notices as n
from hub.canonical.notices import Notice
from hub.canonical.partners import Role
from hub.canonical.terms import TermRule
from hub.errors import OurFault
from hub.schemas.base import Wire
from hub.schemas.codes import OfferOrigin
from hub.schemas.disclosure import disclose
from hub.schemas.message import wire_type
from hub.schemas.overdrachten import FullPart, Offer
from hub.schemas.texts import moment_text
from hub.schemas.veilig_thuis import ReportRecorded, SafetyAssessment

Told = tuple[str, dict[str, Any]]
"""Wire type and `data`."""


def encode(notice: Notice, source: Source, role: Role) -> Told:
    """The notice for a recipient of this role.

    Raises:
        OurFault: it speaks of another message than the one at hand.
    """
    name, data = _said(notice, source, role)
    return name, data | _on_case(notice)


def full_part(data: Wire) -> dict[str, Any] | None:
    """The part of an offer that the hub holds until a yes, as JSON values; `None` of any other message."""
    return data.full.wire() if isinstance(data, Offer) else None


def _said(notice: Notice, source: Source, role: Role) -> Told:
    match notice.body:
        case n.PassOn():
            return source.type, disclose(source.data, role)
        case n.PresentReport() as body:
            return wire_type("triage.melding-aangeboden"), _presented(body, source, role)
        case n.RecordedFor() as body:
            return wire_type("triage.melding-vastgelegd"), _recorded(body, source, role)
        case n.StepsTaken() as body:
            return wire_type("terugkoppelingen.stappen"), _steps(body, source)
        case n.OfferMade() as body:
            return wire_type("overdrachten.aanbod"), _offered(body, source, role)
        case n.OfferBack() as body:
            return wire_type("overdrachten.aanbod"), _offered_back(body)
        case n.OfferWithdrawn() as body:
            withdrawn = {"overdracht": str(body.handover), "reden": body.reason.value}
            return wire_type("overdrachten.ingetrokken"), withdrawn
        case n.Dossier() as body:
            return wire_type("overdrachten.dossier"), _dossier(body, source, role)
        case n.Stand() as body:
            return wire_type("zaken.stand"), _stand(body)
        case _:
            assert_never(notice.body)


def _on_case(notice: Notice) -> dict[str, Any]:
    fields = {"zaakversie": notice.version, "houder": notice.holder}
    return {name: value for name, value in fields.items() if value is not None}


def _presented(body: n.PresentReport, source: Source, role: Role) -> dict[str, Any]:
    report = {
        "nummer": str(body.report),
        "ontvangenOp": moment_text(body.received_at),
        "afzender": source.sender,
        "soort": source.type,
        "inhoud": disclose(source.data, role),
    }
    return {"melding": report, "termijnen": [_term(rule) for rule in body.terms], "radar": []}


def _term(rule: TermRule) -> dict[str, Any]:
    return {"naam": rule.name, "lengte": rule.length, "eenheid": rule.unit.value, "start": rule.start.value}


def _recorded(body: n.RecordedFor, source: Source, role: Role) -> dict[str, Any]:
    # An assessment that came first implies the recording, and then says nothing about it.
    said = disclose(source.data, role) if isinstance(source.data, ReportRecorded) else {}
    return said | {"melding": str(body.report)}


def _steps(body: n.StepsTaken, source: Source) -> dict[str, Any]:
    said = {"melding": str(body.report), "uitkomst": body.outcome.value}
    if not isinstance(source.data, SafetyAssessment):
        return said
    parties = source.data.parties or ()
    known = {"ontvangendePartijen": [party.value for party in parties]} if parties else {}
    return said | known | {"besluitOp": date.isoformat(source.data.decided_on)}


def _offered(body: n.OfferMade, source: Source, role: Role) -> dict[str, Any]:
    offer = _offer(source)
    return {
        "overdracht": str(body.handover),
        "herkomst": OfferOrigin.HANDOVER.value,
        "gever": source.sender,
        "soort": offer.kind.value,
        "minimaal": disclose(offer.minimal, role),
        "antwoordVoor": moment_text(body.answer_by),
    }


def _offered_back(body: n.OfferBack) -> dict[str, Any]:
    return {
        "overdracht": str(body.handover),
        "herkomst": OfferOrigin.TURNED_INTO_ADVICE.value,
        "gever": body.giver,
        "antwoordVoor": moment_text(body.answer_by),
    }


def _dossier(body: n.Dossier, source: Source, role: Role) -> dict[str, Any]:
    try:
        full = FullPart.model_validate(source.full)
    except ValidationError:
        full = None
    if full is None:
        raise OurFault("no-full-part", "The full part of an offer is not at hand, or is not as it was kept.")
    return {"overdracht": str(body.handover), "volledig": disclose(full, role)}


def _stand(body: n.Stand) -> dict[str, Any]:
    return {
        "status": body.status,
        "zaakversie": body.version,
        **({"houder": body.holder} if body.holder else {}),
        "openStappen": [{"type": step.type, "door": step.by, "over": str(step.about)} for step in body.steps],
        "termijnen": [_running(term) for term in body.terms],
    }


def _running(term: n.RunningTerm) -> dict[str, Any]:
    return {
        "naam": term.name,
        "lengte": term.length,
        "eenheid": term.unit,
        "over": str(term.about),
        **({"uiterlijk": moment_text(term.due)} if term.due else {}),
        "verlopen": term.overdue,
    }


def _offer(source: Source) -> Offer:
    if not isinstance(source.data, Offer):
        raise OurFault("wrong-source", "A notice speaks of an offer, and the message at hand is none.")
    return source.data
