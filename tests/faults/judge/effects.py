"""The contract's table of effects: what every accepted message has to bring about, and in whose books it must show.

    a report                  presented to one triage under the number in its receipt; told to the roles it names
    news on a case            told to the triage, and to the roles it names; perhaps to the holder
    recorded, assessed        told to the reporter, the recording once; the assessment as a step taken
    offer                     at each candidate; acute: with the full part
    more asked, more given    at the giver; at each candidate that has not answered
    yes                       told to the giver and the triage; the full part at the receiver; the others are withdrawn
    no, help begun or done    told to the giver and the triage
    withdrawn                 at each candidate that has not answered
    the case is closed        told to the holder; whoever had not answered an offer is withdrawn
    joint table               at everybody else at the table; how it stands at its chair, each time
    monitoring                the question at the holder, the answer at the triage
    request for the stand     the stand, to who asked
    advice                    the question at a triage, the answer at who asked

A message without an answer yet may have had its effect. Where the books do not say who must hear, an effect is allowed
and not demanded: at the holder that news reaches, at a triage of a case that has moved between regions, and what
crossed an answer. Partners' clocks are taken to be one, which on one machine they are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.faults.judge import records as r
from tests.faults.judge.books import Book, Got, Sent
from tests.faults.judge.records import Handover, Records, Step, is_news

Key = tuple[str, ...]
MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Effect:
    """Messages of this type, about this, in the books of these partners together.

    Attributes:
        cause: the message it follows from.
        least, most: how many; several effects that are the same add up, `once` excepted.
    """

    cause: str
    at: frozenset[str]
    type: str
    key: Key
    least: int = 1
    most: int = 1
    once: bool = False


TOLD: Mapping[str, tuple[str, ...]] = {
    "meldingen.huisverbod": ("om",),
    "meldingen.strafrechtelijk-bericht": ("politie", "rvdk", "reclassering"),
    "meldingen.reclasseringssignaal": ("om", "politie"),
    "meldingen.jeugdbeschermingsbericht": ("rvdk",),
}
"""Roles of the region that get a report under its own type; of a restraining order the Board too, if of minors."""
TAG = {
    "meldingen.huisverbod": "ingaandOp",
    "meldingen.strafrechtelijk-bericht": "ingaandOp",
    "meldingen.raadsbericht": "statusOp",
    "meldingen.jeugdbeschermingsbericht": "statusOp",
}
"""By what a report that is told under its own type can be known again; else by its text."""
FIELDS: Mapping[str, tuple[str, ...]] = {
    r.PRESENTED: ("melding",),
    r.RECORDED: ("melding",),
    "terugkoppelingen.stappen": ("melding", "stap"),
    r.OFFER: ("overdracht",),
    r.MORE_ASKED: ("overdracht", "van"),
    r.MORE_GIVEN: ("overdracht",),
    r.YES: ("overdracht", "van"),
    r.NO: ("overdracht", "van"),
    r.WITHDRAWN: ("overdracht",),
    r.DOSSIER: ("overdracht",),
    "overdrachten.hulp-gestart": ("overdracht",),
    "overdrachten.afgerond": ("overdracht",),
    r.PUT: ("overleg",),
    r.CONTRIBUTION: ("overleg", "van"),
    r.ACTION_ACCEPTED: ("overleg", "afspraak"),
    r.TABLE_STAND: ("overleg",),
    "monitoring.vraag": ("vraag",),
    "monitoring.antwoord": ("vraag",),
    "adviezen.adviesvraag": ("tekst",),
}


def key(type_: str, about: Mapping[str, object]) -> Key:
    """By what a message of this type is known again."""
    if type_ == r.AGREED:
        return (str(about["overleg"]), *about["afspraken"])  # type: ignore[misc]
    names = FIELDS.get(type_) or (TAG.get(type_, "tekst"),)
    return tuple(str(about.get(name)) for name in names)


def key_of(got: Got, records: Records) -> Key | None:
    """Of a message of the hub; `None` for what is not the effect of one message of one partner."""
    if got.type in NOT_EFFECTS:
        return None
    if got.type == r.CLOSED:
        return (str(records.case_of(got.correlation)),)
    if got.type == "zaken.stand":
        return (str(got.causation),)
    if got.type == "adviezen.advies":
        return (str(got.causation), str(got.about.get("tekst")))
    return key(got.type, got.about)


NOT_EFFECTS = frozenset({
    "verwerking.ontvangstbevestiging", "verwerking.foutmelding", "verwerking.vertraagd",
    "verwerking.herinnering", "verwerking.escalatie", "radar.samenloop",
})  # fmt: skip


def effects(records: Records, holder_at_end: Callable[[str], Book | None]) -> Iterator[Effect]:
    """All that must be, and may be, in the books.

    Args:
        holder_at_end: who holds a case after all that was accepted on it.
    """
    for type_, steps in list(records.steps.items()):
        for step in steps:
            if type_.startswith("meldingen."):
                yield from _report(step, records)
            else:
                yield from TABLE.get(type_, _nothing)(step, records)
    for step in records.steps[r.CLOSED]:
        yield from _closed(step, records, holder_at_end)
    for handover in records.handovers.values():
        yield from _withdrawn(handover, records)


def _at(books: Iterable[Book | None], step: Step, type_: str, key_: Key, *, once: bool = False) -> Iterator[Effect]:
    """One at each of these, the sender excepted."""
    partners = dict.fromkeys(book.partner for book in books if book is not None and book is not step.book)
    least = 1 if step.sure else 0
    for partner in partners:
        yield Effect(step.sent.id, frozenset({partner}), type_, key_, least, 1, once)


def _everywhere(step: Step, records: Records, type_: str, key_: Key) -> Effect:
    """One, wherever it is."""
    everybody = frozenset(book.partner for book in records.books)
    return Effect(step.sent.id, everybody, type_, key_, 1 if step.sure else 0)


def _nothing(_step: Step, _records: Records) -> Iterator[Effect]:
    yield from ()


# --- reports -------------------------------------------------------------------------------------------------------


def _report(step: Step, records: Records) -> Iterator[Effect]:
    own, about = step.sent.type, step.sent.about
    desk: Book | None
    if is_news(step.sent):
        case = records.case_of(step.sent.correlation)
        desk = records.desk(case)
        yield from _at([desk], step, own, key(own, about))
        hearing = _holders(case, records) | records.desks.get(case or "", set())
    else:
        desk = _presented_at(step, records)
        if step.reference:
            yield _everywhere(step, records, r.PRESENTED, (step.reference,))
        hearing = set()
    told = _told(step.sent, step.book, desk, records)
    yield from _at(told, step, own, key(own, about))
    for partner in hearing - {book.partner for book in (*told, desk, step.book) if book}:
        yield Effect(step.sent.id, frozenset({partner}), own, key(own, about), 0)


def _presented_at(step: Step, records: Records) -> Book | None:
    seen = records.presented.get(step.reference or "", [])
    return seen[0][0] if seen else None


def _told(sent: Sent, sent_by: Book, desk: Book | None, records: Records) -> list[Book]:
    roles = TOLD.get(sent.type, ())
    if sent.type == "meldingen.huisverbod" and sent.about.get("minderjarigenBetrokken"):
        roles = (*roles, "rvdk")
    regions = set(desk.regions if desk else sent_by.regions)
    return [book for book in records.books if book.role in roles and regions & set(book.regions)]


def _holders(case: str | None, records: Records) -> set[str]:
    """Whoever may have held the case at some moment by a yes."""
    return records.takers.get(case, set()) if case else set()


def _recorded(step: Step, records: Records) -> Iterator[Effect]:
    """By the recording, or by what implies it; told once."""
    number = step.sent.about.get("melding", "")
    report = records.reports.get(number)
    yield from _at([report and report.book], step, r.RECORDED, (number,), once=True)


def _assessed(step: Step, records: Records) -> Iterator[Effect]:
    about = step.sent.about
    number = about.get("melding", "")
    report = records.reports.get(number)
    yield from _recorded(step, records)
    yield from _at([report and report.book], step, "terugkoppelingen.stappen", (number, "beoordeeld"))
    handover = records.handovers.get(about.get("overdracht", ""))
    if handover is None or not handover.back:
        return
    # It is an offer only while Veilig Thuis holds by this report: surely so if nobody ever said yes on the case.
    sure = step.sure and _opened(number, records) and not _holders(handover.case, records)
    for book in handover.candidates:
        yield Effect(step.sent.id, frozenset({book.partner}), r.OFFER, (handover.id,), int(sure))


def _opened(number: str, records: Records) -> bool:
    seen = records.presented.get(number, [])
    return bool(seen) and seen[0][1].about.get("zaakversie") == 1


def _researched(step: Step, records: Records) -> Iterator[Effect]:
    """Each reporter whose report led to it hears of it; which those were, only the order of decisions says."""
    case = records.case_of(step.sent.correlation)
    led = [
        one.sent.about["melding"]
        for one in records.steps[r.ASSESSED]
        if one.sent.about.get("uitkomst") == "onderzoek" and records.case_of(one.sent.correlation) == case
    ]
    for number in dict.fromkeys(led):
        report = records.reports.get(number)
        least = 1 if step.sure and len(led) == 1 and number not in records.detached else 0
        if report is not None:
            at = frozenset({report.book.partner})
            yield Effect(step.sent.id, at, "terugkoppelingen.stappen", (number, "onderzocht"), least, once=True)


def _closed(step: Step, records: Records, holder_at_end: Callable[[str], Book | None]) -> Iterator[Effect]:
    case = records.case_of(step.sent.correlation)
    if case is not None:
        yield from _at([holder_at_end(case)], step, r.CLOSED, (case,))


# --- handovers -----------------------------------------------------------------------------------------------------


def _offered(step: Step, records: Records) -> Iterator[Effect]:
    handover = records.handovers[step.sent.about["overdracht"]]
    yield from _at(handover.candidates, step, r.OFFER, (handover.id,))
    if handover.acute:
        yield from _at(handover.candidates, step, r.DOSSIER, (handover.id,))


def _more_asked(step: Step, records: Records) -> Iterator[Effect]:
    handover = records.handovers.get(step.sent.about["overdracht"])
    if handover is not None:
        yield from _at([handover.giver], step, r.MORE_ASKED, (handover.id, step.book.oin))


def _more_given(step: Step, records: Records) -> Iterator[Effect]:
    """Surely at a candidate that has not answered, or answered only after the giver knew that it was accepted."""
    handover = records.handovers.get(step.sent.about["overdracht"])
    for book in handover.candidates if handover else ():
        assert handover is not None
        sure = step.sure and not _earlier(_ends(handover, book, records), step)
        at = frozenset({book.partner})
        yield Effect(step.sent.id, at, r.MORE_GIVEN, (handover.id,), int(sure))
        if handover.acute and step.sent.about.get("volledig"):
            yield Effect(step.sent.id, at, r.DOSSIER, (handover.id,), int(sure))


def _ends(handover: Handover, book: Book, records: Records) -> Iterator[Step]:
    """All that may have ended this offer for this candidate: its answer, a withdrawal, any yes, the end of the case."""
    yield from records.said(r.NO, handover.id, book, sure=False)
    yield from records.said(r.WITHDRAWN, handover.id, sure=False)
    yield from records.maybe_yeses.get(handover.case or "", [])
    yield from records.closings.get(handover.case or "", [])


def _earlier(others: Iterable[Step], step: Step) -> bool:
    """Whether one of them may have been decided before this step: it was sent before this one's receipt had come."""
    return step.receipt is None or any(other.sent.at <= step.receipt.at for other in others)


def _accepted(step: Step, records: Records) -> Iterator[Effect]:
    handover = records.handovers.get(step.sent.about["overdracht"])
    if handover is None:
        return
    yield from _told_of(step, handover, records, (handover.id, step.book.oin))
    if not handover.acute and not handover.back:
        least = 1 if step.sure else 0
        yield Effect(step.sent.id, frozenset({step.book.partner}), r.DOSSIER, (handover.id,), least)


def _refused(step: Step, records: Records) -> Iterator[Effect]:
    handover = records.handovers.get(step.sent.about["overdracht"])
    if handover is not None:
        yield from _told_of(step, handover, records, (handover.id, step.book.oin))


def _helped(step: Step, records: Records) -> Iterator[Effect]:
    """A start may be decided after an end that was said before its receipt came: then it changes nothing, untold."""
    handover = records.handovers.get(step.sent.about["overdracht"])
    if handover is None:
        return
    done = records.said("overdrachten.afgerond", handover.id, sure=False)
    late = step.sent.type == "overdrachten.hulp-gestart" and _earlier(done, step)
    for effect in _told_of(step, handover, records, (handover.id,)):
        yield Effect(effect.cause, effect.at, effect.type, effect.key, 0 if late else effect.least)


def _told_of(step: Step, handover: Handover, records: Records, key_: Key) -> Iterator[Effect]:
    """At the giver and the triage."""
    yield from _at([handover.giver, records.desk(handover.case)], step, step.sent.type, key_)
    if records.desk(handover.case) is None:
        for partner in records.desks.get(handover.case or "", set()) - {handover.giver.partner, step.book.partner}:
            yield Effect(step.sent.id, frozenset({partner}), step.sent.type, key_, 0)


def _answered(handover: Handover, by: Book, records: Records) -> bool:
    return any(records.said(type_, handover.id, by, sure=False) for type_ in (r.YES, r.NO))


def _over(handover: Handover, records: Records) -> bool:
    """Somebody else's yes, a withdrawal or the end of the case may have closed it to those who had not answered."""
    closed = records.closings.get(handover.case or "")
    return bool(closed) or bool(records.said(r.WITHDRAWN, handover.id, sure=False) or _holders(handover.case, records))


def _withdrawn(handover: Handover, records: Records) -> Iterator[Effect]:
    """At most once at each candidate; surely at who was asked and has not answered, when it cannot answer any more."""
    ends = [*records.said(r.WITHDRAWN, handover.id, sure=False), *records.said(r.YES, handover.id, sure=False)]
    ends += records.closings.get(handover.case or "", [])
    for book in handover.candidates:
        if records.said(r.YES, handover.id, book) or records.said(r.NO, handover.id, book):
            continue
        over = [step for step in ends if step.sure and step.book is not book]
        asked = bool(records.got(book, r.OFFER, handover.id))
        sure = bool(over) and asked and not _answered(handover, book, records)
        if over or _over(handover, records):
            cause = (over[0] if over else handover.step).sent.id
            yield Effect(cause, frozenset({book.partner}), r.WITHDRAWN, (handover.id,), int(sure), once=True)


# --- tables, monitoring, advice, the stand -------------------------------------------------------------------------


def _at_the_table(step: Step, records: Records) -> Iterator[Effect]:
    """Everybody else hears it; the chair also sees how the table stands."""
    table = step.sent.about["overleg"]
    seats = records.seats.get(table, [])
    own = step.sent.type
    key_ = (table, step.book.oin) if own == r.CONTRIBUTION else key(own, step.sent.about)
    yield from _at(seats, step, own, key_)
    if seats and own != r.PUT:
        chair = frozenset({seats[0].partner})
        yield Effect(step.sent.id, chair, r.TABLE_STAND, (table,), 1 if step.sure else 0)


def _asked(step: Step, records: Records) -> Iterator[Effect]:
    yield _everywhere(step, records, step.sent.type, key(step.sent.type, step.sent.about))


def _monitored(step: Step, records: Records) -> Iterator[Effect]:
    yield _everywhere(step, records, step.sent.type, key(step.sent.type, step.sent.about))


def _stand(step: Step, _records: Records) -> Iterator[Effect]:
    yield Effect(step.sent.id, frozenset({step.book.partner}), "zaken.stand", (step.sent.id,), 1 if step.sure else 0)


def _advised(step: Step, records: Records) -> Iterator[Effect]:
    """The question that the triage names is, to who asked, the message that it sent."""
    question = step.book.got.get(step.sent.causation or "")
    asked = [
        one
        for one in records.steps["adviezen.adviesvraag"]
        if question is not None and one.sent.about.get("tekst") == question.about.get("tekst")
    ]
    for one in asked[:1]:
        yield from _at([one.book], step, step.sent.type, (one.sent.id, str(step.sent.about.get("tekst"))))


TABLE: Mapping[str, Callable[[Step, Records], Iterator[Effect]]] = {
    r.RECORDED: _recorded,
    r.ASSESSED: _assessed,
    r.DETACHED: _recorded,
    "triage.onderzoeksuitkomst": _researched,
    r.OFFER: _offered,
    r.MORE_ASKED: _more_asked,
    r.MORE_GIVEN: _more_given,
    r.YES: _accepted,
    r.NO: _refused,
    "overdrachten.hulp-gestart": _helped,
    "overdrachten.afgerond": _helped,
    r.PUT: _at_the_table,
    r.CONTRIBUTION: _at_the_table,
    r.AGREED: _at_the_table,
    r.ACTION_ACCEPTED: _at_the_table,
    "monitoring.vraag": _monitored,
    "monitoring.antwoord": _monitored,
    "zaken.standvraag": _stand,
    "adviezen.adviesvraag": _asked,
    "adviezen.advies": _advised,
}
"""What is not here is told to nobody: radar.contact-gelegd, radar.intrekking, overdrachten.belegd."""
