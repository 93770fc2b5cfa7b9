"""What the hub says of itself: how a case or a table stands, which term is near or over. Codes, parties and moments.

A case may owe more than a message holds: then the first steps go and the newest terms and actions, the rest later.
"""

from typing import Any

from hub.canonical import notices as n
from hub.canonical.partners import Contact
from hub.schemas.codes import SeatState
from hub.schemas.texts import moment_text

MOST_STEPS = MOST_TERMS = 250
"""Fewer than the schema allows: so many of both, sealed, are well below what a message of the hub may weigh."""
MOST_ACTIONS = 500
MOST_PARTIES = 20


def stand(body: n.Stand) -> dict[str, Any]:
    return {
        "status": body.status,
        "zaakversie": body.version,
        **({"houder": body.holder} if body.holder else {}),
        **({"aandacht": True} if body.attention else {}),
        "openStappen": [
            {"type": step.type, "door": step.by, "over": str(step.about)} for step in body.steps[:MOST_STEPS]
        ],
        "termijnen": [_running(term) for term in body.terms[-MOST_TERMS:]],
    }


def table(body: n.TableStand) -> dict[str, Any]:
    """With its newest actions."""
    actions = [
        {"afspraak": str(one.action), "verantwoordelijke": one.responsible, "aanvaard": one.accepted}
        for one in body.actions[-MOST_ACTIONS:]
    ]
    return {
        "overleg": str(body.table),
        "soort": body.kind.value,
        "antwoordVoor": moment_text(body.answer_by),
        "deelnemers": [{"partij": seat.party, "stand": _seat(seat).value} for seat in body.seats],
        "afspraken": actions,
    }


def reminder(body: n.Reminder) -> dict[str, Any]:
    return {"termijn": body.term, "stap": body.step, "over": str(body.about), "uiterlijk": moment_text(body.due)}


def escalation(body: n.Escalation) -> dict[str, Any]:
    return {
        "termijn": body.term,
        "stap": body.step,
        "over": str(body.about),
        "uiterlijk": moment_text(body.due),
        "door": list(body.by[:MOST_PARTIES]),
        "ronde": body.round,
        **contact_point(body.contact),
    }


def contact_point(contact: Contact | None) -> dict[str, Any]:
    return {"aanspreekpunt": {"functie": contact.function, "telefoon": contact.phone}} if contact else {}


def _seat(seat: n.Seat) -> SeatState:
    if seat.contribution is not None:
        return SeatState(seat.contribution.value)
    return SeatState.MISSING if seat.missing else SeatState.WAITING


def _running(term: n.RunningTerm) -> dict[str, Any]:
    return {
        "naam": term.name,
        "lengte": term.length,
        "eenheid": term.unit,
        "over": str(term.about),
        **({"uiterlijk": moment_text(term.due)} if term.due else {}),
        "verlopen": term.overdue,
    }
