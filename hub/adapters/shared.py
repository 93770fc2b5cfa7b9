"""What every role may say: the shared dialogues."""

from hub.canonical import commands as c
from hub.canonical.codes import WithdrawalReason
from hub.errors import Code, Rejection
from hub.ids import HandoverId, MessageId
from hub.schemas import overdrachten, verwerking, zaken
from hub.schemas.base import Wire
from hub.schemas.cloudevent import CloudEvent


def decode(event: CloudEvent, data: Wire) -> c.Command:  # noqa: ARG001
    """A step in a handover, a question about a case, or what a receiver's system did with a message.

    Raises:
        Rejection: `niet-bevoegd` for anything else.
    """
    match data:
        case overdrachten.Offer():
            return c.Offer(HandoverId(data.handover), data.candidates, data.answer_by)
        case overdrachten.Acceptance():
            return c.Accept(HandoverId(data.handover), data.offer_hash)
        case overdrachten.Refusal():
            return c.Refuse(HandoverId(data.handover), data.reason, data.onward_to)
        case overdrachten.Withdrawal():
            return c.Withdraw(HandoverId(data.handover), WithdrawalReason(data.reason.value))
        case zaken.StandQuestion():
            return c.AskStand()
        case verwerking.Processed():
            return c.Confirm(MessageId(data.message), data.result)
    raise Rejection(Code.NOT_ALLOWED, ("/type",), "this role has no such thing to say")


def report_or_update(event: CloudEvent, municipality: str | None, new: bool) -> c.Report | c.Update:
    """A notice on no case, or one that brings something new, is a report; else it is news on the case it names."""
    first = event.correlationid is None
    return c.Report(municipality) if new or first else c.Update(municipality)
