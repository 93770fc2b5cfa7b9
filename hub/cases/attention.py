"""Why a case that is only watched asks for the triage's attention, and who a question of monitoring is asked for.

A report that comes asks for it, an answer that is not safe does, and a moment of monitoring makes a question due too.
What only reports ask for ends when those are taken out of the case; so it is known only while nothing else asks.
"""

from dataclasses import replace

from hub.canonical.terms import MONITORING_FIRST, MONITORING_QUESTION, MONITORING_SECOND
from hub.cases.case import Case
from hub.ids import ReportId


def with_attention(case: Case, by: tuple[ReportId, ...]) -> Case:
    """Args: by: the reports that ask for it, if nothing else does."""
    return replace(case, attention=True, attention_by=by)


def without_attention(case: Case) -> Case:
    return replace(case, attention=False, attention_by=())


def asked_by(case: Case, report: ReportId) -> tuple[ReportId, ...]:
    """The reports that ask for attention once this one does too; none if something else asks already."""
    return () if case.attention and not case.attention_by else (*case.attention_by, report)


def question_because_of(case: Case) -> tuple[ReportId, ...]:
    """The reports because of which alone the triage owes the holder a question now."""
    term = case.term(MONITORING_QUESTION, case.id)
    if term is None or term.met or term.since is None:
        return ()
    moments = (one for one in case.terms if one.name in (MONITORING_FIRST, MONITORING_SECOND))
    started = any(case.reports[id_].received_at == term.since for id_ in case.attention_by)
    return case.attention_by if started and not any(one.met and one.due >= term.since for one in moments) else ()
