"""The checker: books in, findings out. Pure; it knows the contract, and nothing of how the hub decides."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from tests.faults.judge import rules
from tests.faults.judge.books import CONFIRMATION, REFUSAL, Book
from tests.faults.judge.effect import Effect, Key, key_of
from tests.faults.judge.effects import effects
from tests.faults.judge.findings import Finding, Kind, Verdict
from tests.faults.judge.holders import Holdings
from tests.faults.judge.records import Records

Group = tuple[frozenset[str], str, Key]


def judge(books: Sequence[Book]) -> Verdict:
    """Hold all books of a run against each other."""
    records = Records(books)
    holdings = Holdings(records)
    found = [
        *_effects(records, holdings),
        *rules.answers(records),
        *rules.copies(records),
        *rules.versions(records),
        *rules.unfounded(records),
        *rules.coincidences(records),
        *rules.yeses(records),
        *holdings.findings(),
    ]
    return _verdict(records, sorted(found, key=lambda one: (list(Kind).index(one.kind), one.at, one.what)))


def _effects(records: Records, holdings: Holdings) -> Iterator[Finding]:
    """What had to be there and is not, is there more often than it may, or is there and nothing led to it."""
    groups: dict[Group, list[Effect]] = defaultdict(list)
    for effect in effects(records, holdings.at_end):
        groups[effect.at, effect.type, effect.key].append(effect)
    there = _there(records)
    explained: set[str] = set()
    for (at, type_, key), expected in groups.items():
        ids = [id_ for partner in at for id_ in there.get((partner, type_, key), ())]
        explained.update(ids)
        yield from _compared(at, type_, expected, ids)
    for (partner, type_, _), ids in there.items():
        for id_ in ids:
            if id_ not in explained:
                yield Finding(Kind.INVENTED, f"{type_} that nothing accepted leads to", partner, (id_,))


def _there(records: Records) -> dict[tuple[str, str, Key], list[str]]:
    found: dict[tuple[str, str, Key], list[str]] = defaultdict(list)
    for book in records.books:
        for got in book.got.values():
            key = key_of(got, records)
            if key is not None:
                found[book.partner, got.type, key].append(got.id)
    return found


def _compared(at: frozenset[str], type_: str, expected: Sequence[Effect], ids: Sequence[str]) -> Iterator[Finding]:
    least, most = _bounds(expected)
    where = next(iter(at)) if len(at) == 1 else "any partner"
    causes = tuple(dict.fromkeys(effect.cause for effect in expected))
    if len(ids) < least:
        what = f"{type_}: {len(ids)} of {least} that accepted messages lead to"
        yield Finding(Kind.LOST, what, where, causes)
    if len(ids) > most:
        what = f"{type_}: {len(ids)} where accepted messages lead to {most}"
        yield Finding(Kind.DOUBLED, what, where, (*causes, *ids))


def _bounds(expected: Iterable[Effect]) -> tuple[int, int]:
    once = [effect for effect in expected if effect.once]
    each = [effect for effect in expected if not effect.once]
    least = sum(effect.least for effect in each) + max((effect.least for effect in once), default=0)
    most = sum(effect.most for effect in each) + max((effect.most for effect in once), default=0)
    return least, most


def _verdict(records: Records, findings: Iterable[Finding]) -> Verdict:
    sent = [one for book in records.books for one in book.sent.values()]
    got = [one for book in records.books for one in book.got.values()]
    refused = Counter(str(one.about.get("code")) for one in got if one.type == REFUSAL)
    return Verdict(
        findings=tuple(findings),
        sent=len(sent),
        confirmations=sum(one.type == CONFIRMATION for one in sent),
        resent=sum(max(0, one.confirmed - 1) for one in sent),
        got=len(got),
        again=sum(len(one.arrivals) - 1 for one in got),
        accepted=sum(len(records.accepted(type_)) for type_ in list(records.steps)),
        refused=dict(refused),
    )
