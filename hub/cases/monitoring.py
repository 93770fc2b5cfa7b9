"""The long breath: after a handover the triage asks the holder, at set moments, how safe it is.

A moment that comes makes the question due; a question that is not answered by its date is an alarm; a new report in
between makes a question due at once.
"""

from typing import assert_never

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.notices import Passed
from hub.canonical.terms import MONITORING_ANSWER, MONITORING_FIRST, MONITORING_QUESTION, MONITORING_SECOND
from hub.cases import events as e
from hub.cases.case import Case, Handover
from hub.cases.context import Context, Decision
from hub.cases.states import QUESTION, Step, after
from hub.cases.terms import ended, is_shortened, met, running_once, started
from hub.errors import Code, Rejection


def decide(case: Case, command: c.OfMonitoring, ctx: Context) -> Decision:
    match command:
        case c.AskMonitoring():
            return ask(case, command, ctx)
        case c.AnswerMonitoring():
            return answer(case, command, ctx)
    assert_never(command)


def watched_anew(case: Case, handover: Handover, ctx: Context) -> tuple[e.Event, ...]:
    """The moments after this yes: none where a triage took the case (back); those of an earlier holder end.

    From triage to triage they stay: they are the triage's, and the triage's are all that changes. What asked for
    attention does so under the next holder too: the triage still has to ask.
    """
    takes_triage = ctx.region_of(ctx.sender) is not None and ctx.sender != case.triage
    if takes_triage and handover.giver == case.triage:
        return ()
    over = ended(case, ctx, MONITORING_FIRST, MONITORING_SECOND, MONITORING_QUESTION, MONITORING_ANSWER)
    if takes_triage or ctx.sender == case.triage or handover.back:
        return over
    again: tuple[e.Event, ...] = ()
    if case.attention:
        over = tuple(event for event in over if event.name != MONITORING_QUESTION)
        again = running_once(case, ctx, MONITORING_QUESTION, case.id)
    moments = (started(ctx, name, handover.id) for name in (MONITORING_FIRST, MONITORING_SECOND))
    return (*over, *again, *moments)


def ask(case: Case, command: c.AskMonitoring, ctx: Context) -> Decision:
    """The triage asks whoever holds now."""
    holder = case.holder
    if ctx.sender != case.triage or holder is None or holder == case.triage or not case.knows_case(holder):
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/correlationid",), "there is no holder to ask")
    if command.question in case.numbers():
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/vraag",), "number used before on this case")
    if ctx.has_passed(command.answer_by):
        raise Rejection(Code.SCHEMA_INVALID, ("/data/antwoordVoor",), "it has passed already")
    term = started(ctx, MONITORING_ANSWER, command.question, until=command.answer_by)
    shortened = is_shortened(term, command.answer_by)
    question = n.PassOn(about=command.question, answer_by=term.due if shortened else None, of=Passed.QUESTION)
    asked = e.MonitoringAsked(ctx.now, command.question, holder, term.due)
    put = met(case, ctx, MONITORING_QUESTION, case.id)
    return Decision((asked, term, *put), ((holder, question),), case.name, shortened=shortened)


def answer(case: Case, command: c.AnswerMonitoring, ctx: Context) -> Decision:
    """The holder answers; anything but safe keeps the triage's attention on the case."""
    question = case.questions.get(command.question)
    if question is None or question.of != ctx.sender or after(QUESTION, question.state, Step.ANSWER) is None:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/vraag",), Step.ANSWER.value)
    answered = e.MonitoringAnswered(ctx.now, question.id, ctx.sender, command.result)
    return Decision(
        (answered, *met(case, ctx, MONITORING_ANSWER, question.id)),
        ((case.triage, n.PassOn(of=Passed.SAFETY)),),
        case.name,
    )
