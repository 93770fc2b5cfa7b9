"""Terms: started, reminded of, escalated, met or ended. A new run of a name about the same follows an ended one."""

from dataclasses import replace
from typing import Any, assert_never
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


def evolve(case: Case, event: e.OfTerms) -> Case:
    match event:
        case e.TermStarted():
            return started(case, event)
        case e.TermReminded():
            return reminded(case, event)
        case e.TermEscalated():
            return escalated(case, event)
        case e.TermMet():
            return met(case, event)
        case e.TermEnded():
            return ended(case, event)
    assert_never(event)
