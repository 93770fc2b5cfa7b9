"""Organisations merge: a successor stands in the place of a former organisation on every case that names it.

This is no move of responsibility (P4): the successor is the same party by law, and the directory, changed by an
operator, says so. It is done when the case is next touched, as a fact of its own in the register.

So two parties of a case may become one. Nobody is then asked for what it has: an offer to oneself, a chair's own seat,
a question to oneself, contact with oneself are settled, each as a fact of its own, and the terms that waited for nobody
else end. What somebody still has to do is left: a report that is not recorded, a yes of others.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID

from hub.cases.case import Case, CoincidenceOnCase, Handover, Table
from hub.cases.events import Event, PartySucceeded, Settled
from hub.cases.evolve import fold
from hub.cases.states import TOOK_OVER, UNANSWERED, ActionState, CoincidenceState, QuestionState
from hub.cases.terms import waiting_for_nobody
from hub.ids import Oin


def successions(
    case: Case,
    successor: Callable[[Oin], Oin | None],
    now: datetime,
    connected: Callable[[Oin], bool] = lambda _oin: False,
) -> tuple[Event, ...]:
    """One `PartySucceeded` for each party on the case that has a successor, and what is settled by that.

    Args:
        successor: the organisation in whose place another is now; `None` for one that goes on, or just ended.
        connected: whether an organisation is there now: from one that is back, the triage need not take over.
    """
    found = ((oin, successor(oin)) for oin in dict.fromkeys(_parties(case)))
    merged = tuple(PartySucceeded(now, oin, next_) for oin, next_ in found if next_ is not None)
    after = fold(case, merged)
    assert after is not None
    # Asked of every case, so that what was merged before it was settled is too.
    owed = (one for one in case.handovers.values() if one.ended and one.open_candidates())
    back = (one.id for one in owed if successor(one.giver) or connected(one.giver))
    settled = tuple(Settled(now, about) for about in dict.fromkeys((*_between(after), *back)))
    if not merged and not settled:
        return ()
    left = fold(after, settled)
    assert left is not None
    return (*merged, *settled, *waiting_for_nobody(left, now))


def leaves(case: Case, oin: Oin) -> tuple[str, ...]:
    """What would be without anyone on this case, if this organisation ended with nobody in its place."""
    holds = ("holds it",) if case.holder == oin else ()
    asked = ("is offered it",) if any(oin in one.open_candidates() for one in case.handovers.values()) else ()
    seats = ("is awaited at a table",) if any(oin in one.silent() for one in case.tables.values()) else ()
    return (*holds, *asked, *seats)


def _parties(case: Case) -> Iterator[Oin]:
    yield case.triage
    yield from (case.holder,) if case.holder is not None else ()
    yield from case.held
    yield from case.desks
    yield from case.told  # what its successor hears goes on from there, also where nothing else names it any more
    yield from (case.named_desk,) if case.named_desk is not None else ()
    for report in case.reports.values():
        yield from (report.reporter,) if report.desk is None else (report.reporter, report.desk)
    for handover in case.handovers.values():
        yield from (handover.giver, *handover.candidates)
    for table in case.tables.values():
        yield from (table.chair, *table.seats, *(action.responsible for action in table.actions.values()))
    yield from (question.of for question in case.questions.values())
    yield from (oin for one in case.coincidences.values() for oin in (*one.told, *one.reporters))


def _between(case: Case) -> Iterator[UUID]:
    """What stands open between an organisation and itself."""
    if case.attention and case.holder == case.triage:
        yield case.id
    yield from (one.id for one in case.handovers.values() if _gives_itself(one))
    for table in case.tables.values():
        yield from _at_its_own(table)
    for question in case.questions.values():
        if question.state is QuestionState.ASKED and question.of == case.triage:
            yield question.id
    yield from (one.id for one in case.coincidences.values() if _is_of_one(one, case))


def _gives_itself(one: Handover) -> bool:
    mine = one.candidates.get(one.giver)
    wants = UNANSWERED if not one.full_wanted else (*UNANSWERED, *TOOK_OVER)
    return mine is not None and mine.state in wants


def _at_its_own(table: Table) -> Iterator[UUID]:
    if table.chair in table.seats:
        yield table.id
    for action in table.actions.values():
        if action.state is ActionState.AGREED and action.responsible == table.chair:
            yield action.id


def _is_of_one(found: CoincidenceOnCase, case: Case) -> bool:
    """Whether all who reported on the same people are one organisation: it knows of itself."""
    if found.state is not CoincidenceState.FOUND or found.report not in case.reports:
        return False
    return set(found.reporters) == {case.reports[found.report].reporter}
