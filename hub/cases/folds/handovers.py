"""Handovers, and the monitoring that follows them."""

from dataclasses import replace
from typing import assert_never

from hub.canonical.codes import MonitoringResult
from hub.canonical.terms import MONITORING_QUESTION
from hub.cases import events as e
from hub.cases.attention import asked_by, question_because_of, with_attention, without_attention
from hub.cases.case import Candidacy, Case, Handover, Question
from hub.cases.folds.base import having, stepped, taking_part
from hub.cases.states import CANDIDACY, QUESTION, Step, after
from hub.ids import HandoverId, Oin


def offered(case: Case, event: e.HandoverOffered) -> Case:
    candidates = dict.fromkeys(event.candidates, Candidacy())
    offer = Handover(
        event.handover,
        event.giver,
        event.answer_by,
        event.acute,
        candidates,
        event.back,
        municipality=event.municipality,
        ended=event.ended,
        on_yes=event.on_yes,
        ties=dict(event.ties),
    )
    given = taking_part(case, event.handover, dict(event.roles))
    return replace(given, handovers=having(case.handovers, event.handover, offer))


def more_asked(case: Case, event: e.MoreAsked) -> Case:
    return _answered(case, event.handover, event.by, Step.ASK_MORE)


def more_given(case: Case, event: e.MoreGiven) -> Case:
    """Every candidate that may still say yes has it; a full part that was wanted is no longer."""
    offer = case.handovers[event.handover]
    states = {oin: after(CANDIDACY, one.state, Step.GIVE_MORE) or one.state for oin, one in offer.candidates.items()}
    candidates = {oin: replace(one, state=states[oin]) for oin, one in offer.candidates.items()}
    wanted, to = offer.full_wanted and not event.full, event.municipality or offer.municipality
    changed = replace(offer, candidates=candidates, full_wanted=wanted, municipality=to)
    return replace(case, handovers=having(case.handovers, offer.id, changed))


def accepted(case: Case, event: e.HandoverAccepted) -> Case:
    """A full part that who held before still wanted is wanted no longer."""
    before = {id_: replace(one, full_wanted=False) for id_, one in case.handovers.items()}
    return _answered(replace(case, handovers=before), event.handover, event.by, Step.ACCEPT)


def full_part_wanted(case: Case, event: e.FullPartWanted) -> Case:
    offer = replace(case.handovers[event.handover], full_wanted=True)
    return replace(case, handovers=having(case.handovers, offer.id, offer))


def refused(case: Case, event: e.HandoverRefused) -> Case:
    return _answered(case, event.handover, event.by, Step.REFUSE)


def withdrawn(case: Case, event: e.HandoverWithdrawn) -> Case:
    return _answered(case, event.handover, event.candidate, Step.WITHDRAW)


def started(case: Case, event: e.HelpStarted) -> Case:
    return _answered(case, event.handover, event.by, Step.START)


def completed(case: Case, event: e.HandoverCompleted) -> Case:
    return _answered(case, event.handover, event.by, Step.COMPLETE)


def asked(case: Case, event: e.MonitoringAsked) -> Case:
    question = Question(event.question, event.of, event.answer_by, because=question_because_of(case))
    return replace(case, questions=having(case.questions, event.question, question))


def answered(case: Case, event: e.MonitoringAnswered) -> Case:
    one = case.questions[event.question]
    question = replace(one, state=stepped(QUESTION, one.state, Step.ANSWER))
    return _heard(replace(case, questions=having(case.questions, one.id, question)), event)


def _heard(case: Case, event: e.MonitoringAnswered) -> Case:
    """Settled by the holder's word that it is safe, unless the triage has to ask again since.

    What is not safe asks for attention, unless the triage holds: then it has that in hand.
    """
    if event.result is not MonitoringResult.SAFE:
        return with_attention(case, ()) if case.attention or case.holder != case.triage else case
    to_ask = case.term(MONITORING_QUESTION, case.id)
    settled = event.by == case.holder and (to_ask is None or to_ask.met)
    return without_attention(case) if settled else case


def reopened(case: Case, event: e.AttentionReopened) -> Case:
    return with_attention(case, asked_by(case, event.report))


def _answered(case: Case, id_: HandoverId, oin: Oin, step: Step) -> Case:
    offer = case.handovers[id_]
    candidacy = replace(offer.candidates[oin], state=stepped(CANDIDACY, offer.candidates[oin].state, step))
    changed = replace(offer, candidates=having(offer.candidates, oin, candidacy))
    return replace(case, handovers=having(case.handovers, offer.id, changed))


def evolve(case: Case, event: e.OfHandovers | e.OfMonitoring) -> Case:
    match event:
        case e.HandoverOffered():
            return offered(case, event)
        case e.MoreAsked():
            return more_asked(case, event)
        case e.MoreGiven():
            return more_given(case, event)
        case e.HandoverAccepted():
            return accepted(case, event)
        case e.FullPartWanted():
            return full_part_wanted(case, event)
        case e.HandoverRefused():
            return refused(case, event)
        case e.HandoverWithdrawn():
            return withdrawn(case, event)
        case e.HelpStarted():
            return started(case, event)
        case e.HandoverCompleted():
            return completed(case, event)
        case e.MonitoringAsked():
            return asked(case, event)
        case e.MonitoringAnswered():
            return answered(case, event)
        case e.AttentionReopened():
            return reopened(case, event)
    assert_never(event)
