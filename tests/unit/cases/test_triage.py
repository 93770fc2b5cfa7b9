"""The triage: reports recorded, assessed, taken apart; research, MDA++, arrangements; the end of a case."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import (
    Arrangement,
    Change,
    FeedbackStep,
    Lane,
    Outcome,
    ResearchOutcome,
    TableKind,
    WithdrawalReason,
)
from hub.canonical.partners import Role
from hub.canonical.terms import ACUTE_RECORDING, MDA_TABLE, OFFER_ANSWER, RESEARCH, SAFETY_ASSESSMENT
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.states import CandidacyState, CaseState, ReportState, ResearchState, SeatState
from hub.errors import Code
from hub.ids import HandoverId, Oin, ReportId
from tests.unit.cases.builders import (
    CASE,
    HERE,
    JOINED,
    LATEST,
    MONDAY,
    OFFER,
    OM,
    POLICE,
    REPORT,
    RVDK,
    SECOND_OFFER,
    TABLE,
    TEAM_A,
    TEAM_B,
    VT,
    VT_ELSEWHERE,
    Played,
    a_case,
    a_context,
    a_report,
    a_table,
    an_offer,
    happened,
    play,
    refusal,
)

TO_RESEARCH = c.Assess(REPORT, Outcome.RESEARCH, None)
JOINED_TO_RESEARCH = c.Assess(JOINED, Outcome.RESEARCH, None)
NOTHING = c.Assess(REPORT, Outcome.NO_FOLLOW_UP, None)
ADVICE = c.Assess(REPORT, Outcome.TURNED_INTO_ADVICE, OFFER)
FOUND = c.ConcludeResearch((ResearchOutcome.CHILD_ABUSE_CONFIRMED,))
WEEK_LATER = datetime(2026, 3, 9, 22, 59, 59, tzinfo=UTC)
"""The end of the fifth working day after `MONDAY`."""
TEN_WEEKS_ON = datetime(2026, 5, 18, 21, 59, 59, tzinfo=UTC)
"""The end of the tenth week after `WEEK_LATER`; by then it is summer time."""


def unrecorded(lane: Lane = Lane.ROUTINE) -> Case:
    return a_case(holder=POLICE, reports=(a_report(ReportState.OFFERED, lane=lane),))


def joined_by_rvdk(case: Case, state: ReportState = ReportState.OFFERED) -> Case:
    report = a_report(state, number=JOINED, reporter=RVDK, opened=False)
    return replace(case, reports={**case.reports, JOINED: report})


def reported(lane: Lane) -> Case:
    return play(None, c.Report("GM0518"), a_context(POLICE, lane=lane)).case


def after(case: Case, *commands: c.CaseCommand, days: float = 0) -> Case:
    """The case after these commands of the triage, so many days after Monday."""
    for command in commands:
        case = play(case, command, a_context(VT, now=MONDAY + timedelta(days=days))).case
    return case


def in_two(case: Case, command: c.CaseCommand, sender: Oin = VT, now: datetime = MONDAY) -> tuple[Played, Played]:
    """The case that a report leaves by this step, and the case of its own."""
    ctx = a_context(sender, now=now)
    played = play(case, command, ctx)
    assert played.decision.opens is not None
    return played, happened(None, played.decision.opens, ctx)


def moved(played: Played) -> list[tuple[Oin, Oin]]:
    return [(event.giver, event.receiver) for event in played.events if isinstance(event, e.HolderMoved)]


def due(case: Case, name: str) -> list[datetime]:
    return [term.due for term in case.running() if term.name == name]


def running(case: Case) -> list[str]:
    return [term.name for term in case.running()]


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
    assert refusal(a_case(), c.Record(REPORT), a_context(VT)) == (Code.STEP_NOT_ALLOWED, ("/data/melding",))


@pytest.mark.parametrize("command", [c.Record(JOINED), JOINED_TO_RESEARCH, c.Detach(JOINED)])
def test_a_report_that_is_not_on_the_case_is_refused(command: c.CaseCommand) -> None:
    assert refusal(a_case(), command, a_context(VT)) == (Code.STEP_NOT_ALLOWED, ("/data/melding",))


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
    case = reported(Lane.ACUTE)
    (report,) = case.reports
    (acute,) = (term for term in play(case, c.Record(report), a_context(VT)).case.terms if term.name == ACUTE_RECORDING)
    assert acute.met


# Assessed


def test_an_assessment_implies_the_recording() -> None:
    played = play(unrecorded(), TO_RESEARCH, a_context(VT))
    assert [type(event) for event in played.decision.events][:3] == [e.ReportRecorded, e.HolderMoved, e.ReportAssessed]
    assert played.case.holder == VT
    assert played.told(POLICE) == [n.RecordedFor(REPORT), n.StepsTaken(REPORT, FeedbackStep.ASSESSED, Outcome.RESEARCH)]


@pytest.mark.parametrize("outcome", Outcome)
def test_the_reporter_hears_the_step_and_vt_holds_on(outcome: Outcome) -> None:
    played = play(a_case(), c.Assess(REPORT, outcome, OFFER), a_context(VT))
    assert (played.case.holder, moved(played)) == (VT, [])
    assert played.told(POLICE)[0] == n.StepsTaken(REPORT, FeedbackStep.ASSESSED, outcome)
    assert played.case.reports[REPORT].outcome is outcome


def test_a_decision_is_never_overwritten() -> None:
    case = play(a_case(), TO_RESEARCH, a_context(VT)).case
    assert refusal(case, ADVICE, a_context(VT)) == (Code.STEP_NOT_ALLOWED, ("/data/melding",))
    assert case.reports[REPORT].outcome is Outcome.RESEARCH


def test_turned_into_advice_is_an_offer_back_and_vt_holds_until_the_reporter_says_yes() -> None:
    played = play(unrecorded(), ADVICE, a_context(VT))
    offer = played.case.handovers[OFFER]
    assert (played.case.holder, offer.giver, offer.open_candidates()) == (VT, VT, (POLICE,))
    assert played.told(POLICE)[-1] == n.OfferBack(OFFER, VT, offer.answer_by)
    assert [term.name for term in played.case.terms if not term.met] == [OFFER_ANSWER]


def test_an_offer_back_names_the_case_and_what_is_said_of_the_report_goes_under_the_report() -> None:
    played = play(unrecorded(), ADVICE, a_context(VT))
    by_name = [(type(notice.body), notice.correlation) for notice in played.notices]
    assert by_name == [(n.RecordedFor, REPORT), (n.StepsTaken, REPORT), (n.OfferBack, CASE)]


@pytest.mark.parametrize("number", [REPORT, JOINED], ids=["it opened the case", "it joined"])
@pytest.mark.parametrize("holder", [VT, TEAM_A], ids=["the triage holds", "a team does"])
def test_turned_into_advice_beside_others_it_is_offered_back_on_a_case_of_its_own(
    number: ReportId, holder: Oin
) -> None:
    case = joined_by_rvdk(a_case(holder=holder), ReportState.RECORDED)
    reporter = case.reports[number].reporter
    left, own = in_two(case, c.Assess(number, Outcome.TURNED_INTO_ADVICE, OFFER))
    assert (left.case.holder, left.case.handovers, left.case.reports[number].state) == (
        holder,
        {},
        ReportState.DETACHED,
    )
    assert (own.case.holder, list(own.case.handovers), list(own.case.reports)) == (VT, [OFFER], [number])
    assert own.told(reporter) == [
        n.StepsTaken(number, FeedbackStep.ASSESSED, Outcome.TURNED_INTO_ADVICE),
        n.OfferBack(OFFER, VT, own.case.handovers[OFFER].answer_by),
    ]
    assert (left.notices, left.decision.reference) == ((), own.case.id)


def test_an_opener_that_is_advice_before_it_is_recorded_leaves_the_others_with_vt() -> None:
    left, own = in_two(joined_by_rvdk(unrecorded()), ADVICE)
    assert (moved(left), left.case.holder, POLICE in left.case.held) == ([(POLICE, VT)], VT, False)
    assert own.told(POLICE)[0] == n.RecordedFor(REPORT)


def test_the_last_report_left_is_offered_back_on_its_case() -> None:
    left, _ = in_two(joined_by_rvdk(a_case(), ReportState.RECORDED), ADVICE)
    again = play(left.case, c.Assess(JOINED, Outcome.TURNED_INTO_ADVICE, SECOND_OFFER), a_context(VT))
    assert again.decision.opens is None
    assert again.case.handovers[SECOND_OFFER].open_candidates() == (RVDK,)


def test_a_yes_to_what_was_offered_back_beside_others_takes_its_own_report_only() -> None:
    back = replace(an_offer((POLICE, CandidacyState.OFFERED)), back=True)
    advised = replace(a_report(ReportState.ASSESSED), outcome=Outcome.TURNED_INTO_ADVICE)
    other = a_report(number=JOINED, reporter=RVDK, opened=False)
    case = a_case(reports=(advised, other), offers=(back,))
    left, own = in_two(case, c.Accept(OFFER, LATEST), POLICE)
    assert (left.case.holder, left.case.handovers, left.case.known_as(POLICE)) == (VT, {}, None)
    assert (own.case.holder, list(own.case.reports), left.case.gone) == (POLICE, [REPORT], {OFFER: own.case.id})
    assert own.told(VT) == [n.PassOn(about=OFFER)]


def test_turned_into_advice_while_a_team_holds_it_is_offered_back_alone() -> None:
    """That somebody else holds is not its reporter's to know: it is told what it would be if nobody did."""
    left, own = in_two(a_case(holder=TEAM_A, offers=(an_offer(number=HandoverId(JOINED)),)), ADVICE, VT)
    assert (left.case.holder, list(left.case.own_reports()), left.notices) == (TEAM_A, [], ())
    assert (own.case.holder, list(own.case.reports)) == (VT, [REPORT])
    steps, back = [body for body in own.told(POLICE) if not isinstance(body, n.RecordedFor)]
    assert steps == n.StepsTaken(REPORT, FeedbackStep.ASSESSED, Outcome.TURNED_INTO_ADVICE)
    assert isinstance(back, n.OfferBack)


def test_who_holds_its_own_report_alone_is_offered_nothing_back() -> None:
    taken = an_offer((POLICE, CandidacyState.ACCEPTED), number=HandoverId(JOINED))
    played = play(a_case(holder=POLICE, offers=(taken,)), ADVICE, a_context(VT))
    assert (OFFER in played.case.handovers, played.decision.opens) == (False, None)


def test_it_is_the_desk_that_it_reported_to_that_gives_it_back() -> None:
    """Another would say that the family is elsewhere."""
    report = replace(a_report(), desk=VT)
    case = replace(a_case(holder=VT_ELSEWHERE, reports=(report,)), triage=VT_ELSEWHERE, desks=(VT,))
    played = play(case, ADVICE, a_context(VT_ELSEWHERE))
    assert [body.giver for body in played.told(POLICE) if isinstance(body, n.OfferBack)] == [VT]
    assert played.case.handovers[OFFER].giver == VT_ELSEWHERE


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside others"])
def test_a_report_is_not_turned_into_advice_of_a_reporter_that_holds_by_no_offer_back(beside: bool) -> None:
    case = replace(unrecorded(), parts={REPORT: {POLICE: Role.POLICE}})
    case = joined_by_rvdk(case) if beside else case
    but_police = replace(a_context(VT).holding, offered_back=frozenset(Role) - {Role.POLICE})
    ctx = replace(a_context(VT), holding=but_police)

    assert refusal(case, ADVICE, ctx) == (Code.CANDIDATE_UNFIT, ("/data/uitkomst",))
    assert play(case, c.Assess(REPORT, Outcome.NO_FOLLOW_UP, None), ctx).case.holder == VT
    held = replace(case, holder=TEAM_A, reports={REPORT: a_report()})
    assert refusal(held, ADVICE, ctx) == (Code.CANDIDATE_UNFIT, ("/data/uitkomst",))


def test_an_offer_back_under_a_number_used_before_is_refused_as_a_whole() -> None:
    case = a_case(offers=(an_offer(),))
    assert refusal(case, ADVICE, a_context(VT)) == (Code.STEP_NOT_ALLOWED, ("/data/overdracht",))


def test_each_report_of_one_reporter_is_told_under_its_own_reference() -> None:
    second = a_report(ReportState.OFFERED, number=JOINED, opened=False)
    case = replace(unrecorded(), reports={**unrecorded().reports, JOINED: second})
    (first,) = play(case, c.Record(REPORT), a_context(VT)).notices
    (later,) = play(case, c.Record(JOINED), a_context(VT)).notices
    assert (first.correlation, later.correlation) == (REPORT, JOINED)


def test_the_term_is_met_by_the_assessment_however_late() -> None:
    case = play(unrecorded(), c.Delivered(REPORT), a_context(VT)).case
    late = play(case, NOTHING, a_context(VT, now=MONDAY + timedelta(days=400))).case
    assert [term.met for term in late.terms] == [True]


def test_an_assessment_keeps_codes_of_what_was_found_and_who_was_heard() -> None:
    command = c.Assess(
        REPORT,
        Outcome.NO_FOLLOW_UP,
        None,
        acute=True,
        structural=True,
        mda=False,
        parents_heard=True,
        children_heard=False,
        watched_by="lokale-veld",
        protocol="2025",
    )
    (event,) = (event for event in play(a_case(), command, a_context(VT)).events if isinstance(event, e.ReportAssessed))
    assert event == e.ReportAssessed(
        MONDAY, REPORT, Outcome.NO_FOLLOW_UP, True, True, False, True, False, "lokale-veld", "2025"
    )


@pytest.mark.parametrize("sender", [POLICE, TEAM_A])
@pytest.mark.parametrize(
    "command", [c.Record(REPORT), TO_RESEARCH, c.Detach(JOINED), FOUND, c.Arrange(Arrangement.CLIENT_SYSTEM), c.Close()]
)
def test_only_the_triage_does_what_is_the_triages(sender: Oin, command: c.CaseCommand) -> None:
    state = ReportState.ASSESSED if isinstance(command, c.Close) else ReportState.OFFERED
    case = a_case(reports=(a_report(state),), offers=(an_offer(),))
    if isinstance(command, c.ConcludeResearch):
        case = replace(case, research=ResearchState.RUNNING)
    if isinstance(command, c.Detach):
        case = joined_by_rvdk(case)
    assert refusal(case, command, a_context(sender))[0] is Code.STEP_NOT_ALLOWED


# Research


def test_research_ends_ten_weeks_after_the_term_of_the_assessment() -> None:
    case = after(a_case(), c.Delivered(REPORT), TO_RESEARCH)
    assert (case.research, due(case, RESEARCH)) == (ResearchState.RUNNING, [TEN_WEEKS_ON])


def test_research_that_a_later_report_leads_to_counts_from_the_first() -> None:
    case = joined_by_rvdk(after(a_case(), c.Delivered(REPORT), NOTHING))
    case = after(case, c.Delivered(JOINED), JOINED_TO_RESEARCH, days=20)
    assert due(case, RESEARCH) == [TEN_WEEKS_ON]


def test_research_counts_from_the_arrival_of_a_first_report_whose_term_never_ran() -> None:
    case = joined_by_rvdk(after(a_case(), NOTHING))
    case = after(case, c.Delivered(JOINED), JOINED_TO_RESEARCH, days=20)
    assert due(case, RESEARCH) == [TEN_WEEKS_ON]


def test_research_that_runs_goes_on_with_its_own_end() -> None:
    case = joined_by_rvdk(after(a_case(), c.Delivered(REPORT), TO_RESEARCH))
    played = play(case, JOINED_TO_RESEARCH, a_context(VT, now=MONDAY + timedelta(days=30)))
    assert not any(isinstance(event, e.ResearchStarted) for event in played.events)
    assert due(played.case, RESEARCH) == [TEN_WEEKS_ON]


def test_the_outcome_of_research_is_told_as_a_step_to_whose_report_led_to_it() -> None:
    case = joined_by_rvdk(after(a_case(), TO_RESEARCH))
    case = after(case, c.Assess(JOINED, Outcome.HANDOVER, None))
    played = play(case, FOUND, a_context(VT))
    assert [(notice.to, notice.body) for notice in played.notices] == [
        (POLICE, n.StepsTaken(REPORT, FeedbackStep.RESEARCHED))
    ]
    assert (played.case.research, running(played.case)) == (ResearchState.CONCLUDED, [])


def test_research_after_research_is_another_with_an_end_of_its_own() -> None:
    case = joined_by_rvdk(after(a_case(), c.Delivered(REPORT), TO_RESEARCH, FOUND))
    case = after(case, c.Delivered(JOINED), JOINED_TO_RESEARCH, days=14)
    assert (case.research, due(case, RESEARCH)) == (ResearchState.RUNNING, [TEN_WEEKS_ON + timedelta(days=14)])
    played = play(case, FOUND, a_context(VT))
    assert [(notice.to, notice.body) for notice in played.notices] == [
        (RVDK, n.StepsTaken(JOINED, FeedbackStep.RESEARCHED))
    ]


@pytest.mark.parametrize("state", [ResearchState.NONE, ResearchState.CONCLUDED])
def test_there_is_no_outcome_where_no_research_runs(state: ResearchState) -> None:
    case = replace(a_case(), research=state)
    assert refusal(case, FOUND, a_context(VT)) == (Code.STEP_NOT_ALLOWED, ("/correlationid",))


def test_research_goes_on_while_another_holds() -> None:
    case = after(a_case(), TO_RESEARCH, c.Offer(OFFER, (TEAM_A,), None))
    hash_ = case.handovers[OFFER].candidates[TEAM_A].offer_hash or ""
    case = play(case, c.Accept(OFFER, hash_), a_context(TEAM_A)).case
    assert (case.holder, after(case, FOUND).research) == (TEAM_A, ResearchState.CONCLUDED)


# MDA++


MDA = c.Assess(REPORT, Outcome.HANDOVER, None, structural=True, mda=True)


def test_an_assessment_that_asks_for_mda_starts_the_term_of_that_table() -> None:
    assert due(after(a_case(), MDA), MDA_TABLE) == [WEEK_LATER]
    assert due(after(a_case(), NOTHING), MDA_TABLE) == []


def test_a_second_assessment_that_asks_for_it_starts_no_second_term() -> None:
    case = joined_by_rvdk(after(a_case(), MDA))
    assert due(after(case, replace(MDA, report=JOINED), days=1), MDA_TABLE) == [WEEK_LATER]


@pytest.mark.parametrize(("kind", "met"), [(TableKind.MDA, True), (TableKind.ACTION, False)])
def test_only_that_kind_of_table_meets_it(kind: TableKind, met: bool) -> None:
    case = after(a_case(), MDA, c.OpenTable(TABLE, kind, (OM,), None))
    assert (due(case, MDA_TABLE) == []) is met


def test_a_case_that_has_been_on_that_table_is_not_awaited_there_again() -> None:
    case = joined_by_rvdk(after(a_case(), MDA, c.OpenTable(TABLE, TableKind.MDA, (OM,), None)))
    assert due(after(case, replace(MDA, report=JOINED)), MDA_TABLE) == []


# Arranged


@pytest.mark.parametrize("arrangement", Arrangement)
def test_what_is_arranged_is_kept_and_vt_holds_on(arrangement: Arrangement) -> None:
    played = play(a_case(), c.Arrange(arrangement), a_context(VT))
    assert (played.case.arranged, played.case.holder, played.notices) == (arrangement, VT, ())


def test_nothing_is_arranged_while_another_holds() -> None:
    case = a_case(holder=TEAM_A, offers=(an_offer((TEAM_A, CandidacyState.ACCEPTED)),))
    assert refusal(case, c.Arrange(Arrangement.CLIENT_SYSTEM), a_context(VT)) == (
        Code.STEP_NOT_ALLOWED,
        ("/correlationid",),
    )


# Taken apart


def apart(case: Case, now: datetime = MONDAY) -> tuple[Played, Played]:
    """The case that the report of the RvdK leaves, and the case of its own."""
    return in_two(case, c.Detach(JOINED), now=now)


def test_a_report_that_was_joined_wrongly_gets_a_case_of_its_own_that_vt_holds() -> None:
    old, new = apart(joined_by_rvdk(a_case(holder=TEAM_A)))
    assert (old.case.holder, old.case.reports[JOINED].state) == (TEAM_A, ReportState.DETACHED)
    assert (new.case.holder, new.case.triage, new.case.region) == (VT, VT, HERE)
    assert [(one.id, one.reporter, one.opened) for one in new.case.reports.values()] == [(JOINED, RVDK, True)]
    assert old.decision.reference == new.case.id != CASE


def test_its_reporter_calls_the_new_case_by_its_report_and_the_old_one_no_more() -> None:
    old, new = apart(joined_by_rvdk(a_case()))
    assert (old.case.known_as(RVDK), old.case.may_call_it(RVDK, JOINED)) == (None, False)
    assert (new.case.known_as(RVDK), new.case.may_call_it(RVDK, JOINED)) == (JOINED, True)


@pytest.mark.parametrize(
    ("state", "then"),
    [
        (ReportState.OFFERED, ReportState.RECORDED),
        (ReportState.RECORDED, ReportState.RECORDED),
        (ReportState.ASSESSED, ReportState.ASSESSED),
    ],
)
def test_it_goes_on_as_far_as_it_had_come(state: ReportState, then: ReportState) -> None:
    _, new = apart(joined_by_rvdk(a_case(), state))
    assert new.case.reports[JOINED].state is then
    assert running(new.case) == ([] if then is ReportState.ASSESSED else [SAFETY_ASSESSMENT])


def test_taking_apart_says_that_vt_has_it_and_the_reporter_hears_so_once() -> None:
    told = {state: apart(joined_by_rvdk(a_case(), state))[1].told(RVDK) for state in (*ReportState,)[:3]}
    assert told == {
        ReportState.OFFERED: [n.RecordedFor(JOINED)],
        ReportState.RECORDED: [],
        ReportState.ASSESSED: [],
    }


def test_its_term_goes_along_with_its_end_and_its_reminder() -> None:
    case = after(joined_by_rvdk(a_case()), c.Delivered(JOINED))
    before = case.term(SAFETY_ASSESSMENT, JOINED)
    old, new = apart(case, MONDAY + timedelta(days=2))
    moved_on = new.case.term(SAFETY_ASSESSMENT, JOINED)
    assert before is not None
    assert moved_on is not None
    assert (moved_on.due, moved_on.fires_at()) == (before.due, before.fires_at())
    assert running(old.case) == []


def test_its_recording_is_no_longer_waited_for() -> None:
    case = play(a_case(), c.Report(None), a_context(RVDK, lane=Lane.ACUTE)).case
    joined = next(one.id for one in case.reports.values() if one.reporter == RVDK)
    assert running(case) == [ACUTE_RECORDING]
    assert running(play(case, c.Detach(joined), a_context(VT)).case) == []


def test_the_numbers_of_its_reporter_go_on() -> None:
    case = after(joined_by_rvdk(a_case()), c.Record(JOINED))
    assert (case.told, case.told_under) == ({}, {JOINED: 1})
    _, new = apart(case)
    (told,) = play(new.case, c.Assess(JOINED, Outcome.NO_FOLLOW_UP, None), a_context(VT)).notices
    assert (told.to, told.correlation, told.version) == (RVDK, JOINED, 2)


def test_the_case_it_leaves_can_be_closed_without_its_decision() -> None:
    old, _ = apart(joined_by_rvdk(a_case(reports=(a_report(ReportState.ASSESSED),))))
    assert after(old.case, c.Close()).state is CaseState.CLOSED


def test_research_that_it_led_to_goes_along() -> None:
    case = joined_by_rvdk(after(a_case(), c.Delivered(REPORT), NOTHING))
    old, new = apart(after(case, JOINED_TO_RESEARCH), MONDAY + timedelta(days=30))
    assert (old.case.research, running(old.case)) == (ResearchState.NONE, [])
    assert (new.case.research, due(new.case, RESEARCH)) == (ResearchState.RUNNING, [TEN_WEEKS_ON])
    told = play(new.case, FOUND, a_context(VT)).notices
    assert [(notice.to, notice.body) for notice in told] == [(RVDK, n.StepsTaken(JOINED, FeedbackStep.RESEARCHED))]


def test_research_that_another_report_led_to_stays() -> None:
    case = joined_by_rvdk(after(a_case(), c.Delivered(REPORT), TO_RESEARCH))
    old, new = apart(after(case, JOINED_TO_RESEARCH))
    assert (old.case.research, due(old.case, RESEARCH)) == (ResearchState.RUNNING, [TEN_WEEKS_ON])
    assert new.case.research is ResearchState.RUNNING


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
    assert refusal(case, c.Close(), a_context(VT)) == (Code.STEP_NOT_ALLOWED, ("/correlationid",))


def test_nothing_runs_on_after_the_closing() -> None:
    case = reported(Lane.ACUTE)
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


def completed(*, earlier_only: bool = False) -> Case:
    """Team A took over and reported it done; or, it gave that back, and then took over once more."""
    first = an_offer((TEAM_A, CandidacyState.COMPLETED))
    later = an_offer((TEAM_A, CandidacyState.STARTED), number=SECOND_OFFER)
    offers = (first, later) if earlier_only else (first,)
    return a_case(holder=TEAM_A, reports=(a_report(ReportState.ASSESSED),), offers=offers)


def test_vt_closes_after_the_holder_has_reported_it_completed_and_the_holder_hears_it() -> None:
    played = play(completed(), c.Close("hulp-afgerond"), a_context(VT))
    assert (played.case.state, played.case.holder) == (CaseState.CLOSED, None)
    assert [(notice.to, notice.body, notice.holder) for notice in played.notices] == [(TEAM_A, n.PassOn(), None)]
    assert played.events[-2] == e.CaseClosed(MONDAY, VT, "hulp-afgerond")


def test_completing_what_was_taken_over_before_does_not_let_vt_close_what_is_held_now() -> None:
    assert refusal(completed(earlier_only=True), c.Close(), a_context(VT))[0] is Code.STEP_NOT_ALLOWED


@pytest.mark.parametrize("state", [CandidacyState.ACCEPTED, CandidacyState.STARTED])
def test_vt_does_not_close_while_another_holds_that_has_not_completed(state: CandidacyState) -> None:
    case = a_case(holder=TEAM_A, reports=(a_report(ReportState.ASSESSED),), offers=(an_offer((TEAM_A, state)),))
    assert refusal(case, c.Close(), a_context(VT))[0] is Code.STEP_NOT_ALLOWED


def test_vt_does_not_close_while_research_runs() -> None:
    case = after(a_case(), TO_RESEARCH)
    assert refusal(case, c.Close(), a_context(VT))[0] is Code.STEP_NOT_ALLOWED
    assert after(case, FOUND, c.Close()).state is CaseState.CLOSED


def a_custody_table(until: datetime) -> Case:
    table = replace(a_table((TEAM_B, SeatState.KNOWN), chair=OM), decision_by=until)
    return a_case(reports=(a_report(ReportState.ASSESSED),), tables=(table,))


def test_closing_ends_each_table_and_all_at_it_hear_so() -> None:
    played = play(a_custody_table(MONDAY), c.Close(), a_context(VT))
    assert {notice.to for notice in played.notices if notice.body == n.Changed(TABLE, Change.ENDED)} == {OM, TEAM_B}
    assert {notice.correlation for notice in played.notices} == {CASE}


@pytest.mark.parametrize(("ahead", "closes"), [(-1, True), (0, True), (1, False)])
def test_it_waits_for_the_custody_clock_of_a_table(ahead: int, closes: bool) -> None:
    case = a_custody_table(MONDAY + timedelta(minutes=ahead))
    if closes:
        assert play(case, c.Close(), a_context(VT)).case.state is CaseState.CLOSED
    else:
        assert refusal(case, c.Close(), a_context(VT)) == (Code.STEP_NOT_ALLOWED, ("/correlationid",))


def test_a_custody_clock_set_for_years_ahead_while_the_clock_was_doubted_holds_up_no_closing() -> None:
    table = c.OpenTable(TABLE, TableKind.ACTION, (TEAM_B,), None, decision_by=MONDAY + timedelta(days=30_000))
    case = a_case(reports=(a_report(ReportState.ASSESSED),))
    case = play(case, table, replace(a_context(VT), doubted=True)).case

    assert play(case, c.Close(), a_context(VT)).case.state is CaseState.CLOSED


def test_a_doubted_clock_holds_up_no_closing() -> None:
    ctx = replace(a_context(VT), doubted=True)
    assert play(a_custody_table(MONDAY + timedelta(days=1)), c.Close(), ctx).case.state is CaseState.CLOSED


def test_each_running_term_ends_once_at_the_closing() -> None:
    case = after(a_case(), MDA, c.OpenTable(TABLE, TableKind.ACTION, (OM,), None), c.Offer(OFFER, (TEAM_A,), None))
    case = play(case, c.AskMore(OFFER), a_context(TEAM_A)).case
    before = sorted((term.name, str(term.about)) for term in case.running())
    ended = play(case, c.Close(), a_context(VT)).events
    over = [(event.name, str(event.about)) for event in ended if isinstance(event, e.TermMet | e.TermEnded)]
    assert sorted(over) == before
    assert len(before) == 5
