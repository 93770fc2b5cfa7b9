"""The fold: a case and an event give the next case. No rule stands here: what is decided, is applied."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import reduce, singledispatch
from typing import TypeVar

from hub.canonical.codes import Outcome
from hub.cases import events as e
from hub.cases.case import Candidacy, Case, Handover, ReportOnCase, TermOnCase
from hub.cases.states import CANDIDACY, CASE, REPORT, CandidacyState, Step, after
from hub.ids import HandoverId, Oin, ReportId

K = TypeVar("K")
V = TypeVar("V")


def fold(case: Case | None, events: Iterable[e.Event]) -> Case | None:
    """The case after these events, in order."""
    return reduce(evolve, events, case)


def evolve(case: Case | None, event: e.Event) -> Case:
    """The case after one event."""
    if isinstance(event, e.CaseOpened):
        return _opened(event)
    assert case is not None, "the first event of a case opens it"
    return replace(_apply(event, case), version=case.version + 1)


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
    )


@singledispatch
def _apply(event: e.Event, case: Case) -> Case:
    raise TypeError(type(event).__name__, case.version)


@_apply.register
def _(event: e.ReportReceived, case: Case) -> Case:
    report = ReportOnCase(event.report, event.reporter, event.lane, event.opened, event.at)
    return replace(case, reports=_with(case.reports, event.report, report))


@_apply.register
def _(event: e.ReportRecorded, case: Case) -> Case:
    return _stepped(case, event.report, Step.RECORD)


@_apply.register
def _(event: e.ReportAssessed, case: Case) -> Case:
    return _stepped(case, event.report, Step.ASSESS, event.outcome)


@_apply.register
def _(event: e.HolderMoved, case: Case) -> Case:
    held = case.held if event.receiver in case.held else (*case.held, event.receiver)
    return replace(case, holder=event.receiver, held=held)


@_apply.register
def _(event: e.TermStarted, case: Case) -> Case:
    term = TermOnCase(event.name, event.length, event.unit, event.about, event.due)
    return replace(case, terms=(*case.terms, term))


@_apply.register
def _(event: e.TermMet, case: Case) -> Case:
    return replace(
        case,
        terms=tuple(
            replace(term, met=True) if (term.name, term.about) == (event.name, event.about) else term
            for term in case.terms
        ),
    )


@_apply.register
def _(event: e.HandoverOffered, case: Case) -> Case:
    candidates = dict.fromkeys(event.candidates, Candidacy())
    offer = Handover(event.handover, event.giver, event.answer_by, event.acute, candidates, event.back)
    return replace(case, handovers=_with(case.handovers, event.handover, offer))


@_apply.register
def _(event: e.HandoverAccepted, case: Case) -> Case:
    return _answered(case, event.handover, event.by, Step.ACCEPT)


@_apply.register
def _(event: e.HandoverRefused, case: Case) -> Case:
    return _answered(case, event.handover, event.by, Step.REFUSE)


@_apply.register
def _(event: e.HandoverWithdrawn, case: Case) -> Case:
    return _answered(case, event.handover, event.candidate, Step.WITHDRAW)


@_apply.register
def _(_event: e.CaseClosed, case: Case) -> Case:
    state = after(CASE, case.state, Step.CLOSE)
    assert state is not None
    return replace(case, state=state, holder=None)


@_apply.register
def _(event: e.NoticeIssued, case: Case) -> Case:
    told = replace(case, told=_with(case.told, event.to, event.version))
    if event.offer is None:
        return told
    offer = told.handovers[event.offer]
    candidacy = replace(offer.candidates[event.to], offer_hash=event.sha256)
    return _with_candidacy(told, offer, event.to, candidacy)


def _stepped(case: Case, id_: ReportId, step: Step, outcome: Outcome | None = None) -> Case:
    report = case.reports[id_]
    state = after(REPORT, report.state, step)
    assert state is not None
    return replace(
        case, reports=_with(case.reports, id_, replace(report, state=state, outcome=outcome or report.outcome))
    )


def _answered(case: Case, id_: HandoverId, oin: Oin, step: Step) -> Case:
    offer = case.handovers[id_]
    state: CandidacyState | None = after(CANDIDACY, offer.candidates[oin].state, step)
    assert state is not None
    return _with_candidacy(case, offer, oin, replace(offer.candidates[oin], state=state))


def _with_candidacy(case: Case, offer: Handover, oin: Oin, candidacy: Candidacy) -> Case:
    changed = replace(offer, candidates=_with(offer.candidates, oin, candidacy))
    return replace(case, handovers=_with(case.handovers, offer.id, changed))


def _with(mapping: Mapping[K, V], key: K, value: V) -> dict[K, V]:
    return {**mapping, key: value}
