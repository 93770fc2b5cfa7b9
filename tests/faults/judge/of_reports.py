"""Effects of reports and of what the triage does with them."""

from collections.abc import Callable, Iterator, Mapping

from tests.faults.judge import records as r
from tests.faults.judge.books import Book
from tests.faults.judge.effect import Effect, anywhere, at_each, key
from tests.faults.judge.records import Records, Step, is_news

TOLD: Mapping[str, tuple[str, ...]] = {
    "meldingen.huisverbod": ("om",),
    "meldingen.strafrechtelijk-bericht": ("politie", "rvdk", "reclassering"),
    "meldingen.reclasseringssignaal": ("om", "politie"),
    "meldingen.jeugdbeschermingsbericht": ("rvdk",),
}
"""Roles of the region that get a report under its own type; of a restraining order the Board too, if of minors."""


def report(step: Step, records: Records) -> Iterator[Effect]:
    own, about = step.sent.type, step.sent.about
    desk: Book | None
    if is_news(step.sent):
        case = records.case_of(step.sent.correlation)
        desk = records.desk(case)
        yield from at_each([desk], step, own, key(own, about))
        named = {book.partner for book in _named(step, records)}
        hearing = records.holders(step.sent.correlation) | records.desks.get(case or "", set()) | named
    else:
        desk = _presented_at(step, records)
        if step.reference:
            yield anywhere(step, records, r.PRESENTED, (step.reference,))
            yield from _noted(step, step.reference, desk, records)
        hearing = set()
    told = _told(step, records)
    yield from at_each(told, step, own, key(own, about))
    for partner in hearing - {book.partner for book in (*told, desk, step.book) if book}:
        yield Effect(step.sent.id, frozenset({partner}), own, key(own, about), 0)


def _noted(step: Step, number: str, desk: Book | None, records: Records) -> Iterator[Effect]:
    """At the desk of the region that it names, where another is the triage; perhaps at who holds, or may."""
    named = [book for book in _named(step, records) if desk is not None and book is not desk]
    yield from at_each(named, step, r.NOTED, (number,))
    for book in records.books:
        if book not in (*named, desk, step.book):
            yield Effect(step.sent.id, frozenset({book.partner}), r.NOTED, (number,), 0)


def _named(step: Step, records: Records) -> list[Book]:
    """Fake partners report on their own region."""
    return [book for book in records.books if book.role == r.TRIAGE and set(step.book.regions) & set(book.regions)]


def _presented_at(step: Step, records: Records) -> Book | None:
    seen = records.presented.get(step.reference or "", [])
    return seen[0][0] if seen else None


def _told(step: Step, records: Records) -> list[Book]:
    """In the region of the report, which may join a case of another; fake partners report on their own region."""
    roles, sent = TOLD.get(step.sent.type, ()), step.sent
    if sent.type == "meldingen.huisverbod" and sent.about.get("minderjarigenBetrokken"):
        roles = (*roles, "rvdk")
    return [book for book in records.books if book.role in roles and set(step.book.regions) & set(book.regions)]


def recorded(step: Step, records: Records) -> Iterator[Effect]:
    """By the recording, or by what implies it; told once."""
    number = step.sent.about.get("melding", "")
    report = records.reports.get(number)
    yield from at_each([report.book if report else None], step, r.RECORDED, (number,), once=True)


def detached(step: Step, records: Records) -> Iterator[Effect]:
    """Once more at the desk of the region that it names, where that is another: the case of its own is owed to it."""
    yield from recorded(step, records)
    number = step.sent.about.get("melding", "")
    report = records.reports.get(number)
    named = _named(report, records) if report is not None else []
    if step.book not in named:
        yield from at_each(named, step, r.NOTED, (number,))


def assessed(step: Step, records: Records) -> Iterator[Effect]:
    about = step.sent.about
    number = about.get("melding", "")
    report = records.reports.get(number)
    yield from recorded(step, records)
    yield from at_each([report.book if report else None], step, "terugkoppelingen.stappen", (number, "beoordeeld"))
    handover = records.handovers.get(about.get("overdracht", ""))
    if handover is None or not handover.back:
        return
    # Beside others it has a case of its own; alone, Veilig Thuis must hold: surely so if nobody ever said yes on it.
    alone = _opened(number, handover.case, records) and not records.holders(handover.case)
    sure = step.sure and (handover.case in records.took_apart or alone)
    for book in handover.candidates:
        yield Effect(step.sent.id, frozenset({book.partner}), r.OFFER, (handover.id,), int(sure))


def _opened(number: str, case: str | None, records: Records) -> bool:
    opening = records.openings.get(case or "")
    return opening is not None and opening[0] == number


def researched(step: Step, records: Records) -> Iterator[Effect]:
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


def closed(step: Step, records: Records, holder_at_end: Callable[[str], Book | None]) -> Iterator[Effect]:
    case = records.case_of(step.sent.correlation)
    if case is not None:
        yield from at_each([holder_at_end(case)], step, r.CLOSED, (case,))
