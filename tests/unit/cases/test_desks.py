"""The desk of where the family lives hears of what is reported, and is the triage where nobody had said the region."""

from dataclasses import replace

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Lane, NoteReason, Outcome, RefusalReason, WithdrawalReason
from hub.canonical.partners import Role
from hub.canonical.terms import REGION_HANDOVER
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.evolve import fold
from hub.cases.parts import spoken_to_as
from hub.cases.stand import open_steps
from hub.cases.states import CandidacyState, ReportState
from hub.cases.succession import successions
from hub.ids import Oin, RegionId, ReportId
from tests.unit.cases.builders import (
    CONTACTS,
    ELSEWHERE,
    HERE,
    MONDAY,
    OFFER,
    POLICE,
    RVDK,
    SECOND_OFFER,
    TEAM_A,
    VT,
    VT_ELSEWHERE,
    Played,
    a_case,
    a_context,
    a_report,
    an_offer,
    play,
)

ACUTE = Lane.ACUTE
THERE = (ELSEWHERE, VT_ELSEWHERE)
BACK_HERE = (HERE, VT)


def reported(
    case: Case | None,
    names: tuple[RegionId, Oin] | None = None,
    *,
    sender: Oin = POLICE,
    lane: Lane = Lane.ROUTINE,
    assumed: bool = False,
    role: Role | None = None,
) -> Played:
    """A report that names this region, or none; without one an acute report goes to the sender's first: here."""
    region, triage = names or BACK_HERE
    ctx = replace(a_context(sender, lane=lane), region=region, triage=triage, named=names is not None, assumed=assumed)
    ctx = replace(ctx, role=role, said=(region, triage))
    return play(case, c.Report(None), ctx)


def an_assumed_case(state: ReportState = ReportState.OFFERED) -> Case:
    """An acute report opened it, that said nothing of its region."""
    opened = reported(None, lane=ACUTE, assumed=True).case
    (first,) = opened.reports
    said = {ReportState.RECORDED: c.Record(first), ReportState.ASSESSED: c.Assess(first, Outcome.NO_FOLLOW_UP, None)}
    return play(opened, said[state], a_context(VT)).case if state in said else opened


def notes(played: Played) -> dict[Oin, list[NoteReason]]:
    found: dict[Oin, list[NoteReason]] = {}
    for notice in played.notices:
        if isinstance(notice.body, n.ReportNoted):
            found.setdefault(notice.to, []).append(notice.body.reason)
    return found


def presented(played: Played) -> list[tuple[Oin, bool, Oin | None]]:
    return [
        (notice.to, notice.body.assumed, notice.body.named)
        for notice in played.notices
        if isinstance(notice.body, n.PresentReport)
    ]


def steps(case: Case) -> list[tuple[str, Oin, object]]:
    found = [(step.type, step.by, step.about) for step in open_steps(case)]
    return [step for step in found if step[0] == "overdrachten.aanbod"]


# --- whose region it is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", [POLICE, RVDK], ids=["the same reporter", "another"])
@pytest.mark.parametrize("lane", Lane)
def test_the_desk_of_the_region_that_a_report_names_hears_of_it_by_whomever_it_comes(sender: Oin, lane: Lane) -> None:
    played = reported(a_case(), THERE, sender=sender, lane=lane)
    (note,) = [one for one in played.notices if isinstance(one.body, n.ReportNoted)]

    assert (note.to, note.correlation, note.version, note.holder) == (VT_ELSEWHERE, None, None, None)
    assert isinstance(note.body, n.ReportNoted)
    assert (note.body.reason, note.body.desk, note.body.contact) == (NoteReason.REGION_NAMED, VT, CONTACTS[0])
    assert presented(played) == [(VT, False, VT_ELSEWHERE)]
    assert (played.case.region, played.case.triage, steps(played.case)) == (HERE, VT, [])


@pytest.mark.parametrize("lane", Lane)
def test_a_named_desk_hears_also_where_its_own_organisation_reports_as_another(lane: Lane) -> None:
    both = reported(a_case(), THERE, sender=VT_ELSEWHERE, lane=lane, role=Role.CERTIFIED_INSTITUTION)
    assert notes(both) == {VT_ELSEWHERE: [NoteReason.REGION_NAMED]}


@pytest.mark.parametrize("desk", [VT, VT_ELSEWHERE])
def test_news_reaches_a_desk_whose_organisation_brings_it_as_another(desk: Oin) -> None:
    case = a_case(reports=(a_report(reporter=desk),))
    ctx = replace(a_context(desk), region=ELSEWHERE, triage=VT_ELSEWHERE, named=True, role=Role.CERTIFIED_INSTITUTION)
    played = play(case, c.Update(None), ctx)

    assert {notice.to for notice in played.notices} == {VT, VT_ELSEWHERE}
    assert {spoken_to_as(played.case, notice.to, notice.body) for notice in played.notices} == {Role.VEILIG_THUIS}


def test_who_holds_in_another_role_than_it_reports_in_hears_of_what_is_acute() -> None:
    case = a_case(holder=TEAM_A, offers=(an_offer((TEAM_A, CandidacyState.ACCEPTED)),))
    case = replace(case, parts={OFFER: {TEAM_A: Role.LOCAL_TEAM}})
    assert notes(reported(case, sender=TEAM_A, lane=ACUTE, role=Role.REPORTER)) == {TEAM_A: [NoteReason.HOLDS]}
    assert notes(reported(case, sender=TEAM_A, lane=ACUTE, role=Role.LOCAL_TEAM)) == {}


def test_a_report_that_names_the_region_of_its_case_or_none_is_noted_to_nobody() -> None:
    for names in (BACK_HERE, None):
        played = reported(a_case(), names, lane=ACUTE)
        assert (notes(played), presented(played)) == ({}, [(VT, False, None)])


# --- who holds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lane", "heard"), [(Lane.ROUTINE, {}), (ACUTE, {TEAM_A: [NoteReason.HOLDS]})])
def test_who_holds_hears_that_something_acute_was_reported(lane: Lane, heard: dict[Oin, list[NoteReason]]) -> None:
    case = a_case(holder=TEAM_A, offers=(an_offer((TEAM_A, CandidacyState.ACCEPTED)),))
    assert notes(reported(case, lane=lane)) == heard
    assert notes(reported(case, THERE, lane=lane)) == heard | {VT_ELSEWHERE: [NoteReason.REGION_NAMED]}


@pytest.mark.parametrize("lane", Lane)
def test_a_veilig_thuis_that_holds_and_is_not_the_triage_hears_of_every_report(lane: Lane) -> None:
    case = a_case(holder=VT_ELSEWHERE, offers=(an_offer((VT_ELSEWHERE, CandidacyState.ACCEPTED)),))
    case = replace(case, parts={OFFER: {VT_ELSEWHERE: Role.VEILIG_THUIS}})
    assert notes(reported(case, lane=lane)) == {VT_ELSEWHERE: [NoteReason.HOLDS]}


def test_a_reporter_that_still_holds_hears_of_no_other_report_nor_does_who_made_it() -> None:
    unrecorded = a_case(holder=RVDK, reports=(a_report(ReportState.OFFERED, reporter=RVDK),))
    assert notes(reported(unrecorded, lane=ACUTE)) == {}
    mine = a_case(holder=TEAM_A, offers=(an_offer((TEAM_A, CandidacyState.ACCEPTED)),))
    assert notes(reported(mine, sender=TEAM_A, lane=ACUTE)) == {}


# --- a region that was assumed ------------------------------------------------------------------------------------


def test_the_triage_is_told_that_a_region_is_assumed_as_long_as_it_is() -> None:
    assert presented(reported(None, lane=ACUTE, assumed=True)) == [(VT, True, None)]
    again = reported(an_assumed_case())
    assert presented(again) == [(VT, True, None)], "another that names none changes nothing"
    assert again.case.assumed
    assert presented(reported(None, BACK_HERE, lane=ACUTE)) == [(VT, False, None)]


@pytest.mark.parametrize("sender", [POLICE, RVDK])
def test_until_it_is_recorded_the_first_report_that_names_a_region_makes_its_desk_the_triage(sender: Oin) -> None:
    before = an_assumed_case()
    (first,) = before.reports
    played = reported(before, THERE, sender=sender)
    case = played.case

    assert (case.region, case.triage, case.desks, case.assumed) == (ELSEWHERE, VT_ELSEWHERE, (VT,), False)
    assert case.holder == POLICE, "who holds stays"
    assert presented(played) == [(VT_ELSEWHERE, False, None)]
    assert notes(played) == {VT: [NoteReason.REGION_LEFT], VT_ELSEWHERE: [NoteReason.REGION_TAKEN]}
    assert [one.body.desk for one in played.notices if isinstance(one.body, n.ReportNoted)] == [VT_ELSEWHERE, VT]
    recorded = play(case, c.Record(first), a_context(VT_ELSEWHERE)).case
    assert recorded.holder == VT_ELSEWHERE
    assert steps(recorded) == []
    assert reported(case, BACK_HERE).case.triage == VT_ELSEWHERE, "only the first"


def test_a_report_that_names_the_assumed_region_settles_it() -> None:
    case = reported(an_assumed_case(), BACK_HERE).case
    assert (case.triage, case.assumed, case.desks) == (VT, False, ())
    later = reported(case, THERE)
    assert (later.case.triage, notes(later)) == (VT, {VT_ELSEWHERE: [NoteReason.REGION_NAMED]})


@pytest.mark.parametrize("state", [ReportState.RECORDED, ReportState.ASSESSED])
def test_once_it_is_recorded_the_named_desk_is_told_and_the_triage_owes_it_the_case(state: ReportState) -> None:
    played = reported(an_assumed_case(state), THERE)
    case = played.case

    assert (case.triage, case.holder, case.named_desk, case.assumed) == (VT, VT, VT_ELSEWHERE, False)
    assert notes(played) == {VT_ELSEWHERE: [NoteReason.REGION_NAMED]}
    assert steps(case) == [("overdrachten.aanbod", VT, case.id)]


def offered(case: Case, *candidates: Oin) -> Case:
    return play(case, c.Offer(OFFER, candidates, None), a_context(VT)).case


def owed_on(case: Case) -> bool:
    return any(term.name == REGION_HANDOVER for term in case.running())


def owing_case() -> Case:
    return reported(an_assumed_case(ReportState.RECORDED), THERE).case


def test_the_step_is_taken_by_an_offer_to_that_desk_and_its_yes_moves_the_region() -> None:
    assert owed_on(offered(owing_case(), TEAM_A)), "an offer to another is not it"
    case = offered(owing_case(), VT_ELSEWHERE)
    assert not owed_on(case)
    yes = c.Accept(OFFER, case.handovers[OFFER].candidates[VT_ELSEWHERE].offer_hash or "")
    moved = play(case, yes, a_context(VT_ELSEWHERE)).case
    assert (moved.triage, moved.holder, moved.named_desk) == (VT_ELSEWHERE, VT_ELSEWHERE, None)


def test_an_offer_that_is_taken_back_is_owed_again_and_a_no_settles_it() -> None:
    case = offered(owing_case(), VT_ELSEWHERE)
    back = play(case, c.Withdraw(OFFER, WithdrawalReason.BY_GIVER), a_context(VT)).case
    assert owed_on(back)
    refused = play(case, c.Refuse(OFFER, RefusalReason.NOT_COMPETENT, None), a_context(VT_ELSEWHERE)).case
    assert not owed_on(refused)


def test_an_offer_that_ends_as_another_has_said_yes_is_owed_again_by_that_one() -> None:
    case = offered(owing_case(), VT_ELSEWHERE)
    case = play(case, c.Offer(SECOND_OFFER, (TEAM_A,), None), a_context(VT)).case
    yes = c.Accept(SECOND_OFFER, case.handovers[SECOND_OFFER].candidates[TEAM_A].offer_hash or "")
    case = play(case, yes, a_context(TEAM_A)).case

    assert case.handovers[OFFER].candidates[VT_ELSEWHERE].state is CandidacyState.WITHDRAWN
    assert steps(case) == [("overdrachten.aanbod", TEAM_A, case.id)]


def test_what_is_offered_to_that_desk_already_is_not_owed_but_when_it_is_taken_back() -> None:
    case = offered(an_assumed_case(ReportState.RECORDED), VT_ELSEWHERE)
    case = reported(case, THERE).case
    assert (case.named_desk, owed_on(case)) == (VT_ELSEWHERE, False)
    back = play(case, c.Withdraw(OFFER, WithdrawalReason.BY_GIVER), a_context(VT)).case
    assert owed_on(back)


def test_it_is_owed_no_more_when_another_desk_has_said_yes_or_the_two_have_merged() -> None:
    third = Oin("00000099000000000077")
    case = offered(owing_case(), third)
    yes = c.Accept(OFFER, case.handovers[OFFER].candidates[third].offer_hash or "")
    there = replace(a_context(third), region_of=lambda _oin: RegionId("zeeland"))
    assert not owed_on(play(case, yes, there).case)

    merged = successions(owing_case(), {VT_ELSEWHERE: VT}.get, MONDAY)
    assert any(isinstance(event, e.TermEnded) and event.name == REGION_HANDOVER for event in merged)


# --- who can take the step ----------------------------------------------------------------------------------------


def held_by_a_team(case: Case) -> Case:
    case = offered(case, TEAM_A)
    yes = c.Accept(OFFER, case.handovers[OFFER].candidates[TEAM_A].offer_hash or "")
    return play(case, yes, a_context(TEAM_A)).case


def test_the_step_is_owed_by_whoever_holds_as_nobody_else_can_offer() -> None:
    """A team that holds is told to whom, and by it alone the step is taken."""
    named = reported(held_by_a_team(an_assumed_case(ReportState.ASSESSED)), THERE)
    case = named.case
    (told,) = [body for body in named.told(TEAM_A) if isinstance(body, n.ReportNoted)]

    assert (told.reason, told.desk, told.named) == (NoteReason.HOLDS, VT, VT_ELSEWHERE)
    assert steps(case) == [("overdrachten.aanbod", TEAM_A, case.id)]
    giving = play(case, c.Offer(SECOND_OFFER, (VT_ELSEWHERE,), None), a_context(TEAM_A)).case
    assert not owed_on(giving)


def test_the_step_goes_over_to_who_takes_over() -> None:
    case = held_by_a_team(owing_case())
    assert steps(case) == [("overdrachten.aanbod", TEAM_A, case.id)]


def test_where_the_reporter_holds_still_the_triage_owes_it() -> None:
    """A later report is recorded, the one that opened the case is not: nobody can offer yet."""
    case = reported(an_assumed_case()).case
    _, second = case.reports
    case = play(case, c.Record(second), a_context(VT)).case
    case = reported(case, THERE).case

    assert (case.holder, case.named_desk) == (POLICE, VT_ELSEWHERE)
    assert steps(case) == [("overdrachten.aanbod", VT, case.id)]


# --- what is not recorded when a yes takes the region -------------------------------------------------------------


@pytest.mark.parametrize("giver", [VT, TEAM_A])
def test_the_new_triage_is_told_of_each_report_that_it_is_still_to_record_or_to_assess(giver: Oin) -> None:
    case = an_assumed_case(ReportState.ASSESSED)
    case = held_by_a_team(case) if giver == TEAM_A else case
    case = reported(case, BACK_HERE, sender=RVDK).case
    _, second = case.reports
    case = play(case, c.Offer(SECOND_OFFER, (VT_ELSEWHERE,), None), a_context(giver)).case
    yes = c.Accept(SECOND_OFFER, case.handovers[SECOND_OFFER].candidates[VT_ELSEWHERE].offer_hash or "")
    played = play(case, yes, a_context(VT_ELSEWHERE))
    told = [body for body in played.told(VT_ELSEWHERE) if isinstance(body, n.ReportNoted)]

    assert [(one.report, one.reason, one.reporter, one.desk) for one in told] == [
        (second, NoteReason.REGION_TAKEN, RVDK, VT)
    ]
    assert any(notice.to == VT for notice in played.notices), "the former desk hears the yes"


# --- the report that named the region is taken out ----------------------------------------------------------------


def detached(case: Case, report: ReportId) -> tuple[Case, Case]:
    """The case that it leaves, and its own."""
    decision = play(case, c.Detach(report), a_context(case.triage)).decision
    assert decision.opens is not None
    left, own = fold(case, decision.events), fold(None, decision.opens.events)
    assert left is not None
    assert own is not None
    return left, own


def test_the_region_of_a_report_that_is_taken_out_is_owed_on_its_own_case_and_no_longer_on_the_other() -> None:
    case = owing_case()
    naming = list(case.reports)[-1]
    left, own = detached(case, naming)

    assert (left.named_desk, left.assumed, owed_on(left)) == (None, True, False)
    assert (own.named_desk, own.assumed, owed_on(own)) == (VT_ELSEWHERE, False, True)
    assert steps(own) == [("overdrachten.aanbod", VT, own.id)]


def test_a_region_that_only_a_report_since_taken_out_had_named_is_assumed_again() -> None:
    before = reported(an_assumed_case(), THERE).case
    _, naming = before.reports
    left, own = detached(before, naming)
    assert (left.triage, left.assumed) == (VT_ELSEWHERE, True)
    assert (own.triage, own.assumed, owed_on(own)) == (VT_ELSEWHERE, False, False)
    assert reported(left, BACK_HERE).case.triage == VT, "and the next that names one decides"


def test_a_report_that_named_another_region_than_that_of_the_case_it_was_joined_to_is_owed_there() -> None:
    case = reported(a_case(), THERE, sender=RVDK).case
    _, own = detached(case, list(case.reports)[-1])
    assert (own.named_desk, owed_on(own)) == (VT_ELSEWHERE, True)
    nowhere = reported(a_case(), sender=RVDK).case
    _, own = detached(nowhere, list(nowhere.reports)[-1])
    assert (own.named_desk, owed_on(own)) == (None, False)
