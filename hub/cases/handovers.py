"""Handing over sight on safety: offered, accepted, refused, withdrawn.

Delivery, silence, a passed term and a refusal never move the holder; only a candidate's signed yes does, from the
committed moment, and only the yes to the offer as it last stood. The first yes on the case ends every other open offer.
"""

from dataclasses import replace
from datetime import datetime

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Lane, WithdrawalReason
from hub.canonical.terms import OFFER_ANSWER, OFFER_ANSWER_ACUTE
from hub.cases import events as e
from hub.cases.case import Case, Handover
from hub.cases.context import Context, Decision, Draft
from hub.cases.states import CANDIDACY, Step, after
from hub.cases.terms import met, started
from hub.errors import Code, Rejection
from hub.ids import HandoverId, Oin


def offer(case: Case, command: c.Offer, ctx: Context) -> Decision:
    """The holder offers; it goes on holding. An acute offer carries its full part at once.

    A reporter whose report is not recorded yet holds, but has already offered: to VT. It cannot offer again.
    """
    if ctx.sender != case.holder or not case.knows_case(ctx.sender):
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overdracht",), "only the holder offers")
    _fresh(case, command.handover)
    for index, oin in enumerate(command.candidates):
        if oin == ctx.sender or not ctx.connected(oin) or oin in command.candidates[:index]:
            raise Rejection(Code.SCHEMA_INVALID, (f"/data/kandidaten/{index}",), "giver, no partner, or named twice")
    term, offered = _offered(command.handover, ctx.sender, command.candidates, command.answer_by, ctx)
    drafts = tuple(draft for oin in command.candidates for draft in _offer_to(oin, offered))
    return Decision((offered, term), drafts, case.id)


def offer_back(case: Case, handover: HandoverId, reporter: Oin, ctx: Context) -> Decision:
    """A report turned into advice: the triage offers sight back to its reporter, and holds until the yes."""
    _fresh(case, handover)
    term, offered = _offered(handover, case.triage, (reporter,), None, ctx, back=True)
    return Decision((offered, term), ((reporter, n.OfferBack(handover, case.triage, offered.answer_by)),))


def accept(case: Case, command: c.Accept, ctx: Context) -> Decision:
    """The signed yes: the receiver holds from this commit. It must name the hub's latest offer to this receiver."""
    handover = _answering(case, command.handover, ctx.sender, Step.ACCEPT)
    if handover.candidates[ctx.sender].offer_hash != command.offer_hash:
        raise Rejection(Code.OFFER_CHANGED, ("/data/aanbodHash",))
    if case.holder != handover.giver:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overdracht",), "giver no longer holds")
    accepted = e.HandoverAccepted(ctx.now, handover.id, ctx.sender, ctx.message)
    moved = e.HolderMoved(ctx.now, handover.giver, ctx.sender, handover.id)
    ended = end_open_offers(case, ctx, WithdrawalReason.ACCEPTED_ELSEWHERE, (handover.id, ctx.sender))
    dossier: tuple[Draft, ...] = () if handover.acute or handover.back else ((ctx.sender, n.Dossier(handover.id)),)
    told = _giver_and_triage(case, handover, ctx)
    return Decision((accepted, moved, *ended.events), (*dossier, *told, *ended.drafts), case.id)


def refuse(case: Case, command: c.Refuse, ctx: Context) -> Decision:
    """The candidate says no, with a code: the giver holds on, and hears it with the triage."""
    handover = _answering(case, command.handover, ctx.sender, Step.REFUSE)
    refused = e.HandoverRefused(ctx.now, handover.id, ctx.sender, command.reason, command.onward_to)
    last = _term_met(case, handover, ctx) if handover.open_candidates() == (ctx.sender,) else ()
    return Decision((refused, *last), _giver_and_triage(case, handover, ctx), case.id)


def withdraw(case: Case, command: c.Withdraw, ctx: Context) -> Decision:
    """The giver takes the offer back from every candidate that has not answered."""
    handover = case.handovers.get(command.handover)
    if handover is None or handover.giver != ctx.sender:
        raise Rejection(Code.HANDOVER_UNKNOWN, ("/data/overdracht",))
    waiting = handover.open_candidates()
    if not waiting:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overdracht",), "no candidate left to withdraw from")
    withdrawn = tuple(e.HandoverWithdrawn(ctx.now, handover.id, oin, command.reason) for oin in waiting)
    return Decision((*withdrawn, *_term_met(case, handover, ctx)), tuple((oin, n.PassOn()) for oin in waiting), case.id)


def end_open_offers(
    case: Case, ctx: Context, reason: WithdrawalReason, but: tuple[HandoverId, Oin] | None = None
) -> Decision:
    """Every open candidacy on the case ends, `but` the one that said yes; each loser is told."""
    over = [
        (handover.id, oin)
        for handover in case.handovers.values()
        for oin in handover.open_candidates()
        if (handover.id, oin) != but
    ]
    events = tuple(e.HandoverWithdrawn(ctx.now, id_, oin, reason) for id_, oin in over)
    answered = [handover for handover in case.handovers.values() if handover.open_candidates()]
    terms = tuple(event for handover in answered for event in _term_met(case, handover, ctx))
    return Decision((*events, *terms), tuple((oin, n.OfferWithdrawn(id_, reason)) for id_, oin in over))


def _offered(
    handover: HandoverId,
    giver: Oin,
    candidates: tuple[Oin, ...],
    answer_by: datetime | None,
    ctx: Context,
    *,
    back: bool = False,
) -> tuple[e.TermStarted, e.HandoverOffered]:
    acute = ctx.lane is Lane.ACUTE
    term = started(ctx, OFFER_ANSWER_ACUTE if acute else OFFER_ANSWER, handover)
    asked = replace(term, due=answer_by) if answer_by else term  # the giver's own moment is the one that counts
    return asked, e.HandoverOffered(ctx.now, handover, giver, candidates, asked.due, acute, back)


def _offer_to(oin: Oin, offered: e.HandoverOffered) -> tuple[Draft, ...]:
    made: Draft = (oin, n.OfferMade(offered.handover, offered.answer_by))
    return (made, (oin, n.Dossier(offered.handover))) if offered.acute else (made,)


def _answering(case: Case, id_: HandoverId, candidate: Oin, step: Step) -> Handover:
    handover = case.handovers.get(id_)
    if handover is None or candidate not in handover.candidates:
        raise Rejection(Code.HANDOVER_UNKNOWN, ("/data/overdracht",))
    if after(CANDIDACY, handover.candidates[candidate].state, step) is None:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overdracht",), step.value)
    return handover


def _fresh(case: Case, id_: HandoverId) -> None:
    if id_ in case.handovers:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overdracht",), "handover id used before on this case")


def _giver_and_triage(case: Case, handover: Handover, ctx: Context) -> tuple[Draft, ...]:
    both = dict.fromkeys((handover.giver, case.triage))
    return tuple((oin, n.PassOn()) for oin in both if oin != ctx.sender)


def _term_met(case: Case, handover: Handover, ctx: Context) -> tuple[e.TermMet, ...]:
    return met(case, ctx, OFFER_ANSWER_ACUTE if handover.acute else OFFER_ANSWER, handover.id)
