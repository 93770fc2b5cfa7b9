"""Research by the triage: which reports it is about."""

from hub.canonical.codes import Outcome
from hub.cases.case import Case
from hub.cases.states import ResearchState
from hub.ids import ReportId


def led_to_research(case: Case) -> list[ReportId]:
    """The reports that the research that runs is about."""
    if case.research is not ResearchState.RUNNING:
        return []
    return [one.id for one in case.own_reports() if one.outcome is Outcome.RESEARCH and not one.researched]
