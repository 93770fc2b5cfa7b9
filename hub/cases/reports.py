"""Reports: received, joined, linked; their delivery; news that is no report; their place in the radar.

A report is itself a handover, from reporter to VT: VT cannot refuse it, but responsibility passes only when the triage
has recorded it, and only for the report that opened the case. A report that joins a case never moves its holder.
"""

from typing import assert_never

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Lane
from hub.canonical.notices import Passed
from hub.canonical.terms import ACUTE_RECORDING, MONITORING_QUESTION, SAFETY_ASSESSMENT
from hub.cases import events as e
from hub.cases.case import Case, ReportOnCase
from hub.cases.coincidences import beside
from hub.cases.context import Context, Decision, Draft, called_by, seen_by
from hub.cases.desks import is_sender, noted, triage_after
from hub.cases.hearing import heard
from hub.cases.parts import VT, held_as
from hub.cases.sight import sight_of
from hub.cases.states import ReportState
from hub.cases.terms import running_once, started
from hub.cases.ties import Tie
from hub.errors import Code, Rejection
from hub.ids import CaseId, Oin, ReportId


def decide(case: Case, command: c.OfReports, ctx: Context) -> Decision:
    match command:
        case c.Update():
            return update(case, ctx)
        case c.Delivered():
            return delivered(case, command, ctx)
    assert_never(command)


def report(case: Case | None, ctx: Context) -> Decision:
    """Opens a case, or joins the one it names or the radar found; a new one, linked, where that one takes none."""
    id_ = ReportId(ctx.ids.caused("melding"))
    joined = case if case is not None and case.takes_reports else None
    opening = () if joined else (_opened(case, ctx),)
    ground = ctx.radar.ground if joined else None
    region, desk = ctx.said or (ctx.region, ctx.triage)
    received = e.ReportReceived(
        ctx.now,
        id_,
        ctx.sender,
        ctx.lane,
        opened=joined is None,
        ground=ground,
        name=CaseId(ctx.ids.caused("zaak")) if joined else None,
        resent=ctx.resent,
        role=ctx.role,
        region=region,
        desk=desk,
        assumed=ctx.assumed,
    )
    acute = (started(ctx, ACUTE_RECORDING, id_),) if ctx.lane is Lane.ACUTE else ()
    triage = triage_after(joined, ctx) if joined else ctx.triage
    found = beside(joined, id_, triage, ctx)
    noted_ = noted(joined, id_, ctx) if joined else Decision()
    on_case = (*_came_first(joined, received, ctx), *acute, *_reopened(joined, id_, ctx))
    return Decision(
        (*opening, received, *on_case, *noted_.events, *found.events),
        (_presented(joined, triage, id_, ctx), *noted_.drafts, *_told(joined, ctx, triage), *found.drafts),
        id_,
    )


def update(case: Case, ctx: Context) -> Decision:
    """News that is not a report: to the triage, a holder that may see any of it, the desk of the region that it names,
    and whom the route names.

    A reporter that still holds does not hear it: that a case runs at all is not its to know. Of a report whose case is
    closed it still goes to the triage: nobody else can say what it means.

    Raises:
        Rejection: who has nothing to do with the case any more brings nothing to it.
    """
    if seen_by(case, ctx).is_over:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/correlationid",), "its part in the case is over")
    holder, named = case.holder, ctx.triage if ctx.named else None
    told = (case.triage, holder if holder is not None and ctx.sees(holder) else None, named)
    hears = [oin for oin in dict.fromkeys(told) if oin is not None]
    roles = {oin: VT if oin in (case.triage, named) else held_as(case, oin) for oin in hears}
    others = (oin for oin, role in roles.items() if not is_sender(oin, role, ctx))
    bodies = ((oin, n.PassOn(of=Passed.NEWS, routed=oin == named)) for oin in others)
    drafts = tuple(heard(case, bodies))
    return Decision((), (*drafts, *_told(case, ctx, *(oin for oin, _ in drafts))), called_by(case, ctx))


def delivered(case: Case, command: c.Delivered, ctx: Context) -> Decision:
    """The triage's system has stored the report: the term of the assessment starts, responsibility stays."""
    report_ = case.reports.get(command.report)
    if report_ is None or report_.state in (ReportState.ASSESSED, ReportState.DETACHED):
        return Decision()
    return Decision(assessment_due(case, report_, ctx))


def assessment_due(case: Case, report_: ReportOnCase, ctx: Context) -> tuple[e.Event, ...]:
    """The term of the assessment, unless it runs already."""
    running = case.term(SAFETY_ASSESSMENT, report_.id) is not None
    return () if running else (started(ctx, SAFETY_ASSESSMENT, report_.id),)


def withdraw_from_radar(case: Case, command: c.WithdrawFromRadar, ctx: Context) -> Decision:
    """The reporter takes its own report out of the radar, with a reason; what it found before stays found.

    By another report of its own it cannot: whether both are on one case is not its to know.
    """
    report_, named = case.reports.get(command.report), case.report_called(ctx.sender, ctx.called)
    if report_ is None or report_.reporter != ctx.sender or (named is not None and named != report_):
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/melding",), "not a report of this sender")
    withdrawn = e.RadarWithdrawn(ctx.now, command.report, command.reason)
    return Decision((withdrawn,), (), called_by(case, ctx))


def _opened(closed: Case | None, ctx: Context) -> e.CaseOpened:
    linked = closed.id if closed else ctx.radar.continues
    id_ = CaseId(ctx.ids.caused("zaak"))
    return e.CaseOpened(ctx.now, id_, ctx.region, ctx.triage, ctx.sender, linked, ctx.assumed)


def _came_first(joined: Case | None, received: e.ReportReceived, ctx: Context) -> tuple[e.Event, ...]:
    """While the hub recovers, reports come in any order: the one that was signed first opened the case the first time.

    So its reporter holds, and not that of the report that opened it now, unless the triage has recorded that already.
    """
    opener = next((one for one in joined.own_reports() if one.opened), None) if joined else None
    if joined is None or opener is None or opener.resent is None:
        return ()
    if received.resent is None or received.name is None or received.resent >= opener.resent:
        return ()
    found = e.OpenerFound(ctx.now, received.report, received.name)
    holds = opener.state is ReportState.OFFERED and joined.holder == opener.reporter != ctx.sender
    return (found, e.HolderMoved(ctx.now, opener.reporter, ctx.sender, received.report)) if holds else (found,)


def _presented(joined: Case | None, triage: Oin, id_: ReportId, ctx: Context) -> Draft:
    assumed = ctx.assumed if joined is None else joined.assumed and not ctx.named
    named = ctx.triage if joined is not None and ctx.named and ctx.triage != triage else None
    names = (SAFETY_ASSESSMENT, ACUTE_RECORDING) if ctx.lane is Lane.ACUTE else (SAFETY_ASSESSMENT,)
    terms = tuple(ctx.terms.named(name) for name in names)
    return triage, n.PresentReport(id_, ctx.clock, terms, ctx.radar.hits, assumed, named)


def _told(case: Case | None, ctx: Context, *but: Oin) -> tuple[Draft, ...]:
    """Whom the route names; the case that the message has joined is named to none that may not hear of its sender."""
    to = (oin for oin in dict.fromkeys(ctx.tell) if oin not in (*but, ctx.sender))
    return tuple((oin, n.PassOn(apart=case is not None and _apart(case, oin, ctx))) for oin in to)


def _apart(case: Case, oin: Oin, ctx: Context) -> bool:
    """Whether it knows the case, and may not know that this is about it: as by a report only, unless it may hear of the
    sender by the radar; or as its part in it is over."""
    sight = sight_of(case, oin)
    if not sight.ties or sight.linked:
        return False
    return Tie.REPORTER not in sight.ties or not ctx.radar.pairs(oin, ctx.sender)


def _reopened(case: Case | None, id_: ReportId, ctx: Context) -> tuple[e.Event, ...]:
    """On a case that was handed over, a new report reopens attention: the triage is to ask its holder."""
    if case is None or case.holder == case.triage or case.holder is None or not case.knows_case(case.holder):
        return ()
    return (e.AttentionReopened(ctx.now, id_), *running_once(case, ctx, MONITORING_QUESTION, case.id))
