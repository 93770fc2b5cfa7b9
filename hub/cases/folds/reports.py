"""Reports, research, and what the radar found beside them."""

from dataclasses import replace
from typing import assert_never

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


def evolve(case: Case, event: e.OfReports) -> Case:
    match event:
        case e.ReportReceived():
            return received(case, event)
        case e.OpenerFound():
            return opener_found(case, event)
        case e.ReportRecorded():
            return recorded(case, event)
        case e.ReportAssessed():
            return assessed(case, event)
        case e.ResearchStarted():
            return research_started(case, event)
        case e.ResearchConcluded():
            return research_concluded(case, event)
        case e.RadarWithdrawn():
            return radar_withdrawn(case, event)
        case e.CoincidenceFound():
            return coincidence_found(case, event)
        case e.ContactMade():
            return contact_made(case, event)
    assert_never(event)
