"""Veilig Thuis, the triage: records and assesses reports, does research, monitors, advises, closes cases."""

from typing import Any

from hub.adapters import shared, telling
from hub.adapters.source import Source
from hub.canonical import commands as c
from hub.canonical.notices import Notice
from hub.canonical.partners import Role
from hub.ids import HandoverId, QuestionId, ReportId
from hub.schemas.adviezen import Advice
from hub.schemas.base import Wire
from hub.schemas.cloudevent import CloudEvent
from hub.schemas.codes import VT_PROTOCOL
from hub.schemas.monitoring import MonitoringQuestion
from hub.schemas.overdrachten import Placed
from hub.schemas.veilig_thuis import CaseClosed, ReportDetached, ReportRecorded, ResearchOutcomeSaid, SafetyAssessment


def decode(event: CloudEvent, data: Wire) -> c.Command:
    match data:
        case ReportRecorded():
            return c.Record(ReportId(data.report))
        case SafetyAssessment():
            return _assessed(data)
        case ReportDetached():
            return c.Detach(ReportId(data.report))
        case ResearchOutcomeSaid():
            return c.ConcludeResearch(data.outcomes, VT_PROTOCOL)
        case Placed():
            return c.Arrange(data.arrangement)
        case MonitoringQuestion():
            return c.AskMonitoring(QuestionId(data.question), data.answer_by)
        case Advice():
            return c.GiveAdvice()
        case CaseClosed():
            return c.Close(data.reason.value)
    return shared.decode(event, data)


def encode(notice: Notice, source: Source | None) -> tuple[str, dict[str, Any]]:
    return telling.encode(notice, source, Role.VEILIG_THUIS)


def _assessed(data: SafetyAssessment) -> c.Assess:
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
