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
from hub.cases.stand import open_steps
from hub.cases.states import CandidacyState, ReportState
from hub.cases.succession import successions
from hub.ids import Oin, RegionId
from tests.unit.cases.builders import (
    CONTACTS,
    ELSEWHERE,
    HERE,
    MONDAY,
    OFFER,
    POLICE,
    RVDK,
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
) -> Played:
    """A report that names this region, or none; without one an acute report goes to the sender's first: here."""
    region, triage = names or BACK_HERE
    ctx = replace(a_context(sender, lane=lane), region=region, triage=triage, named=names is not None, assumed=assumed)
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


def test_it_is_owed_no_more_when_another_desk_has_said_yes_or_the_two_have_merged() -> None:
    third = Oin("00000099000000000077")
    case = offered(owing_case(), third)
    yes = c.Accept(OFFER, case.handovers[OFFER].candidates[third].offer_hash or "")
    there = replace(a_context(third), region_of=lambda _oin: RegionId("zeeland"))
    assert not owed_on(play(case, yes, there).case)

    merged = successions(owing_case(), {VT_ELSEWHERE: VT}.get, MONDAY)
    assert any(isinstance(event, e.TermEnded) and event.name == REGION_HANDOVER for event in merged)
