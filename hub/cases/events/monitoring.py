"""Monitoring."""

from dataclasses import dataclass
from datetime import datetime

from hub.canonical.codes import MonitoringResult
from hub.ids import Oin, QuestionId, ReportId


@dataclass(frozen=True, slots=True)
class MonitoringAsked:
    at: datetime
    question: QuestionId
    of: Oin
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class MonitoringAnswered:
    at: datetime
    question: QuestionId
    by: Oin
    result: MonitoringResult


@dataclass(frozen=True, slots=True)
class AttentionReopened:
    """A new report came on a case that was handed over and is only watched."""

    at: datetime
    report: ReportId
