"""Veilig Thuis, the triage: records and assesses reports, closes cases."""

from typing import Any

from hub.adapters import shared, telling
from hub.adapters.source import Source
from hub.canonical.commands import Assess, Close, Command, Record
from hub.canonical.notices import Notice
from hub.canonical.partners import Role
from hub.ids import HandoverId, ReportId
from hub.schemas.base import Wire
from hub.schemas.cloudevent import CloudEvent
from hub.schemas.veilig_thuis import CaseClosed, ReportRecorded, SafetyAssessment


def decode(event: CloudEvent, data: Wire) -> Command:
    match data:
        case ReportRecorded():
            return Record(ReportId(data.report))
        case SafetyAssessment():
            handover = None if data.handover is None else HandoverId(data.handover)
            return Assess(ReportId(data.report), data.outcome, handover)
        case CaseClosed():
            return Close()
    return shared.decode(event, data)


def encode(notice: Notice, source: Source) -> tuple[str, dict[str, Any]]:
    return telling.encode(notice, source, Role.VEILIG_THUIS)
