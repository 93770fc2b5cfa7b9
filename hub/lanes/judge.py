"""One opened delivery, judged: from what it says to all that it leads to. Pure: no I/O, no clock.

The order of the questions is the contract's: who sent it, to whom, when, whether it may, whether it is well formed,
what it asks, whether its cause is known; only then the case decides.
"""

from dataclasses import dataclass, replace

from hub.adapters import decode
from hub.canonical import commands as c
from hub.canonical.codes import Result
from hub.canonical.partners import Partner
from hub.cases.case import Case
from hub.cases.context import Context
from hub.cases.decide import decide
from hub.cases.events import CaseOpened
from hub.cases.evolve import fold
from hub.errors import Code, Rejection
from hub.ids import MessageId, ReportId
from hub.lanes.answers import accepted
from hub.lanes.arrival import Arrival
from hub.lanes.fate import CauseUnknown
from hub.lanes.render import Incoming, rendered
from hub.lanes.setting import Setting
from hub.lanes.way import Way, way_for
from hub.lanes.workspace import Verdict, Workspace
from hub.ports import Confirmation, InboxRow
from hub.routing.decide import allow
from hub.routing.directory import partner_by_oin
from hub.routing.rules import Kind
from hub.schemas.base import Wire
from hub.schemas.cloudevent import CloudEvent, judge_time, read_event
from hub.schemas.environment import check_environment
from hub.schemas.message import wire_type
from hub.schemas.registry import validate

PRESENTED = wire_type("triage.melding-aangeboden")


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that may be decided: everything about it is in order."""

    sender: Partner
    event: CloudEvent
    data: Wire
    command: c.Command
    kind: Kind


def judge(arrival: Arrival, row: InboxRow, work: Workspace, setting: Setting) -> Verdict:
    """All that this delivery leads to.

    Args:
        row: as claimed; `claims_id` false, where the arrival asked for it, means its id is taken by other content.

    Raises:
        Rejection: the sender's fault.
        OurFault: ours; also a step whose cause is not known yet.
    """
    if arrival.error is not None:
        raise arrival.error
    if arrival.row.claims_id and not row.claims_id:
        raise Rejection(Code.ID_REUSED, ("/id",))
    asked = _asked(arrival, row, work, setting)
    if isinstance(asked.command, c.Confirm):
        return _confirmed(asked, asked.command, row, work, setting)
    if asked.kind is Kind.STEP:
        _require_cause(asked, work)
    return _decided(asked, asked.command, row, work, setting)


def _asked(arrival: Arrival, row: InboxRow, work: Workspace, setting: Setting) -> Asked:
    sender = work.directory.partners[row.partner]
    event = read_event(arrival.attributes)
    _check_ends(arrival, event, sender, setting)
    judge_time(event, row.received_at)
    rule = allow(event.type, sender.role)
    data = validate(event.type, event.data)
    check_environment(data, setting.production)
    return Asked(sender, event, data, decode(sender.role, event, data), rule.kind)


def _check_ends(arrival: Arrival, event: CloudEvent, sender: Partner, setting: Setting) -> None:
    properties = arrival.delivery.properties
    if properties.user_id != sender.id or event.sender != sender.oin:
        raise Rejection(Code.WRONG_SENDER, ("/source",))
    if event.addressee != setting.hub:
        raise Rejection(Code.WRONG_RECIPIENT, ("/recipient",))
    if properties.message_id != str(event.id):
        raise Rejection(Code.SCHEMA_INVALID, ("/id",), "message_id of the broker differs from id")


def _require_cause(asked: Asked, work: Workspace) -> None:
    cause = asked.event.causationid
    if cause is not None and work.cause(asked.sender.id, MessageId(cause)) is None:
        raise CauseUnknown


def _confirmed(asked: Asked, command: c.Confirm, row: InboxRow, work: Workspace, setting: Setting) -> Verdict:
    """The receiver's system has it: if that is the triage and a report, the term of its assessment starts."""
    sent = work.sent(asked.sender.id, command.message)
    if sent is None:
        raise Rejection(Code.CAUSE_UNKNOWN, ("/data/bericht",))
    decided = accepted(row, None, work.now, setting)
    verdict = Verdict(decided, confirmation=Confirmation(command.message, asked.sender.id, command.result))
    case, about = work.case(sent.case), sent.about
    fresh = command.result is Result.STORED and not sent.delivered and sent.type == PRESENTED
    if not fresh or case is None or about is None or about not in case.reports:
        return verdict
    way = way_for(asked.sender, asked.event, command, case, work)
    decision = decide(case, c.Delivered(ReportId(about)), _context(asked, way, work, setting))
    return replace(
        verdict, row=replace(decided, case=case.id), case=fold(case, decision.events), events=decision.events
    )


def _decided(asked: Asked, command: c.CaseCommand, row: InboxRow, work: Workspace, setting: Setting) -> Verdict:
    case = _case(asked, work)
    way = way_for(asked.sender, asked.event, command, case, work)
    decision = decide(case, command, _context(asked, way, work, setting))
    opens = any(isinstance(event, CaseOpened) for event in decision.events)
    after = fold(None if opens else case, decision.events)
    assert after is not None, "every command but a report that opens a case has one"
    incoming = Incoming(asked.sender, asked.event, asked.data, row)
    told = rendered(decision, after, incoming, work, setting)
    decided = replace(accepted(row, decision.reference, work.now, setting), case=after.id, rule=way.rule)
    events = (*decision.events, *told.events)
    return Verdict(decided, told.case, events, told.outgoing, held=told.held, held_over=told.held_over)


def _case(asked: Asked, work: Workspace) -> Case | None:
    """The case the sender names; a name that is not the sender's to use is as unknown as any other."""
    name = asked.event.correlationid
    if name is None:
        return None
    case = work.case(name)
    if case is None or not case.may_call_it(asked.sender.oin, name):
        raise Rejection(Code.CASE_UNKNOWN, ("/correlationid",))
    return case


def _context(asked: Asked, way: Way, work: Workspace, setting: Setting) -> Context:
    return Context(
        sender=asked.sender.oin,
        message=asked.event.message_id,
        now=work.now,
        lane=asked.event.urgentie,
        region=way.region,
        triage=way.triage,
        tell=way.tell,
        terms=setting.terms,
        connected=lambda oin: partner_by_oin(work.directory, oin, work.now) is not None,
        new_id=setting.new_id,
    )
