"""The fold: a case and an event give the next case. No rule stands here: what is decided, is applied."""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce

from hub.cases import events as e
from hub.cases import folds
from hub.cases.case import Case


def fold(case: Case | None, events: Iterable[e.Event]) -> Case | None:
    """The case after these events, in order."""
    return reduce(evolve, events, case)


def evolve(case: Case | None, event: e.Event) -> Case:
    """The case after one event."""
    if isinstance(event, e.CaseOpened):
        return _opened(event)
    assert case is not None, "the first event of a case opens it"
    return replace(folds.evolve(case, event), version=case.version + 1, at=case.next_at(event.at))


def _opened(event: e.CaseOpened) -> Case:
    return Case(
        id=event.case,
        region=event.region,
        triage=event.triage,
        holder=event.holder,
        opened_at=event.at,
        version=1,
        held=(event.holder,),
        linked=event.linked,
        at=event.at,
        assumed=event.assumed,
    )
