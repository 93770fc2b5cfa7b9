"""Organisations merge: a successor stands in the place of a former organisation on every case that names it.

This is no move of responsibility (P4): the successor is the same party by law, and the directory, changed by an
operator, says so. It is done when the case is next touched, as a fact of its own in the register.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from hub.cases.case import Case
from hub.cases.events import PartySucceeded
from hub.ids import Oin


def successions(case: Case, successor: Callable[[Oin], Oin | None], now: datetime) -> tuple[PartySucceeded, ...]:
    """One for each party on the case that has a successor.

    Args:
        successor: the organisation in whose place another is now; `None` for one that goes on, or just ended.
    """
    found = ((oin, successor(oin)) for oin in dict.fromkeys(_parties(case)))
    return tuple(PartySucceeded(now, oin, next_) for oin, next_ in found if next_ is not None)


def _parties(case: Case) -> Iterator[Oin]:
    yield case.triage
    yield from (case.holder,) if case.holder is not None else ()
    yield from case.held
    yield from case.desks
    yield from (report.reporter for report in case.reports.values())
    for handover in case.handovers.values():
        yield from (handover.giver, *handover.candidates)
    for table in case.tables.values():
        yield from (table.chair, *table.seats)
    yield from (question.of for question in case.questions.values())
    yield from (oin for one in case.coincidences.values() for oin in one.told)
