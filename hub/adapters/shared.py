"""What every role may say: the shared dialogues."""

from hub.canonical import commands as c
from hub.canonical.codes import WithdrawalReason
from hub.errors import Code, Rejection
from hub.ids import ActionId, CoincidenceId, HandoverId, MessageId, QuestionId, ReportId, TableId
from hub.schemas import actieoverleg, adviezen, monitoring, overdrachten, radar, verwerking, zaken
from hub.schemas.base import Wire
from hub.schemas.cloudevent import CloudEvent
from hub.schemas.reports import Report


def decode(event: CloudEvent, data: Wire) -> c.Command:  # noqa: ARG001
    """A step in a handover or at a joint table, an answer, a question, or what a system did with a message.

    Raises:
        Rejection: `niet-bevoegd` for anything else.
    """
    found = _handover(data) or _table(data) or _other(data)
    if found is None:
        raise Rejection(Code.NOT_ALLOWED, ("/type",), "this role has no such thing to say")
    return found


def _handover(data: Wire) -> c.Command | None:
    match data:
        case overdrachten.Offer():
            return _offer(data)
        case overdrachten.MoreAsked():
            return c.AskMore(HandoverId(data.handover))
        case overdrachten.MoreGiven():
            to = data.minimal.municipality if data.minimal is not None else None
            return c.GiveMore(HandoverId(data.handover), data.full is not None, to)
        case overdrachten.Acceptance():
            return c.Accept(HandoverId(data.handover), data.offer_hash)
        case overdrachten.Refusal():
            return c.Refuse(HandoverId(data.handover), data.reason, data.onward_to)
        case overdrachten.Withdrawal():
            return c.Withdraw(HandoverId(data.handover), WithdrawalReason(data.reason.value))
        case overdrachten.HelpStarted():
            return c.Start(HandoverId(data.handover))
        case overdrachten.Completed():
            return c.Complete(HandoverId(data.handover))
    return None


def _offer(data: overdrachten.Offer) -> c.Offer:
    return c.Offer(
        HandoverId(data.handover),
        data.candidates,
        data.answer_by,
        data.kind,
        data.minimal.municipality,
        full_elsewhere=bool(data.full_elsewhere),
    )


def _table(data: Wire) -> c.Command | None:
    match data:
        case actieoverleg.TablePut():
            # The custody clock of OM is the deadline where the chair sets no other.
            until, roles = data.answer_by or data.decision_by, actieoverleg.SEATED_AS
            return c.OpenTable(TableId(data.table), data.kind, data.participants, until, roles, data.decision_by)
        case actieoverleg.ContributionSaid():
            return c.Contribute(TableId(data.table), data.answer)
        case actieoverleg.ActionsAgreed():
            actions = (c.AgreedAction(ActionId(one.action), one.responsible, one.due) for one in data.actions)
            return c.Agree(TableId(data.table), tuple(actions))
        case actieoverleg.ActionAccepted():
            return c.AcceptAction(TableId(data.table), ActionId(data.action))
    return None


def _other(data: Wire) -> c.Command | None:
    match data:
        case monitoring.MonitoringAnswer():
            return c.AnswerMonitoring(QuestionId(data.question), data.result)
        case radar.ContactMade():
            return c.ConfirmContact(CoincidenceId(data.coincidence))
        case radar.RadarWithdrawn():
            return c.WithdrawFromRadar(ReportId(data.report), data.reason)
        case adviezen.AdviceRequest():
            return c.AskAdvice(data.municipality)
        case zaken.StandQuestion():
            return c.AskStand()
        case verwerking.Processed():
            return c.Confirm(MessageId(data.message), data.result)
    return None


def report(data: Report) -> c.Report:
    return c.Report(data.municipality, data.minors)


def report_or_update(event: CloudEvent, data: Report, new: bool) -> c.Report | c.Update:
    """A notice on no case, or one that brings something new, is a report; else it is news on the case it names."""
    first = event.correlationid is None
    return report(data) if new or first else c.Update(data.municipality, data.minors)
