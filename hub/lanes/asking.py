"""What an opened delivery asks: everything about it that can be said before anything is looked up. Pure.

The order of the questions is the contract's: who sent it, to whom, when, whether it may, whether it is well formed,
what it asks, by what the people in it can be known again.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from hub.adapters import decode
from hub.canonical import commands as c
from hub.canonical.partners import Directory, Partner
from hub.cases.calendar import day_of
from hub.errors import Code, Rejection
from hub.lanes.arrival import Arrival
from hub.lanes.setting import Setting
from hub.lanes.signals import signals_of
from hub.ports import InboxRow
from hub.routing.decide import allow
from hub.routing.directory import acting
from hub.routing.radar import OwnIdentity
from hub.routing.rules import Kind
from hub.schemas.base import Wire
from hub.schemas.births import check_births
from hub.schemas.cloudevent import AHEAD, CloudEvent, judge_time, read_event
from hub.schemas.environment import check_environment
from hub.schemas.identifying import check_identifies
from hub.schemas.registry import validate


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that may be decided: everything about it is in order.

    Attributes:
        sender: the connection, as the organisation that it acts as: of one that has ended, its successor.
        signals: by what the people in a report, or in news that may turn out to be one, can be known again.
    """

    sender: Partner
    event: CloudEvent
    data: Wire = field(repr=False)
    command: c.Command
    kind: Kind
    signals: tuple[OwnIdentity, ...] = ()


def ask(
    arrival: Arrival,
    row: InboxRow,
    directory: Directory,
    now: datetime,
    setting: Setting,
    *,
    doubted: bool = False,
    recovering: bool = False,
) -> Asked:
    """What this delivery asks.

    Args:
        row: as claimed; `claims_id` false, where the arrival asked for it, means its id is taken by other content.
        doubted: the clock is, so that nothing is said of when it was sent, or somebody born.
        recovering: what is resent to a hub that recovers has had its first arrival: its end is not judged again.

    Raises:
        Rejection: the sender's fault.
        OurFault: ours.
    """
    if arrival.error is not None:
        raise arrival.error
    if arrival.row.claims_id and not row.claims_id:
        raise Rejection(Code.ID_REUSED, ("/id",))
    sender = directory.partners[row.partner]
    event = read_event(arrival.attributes)
    _check_ends(arrival, event, sender, setting)
    if not doubted:
        judge_time(event, row.received_at, now, expiry=not recovering)
    rule = allow(event.type, sender.role)
    data = validate(event.type, event.data)
    if not doubted:
        check_births(data, day_of(max(row.received_at, now) + AHEAD))
    check_environment(data, setting.production, setting.dummies)
    if rule.kind is Kind.ADVICE:
        check_identifies(data)
    command = decode(event, data)
    signals = signals_of(data, directory, now, setting) if isinstance(command, c.Report | c.Update) else ()
    return Asked(replace(sender, oin=acting(directory, sender, now)), event, data, command, rule.kind, signals)


def number_of(command: c.Command) -> UUID | None:
    """The offer, table or coincidence that it is about: one may have gone to another case than the one it names."""
    match command:
        case c.OpenTable() | c.Offer() | c.Assess():
            return None
        case c.Contribute() | c.Agree() | c.AcceptAction():
            return command.table
        case c.ConfirmContact():
            return command.coincidence
    return c.handover_of(command)


def _check_ends(arrival: Arrival, event: CloudEvent, sender: Partner, setting: Setting) -> None:
    properties = arrival.delivery.properties
    if properties.user_id != sender.id or event.sender != sender.oin:
        raise Rejection(Code.WRONG_SENDER, ("/source",))
    if event.addressee != setting.hub:
        raise Rejection(Code.WRONG_RECIPIENT, ("/recipient",))
    if properties.message_id != str(event.id):
        raise Rejection(Code.SCHEMA_INVALID, ("/id",), "message_id of the broker differs from id")
