"""A report is taken out of a case: it was joined wrongly, or is turned into advice while others are on the case.

Theory. Whatever somebody puts on a case has a tie: the name under which it was put there, a report of its own or the
case. What is tied to the report goes along into a case of its own, or ends; what is tied to the case, or to another
report, stays as it is, as if the report had never been there (decision 45):

    the report         goes, with its terms, its names, and how many messages its reporter got
    a table            goes where its chair put it under the report's name, with its seats, its actions and their terms
    a seat elsewhere   ends where its party was invited as a reporter and has no other report on the case
    a coincidence      goes where it was found beside the report; ends where it was with reports of this case only
    a question         ends where nothing but the report made the triage owe it
    attention          ends likewise
    an offer           stays, about the case; its reporter is asked no more, if it was nothing else when it was asked

Everybody at a table hears that it goes on under another name, its chair too: what was said there until now may have
been about others. Whoever loses a seat, a question or a coincidence hears that.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from hub.canonical import notices as n
from hub.canonical.codes import Change, NoteReason, TableKind, WithdrawalReason
from hub.canonical.terms import (
    ACTION_ANSWER,
    CONTACT,
    CONTRIBUTION,
    MDA_TABLE,
    MONITORING_QUESTION,
    REGION_HANDOVER,
    RESEARCH,
    SAFETY_ASSESSMENT,
    TABLE_SILENCE,
)
from hub.cases import events as e
from hub.cases.attention import question_because_of
from hub.cases.case import Case, CoincidenceOnCase, Handover, ReportOnCase, Table
from hub.cases.context import Context, Decision, Draft
from hub.cases.evolve import fold
from hub.cases.research import led_to_research
from hub.cases.states import CoincidenceState, QuestionState, ReportState
from hub.cases.table_stand import table_stand
from hub.cases.terms import carried, ended, started, waiting_for_nobody
from hub.ids import CaseId, HandoverId, Oin


@dataclass(frozen=True, slots=True)
class Ties:
    """What one report of a case is the ground of.

    Attributes:
        tables, coincidences: what goes along.
        lost, offers: what is over for its reporter, and for nobody else: a table, an offer that it has not answered.
        over: what is over for all: coincidences, questions.
    """

    tables: tuple[Table, ...]
    coincidences: tuple[CoincidenceOnCase, ...]
    lost: tuple[Table, ...]
    offers: tuple[Handover, ...]
    over: tuple[UUID, ...]
    attention: bool

    def along(self) -> Iterator[UUID]:
        for table in self.tables:
            yield from (table.id, *table.actions)
        yield from (one.id for one in self.coincidences)


def ties_of(case: Case, report: ReportOnCase, *, advice: bool = False) -> Ties:
    """By the ties that the case has them under; of advice, what the radar found is no mistake."""
    leaves = not any(one.reporter == report.reporter for one in case.own_reports() if one.id != report.id)
    tables = tuple(one for one in case.tables.values() if one.ties.get(one.chair) == report.id)
    seated = (one for one in case.tables.values() if report.reporter in one.seats and report.reporter in one.ties)
    lost = (one for one in seated if leaves and one not in tables and not one.ended)
    asked_by_it = (one for one in case.handovers.values() if report.reporter in one.ties and leaves and not advice)
    offers = tuple(one for one in asked_by_it if report.reporter in one.open_candidates())
    found = [one for one in case.coincidences.values() if one.state is CoincidenceState.FOUND]
    along = tuple(one for one in found if one.report == report.id and (advice or _is_with_others(one, case)))
    moot = (one.id for one in found if not advice and one not in along and _rests_on(one, report))
    asked = (one for one in case.questions.values() if one.state is QuestionState.ASKED)
    withdrawn = (one.id for one in asked if one.because == (report.id,) and one.of == case.holder)
    return Ties(tables, along, tuple(lost), offers, (*moot, *withdrawn), case.attention_by == (report.id,))


def taken_apart(
    case: Case, report: ReportOnCase, ctx: Context, *, advice: HandoverId | None = None
) -> tuple[Case, Decision]:
    """The case of its own of this report, which the triage holds, and what happens on the case that it leaves.

    What happens on the new one stands in `opens`. The report goes on as far as it had come, with its own terms.

    Args:
        report: on the case, and not the only one.
        advice: it was not joined wrongly: by this offer it is given back to its reporter.
    """
    new, ties = CaseId(ctx.ids.caused("zaak")), ties_of(case, report, advice=advice is not None)
    opening = _opening(case, report, new, ties, ctx, advice=advice is not None)
    own = fold(None, opening)
    assert own is not None
    leaving = tuple(_leaving(case, report, new, ties, ctx, () if advice is None else (advice,)))
    left = fold(case, leaving)
    assert left is not None
    over = waiting_for_nobody(left, ctx.now)
    opens = Decision(opening, tuple(_told_there(case, report, own, ties, ctx)))
    return own, Decision((*leaving, *over), tuple(_told_here(case, left, report.reporter, ties, ctx)), new, opens)


def put_anew(case: Case, report: ReportOnCase, ctx: Context) -> tuple[Case, Decision]:
    """The same of a report on a closed case that its reporter puts on a joint table: it goes on alone, as what rested
    on it has ended with the case.
    """
    new = CaseId(ctx.ids.caused("zaak"))
    opening = _opening(case, report, new, Ties((), (), (), (), (), attention=False), ctx, advice=True, linked=case.id)
    own = fold(None, opening)
    assert own is not None
    told = ((own.triage, n.Changed(report.id, Change.MOVED)),)
    return own, Decision((e.ReportDetached(ctx.now, report.id, new),), (), new, Decision(opening, told))


def _is_with_others(found: CoincidenceOnCase, case: Case) -> bool:
    """Whether it is with reports elsewhere too; where the register does not name them, by who made them."""
    here = list(case.own_reports())
    if found.others:
        return not {one.id for one in here}.issuperset(found.others)
    return not {one.reporter for one in here}.issuperset(found.reporters)


def _rests_on(found: CoincidenceOnCase, report: ReportOnCase) -> bool:
    return found.report == report.id or found.others == (report.id,)


# --- what happens -------------------------------------------------------------------------------------------------


def _leaving(
    case: Case, report: ReportOnCase, new: CaseId, ties: Ties, ctx: Context, back: tuple[HandoverId, ...]
) -> Iterator[e.Event]:
    others = [one for one in case.own_reports() if one.id != report.id]
    alone = led_to_research(case) == [report.id]
    if report.opened and report.state is ReportState.OFFERED and case.holder == report.reporter != case.triage:
        yield e.HolderMoved(ctx.now, report.reporter, case.triage, report.id)
    over = (*(one.id for one in ties.lost), *ties.over, *((case.id,) if ties.attention else ()))
    yield e.ReportDetached(ctx.now, report.id, new, research=alone, along=(*back, *ties.along()), over=over)
    reason = WithdrawalReason.REPORT_DETACHED
    yield from (e.HandoverWithdrawn(ctx.now, one.id, report.reporter, reason) for one in ties.offers)
    yield from ended(case, ctx, about=report.id)
    if alone:
        yield from ended(case, ctx, RESEARCH)
    if report.mda and not any(one.mda for one in others):
        yield from ended(case, ctx, MDA_TABLE)
    if question_because_of(case) == (report.id,):
        yield from ended(case, ctx, MONITORING_QUESTION)


def _opening(
    case: Case,
    report: ReportOnCase,
    new: CaseId,
    ties: Ties,
    ctx: Context,
    *,
    advice: bool,
    linked: CaseId | None = None,
) -> tuple[e.Event, ...]:
    assumed = case.assumed if report.assumed is None else report.assumed
    opened = e.CaseOpened(ctx.now, new, case.region, case.triage, case.triage, linked, assumed=assumed)
    attached = e.ReportAttached(
        ctx.now,
        report.id,
        report.reporter,
        report.lane,
        report.received_at,
        # Taking it apart says that VT has it: from here it is at least recorded.
        ReportState.RECORDED if report.state is ReportState.OFFERED else report.state,
        report.outcome,
        case.id,
        report.researched,
        case.next_version(report.reporter, report.id) - 1,
        report.mda,
        case.part(report.id, report.reporter),
        report.region,
        report.desk,
        # What its parties call the case stays its name.
        tuple(name for name in report.names if name != case.called),
        advice,
        tuple(_table(one, report, case) for one in ties.tables),
        tuple(_coincidence(one, case, report, advice=advice) for one in ties.coincidences),
        report.assumed,
    )
    goes_on = (*_goes_on(case, report, new, ties, ctx), *_tables_go_on(case, ties, ctx))
    return (opened, attached, *goes_on, *(() if advice else _belongs_elsewhere(case, report, new, ctx)))


def _table(table: Table, report: ReportOnCase, case: Case) -> e.TableAsItStood:
    """Whoever sits at it by a report that stays, sits there by the case."""
    return e.TableAsItStood(
        table.id,
        table.kind,
        table.chair,
        table.answer_by,
        tuple(table.seats.items()),
        tuple(table.actions.values()),
        tuple((oin, tie) for oin, tie in table.ties.items() if tie == report.id),
        table.decision_by,
        tuple(case.parts.get(table.id, {}).items()),
        table.said_at,
        table.ended,
    )


def _coincidence(found: CoincidenceOnCase, case: Case, report: ReportOnCase, *, advice: bool) -> CoincidenceOnCase:
    """Beside reports elsewhere; told to who is a party here."""
    elsewhere = tuple(one for one in found.others if advice or one not in case.reports)
    told = tuple(oin for oin in (case.triage, report.reporter) if oin in case.awaited(found))
    return replace(found, others=elsewhere, told=told)


def _belongs_elsewhere(case: Case, report: ReportOnCase, new: CaseId, ctx: Context) -> tuple[e.Event, ...]:
    """By itself it would be in the region that it names: the triage owes it to the desk of that one."""
    desk = _desk_elsewhere(case, report, ctx)
    if desk is None or report.region is None:
        return ()
    return (e.RegionNamed(ctx.now, report.id, report.region, desk), started(ctx, REGION_HANDOVER, new))


def _desk_elsewhere(case: Case, report: ReportOnCase, ctx: Context) -> Oin | None:
    guessed = case.assumed if report.assumed is None else report.assumed
    if guessed or report.desk in (None, case.triage) or not ctx.connected(report.desk):
        return None
    return report.desk


def _goes_on(case: Case, report: ReportOnCase, new: CaseId, ties: Ties, ctx: Context) -> tuple[e.Event, ...]:
    """What ran for the report runs on with it; where the table that it is to come to stays behind, it is owed anew."""
    if report.state is not ReportState.ASSESSED:
        assessed_by = case.term(SAFETY_ASSESSMENT, report.id)
        again = carried(assessed_by, report.id, ctx) if assessed_by else started(ctx, SAFETY_ASSESSMENT, report.id)
        return (again,)
    along = any(one.kind is TableKind.MDA and not one.ended for one in ties.tables)
    put = (_mda_table(case, new, ctx),) if report.mda and not along else ()
    research = case.term(RESEARCH, case.id)
    if research is None or report.id not in led_to_research(case):
        return put
    return (e.ResearchStarted(ctx.now, report.id), carried(research, new, ctx), *put)


def _mda_table(case: Case, new: CaseId, ctx: Context) -> e.TermStarted:
    table = case.term(MDA_TABLE, case.id)
    return started(ctx, MDA_TABLE, new) if table is None or table.met else carried(table, new, ctx)


def _tables_go_on(case: Case, ties: Ties, ctx: Context) -> Iterator[e.TermStarted]:
    """What ran for what goes along."""
    along, names = set(ties.along()), (CONTRIBUTION, ACTION_ANSWER, TABLE_SILENCE, CONTACT)
    return (carried(term, term.about, ctx) for term in case.running() if term.name in names and term.about in along)


# --- who hears of it ----------------------------------------------------------------------------------------------


def _told_there(case: Case, report: ReportOnCase, own: Case, ties: Ties, ctx: Context) -> Iterator[Draft]:
    """Under the name of the new case; its reporter goes on under the name of its report."""
    elsewhere = case.part(report.id, report.reporter) in ctx.others
    if report.state is ReportState.OFFERED and (report.reporter != ctx.sender or elsewhere):
        yield report.reporter, n.RecordedFor(report.id)
    if own.named_desk is not None:
        contact = ctx.contact(own.triage, 1)
        reason = NoteReason.REGION_NAMED
        noted = n.ReportNoted(report.id, report.received_at, reason, report.reporter, own.triage, contact)
        yield own.named_desk, noted
    for table in ties.tables:
        yield from ((oin, n.Changed(table.id, Change.MOVED)) for oin in table.everybody() if not table.ended)
    for found in ties.coincidences:
        yield own.triage, n.Changed(found.id, Change.MOVED)
    yield from ((report.reporter, n.Changed(table.id, Change.ENDED)) for table in ties.lost)
    for found in case.coincidences.values():
        if found.id in ties.over and report.reporter in found.told and report.reporter != own.triage:
            yield report.reporter, n.Changed(found.id, Change.ENDED)


def _told_here(case: Case, left: Case, reporter: Oin, ties: Ties, ctx: Context) -> Iterator[Draft]:
    """Whoever is a party still; the chair of a table sees how it stands, and the giver of an offer that it is over."""
    for offer in ties.offers:
        yield reporter, n.OfferWithdrawn(offer.id, WithdrawalReason.REPORT_DETACHED)
        if not left.handovers[offer.id].open_candidates():
            yield offer.giver, n.Changed(offer.id, Change.ENDED)
    for table in (left.tables[one.id] for one in ties.lost):
        yield table.chair, table_stand(table, ctx.clock) if table.seats else n.Changed(table.id, Change.ENDED)
    for found in case.coincidences.values():
        gone = found in ties.coincidences
        if gone or found.id in ties.over:
            there = (oin for oin in case.awaited(found) if left.known_as(oin) is not None)
            yield from ((oin, n.Changed(found.id, Change.ENDED)) for oin in there if not gone or oin != case.triage)
    for question in case.questions.values():
        if question.id in ties.over:
            yield question.of, n.Changed(question.id, Change.ENDED)
