"""What each message of a partner asks, in the hub's words: by its dialogue, whoever says it.

That the sender's role may say it was asked before (`hub/routing/decide.py`, `allow`).
"""

from typing import assert_never

from hub.canonical import commands as c
from hub.canonical.codes import WithdrawalReason
from hub.ids import ActionId, CoincidenceId, HandoverId, MessageId, QuestionId, ReportId, TableId
from hub.schemas import (
    actieoverleg,
    adviezen,
    gecertificeerde_instelling,
    meldcode,
    monitoring,
    om,
    overdrachten,
    politie,
    radar,
    reclassering,
    rvdk,
    veilig_thuis,
    verwerking,
    zaken,
)
from hub.schemas.cloudevent import CloudEvent
from hub.schemas.codes import VT_PROTOCOL
from hub.schemas.registry import ToHub
from hub.schemas.reports import Report

Notice = om.ToHub | rvdk.ToHub | gecertificeerde_instelling.ToHub
Signal = politie.ToHub | reclassering.ToHub | meldcode.ToHub
Other = radar.ToHub | adviezen.ToHub | monitoring.ToHub | zaken.ToHub | verwerking.ToHub


def decode(event: CloudEvent, data: ToHub) -> c.Command:
    """What it asks: a report or news, a step in a dialogue, a question, or what a system did with a message."""
    if isinstance(data, Signal):
        return _report(data)
    if isinstance(data, Notice):
        return _report_or_update(event, data)
    if isinstance(data, veilig_thuis.ToHub):
        return _of_the_triage(data)
    if isinstance(data, overdrachten.ToHub):
        return _handover(data)
    if isinstance(data, actieoverleg.ToHub):
        return _table(data)
    if isinstance(data, Other):
        return _other(data)
    assert_never(data)


def _report(data: Report) -> c.Report:
    return c.Report(data.municipality, data.minors)


def _report_or_update(event: CloudEvent, data: Notice) -> c.Report | c.Update:
    """A notice on no case, or one that brings something new, is a report; else it is news on the case it names."""
    new = data.new_danger if isinstance(data, om.ToHub) else data.new_concerns
    first = event.correlationid is None
    return _report(data) if new or first else c.Update(data.municipality, data.minors)


def _of_the_triage(data: veilig_thuis.ToHub) -> c.Command:
    match data:
        case veilig_thuis.ReportRecorded():
            return c.Record(ReportId(data.report))
        case veilig_thuis.SafetyAssessment():
            return _assessed(data)
        case veilig_thuis.ReportDetached():
            return c.Detach(ReportId(data.report))
        case veilig_thuis.ResearchOutcomeSaid():
            return c.ConcludeResearch(data.outcomes, VT_PROTOCOL)
        case veilig_thuis.CaseClosed():
            return c.Close(data.reason.value)
    assert_never(data)


def _assessed(data: veilig_thuis.SafetyAssessment) -> c.Assess:
    return c.Assess(
        ReportId(data.report),
        data.outcome,
        None if data.handover is None else HandoverId(data.handover),
        acute=data.acute_unsafety,
        structural=data.structural_unsafety,
        mda=data.mda,
        parents_heard=data.heard.parents,
        children_heard=data.heard.children,
        watched_by=None if data.watched_by is None else data.watched_by.value,
        protocol=VT_PROTOCOL,
    )


def _handover(data: overdrachten.ToHub) -> c.Command:
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
        case overdrachten.Placed():
            return c.Arrange(data.arrangement)
    assert_never(data)


def _offer(data: overdrachten.Offer) -> c.Offer:
    return c.Offer(
        HandoverId(data.handover),
        data.candidates,
        data.answer_by,
        data.kind,
        data.minimal.municipality,
        full_elsewhere=bool(data.full_elsewhere),
    )


def _table(data: actieoverleg.ToHub) -> c.Command:
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
    assert_never(data)


def _other(data: Other) -> c.Command:
    match data:
        case monitoring.MonitoringQuestion():
            return c.AskMonitoring(QuestionId(data.question), data.answer_by)
        case monitoring.MonitoringAnswer():
            return c.AnswerMonitoring(QuestionId(data.question), data.result)
        case radar.ContactMade():
            return c.ConfirmContact(CoincidenceId(data.coincidence))
        case radar.RadarWithdrawn():
            return c.WithdrawFromRadar(ReportId(data.report), data.reason)
        case adviezen.AdviceRequest():
            return c.AskAdvice(data.municipality)
        case adviezen.Advice():
            return c.GiveAdvice()
        case zaken.StandQuestion():
            return c.AskStand()
        case verwerking.Processed():
            return c.Confirm(MessageId(data.message), data.result)
    assert_never(data)
