"""The desk of where the family lives: it is the triage, or it hears.

Theory. A case stays in the region where it is until a triage desk says yes to it. But a region that nobody named, as an
acute report said nothing that the hub knows, is only assumed. The first report that names a region ends that: until the
triage has recorded a report, the desk of that region becomes the triage at once (who holds stays, as before a recording
that is a reporter); after it, whoever can offer the case owes it to that desk, and is reminded until it has.

Whatever region a report names, its desk hears of it, by whomever it comes: the family may have moved. So does who holds
sight on safety, of what is acute; and a Veilig Thuis that holds, of every report. Nobody hears of its own report, in
the role that it reports in.

What a report names goes where the report goes: taken out of a case, it leaves the region as if it had never named one.
"""

from collections.abc import Iterable, Iterator

from hub.canonical import notices as n
from hub.canonical.codes import Lane, NoteReason
from hub.canonical.partners import Role
from hub.canonical.terms import REGION_HANDOVER
from hub.cases import events as e
from hub.cases.case import Case, Handover, ReportOnCase
from hub.cases.context import Context, Decision, Draft
from hub.cases.parts import VT, held_as
from hub.cases.states import ReportState
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
    for oin, reason, role in _hearing(joined, triage, ctx):
        if oin != triage and not is_sender(oin, role, ctx):
            heard.setdefault(oin, _note(report, reason, triage, joined, ctx))
    taken = taken_over(joined, joined.own_reports(), triage, ctx) if triage != joined.triage else ()
    return Decision(events, (*heard.items(), *taken))


def is_sender(oin: Oin, role: Role | None, ctx: Context) -> bool:
    """Whether it is who sent this, in the same role: in another, by another connection, it has not heard of it."""
    return oin == ctx.sender and (role is None or ctx.role in (None, role))


def taken_over(case: Case, reports: Iterable[ReportOnCase], triage: Oin, ctx: Context) -> Iterator[Draft]:
    """What the new triage is to record and to assess too; what they say, the desk before it has."""
    contact = ctx.contact(case.triage, 1)
    for one in reports:
        reason = NoteReason.REGION_TAKEN
        yield triage, n.ReportNoted(one.id, one.received_at, reason, one.reporter, case.triage, contact)


def met_by_offer(case: Case, candidates: tuple[Oin, ...], ctx: Context) -> tuple[e.TermMet, ...]:
    """The case is offered to the desk of the region that was named."""
    return met(case, ctx, REGION_HANDOVER, case.id) if case.named_desk in candidates else ()


def owed_again(case: Case, over: Iterable[Handover], ctx: Context) -> tuple[e.TermStarted, ...]:
    """That offer is taken back before its answer, or ends as another has said yes."""
    waits = any(_is_asked(one, case.named_desk) for one in over)
    return running_once(case, ctx, REGION_HANDOVER, case.id) if waits else ()


def _is_asked(handover: Handover, desk: Oin | None) -> bool:
    return desk in handover.open_candidates()


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
    if _owed_to(joined, ctx) is not None:
        yield started(ctx, REGION_HANDOVER, joined.id)


def _is_recorded(case: Case) -> bool:
    return any(one.state is not ReportState.OFFERED for one in case.own_reports())


def _owed_to(joined: Case, ctx: Context) -> Oin | None:
    """The desk that the case is owed to from this report on, unless it is offered it already."""
    owed = joined.assumed and ctx.named and ctx.triage != joined.triage and _is_recorded(joined)
    asked = any(_is_asked(one, ctx.triage) for one in joined.handovers.values())
    return ctx.triage if owed and not asked else None


def _hearing(joined: Case, triage: Oin, ctx: Context) -> Iterator[tuple[Oin, NoteReason, Role | None]]:
    """In which role each; the first reason counts."""
    if triage != joined.triage:
        yield joined.triage, NoteReason.REGION_LEFT, VT
    if ctx.named:
        yield ctx.triage, NoteReason.REGION_NAMED, VT
    holder = joined.holder
    if holder is None or not joined.knows_case(holder):
        return
    role = held_as(joined, holder)
    if ctx.lane is Lane.ACUTE or role is VT or _owed_to(joined, ctx) is not None:
        yield holder, NoteReason.HOLDS, role


def _note(report: ReportId, reason: NoteReason, triage: Oin, joined: Case, ctx: Context) -> n.ReportNoted:
    """Who holds, and is to offer the case, reads to whom."""
    named = _owed_to(joined, ctx) if reason is NoteReason.HOLDS else None
    return n.ReportNoted(report, ctx.clock, reason, ctx.sender, triage, ctx.contact(triage, 1), named)
