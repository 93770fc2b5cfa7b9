"""Effects of joint tables, monitoring, advice, and requests for the stand."""

from collections.abc import Iterator
from dataclasses import replace

from tests.faults.judge import records as r
from tests.faults.judge.effect import Effect, anywhere, at_each, key
from tests.faults.judge.records import Records, Step


def at_the_table(step: Step, records: Records) -> Iterator[Effect]:
    """Everybody else hears it; the chair also sees how the table stands."""
    table = step.sent.about["overleg"]
    seats = records.seats.get(table, [])
    own = step.sent.type
    key_ = (table, step.book.oin) if own == r.CONTRIBUTION else key(own, step.sent.about)
    for effect in at_each(seats, step, own, key_):
        (partner,) = effect.at
        left = records.left(records.named_books[partner], table)
        yield replace(effect, least=0) if left else effect
    if seats and own != r.PUT:
        chair = frozenset({seats[0].partner})
        yield Effect(step.sent.id, chair, r.TABLE_STAND, (table,), 1 if step.sure else 0)


def asked(step: Step, records: Records) -> Iterator[Effect]:
    yield anywhere(step, records, step.sent.type, key(step.sent.type, step.sent.about))


def stand(step: Step, _records: Records) -> Iterator[Effect]:
    yield Effect(step.sent.id, frozenset({step.book.partner}), "zaken.stand", (step.sent.id,), 1 if step.sure else 0)


def advised(step: Step, records: Records) -> Iterator[Effect]:
    """The question that the triage names is, to who asked, the message that it sent."""
    question = step.book.got.get(step.sent.causation or "")
    asked = [
        one
        for one in records.steps["adviezen.adviesvraag"]
        if question is not None and one.sent.about.get("tekst") == question.about.get("tekst")
    ]
    for one in asked[:1]:
        yield from at_each([one.book], step, step.sent.type, (one.sent.id, str(step.sent.about.get("tekst"))))
