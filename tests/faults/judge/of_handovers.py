"""Effects of what is said of a handover. What crossed an answer may be there or not."""

from collections.abc import Iterable, Iterator

from tests.faults.judge import records as r
from tests.faults.judge.books import Book
from tests.faults.judge.effect import Effect, Key, at_each
from tests.faults.judge.records import Handover, Records, Step


def offered(step: Step, records: Records) -> Iterator[Effect]:
    handover = records.handovers[step.sent.about["overdracht"]]
    yield from at_each(handover.candidates, step, r.OFFER, (handover.id,))
    if handover.acute:
        yield from at_each(handover.candidates, step, r.DOSSIER, (handover.id,))


def more_asked(step: Step, records: Records) -> Iterator[Effect]:
    handover = records.handovers.get(step.sent.about["overdracht"])
    if handover is not None:
        yield from at_each([handover.giver], step, r.MORE_ASKED, (handover.id, step.book.oin))


def more_given(step: Step, records: Records) -> Iterator[Effect]:
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


def accepted(step: Step, records: Records) -> Iterator[Effect]:
    handover = records.handovers.get(step.sent.about["overdracht"])
    if handover is None:
        return
    yield from _told_of(step, handover, records, (handover.id, step.book.oin))
    if not handover.acute and not handover.back:
        least = 1 if step.sure else 0
        yield Effect(step.sent.id, frozenset({step.book.partner}), r.DOSSIER, (handover.id,), least)
    if step.book.role == r.TRIAGE:
        yield from _still_to_be_done(step, handover, records)


def _still_to_be_done(step: Step, handover: Handover, records: Records) -> Iterator[Effect]:
    """A desk that takes the case to its region hears of each report that was not assessed yet: which, nobody knows."""
    for number in records.joined:
        if handover.case in records.cases_of(number):
            yield Effect(step.sent.id, frozenset({step.book.partner}), r.NOTED, (number,), 0)


def refused(step: Step, records: Records) -> Iterator[Effect]:
    handover = records.handovers.get(step.sent.about["overdracht"])
    if handover is not None:
        yield from _told_of(step, handover, records, (handover.id, step.book.oin))


def helped(step: Step, records: Records) -> Iterator[Effect]:
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
    yield from at_each([handover.giver, records.desk(handover.case)], step, step.sent.type, key_)
    if records.desk(handover.case) is None:
        for partner in records.desks.get(handover.case or "", set()) - {handover.giver.partner, step.book.partner}:
            yield Effect(step.sent.id, frozenset({partner}), step.sent.type, key_, 0)


def _answered(handover: Handover, by: Book, records: Records) -> bool:
    return any(records.said(type_, handover.id, by, sure=False) for type_ in (r.YES, r.NO))


def _over(handover: Handover, records: Records) -> bool:
    """Somebody else's yes, a withdrawal or the end of the case may have closed it to those who had not answered."""
    closed = records.closings.get(handover.case or "")
    return bool(closed) or bool(records.said(r.WITHDRAWN, handover.id, sure=False) or records.holders(handover.case))


def withdrawn(handover: Handover, records: Records) -> Iterator[Effect]:
    """At most once at each candidate; surely at who was asked and has not answered, when it cannot answer any more.

    Perhaps at one whose report was taken out of the case.
    """
    ends = [*records.said(r.WITHDRAWN, handover.id, sure=False), *records.said(r.YES, handover.id, sure=False)]
    ends += records.closings.get(handover.case or "", [])
    for book in handover.candidates:
        if records.said(r.YES, handover.id, book) or records.said(r.NO, handover.id, book):
            continue
        over = [step for step in ends if step.sure and step.book is not book]
        asked = bool(records.got(book, r.OFFER, handover.id))
        sure = bool(over) and asked and not _answered(handover, book, records)
        if over or _over(handover, records) or records.reported_apart(book):
            cause = (over[0] if over else handover.step).sent.id
            yield Effect(cause, frozenset({book.partner}), r.WITHDRAWN, (handover.id,), int(sure), once=True)
