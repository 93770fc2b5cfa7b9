"""Every notice in the wire's words, cut to what the recipient's role may see.

The content comes from the message the notice is about; what the notice says itself never identifies a person. What is
said of a handover stands in `telling_handovers.py`, what the hub says of itself in `telling_stand.py`.
"""

from datetime import date
from typing import Any, assert_never

from hub.adapters import telling_handovers as handovers
from hub.adapters import telling_stand as stand
from hub.adapters.source import Source, of
from hub.canonical import notices as n
from hub.canonical.codes import FeedbackStep, NoteReason
from hub.canonical.notices import Notice
from hub.canonical.partners import Role
from hub.canonical.terms import TermRule
from hub.schemas.disclosure import Reader, cut, disclose
from hub.schemas.message import PassedOn, wire_type
from hub.schemas.registry import message_types
from hub.schemas.texts import moment_text
from hub.schemas.veilig_thuis import ReportDetached, ReportRecorded, ResearchOutcomeSaid, SafetyAssessment

Told = tuple[str, dict[str, Any]]
"""Wire type and `data`."""


def encode(notice: Notice, role: Role, source: Source | None) -> Told:
    """The notice for a recipient of this role: by the schema of what is sent, no field goes that does not name it.

    Args:
        source: the message that the notice passes on or speaks of; `None` where a moment came and no message.

    Raises:
        OurFault: it speaks of another message than the one at hand.
    """
    reader, body = Reader(role, notice.to, source.on if source is not None else None), notice.body
    name, data = _passed_on(body, of(source), reader) if isinstance(body, n.PassOn) else _said(body, source, reader)
    model = message_types()[name].from_hub
    assert model is not None
    return name, cut(data | _on_case(notice), model, reader)


def _said(body: n.OwnWords, source: Source | None, reader: Reader) -> Told:
    if isinstance(body, n.OfReports):
        name, data = _report(body, source, reader)
    elif isinstance(body, n.OfHandovers):
        name, data = _handover(body, source, reader)
    elif isinstance(body, n.OfTheHub):
        name, data = _of_the_hub(body)
    else:
        assert_never(body)
    return wire_type(name), data


def _passed_on(body: n.PassOn, source: Source, reader: Reader) -> Told:
    """`van`: who said it, where the type has a place for it."""
    model = message_types()[source.type].from_hub
    said_by = {"van": source.sender} if model is not None and issubclass(model, PassedOn) else {}
    ends = {"antwoordVoor": body.answer_by, "besluitVoor": body.decision_by}
    until = {name: moment_text(end) for name, end in ends.items() if end is not None}
    return source.type, disclose(source.data, reader) | said_by | until


def _report(body: n.OfReports, source: Source | None, reader: Reader) -> Told:
    match body:
        case n.PresentReport():
            return "triage.melding-aangeboden", _presented(body, of(source), reader)
        case n.ReportNoted():
            return "triage.melding-ter-kennis", _noted(body, of(source), reader)
        case n.RecordedFor():
            return "triage.melding-vastgelegd", _recorded(body, of(source), reader)
        case n.StepsTaken():
            return "terugkoppelingen.stappen", _steps(body, of(source))
        case n.Coincidence():
            hits = [_hit(hit, reader) for hit in body.hits]
            return "radar.samenloop", {
                "samenloop": str(body.coincidence),
                "melding": str(body.report),
                "meldingen": hits,
            }
    assert_never(body)


def _handover(body: n.OfHandovers, source: Source | None, reader: Reader) -> Told:
    match body:
        case n.OfferMade():
            return "overdrachten.aanbod", handovers.offered(body, of(source), reader)
        case n.OfferBack():
            return "overdrachten.aanbod", handovers.offered_back(body)
        case n.OfferSupplemented():
            return "overdrachten.aanvulling-gegeven", handovers.supplemented(body, of(source), reader)
        case n.OfferWithdrawn():
            return "overdrachten.ingetrokken", {"overdracht": str(body.handover), "reden": body.reason.value}
        case n.MoreWanted():
            return "overdrachten.aanvulling-gevraagd", {"overdracht": str(body.handover), "reden": body.reason.value}
        case n.MoreAsked():
            return "overdrachten.aanvulling-gevraagd", handovers.more_asked(body, of(source))
        case n.Dossier():
            return "overdrachten.dossier", handovers.dossier(body, of(source), reader)
    assert_never(body)


def _of_the_hub(body: n.OfTheHub) -> Told:
    match body:
        case n.Stand():
            return "zaken.stand", stand.stand(body)
        case n.Changed():
            return "zaken.wijziging", {"over": str(body.about), "wijziging": body.change.value}
        case n.TableStand():
            return "actieoverleg.stand", stand.table(body)
        case n.Reminder():
            return "verwerking.herinnering", stand.reminder(body)
        case n.Escalation():
            return "verwerking.escalatie", stand.escalation(body)
    assert_never(body)


def _on_case(notice: Notice) -> dict[str, Any]:
    fields = {"zaakversie": notice.version, "houder": notice.holder}
    return {name: value for name, value in fields.items() if value is not None}


def _presented(body: n.PresentReport, source: Source, reader: Reader) -> dict[str, Any]:
    report = {
        "nummer": str(body.report),
        "ontvangenOp": moment_text(body.received_at),
        "afzender": source.sender,
        "soort": source.type,
        "inhoud": disclose(source.data, reader),
    }
    terms = [_term(rule) for rule in body.terms]
    said = {"melding": report, "termijnen": terms, "radar": [_hit(hit, reader) for hit in body.radar]}
    assumed = {"regioAangenomen": True} if body.assumed else {}
    return said | assumed | ({"genoemdTriagepunt": body.named} if body.named is not None else {})


def _noted(body: n.ReportNoted, source: Source, reader: Reader) -> dict[str, Any]:
    """What the report says, for who is to know that: the desk whose region it names, and a Veilig Thuis that holds."""
    report = {"nummer": str(body.report), "ontvangenOp": moment_text(body.received_at), "afzender": body.reporter}
    at_hand = not isinstance(source.data, ReportDetached)
    says = at_hand and body.reason in (NoteReason.HOLDS, NoteReason.REGION_NAMED)
    content = {"soort": source.type, "inhoud": disclose(source.data, reader)} if says else {}
    said = {"melding": report | content, "reden": body.reason.value, "triagepunt": body.desk}
    named = {} if body.named is None else {"genoemdTriagepunt": body.named}
    return said | named | stand.contact_point(body.contact)


def _term(rule: TermRule) -> dict[str, Any]:
    return {"naam": rule.name, "lengte": rule.length, "eenheid": rule.unit.value, "start": rule.start.value}


def _hit(hit: n.Hit, reader: Reader) -> dict[str, Any]:
    """Of a number that was given to two only the triage hears: to a reporter it would tell of what a third has said."""
    sure = hit.sure and not (hit.ambiguous and reader.role is Role.VEILIG_THUIS)
    phone = {"telefoon": hit.phone} if hit.phone else {}
    grounds = [ground.value for ground in hit.grounds]
    said = {"organisatie": hit.reporter, "referentie": str(hit.report), "gronden": grounds, "zelfdePersoon": sure}
    against = {"tegenspraak": [trait.value for trait in hit.contradicts]} if hit.contradicts else {}
    return said | phone | against


def _recorded(body: n.RecordedFor, source: Source, reader: Reader) -> dict[str, Any]:
    # An assessment that came first implies the recording, and then says nothing about it.
    said = disclose(source.data, reader) if isinstance(source.data, ReportRecorded) else {}
    return said | {"melding": str(body.report)}


def _steps(body: n.StepsTaken, source: Source) -> dict[str, Any]:
    """The step, to which kinds of party, and when; never what was found (Wmo 2015 art. 4.1.1 lid 2 onder g)."""
    outcome = {"uitkomst": body.outcome.value} if body.step is FeedbackStep.ASSESSED and body.outcome else {}
    said = {"melding": str(body.report), "stap": body.step.value} | outcome
    match source.data:
        case SafetyAssessment() as data:
            return said | _parties(data) | {"besluitOp": date.isoformat(data.decided_on)}
        case ResearchOutcomeSaid() as data:
            return said | _parties(data) | {"besluitOp": date.isoformat(data.concluded_on)}
    return said


def _parties(data: SafetyAssessment | ResearchOutcomeSaid) -> dict[str, Any]:
    return {"ontvangendePartijen": [party.value for party in data.parties]} if data.parties else {}
