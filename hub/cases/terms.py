"""Terms: started by what the configuration names, met by what fulfils them, an alarm when they pass.

A term that passes moves nothing (P4). Whoever must act is reminded before, and told after, again and again, until the
step is taken; the holder hears it too. Who must act and by which step stands in one table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical import terms as t
from hub.canonical.codes import Change, Lane
from hub.canonical.terms import TermRule
from hub.cases import events as e
from hub.cases.calendar import due
from hub.cases.case import Case, ReportOnCase, TermOnCase
from hub.cases.context import Context, Decision, Draft
from hub.cases.sight import PART_OF, sight_of
from hub.cases.states import ActionState, CandidacyState, CoincidenceState, QuestionState, ReportState
from hub.cases.table_stand import table_stand
from hub.ids import CoincidenceId, HandoverId, Oin, QuestionId, ReportId, TableId

_MAY_DIFFER = timedelta(minutes=1)
"""Clocks that are believed."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What a term waits for: the wire type that meets it, and whose it is to say."""

    step: str
    by: Callable[[Case, UUID], tuple[Oin, ...]]


def started(
    ctx: Context, name: str, about: UUID, *, until: datetime | None = None, since: datetime | None = None
) -> e.TermStarted:
    """The configured term `name` runs, about a report, handover, table, action, question, coincidence or the case.

    Args:
        until: its end, where somebody set a moment of their own: it counts as far as the configuration lets it.
        since: what it counts from; the clock, if nothing is said.
    """
    rule = ctx.terms.named(name)
    ends = _set_by_party(until, rule, ctx) or _after(ctx, rule, rule.length, since)
    reminds = _reminds(rule, ends, since, ctx)
    first = reminds if ctx.clock < reminds < ends else ends
    return e.TermStarted(ctx.now, rule.name, rule.length, rule.unit, about, ends, first)


def is_shortened(term: e.TermStarted, until: datetime | None) -> bool:
    """Whether it ends before the moment that somebody set."""
    return until is not None and term.due < until


def running_once(case: Case, ctx: Context, name: str, about: UUID) -> tuple[e.TermStarted, ...]:
    """The term runs: from now, or as it did already."""
    running = case.term(name, about)
    return () if running and not running.met else (started(ctx, name, about),)


def carried(term: TermOnCase, about: UUID, ctx: Context) -> e.TermStarted:
    """A term goes on elsewhere as it ran: its end and its next moment stay."""
    return e.TermStarted(ctx.now, term.name, term.length, term.unit, about, term.due, term.fires_at())


def met(case: Case, ctx: Context, name: str, about: UUID) -> tuple[e.TermMet, ...]:
    """The term is met, if it runs and was not met before."""
    term = case.term(name, about)
    return () if term is None or term.met else (e.TermMet(ctx.now, name, about),)


def waiting_for_nobody(case: Case, now: datetime) -> tuple[e.TermEnded, ...]:
    """Running terms that nobody can meet any more."""
    over = (term for term in case.running() if not owed(case, term)[1])
    return tuple(e.TermEnded(now, term.name, term.about) for term in over)


def ended(case: Case, ctx: Context, *names: str, about: UUID | None = None) -> tuple[e.TermEnded, ...]:
    """Running terms that no longer apply: those of these names, all of them if none is named."""
    over = (term for term in case.running() if term.name in names or not names)
    return tuple(e.TermEnded(ctx.now, term.name, term.about) for term in over if about in (None, term.about))


def reached(case: Case, command: c.TermReached, ctx: Context) -> Decision:
    """A moment of a term has come: a reminder before its end, an alarm after, or nothing if it was met meanwhile.

    A term that waits for nobody any more ends.
    """
    term = case.term(command.name, command.about)
    if term is None or term.met:
        return Decision()
    if ctx.clock < term.fires_at() and not _is_put_off(term, ctx):
        return Decision()
    if not owed(case, term)[1]:
        return Decision((e.TermEnded(ctx.now, term.name, term.about),))
    if ctx.clock < term.due and (_is_put_off(term, ctx) or is_too_far(term.name, term.due, ctx)):
        return _anew(term, ctx)
    if ctx.clock < term.due:
        return _reminded(case, term, ctx)
    if term.name == t.TABLE_SILENCE:
        return _falls_silent(case, term, ctx)
    if term.name in (t.MONITORING_FIRST, t.MONITORING_SECOND):
        return _asks_for_question(case, term, ctx)
    return _escalated(case, term, ctx)


def lane_of(case: Case, about: UUID) -> Lane:
    """Of a term about this report, handover or table: an alarm about what is acute is acute itself."""
    report = case.reports.get(ReportId(about))
    handover = case.handovers.get(HandoverId(about))
    acute = (report is not None and report.lane is Lane.ACUTE) or (handover is not None and handover.acute)
    return Lane.ACUTE if acute else Lane.ROUTINE


def owed(case: Case, term: TermOnCase) -> tuple[str, tuple[Oin, ...]]:
    """The wire type that meets a running term, and who is to say it."""
    one = OWED[term.name]
    return one.step, one.by(case, term.about)


def latest(terms: t.Terms, name: str, clock: datetime, term: TermOnCase | None = None) -> datetime:
    """When a term of this name, or this one, fires next at the latest, if it was started by now."""
    rule, clock = terms.named(name), clock + _MAY_DIFFER
    length, unit = (term.length, term.unit) if term else (rule.length, rule.unit)
    ends = due(_counts_from(terms, name, clock) or clock, length, unit, terms.equated_days)
    return max(ends, due(clock, rule.again, rule.unit, terms.equated_days))


def _counts_from(terms: t.Terms, name: str, clock: datetime) -> datetime | None:
    """The latest moment from which a term that starts now counts, where it is not now."""
    first = terms.named(t.SAFETY_ASSESSMENT)
    return due(clock, first.length, first.unit, terms.equated_days) if name == t.RESEARCH else None


def is_too_far(name: str, moment: datetime, ctx: Context) -> bool:
    """Whether no party can have set this end: but while the clock was doubted, or in a version before."""
    farthest = _farthest(ctx.terms.named(name), ctx.clock + _MAY_DIFFER, ctx)
    return name in t.SET_BY_PARTIES and not ctx.doubted and moment > farthest


def _is_put_off(term: TermOnCase, ctx: Context) -> bool:
    """Whether it fires later than any clock that is right puts it: one that was ahead was believed.

    An end that somebody set may be further, as far as any may be set; what counted from that clock is put off.
    """
    if ctx.doubted or term.fires_at() <= latest(ctx.terms, term.name, ctx.clock, term):
        return False
    if term.name not in t.SET_BY_PARTIES or term.due <= ctx.clock or term.since is None:
        return True
    if is_too_far(term.name, term.due, ctx):
        return True
    return term.due == due(term.since, term.length, term.unit, ctx.terms.equated_days)


def _anew(term: TermOnCase, ctx: Context) -> Decision:
    """How long it has run nobody knows: it runs from now."""
    begun = started(ctx, term.name, term.about, since=_counts_from(ctx.terms, term.name, ctx.clock))
    return Decision((e.TermEnded(ctx.now, term.name, term.about), begun))


def _reminded(case: Case, term: TermOnCase, ctx: Context) -> Decision:
    step, by = owed(case, term)
    reminder = n.Reminder(term.name, step, term.about, term.due)
    # An end that a party set while the clock was doubted may be years off: it is looked at again before.
    farthest = _farthest(ctx.terms.named(term.name), ctx.clock, ctx)
    again = min(term.due, farthest) if term.name in t.SET_BY_PARTIES else term.due
    event = e.TermReminded(ctx.now, term.name, term.about, again)
    return Decision((event,), tuple((oin, reminder) for oin in by if ctx.connected(oin)))


def _escalated(case: Case, term: TermOnCase, ctx: Context) -> Decision:
    step, by = owed(case, term)
    rule = ctx.terms.named(term.name)
    event = e.TermEscalated(ctx.now, term.name, term.about, term.round + 1, _after(ctx, rule, rule.again, None))

    def alarm(to: Oin) -> n.Escalation:
        named = _named(case, term, to, by)
        return n.Escalation(
            term.name, step, term.about, term.due, named, event.round, ctx.contact(named[0], event.round)
        )

    # To one that ended without a successor every round would wait in the outbox for ever.
    there = tuple(oin for oin in _hearing(case, term, by) if ctx.connected(oin))
    drafts = tuple((oin, alarm(oin)) for oin in there or (case.triage,))
    return Decision((event,), (*drafts, *_missing(case, term, ctx)))


def _hearing(case: Case, term: TermOnCase, by: tuple[Oin, ...]) -> tuple[Oin, ...]:
    """Who must act, and the holder, which watches meanwhile; where it must act itself, or may not know what the term is
    about, the triage does. Until a report is recorded, its reporter goes on watching too, whoever holds.
    """
    holder, report = case.holder, _unrecorded(case, term)
    # Who holds by a report watches that, and nothing else that it may have to do with the case.
    knows = holder is not None and case.knows_case(holder) and holder not in by
    watches = knows and holder is not None and sight_of(case, holder).called(None).hears(PART_OF[term.name], term.about)
    watching = (holder if watches else case.triage, report.reporter if report is not None else None)
    return tuple(dict.fromkeys(oin for oin in (*by, *watching) if oin is not None))


def _unrecorded(case: Case, term: TermOnCase) -> ReportOnCase | None:
    """The report that a term is about, while its reporter is to go on watching; of an older one its desk is unknown."""
    report = case.reports.get(ReportId(term.about))
    waits = report is not None and report.state is ReportState.OFFERED and case.desk_of(report) is not None
    return report if waits else None


def _named(case: Case, term: TermOnCase, to: Oin, by: tuple[Oin, ...]) -> tuple[Oin, ...]:
    """Whom an alarm names. Who else was asked is the giver's business: who must act hears of itself only, the triage of
    everybody. A reporter hears of the desk of the region that it reported to, wherever the case is.
    """
    if to in by:
        return by if to == case.triage else (to,)
    report = case.reports.get(ReportId(term.about))
    desk = case.desk_of(report) if report is not None and not sight_of(case, to).oversees else None
    return by if desk is None else (desk,)


def _missing(case: Case, term: TermOnCase, ctx: Context) -> tuple[Draft, ...]:
    """The chair of a joint table sees who is missing."""
    table = case.tables.get(TableId(term.about))
    if table is None or not ctx.connected(table.chair):
        return ()
    return ((table.chair, table_stand(table, ctx.clock)),)


def _asks_for_question(case: Case, term: TermOnCase, ctx: Context) -> Decision:
    """A moment of monitoring: from here the triage has to ask the holder."""
    running = case.term(t.MONITORING_QUESTION, case.id)
    begun = running_once(case, ctx, t.MONITORING_QUESTION, case.id)
    step = OWED[t.MONITORING_QUESTION].step
    ends = begun[0].due if begun else running.due if running else ctx.clock
    reminder = n.Reminder(t.MONITORING_QUESTION, step, case.id, ends)
    return Decision((e.TermMet(ctx.now, term.name, term.about), *begun), ((case.triage, reminder),))


def _falls_silent(case: Case, term: TermOnCase, ctx: Context) -> Decision:
    """A table ends where nothing has been said at it for so long; not while somebody is awaited, or the custody clock
    runs."""
    table, rule, over = case.tables[TableId(term.about)], ctx.terms.named(term.name), e.TermEnded
    # What stands in the register may be ahead of the clock: nothing counts from that.
    said_at = min(table.said_at, ctx.clock) if table.said_at else None
    ends = ctx.clock if said_at is None else _after(ctx, rule, rule.length, said_at)
    if table.is_awaited() or ctx.runs(table.decision_by) or ctx.doubted or ends > ctx.clock:
        since = said_at if ends > ctx.clock else None
        return Decision((over(ctx.now, term.name, term.about), started(ctx, term.name, term.about, since=since)))
    told = tuple((oin, n.Changed(table.id, Change.ENDED)) for oin in table.everybody() if ctx.connected(oin))
    # Met, so that what it says can be made again from this moment (`again.py`).
    return Decision((e.TermMet(ctx.now, term.name, term.about), e.TableEnded(ctx.now, table.id)), told)


def _set_by_party(until: datetime | None, rule: TermRule, ctx: Context) -> datetime | None:
    """So that nobody silences a term for years; while the clock is doubted, nobody can say what is too far."""
    return until if until is None or ctx.doubted else min(until, _farthest(rule, ctx.clock, ctx))


def _farthest(rule: TermRule, clock: datetime, ctx: Context) -> datetime:
    return due(clock, rule.length * rule.most, rule.unit, ctx.terms.equated_days)


def _reminds(rule: TermRule, ends: datetime, since: datetime | None, ctx: Context) -> datetime:
    """Where the configuration has it, or as far on the way to an end that is set earlier, whichever comes first."""
    if rule.remind is None:
        return ends
    begins = since or ctx.clock
    by_rule, usual = _after(ctx, rule, rule.remind, since), _after(ctx, rule, rule.length, since)
    return by_rule if ends >= usual else min(by_rule, begins + (ends - begins) * rule.remind / rule.length)


def _after(ctx: Context, rule: TermRule, length: int, since: datetime | None) -> datetime:
    return due(since or ctx.clock, length, rule.unit, ctx.terms.equated_days)


# --- what each term waits for -------------------------------------------------------------------------------------


def _triage(case: Case, _about: UUID) -> tuple[Oin, ...]:
    return (case.triage,)


def _watching(case: Case, _about: UUID) -> tuple[Oin, ...]:
    """The triage, unless it holds itself: an organisation may become the holder by succession."""
    return () if case.holder == case.triage else (case.triage,)


def _keeping(case: Case, _about: UUID) -> tuple[Oin, ...]:
    """Who can offer it, while a report names another desk's region than the one that was assumed: whoever holds; until
    what opened it is recorded, its triage, which is to hold.
    """
    giver = case.holder if case.holder is not None and case.knows_case(case.holder) else case.triage
    return () if case.named_desk in (None, case.triage, giver) else (giver,)


def _candidates(case: Case, about: UUID) -> tuple[Oin, ...]:
    handover = case.handovers.get(HandoverId(about))
    return handover.open_candidates() if handover else ()


def _giver(case: Case, about: UUID) -> tuple[Oin, ...]:
    """While somebody asks for more, or for the full part that had lapsed."""
    handover = case.handovers.get(HandoverId(about))
    asked = handover is not None and (handover.full_wanted or handover.in_state(CandidacyState.MORE_ASKED))
    return (handover.giver,) if handover and asked else ()


def _silent(case: Case, about: UUID) -> tuple[Oin, ...]:
    table = case.tables.get(TableId(about))
    return table.silent() if table else ()


def _chair(case: Case, about: UUID) -> tuple[Oin, ...]:
    table = case.tables.get(TableId(about))
    return (table.chair,) if table and not table.ended else ()


def _responsible(case: Case, about: UUID) -> tuple[Oin, ...]:
    actions = (action for table in case.tables.values() for action in table.actions.values())
    return tuple(one.responsible for one in actions if one.id == about and one.state is ActionState.AGREED)


def _asked(case: Case, about: UUID) -> tuple[Oin, ...]:
    question = case.questions.get(QuestionId(about))
    return (question.of,) if question and question.state is QuestionState.ASKED else ()


def _told(case: Case, about: UUID) -> tuple[Oin, ...]:
    coincidence = case.coincidences.get(CoincidenceId(about))
    return case.awaited(coincidence) if coincidence and coincidence.state is CoincidenceState.FOUND else ()


OWED: Mapping[str, Owed] = {
    t.SAFETY_ASSESSMENT: Owed("triage.veiligheidsbeoordeling", _triage),
    t.ACUTE_RECORDING: Owed("triage.melding-vastgelegd", _triage),
    t.RESEARCH: Owed("triage.onderzoeksuitkomst", _triage),
    t.MDA_TABLE: Owed("actieoverleg.aanmelding", _triage),
    t.REGION_HANDOVER: Owed("overdrachten.aanbod", _keeping),
    t.OFFER_ANSWER: Owed("overdrachten.aanvaard", _candidates),
    t.OFFER_ANSWER_ACUTE: Owed("overdrachten.aanvaard", _candidates),
    t.MORE_ASKED: Owed("overdrachten.aanvulling-gegeven", _giver),
    t.CONTACT: Owed("radar.contact-gelegd", _told),
    t.CONTRIBUTION: Owed("actieoverleg.inbreng", _silent),
    t.ACTION_ANSWER: Owed("actieoverleg.afspraak-aanvaard", _responsible),
    t.TABLE_SILENCE: Owed("actieoverleg.afspraken", _chair),
    t.MONITORING_FIRST: Owed("monitoring.vraag", _watching),
    t.MONITORING_SECOND: Owed("monitoring.vraag", _watching),
    t.MONITORING_QUESTION: Owed("monitoring.vraag", _watching),
    t.MONITORING_ANSWER: Owed("monitoring.antwoord", _asked),
}
"""By the name of the term."""
