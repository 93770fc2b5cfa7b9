"""The case itself: who holds, in which region, with what beside it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from hub.cases import events as e
from hub.cases.case import Case, Handover, Link, Table
from hub.cases.folds.base import having, stepped
from hub.cases.states import CASE, TOOK_OVER, SeatState, Step
from hub.ids import Oin

V = TypeVar("V")


def moved(case: Case, event: e.HolderMoved) -> Case:
    """A triage that holds again has what asked for its attention in hand."""
    held = case.held if event.receiver in case.held else (*case.held, event.receiver)
    attention = case.attention and event.receiver != case.triage
    return replace(case, holder=event.receiver, held=held, attention=attention)


def linked(case: Case, event: e.CaseLinked) -> Case:
    return replace(case, links=(*case.links, Link(event.other, event.grounds)))


def region_moved(case: Case, event: e.RegionMoved) -> Case:
    return replace(case, region=event.region, triage=event.triage, desks=(*case.desks, case.triage))


def arranged(case: Case, event: e.CaseArranged) -> Case:
    return replace(case, arranged=event.arrangement)


def closed(case: Case, _event: e.CaseClosed) -> Case:
    return replace(case, state=stepped(CASE, case.state, Step.CLOSE), holder=None)


def issued(case: Case, event: e.NoticeIssued) -> Case:
    told = replace(case, told=having(case.told, event.to, event.version))
    if event.offer is None:
        return told
    offer = told.handovers[event.offer]
    candidacy = replace(offer.candidates[event.to], offer_hash=event.sha256)
    changed = replace(offer, candidates=having(offer.candidates, event.to, candidacy))
    return replace(told, handovers=having(told.handovers, offer.id, changed))


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
        told=told,
        held=tuple(dict.fromkeys(map(now, case.held))),
        desks=tuple(dict.fromkeys(map(now, case.desks))),
        reports={id_: replace(one, reporter=now(one.reporter)) for id_, one in case.reports.items()},
        handovers={id_: _handover(one, now) for id_, one in case.handovers.items()},
        tables={id_: _table(one, now) for id_, one in case.tables.items()},
        questions={id_: replace(one, of=now(one.of)) for id_, one in case.questions.items()},
        coincidences={
            id_: replace(one, told=tuple(dict.fromkeys(map(now, one.told)))) for id_, one in case.coincidences.items()
        },
    )


def _handover(one: Handover, now: Callable[[Oin], Oin]) -> Handover:
    candidates = _merged(one.candidates, now, lambda candidacy: candidacy.state in TOOK_OVER)
    return replace(one, giver=now(one.giver), candidates=candidates)


def _table(one: Table, now: Callable[[Oin], Oin]) -> Table:
    actions = {id_: replace(action, responsible=now(action.responsible)) for id_, action in one.actions.items()}
    return replace(one, chair=now(one.chair), seats=_merged(one.seats, now, _SAID_MOST.index), actions=actions)


def _merged(named: Mapping[Oin, V], now: Callable[[Oin], Oin], weight: Callable[[V], int]) -> dict[Oin, V]:
    """Where both stand, what weighs most counts: a yes, what somebody knew; else the word of the one that goes on."""
    merged: dict[Oin, V] = {}
    for oin, value in sorted(named.items(), key=lambda one: (weight(one[1]), one[0] == now(one[0]))):
        merged[now(oin)] = value
    return {now(oin): merged[now(oin)] for oin in named}


_SAID_MOST = (SeatState.INVITED, SeatState.DECLINED, SeatState.NOTHING_KNOWN, SeatState.KNOWN)


FOLDS: Mapping[type, Callable[[Case, Any], Case]] = {
    e.HolderMoved: moved,
    e.CaseLinked: linked,
    e.RegionMoved: region_moved,
    e.CaseArranged: arranged,
    e.CaseClosed: closed,
    e.NoticeIssued: issued,
    e.PartySucceeded: succeeded,
}
