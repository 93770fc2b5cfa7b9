"""Terms: started, reminded of, escalated, met or ended. A new run of a name about the same follows an ended one."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from hub.cases import events as e
from hub.cases.case import Case, TermOnCase


def started(case: Case, event: e.TermStarted) -> Case:
    term = TermOnCase(event.name, event.length, event.unit, event.about, event.due, next=event.next, since=event.at)
    return replace(case, terms=(*case.terms, term))


def reminded(case: Case, event: e.TermReminded) -> Case:
    return _running(case, event.name, event.about, next=event.next)


def escalated(case: Case, event: e.TermEscalated) -> Case:
    return _running(case, event.name, event.about, next=event.next, round=event.round)


def met(case: Case, event: e.TermMet) -> Case:
    return _running(case, event.name, event.about, met=True)


def ended(case: Case, event: e.TermEnded) -> Case:
    kept = tuple(term for term in case.terms if term.met or (term.name, term.about) != (event.name, event.about))
    return replace(case, terms=kept)


def _running(case: Case, name: str, about: UUID, **changes: Any) -> Case:
    return replace(
        case,
        terms=tuple(
            replace(term, **changes) if not term.met and (term.name, term.about) == (name, about) else term
            for term in case.terms
        ),
    )


FOLDS: Mapping[type, Callable[[Case, Any], Case]] = {
    e.TermStarted: started,
    e.TermReminded: reminded,
    e.TermEscalated: escalated,
    e.TermMet: met,
    e.TermEnded: ended,
}
