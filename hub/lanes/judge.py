"""What a message that is in order leads to: on its case, on others that the radar finds beside it, or on none. Pure.

The order of the questions goes on from `asking.py`: which case, which way, whether its cause is known; only then the
case decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from hub.canonical import commands as c
from hub.canonical.codes import Remark, Result
from hub.cases.case import Case, ReportOnCase
from hub.cases.coincidences import mirrored
from hub.cases.context import Context, Decision
from hub.cases.decide import decide
from hub.cases.events import CaseOpened, Event, RadarWithdrawn, ReportReceived
from hub.cases.evolve import fold
from hub.cases.sight import sight_of
from hub.errors import Code, Rejection
from hub.ids import CaseId, MessageId, RegionId, ReportId
from hub.lanes.advice import advised
from hub.lanes.answers import accepted
from hub.lanes.asking import Asked, number_of
from hub.lanes.counting import counted
from hub.lanes.fate import EARLY, CauseUndecided, CauseUnknown, NotYet
from hub.lanes.keys import RadarKeys
from hub.lanes.naming import naming_of
from hub.lanes.processing import compared
from hub.lanes.render import Incoming, Occasion, Rendered, over, rendered
from hub.lanes.setting import Setting
from hub.lanes.signals import as_seen_by_others, entered, matched, radar_for
from hub.lanes.surroundings import context_of, pairs, succeeded
from hub.lanes.way import Way, way_for
from hub.lanes.workspace import Part, Verdict, Workspace
from hub.ports import Confirmation, InboxRow, ProcessingLine
from hub.routing.directory import other_roles
from hub.routing.rules import Kind
from hub.schemas.message import wire_type

PRESENTED, NOTED = wire_type("triage.melding-aangeboden"), wire_type("triage.melding-ter-kennis")


@dataclass(frozen=True, slots=True)
class Place:
    """The case that a message is about.

    Attributes:
        case: with its successors in place; `None` if there is none.
        before: what put them there, to be written with whatever follows.
        passed_over: the sender named one, by a name that is unknown or not its own to use.
        region: where it belongs by the sender's own name for it: the region that it reported to; where the case is or
            was, to who sees the whole of it.
        since: when it began, by that name: when its report came, or the first of the case.
    """

    case: Case | None = None
    before: tuple[Event, ...] = ()
    passed_over: bool = False
    region: RegionId | None = None
    since: datetime | None = None


def judge(asked: Asked, row: InboxRow, work: Workspace, setting: Setting) -> Verdict:
    """All that this message leads to.

    Raises:
        Rejection: the sender's fault.
        OurFault: ours; also a step whose cause is not known yet, or one that its case does not allow yet, while the hub
            recovers or where its cause may have lapsed.
    """
    try:
        return _judged(asked, row, work, setting)
    except Rejection as refusal:
        early = work.recovering or _goes_by_its_case(asked, work, setting)
        if early and refusal.reason in EARLY and not isinstance(asked.command, c.Report):
            raise NotYet(refusal, asked.event.causationid or asked.event.correlationid) from None
        raise


def _judged(asked: Asked, row: InboxRow, work: Workspace, setting: Setting) -> Verdict:
    if isinstance(asked.command, c.Confirm):
        return _confirmed(asked, asked.command, row, work, setting)
    if isinstance(asked.command, c.AskAdvice | c.GiveAdvice):
        return advised(asked, asked.command, row, work, setting)
    if asked.kind is Kind.STEP:
        _require_cause(asked, row, work, setting)
    place, command = _place(asked, row, work, setting), asked.command
    if isinstance(command, c.Update) and place.passed_over:
        command = command.as_report()
    if isinstance(command, c.Report):
        return _reported(asked, command, place, row, work, setting)
    way = way_for(asked.sender, asked.event, command, place.case, place.region, work)
    return _decided(asked, command, place, way, row, work, setting)


def _require_cause(asked: Asked, row: InboxRow, work: Workspace, setting: Setting) -> None:
    """What may come at any time waits for nothing, as long as its case is here."""
    cause = asked.event.causationid
    at_any_time = isinstance(asked.command, c.AtAnyTime) and _named(asked, work).case is not None
    if cause is None or at_any_time or _has_cause(asked, work):
        return
    if cause != asked.event.id and work.is_undecided(asked.sender.id, MessageId(cause)):
        raise CauseUndecided(cause)
    if _may_have_lapsed(asked, work, setting):
        return
    # While the hub recovers the cause may be told under another id than it was: the case says what may follow.
    if not work.recovering or _may_come(row, work, setting):
        raise CauseUnknown(cause)


def _has_cause(asked: Asked, work: Workspace) -> bool:
    """Whether what it says it follows is here; or it says nothing of that."""
    cause = asked.event.causationid
    return cause is None or work.cause(asked.sender.id, MessageId(cause)) is not None


def _may_have_lapsed(asked: Asked, work: Workspace, setting: Setting) -> bool:
    """Whether the cause may have gone with the traffic data, as its case or report is older than these are kept."""
    since = _named(asked, work).since
    old = since is not None and since <= work.now - setting.limits.traffic_kept
    return old and not work.doubted


def _goes_by_its_case(asked: Asked, work: Workspace, setting: Setting) -> bool:
    """Whether only its case can say that it is early: what that does not allow yet waits as it would for its cause."""
    if asked.kind is not Kind.STEP or isinstance(asked.command, c.AtAnyTime) or _has_cause(asked, work):
        return False
    return _may_have_lapsed(asked, work, setting)


def _may_come(row: InboxRow, work: Workspace, setting: Setting) -> bool:
    """Whether what this message follows may still be on its way, as it is on any day."""
    return work.now < row.received_at + setting.limits.early_step_wait.of(row.lane)


def _place(asked: Asked, row: InboxRow, work: Workspace, setting: Setting) -> Place:
    """The case the sender names; a name that is not the sender's to use is as unknown as any other.

    A report, or news, is not lost for that: it goes to the triage as if it named none, and its receipt says so. While
    the hub recovers it waits for the case first, no longer than a step does on any day.
    """
    place = _named(asked, work)
    if place.case is not None or asked.event.correlationid is None:
        return place
    unknown = Rejection(Code.CASE_UNKNOWN, ("/correlationid",))
    if asked.kind is not Kind.REPORT:
        raise unknown
    if work.recovering and _may_come(row, work, setting):
        raise NotYet(unknown, asked.event.correlationid)
    return Place(passed_over=True)


def _named(asked: Asked, work: Workspace) -> Place:
    name = asked.event.correlationid
    found = work.case(name)
    if name is None or found is None:
        return Place()
    case, before = succeeded(found, work)
    if (there := _gone(case, asked, work)) is not None:
        return there
    others = other_roles(work.directory, asked.sender, work.now)
    if not case.may_call_it(asked.sender.oin, name, others):
        return Place()
    sight = sight_of(case, asked.sender.oin, others)
    report = None if sight.oversees else case.report_called(asked.sender.oin, name)
    if asked.kind is Kind.REPORT and sight.called(report.id if report else None).is_over:
        return Place()
    return Place(case, before, region=_region(case, report), since=_since(case, report))


def _region(case: Case, report: ReportOnCase | None) -> RegionId:
    """Of a report of its own it is the report's: what becomes of the case is not its reporter's to see."""
    return case.region if report is None else report.region or case.region


def _since(case: Case, report: ReportOnCase | None) -> datetime:
    """Likewise: that others reported before is not its reporter's to see."""
    return case.began_at() if report is None else report.received_at


def _gone(case: Case, asked: Asked, work: Workspace) -> Place | None:
    """Where what this message is about has gone with a report that was taken out of the case that it names.

    Who takes part in it may have written before it heard so.

    Raises:
        CauseUnknown: it went while we waited for the case, and is looked for again.
    """
    number = number_of(asked.command)
    if number is None or number not in case.gone:
        return None
    found: Case | None = case
    while found is not None and number in found.gone:
        found = work.case(found.gone[number])
    if found is None:
        raise CauseUnknown
    own, before = succeeded(found, work)
    return Place(own, before, since=own.began_at()) if own.takes_part(asked.sender.oin, number) else None


def _confirmed(asked: Asked, command: c.Confirm, row: InboxRow, work: Workspace, setting: Setting) -> Verdict:
    """The receiver's system has it: if that is the triage and a report, the term of its assessment starts."""
    sent = work.sent(asked.sender.id, command.message)
    if sent is None:
        raise Rejection(Code.CAUSE_UNKNOWN, ("/data/bericht",))
    decided = accepted(row, asked.event.time, None, work.now, work.directory, setting)
    verdict = Verdict(decided, confirmation=Confirmation(command.message, sent.partner, command.result))
    about = sent.about
    case = work.case(about) or work.case(sent.case)
    fresh = command.result is Result.STORED and not sent.delivered
    if not fresh or case is None or about is None or about not in case.reports:
        return verdict
    if sent.type != PRESENTED and not (sent.type == NOTED and asked.sender.oin == case.triage):
        return verdict  # a report that the triage before it got, the triage hears of by a note
    way = way_for(asked.sender, asked.event, command, case, None, work)
    decision = decide(
        case,
        c.Delivered(ReportId(about)),
        context_of(
            asked, way, case, naming_of(row, setting.keys.names(work.directory), asked.event.time), work, setting
        ),
    )
    after = fold(case, decision.events)
    assert after is not None
    return replace(verdict, row=replace(decided, case=case.id), parts=(Part(after, decision.events),))


# --- on one case ---------------------------------------------------------------------------------------------------


def _decided(
    asked: Asked, command: c.CaseCommand, place: Place, way: Way, row: InboxRow, work: Workspace, setting: Setting
) -> Verdict:
    occasion = _occasion(asked, way, row, work, setting)
    ctx = context_of(asked, way, place.case, occasion.naming, work, setting)
    decision = decide(place.case, command, ctx)
    told = [_told(decision, place, occasion, work, setting)]
    if decision.opens is not None:
        told.append(_told(decision.opens, Place(), occasion, work, setting))
    return _verdict(asked, row, way, decision, told, work, setting, tuple(_remarks(place, way, decision)))


def _remarks(place: Place, way: Way, decision: Decision) -> Iterator[Remark]:
    if place.passed_over:
        yield Remark.REFERENCE_UNKNOWN
    if way.assumed:
        yield Remark.REGION_ASSUMED
    if decision.shortened:
        yield Remark.MOMENT_SHORTENED


def _told(decision: Decision, place: Place, occasion: Occasion, work: Workspace, setting: Setting) -> Rendered:
    opens = any(isinstance(event, CaseOpened) for event in decision.events)
    stood = None if opens else place.case
    after = fold(stood, decision.events)
    assert after is not None, "every command but a report that opens a case has one"
    found = rendered(decision, stood, after, occasion, work, setting)
    before = () if opens else place.before
    events, ended = before + decision.events + found.events, tuple(over(before, found.case))
    return replace(found, events=events, held_over=(*found.held_over, *ended))


def _verdict(
    asked: Asked,
    row: InboxRow,
    way: Way,
    decision: Decision,
    told: list[Rendered],
    work: Workspace,
    setting: Setting,
    remarks: tuple[Remark, ...],
) -> Verdict:
    signed, case = asked.event.time, told[0].case.id
    decided = accepted(
        row, signed, decision.reference, work.now, work.directory, setting, case=case, rule=way.rule, remarks=remarks
    )
    before = [work.case(one.case.id) or work.case(one.case.apart_from) for one in told]
    counts = (counted(asked.event.type, one.events, was, one.case, work.now, work.directory)
              for one, was in zip(told, before, strict=True))  # fmt: skip
    withdrawn = (event.report for one in told for event in one.events if isinstance(event, RadarWithdrawn))
    return Verdict(
        decided,
        parts=tuple(Part(one.case, one.events) for one in told),
        outgoing=tuple(message for one in told for message in one.outgoing),
        held=next((one.held for one in told if one.held), None),
        held_over=tuple(over for one in told for over in one.held_over),
        radar_over=tuple(withdrawn),
        counts=tuple(count for found in counts for count in found),
        processing=tuple(line for one in told for line in one.processing),
    )


def _occasion(asked: Asked, way: Way, row: InboxRow, work: Workspace, setting: Setting) -> Occasion:
    incoming = Incoming(asked.sender, asked.event, asked.data, row)
    naming = naming_of(row, setting.keys.names(work.directory), asked.event.time)
    return Occasion(asked.event.urgentie, naming, incoming, way.told_as)


# --- a report, and what the radar finds beside it ------------------------------------------------------------------


def _reported(
    asked: Asked, command: c.Report, place: Place, row: InboxRow, work: Workspace, setting: Setting
) -> Verdict:
    # Whoever names a case that takes no reports has said nothing of where its report belongs now.
    named = place.case.id if place.case is not None and place.case.takes_reports else None
    found = matched(asked.signals, named, work)
    remarked, joined = place, work.case(found.join)
    if joined is not None:
        place = Place(*succeeded(joined, work))
    joins = place.case if joined is not None else None
    way = way_for(asked.sender, asked.event, command, place.case, remarked.region, work, joins)
    own = place.case if place.case is not None and place.case.takes_reports else None
    reports = [hit.report for hit in found.hits]
    radar = radar_for(found, own, work, pairs(asked.sender, own, reports, work, setting))
    elsewhere = way.triage if own is not None and way.named and way.region != own.region else None
    occasion = _occasion(asked, way, row, work, setting)
    ctx = context_of(asked, way, own, occasion.naming, work, setting)
    ctx = replace(ctx, radar=replace(radar, elsewhere=elsewhere))
    decision = decide(place.case, command, ctx)
    told = [_told(decision, place, occasion, work, setting)]
    told += _beside(told[0], ctx, occasion, work, setting)
    verdict = _verdict(asked, row, way, decision, told, work, setting, tuple(_remarks(remarked, way, decision)))
    received = next(event for event in told[0].events if isinstance(event, ReportReceived))
    return replace(
        verdict,
        radar=entered(asked.signals, received.report, asked.sender.oin, work.enters_at(), work.directory),
        processing=(*_looked_for(asked, row, work, setting), *verdict.processing),
    )


def _looked_for(asked: Asked, row: InboxRow, work: Workspace, setting: Setting) -> tuple[ProcessingLine, ...]:
    """What the log says of comparing the report with what the radar knows, before it is entered there itself."""
    keys = RadarKeys.of(work.directory, setting.keys)
    return compared(
        reporter=asked.sender,
        persons=getattr(asked.data, "persons", None) or (),
        met=lambda one: any(map(work.signals, keys.pseudonyms(one))),
        origin=row.id,
        now=work.now,
        log_key=setting.keys.logs(work.directory),
        dummies=setting.dummies,
    )


def _beside(mine: Rendered, ctx: Context, occasion: Occasion, work: Workspace, setting: Setting) -> Iterator[Rendered]:
    """What the report leads to on each other case that the radar found."""
    received = next(event for event in mine.events if isinstance(event, ReportReceived))
    for link in ctx.radar.links:
        case = work.case(link.case)
        if case is None:
            continue
        place = Place(*succeeded(case, work))
        other = place.case
        assert other is not None
        found = [hit for hit in ctx.radar.hits if hit.report in other.reports]
        seen = as_seen_by_others(ctx.sender, received.report, link, found, work)
        there = replace(ctx, now=other.next_at(work.now))
        decision = mirrored(other, CaseId(mine.case.id), seen, mine.case.triage, there)
        yield _told(decision, place, occasion, work, setting)
