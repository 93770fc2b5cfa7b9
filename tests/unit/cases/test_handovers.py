"""Offers of sight on safety: made, accepted, refused, withdrawn, crossing."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Lane, Outcome, RefusalReason, WithdrawalReason
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.evolve import evolve
from hub.cases.states import CandidacyState, ReportState
from hub.errors import Code, Rejection
from hub.ids import HandoverId, MessageId, Oin
from tests.unit.cases.builders import (
    CASE,
    JOINED,
    LATEST,
    MONDAY,
    OFFER,
    OLDER,
    POLICE,
    REPORT,
    RETIRED,
    RVDK,
    STRANGER,
    TEAM_A,
    TEAM_B,
    VT,
    Played,
    a_case,
    a_context,
    a_report,
    an_offer,
    play,
)

SECOND = HandoverId(JOINED)
OPEN = CandidacyState.OFFERED
YES = c.Accept(OFFER, LATEST)
NO = c.Refuse(OFFER, RefusalReason.CAPACITY, None)
BACK = c.Withdraw(OFFER, WithdrawalReason.BY_GIVER)


def offered(*candidates: Oin, by: Oin = VT, case: Case | None = None, lane: Lane = Lane.ROUTINE) -> Played:
    return play(case or a_case(), c.Offer(OFFER, candidates, None), a_context(by, lane=lane))


def to_both() -> Case:
    return a_case(offers=(an_offer((TEAM_A, OPEN), (TEAM_B, OPEN)),))


def code_of(case: Case, command: c.CaseCommand, sender: Oin) -> Code:
    with pytest.raises(Rejection) as refusal:
        play(case, command, a_context(sender))
    return refusal.value.reason


# Made


def test_an_offer_moves_nothing_and_goes_to_each_candidate_under_the_case() -> None:
    played = offered(TEAM_A, TEAM_B)
    assert played.case.holder == VT
    assert [(notice.to, type(notice.body), notice.correlation) for notice in played.notices] == [
        (TEAM_A, n.OfferMade, CASE),
        (TEAM_B, n.OfferMade, CASE),
    ]
    assert all(notice.holder is None for notice in played.notices)


def test_an_offer_is_to_be_answered_within_the_term_unless_the_giver_names_a_moment() -> None:
    by = MONDAY + timedelta(days=1)
    named = play(a_case(), c.Offer(OFFER, (TEAM_A,), by), a_context(VT))
    assert offered(TEAM_A).case.handovers[OFFER].answer_by == datetime(2026, 3, 5, 22, 59, 59, tzinfo=UTC)
    assert named.case.handovers[OFFER].answer_by == by


def test_an_acute_offer_carries_its_full_part_at_once_and_is_to_be_answered_within_the_hour() -> None:
    played = offered(TEAM_A, lane=Lane.ACUTE)
    assert played.told(TEAM_A) == [n.OfferMade(OFFER, MONDAY + timedelta(hours=1)), n.Dossier(OFFER)]


def test_the_hash_of_each_candidates_own_offer_is_kept() -> None:
    hashes = {one.offer_hash for one in offered(TEAM_A, TEAM_B).case.handovers[OFFER].candidates.values()}
    assert len(hashes) == 2
    assert None not in hashes


@pytest.mark.parametrize("sender", [POLICE, TEAM_A, STRANGER])
def test_only_the_holder_offers(sender: Oin) -> None:
    assert code_of(to_both(), c.Offer(SECOND, (RVDK,), None), sender) is Code.STEP_NOT_ALLOWED


def test_a_reporter_whose_report_is_not_recorded_has_already_offered() -> None:
    case = a_case(holder=POLICE, reports=(a_report(ReportState.OFFERED),))
    assert code_of(case, c.Offer(OFFER, (TEAM_A,), None), POLICE) is Code.STEP_NOT_ALLOWED


def test_who_accepted_may_offer_on_and_back() -> None:
    case = play(to_both(), YES, a_context(TEAM_A)).case
    assert play(case, c.Offer(SECOND, (VT, TEAM_B), None), a_context(TEAM_A)).case.holder == TEAM_A


@pytest.mark.parametrize(
    ("candidates", "field"),
    [
        pytest.param((TEAM_A, VT), "/data/kandidaten/1", id="the giver"),
        pytest.param((RETIRED,), "/data/kandidaten/0", id="no partner"),
        pytest.param((TEAM_A, TEAM_B, TEAM_A), "/data/kandidaten/2", id="named twice"),
    ],
)
def test_a_candidate_that_cannot_be_one_is_pointed_at(candidates: tuple[Oin, ...], field: str) -> None:
    with pytest.raises(Rejection) as refusal:
        offered(*candidates)
    assert (refusal.value.reason, refusal.value.fields) == (Code.SCHEMA_INVALID, (field,))


def test_a_number_of_an_offer_is_used_once() -> None:
    assert code_of(to_both(), c.Offer(OFFER, (RVDK,), None), VT) is Code.STEP_NOT_ALLOWED


# Accepted


def test_the_receiver_holds_from_its_yes_which_is_kept() -> None:
    message = MessageId(JOINED)
    played = play(to_both(), YES, a_context(TEAM_A, message=message))
    assert played.case.holder == TEAM_A
    assert played.decision.events[:2] == (
        e.HandoverAccepted(MONDAY, OFFER, TEAM_A, message),
        e.HolderMoved(MONDAY, VT, TEAM_A, OFFER),
    )


def test_the_receiver_gets_the_full_part_the_giver_hears_it_and_the_loser_is_told_once() -> None:
    played = play(to_both(), YES, a_context(TEAM_A))
    assert [(notice.to, notice.body) for notice in played.notices] == [
        (TEAM_A, n.Dossier(OFFER)),
        (VT, n.PassOn()),
        (TEAM_B, n.OfferWithdrawn(OFFER, WithdrawalReason.ACCEPTED_ELSEWHERE)),
    ]
    assert played.case.handovers[OFFER].candidates[TEAM_B].state is CandidacyState.WITHDRAWN


def test_giver_and_triage_both_hear_of_an_answer_between_others() -> None:
    case = a_case(holder=TEAM_A, offers=(an_offer((TEAM_A, CandidacyState.ACCEPTED), number=SECOND),))
    case = play(case, c.Offer(OFFER, (TEAM_B,), None), a_context(TEAM_A)).case
    hash_ = case.handovers[OFFER].candidates[TEAM_B].offer_hash or ""
    for command in (c.Accept(OFFER, hash_), NO):
        told = [notice.to for notice in play(case, command, a_context(TEAM_B)).notices if notice.body == n.PassOn()]
        assert told == [TEAM_A, VT]


def test_the_first_yes_ends_every_other_offer_on_the_case() -> None:
    other = an_offer((RVDK, OPEN), (TEAM_A, OPEN), number=SECOND)
    case = a_case(offers=(an_offer((TEAM_A, OPEN), (TEAM_B, CandidacyState.REFUSED)), other))
    played = play(case, YES, a_context(TEAM_A))
    withdrawn = [(one.to, one.body.handover) for one in played.notices if isinstance(one.body, n.OfferWithdrawn)]
    assert sorted(withdrawn) == sorted([(RVDK, SECOND), (TEAM_A, SECOND)])
    assert not any(handover.open_candidates() for handover in played.case.handovers.values())


def test_the_full_part_of_an_acute_offer_does_not_come_twice() -> None:
    case = a_case(offers=(an_offer(acute=True),))
    assert play(case, YES, a_context(TEAM_A)).told(TEAM_A) == []


def test_an_offer_back_has_no_full_part() -> None:
    case = play(a_case(), c.Assess(REPORT, Outcome.TURNED_INTO_ADVICE, OFFER), a_context(VT)).case
    hash_ = case.handovers[OFFER].candidates[POLICE].offer_hash or ""
    played = play(case, c.Accept(OFFER, hash_), a_context(POLICE))
    assert played.case.holder == POLICE
    assert [(notice.to, notice.body) for notice in played.notices] == [(VT, n.PassOn())]


@pytest.mark.parametrize("hash_", [OLDER, "", LATEST.upper()])
def test_a_yes_to_anything_but_the_latest_offer_is_refused(hash_: str) -> None:
    assert code_of(to_both(), c.Accept(OFFER, hash_), TEAM_A) is Code.OFFER_CHANGED


def test_a_yes_to_the_offer_before_the_latest_is_refused_and_to_the_latest_accepted() -> None:
    first = offered(TEAM_A).case
    renewed = play(first, c.AskStand(), a_context(TEAM_A)).case
    old = renewed.handovers[OFFER].candidates[TEAM_A].offer_hash or ""
    latest = evolve(renewed, e.NoticeIssued(MONDAY, TEAM_A, 3, MessageId(JOINED), LATEST, OFFER))
    assert code_of(latest, c.Accept(OFFER, old), TEAM_A) is Code.OFFER_CHANGED
    assert play(latest, YES, a_context(TEAM_A)).case.holder == TEAM_A


@pytest.mark.parametrize("command", [YES, NO])
@pytest.mark.parametrize("sender", [VT, POLICE, RVDK])
def test_who_was_not_asked_does_not_know_the_offer(sender: Oin, command: c.CaseCommand) -> None:
    assert code_of(to_both(), command, sender) is Code.HANDOVER_UNKNOWN


def test_a_passed_term_ends_nothing() -> None:
    late = a_context(TEAM_A, now=MONDAY + timedelta(days=365))
    assert play(offered(TEAM_A).case, NO, late).case.holder == VT
    assert play(to_both(), YES, late).case.holder == TEAM_A


# Refused and withdrawn


def test_a_refusal_moves_nothing_and_leaves_the_others_asked() -> None:
    played = play(to_both(), NO, a_context(TEAM_A))
    assert (played.case.holder, played.case.handovers[OFFER].open_candidates()) == (VT, (TEAM_B,))
    assert [(notice.to, notice.body) for notice in played.notices] == [(VT, n.PassOn())]


def test_the_last_refusal_ends_the_term_of_the_answer() -> None:
    case = offered(TEAM_A, TEAM_B).case
    case = play(case, NO, a_context(TEAM_A)).case
    assert [term.met for term in case.terms] == [False]
    assert [term.met for term in play(case, NO, a_context(TEAM_B)).case.terms] == [True]


def test_a_withdrawal_is_told_to_who_had_not_answered() -> None:
    case = a_case(offers=(an_offer((TEAM_A, OPEN), (TEAM_B, CandidacyState.REFUSED)),))
    played = play(case, BACK, a_context(VT))
    assert [(notice.to, notice.body) for notice in played.notices] == [(TEAM_A, n.PassOn())]
    assert played.case.handovers[OFFER].candidates[TEAM_B].state is CandidacyState.REFUSED


@pytest.mark.parametrize("sender", [POLICE, TEAM_A, RVDK])
def test_only_the_giver_withdraws(sender: Oin) -> None:
    assert code_of(to_both(), BACK, sender) is Code.HANDOVER_UNKNOWN


def test_a_yes_that_is_first_wins_from_a_withdrawal() -> None:
    case = play(to_both(), YES, a_context(TEAM_A)).case
    assert code_of(case, BACK, VT) is Code.STEP_NOT_ALLOWED
    assert case.holder == TEAM_A


def test_a_withdrawal_that_is_first_wins_from_a_yes() -> None:
    case = play(to_both(), BACK, a_context(VT)).case
    assert code_of(case, YES, TEAM_A) is Code.STEP_NOT_ALLOWED
    assert case.holder == VT


def test_of_two_yeses_the_first_wins() -> None:
    case = play(to_both(), YES, a_context(TEAM_A)).case
    assert code_of(case, YES, TEAM_B) is Code.STEP_NOT_ALLOWED
    assert case.holder == TEAM_A
