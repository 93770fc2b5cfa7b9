"""A case and a command give what has happened and whom to tell, or a refusal that changes nothing.

Whether a step is possible is asked of the tables in `states.py`; who may take it stands here, one function a step.
The rules are those of DESIGN, "Rules of the domain"; each function says which.
"""

from typing import assert_never

from hub.canonical import commands as c
from hub.cases import handovers, reports
from hub.cases.case import Case
from hub.cases.context import Context, Decision
from hub.cases.stand import stand_for
from hub.cases.states import CaseState
from hub.errors import Code, Rejection


def decide(case: Case | None, command: c.CaseCommand, ctx: Context) -> Decision:
    """What this command leads to.

    Args:
        case: the case that the message's `correlationid` names, if the sender may name it so; else `None`.

    Raises:
        Rejection: the step is not possible, or not this sender's to take; nothing has changed.
    """
    if isinstance(command, c.Report):
        return reports.report(case, ctx)
    if case is None:
        raise Rejection(Code.CASE_UNKNOWN, ("/correlationid",))
    if isinstance(command, c.AskStand):
        return _answer(case, ctx)
    if case.state is CaseState.CLOSED:
        if isinstance(command, c.Delivered):
            return Decision()
        raise Rejection(Code.CASE_CLOSED, ("/correlationid",))
    return _step(case, command, ctx)


def _step(case: Case, command: c.CaseCommand, ctx: Context) -> Decision:
    match command:
        case c.Update():
            return reports.update(case, ctx)
        case c.Record():
            return reports.record(case, command, ctx)
        case c.Assess():
            return reports.assess(case, command, ctx)
        case c.Delivered():
            return reports.delivered(case, command, ctx)
        case c.Close():
            return reports.close(case, ctx)
        case c.Offer():
            return handovers.offer(case, command, ctx)
        case c.Accept():
            return handovers.accept(case, command, ctx)
        case c.Refuse():
            return handovers.refuse(case, command, ctx)
        case c.Withdraw():
            return handovers.withdraw(case, command, ctx)
        case c.Report() | c.AskStand():
            raise AssertionError("decided before")
        case _:
            assert_never(command)


def _answer(case: Case, ctx: Context) -> Decision:
    """Any party may ask, also of a closed case; it hears what it may know, and nothing changes."""
    return Decision(drafts=((ctx.sender, stand_for(case, ctx.sender, ctx.now)),), reference=case.known_as(ctx.sender))
