"""What the triage does with reports: records, assesses, takes apart; its research; the end of a case."""

from dataclasses import replace
from typing import assert_never

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Change, FeedbackStep, Outcome, TableKind, WithdrawalReason
from hub.canonical.notices import Passed
from hub.canonical.terms import ACUTE_RECORDING, CONTRIBUTION, MDA_TABLE, RESEARCH, SAFETY_ASSESSMENT
from hub.cases import events as e
from hub.cases.apart import taken_apart
from hub.cases.case import Case, ReportOnCase, Table
from hub.cases.context import Context, Decision, Draft
from hub.cases.handovers import check_fresh, end_open_offers, has_completed, offer_back
from hub.cases.reports import assessment_due
from hub.cases.research import led_to_research
from hub.cases.states import CASE, REPORT, ReportState, ResearchState, Step, after
from hub.cases.states import RESEARCH as RESEARCH_TABLE
from hub.cases.terms import ended, is_too_far, met, started
from hub.errors import Code, Rejection
from hub.ids import CaseId, HandoverId, Oin, ReportId


def decide(case: Case, command: c.OfTriage, ctx: Context) -> Decision:
    match command:
        case c.Record():
            return record(case, command, ctx)
        case c.Assess():
            return assess(case, command, ctx)
        case c.Detach():
            return detach(case, command, ctx)
        case c.ConcludeResearch():
            return conclude_research(case, command, ctx)
        case c.Arrange():
            return arrange(case, command, ctx)
        case c.Close():
            return close(case, command, ctx)
    assert_never(command)


def record(case: Case, command: c.Record, ctx: Context) -> Decision:
    """The triage has recorded the report: VT holds, if it opened the case; its term runs at the latest from here.

    After an assessment it changes nothing and is accepted: the two may be decided out of order.
    """
    report_ = _stepping(case, command.report, Step.RECORD, ctx)
    if report_.state is ReportState.ASSESSED:
        return Decision(reference=case.name)
    return Decision(
        (*_recording(case, report_, ctx, implied=False), *assessment_due(case, report_, ctx)),
        _to_reporter(case, report_, n.RecordedFor(report_.id), ctx),
        case.name,
    )


def assess(case: Case, command: c.Assess, ctx: Context) -> Decision:
    """The safety assessment; it implies the recording. VT holds on until somebody has said yes (P4).

    `omgezet-in-advies` is an offer back to the reporter. If others are on the case, or somebody else holds it, the
    report goes first to a case of its own, which VT holds.
    """
    report_ = _stepping(case, command.report, Step.ASSESS, ctx)
    early = report_.state is ReportState.OFFERED
    holder = case.triage if early and report_.opened else case.holder
    back = _gives_back(case, command, report_, holder)
    if back is not None and (holder != case.triage or len(list(case.own_reports())) > 1):
        return _assessed_apart(case, command, report_, back, ctx)
    recording = _recording(case, report_, ctx, implied=True) if early else ()
    recorded = _to_reporter(case, report_, n.RecordedFor(report_.id), ctx) if early else ()
    offered = offer_back(case, back, report_, ctx) if back is not None else Decision()
    follows = (*_research(case, command, ctx), *_mda(case, command, ctx))
    assessed = replace(_assessed(command, ctx), name=_own_name(case, ctx) if offered.events else None)
    steps = n.StepsTaken(report_.id, FeedbackStep.ASSESSED, command.outcome)
    return Decision(
        (*recording, assessed, *met(case, ctx, SAFETY_ASSESSMENT, report_.id), *follows, *offered.events),
        (*recorded, *_to_reporter(case, report_, steps, ctx), *offered.drafts),
        case.name,
    )


def detach(case: Case, command: c.Detach, ctx: Context) -> Decision:
    """A report that was joined wrongly becomes a case of its own, which VT holds; never the only one on its case.

    It goes on as far as it had come, with its own terms; the case it leaves keeps its holder, unless that held by it.
    """
    report_ = _stepping(case, command.report, Step.DETACH, ctx)
    if len(list(case.own_reports())) == 1:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/melding",), "the only report on its case")
    _, apart = taken_apart(case, report_, ctx)
    return apart


def conclude_research(case: Case, command: c.ConcludeResearch, ctx: Context) -> Decision:
    """Research is done: every reporter whose report led to it hears the step, and no more."""
    if ctx.sender != case.triage or after(RESEARCH_TABLE, case.research, Step.CONCLUDE_RESEARCH) is None:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/correlationid",), Step.CONCLUDE_RESEARCH.value)
    concluded = e.ResearchConcluded(ctx.now, command.outcomes, command.protocol)
    led_to_it = [case.reports[id_] for id_ in led_to_research(case)]
    steps = (_to_reporter(case, one, n.StepsTaken(one.id, FeedbackStep.RESEARCHED), ctx) for one in led_to_it)
    drafts = tuple(draft for told in steps for draft in told)
    return Decision((concluded, *met(case, ctx, RESEARCH, case.id)), drafts, case.name)


def arrange(case: Case, command: c.Arrange, ctx: Context) -> Decision:
    """The follow-up is placed with the family system or with help already there: no system says yes, VT holds."""
    if ctx.sender != case.triage or case.holder != case.triage:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/correlationid",), "only the triage, while it holds")
    return Decision((e.CaseArranged(ctx.now, command.arrangement),), (), case.name)


def close(case: Case, command: c.Close, ctx: Context) -> Decision:
    """VT closes when it holds, or after the holder reported it completed; never while a decision is owed.

    Nor while the custody clock of a table runs. Open offers are withdrawn, tables and running terms end; the closing is
    the end of responsibility.
    """
    owed = any(report_.state is not ReportState.ASSESSED for report_ in case.own_reports())
    researching = case.research is ResearchState.RUNNING
    ready = case.holder == case.triage or has_completed(case)
    allowed = after(CASE, case.state, Step.CLOSE) is not None
    if not allowed or ctx.sender != case.triage or not ready or owed or researching:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/correlationid",), "close")
    if any(_custody_runs(table, ctx) for table in case.tables.values()):
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/correlationid",), "a custody clock runs")
    offers = end_open_offers(case, ctx, WithdrawalReason.CASE_CLOSED)
    over = {(event.name, event.about) for event in offers.events if isinstance(event, e.TermMet)}
    terms = tuple(event for event in ended(case, ctx) if (event.name, event.about) not in over)
    holder = ((case.holder, n.PassOn(of=Passed.CLOSING)),) if case.holder not in (None, case.triage) else ()
    closed = e.CaseClosed(ctx.now, ctx.sender, command.reason)
    open_ = (one for one in case.tables.values() if not one.ended)
    tables = ((oin, n.Changed(one.id, Change.ENDED)) for one in open_ for oin in one.everybody())
    return Decision((*offers.events, *terms, closed), (*offers.drafts, *holder, *tables), case.name)


def _custody_runs(table: Table, ctx: Context) -> bool:
    until = table.decision_by
    return until is not None and ctx.runs(until) and not is_too_far(CONTRIBUTION, until, ctx)


def _stepping(case: Case, id_: ReportId, step: Step, ctx: Context) -> ReportOnCase:
    """The report that the triage takes a step on, if it may."""
    report_ = case.reports.get(id_)
    if ctx.sender != case.triage or report_ is None or after(REPORT, report_.state, step) is None:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/melding",), step.value)
    return report_


def _to_reporter(
    case: Case, report_: ReportOnCase, body: n.RecordedFor | n.StepsTaken, ctx: Context
) -> tuple[Draft, ...]:
    """A reporter that is the triage has said so itself, unless it has reported in another of its roles."""
    elsewhere = case.part(report_.id, report_.reporter) in ctx.others
    return ((report_.reporter, body),) if report_.reporter != ctx.sender or elsewhere else ()


def _recording(case: Case, report_: ReportOnCase, ctx: Context, *, implied: bool) -> tuple[e.Event, ...]:
    recorded = e.ReportRecorded(ctx.now, report_.id, implied)
    passes = report_.opened and case.holder == report_.reporter != case.triage
    moved = (e.HolderMoved(ctx.now, report_.reporter, case.triage, report_.id),) if passes else ()
    return (recorded, *moved, *met(case, ctx, ACUTE_RECORDING, report_.id))


def _assessed(command: c.Assess, ctx: Context) -> e.ReportAssessed:
    return e.ReportAssessed(
        ctx.now,
        command.report,
        command.outcome,
        acute=command.acute,
        structural=command.structural,
        mda=command.mda,
        parents_heard=command.parents_heard,
        children_heard=command.children_heard,
        watched_by=command.watched_by,
        protocol=command.protocol,
    )


def _research(case: Case, command: c.Assess, ctx: Context) -> tuple[e.Event, ...]:
    """Research counts from the assessment term of the case's first report, also where a later one leads to it
    (Informatieprotocol par. 3.1.2); research that runs already goes on with its own end.
    """
    if command.outcome is not Outcome.RESEARCH or case.research is ResearchState.RUNNING:
        return ()
    again = any(report_.researched for report_ in case.own_reports())
    first = command.report if again else next(iter(case.own_reports())).id
    came = min(case.reports[first].received_at, ctx.clock)
    assessed_by = case.term(SAFETY_ASSESSMENT, first) or started(ctx, SAFETY_ASSESSMENT, first, since=came)
    running = started(ctx, RESEARCH, case.id, since=assessed_by.due)
    return (e.ResearchStarted(ctx.now, command.report), running)


def _mda(case: Case, command: c.Assess, ctx: Context) -> tuple[e.Event, ...]:
    """Structural unsafety for MDA++: the table is awaited, unless it was put or is awaited already."""
    put = any(table.kind is TableKind.MDA and not table.ended for table in case.tables.values())
    awaited = case.term(MDA_TABLE, case.id)
    owed = command.mda and not put and (awaited is None or awaited.met)
    return (started(ctx, MDA_TABLE, case.id),) if owed else ()


def _gives_back(case: Case, command: c.Assess, report_: ReportOnCase, holder: Oin | None) -> HandoverId | None:
    """The offer by which its reporter gets it back as advice; one that is the triage, by a merger, has it already, and
    so has one that holds the case with nobody else's report on it."""
    alone = len(list(case.own_reports())) == 1
    has_it = report_.reporter == case.triage or (alone and report_.reporter == holder)
    return command.handover if command.outcome is Outcome.TURNED_INTO_ADVICE and not has_it else None


def _assessed_apart(case: Case, command: c.Assess, report_: ReportOnCase, back: HandoverId, ctx: Context) -> Decision:
    """Its reporter is to hold, and to know of, nothing but its own."""
    check_fresh(case, back)
    own, apart = taken_apart(case, report_, ctx, advice=back)
    there = assess(own, command, ctx)
    assert apart.opens is not None
    opens = Decision((*apart.opens.events, *there.events), (*apart.opens.drafts, *there.drafts))
    return replace(apart, opens=opens)


def _own_name(case: Case, ctx: Context) -> CaseId | None:
    """The id of the case of its own that it would have got: after a restore others may come in another order."""
    name = CaseId(ctx.ids.caused("zaak"))
    return name if name != case.id else None
