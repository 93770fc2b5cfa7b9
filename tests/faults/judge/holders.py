"""Who held each case, one after the other, by what partners sent and were told (P3, P4)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tests.faults.judge.books import Book, Got
from tests.faults.judge.findings import Finding, Kind
from tests.faults.judge.records import Records, Step

Move = tuple[str, str, Step]
"""From whom to whom, by which step."""


@dataclass
class Holding:
    """One case. The first holder is the reporter whose report opened it, or the triage that took a report apart."""

    case: str
    records: Records

    @cached_property
    def first(self) -> str | None:
        apart = self.records.took_apart.get(self.case)
        opening = self.records.openings.get(self.case)
        by = apart or (opening and opening[1])
        return by.book.partner if by else None

    @cached_property
    def moves(self) -> list[Move]:
        """Every accepted step that moves the holder, in no order: the hub's clock does not order transactions."""
        return [*self._recording(), *self._yeses()]

    def _recording(self) -> Iterator[Move]:
        number, report = self.records.openings.get(self.case, (None, None))
        step = self.records.recordings.get(number or "")
        if step is not None and report is not None:
            yield report.book.partner, step.book.partner, step

    def _yeses(self) -> Iterator[Move]:
        for step in self.records.yeses.get(self.case, ()):
            handover = self.records.handovers.get(step.sent.about["overdracht"])
            if handover is not None:
                yield handover.giver.partner, step.book.partner, step

    @cached_property
    def chain(self) -> list[str] | None:
        """Holders in an order in which every giver held when it was said yes to; `None` if there is no such order."""
        return None if self.first is None else _path([self.first], list(self.moves))

    @cached_property
    def pairs(self) -> set[tuple[str, str]]:
        """Which holder may come after which, with steps in between that nobody was told of."""
        chain = self.chain or []
        return {(one, later) for place, one in enumerate(chain) for later in chain[place:]}


class Holdings:
    def __init__(self, records: Records) -> None:
        self._records = records
        self.cases = {case: Holding(case, records) for case in records.cases}

    def at_end(self, case: str) -> Book | None:
        holding = self.cases.get(case)
        chain = holding.chain if holding else None
        return self._records.named_books[chain[-1]] if chain else None

    def findings(self) -> Iterator[Finding]:
        for holding in self.cases.values():
            yield from _two_at_a_time(holding)
        for (partner, case), told in sorted(_told(self._records).items()):
            yield from _told_in_order(partner, told, self.cases[case], self._records)


def _path(so_far: list[str], moves: list[Move]) -> list[str] | None:
    if not moves:
        return so_far
    for place, (giver, receiver, _) in enumerate(moves):
        if giver == so_far[-1]:
            found = _path([*so_far, receiver], moves[:place] + moves[place + 1 :])
            if found is not None:
                return found
    return None


def _two_at_a_time(holding: Holding) -> Iterator[Finding]:
    if holding.moves and holding.first is not None and holding.chain is None:
        ids = tuple(step.sent.id for *_, step in holding.moves)
        yield Finding(Kind.AGAINST, f"two hold case {holding.case}: accepted steps make no order", holding.first, ids)


def _told(records: Records) -> dict[tuple[str, str], list[Got]]:
    """What each partner was told of the holder of each case, by version."""
    found: dict[tuple[str, str], list[Got]] = defaultdict(list)
    for book in records.books:
        for got in book.got.values():
            case = records.case_of(got.correlation)
            # Under the name of a report that was taken apart, one hears of the case that it was on before, too.
            apart = got.correlation in records.detached
            if "houder" in got.about and case in records.cases and not apart:
                found[book.partner, case].append(got)
    return {key: sorted(told, key=lambda one: one.about["zaakversie"]) for key, told in found.items()}


def _told_in_order(partner: str, told: list[Got], holding: Holding, records: Records) -> Iterator[Finding]:
    if holding.chain is None:
        return
    names = [records.by_oin[one.about["houder"]].partner for one in told]
    for got, name in zip(told, names, strict=True):
        if name not in holding.chain:
            yield Finding(Kind.AGAINST, f"{name} is said to hold case {holding.case} without a yes", partner, (got.id,))
            return
    for one, other, before, after in zip(told, told[1:], names, names[1:], strict=False):
        if (before, after) not in holding.pairs:
            what = f"case {holding.case} goes from {before} to {after} without a yes"
            yield Finding(Kind.AGAINST, what, partner, (one.id, other.id))
