"""Organisations that become one: a successor in the place of a former, and what stood open between the two."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar, assert_never
from uuid import UUID

from hub.cases import events as e
from hub.cases.attention import without_attention
from hub.cases.case import Candidacy, Case, CoincidenceOnCase, Handover, ReportOnCase, Table
from hub.cases.folds.base import stepped
from hub.cases.states import (
    ACTION,
    CANDIDACY,
    COINCIDENCE,
    QUESTION,
    TOOK_OVER,
    UNANSWERED,
    SeatState,
    State,
    Step,
    after,
)
from hub.ids import Oin, ReportId

V = TypeVar("V")


def succeeded(case: Case, event: e.PartySucceeded) -> Case:
    """The successor stands wherever the former organisation stood; its numbers go on from there."""

    def now(oin: Oin) -> Oin:
        return event.successor if oin == event.former else oin

    told = {oin: number for oin, number in case.told.items() if oin != event.former}
    if event.former in case.told:
        told[event.successor] = max(case.told[event.former], told.get(event.successor, 0))
    return replace(
        case,
        triage=now(case.triage),
        holder=None if case.holder is None else now(case.holder),
        named_desk=None if case.named_desk is None else now(case.named_desk),
        told=told,
        held=tuple(dict.fromkeys(map(now, case.held))),
        desks=tuple(dict.fromkeys(map(now, case.desks))),
        reports={id_: _report(one, now) for id_, one in case.reports.items()},
        handovers={id_: _handover(one, now) for id_, one in case.handovers.items()},
        tables={id_: _table(one, now) for id_, one in case.tables.items()},
        questions={id_: replace(one, of=now(one.of)) for id_, one in case.questions.items()},
        coincidences={id_: _coincidence(one, now) for id_, one in case.coincidences.items()},
        parts={about: _merged(roles, now, lambda _role: 0) for about, roles in case.parts.items()},
    )


def settled(case: Case, event: e.Settled) -> Case:
    """What the event is about has a number of its own; the case's own is its attention."""
    about = event.about
    return replace(
        without_attention(case) if about == case.id else case,
        handovers={id_: _to_itself(one) if id_ == about else one for id_, one in case.handovers.items()},
        tables={id_: _at_its_own(one, about) for id_, one in case.tables.items()},
        questions={id_: _over(QUESTION, one) if id_ == about else one for id_, one in case.questions.items()},
        coincidences={id_: _over(COINCIDENCE, one) if id_ == about else one for id_, one in case.coincidences.items()},
    )


def _report(one: ReportOnCase, now: Callable[[Oin], Oin]) -> ReportOnCase:
    return replace(one, reporter=now(one.reporter), desk=None if one.desk is None else now(one.desk))


def _handover(one: Handover, now: Callable[[Oin], Oin]) -> Handover:
    merged = _merged(one.candidates, now, lambda candidacy: candidacy.state in TOOK_OVER)
    # Who was asked as both has the same before it twice: a yes may name either.
    same = {oin: [mine for was, mine in one.candidates.items() if now(was) == oin] for oin in merged}
    candidates = {oin: _knowing(mine, same[oin]) for oin, mine in merged.items()}
    on_yes = tuple(dict.fromkeys(map(now, one.on_yes)))
    ties = _tied(one.ties, one.candidates, now)
    return replace(one, giver=now(one.giver), candidates=candidates, on_yes=on_yes, ties=ties)


def _knowing(mine: Candidacy, both: Sequence[Candidacy]) -> Candidacy:
    asked = (one for one in both if one.state in UNANSWERED)
    hashes = dict.fromkeys((*mine.same, *(hash_ for one in asked for hash_ in (*one.same, one.offer_hash))))
    return replace(mine, same=tuple(one for one in hashes if one is not None and one != mine.offer_hash))


def _table(one: Table, now: Callable[[Oin], Oin]) -> Table:
    actions = {id_: replace(action, responsible=now(action.responsible)) for id_, action in one.actions.items()}
    seats = _merged(one.seats, now, _SAID_MOST.index)
    return replace(one, chair=now(one.chair), seats=seats, actions=actions, ties=_ties(one, now))


def _ties(one: Table, now: Callable[[Oin], Oin]) -> Mapping[Oin, ReportId]:
    """Whoever chairs it now is at it as who called it was; who sat there by the case too, by that."""
    own = {now(one.chair): one.ties[one.chair]} if one.chair in one.ties else {}
    tied = _tied(one.ties, one.seats, now)
    return {oin: tie for oin, tie in tied.items() if oin != now(one.chair)} | own


def _tied(ties: Mapping[Oin, ReportId], there: Iterable[Oin], now: Callable[[Oin], Oin]) -> Mapping[Oin, ReportId]:
    """Who is there by a report in both of its places, or in its only one."""
    by_case = {now(oin) for oin in there if oin not in ties}
    merged = _merged(ties, now, lambda _report: 0)
    return {oin: tie for oin, tie in merged.items() if oin not in by_case}


def _coincidence(one: CoincidenceOnCase, now: Callable[[Oin], Oin]) -> CoincidenceOnCase:
    told, reporters = (tuple(dict.fromkeys(map(now, oins))) for oins in (one.told, one.reporters))
    return replace(one, told=told, reporters=reporters)


def _merged(named: Mapping[Oin, V], now: Callable[[Oin], Oin], weight: Callable[[V], int]) -> dict[Oin, V]:
    """Where both stand, what weighs most counts: a yes, what somebody knew; else the word of the one that goes on."""
    merged: dict[Oin, V] = {}
    for oin, value in sorted(named.items(), key=lambda one: (weight(one[1]), one[0] == now(one[0]))):
        merged[now(oin)] = value
    return {now(oin): merged[now(oin)] for oin in named}


_SAID_MOST = (SeatState.INVITED, SeatState.DECLINED, SeatState.NOTHING_KNOWN, SeatState.KNOWN)


def _to_itself(one: Handover) -> Handover:
    """It gives itself nothing, and no full part: what it had before, it has.

    The triage need not take over from one that has ended, when somebody stands in its place after all.
    """
    over = one.candidates if one.ended else (one.giver,)
    candidates = {
        oin: replace(mine, state=after(CANDIDACY, mine.state, Step.SUCCEED) or mine.state) if oin in over else mine
        for oin, mine in one.candidates.items()
    }
    return replace(one, candidates=candidates, full_wanted=False)


def _at_its_own(one: Table, about: UUID) -> Table:
    """The chair has no seat beside its chair; an action of its own it has taken on by writing it down."""
    actions = {id_: _over(ACTION, action) if id_ == about else action for id_, action in one.actions.items()}
    seats = {oin: state for oin, state in one.seats.items() if one.id != about or oin != one.chair}
    return replace(one, actions=actions, seats=seats)


def _over(table: Mapping[tuple[State, Step], State], one: Any) -> Any:
    return replace(one, state=stepped(table, one.state, Step.SUCCEED))


def evolve(case: Case, event: e.OfSuccession) -> Case:
    match event:
        case e.PartySucceeded():
            return succeeded(case, event)
        case e.Settled():
            return settled(case, event)
    assert_never(event)
