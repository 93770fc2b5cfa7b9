"""What the triage does with reports: records, assesses, takes apart; its research; the end of a case."""

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import FeedbackStep, Outcome, TableKind, WithdrawalReason
from hub.canonical.terms import ACUTE_RECORDING, MDA_TABLE, RESEARCH, SAFETY_ASSESSMENT
from hub.cases import events as e
from hub.cases.case import Case, ReportOnCase
from hub.cases.context import Context, Decision, Draft
from hub.cases.handovers import end_open_offers, has_completed, offer_back
from hub.cases.reports import assessment_due
from hub.cases.states import CASE, REPORT, ReportState, ResearchState, Step, after
from hub.cases.states import RESEARCH as RESEARCH_TABLE
from hub.cases.terms import carried, ended, met, started
from hub.errors import Code, Rejection
from hub.ids import CaseId, ReportId


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

    `omgezet-in-advies` is an offer back to the reporter, if its report opened the case and VT holds by it.
    """
    report_ = _stepping(case, command.report, Step.ASSESS, ctx)
    early = report_.state is ReportState.OFFERED
    recording = _recording(case, report_, ctx, implied=True) if early else ()
    recorded = _to_reporter(case, report_, n.RecordedFor(report_.id), ctx) if early else ()
    holds = case.triage == case.holder or (early and report_.opened)
    back = _back(case, command, report_, ctx) if report_.opened and holds else Decision()
    follows = (*_research(case, command, ctx), *_mda(case, command, ctx))
    steps = n.StepsTaken(report_.id, FeedbackStep.ASSESSED, command.outcome)
    return Decision(
        (*recording, _assessed(command, ctx), *met(case, ctx, SAFETY_ASSESSMENT, report_.id), *follows, *back.events),
        (*recorded, *_to_reporter(case, report_, steps, ctx), *back.drafts),
        case.name,
    )


def detach(case: Case, command: c.Detach, ctx: Context) -> Decision:
    """A report that was joined wrongly becomes a case of its own, which VT holds; never the one that opened the case.

    It goes on as far as it had come, with its own terms; the case it leaves keeps its holder.
    """
    report_ = _stepping(case, command.report, Step.DETACH, ctx)
    if report_.opened:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/melding",), "it opened the case")
    new = CaseId(ctx.ids.caused("zaak"))
    alone = _led_to_research(case) == [report_.id]
    detached = e.ReportDetached(ctx.now, report_.id, new, research=alone)
    mda = report_.mda and not any(one.mda for one in case.own_reports() if one.id != report_.id)
    gone = (*((RESEARCH,) if alone else ()), *((MDA_TABLE,) if mda else ()))
    over = (*ended(case, ctx, about=report_.id), *(ended(case, ctx, *gone) if gone else ()))
    return Decision((detached, *over), (), new, opens=_case_of_its_own(case, report_, new, ctx))


def conclude_research(case: Case, command: c.ConcludeResearch, ctx: Context) -> Decision:
    """Research is done: every reporter whose report led to it hears the step, and no more."""
    if ctx.sender != case.triage or after(RESEARCH_TABLE, case.research, Step.CONCLUDE_RESEARCH) is None:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/correlationid",), Step.CONCLUDE_RESEARCH.value)
    concluded = e.ResearchConcluded(ctx.now, command.outcomes, command.protocol)
    led_to_it = [case.reports[id_] for id_ in _led_to_research(case)]
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

    Open offers are withdrawn, every running term ends, and the closing is the end of responsibility.
    """
    owed = any(report_.state is not ReportState.ASSESSED for report_ in case.own_reports())
    researching = case.research is ResearchState.RUNNING
    ready = case.holder == case.triage or has_completed(case)
    allowed = after(CASE, case.state, Step.CLOSE) is not None
    if not allowed or ctx.sender != case.triage or not ready or owed or researching:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/correlationid",), "close")
    offers = end_open_offers(case, ctx, WithdrawalReason.CASE_CLOSED)
    over = {(event.name, event.about) for event in offers.events if isinstance(event, e.TermMet)}
    terms = tuple(event for event in ended(case, ctx) if (event.name, event.about) not in over)
    holder = ((case.holder, n.PassOn()),) if case.holder not in (None, case.triage) else ()
    closed = e.CaseClosed(ctx.now, ctx.sender, command.reason)
    return Decision((*offers.events, *terms, closed), (*offers.drafts, *holder), case.name)


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


def _led_to_research(case: Case) -> list[ReportId]:
    """The reports that the research that runs is about."""
    if case.research is not ResearchState.RUNNING:
        return []
    return [one.id for one in case.own_reports() if one.outcome is Outcome.RESEARCH and not one.researched]


def _mda(case: Case, command: c.Assess, ctx: Context) -> tuple[e.Event, ...]:
    """Structural unsafety for MDA++: the table is awaited, unless it was put or is awaited already."""
    put = any(table.kind is TableKind.MDA for table in case.tables.values())
    awaited = case.term(MDA_TABLE, case.id)
    owed = command.mda and not put and (awaited is None or awaited.met)
    return (started(ctx, MDA_TABLE, case.id),) if owed else ()


def _back(case: Case, command: c.Assess, report_: ReportOnCase, ctx: Context) -> Decision:
    if command.outcome is not Outcome.TURNED_INTO_ADVICE or command.handover is None:
        return Decision()
    if report_.reporter == case.triage:  # they have merged: it has what it would be offered
        return Decision()
    return offer_back(case, command.handover, report_.reporter, ctx)


def _case_of_its_own(case: Case, report_: ReportOnCase, new: CaseId, ctx: Context) -> Decision:
    opened = e.CaseOpened(ctx.now, new, case.region, case.triage, case.triage, assumed=case.assumed)
    # Taking it apart says that VT has it: from here it is at least recorded.
    state = ReportState.RECORDED if report_.state is ReportState.OFFERED else report_.state
    attached = e.ReportAttached(
        ctx.now,
        report_.id,
        report_.reporter,
        report_.lane,
        report_.received_at,
        state,
        report_.outcome,
        case.id,
        report_.researched,
        case.next_version(report_.reporter, report_.id) - 1,
        report_.mda,
        case.part(report_.id, report_.reporter),
        report_.region,
        report_.desk,
    )
    early = report_.state is ReportState.OFFERED
    told = _to_reporter(case, report_, n.RecordedFor(report_.id), ctx) if early else ()
    return Decision((opened, attached, *_goes_on(case, report_, new, ctx)), told)


def _goes_on(case: Case, report_: ReportOnCase, new: CaseId, ctx: Context) -> tuple[e.Event, ...]:
    """What ran for a report that was joined wrongly runs on with it."""
    if report_.state is not ReportState.ASSESSED:
        assessed_by = case.term(SAFETY_ASSESSMENT, report_.id)
        again = carried(assessed_by, report_.id, ctx) if assessed_by else started(ctx, SAFETY_ASSESSMENT, report_.id)
        return (again,)
    table = case.term(MDA_TABLE, case.id)
    put = (carried(table, new, ctx),) if report_.mda and table is not None and not table.met else ()
    research = case.term(RESEARCH, case.id)
    if research is None or report_.id not in _led_to_research(case):
        return put
    return (e.ResearchStarted(ctx.now, report_.id), carried(research, new, ctx), *put)
