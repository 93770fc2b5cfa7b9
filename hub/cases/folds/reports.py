"""Reports, research, and what the radar found beside them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from hub.canonical.codes import Outcome
from hub.cases import events as e
from hub.cases.case import Case, CoincidenceOnCase, ReportOnCase
from hub.cases.folds.base import counted_under, having, stepped, taking_part
from hub.cases.states import COINCIDENCE, REPORT, RESEARCH, Step
from hub.ids import ReportId


def received(case: Case, event: e.ReportReceived) -> Case:
    report = ReportOnCase(
        event.report,
        event.reporter,
        event.lane,
        event.opened,
        received_at=event.at,
        resent=event.resent,
        region=event.region,
        desk=event.desk,
        names=() if event.name is None else (event.name,),
        assumed=event.assumed,
    )
    reported = taking_part(case, event.report, {event.reporter: event.role})
    reports = having(case.reports, event.report, report)
    return replace(reported, reports=reports, told_under=counted_under(case, report, 0))


def opener_found(case: Case, event: e.OpenerFound) -> Case:
    reports = {id_: replace(one, opened=id_ == event.report) for id_, one in case.reports.items()}
    return replace(case, reports=reports, called=event.name)


def recorded(case: Case, event: e.ReportRecorded) -> Case:
    return _stepped(case, event.report, Step.RECORD)


def assessed(case: Case, event: e.ReportAssessed) -> Case:
    said = _stepped(case, event.report, Step.ASSESS, event.outcome)
    before = said.reports[event.report]
    names = before.names if event.name is None else (*before.names, event.name)
    report = replace(before, mda=event.mda, names=names)
    return replace(said, reports=having(said.reports, report.id, report))


def research_started(case: Case, _event: e.ResearchStarted) -> Case:
    return replace(case, research=stepped(RESEARCH, case.research, Step.ASSESS))


def research_concluded(case: Case, _event: e.ResearchConcluded) -> Case:
    reports = {
        id_: replace(one, researched=one.researched or one.outcome is Outcome.RESEARCH)
        for id_, one in case.reports.items()
    }
    return replace(case, reports=reports, research=stepped(RESEARCH, case.research, Step.CONCLUDE_RESEARCH))


def radar_withdrawn(case: Case, _event: e.RadarWithdrawn) -> Case:
    """The radar's entries go; the case is as it was."""
    return case


def coincidence_found(case: Case, event: e.CoincidenceFound) -> Case:
    found = CoincidenceOnCase(
        event.coincidence, event.report, event.told, reporters=event.reporters, others=event.others
    )
    return replace(case, coincidences=having(case.coincidences, event.coincidence, found))


def contact_made(case: Case, event: e.ContactMade) -> Case:
    one = case.coincidences[event.coincidence]
    contacted = replace(one, state=stepped(COINCIDENCE, one.state, Step.CONTACT))
    return replace(case, coincidences=having(case.coincidences, one.id, contacted))


def _stepped(case: Case, id_: ReportId, step: Step, outcome: Outcome | None = None) -> Case:
    report = case.reports[id_]
    state = stepped(REPORT, report.state, step)
    return replace(
        case, reports=having(case.reports, id_, replace(report, state=state, outcome=outcome or report.outcome))
    )


FOLDS: Mapping[type, Callable[[Case, Any], Case]] = {
    e.ReportReceived: received,
    e.OpenerFound: opener_found,
    e.ReportRecorded: recorded,
    e.ReportAssessed: assessed,
    e.ResearchStarted: research_started,
    e.ResearchConcluded: research_concluded,
    e.RadarWithdrawn: radar_withdrawn,
    e.CoincidenceFound: coincidence_found,
    e.ContactMade: contact_made,
}
