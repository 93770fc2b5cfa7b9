"""Handing over sight on safety: offered, supplemented, accepted, refused, withdrawn, started, completed.

Delivery, silence, a passed term and a refusal never move the holder; only a candidate's signed yes does, from the
committed moment, and only the yes to the offer as it last stood. The first yes on the case ends every other open offer.
To give back is to offer the other way. A yes of another region's triage takes the case there, with all that runs.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Lane, MoreReason, Outcome, WithdrawalReason
from hub.canonical.notices import Passed
from hub.canonical.partners import Role
from hub.canonical.terms import MORE_ASKED, OFFER_ANSWER, OFFER_ANSWER_ACUTE
from hub.cases import events as e
from hub.cases.apart import taken_apart
from hub.cases.candidates import candidates_of, wait_for_their_yes
from hub.cases.case import Candidacy, Case, Handover, ReportOnCase
from hub.cases.context import Context, Decision, Draft, called_by
from hub.cases.desks import met_by_offer, moved_by_yes, owed_again, taken_over
from hub.cases.monitoring import watched_anew
from hub.cases.parts import known, reported_as
from hub.cases.reports import assessment_due
from hub.cases.states import CANDIDACY, TOOK_OVER, UNANSWERED, CandidacyState, ReportState, Step, after
from hub.cases.terms import ended, is_shortened, met, running_once, started
from hub.errors import Code, Rejection
from hub.ids import HandoverId, Oin


def decide(case: Case, command: c.OfHandovers, ctx: Context) -> Decision:
    match command:
        case c.Offer():
            return offer(case, command, ctx)
        case c.AskMore():
            return ask_more(case, command, ctx)
        case c.GiveMore():
            return give_more(case, command, ctx)
        case c.Accept():
            return accept(case, command, ctx)
        case c.Refuse():
            return refuse(case, command, ctx)
        case c.Withdraw():
            return withdraw(case, command, ctx)
        case c.Start():
            return start(case, command, ctx)
        case c.Complete():
            return complete(case, command, ctx)
        case c.HolderEnded():
            return holder_ended(case, command, ctx)
    assert_never(command)


def offer(case: Case, command: c.Offer, ctx: Context) -> Decision:
    """The holder offers; it goes on holding. An acute offer carries its full part at once to whom it may.

    A reporter whose report is not recorded yet holds, but has already offered: to VT. It cannot offer again.
    """
    if ctx.sender != case.holder or not case.knows_case(ctx.sender, ctx.others):
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overdracht",), "only the holder offers")
    check_fresh(case, command.handover)
    roles = candidates_of(command, ctx)
    if ctx.has_passed(command.answer_by):
        raise Rejection(Code.SCHEMA_INVALID, ("/data/antwoordVoor",), "it has passed already")
    term, offered = _offered(command.handover, ctx.sender, command.candidates, command.answer_by, ctx)
    on_yes, parts = wait_for_their_yes(command, roles, ctx), known(roles | {ctx.sender: ctx.role})
    ties = tuple(case.by_report_only(command.candidates))
    offered = replace(offered, roles=parts, municipality=command.municipality, on_yes=on_yes, ties=ties)
    drafts = tuple(draft for oin in command.candidates for draft in _offer_to(oin, offered))
    owed = met_by_offer(case, command.candidates, ctx)
    return Decision((offered, term, *owed), drafts, case.name, shortened=is_shortened(term, command.answer_by))


def offer_back(case: Case, handover: HandoverId, report: ReportOnCase, ctx: Context) -> Decision:
    """A report turned into advice: the triage offers sight back to its reporter, and holds until the yes.

    To the reporter it is the desk that it reported to that gives it back, wherever the case has been.

    Raises:
        Rejection: who reports in this role does not hold by that.
    """
    check_fresh(case, handover)
    reporter, desk = report.reporter, case.desk_of(report) or case.triage
    role = reported_as(case, reporter)
    if role is not None and role not in ctx.holding.offered_back:
        raise Rejection(Code.CANDIDATE_UNFIT, ("/data/uitkomst",), "its reporter holds by no offer back")
    term, offered = _offered(handover, case.triage, (reporter,), None, ctx, back=True)
    offered = replace(offered, roles=known({reporter: role, case.triage: ctx.role}))
    return Decision((offered, term), ((reporter, n.OfferBack(handover, desk, offered.answer_by)),))


def holder_ended(case: Case, _command: c.HolderEnded, ctx: Context) -> Decision:
    """Who holds has ended with nobody in its place: it holds on, and the triage owes the yes by which it takes over.

    Of a reporter whose report is not recorded yet, the recording is that yes.
    """
    holder = case.holder
    if holder is None or holder == case.triage or ctx.connected(holder):
        return Decision()
    if not case.knows_case(holder):
        waiting = (one for one in case.own_reports() if one.reporter == holder and one.state is ReportState.OFFERED)
        return Decision(tuple(event for one in waiting for event in assessment_due(case, one, ctx)))
    if any(one.ended and one.giver == holder and one.open_candidates() for one in case.handovers.values()):
        return Decision()
    id_ = HandoverId(ctx.ids.caused("overdracht"))
    term, offered = _offered(id_, holder, (case.triage,), None, ctx, back=True)
    body = n.OfferBack(id_, holder, offered.answer_by, ended=True)
    offered = replace(offered, ended=True, roles=known({case.triage: Role.VEILIG_THUIS}))
    return Decision((offered, term), ((case.triage, body),))


def ask_more(case: Case, command: c.AskMore, ctx: Context) -> Decision:
    """A candidate asks before it answers; the giver is chased for it, and the term of the answer goes on running."""
    if (late := _late(case, command.handover, ctx)) is not None:
        return Decision((), ((late.giver, n.MoreAsked(late.id)),), case.name)
    handover = _answering(case, command.handover, ctx.sender, Step.ASK_MORE)
    asked = e.MoreAsked(ctx.now, handover.id, ctx.sender)
    awaited = running_once(case, ctx, MORE_ASKED, handover.id)
    return Decision((asked, *awaited), ((handover.giver, n.MoreAsked(handover.id)),), case.name)


def give_more(case: Case, command: c.GiveMore, ctx: Context) -> Decision:
    """The giver adds to its offer: every candidate that may still say yes gets it, so all have the same before them.

    A full part that was asked for again goes to the receiver at once.
    """
    handover = _given(case, command.handover, ctx)
    if handover.back and command.full:
        raise Rejection(Code.SCHEMA_INVALID, ("/data/volledig",), "an offer back has no full part")
    waiting = handover.open_candidates()
    wanted = handover.full_wanted and command.full
    if not waiting and not wanted and ctx.resent is not None:
        return Decision(reference=called_by(case, ctx))
    if not waiting and not wanted:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overdracht",), Step.GIVE_MORE.value)
    given = e.MoreGiven(ctx.now, handover.id, command.full, command.municipality)
    at_once = tuple(oin for oin in waiting if handover.has_full(oin)) if command.full else ()
    receivers = handover.in_state(*TOOK_OVER) if wanted else ()
    drafts: tuple[Draft, ...] = (
        *((oin, n.OfferSupplemented(handover.id, handover.answer_by)) for oin in waiting),
        *((oin, n.Dossier(handover.id)) for oin in (*at_once, *receivers)),
    )
    return Decision((given, *met(case, ctx, MORE_ASKED, handover.id)), drafts, called_by(case, ctx))


def accept(case: Case, command: c.Accept, ctx: Context) -> Decision:
    """The signed yes: the receiver holds from this commit. It must name the hub's latest offer to this receiver."""
    handover = _answering(case, command.handover, ctx.sender, Step.ACCEPT)
    if not _is_to_latest(handover.candidates[ctx.sender], command, ctx):
        raise Rejection(Code.OFFER_CHANGED, ("/data/aanbodHash",))
    if case.holder != handover.giver:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overdracht",), "giver no longer holds")
    if handover.back and (report := _beside_others(case, ctx.sender)) is not None:
        return _accepted_apart(case, handover, report, ctx)
    accepted = e.HandoverAccepted(ctx.now, handover.id, ctx.sender, ctx.message)
    moved = e.HolderMoved(ctx.now, handover.giver, ctx.sender, handover.id)
    elsewhere = moved_by_yes(case, ctx)
    others = end_open_offers(case, ctx, WithdrawalReason.ACCEPTED_ELSEWHERE, (handover.id, ctx.sender))
    moot = _full_parts_moot(case, ctx)
    over = [] if elsewhere else [one for one in case.handovers.values() if one != handover]
    owed, full = owed_again(case, over, ctx), _full_part(handover, ctx)
    watched = watched_anew(case, handover, ctx)
    told = (*_giver_and_triage(case, handover, ctx), *_to_be_done(case, elsewhere, ctx))
    return Decision(
        (accepted, moved, *elsewhere, *others.events, *owed, *moot, *full.events, *watched),
        (*full.drafts, *told, *others.drafts),
        case.name,
    )


def _to_be_done(case: Case, elsewhere: tuple[e.Event, ...], ctx: Context) -> Iterable[Draft]:
    """What a desk that takes the region over is still to record or to assess: it was presented to the one before it."""
    open_ = (one for one in case.own_reports() if one.state is not ReportState.ASSESSED)
    return taken_over(case, open_, ctx.sender, ctx) if elsewhere else ()


def start(case: Case, command: c.Start, ctx: Context) -> Decision:
    """Help has started: the third moment, apart from decision and acceptance."""
    handover = _carried(case, command.handover, Step.START, ctx)
    if handover.candidates[ctx.sender].state is CandidacyState.COMPLETED:
        return Decision(reference=case.name)
    started_ = e.HelpStarted(ctx.now, handover.id, ctx.sender)
    return Decision((started_,), _giver_and_triage(case, handover, ctx), case.name)


def complete(case: Case, command: c.Complete, ctx: Context) -> Decision:
    """The receiver has done what it took over. It holds until VT closes the case, or somebody else has said yes."""
    handover = _carried(case, command.handover, Step.COMPLETE, ctx)
    completed = e.HandoverCompleted(ctx.now, handover.id, ctx.sender)
    return Decision((completed,), _giver_and_triage(case, handover, ctx), case.name)


def has_completed(case: Case) -> bool:
    """Whether the holder has reported what it took over as completed."""
    handover, holder = case.held_by(), case.holder
    return handover is not None and holder in handover.in_state(CandidacyState.COMPLETED)


def refuse(case: Case, command: c.Refuse, ctx: Context) -> Decision:
    """The candidate says no, with a code: the giver holds on, and hears it with the triage."""
    if (late := _late(case, command.handover, ctx)) is not None:
        return Decision((), _giver_and_triage(case, late, ctx), case.name)
    handover = _answering(case, command.handover, ctx.sender, Step.REFUSE)
    refused = e.HandoverRefused(ctx.now, handover.id, ctx.sender, command.reason, command.onward_to)
    last = _term_met(case, handover, ctx) if handover.open_candidates() == (ctx.sender,) else ()
    only_asker = not last and handover.in_state(CandidacyState.MORE_ASKED) == (ctx.sender,)
    moot = met(case, ctx, MORE_ASKED, handover.id) if only_asker else ()
    return Decision((refused, *last, *moot), _giver_and_triage(case, handover, ctx), case.name)


def withdraw(case: Case, command: c.Withdraw, ctx: Context) -> Decision:
    """The giver takes the offer back from every candidate that has not answered."""
    handover = _given(case, command.handover, ctx)
    waiting = handover.open_candidates()
    if not waiting and ctx.resent is not None:
        return Decision(reference=called_by(case, ctx))
    if not waiting:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overdracht",), "no candidate left to withdraw from")
    withdrawn = tuple(e.HandoverWithdrawn(ctx.now, handover.id, oin, command.reason) for oin in waiting)
    drafts = tuple((oin, n.PassOn(about=handover.id, of=Passed.WITHDRAWAL)) for oin in waiting)
    answered, owed = _term_met(case, handover, ctx), owed_again(case, (handover,), ctx)
    return Decision((*withdrawn, *answered, *owed), drafts, case.name)


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


def check_fresh(case: Case, id_: HandoverId) -> None:
    """Raises `Rejection`: the case has the number already."""
    if id_ in case.numbers():
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overdracht",), "number used before on this case")


def _beside_others(case: Case, reporter: Oin) -> ReportOnCase | None:
    """The report that is given back as advice, if others are on its case: a version before offered it there."""
    own = [one for one in case.own_reports() if one.reporter == reporter and one.outcome is Outcome.TURNED_INTO_ADVICE]
    return own[0] if own and len(list(case.own_reports())) > 1 else None


def _accepted_apart(case: Case, handover: Handover, report: ReportOnCase, ctx: Context) -> Decision:
    """Its reporter holds what is its own; the others stay with the triage."""
    own, apart = taken_apart(case, report, ctx, advice=handover.id)
    roles = known({oin: case.part(handover.id, oin) for oin in (handover.giver, ctx.sender)})
    offered = e.HandoverOffered(
        ctx.now, handover.id, handover.giver, (ctx.sender,), handover.answer_by, handover.acute, back=True, roles=roles
    )
    accepted = e.HandoverAccepted(ctx.now, handover.id, ctx.sender, ctx.message)
    moved = e.HolderMoved(ctx.now, handover.giver, ctx.sender, handover.id)
    assert apart.opens is not None
    events = (*apart.opens.events, offered, accepted, moved)
    opens = Decision(events, (*apart.opens.drafts, *_giver_and_triage(own, handover, ctx)))
    return replace(apart, opens=opens)


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
    term = started(ctx, OFFER_ANSWER_ACUTE if acute else OFFER_ANSWER, handover, until=answer_by)
    return term, e.HandoverOffered(ctx.now, handover, giver, candidates, term.due, acute, back)


def _offer_to(oin: Oin, offered: e.HandoverOffered) -> tuple[Draft, ...]:
    made: Draft = (oin, n.OfferMade(offered.handover, offered.answer_by))
    at_once = offered.acute and oin not in offered.on_yes
    return (made, (oin, n.Dossier(offered.handover))) if at_once else (made,)


def _answering(case: Case, id_: HandoverId, candidate: Oin, step: Step) -> Handover:
    handover = case.handovers.get(id_)
    if handover is None or candidate not in handover.candidates:
        raise Rejection(Code.HANDOVER_UNKNOWN, ("/data/overdracht",))
    owed = handover.ended and step in (Step.REFUSE, Step.ASK_MORE)
    if owed or after(CANDIDACY, handover.candidates[candidate].state, step) is None:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overdracht",), step.value)
    return handover


def _late(case: Case, id_: HandoverId, ctx: Context) -> Handover | None:
    """The offer, where a candidate's word is resent when its answer has been overtaken, by its own yes or another's: it
    is passed on as it was, and changes nothing.
    """
    handover = case.handovers.get(id_)
    mine = handover.candidates.get(ctx.sender) if handover else None
    return handover if ctx.resent is not None and mine is not None and mine.state not in UNANSWERED else None


def _is_to_latest(one: Candidacy, command: c.Accept, ctx: Context) -> bool:
    """Whether the yes is to the offer as it last stood.

    While the hub recovers, an offer that its giver said again has other bytes than those that the candidate said yes
    to, and the hub has lost their hash. The offer's id is the same, so a yes that follows the latest one is to that;
    one that follows none of them is to the offers that were signed before it.
    """
    if command.offer_hash in (one.offer_hash, *one.same):
        return True
    if ctx.resent is None or one.resent is None or command.offer_hash in one.older:
        return False
    if ctx.follows in one.rebuilt:
        return ctx.follows == one.rebuilt[-1]
    return ctx.resent >= one.resent


def _given(case: Case, id_: HandoverId, ctx: Context) -> Handover:
    """An offer of this sender."""
    handover = case.handovers.get(id_)
    if handover is None or handover.giver != ctx.sender:
        raise Rejection(Code.HANDOVER_UNKNOWN, ("/data/overdracht",))
    return handover


def _carried(case: Case, id_: HandoverId, step: Step, ctx: Context) -> Handover:
    """A handover that this sender took over, while it holds by it."""
    handover = _answering(case, id_, ctx.sender, step)
    if case.holder != ctx.sender or case.held_by() != handover:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/overdracht",), "no longer holds")
    return handover


def _full_part(handover: Handover, ctx: Context) -> Decision:
    """What follows the yes: the full part, or the giver is asked for it again if it has lapsed; the yes stands."""
    if handover.has_full(ctx.sender) or handover.back:
        return Decision()
    if ctx.has_full(handover.id):
        return Decision(drafts=((ctx.sender, n.Dossier(handover.id)),))
    wanted = n.MoreWanted(handover.id, MoreReason.FULL_PART_LAPSED)
    events = (e.FullPartWanted(ctx.now, handover.id), started(ctx, MORE_ASKED, handover.id))
    return Decision(events, ((handover.giver, wanted),))


def _full_parts_moot(case: Case, ctx: Context) -> tuple[e.TermEnded, ...]:
    """Whoever hands on no longer needs the full part that it was still waiting for."""
    wanted = (one.id for one in case.handovers.values() if one.full_wanted)
    return tuple(event for id_ in wanted for event in ended(case, ctx, MORE_ASKED, about=id_))


def _giver_and_triage(case: Case, handover: Handover, ctx: Context) -> tuple[Draft, ...]:
    both = dict.fromkeys((case.triage,) if handover.ended else (handover.giver, case.triage))
    about = {oin: None if oin == case.triage else handover.id for oin in both}
    return tuple((oin, n.PassOn(about=about[oin], of=Passed.ANSWER)) for oin in both if oin != ctx.sender)


def _term_met(case: Case, handover: Handover, ctx: Context) -> tuple[e.TermMet, ...]:
    """The offer has its answer; what was still asked about it is moot."""
    answered = met(case, ctx, OFFER_ANSWER_ACUTE if handover.acute else OFFER_ANSWER, handover.id)
    return (*answered, *met(case, ctx, MORE_ASKED, handover.id))
