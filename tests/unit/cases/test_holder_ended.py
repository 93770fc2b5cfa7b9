"""Who holds has ended, with nobody in its place: it holds on, and the triage is chased until its signed yes."""

from dataclasses import replace

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical import terms as t
from hub.canonical.codes import RefusalReason
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.context import Context
from hub.cases.evolve import fold
from hub.cases.stand import open_steps, stand_for
from hub.cases.states import CandidacyState, ReportState, SeatState
from hub.cases.succession import leaves, successions
from hub.errors import Code
from hub.ids import HandoverId, Oin
from tests.unit.cases.builders import (
    HUB,
    OFFER,
    OM,
    POLICE,
    SECOND_OFFER,
    TEAM_A,
    TEAM_B,
    VT,
    Played,
    a_case,
    a_context,
    a_report,
    a_table,
    an_offer,
    play,
    refusal,
)

YES, OPEN = CandidacyState.ACCEPTED, CandidacyState.OFFERED


def without(*ended: Oin, sender: Oin = HUB) -> Context:
    return replace(a_context(sender), connected=lambda oin: oin not in ended)


def held(**changes: object) -> Case:
    return replace(a_case(holder=TEAM_A, offers=(an_offer((TEAM_A, YES)),)), **changes)  # type: ignore[arg-type]


def owed(case: Case, holder: Oin = TEAM_A) -> tuple[Played, HandoverId]:
    played = play(case, c.HolderEnded(), without(holder))
    (offered,) = [event for event in played.events if isinstance(event, e.HandoverOffered)]
    return played, offered.handover


def test_it_holds_on_and_the_triage_is_asked_to_take_over() -> None:
    played, number = owed(held())
    (notice,) = played.notices
    assert (played.case.holder, notice.to) == (TEAM_A, VT)
    assert isinstance(notice.body, n.OfferBack)
    assert (notice.body.giver, notice.body.ended) == (TEAM_A, True)
    stand = stand_for(played.case, VT, played.case.opened_at)
    assert stand.holder == TEAM_A
    assert ("overdrachten.aanvaard", VT, number) in [(one.type, one.by, one.about) for one in stand.steps]


def test_only_its_signed_yes_moves_it_and_nobody_is_told_that_has_ended() -> None:
    played, number = owed(held())
    hash_ = played.case.handovers[number].candidates[VT].offer_hash or ""
    for command in (c.Refuse(number, RefusalReason.CAPACITY, None), c.AskMore(number)):
        assert refusal(played.case, command, without(TEAM_A, sender=VT))[0] is Code.STEP_NOT_ALLOWED
    after = play(played.case, c.Accept(number, hash_), without(TEAM_A, sender=VT))
    moves = [(event.giver, event.receiver) for event in after.events if isinstance(event, e.HolderMoved)]
    assert (after.case.holder, moves) == (VT, [(TEAM_A, VT)])
    assert [notice.to for notice in after.notices] == []
    assert [one.type for one in open_steps(after.case) if one.by == TEAM_A] == []


def test_the_triage_is_alarmed_again_and_again_until_then() -> None:
    case, number = (lambda one: (one[0].case, one[1]))(owed(held()))
    for round_ in (1, 2):
        at = next(term for term in case.running() if term.about == number).fires_at()
        if round_ == 1:
            at = case.handovers[number].answer_by
        ctx = replace(without(TEAM_A), now=at, clock=at)
        played = play(case, c.TermReached(t.OFFER_ANSWER, number), ctx)
        alarms = [(one.to, one.body.round) for one in played.notices if isinstance(one.body, n.Escalation)]
        assert alarms == [(VT, round_)]
        case = played.case


@pytest.mark.parametrize("twice", [1, 2])
def test_it_is_asked_for_once(twice: int) -> None:
    case = held()
    for _ in range(twice):
        case = play(case, c.HolderEnded(), without(TEAM_A)).case
    assert [one.ended for one in case.handovers.values()] == [False, True]


def test_nothing_is_asked_while_somebody_is_there() -> None:
    for case in (held(), a_case(), a_case(holder=POLICE, reports=(a_report(ReportState.OFFERED),))):
        assert play(case, c.HolderEnded(), without()).events == ()
    assert play(a_case(), c.HolderEnded(), without(VT)).events == (), "a desk ends with another in its place"


def test_of_a_reporter_the_recording_is_the_yes_and_its_term_runs() -> None:
    case = a_case(holder=POLICE, reports=(a_report(ReportState.OFFERED),))
    played = play(case, c.HolderEnded(), without(POLICE))
    assert [event.name for event in played.events if isinstance(event, e.TermStarted)] == [t.SAFETY_ASSESSMENT]
    assert play(played.case, c.HolderEnded(), without(POLICE)).events == ()


def test_what_it_had_offered_may_still_be_taken() -> None:
    taken = an_offer((TEAM_A, YES), number=SECOND_OFFER)
    offer = an_offer((TEAM_B, OPEN), giver=TEAM_A)
    case, number = (lambda one: (one[0].case, one[1]))(owed(a_case(holder=TEAM_A, offers=(taken, offer))))
    after = play(case, c.Accept(OFFER, offer.candidates[TEAM_B].offer_hash or ""), without(TEAM_A, sender=TEAM_B))
    assert after.case.holder == TEAM_B
    assert after.case.handovers[number].open_candidates() == ()


def test_where_somebody_stands_in_its_place_after_all_the_triage_need_not() -> None:
    case = owed(held())[0].case
    events = successions(case, {TEAM_A: TEAM_B}.get, case.opened_at)
    after = fold(case, events)
    assert after is not None
    assert (after.holder, [one.type for one in open_steps(after) if one.type.startswith("overdrachten")]) == (
        TEAM_B,
        [],
    )
    assert [event.name for event in events if isinstance(event, e.TermEnded)] == [t.OFFER_ANSWER]


def test_where_it_is_back_itself_the_triage_need_not() -> None:
    case = owed(held())[0].case
    events = successions(case, lambda _: None, case.opened_at, lambda oin: oin == TEAM_A)
    after = fold(case, events)
    assert after is not None
    assert after.holder == TEAM_A
    assert [one.type for one in open_steps(after) if one.type.startswith("overdrachten")] == []
    assert successions(case, lambda _: None, case.opened_at, lambda _: False) == ()
    assert successions(after, lambda _: None, case.opened_at, lambda _: True) == ()


def test_what_a_case_would_lack() -> None:
    table = a_table((OM, SeatState.INVITED))
    case = a_case(holder=TEAM_A, offers=(an_offer((TEAM_B, OPEN), giver=TEAM_A),), tables=(table,))
    assert [leaves(case, oin) for oin in (TEAM_A, TEAM_B, OM, POLICE)] == [
        ("holds it",),
        ("is offered it",),
        ("is awaited at a table",),
        (),
    ]
