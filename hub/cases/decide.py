"""A case and a command give what has happened and whom to tell, or a refusal that changes nothing.

Whether a step is possible is asked of the tables in `states.py`; who may take it stands in the file of its subject, one
function a step. docs/states.md draws the rules; each function says which are its own.
"""

from typing import assert_never

from hub.canonical import commands as c
from hub.cases import coincidences, handovers, monitoring, reports, tables, terms, triage
from hub.cases.case import Case
from hub.cases.context import Context, Decision, called_by, seen_by
from hub.cases.stand import stand_for
from hub.cases.states import CaseState
from hub.errors import Code, Rejection


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
    if isinstance(command, c.AtAnyTime):
        return _at_any_time(case, command, ctx)
    if case.state is CaseState.CLOSED:
        return _on_closed(case, command, ctx)
    return _step(case, command, ctx)


def _on_closed(case: Case, command: c.Step, ctx: Context) -> Decision:
    """It says so to who may know it. To anyone else it says what it said before it was closed; a reporter's table is
    put on a case of its own, and nothing else changes."""
    if isinstance(command, c.OfTheHub):
        return Decision()
    if seen_by(case, ctx).knows_state:
        raise Rejection(Code.CASE_CLOSED, ("/correlationid",))
    if isinstance(command, c.OpenTable):
        return tables.put_anew(case, command, ctx)
    said = _step(case, command, ctx)
    if said.events:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/correlationid",), "it is over")
    return said


def _step(case: Case, command: c.Step, ctx: Context) -> Decision:
    if isinstance(command, c.OfReports):
        return reports.decide(case, command, ctx)
    if isinstance(command, c.OfTriage):
        return triage.decide(case, command, ctx)
    if isinstance(command, c.OfHandovers):
        return handovers.decide(case, command, ctx)
    if isinstance(command, c.OfTables):
        return tables.decide(case, command, ctx)
    if isinstance(command, c.OfMonitoring):
        return monitoring.decide(case, command, ctx)
    if isinstance(command, c.TermReached):
        return terms.reached(case, command, ctx)
    assert_never(command)


def _at_any_time(case: Case, command: c.AtAnyTime, ctx: Context) -> Decision:
    match command:
        case c.AskStand():
            return _stand(case, ctx)
        case c.WithdrawFromRadar():
            return reports.withdraw_from_radar(case, command, ctx)
        case c.ConfirmContact():
            return coincidences.contacted(case, command, ctx)
    assert_never(command)


def _stand(case: Case, ctx: Context) -> Decision:
    """Any party may ask, also of a closed case; it hears what it may know, and nothing changes."""
    stand = stand_for(case, ctx.sender, ctx.clock, ctx.others, ctx.called)
    return Decision(drafts=((ctx.sender, stand),), reference=called_by(case, ctx))
