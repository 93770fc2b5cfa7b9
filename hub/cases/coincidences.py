"""What the radar found beside a report: linked, told to those who may hear it, and awaited until contact was made.

The triage of the case always hears it; a reporter hears of another only where the table of role pairs allows; the
triage of another region hears it for its own case. Who else reported and under which reference, never what (after
Jeugdwet par. 7.1, Verwijsindex).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.terms import CONTACT
from hub.cases import events as e
from hub.cases.case import Case, Link
from hub.cases.context import Context, Decision, Draft, called_by
from hub.cases.states import COINCIDENCE, Step, after
from hub.cases.terms import met, started
from hub.errors import Code, Rejection
from hub.ids import CaseId, CoincidenceId, Oin, ReportId


def beside(joined: Case | None, report: ReportId, triage: Oin, ctx: Context) -> Decision:
    """What a new report leads to on its own case: links, one coincidence if others reported, its term.

    Args:
        joined: the case before the report; `None` if the report opens one.
    """
    links = tuple(event for link in ctx.radar.links for event in _linked(joined, link, ctx))
    others = tuple(hit for hit in ctx.radar.hits if hit.reporter != ctx.sender)
    if not others:
        return Decision(links)
    here = {hit.report for hit in others if joined is not None and hit.report in joined.reports}
    id_ = _number(ctx, {report, *here}, {hit.report for hit in others} - here)
    drafts = tuple(_heard(id_, joined, report, triage, others, ctx))
    told = tuple(dict.fromkeys(oin for oin, _ in drafts if oin == triage or oin != ctx.radar.elsewhere))
    reporters = tuple(dict.fromkeys(hit.reporter for hit in others))
    found = e.CoincidenceFound(ctx.now, id_, report, tuple(hit.report for hit in others), told, reporters)
    return Decision((*links, found, started(ctx, CONTACT, id_)), drafts)


def mirrored(other: Case, mine: CaseId, hit: n.Hit, triage: Oin, ctx: Context) -> Decision:
    """The same on the other case: linked; its triage hears it if it is another desk than the one that has heard, and
    each reporter there whose report was found, where the pair allows.

    Args:
        mine: the case of the new report.
        hit: the new report, as the other side hears of it.
        triage: the desk of the new report's case.
    """
    linked = _linked(other, Link(mine, hit.grounds, hit.contradicts), ctx)
    there = _found_on(other, ctx)
    if not there:
        return Decision(linked)
    id_, own = _number(ctx, {one.report for one in there}, {hit.report}), there[0].report
    desk = ((other.triage, n.Coincidence(id_, own, (hit,))),) if other.triage != triage else ()
    drafts = (*desk, *_reporters(id_, other, hit, other.triage, ctx))
    if not drafts:
        return Decision(linked)
    told = tuple(to for to, _ in drafts)
    found = e.CoincidenceFound(ctx.now, id_, own, (hit.report,), told, (hit.reporter,))
    return Decision((*linked, found), drafts)


def contacted(case: Case, command: c.ConfirmContact, ctx: Context) -> Decision:
    """Somebody who was told has been in contact with the others."""
    one = case.coincidences.get(command.coincidence)
    told = () if one is None else (*one.told, *case.awaited(one))
    if one is None or ctx.sender not in told or after(COINCIDENCE, one.state, Step.CONTACT) is None:
        raise Rejection(Code.STEP_NOT_ALLOWED, ("/data/samenloop",), Step.CONTACT.value)
    made = e.ContactMade(ctx.now, one.id, ctx.sender)
    return Decision((made, *met(case, ctx, CONTACT, one.id)), (), called_by(case, ctx))


def _number(ctx: Context, here: Iterable[ReportId], there: Iterable[ReportId]) -> CoincidenceId:
    """Of what these reports on the case have with those elsewhere: the same, whichever of them came last."""
    return CoincidenceId(ctx.ids.between("samenloop", here, there))


def _linked(case: Case | None, found: Link, ctx: Context) -> tuple[e.CaseLinked, ...]:
    """By what it is not linked by yet: two cases may be found beside each other at every report."""
    there = [link for link in case.links if link.case == found.case] if case else []
    grounds = tuple(one for one in found.grounds if not any(one in link.grounds for link in there))
    contradicts = tuple(one for one in found.contradicts if not any(one in link.contradicts for link in there))
    return (e.CaseLinked(ctx.now, found.case, grounds, contradicts),) if grounds or contradicts else ()


def _heard(
    id_: CoincidenceId, joined: Case | None, report: ReportId, triage: Oin, others: tuple[n.Hit, ...], ctx: Context
) -> Iterator[Draft]:
    yield triage, n.Coincidence(id_, report, others)
    if ctx.radar.elsewhere not in (None, triage):
        yield ctx.radar.elsewhere, n.Coincidence(id_, report, others, routed=True)
    mine = tuple(hit for hit in others if ctx.radar.pairs(ctx.sender, hit.reporter))
    if mine and ctx.sender != triage:
        yield ctx.sender, n.Coincidence(id_, report, mine)
    if joined is not None:
        contact = ctx.contact(ctx.sender, 1)
        new = n.Hit(ctx.sender, report, (), sure=False, phone=contact.phone if contact else None)
        yield from _reporters(id_, joined, new, triage, ctx)


def _reporters(id_: CoincidenceId, case: Case, new: n.Hit, triage: Oin, ctx: Context) -> Iterator[Draft]:
    """Reporters on a case hear of the new report, each under its own reference and on the ground that its own gave."""
    surest = {case.reports[hit.report].reporter: hit for hit in reversed(_found_on(case, ctx))}
    for reporter, hit in reversed(surest.items()):
        if reporter not in (ctx.sender, triage) and ctx.radar.pairs(reporter, ctx.sender):
            yield reporter, n.Coincidence(id_, hit.report, (_as_met(new, hit),))


def _as_met(new: n.Hit, hit: n.Hit) -> n.Hit:
    return replace(new, grounds=hit.grounds, sure=hit.sure, contradicts=hit.contradicts, ambiguous=hit.ambiguous)


def _found_on(case: Case, ctx: Context) -> list[n.Hit]:
    """The hits that are on this case now, the surest first."""
    here = {report.id for report in case.own_reports()}
    return [hit for hit in ctx.radar.hits if hit.report in here]
