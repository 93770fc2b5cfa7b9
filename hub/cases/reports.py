"""Reports on a case: received, recorded, assessed, closed.

A report is itself a handover, from reporter to VT: VT cannot refuse it, but responsibility passes only when the triage
has recorded it, and only for the report that opened the case. A report that joins a case never moves its holder.
"""

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Lane, Outcome, WithdrawalReason
from hub.canonical.terms import ACUTE_RECORDING, SAFETY_ASSESSMENT
from hub.cases import events as e
from hub.cases.case import Case, ReportOnCase
from hub.cases.context import Context, Decision, Draft
from hub.cases.handovers import end_open_offers, offer_back
from hub.cases.states import CASE, REPORT, CaseState, ReportState, Step, after
from hub.cases.terms import met, started
from hub.errors import Code, Rejection
from hub.ids import CaseId, Oin, ReportId


def report(case: Case | None, ctx: Context) -> Decision:
    """Opens a case, or joins the one it names; on a closed one it opens a new case, linked to it."""
    id_ = ReportId(ctx.new_id())
    joins = case is not None and case.state is CaseState.OPEN
    opening = () if joins else (_opened(case, ctx),)
    received = e.ReportReceived(ctx.now, id_, ctx.sender, ctx.lane, opened=not joins)
    acute = (started(ctx, ACUTE_RECORDING, id_),) if ctx.lane is Lane.ACUTE else ()
    triage = case.triage if case is not None and joins else ctx.triage
    return Decision((*opening, received, *acute), (_presented(triage, id_, ctx), *_told(ctx, triage)), id_)


def update(case: Case, ctx: Context) -> Decision:
    """News that is not a report: to the triage, the holder and whom the route names; nothing changes."""
    to = dict.fromkeys((case.triage, case.holder, *ctx.tell))
    drafts = tuple((oin, n.PassOn()) for oin in to if oin not in (None, ctx.sender))
    return Decision((), drafts, case.known_as(ctx.sender))


def record(case: Case, command: c.Record, ctx: Context) -> Decision:
    """The triage has recorded the report: VT holds, if it opened the case; its term runs at the latest from here.

    After an assessment it changes nothing and is accepted: the two may be decided out of order.
    """
    report_ = _stepping(case, command.report, Step.RECORD, ctx)
    if report_.state is ReportState.ASSESSED:
        return Decision(reference=case.id)
    return Decision(
        (*_recording(case, report_, ctx, implied=False), *_assessment_due(case, report_, ctx)),
        ((report_.reporter, n.RecordedFor(report_.id)),),
        case.id,
    )


def assess(case: Case, command: c.Assess, ctx: Context) -> Decision:
    """The safety assessment; it implies the recording. VT holds on until somebody has said yes (P4).

    `omgezet-in-advies` is an offer back to the reporter, if its report opened the case and VT holds by it.
    """
    report_ = _stepping(case, command.report, Step.ASSESS, ctx)
    early = report_.state is ReportState.OFFERED
    recording = _recording(case, report_, ctx, implied=True) if early else ()
    recorded: tuple[Draft, ...] = ((report_.reporter, n.RecordedFor(report_.id)),) if early else ()
    assessed = e.ReportAssessed(ctx.now, report_.id, command.outcome)
    holds = case.triage == case.holder or (early and report_.opened)
    back = _back(case, command, report_, ctx) if report_.opened and holds else Decision()
    return Decision(
        (*recording, assessed, *met(case, ctx, SAFETY_ASSESSMENT, report_.id), *back.events),
        (*recorded, (report_.reporter, n.StepsTaken(report_.id, command.outcome)), *back.drafts),
        case.id,
    )


def delivered(case: Case, command: c.Delivered, ctx: Context) -> Decision:
    """The triage's system has stored the report: the term of the assessment starts, responsibility stays."""
    report_ = case.reports.get(command.report)
    if report_ is None or report_.state is ReportState.ASSESSED:
        return Decision()
    return Decision(_assessment_due(case, report_, ctx))


def close(case: Case, ctx: Context) -> Decision:
    """VT closes when it holds and every report has its decision; open offers are withdrawn."""
    undecided = any(report_.state is not ReportState.ASSESSED for report_ in case.reports.values())
    allowed = after(CASE, case.state, Step.CLOSE) is not None
    if not allowed or ctx.sender != case.triage or case.holder != case.triage or undecided:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/correlationid",), "close")
    ended = end_open_offers(case, ctx, WithdrawalReason.CASE_CLOSED)
    return Decision((*ended.events, e.CaseClosed(ctx.now, ctx.sender)), ended.drafts, case.id)


def _opened(closed: Case | None, ctx: Context) -> e.CaseOpened:
    linked = closed.id if closed else None
    return e.CaseOpened(ctx.now, CaseId(ctx.new_id()), ctx.region, ctx.triage, ctx.sender, linked)


def _presented(triage: Oin, id_: ReportId, ctx: Context) -> Draft:
    names = (SAFETY_ASSESSMENT, ACUTE_RECORDING) if ctx.lane is Lane.ACUTE else (SAFETY_ASSESSMENT,)
    return triage, n.PresentReport(id_, ctx.now, tuple(ctx.terms.named(name) for name in names))


def _told(ctx: Context, triage: Oin) -> tuple[Draft, ...]:
    return tuple((oin, n.PassOn()) for oin in ctx.tell if oin not in (triage, ctx.sender))


def _stepping(case: Case, id_: ReportId, step: Step, ctx: Context) -> ReportOnCase:
    """The report that the triage takes a step on, if it may."""
    report_ = case.reports.get(id_)
    if ctx.sender != case.triage or report_ is None or after(REPORT, report_.state, step) is None:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/melding",), step.value)
    return report_


def _recording(case: Case, report_: ReportOnCase, ctx: Context, *, implied: bool) -> tuple[e.Event, ...]:
    recorded = e.ReportRecorded(ctx.now, report_.id, implied)
    passes = report_.opened and case.holder == report_.reporter
    moved = (e.HolderMoved(ctx.now, report_.reporter, case.triage, report_.id),) if passes else ()
    return (recorded, *moved, *met(case, ctx, ACUTE_RECORDING, report_.id))


def _assessment_due(case: Case, report_: ReportOnCase, ctx: Context) -> tuple[e.Event, ...]:
    running = case.term(SAFETY_ASSESSMENT, report_.id) is not None
    return () if running else (started(ctx, SAFETY_ASSESSMENT, report_.id),)


def _back(case: Case, command: c.Assess, report_: ReportOnCase, ctx: Context) -> Decision:
    if command.outcome is not Outcome.TURNED_INTO_ADVICE or command.handover is None:
        return Decision()
    return offer_back(case, command.handover, report_.reporter, ctx)
