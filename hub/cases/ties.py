"""Every way into a case: by what a party has to do with it, and with what on it.

A party may have several ties at once, and ties end: who was asked and said no, who was asked no more, who has handed
on, the desk of a region that the case has left, keep a tie that says so and gives hardly any right
(`sight.py`). Who holds by a report that is not recorded yet is a reporter and nothing more: it does not know the case.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from uuid import UUID

from hub.canonical.partners import Role
from hub.cases.case import NO_OTHERS, Case, Handover, Table
from hub.cases.parts import asked_as, held_as
from hub.cases.states import TOOK_OVER, UNANSWERED, ActionState, CandidacyState, CaseState, QuestionState, SeatState
from hub.ids import Oin


class Tie(Enum):
    """Each value is its name in the pages."""

    TRIAGE = "the triage"
    FORMER_TRIAGE = "a triage before"
    HOLDER = "the holder"
    GIVER = "who gave it to the holder"
    HELD_BEFORE = "a holder before"
    ASKED = "a candidate that may still answer"
    REFUSED = "a candidate that said no"
    WITHDRAWN = "a candidate that is asked no more"
    REPORTER = "a reporter"
    CHAIR = "the chair of a joint table"
    SEAT = "a seat at a joint table"
    DECLINED = "a seat that takes no part"
    SAT = "who was at a table that is over"
    SAT_LAST = "who was at a table when the case was closed"
    RESPONSIBLE = "the responsible party of an action"
    QUESTIONED = "who is asked how safe it is"
    TOLD = "who was told what the radar found"
    ROUTED = "whom the route of a message names"
    """By the message, and not by the case: nobody is found to have it."""


Ties = Mapping[Tie, frozenset[UUID]]
"""What each is a tie to: reports, handovers, tables and their actions, actions, questions, coincidences, the case."""


def ties(case: Case, oin: Oin, but: frozenset[Role] = NO_OTHERS) -> Ties:
    """What this party has to do with the case.

    Args:
        but: the roles of the party's other connections: what it is in these is not this one's.
    """
    found: defaultdict[Tie, set[UUID]] = defaultdict(set)
    for tie, to in _found(case, oin, but):
        found[tie].update(to)
    return {tie: frozenset(found[tie]) for tie in Tie if tie in found}


def _found(case: Case, oin: Oin, but: frozenset[Role]) -> Iterator[tuple[Tie, Iterable[UUID]]]:
    if case.is_desk(oin, but):
        yield Tie.TRIAGE if oin == case.triage else Tie.FORMER_TRIAGE, (case.id,)
    if oin == case.holder != case.triage and not _by_report(case, oin) and held_as(case, oin) not in but:
        yield Tie.HOLDER, (case.id,)
    last = _last_yes(case)
    for handover in case.handovers.values():
        if case.part(handover.id, oin) not in but:
            yield from _of_handover(case, handover, oin, is_last=handover is last)
    yield from ((Tie.REPORTER, (one.id,)) for one in case.own_reports() if one.reporter == oin)
    for table in case.tables.values():
        if case.part(table.id, oin) not in but:
            yield from _at_table(case, table, oin)
    yield from _asked(case, oin, but)


def _at_table(case: Case, table: Table, oin: Oin) -> Iterator[tuple[Tie, Iterable[UUID]]]:
    """A seat that takes no part may say more later, and is then at the table again."""
    at_table = (table.id, *table.actions)
    declined = table.seats.get(oin) is SeatState.DECLINED
    if table.ended or case.state is CaseState.CLOSED:
        over = Tie.SAT if table.ended or declined else Tie.SAT_LAST
        yield from ((over, at_table) for one in table.everybody() if one == oin)
        return
    if oin == table.chair:
        yield Tie.CHAIR, at_table
    if oin in table.seats:
        yield Tie.DECLINED if declined else Tie.SEAT, at_table
    mine = (one.id for one in table.actions.values() if one.responsible == oin and one.state is not ActionState.MOOT)
    yield from ((Tie.RESPONSIBLE, (id_, table.id)) for id_ in mine)


def _by_report(case: Case, oin: Oin) -> bool:
    """Whether who holds does so by the report that opened the case: nobody has recorded that yet."""
    taken = any(oin in one.in_state(*TOOK_OVER) for one in case.handovers.values())
    return not taken and any(one.opened and one.reporter == oin for one in case.own_reports())


def _last_yes(case: Case) -> Handover | None:
    """By which the holder holds, or held when the case was closed: a yes ends all other offers, so it is the last."""
    taken = [one for one in case.handovers.values() if one.in_state(*TOOK_OVER)]
    return taken[-1] if taken else None


def _of_handover(case: Case, handover: Handover, oin: Oin, *, is_last: bool) -> Iterator[tuple[Tie, Iterable[UUID]]]:
    taken = handover.in_state(*TOOK_OVER)
    mine = handover.candidates.get(oin)
    if mine is not None and mine.state in _CANDIDATES:
        yield _CANDIDATES[mine.state], (handover.id,)
    elif mine is not None and oin != case.holder:
        # Who held when the case was closed still hears that it is.
        yield Tie.HOLDER if is_last and case.holder is None else Tie.HELD_BEFORE, (handover.id,)
    if oin == handover.giver and taken:
        yield Tie.GIVER if is_last and case.holder in taken else Tie.HELD_BEFORE, (handover.id,)


def _asked(case: Case, oin: Oin, but: frozenset[Role]) -> Iterator[tuple[Tie, Iterable[UUID]]]:
    for question in case.questions.values():
        open_ = question.state is QuestionState.ASKED and question.of == case.holder == oin
        if open_ and asked_as(case, oin, question.id) not in but:
            yield Tie.QUESTIONED, (question.id,)
    for one in case.coincidences.values():
        if oin in case.awaited(one) and asked_as(case, oin, one.id) not in but:
            yield Tie.TOLD, (one.id,)


_CANDIDATES: Mapping[CandidacyState, Tie] = {
    **dict.fromkeys(UNANSWERED, Tie.ASKED),
    CandidacyState.REFUSED: Tie.REFUSED,
    CandidacyState.WITHDRAWN: Tie.WITHDRAWN,
}
