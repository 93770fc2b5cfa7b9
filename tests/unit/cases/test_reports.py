"""Reports: received, recorded, assessed, closed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Lane, Outcome, WithdrawalReason
from hub.canonical.terms import ACUTE_RECORDING, OFFER_ANSWER, SAFETY_ASSESSMENT
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.states import ReportState
from hub.errors import Code, Rejection
from hub.ids import HandoverId, Oin, RegionId, ReportId
from tests.unit.cases.builders import (
    CASE,
    JOINED,
    LATEST,
    MONDAY,
    OFFER,
    OM,
    POLICE,
    REPORT,
    RVDK,
    TEAM_A,
    TEAM_B,
    VT,
    Played,
    a_case,
    a_closed_case,
    a_context,
    a_report,
    an_offer,
    play,
)

RESEARCH = c.Assess(REPORT, Outcome.RESEARCH, None)
ADVICE = c.Assess(REPORT, Outcome.TURNED_INTO_ADVICE, OFFER)
NEW_WEEK = datetime(2026, 3, 9, 22, 59, 59, tzinfo=UTC)
"""The end of the fifth working day after `MONDAY`."""


def unrecorded(lane: Lane = Lane.ROUTINE) -> Case:
    return a_case(holder=POLICE, reports=(a_report(ReportState.OFFERED, lane=lane),))


def joined_by_rvdk(case: Case, state: ReportState = ReportState.OFFERED) -> Case:
    report = a_report(state, number=JOINED, reporter=RVDK, opened=False)
    return replace(case, reports={**case.reports, JOINED: report})


def reported(case: Case | None = None, *, lane: Lane = Lane.ROUTINE, tell: tuple[Oin, ...] = ()) -> Played:
    return play(case, c.Report("GM0518"), a_context(POLICE, lane=lane, tell=tell))


def moved(played: Played) -> list[tuple[Oin, Oin]]:
    return [(event.giver, event.receiver) for event in played.events if isinstance(event, e.HolderMoved)]


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
    elsewhere = replace(a_case(), triage=TEAM_B, region=RegionId("utrecht"))
    assert [notice.to for notice in reported(elsewhere).notices] == [TEAM_B]


def test_a_report_on_a_closed_case_opens_a_new_one_linked_to_it() -> None:
    played = reported(a_closed_case())
    assert played.case.id != CASE
    assert (played.case.linked, played.case.holder, len(played.case.reports)) == (CASE, POLICE, 1)


# Recorded


def test_recording_the_opening_report_makes_vt_hold_and_tells_the_reporter() -> None:
    played = play(unrecorded(), c.Record(REPORT), a_context(VT))
    assert (played.case.holder, moved(played)) == (VT, [(POLICE, VT)])
    assert played.told(POLICE) == [n.RecordedFor(REPORT)]
    assert [notice.to for notice in played.notices] == [POLICE]


def test_recording_a_report_that_joined_moves_nothing() -> None:
    played = play(joined_by_rvdk(unrecorded()), c.Record(JOINED), a_context(VT))
    assert (played.case.holder, moved(played)) == (POLICE, [])
    assert played.told(RVDK) == [n.RecordedFor(JOINED)]


def test_recording_a_second_report_of_the_reporter_that_holds_moves_nothing() -> None:
    second = a_report(ReportState.OFFERED, number=JOINED, opened=False)
    case = replace(unrecorded(), reports={**unrecorded().reports, JOINED: second})
    assert play(case, c.Record(JOINED), a_context(VT)).case.holder == POLICE


def test_recording_one_report_twice_is_refused() -> None:
    with pytest.raises(Rejection) as refusal:
        play(a_case(), c.Record(REPORT), a_context(VT))
    assert (refusal.value.reason, refusal.value.fields) == (Code.STEP_NOT_ALLOWED, ("/data/melding",))


def test_a_report_that_is_not_on_the_case_is_refused() -> None:
    with pytest.raises(Rejection) as refusal:
        play(a_case(), c.Record(JOINED), a_context(VT))
    assert (refusal.value.reason, refusal.value.fields) == (Code.STEP_NOT_ALLOWED, ("/data/melding",))


def test_a_recording_that_comes_after_the_assessment_changes_nothing_and_is_accepted() -> None:
    assessed = a_case(holder=TEAM_A, reports=(a_report(ReportState.ASSESSED),), offers=(an_offer(),))
    played = play(assessed, c.Record(REPORT), a_context(VT))
    assert (played.case, played.events, played.notices) == (assessed, (), ())


def test_a_late_recording_does_not_take_back_what_the_reporter_accepted_back() -> None:
    case = play(unrecorded(), ADVICE, a_context(VT)).case
    hash_ = case.handovers[OFFER].candidates[POLICE].offer_hash
    assert hash_ is not None
    case = play(case, c.Accept(OFFER, hash_), a_context(POLICE)).case
    assert case.holder == POLICE
    assert play(case, c.Record(REPORT), a_context(VT)).case.holder == POLICE


def test_recording_in_time_meets_the_acute_term() -> None:
    case = reported(lane=Lane.ACUTE).case
    (report,) = case.reports
    (acute,) = (term for term in play(case, c.Record(report), a_context(VT)).case.terms if term.name == ACUTE_RECORDING)
    assert acute.met


# Assessed


def test_an_assessment_implies_the_recording() -> None:
    played = play(unrecorded(), RESEARCH, a_context(VT))
    assert [type(event) for event in played.decision.events] == [e.ReportRecorded, e.HolderMoved, e.ReportAssessed]
    assert played.case.holder == VT
    assert played.told(POLICE) == [n.RecordedFor(REPORT), n.StepsTaken(REPORT, Outcome.RESEARCH)]


@pytest.mark.parametrize("outcome", Outcome)
def test_the_reporter_hears_the_step_and_vt_holds_on(outcome: Outcome) -> None:
    played = play(a_case(), c.Assess(REPORT, outcome, OFFER), a_context(VT))
    assert (played.case.holder, moved(played)) == (VT, [])
    assert played.told(POLICE)[0] == n.StepsTaken(REPORT, outcome)
    assert played.case.reports[REPORT].outcome is outcome


def test_a_decision_is_never_overwritten() -> None:
    case = play(a_case(), RESEARCH, a_context(VT)).case
    with pytest.raises(Rejection) as refusal:
        play(case, ADVICE, a_context(VT))
    assert refusal.value.reason is Code.STEP_NOT_ALLOWED
    assert case.reports[REPORT].outcome is Outcome.RESEARCH


def test_turned_into_advice_is_an_offer_back_and_vt_holds_until_the_reporter_says_yes() -> None:
    played = play(unrecorded(), ADVICE, a_context(VT))
    offer = played.case.handovers[OFFER]
    assert (played.case.holder, offer.giver, offer.open_candidates()) == (VT, VT, (POLICE,))
    assert played.told(POLICE)[-1] == n.OfferBack(OFFER, VT, offer.answer_by)
    assert [term.name for term in played.case.terms if not term.met] == [OFFER_ANSWER]


def test_after_an_offer_back_the_reporter_knows_the_case_by_its_name() -> None:
    played = play(unrecorded(), ADVICE, a_context(VT))
    assert {notice.correlation for notice in played.notices} == {CASE}


def test_turned_into_advice_of_a_report_that_joined_is_a_decision_only() -> None:
    case = joined_by_rvdk(a_case())
    played = play(case, c.Assess(JOINED, Outcome.TURNED_INTO_ADVICE, OFFER), a_context(VT))
    assert played.case.handovers == {}
    assert played.told(RVDK) == [n.RecordedFor(JOINED), n.StepsTaken(JOINED, Outcome.TURNED_INTO_ADVICE)]


def test_turned_into_advice_when_vt_no_longer_holds_is_a_decision_only() -> None:
    case = a_case(holder=TEAM_A, offers=(an_offer(number=HandoverId(JOINED)),))
    played = play(case, ADVICE, a_context(VT))
    assert OFFER not in played.case.handovers
    assert played.told(POLICE) == [n.StepsTaken(REPORT, Outcome.TURNED_INTO_ADVICE)]


def test_an_offer_back_under_a_number_used_before_is_refused_as_a_whole() -> None:
    with pytest.raises(Rejection) as refusal:
        play(a_case(offers=(an_offer(),)), ADVICE, a_context(VT))
    assert (refusal.value.reason, refusal.value.fields) == (Code.STEP_NOT_ALLOWED, ("/data/overdracht",))


def test_each_report_of_one_reporter_is_told_under_its_own_reference() -> None:
    second = a_report(ReportState.OFFERED, number=JOINED, opened=False)
    case = replace(unrecorded(), reports={**unrecorded().reports, JOINED: second})
    (first,) = play(case, c.Record(REPORT), a_context(VT)).notices
    (later,) = play(case, c.Record(JOINED), a_context(VT)).notices
    assert (first.correlation, later.correlation) == (REPORT, JOINED)


# Terms


def test_the_term_of_the_assessment_runs_from_the_delivery_to_the_triage() -> None:
    played = play(unrecorded(), c.Delivered(REPORT), a_context(VT))
    assert [(term.name, term.about, term.due) for term in played.case.terms] == [(SAFETY_ASSESSMENT, REPORT, NEW_WEEK)]
    assert played.case.holder == POLICE


def test_the_term_runs_from_the_recording_if_that_is_earlier_and_starts_once() -> None:
    case = play(unrecorded(), c.Record(REPORT), a_context(VT)).case
    later = play(case, c.Delivered(REPORT), a_context(VT, now=MONDAY + timedelta(days=3))).case
    assert [(term.name, term.due) for term in later.terms] == [(SAFETY_ASSESSMENT, NEW_WEEK)]


def test_the_term_is_met_by_the_assessment_however_late() -> None:
    case = play(unrecorded(), c.Delivered(REPORT), a_context(VT)).case
    late = play(case, RESEARCH, a_context(VT, now=MONDAY + timedelta(days=400))).case
    assert [term.met for term in late.terms] == [True]


def test_a_delivery_after_the_assessment_or_of_another_report_starts_nothing() -> None:
    assessed = a_case(reports=(a_report(ReportState.ASSESSED),))
    assert play(assessed, c.Delivered(REPORT), a_context(VT)).events == ()
    assert play(a_case(), c.Delivered(ReportId(CASE)), a_context(VT)).events == ()


# Closed


def test_vt_closes_when_it_holds_and_every_report_has_its_decision() -> None:
    case = a_case(reports=(a_report(ReportState.ASSESSED),), offers=(an_offer(),))
    played = play(case, c.Close(), a_context(VT))
    assert (played.case.holder, played.case.handovers[OFFER].open_candidates()) == (None, ())
    assert [(notice.to, notice.body) for notice in played.notices] == [
        (TEAM_A, n.OfferWithdrawn(OFFER, WithdrawalReason.CASE_CLOSED))
    ]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(a_case(holder=TEAM_A, reports=(a_report(ReportState.ASSESSED),)), id="another holds"),
        pytest.param(a_case(), id="a report is not assessed"),
        pytest.param(joined_by_rvdk(a_case(reports=(a_report(ReportState.ASSESSED),))), id="a joined one is not"),
    ],
)
def test_else_it_is_refused(case: Case) -> None:
    with pytest.raises(Rejection) as refusal:
        play(case, c.Close(), a_context(VT))
    assert (refusal.value.reason, refusal.value.fields) == (Code.STEP_NOT_ALLOWED, ("/correlationid",))


def test_nothing_runs_on_after_the_closing() -> None:
    case = reported(lane=Lane.ACUTE).case
    (report,) = case.reports
    for command in (
        c.Delivered(report),
        c.Assess(report, Outcome.HANDOVER, None),
        c.Offer(OFFER, (TEAM_A, TEAM_B), None),
        c.Close(),
    ):
        case = play(case, command, a_context(VT)).case
    assert {term.met for term in case.terms} == {True}
    assert LATEST not in {one.offer_hash for one in case.handovers[OFFER].candidates.values()}
