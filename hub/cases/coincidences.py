"""What the radar found beside a report: linked, told to those who may hear it, and awaited until contact was made.

The triage of the case always hears it; a reporter hears of another only where the table of role pairs allows; the
triage of another region hears it for its own case. Who else reported and under which reference, never what (after
Jeugdwet par. 7.1, Verwijsindex).
"""

from collections.abc import Iterator

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.terms import CONTACT
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.context import Context, Decision, Draft
from hub.cases.states import COINCIDENCE, Step, after
from hub.cases.terms import met, started
from hub.errors import Code, Rejection
from hub.ids import CaseId, CoincidenceId, Oin, ReportId


def beside(joined: Case | None, report: ReportId, triage: Oin, ctx: Context) -> Decision:
    """What a new report leads to on its own case: links, one coincidence if others reported, its term.

    Args:
        joined: the case before the report; `None` if the report opens one.
    """
    links = tuple(e.CaseLinked(ctx.now, other, grounds) for other, grounds in ctx.radar.links)
    others = tuple(hit for hit in ctx.radar.hits if hit.reporter != ctx.sender)
    if not others:
        return Decision(links)
    id_ = CoincidenceId(ctx.new_id())
    drafts = tuple(_heard(id_, joined, report, triage, others, ctx))
    told = tuple(dict.fromkeys(oin for oin, _ in drafts if oin != ctx.radar.elsewhere))
    found = e.CoincidenceFound(ctx.now, id_, report, tuple(hit.report for hit in others), told)
    return Decision((*links, found, started(ctx, CONTACT, id_)), drafts)


def mirrored(other: Case, mine: CaseId, hit: n.Hit, triage: Oin, ctx: Context) -> Decision:
    """The same on the other case: linked; its triage hears it if it is another desk than the one that has heard.

    Args:
        mine: the case of the new report.
        hit: the new report, as the other side hears of it.
        triage: the desk of the new report's case.
    """
    linked = e.CaseLinked(ctx.now, mine, hit.grounds)
    own = next((found.report for found in ctx.radar.hits if found.report in other.reports), None)
    if own is None:
        return Decision((linked,))
    reporter = other.reports[own].reporter
    id_ = CoincidenceId(ctx.new_id())
    hears = [other.triage] if other.triage != triage else []
    if reporter not in (ctx.sender, other.triage) and ctx.radar.pairs(reporter, ctx.sender):
        hears.append(reporter)
    if not hears:
        return Decision((linked,))
    found = e.CoincidenceFound(ctx.now, id_, own, (hit.report,), tuple(hears))
    return Decision((linked, found), tuple((oin, n.Coincidence(id_, own, (hit,))) for oin in hears))


def contacted(case: Case, command: c.ConfirmContact, ctx: Context) -> Decision:
    """Somebody who was told has been in contact with the others."""
    one = case.coincidences.get(command.coincidence)
    if one is None or ctx.sender not in one.told or after(COINCIDENCE, one.state, Step.CONTACT) is None:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/samenloop",), Step.CONTACT.value)
    made = e.ContactMade(ctx.now, one.id, ctx.sender)
    return Decision((made, *met(case, ctx, CONTACT, one.id)), (), case.known_as(ctx.sender))


def _heard(
    id_: CoincidenceId, joined: Case | None, report: ReportId, triage: Oin, others: tuple[n.Hit, ...], ctx: Context
) -> Iterator[Draft]:
    yield triage, n.Coincidence(id_, report, others)
    if ctx.radar.elsewhere not in (None, triage):
        yield ctx.radar.elsewhere, n.Coincidence(id_, report, others)
    mine = tuple(hit for hit in others if ctx.radar.pairs(ctx.sender, hit.reporter))
    if mine and ctx.sender != triage:
        yield ctx.sender, n.Coincidence(id_, report, mine)
    if joined is not None:
        yield from _earlier_reporters(id_, joined, report, triage, ctx)


def _earlier_reporters(
    id_: CoincidenceId, joined: Case, report: ReportId, triage: Oin, ctx: Context
) -> Iterator[Draft]:
    """Reporters on the case itself hear of the new one, each under its own reference."""
    on_case = {hit.reporter: hit for hit in ctx.radar.hits if hit.report in joined.reports}
    for reporter, hit in on_case.items():
        if reporter not in (ctx.sender, triage) and ctx.radar.pairs(reporter, ctx.sender):
            new = n.Hit(ctx.sender, report, hit.grounds, hit.sure)
            yield reporter, n.Coincidence(id_, hit.report, (new,))
