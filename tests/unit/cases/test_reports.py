"""Reports: received, joined, linked, delivered; news that is none; taken out of the radar."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Lane, MatchGround, RadarWithdrawal
from hub.canonical.terms import ACUTE_RECORDING, SAFETY_ASSESSMENT
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.context import Radar
from hub.cases.states import ReportState
from hub.errors import Code
from hub.ids import CaseId, Oin, ReportId
from tests.unit.cases.builders import (
    CASE,
    ELSEWHERE,
    JOINED,
    MONDAY,
    OM,
    POLICE,
    REPORT,
    RVDK,
    TEAM_A,
    TEAM_B,
    VT,
    VT_ELSEWHERE,
    Played,
    a_case,
    a_closed_case,
    a_context,
    a_report,
    an_offer,
    play,
    refusal,
)

NEW_WEEK = datetime(2026, 3, 9, 22, 59, 59, tzinfo=UTC)
"""The end of the fifth working day after `MONDAY`."""
OTHER_CASE = CaseId(JOINED)


def unrecorded(lane: Lane = Lane.ROUTINE) -> Case:
    return a_case(holder=POLICE, reports=(a_report(ReportState.OFFERED, lane=lane),))


def reported(
    case: Case | None = None, *, lane: Lane = Lane.ROUTINE, tell: tuple[Oin, ...] = (), radar: Radar | None = None
) -> Played:
    return play(case, c.Report("GM0518"), a_context(POLICE, lane=lane, tell=tell, radar=radar))


def moved(played: Played) -> list[tuple[Oin, Oin]]:
    return [(event.giver, event.receiver) for event in played.events if isinstance(event, e.HolderMoved)]


def received(played: Played) -> e.ReportReceived:
    (event,) = (event for event in played.events if isinstance(event, e.ReportReceived))
    return event


# Received


def test_the_reporter_of_the_first_report_holds() -> None:
    played = reported()
    assert (played.case.holder, played.case.triage) == (POLICE, VT)
    assert [(report.reporter, report.opened) for report in played.case.reports.values()] == [(POLICE, True)]


def test_a_reporter_calls_it_by_its_report_and_not_by_the_case() -> None:
    played = reported()
    assert played.decision.reference in played.case.reports
    assert played.decision.reference != played.case.id


def test_the_triage_gets_the_report_with_its_number_and_terms() -> None:
    played = reported()
    (presented,) = played.told(VT)
    assert isinstance(presented, n.PresentReport)
    assert (presented.report, presented.received_at) == (played.decision.reference, MONDAY)
    assert [rule.name for rule in presented.terms] == [SAFETY_ASSESSMENT]


def test_an_acute_report_has_to_be_recorded_soon_after_the_commit() -> None:
    played = reported(lane=Lane.ACUTE)
    (presented,) = played.told(VT)
    assert isinstance(presented, n.PresentReport)
    assert [rule.name for rule in presented.terms] == [SAFETY_ASSESSMENT, ACUTE_RECORDING]
    assert [(term.name, term.due) for term in played.case.terms] == [(ACUTE_RECORDING, MONDAY + timedelta(minutes=15))]


def test_no_term_of_the_assessment_runs_before_the_triage_has_the_report() -> None:
    assert reported().case.terms == ()


def test_others_on_the_route_are_told_but_not_the_sender_nor_the_triage_twice() -> None:
    played = reported(tell=(OM, VT, POLICE, RVDK))
    assert [(notice.to, type(notice.body)) for notice in played.notices] == [
        (VT, n.PresentReport),
        (OM, n.PassOn),
        (RVDK, n.PassOn),
    ]


def test_a_party_that_is_told_but_is_no_party_to_the_case_gets_no_name_version_or_holder() -> None:
    told = next(notice for notice in reported(tell=(OM,)).notices if notice.to == OM)
    assert (told.correlation, told.version, told.holder) == (None, None, None)


@pytest.mark.parametrize("holder", [POLICE, VT, TEAM_A])
def test_a_report_that_joins_never_moves_the_holder(holder: Oin) -> None:
    case = a_case(holder=holder, offers=(an_offer(),))
    played = reported(case, lane=Lane.ACUTE)
    assert (played.case.id, played.case.holder, moved(played)) == (CASE, holder, [])
    assert [report.opened for report in played.case.reports.values()] == [True, False]


def test_a_report_that_joins_goes_to_the_triage_of_the_case() -> None:
    elsewhere = replace(a_case(), triage=TEAM_B, region=ELSEWHERE)
    assert [notice.to for notice in reported(elsewhere).notices] == [TEAM_B]


def test_a_report_on_a_closed_case_opens_a_new_one_linked_to_it() -> None:
    played = reported(a_closed_case())
    assert played.case.id != CASE
    assert (played.case.linked, played.case.holder, len(played.case.reports)) == (CASE, POLICE, 1)


# Found by the radar


def test_a_report_says_by_what_the_radar_joined_it() -> None:
    assert received(reported(a_case(), radar=Radar(ground=MatchGround.BSN))).ground is MatchGround.BSN
    assert received(reported(a_case())).ground is None


def test_a_new_case_goes_on_from_a_closed_one_that_the_radar_found() -> None:
    played = reported(radar=Radar(ground=MatchGround.BSN, continues=OTHER_CASE))
    assert (played.case.linked, received(played).opened, received(played).ground) == (OTHER_CASE, True, None)


def test_a_closed_case_that_the_reporter_names_comes_before_one_that_the_radar_found() -> None:
    assert reported(a_closed_case(), radar=Radar(continues=OTHER_CASE)).case.linked == CASE


def test_the_triage_sees_beside_the_report_who_else_reported() -> None:
    hit = n.Hit(RVDK, JOINED, (MatchGround.SKN,), sure=True, phone="070-0000003")
    (presented, *_) = reported(radar=Radar(hits=(hit,))).told(VT)
    assert isinstance(presented, n.PresentReport)
    assert presented.radar == (hit,)


# Delivered


def test_the_term_of_the_assessment_runs_from_the_delivery_to_the_triage() -> None:
    played = play(unrecorded(), c.Delivered(REPORT), a_context(VT))
    assert [(term.name, term.about, term.due) for term in played.case.terms] == [(SAFETY_ASSESSMENT, REPORT, NEW_WEEK)]
    assert played.case.holder == POLICE


def test_the_term_runs_from_the_recording_if_that_is_earlier_and_starts_once() -> None:
    case = play(unrecorded(), c.Record(REPORT), a_context(VT)).case
    later = play(case, c.Delivered(REPORT), a_context(VT, now=MONDAY + timedelta(days=3))).case
    assert [(term.name, term.due) for term in later.terms] == [(SAFETY_ASSESSMENT, NEW_WEEK)]


@pytest.mark.parametrize("state", [ReportState.ASSESSED, ReportState.DETACHED])
def test_a_delivery_after_the_assessment_or_of_what_is_not_on_the_case_starts_nothing(state: ReportState) -> None:
    case = a_case(reports=(a_report(), a_report(state, number=JOINED, opened=False)))
    assert play(case, c.Delivered(JOINED), a_context(VT)).events == ()
    assert play(case, c.Delivered(ReportId(CASE)), a_context(VT)).events == ()


# News that is no report


def test_news_goes_once_to_triage_holder_and_route_and_never_back() -> None:
    case = a_case(holder=TEAM_A, offers=(an_offer(),))
    played = play(case, c.Update(None), a_context(POLICE, tell=(OM, TEAM_A, POLICE, VT, OM)))
    assert [(notice.to, notice.body) for notice in played.notices] == [(to, n.PassOn()) for to in (VT, TEAM_A, OM)]
    assert played.decision.events == ()
    assert played.case.holder == TEAM_A


def test_news_that_names_another_region_goes_to_its_desk_too() -> None:
    there = replace(a_context(RVDK), region=ELSEWHERE, triage=VT_ELSEWHERE, named=True)
    told = [(notice.to, notice.correlation) for notice in play(a_case(), c.Update(None), there).notices]
    assert told == [(VT, CASE), (VT_ELSEWHERE, None)]


def test_the_triages_own_news_does_not_come_back_to_it() -> None:
    assert [notice.to for notice in play(a_case(), c.Update(None), a_context(VT, tell=(RVDK,))).notices] == [RVDK]


def test_a_reporter_that_still_holds_does_not_hear_the_news_of_another() -> None:
    case = a_case(holder=POLICE, reports=(a_report(ReportState.OFFERED), a_report(number=JOINED, reporter=RVDK)))
    assert [notice.to for notice in play(case, c.Update(None), a_context(RVDK)).notices] == [VT]


# Taken out of the radar


@pytest.mark.parametrize("case", [a_case(), a_closed_case()], ids=["open", "closed"])
def test_a_reporter_takes_its_own_report_out_of_the_radar_also_when_the_case_is_closed(case: Case) -> None:
    played = play(case, c.WithdrawFromRadar(REPORT, RadarWithdrawal.RISK_GONE), a_context(POLICE))
    assert played.events == (e.RadarWithdrawn(MONDAY, REPORT, RadarWithdrawal.RISK_GONE),)
    assert (played.notices, played.decision.reference) == ((), REPORT)
    assert replace(played.case, version=case.version, at=case.at) == case


@pytest.mark.parametrize(("report", "sender"), [(REPORT, RVDK), (REPORT, VT), (JOINED, POLICE)])
def test_nobody_takes_out_the_report_of_another(report: ReportId, sender: Oin) -> None:
    command = c.WithdrawFromRadar(report, RadarWithdrawal.UNJUSTIFIED)
    case = a_case(reports=(a_report(), a_report(number=JOINED, reporter=RVDK, opened=False)))
    assert refusal(case, command, a_context(sender)) == (Code.STEP_NOT_ALLOWED, ("/data/melding",))
