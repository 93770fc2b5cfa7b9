"""A case and a command give what has happened and whom to tell, or a refusal that changes nothing.

Whether a step is possible is asked of the tables in `states.py`; who may take it stands in the file of its subject, one
function a step. docs/states.md draws the rules; each function says which are its own.
"""

from collections.abc import Callable, Mapping
from typing import Any

from hub.canonical import commands as c
from hub.cases import coincidences, handovers, monitoring, reports, tables, terms, triage
from hub.cases.case import Case
from hub.cases.context import Context, Decision, called_by, seen_by
from hub.cases.stand import stand_for
from hub.cases.states import CaseState
from hub.errors import Code, Rejection

Deciding = Callable[[Case, Any, Context], Decision]


def decide(case: Case | None, command: c.CaseCommand, ctx: Context) -> Decision:
    """What this command leads to.

    Args:
        case: the case that the message's `correlationid` names, if the sender may name it so, or that the radar joins
            the report to; else `None`.

    Raises:
        Rejection: the step is not possible, or not this sender's to take; nothing has changed.
    """
    if isinstance(command, c.Report):
        return reports.report(case, ctx)
    if case is None:
        raise Rejection(Code.CASE_UNKNOWN, ("/correlationid",))
    kind = type(command)
    if kind in ANY_TIME:
        return ANY_TIME[kind](case, command, ctx)
    if case.state is CaseState.CLOSED:
        return _on_closed(case, command, ctx)
    return STEPS[kind](case, command, ctx)


def _on_closed(case: Case, command: c.CaseCommand, ctx: Context) -> Decision:
    """It says so to who may know it. To anyone else it says what it said before it was closed; a reporter's table is
    put on a case of its own, and nothing else changes."""
    if type(command) in OF_THE_HUB:
        return Decision()
    if seen_by(case, ctx).knows_state:
        raise Rejection(Code.CASE_CLOSED, ("/correlationid",))
    if isinstance(command, c.OpenTable):
        return tables.put_anew(case, command, ctx)
    said = STEPS[type(command)](case, command, ctx)
    if said.events:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/correlationid",), "it is over")
    return said


def _stand(case: Case, _command: c.AskStand, ctx: Context) -> Decision:
    """Any party may ask, also of a closed case; it hears what it may know, and nothing changes."""
    stand = stand_for(case, ctx.sender, ctx.clock, ctx.others, ctx.called)
    return Decision(drafts=((ctx.sender, stand),), reference=called_by(case, ctx))


def _update(case: Case, _command: c.Update, ctx: Context) -> Decision:
    return reports.update(case, ctx)


STEPS: Mapping[type, Deciding] = {
    c.Update: _update,
    c.Delivered: reports.delivered,
    c.Record: triage.record,
    c.Assess: triage.assess,
    c.Detach: triage.detach,
    c.ConcludeResearch: triage.conclude_research,
    c.Arrange: triage.arrange,
    c.Close: triage.close,
    c.Offer: handovers.offer,
    c.AskMore: handovers.ask_more,
    c.GiveMore: handovers.give_more,
    c.Accept: handovers.accept,
    c.Refuse: handovers.refuse,
    c.Withdraw: handovers.withdraw,
    c.Start: handovers.start,
    c.Complete: handovers.complete,
    c.OpenTable: tables.open_table,
    c.Contribute: tables.contribute,
    c.Agree: tables.agree,
    c.AcceptAction: tables.accept_action,
    c.AskMonitoring: monitoring.ask,
    c.AnswerMonitoring: monitoring.answer,
    c.TermReached: terms.reached,
    c.HolderEnded: handovers.holder_ended,
}
"""On an open case, by kind of command."""

ANY_TIME: Mapping[type, Deciding] = {
    c.AskStand: _stand,
    c.WithdrawFromRadar: reports.withdraw_from_radar,
    c.ConfirmContact: coincidences.contacted,
}
"""On a closed case too: the radar goes on when a case is over."""

OF_THE_HUB = (c.Delivered, c.TermReached, c.HolderEnded)
"""The hub's own commands: on a closed case they come too late, and are nobody's fault."""
