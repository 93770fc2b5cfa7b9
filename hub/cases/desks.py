"""The desk of where the family lives: it is the triage, or it hears.

Theory. A case stays in the region where it is until a triage desk says yes to it. But a region that nobody named, as an
acute report said nothing that the hub knows, is only assumed. The first report that names a region ends that: until the
triage has recorded a report, the desk of that region becomes the triage at once (who holds stays, as before a recording
that is a reporter); after it, the triage owes the case to that desk, and is reminded until it has been offered.

Whatever region a report names, its desk hears of it, by whomever it comes: the family may have moved. So does who holds
sight on safety, of what is acute; and a Veilig Thuis that holds, of every report.
"""

from collections.abc import Iterator

from hub.canonical import notices as n
from hub.canonical.codes import Lane, NoteReason
from hub.canonical.partners import Role
from hub.canonical.terms import REGION_HANDOVER
from hub.cases import events as e
from hub.cases.case import Case, Handover
from hub.cases.context import Context, Decision, Draft
from hub.cases.parts import held_as
from hub.cases.states import UNANSWERED, ReportState
from hub.cases.terms import ended, met, running_once, started
from hub.ids import Oin, ReportId


def triage_after(joined: Case, ctx: Context) -> Oin:
    """The triage of the case that a report joins, after it."""
    return ctx.triage if joined.assumed and ctx.named and not _is_recorded(joined) else joined.triage


def noted(joined: Case, report: ReportId, ctx: Context) -> Decision:
    """What a report that joins leads to by the region that it names, and who hears of it besides the triage."""
    triage = triage_after(joined, ctx)
    events = tuple(_region(joined, report, ctx))
    heard: dict[Oin, n.ReportNoted] = {}
    for oin, reason in _hearing(joined, triage, ctx):
        heard.setdefault(oin, _note(report, reason, ctx.sender, triage, ctx))
    drafts: Iterator[Draft] = ((oin, note) for oin, note in heard.items() if oin not in (triage, ctx.sender))
    return Decision(events, (*drafts, *_taken_over(joined, triage, ctx)))


def met_by_offer(case: Case, candidates: tuple[Oin, ...], ctx: Context) -> tuple[e.TermMet, ...]:
    """The case is offered to the desk of the region that was named."""
    return met(case, ctx, REGION_HANDOVER, case.id) if case.named_desk in candidates else ()


def owed_again(case: Case, handover: Handover, ctx: Context) -> tuple[e.TermStarted, ...]:
    """That offer is taken back before its answer."""
    mine = handover.candidates.get(case.named_desk) if case.named_desk is not None else None
    waits = mine is not None and mine.state in UNANSWERED
    return running_once(case, ctx, REGION_HANDOVER, case.id) if waits else ()


def moved_by_yes(case: Case, ctx: Context) -> tuple[e.Event, ...]:
    """A triage desk that says yes takes the case into its region, whoever gave it; every other term runs on."""
    region = ctx.region_of(ctx.sender)
    if region is None or ctx.sender == case.triage:
        return ()
    return (e.RegionMoved(ctx.now, region, ctx.sender), *ended(case, ctx, REGION_HANDOVER))


def _region(joined: Case, report: ReportId, ctx: Context) -> Iterator[e.Event]:
    if not joined.assumed or not ctx.named:
        return
    if ctx.triage == joined.triage or _is_recorded(joined):
        yield e.RegionNamed(ctx.now, report, ctx.region, ctx.triage)
    else:
        yield e.RegionMoved(ctx.now, ctx.region, ctx.triage, report)
    if ctx.triage != joined.triage and _is_recorded(joined):
        yield started(ctx, REGION_HANDOVER, joined.id)


def _is_recorded(case: Case) -> bool:
    return any(one.state is not ReportState.OFFERED for one in case.own_reports())


def _hearing(joined: Case, triage: Oin, ctx: Context) -> Iterator[tuple[Oin, NoteReason]]:
    """The first reason counts."""
    if triage != joined.triage:
        yield joined.triage, NoteReason.REGION_LEFT
    if ctx.named:
        yield ctx.triage, NoteReason.REGION_NAMED
    holder = joined.holder
    if holder is None or not joined.knows_case(holder):
        return
    if ctx.lane is Lane.ACUTE or held_as(joined, holder) is Role.VEILIG_THUIS:
        yield holder, NoteReason.HOLDS


def _taken_over(joined: Case, triage: Oin, ctx: Context) -> Iterator[Draft]:
    """What the new triage is to record too, as the former desk has it."""
    for one in joined.own_reports() if triage != joined.triage else ():
        contact = ctx.contact(joined.triage, 1)
        reason = NoteReason.REGION_TAKEN
        yield triage, n.ReportNoted(one.id, one.received_at, reason, one.reporter, joined.triage, contact)


def _note(report: ReportId, reason: NoteReason, reporter: Oin, desk: Oin, ctx: Context) -> n.ReportNoted:
    return n.ReportNoted(report, ctx.clock, reason, reporter, desk, ctx.contact(desk, 1))
