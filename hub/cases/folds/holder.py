"""The case itself: who holds, in which region, with what beside it."""

from dataclasses import replace
from typing import assert_never

from hub.cases import events as e
from hub.cases.attention import without_attention
from hub.cases.case import Case, Link
from hub.cases.folds.base import having, stepped
from hub.cases.states import CASE, Step


def moved(case: Case, event: e.HolderMoved) -> Case:
    """A triage that holds again has what asked for its attention in hand."""
    held = case.held if event.receiver in case.held else (*case.held, event.receiver)
    seen = without_attention(case) if event.receiver == case.triage else case
    return replace(seen, holder=event.receiver, held=held)


def linked(case: Case, event: e.CaseLinked) -> Case:
    return replace(case, links=(*case.links, Link(event.other, event.grounds, event.contradicts)))


def region_moved(case: Case, event: e.RegionMoved) -> Case:
    attention, desks = case.attention and case.holder != event.triage, (*case.desks, case.triage)
    moved = replace(case, region=event.region, triage=event.triage, desks=desks, attention=attention)
    return replace(moved, assumed=False, named_desk=None, region_by=event.because)


def region_named(case: Case, event: e.RegionNamed) -> Case:
    if event.triage == case.triage:
        return replace(case, region=event.region, assumed=False, region_by=event.report)
    return replace(case, assumed=False, named_desk=event.triage, region_by=event.report)


def arranged(case: Case, event: e.CaseArranged) -> Case:
    return replace(case, arranged=event.arrangement)


def closed(case: Case, _event: e.CaseClosed) -> Case:
    return replace(case, state=stepped(CASE, case.state, Step.CLOSE), holder=None)


def issued(case: Case, event: e.NoticeIssued) -> Case:
    told = _counted(case, event)
    if event.offer is None:
        return told
    offer = told.handovers[event.offer]
    before = offer.candidates[event.to]
    candidacy = replace(before, offer_hash=event.sha256, resent=None, rebuilt=(), older=(), same=())
    if event.resent is not None:
        older = (*before.older, before.offer_hash) if before.offer_hash else before.older
        rebuilt = (*before.rebuilt, event.message)
        candidacy = replace(candidacy, resent=event.resent, rebuilt=rebuilt, older=older)
    changed = replace(offer, candidates=having(offer.candidates, event.to, candidacy))
    return replace(told, handovers=having(told.handovers, offer.id, changed))


def _counted(case: Case, event: e.NoticeIssued) -> Case:
    if event.under is not None:
        return replace(case, told_under=having(case.told_under, event.under, event.version))
    return replace(case, told=having(case.told, event.to, event.version))


def reissued(case: Case, event: e.NoticeReissued) -> Case:
    """Of an offer both hashes count: whichever of the two its candidate has read."""
    if event.offer is None:
        return case
    offer = case.handovers[event.offer]
    before = offer.candidates[event.to]
    same = (*before.same, before.offer_hash) if before.offer_hash else before.same
    rebuilt = (*before.rebuilt, event.message) if before.resent else ()
    candidacy = replace(before, offer_hash=event.sha256, same=same, rebuilt=rebuilt)
    changed = replace(offer, candidates=having(offer.candidates, event.to, candidacy))
    return replace(case, handovers=having(case.handovers, offer.id, changed))


def evolve(case: Case, event: e.OfTheCase) -> Case:
    match event:
        case e.HolderMoved():
            return moved(case, event)
        case e.CaseLinked():
            return linked(case, event)
        case e.RegionMoved():
            return region_moved(case, event)
        case e.RegionNamed():
            return region_named(case, event)
        case e.CaseArranged():
            return arranged(case, event)
        case e.CaseClosed():
            return closed(case, event)
        case e.NoticeIssued():
            return issued(case, event)
        case e.NoticeReissued():
            return reissued(case, event)
    assert_never(event)
