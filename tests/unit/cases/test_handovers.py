"""Offers of sight on safety: made, supplemented, accepted, refused, withdrawn, crossing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Lane, MoreReason, Outcome, ReceivingParty, RefusalReason, WithdrawalReason
from hub.canonical.holding import Holding
from hub.canonical.partners import Role
from hub.canonical.terms import MORE_ASKED, OFFER_ANSWER
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.context import Context
from hub.cases.evolve import evolve
from hub.cases.sight import sight_of
from hub.cases.stand import open_steps
from hub.cases.states import CandidacyState, ReportState
from hub.errors import Code
from hub.ids import HandoverId, MessageId, Oin
from tests.unit.cases.builders import (
    CASE,
    ELSEWHERE,
    HOLDING,
    JOINED,
    LATEST,
    MONDAY,
    OFFER,
    OLDER,
    POLICE,
    REPORT,
    RETIRED,
    RVDK,
    SECOND_OFFER,
    STRANGER,
    TEAM_A,
    TEAM_B,
    VT,
    VT_ELSEWHERE,
    Played,
    a_case,
    a_context,
    a_report,
    an_offer,
    play,
    refusal,
)

SECOND, THIRD = SECOND_OFFER, HandoverId(UUID(int=0x3FFE4))
OPEN = CandidacyState.OFFERED
ASKED = CandidacyState.MORE_ASKED
ASK = c.AskMore(OFFER)
GIVE, GIVE_FULL = c.GiveMore(OFFER, full=False), c.GiveMore(OFFER, full=True)
YES = c.Accept(OFFER, LATEST)
NO = c.Refuse(OFFER, RefusalReason.CAPACITY, None)
BACK = c.Withdraw(OFFER, WithdrawalReason.BY_GIVER)


def offered(*candidates: Oin, by: Oin = VT, case: Case | None = None, lane: Lane = Lane.ROUTINE) -> Played:
    return play(case or a_case(), c.Offer(OFFER, candidates, None), a_context(by, lane=lane))


def to_both() -> Case:
    return a_case(offers=(an_offer((TEAM_A, OPEN), (TEAM_B, OPEN)),))


def code_of(case: Case, command: c.CaseCommand, sender: Oin) -> Code:
    return refusal(case, command, a_context(sender))[0]


def hash_at(case: Case, oin: Oin, offer: HandoverId = OFFER) -> str:
    """What a yes of this candidate has to name now."""
    return case.handovers[offer].candidates[oin].offer_hash or ""


def running(case: Case) -> list[tuple[str, object]]:
    return [(term.name, term.about) for term in case.running()]


def taken_over(*, has_full: bool = True) -> Played:
    """VT offered to team A, which said yes; whether the hub still held the full part then."""
    case = offered(TEAM_A).case
    return play(case, c.Accept(OFFER, hash_at(case, TEAM_A)), a_context(TEAM_A, has_full=has_full))


def handed(case: Case, giver: Oin, to: Oin, offer: HandoverId) -> Case:
    """`case` after an offer of `giver` to one candidate and its yes."""
    case = play(case, c.Offer(offer, (to,), None), a_context(giver)).case
    return play(case, c.Accept(offer, hash_at(case, to, offer)), a_context(to)).case


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


def elsewhere(oin: Oin, holding: Holding = HOLDING) -> Context:
    """An acute offer of the triage, where this one works in another region."""
    ctx = a_context(VT, lane=Lane.ACUTE)
    return replace(ctx, works_here=lambda one, _role: one != oin, holding=holding)


def test_outside_the_region_an_acute_offer_goes_without_its_full_part_until_the_yes() -> None:
    played = play(a_case(), c.Offer(OFFER, (TEAM_A, TEAM_B), None), elsewhere(TEAM_B))
    assert [type(body) for body in played.told(TEAM_A)] == [n.OfferMade, n.Dossier]
    assert [type(body) for body in played.told(TEAM_B)] == [n.OfferMade]
    yes = play(played.case, c.Accept(OFFER, hash_at(played.case, TEAM_B)), a_context(TEAM_B))
    assert yes.told(TEAM_B) == [n.Dossier(OFFER)]


def test_the_giver_may_let_it_go_outside_the_region_and_to_nobody_whom_the_configuration_does_not_trust() -> None:
    offer = c.Offer(OFFER, (TEAM_A, TEAM_B), None, full_elsewhere=True)
    trusting, wary = HOLDING, replace(HOLDING, at_once=frozenset())
    for holding, got in ((trusting, [n.OfferMade, n.Dossier]), (wary, [n.OfferMade])):
        played = play(a_case(), offer, elsewhere(TEAM_B, holding))
        assert [type(body) for body in played.told(TEAM_B)] == got


@pytest.mark.parametrize("said_no", [False, True])
def test_a_full_part_that_is_added_goes_at_once_to_those_who_had_it_and_waits_for_the_yes_of_others(
    said_no: bool,
) -> None:
    case = play(a_case(), c.Offer(OFFER, (TEAM_A, TEAM_B), None), elsewhere(TEAM_B)).case
    case = play(case, NO, a_context(TEAM_A)).case if said_no else case
    given = play(case, GIVE_FULL, a_context(VT, lane=Lane.ACUTE))
    assert [to for to in (TEAM_A, TEAM_B) if n.Dossier(OFFER) in given.told(to)] == ([] if said_no else [TEAM_A])


def test_where_the_full_part_has_lapsed_the_giver_is_asked_for_it_by_the_yes_of_one_who_waited() -> None:
    case = play(a_case(), c.Offer(OFFER, (TEAM_A, TEAM_B), None), elsewhere(TEAM_B)).case
    yes = play(case, c.Accept(OFFER, hash_at(case, TEAM_B)), a_context(TEAM_B, has_full=False))
    assert n.MoreWanted(OFFER, MoreReason.FULL_PART_LAPSED) in yes.told(VT)
    assert yes.case.handovers[OFFER].full_wanted


def test_a_candidate_that_has_no_role_of_the_kind_is_refused_and_named() -> None:
    ctx = replace(a_context(VT), role_of=lambda oin, roles: Role.REPORTER if oin == TEAM_B else roles[0])
    assert refusal(a_case(), c.Offer(OFFER, (TEAM_A, TEAM_B), None), ctx) == (
        Code.CANDIDATE_UNFIT,
        ("/data/kandidaten/1",),
    )


def test_a_kind_that_is_nobodys_is_refused_whoever_is_asked() -> None:
    ctx = replace(a_context(VT), holding=replace(HOLDING, by_offer={ReceivingParty.OTHER: ()}))
    offer = c.Offer(OFFER, (TEAM_A,), None, ReceivingParty.OTHER)
    assert refusal(a_case(), offer, ctx) == (Code.CANDIDATE_UNFIT, ("/data/soort",))


def test_while_the_hub_recovers_a_connection_that_it_may_have_lost_is_waited_for() -> None:
    ctx = replace(a_context(VT), role_of=lambda _oin, _roles: None, resent=MONDAY)
    assert refusal(a_case(), c.Offer(OFFER, (TEAM_A,), None), ctx)[0] is Code.STEP_NOT_ALLOWED


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
    assert refusal(a_case(), c.Offer(OFFER, candidates, None), a_context(VT)) == (Code.SCHEMA_INVALID, (field,))


@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=1)])
def test_a_moment_that_has_passed_is_none_to_answer_by(late: timedelta) -> None:
    command = c.Offer(OFFER, (TEAM_A,), MONDAY - late)
    assert refusal(a_case(), command, a_context(VT)) == (Code.SCHEMA_INVALID, ("/data/antwoordVoor",))


def test_a_number_of_an_offer_is_used_once() -> None:
    assert code_of(to_both(), c.Offer(OFFER, (RVDK,), None), VT) is Code.STEP_NOT_ALLOWED


# Asked and given more


def test_a_question_goes_to_the_giver_which_is_chased_while_the_term_of_the_answer_runs_on() -> None:
    case = offered(TEAM_A, TEAM_B).case
    played = play(case, ASK, a_context(TEAM_A))
    assert [(notice.to, notice.body) for notice in played.notices] == [(VT, n.MoreAsked(OFFER))]
    assert running(played.case) == [(OFFER_ANSWER, OFFER), (MORE_ASKED, OFFER)]
    assert [one.state for one in played.case.handovers[OFFER].candidates.values()] == [ASKED, OPEN]


def test_two_that_ask_start_one_term() -> None:
    case = play(offered(TEAM_A, TEAM_B).case, ASK, a_context(TEAM_A)).case
    for asker in (TEAM_B, TEAM_A):
        case = play(case, ASK, a_context(asker)).case
    assert running(case) == [(OFFER_ANSWER, OFFER), (MORE_ASKED, OFFER)]


def test_what_is_added_goes_to_every_candidate_that_may_still_say_yes() -> None:
    case = play(offered(TEAM_A, TEAM_B, RVDK).case, ASK, a_context(TEAM_A)).case
    case = play(case, NO, a_context(RVDK)).case
    played = play(case, GIVE, a_context(VT))
    until = case.handovers[OFFER].answer_by
    assert [(notice.to, notice.body) for notice in played.notices] == [
        (TEAM_A, n.OfferSupplemented(OFFER, until)),
        (TEAM_B, n.OfferSupplemented(OFFER, until)),
    ]
    assert played.case.handovers[OFFER].in_state(OPEN) == (TEAM_A, TEAM_B)
    assert running(played.case) == [(OFFER_ANSWER, OFFER)]


def test_a_giver_may_add_unasked() -> None:
    assert [type(body) for body in play(offered(TEAM_A).case, GIVE, a_context(VT)).told(TEAM_A)] == [
        n.OfferSupplemented
    ]


def test_after_an_addition_only_a_yes_to_what_was_added_counts() -> None:
    case = offered(TEAM_A).case
    old = hash_at(case, TEAM_A)
    case = play(case, GIVE, a_context(VT)).case
    assert hash_at(case, TEAM_A) != old
    assert code_of(case, c.Accept(OFFER, old), TEAM_A) is Code.OFFER_CHANGED
    assert play(case, c.Accept(OFFER, hash_at(case, TEAM_A)), a_context(TEAM_A)).case.holder == TEAM_A


def test_more_can_be_asked_again() -> None:
    case = offered(TEAM_A).case
    for command, sender in ((ASK, TEAM_A), (GIVE, VT), (ASK, TEAM_A)):
        case = play(case, command, a_context(sender)).case
    assert running(case) == [(OFFER_ANSWER, OFFER), (MORE_ASKED, OFFER)]


def test_a_question_is_moot_once_its_asker_has_said_no() -> None:
    case = play(offered(TEAM_A, TEAM_B).case, ASK, a_context(TEAM_A)).case
    assert running(play(case, NO, a_context(TEAM_A)).case) == [(OFFER_ANSWER, OFFER)]


def test_a_question_of_another_candidate_stands() -> None:
    case = offered(TEAM_A, TEAM_B).case
    for asker in (TEAM_A, TEAM_B):
        case = play(case, ASK, a_context(asker)).case
    assert running(play(case, NO, a_context(TEAM_A)).case) == [(OFFER_ANSWER, OFFER), (MORE_ASKED, OFFER)]


@pytest.mark.parametrize("command", [NO, "yes", BACK])
def test_an_end_of_the_offer_ends_what_was_asked_about_it(command: c.CaseCommand | str) -> None:
    case = play(offered(TEAM_A).case, ASK, a_context(TEAM_A)).case
    answer = c.Accept(OFFER, hash_at(case, TEAM_A)) if isinstance(command, str) else command
    left = running(play(case, answer, a_context(VT if command == BACK else TEAM_A)).case)
    assert not {OFFER_ANSWER, MORE_ASKED} & {name for name, _ in left}


@pytest.mark.parametrize("lane", Lane)
def test_a_new_full_part_goes_at_once_only_where_the_offer_is_acute(lane: Lane) -> None:
    played = play(offered(TEAM_A, lane=lane).case, GIVE_FULL, a_context(VT))
    assert (n.Dossier(OFFER) in played.told(TEAM_A)) is (lane is Lane.ACUTE)


def test_nothing_can_be_added_when_nobody_can_say_yes_any_more() -> None:
    assert code_of(taken_over().case, GIVE_FULL, VT) is Code.STEP_NOT_ALLOWED


@pytest.mark.parametrize(("command", "sender"), [(GIVE, TEAM_A), (GIVE, POLICE), (ASK, VT), (ASK, RVDK)])
def test_only_the_giver_adds_and_only_a_candidate_asks(command: c.CaseCommand, sender: Oin) -> None:
    assert code_of(to_both(), command, sender) is Code.HANDOVER_UNKNOWN


def test_a_reporter_that_is_offered_back_may_ask_and_the_triage_may_answer() -> None:
    case = play(a_case(), c.Assess(REPORT, Outcome.TURNED_INTO_ADVICE, OFFER), a_context(VT)).case
    case = play(case, ASK, a_context(POLICE)).case
    assert [type(body) for body in play(case, GIVE, a_context(VT)).told(POLICE)] == [n.OfferSupplemented]


def test_there_is_no_full_part_in_an_offer_back() -> None:
    case = play(a_case(), c.Assess(REPORT, Outcome.TURNED_INTO_ADVICE, OFFER), a_context(VT)).case
    assert refusal(case, GIVE_FULL, a_context(VT)) == (Code.SCHEMA_INVALID, ("/data/volledig",))


def test_an_offer_back_can_be_withdrawn() -> None:
    case = play(a_case(), c.Assess(REPORT, Outcome.TURNED_INTO_ADVICE, OFFER), a_context(VT)).case
    played = play(case, BACK, a_context(VT))
    assert ([notice.to for notice in played.notices], running(played.case)) == ([POLICE], [])


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
    renewed = play(offered(TEAM_A).case, c.AskStand(), a_context(TEAM_A)).case
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


def test_a_candidate_that_asked_for_more_may_say_yes_without_waiting_for_it() -> None:
    case = a_case(offers=(an_offer((TEAM_A, ASKED)),))
    assert play(case, YES, a_context(TEAM_A)).case.holder == TEAM_A


# A full part that has lapsed


def test_a_yes_stands_where_the_full_part_has_lapsed_and_the_giver_is_asked_for_it_again() -> None:
    played = taken_over(has_full=False)
    assert played.case.holder == TEAM_A
    assert played.told(TEAM_A) == []
    assert played.told(VT) == [n.MoreWanted(OFFER, MoreReason.FULL_PART_LAPSED), n.PassOn()]
    assert (MORE_ASKED, OFFER) in running(played.case)


def test_a_full_part_that_was_asked_for_again_goes_to_the_receiver_at_once() -> None:
    played = play(taken_over(has_full=False).case, GIVE_FULL, a_context(VT))
    assert [(notice.to, notice.body) for notice in played.notices] == [(TEAM_A, n.Dossier(OFFER))]
    assert (MORE_ASKED, OFFER) not in running(played.case)
    assert code_of(played.case, GIVE_FULL, VT) is Code.STEP_NOT_ALLOWED


@pytest.mark.parametrize("done", [(c.Start(OFFER),), (c.Complete(OFFER),), (c.Start(OFFER), c.Complete(OFFER))])
def test_it_also_goes_to_a_receiver_that_did_not_wait_for_it(done: tuple[c.CaseCommand, ...]) -> None:
    case = taken_over(has_full=False).case
    for command in done:
        case = play(case, command, a_context(TEAM_A)).case
    assert play(case, GIVE_FULL, a_context(VT)).told(TEAM_A) == [n.Dossier(OFFER)]


def test_words_alone_are_not_the_full_part() -> None:
    assert code_of(taken_over(has_full=False).case, GIVE, VT) is Code.STEP_NOT_ALLOWED


def test_nobody_is_chased_for_the_full_part_of_who_has_handed_on() -> None:
    case = handed(taken_over(has_full=False).case, TEAM_A, TEAM_B, SECOND)
    assert MORE_ASKED not in {name for name, _ in running(case)}
    assert code_of(case, GIVE_FULL, VT) is Code.STEP_NOT_ALLOWED


# Started and completed


@pytest.mark.parametrize("command", [c.Start(OFFER), c.Complete(OFFER)])
def test_giver_and_triage_hear_that_help_has_started_or_is_done_and_the_receiver_holds_on(
    command: c.CaseCommand,
) -> None:
    case = handed(taken_over().case, TEAM_A, TEAM_B, SECOND)
    played = play(case, type(command)(SECOND), a_context(TEAM_B))
    assert [(notice.to, notice.body) for notice in played.notices] == [(TEAM_A, n.PassOn()), (VT, n.PassOn())]
    assert played.case.holder == TEAM_B


def test_started_and_completed_may_come_in_either_order() -> None:
    in_order, crossed = taken_over().case, taken_over().case
    for first, second in ((c.Start(OFFER), c.Complete(OFFER)),):
        in_order = play(play(in_order, first, a_context(TEAM_A)).case, second, a_context(TEAM_A)).case
        crossed = play(play(crossed, second, a_context(TEAM_A)).case, first, a_context(TEAM_A)).case
    states = {case.handovers[OFFER].candidates[TEAM_A].state for case in (in_order, crossed)}
    assert states == {CandidacyState.COMPLETED}


def test_a_start_that_comes_after_the_completion_changes_nothing_and_is_accepted() -> None:
    case = play(taken_over().case, c.Complete(OFFER), a_context(TEAM_A)).case
    played = play(case, c.Start(OFFER), a_context(TEAM_A))
    assert (played.case, played.notices, played.decision.reference) == (case, (), CASE)


@pytest.mark.parametrize("command", [c.Start(OFFER), c.Complete(OFFER)])
def test_who_no_longer_holds_neither_starts_nor_completes(command: c.CaseCommand) -> None:
    case = handed(taken_over().case, TEAM_A, TEAM_B, SECOND)
    assert code_of(case, command, TEAM_A) is Code.STEP_NOT_ALLOWED


@pytest.mark.parametrize("command", [c.Start(OFFER), c.Complete(OFFER)])
def test_who_holds_again_starts_and_completes_what_it_took_over_last(command: c.CaseCommand) -> None:
    case = handed(handed(taken_over().case, TEAM_A, VT, SECOND), VT, TEAM_A, THIRD)
    assert code_of(case, command, TEAM_A) is Code.STEP_NOT_ALLOWED
    assert play(case, type(command)(THIRD), a_context(TEAM_A)).case.holder == TEAM_A


def test_given_back_is_a_new_offer_the_other_way() -> None:
    case = taken_over().case
    played = play(case, c.Offer(SECOND, (VT,), None), a_context(TEAM_A))
    assert played.case.holder == TEAM_A
    back = play(played.case, c.Accept(SECOND, hash_at(played.case, VT, SECOND)), a_context(VT))
    assert (back.case.holder, back.told(TEAM_A)) == (VT, [n.PassOn()])


# To another region


def test_a_yes_of_another_regions_triage_takes_the_case_there_with_its_terms() -> None:
    case = play(a_case(), c.Assess(REPORT, Outcome.RESEARCH, None), a_context(VT)).case
    joined = a_report(ReportState.RECORDED, number=JOINED, reporter=RVDK, opened=False)
    case = replace(case, reports={**case.reports, JOINED: joined})
    case = play(case, c.Delivered(JOINED), a_context(VT)).case
    terms = running(case)
    case = handed(case, VT, VT_ELSEWHERE, OFFER)
    assert (case.holder, case.triage, case.region, case.desks) == (VT_ELSEWHERE, VT_ELSEWHERE, ELSEWHERE, (VT,))
    assert running(case) == terms
    assert {step.by for step in open_steps(case)} == {VT_ELSEWHERE}


def test_the_triage_that_had_it_still_knows_the_case_and_steps_on_it_no_more() -> None:
    case = handed(a_case(), VT, VT_ELSEWHERE, OFFER)
    assert (case.known_as(VT), sight_of(case, VT).knows_holder) == (CASE, True)
    assert code_of(case, c.Assess(REPORT, Outcome.NO_FOLLOW_UP, None), VT) is Code.STEP_NOT_ALLOWED
    assert play(case, c.Assess(REPORT, Outcome.NO_FOLLOW_UP, None), a_context(VT_ELSEWHERE)).case.holder == VT_ELSEWHERE


def test_a_yes_of_a_triage_elsewhere_moves_the_region_whoever_gave_the_case_and_the_former_desk_is_told() -> None:
    given = play(taken_over().case, c.Offer(SECOND, (VT_ELSEWHERE,), None), a_context(TEAM_A)).case
    played = play(given, c.Accept(SECOND, hash_at(given, VT_ELSEWHERE, SECOND)), a_context(VT_ELSEWHERE))
    case = played.case
    assert (case.holder, case.triage, case.region, case.desks) == (VT_ELSEWHERE, VT_ELSEWHERE, ELSEWHERE, (VT,))
    assert played.told(VT) == played.told(TEAM_A) == [n.PassOn()]
    assert not [term for term in case.running() if term.name.startswith("monitoring")], "a triage holds again"


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


@pytest.mark.parametrize("state", [OPEN, ASKED])
@pytest.mark.parametrize("yes_first", [True, False])
def test_of_a_yes_and_a_withdrawal_that_cross_the_first_wins(yes_first: bool, state: CandidacyState) -> None:
    crossing = [(TEAM_A, YES), (VT, BACK)]
    (winner, first), (loser, second) = crossing if yes_first else crossing[::-1]
    case = play(a_case(offers=(an_offer((TEAM_A, state)),)), first, a_context(winner)).case
    assert code_of(case, second, loser) is Code.STEP_NOT_ALLOWED
    assert case.holder == (TEAM_A if yes_first else VT)


@pytest.mark.parametrize("yes_first", [True, False])
def test_of_a_yes_and_an_addition_that_cross_the_first_wins(yes_first: bool) -> None:
    case = offered(TEAM_A).case
    yes = c.Accept(OFFER, hash_at(case, TEAM_A))
    if yes_first:
        case = play(case, yes, a_context(TEAM_A)).case
        assert code_of(case, GIVE, VT) is Code.STEP_NOT_ALLOWED
    else:
        case = play(case, GIVE, a_context(VT)).case
        assert code_of(case, yes, TEAM_A) is Code.OFFER_CHANGED


def test_of_two_yeses_the_first_wins() -> None:
    case = play(to_both(), YES, a_context(TEAM_A)).case
    assert code_of(case, YES, TEAM_B) is Code.STEP_NOT_ALLOWED
    assert case.holder == TEAM_A
