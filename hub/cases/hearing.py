"""Who is told what: every tie, every kind of notice, one cell with its ground (decision 44).

A step says what has come of it and whom it has in mind; whether that one may hear it stands here, and is asked once,
of the case as it is after the step. So a step that means somebody whose tie has ended tells it nothing. A reminder, an
alarm and a stand go by the parts in `sight.py`. docs/disclosure.md draws both tables.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from uuid import UUID

from hub.canonical import notices as n
from hub.canonical.codes import NoteReason
from hub.canonical.notices import Passed
from hub.cases.case import Case
from hub.cases.sight import PART_OF, Sees, Sight, covers, sight_of
from hub.cases.ties import Tie
from hub.ids import Oin


class Told(Enum):
    """A kind of notice; each value is its name in the pages: the wire types."""

    PRESENTED = "melding-aangeboden"
    NOTED = "melding-ter-kennis"
    STEPS = "melding-vastgelegd, stappen"
    OFFER = "aanbod, aanvulling-gegeven"
    WITHDRAWN = "ingetrokken"
    FULL = "dossier"
    MORE = "aanvulling-gevraagd"
    ANSWER = "aanvaard, geweigerd, hulp-gestart, afgerond"
    TABLE = "aanmelding, inbreng, afspraken, afspraak-aanvaard"
    SEATS = "actieoverleg.stand"
    QUESTION = "monitoring.vraag"
    SAFETY = "monitoring.antwoord"
    CLOSED = "zaak-gesloten"
    FOUND = "samenloop"
    CHANGED = "wijziging"
    NEWS = "news"
    ROUTE = "by route"


_LETTERS = {"A": Sees.ALL, "O": Sees.OWN, "-": Sees.NOT}


def _row(cells: str) -> Mapping[Told, Sees]:
    return {told: _LETTERS[cell] for told, cell in zip(Told, cells.split(), strict=True)}


# fmt: off
NOTICES: Mapping[Tie, Mapping[Told, Sees]] = {
    #                        PRESENTED OFFER   MORE    SEATS   CLOSED   NEWS
    #                           NOTED   WITHDRAWN ANSWER  QUESTION FOUND   ROUTE
    #                              STEPS   FULL    TABLE   SAFETY   CHANGED
    Tie.TRIAGE:        _row("A  A  -  -  -  A  A  A  -  -  -  A  -  A  A  A  -"),
    Tie.FORMER_TRIAGE: _row("-  A  -  -  -  -  -  A  -  -  -  -  -  -  -  -  -"),
    Tie.HOLDER:        _row("-  A  -  -  -  A  A  A  -  -  -  -  A  -  A  A  -"),
    Tie.GIVER:         _row("-  -  -  -  -  -  O  O  -  -  -  -  -  -  -  -  -"),
    Tie.HELD_BEFORE:   _row("-  -  -  -  -  -  O  O  -  -  -  -  -  -  -  -  -"),
    Tie.ASKED:         _row("-  -  -  O  -  O  -  -  -  -  -  -  -  -  -  -  -"),
    Tie.REFUSED:       _row("-  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -  -"),
    Tie.WITHDRAWN:     _row("-  -  -  -  O  -  -  -  -  -  -  -  -  -  -  -  -"),
    Tie.REPORTER:      _row("-  -  O  -  -  -  -  -  -  -  -  -  -  O  A  -  -"),
    Tie.CHAIR:         _row("-  -  -  -  -  -  -  -  O  O  -  -  -  -  O  -  -"),
    Tie.SEAT:          _row("-  -  -  -  -  -  -  -  O  -  -  -  -  -  O  -  -"),
    Tie.DECLINED:      _row("-  -  -  -  -  -  -  -  -  -  -  -  -  -  O  -  -"),
    Tie.SAT:           _row("-  -  -  -  -  -  -  -  -  -  -  -  -  -  O  -  -"),
    Tie.SAT_LAST:      _row("-  -  -  -  -  -  -  -  -  -  -  -  -  -  O  -  -"),
    Tie.RESPONSIBLE:   _row("-  -  -  -  -  -  -  -  O  -  -  -  -  -  O  -  -"),
    Tie.QUESTIONED:    _row("-  -  -  -  -  -  -  -  -  -  O  -  -  -  -  -  -"),
    Tie.TOLD:          _row("-  -  -  -  -  -  -  -  -  -  -  -  -  -  O  -  -"),
    Tie.ROUTED:        _row("-  A  -  -  -  -  -  -  -  -  -  -  -  A  -  A  A"),
}
# fmt: on

WHY_NOT: Mapping[Told, str] = {
    Told.PRESENTED: "a report goes to the triage; who else hears of it hears that, and not the case",
    Told.NOTED: "of a report hears who is to act on it, or where the family is said to live",
    Told.STEPS: "the steps taken on a report are its reporter's to know (Wmo 2015 art. 4.1.1 lid 2 onder g)",
    Told.OFFER: "who is asked to help is the giver's business, and the asked one's",
    Told.WITHDRAWN: "that an offer is over is for whom it was made to",
    Told.FULL: "the content of a case goes to who takes it over, by its own yes, or at once where it is acute",
    Told.MORE: "what a candidate asks, it asks the giver",
    Told.ANSWER: "what somebody answers, and how its help goes, is for who gave it, and the triage",
    Told.TABLE: "what is said at a table is for who takes part in it",
    Told.SEATS: "who has answered is for the chair, who answers for the table",
    Told.QUESTION: "how safe it is, the holder is asked",
    Told.SAFETY: "and tells the triage",
    Told.CLOSED: "a case is over for who holds it; others hear that what they take part in is",
    Told.FOUND: "that others reported is told where the pair of roles allows, and nowhere else",
    Told.CHANGED: "what became of a thing is for who took part in it",
    Told.NEWS: "what others say goes to who must act on it",
    Told.ROUTE: "a message that the routing table brings comes by that, and not by any tie",
}
"""Why a cell is empty, by its column; why one is not, its row says (`GROUNDS` in `sight.py`)."""

_PASSED: Mapping[Passed, Told] = {
    Passed.ROUTE: Told.ROUTE,
    Passed.NEWS: Told.NEWS,
    Passed.WITHDRAWAL: Told.WITHDRAWN,
    Passed.ANSWER: Told.ANSWER,
    Passed.TABLE: Told.TABLE,
    Passed.QUESTION: Told.QUESTION,
    Passed.SAFETY: Told.SAFETY,
    Passed.CLOSING: Told.CLOSED,
}
_KINDS: Mapping[type, Told] = {
    n.PresentReport: Told.PRESENTED,
    n.ReportNoted: Told.NOTED,
    n.Coincidence: Told.FOUND,
    n.RecordedFor: Told.STEPS,
    n.StepsTaken: Told.STEPS,
    n.OfferMade: Told.OFFER,
    n.OfferBack: Told.OFFER,
    n.OfferSupplemented: Told.OFFER,
    n.OfferWithdrawn: Told.WITHDRAWN,
    n.MoreAsked: Told.MORE,
    n.MoreWanted: Told.MORE,
    n.Dossier: Told.FULL,
    n.TableStand: Told.SEATS,
    n.Changed: Told.CHANGED,
}


def heard(case: Case, drafts: Iterable[tuple[Oin, n.Body]], before: Case | None = None) -> Iterable[tuple[Oin, n.Body]]:
    """What of this is told.

    Args:
        case: as it stands after what led to it.
        before: as it stood: what has gone or ended by the step itself, whoever took part in it until then hears.
    """

    def is_told(oin: Oin, body: n.Body) -> bool:
        took_part = before is not None and isinstance(body, n.Changed) and may_hear(before, oin, body)
        return took_part or may_hear(case, oin, body)

    return ((oin, body) for oin, body in drafts if is_told(oin, body))


def may_hear(case: Case, oin: Oin, body: n.Body) -> bool:
    """Whether this party may be told this of the case."""
    sight = sight_of(case, oin)
    match body:
        case n.Stand():
            return True
        case n.Reminder():
            return sight.sees(PART_OF[body.term], body.about, itself=True)
        case n.Escalation():
            part, owes = PART_OF[body.term], oin in body.by
            return sight.hears(part, body.about) or (owes and sight.sees(part, body.about, itself=True))
    told, about = kind_of(body), n.about(body)
    routed = _is_by_route(body) and NOTICES[Tie.ROUTED][told] is Sees.ALL
    return routed or any(_gives(tie, told, about, sight) for tie in sight.ties)


def kind_of(body: n.Body) -> Told:
    return _PASSED[body.of] if isinstance(body, n.PassOn) else _KINDS[type(body)]


def _gives(tie: Tie, told: Told, about: UUID | None, sight: Sight) -> bool:
    cell = NOTICES[tie][told]
    return cell is Sees.ALL or (about is not None and covers(cell, about, sight.ties[tie], itself=False))


def _is_by_route(body: n.Body) -> bool:
    """Whether its recipient is one that the route of the message names."""
    match body:
        case n.PassOn():
            return body.routed or body.of is Passed.ROUTE
        case n.ReportNoted():
            return body.reason is NoteReason.REGION_NAMED
        case n.Coincidence():
            return body.routed
    return False
