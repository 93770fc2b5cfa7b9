"""What the contract forbids, whatever the effects: answers, yeses, versions, causes."""

from collections import defaultdict
from collections.abc import Iterator

from tests.faults.judge import records as r
from tests.faults.judge.books import CONFIRMATION, DELAYED, RECEIPT, REFUSAL, Book, Got, Sent
from tests.faults.judge.findings import Finding, Kind
from tests.faults.judge.records import Records, Step

NEVER_OF_A_RIGHT_ONE = frozenset({
    "envelop-ongeldig", "te-groot", "verlopen", "tijd-in-toekomst", "afzender-onjuist", "ontvanger-onjuist",
    "id-hergebruik", "json-ongeldig", "type-onbekend", "niet-bevoegd", "schema-ongeldig", "testgegevens",
    "persoonsgegevens-in-adviesvraag", "regio-onbekend", "niet-verwerkt",
    "zaak-onbekend", "overdracht-onbekend", "oorzaak-onbekend",
})  # fmt: skip
"""Refusals that speak of the message itself, or of what the hub itself has told its sender, and not of how the case
stands meanwhile."""


# --- answers -------------------------------------------------------------------------------------------------------


def answers(records: Records) -> Iterator[Finding]:
    """One answer to each message, the same each time, about what was sent; none about anything else."""
    for book in records.books:
        for sent in book.sent.values():
            yield from _answered(book, sent, records.answers.get((book.partner, sent.id), []))
        for got in book.got.values():
            about = got.about.get("bericht")
            if got.type in (RECEIPT, REFUSAL, DELAYED) and about is not None and about not in book.sent:
                yield Finding(Kind.INVENTED, f"{got.type} of a message that was not sent", book.partner, (got.id,))


def _answered(book: Book, sent: Sent, answers: list[Got]) -> Iterator[Finding]:
    if len(answers) > 1:
        ids = (sent.id, *(one.id for one in answers))
        yield Finding(Kind.DOUBLED, f"{len(answers)} answers to one {sent.type}", book.partner, ids)
    for answer in answers:
        if answer.about.get("sha256") != sent.sha256:
            yield Finding(Kind.INVENTED, f"{answer.type} of other content", book.partner, (sent.id, answer.id))
        if answer.type == REFUSAL:
            yield from _refused(book, sent, answer)
        elif sent.wrong:
            yield Finding(Kind.AGAINST, f"{sent.type} is accepted, wrong as it is", book.partner, (sent.id, answer.id))
    if not answers and sent.type != CONFIRMATION:
        copies = f"{sent.confirmed} copies confirmed by the broker" if sent.confirmed else "no copy confirmed"
        yield Finding(Kind.UNANSWERED, f"{sent.type}, {copies}", book.partner, (sent.id,))


def _refused(book: Book, sent: Sent, answer: Got) -> Iterator[Finding]:
    code = str(answer.about.get("code"))
    if sent.type == CONFIRMATION:
        yield Finding(Kind.AGAINST, f"a verwerkt is refused as {code}", book.partner, (sent.id, answer.id))
    elif not sent.wrong and code in NEVER_OF_A_RIGHT_ONE:
        yield Finding(Kind.AGAINST, f"{sent.type} is refused as {code}", book.partner, (sent.id, answer.id))


# --- what came in --------------------------------------------------------------------------------------------------


def copies(records: Records) -> Iterator[Finding]:
    """A copy of a message is the same message; what cannot be read is none."""
    for book in records.books:
        for got in book.got.values():
            if set(got.arrivals) != {got.sha256}:
                yield Finding(Kind.DOUBLED, f"one id with two contents, {got.type}", book.partner, (got.id,))
        for id_ in book.unreadable:
            yield Finding(Kind.AGAINST, "a message that cannot be read", book.partner, (id_,))


def versions(records: Records) -> Iterator[Finding]:
    """`zaakversie` counts from 1 without a gap and without a repeat, for each recipient and name.

    A report has a count of its own, wherever it goes.
    """
    found: dict[tuple[str, str], list[Got]] = defaultdict(list)
    for book in records.books:
        for got in book.got.values():
            if "zaakversie" in got.about and records.case_of(got.correlation) is not None:
                found[book.partner, str(got.correlation)].append(got)
    for (partner, name), messages in sorted(found.items()):
        yield from _counted(partner, name, sorted(messages, key=lambda one: one.about["zaakversie"]))


def _counted(partner: str, name: str, messages: list[Got]) -> Iterator[Finding]:
    before, last = 0, None
    for got in messages:
        version = got.about["zaakversie"]
        if version == before and last is not None:
            what = f"two messages with version {version} under {name}"
            yield Finding(Kind.DOUBLED, what, partner, (last.id, got.id))
        elif version > before + 1:
            missing = f"{before + 1} to {version - 1}" if version > before + 2 else str(before + 1)
            yield Finding(Kind.LOST, f"version {missing} under {name}", partner, (got.id,))
        before, last = version, got


def unfounded(records: Records) -> Iterator[Finding]:
    """What the hub says of itself speaks of what is known to it, once; a cause is a message of the one who reads it."""
    known = {*records.reports, *records.cases, *records.handovers, *records.seats, *_numbers(records)}
    for book in records.books:
        told: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for got in book.got.values():
            if got.causation is not None and got.causation not in book.sent and got.causation not in book.got:
                yield Finding(Kind.INVENTED, f"{got.type} names a cause that is not there", book.partner, (got.id,))
            subject = _subject(got)
            if subject is None:
                continue
            told[got.type, *subject].append(got.id)
            if subject[0] not in known:
                yield Finding(Kind.INVENTED, f"{got.type} about nothing that is known", book.partner, (got.id,))
        for (type_, *_), ids in told.items():
            if len(ids) > 1:
                yield Finding(Kind.DOUBLED, f"{len(ids)} of {type_} about the same", book.partner, tuple(ids))


def _subject(got: Got) -> tuple[str, ...] | None:
    about = got.about
    if got.type == "radar.samenloop":
        return about["melding"], about["samenloop"]
    if got.type == r.CHANGED:
        return about["over"], about["wijziging"], str(got.correlation)
    if got.type in ("verwerking.herinnering", "verwerking.escalatie"):
        return about["over"], about["termijn"], str(about.get("ronde"))
    return None


def _numbers(records: Records) -> Iterator[str]:
    """Of actions, questions and coincidences."""
    for book in records.books:
        said: list[Sent | Got] = [*book.sent.values(), *book.got.values()]
        for about in (message.about for message in said):
            yield from about.get("afspraken", ())
            yield from (about[name] for name in ("vraag", "samenloop") if name in about)


def coincidences(records: Records) -> Iterator[Finding]:
    """A report that others were found beside: its triage is told so, and that of its own region where it joined."""
    for number, seen in records.presented.items():
        for desk, got in seen:
            if set(got.about.get("anderen", ())) - {got.about.get("afzender")}:
                for book in {desk.partner: desk, **_triage_of_its_region(number, records)}.values():
                    if not records.got(book, "radar.samenloop", number):
                        what = "a report was found beside others: no radar.samenloop"
                        yield Finding(Kind.LOST, what, book.partner, (got.id,))


def _triage_of_its_region(number: str, records: Records) -> dict[str, Book]:
    report = records.reports.get(number)
    if report is None or report.sent.correlation is not None:
        return {}
    own = set(report.book.regions)
    return {book.partner: book for book in records.books if book.role == r.TRIAGE and own & set(book.regions)}


# --- handovers -----------------------------------------------------------------------------------------------------


def yeses(records: Records) -> Iterator[Finding]:
    """A yes answers an offer that the receiver got, as it last stood; one says yes to a handover, and once."""
    for step in records.accepted(r.YES):
        yield from _founded(step, records)
    for handover in records.handovers.values():
        yes = records.said(r.YES, handover.id)
        if len(yes) > 1:
            ids = tuple(step.sent.id for step in yes)
            yield Finding(Kind.AGAINST, f"{len(yes)} said yes to handover {handover.id}", yes[0].book.partner, ids)
        for step in yes:
            no = records.said(r.NO, handover.id, step.book)
            gone = [one.id for one in records.got(step.book, r.WITHDRAWN, handover.id)]
            if no or gone:
                ids = (step.sent.id, *(one.sent.id for one in no), *gone)
                yield Finding(Kind.AGAINST, "a yes beside a no or a withdrawal", step.book.partner, ids)


def _founded(step: Step, records: Records) -> Iterator[Finding]:
    handover, book = step.sent.about["overdracht"], step.book
    offers = records.got(book, r.OFFER, handover)
    if not offers:
        yield Finding(Kind.AGAINST, "a yes without an offer was accepted", book.partner, (step.sent.id,))
        return
    latest = max([*offers, *records.got(book, r.MORE_GIVEN, handover)], key=lambda one: one.about["zaakversie"])
    if step.sent.about.get("aanbodHash") != latest.sha256:
        yield Finding(Kind.AGAINST, "a yes to another than the latest offer", book.partner, (step.sent.id, latest.id))
