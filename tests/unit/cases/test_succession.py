"""Organisations merge: a successor acts in the place of the former on every case that names it."""

from dataclasses import replace
from uuid import UUID

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical import terms as t
from hub.canonical.codes import Contribution, Lane, MonitoringResult, Outcome
from hub.cases import events as e
from hub.cases.case import Candidacy, Case
from hub.cases.evolve import fold
from hub.cases.stand import open_steps, stand_for
from hub.cases.states import ActionState, CandidacyState, CaseState, QuestionState, ReportState, SeatState
from hub.cases.succession import successions
from hub.errors import Code
from hub.ids import Oin, TableId
from tests.unit.cases.builders import (
    ACTION,
    CASE,
    COINCIDENCE,
    HUB,
    LATEST,
    MONDAY,
    OFFER,
    OM,
    POLICE,
    PROBATION,
    QUESTION,
    REPORT,
    RVDK,
    SECOND_OFFER,
    TABLE,
    TEAM_A,
    TEAM_B,
    TERMS,
    VT,
    VT_ELSEWHERE,
    a_case,
    a_closed_case,
    a_coincidence,
    a_context,
    a_question,
    a_report,
    a_table,
    an_action,
    an_offer,
    an_oin,
    play,
    refusal,
)

FORMERS = "f" * 64
NEW = an_oin(42)
"""The organisation in whose favour another ended."""
SECOND_TABLE = TableId(UUID(int=0x27AB1E))
OPEN, YES, NO = CandidacyState.OFFERED, CandidacyState.ACCEPTED, CandidacyState.REFUSED
INVITED, KNOWN = SeatState.INVITED, SeatState.KNOWN


def succeeded(case: Case, former: Oin, successor: Oin = NEW) -> Case:
    after = fold(case, successions(case, {former: successor}.get, MONDAY))
    assert after is not None
    return after


def on_every_role(former: Oin) -> Case:
    """A case on which this organisation stands wherever one can, and never twice on one thing."""
    return replace(
        a_case(
            holder=former,
            reports=(a_report(reporter=former),),
            offers=(
                an_offer((former, YES), number=SECOND_OFFER),
                an_offer((TEAM_B, OPEN), giver=former),
            ),
            tables=(
                a_table((OM, INVITED), (former, INVITED), actions=(an_action(former),)),
                replace(a_table((OM, INVITED), chair=former), id=SECOND_TABLE),
            ),
            questions=(a_question(QuestionState.ANSWERED, of=former),),
            coincidences=(a_coincidence(told=(VT, former)),),
        ),
        triage=former,
        desks=(former,),
        held=(former, VT),
        told={former: 7, TEAM_B: 2},
    )


def test_who_waits_for_its_yes_to_have_the_full_part_is_waited_for_in_its_successor() -> None:
    offer = replace(an_offer((TEAM_A, OPEN), (TEAM_B, OPEN), acute=True), on_yes=(TEAM_A,))
    case = succeeded(a_case(offers=(offer,)), TEAM_A)
    (after_it,) = case.handovers.values()
    assert [after_it.has_full(oin) for oin in after_it.candidates] == [False, True]
    assert TEAM_A not in after_it.candidates


def test_a_successor_stands_wherever_the_former_stood_and_the_former_nowhere() -> None:
    case = succeeded(on_every_role(VT_ELSEWHERE), VT_ELSEWHERE)
    assert VT_ELSEWHERE not in str(case)
    same = on_every_role(NEW)
    assert replace(case, version=same.version, at=same.at) == same


def test_each_that_has_a_successor_is_a_fact_of_its_own_once() -> None:
    case = on_every_role(TEAM_A)
    events = successions(case, {TEAM_A: NEW, OM: RVDK, PROBATION: NEW}.get, MONDAY)
    assert events == (e.PartySucceeded(MONDAY, TEAM_A, NEW), e.PartySucceeded(MONDAY, OM, RVDK))
    assert successions(case, {}.get, MONDAY) == ()


@pytest.mark.parametrize("former", [VT, POLICE, TEAM_A], ids=["triage", "reporter", "candidate"])
def test_exactly_one_holds_and_it_is_the_same_party_by_law(former: Oin) -> None:
    case = a_case(holder=former, offers=(an_offer((TEAM_A, YES)),))
    assert succeeded(case, former).holder == NEW
    assert succeeded(case, OM).holder == former


def test_a_closed_case_stays_without_a_holder() -> None:
    case = succeeded(a_closed_case(), VT)
    assert (case.state, case.holder, case.triage) == (CaseState.CLOSED, None, NEW)


# Acts in its place


def test_a_successor_of_the_triage_records_assesses_and_offers() -> None:
    case = succeeded(a_case(holder=POLICE, reports=(a_report(ReportState.OFFERED),)), VT)
    case = play(case, c.Record(REPORT), a_context(NEW)).case
    case = play(case, c.Assess(REPORT, Outcome.HANDOVER, None), a_context(NEW)).case
    assert play(case, c.Offer(OFFER, (TEAM_A,), None), a_context(NEW)).case.holder == NEW
    assert refusal(case, c.Offer(OFFER, (TEAM_A,), None), a_context(VT))[0] is Code.STEP_NOT_ALLOWED


def test_a_successor_of_the_reporter_hears_what_becomes_of_the_report() -> None:
    case = succeeded(a_case(holder=POLICE, reports=(a_report(ReportState.OFFERED),)), POLICE)
    played = play(case, c.Record(REPORT), a_context(VT))
    assert [(notice.to, notice.correlation) for notice in played.notices] == [(NEW, REPORT)]
    assert played.case.holder == VT


def test_a_successor_of_a_candidate_says_yes_to_the_offer_that_the_former_got() -> None:
    case = succeeded(a_case(offers=(an_offer(),)), TEAM_A)
    assert play(case, c.Accept(OFFER, LATEST), a_context(NEW)).case.holder == NEW
    assert refusal(case, c.Accept(OFFER, LATEST), a_context(TEAM_A)) == (
        Code.HANDOVER_UNKNOWN,
        ("/data/overdracht",),
    )


def test_a_successor_of_the_holder_completes_answers_and_gives_back() -> None:
    taken = an_offer((TEAM_A, YES))
    case = succeeded(a_case(holder=TEAM_A, offers=(taken,), questions=(a_question(),)), TEAM_A)
    case = play(case, c.AnswerMonitoring(QUESTION, MonitoringResult.SAFE), a_context(NEW)).case
    case = play(case, c.Complete(OFFER), a_context(NEW)).case
    assert play(case, c.Offer(SECOND_OFFER, (VT,), None), a_context(NEW)).case.holder == NEW


def test_a_successor_at_a_table_contributes_and_accepts_its_action() -> None:
    table = a_table((OM, INVITED), (RVDK, KNOWN), actions=(an_action(OM),))
    case = succeeded(a_case(tables=(table,)), OM)
    case = play(case, c.Contribute(TABLE, Contribution.KNOWN), a_context(NEW)).case
    case = play(case, c.AcceptAction(TABLE, ACTION), a_context(NEW)).case
    assert case.tables[TABLE].actions[ACTION].state is ActionState.ACCEPTED


def test_a_successor_of_who_was_told_confirms_contact() -> None:
    case = succeeded(a_case(coincidences=(a_coincidence(told=(VT, POLICE)),)), POLICE)
    played = play(case, c.ConfirmContact(COINCIDENCE), a_context(NEW))
    assert [type(event) for event in played.decision.events] == [e.ContactMade]


def test_an_alarm_about_the_former_goes_to_the_successor() -> None:
    case = play(a_case(), c.Offer(OFFER, (TEAM_A,), None), a_context(VT)).case
    late = a_context(HUB, now=case.handovers[OFFER].answer_by)
    played = play(succeeded(case, TEAM_A), c.TermReached(t.OFFER_ANSWER, OFFER), late)
    assert [one.to for one in played.notices if isinstance(one.body, n.Escalation)] == [NEW, VT]


# Two that become one


def test_the_numbers_go_on_from_the_higher_of_both() -> None:
    for told in ({TEAM_A: 7, TEAM_B: 2}, {TEAM_A: 2, TEAM_B: 7}):
        case = succeeded(replace(on_every_role(TEAM_A), told=told), TEAM_A, TEAM_B)
        assert case.told == {TEAM_B: 7}
        assert stand_for(case, TEAM_B, MONDAY).version == 8


@pytest.mark.parametrize(
    ("former", "successor", "kept"),
    [
        (OPEN, NO, NO),
        (NO, OPEN, OPEN),
        (OPEN, OPEN, OPEN),
        (YES, CandidacyState.WITHDRAWN, YES),
        (CandidacyState.STARTED, NO, CandidacyState.STARTED),
        (CandidacyState.COMPLETED, CandidacyState.WITHDRAWN, CandidacyState.COMPLETED),
        (NO, YES, YES),
    ],
)
def test_where_both_were_asked_the_yes_counts_or_else_the_word_of_the_one_that_goes_on(
    former: CandidacyState, successor: CandidacyState, kept: CandidacyState
) -> None:
    case = a_case(offers=(an_offer((TEAM_A, former), (RVDK, NO), (TEAM_B, successor)),))
    after = succeeded(case, TEAM_A, TEAM_B)
    assert {oin: one.state for oin, one in after.handovers[OFFER].candidates.items()} == {TEAM_B: kept, RVDK: NO}


def test_who_was_asked_as_both_may_say_yes_to_what_either_got_unless_the_offer_changed_since() -> None:
    def asked(state: CandidacyState) -> Case:
        case = a_case(offers=(an_offer((TEAM_A, state), (TEAM_B, OPEN)),))
        offer = case.handovers[OFFER]
        ours = {TEAM_A: Candidacy(state, FORMERS), TEAM_B: offer.candidates[TEAM_B]}
        return succeeded(replace(case, handovers={OFFER: replace(offer, candidates=ours)}), TEAM_A, TEAM_B)

    for hash_ in (LATEST, FORMERS):
        assert play(asked(OPEN), c.Accept(OFFER, hash_), a_context(TEAM_B)).case.holder == TEAM_B
    assert refusal(asked(NO), c.Accept(OFFER, FORMERS), a_context(TEAM_B))[0] is Code.OFFER_CHANGED


def test_a_holder_whose_successor_had_been_asked_too_still_completes_what_it_took_over() -> None:
    offer = an_offer((TEAM_A, YES), (TEAM_B, CandidacyState.WITHDRAWN))
    case = succeeded(a_case(holder=TEAM_A, reports=(a_report(ReportState.ASSESSED),), offers=(offer,)), TEAM_A, TEAM_B)
    case = play(case, c.Complete(OFFER), a_context(TEAM_B)).case
    assert play(case, c.Close(), a_context(VT)).case.state is CaseState.CLOSED


@pytest.mark.parametrize(
    ("former", "successor", "kept"),
    [
        (KNOWN, INVITED, KNOWN),
        (INVITED, KNOWN, KNOWN),
        (SeatState.DECLINED, KNOWN, KNOWN),
        (KNOWN, SeatState.DECLINED, KNOWN),
        (INVITED, INVITED, INVITED),
        (SeatState.NOTHING_KNOWN, SeatState.DECLINED, SeatState.NOTHING_KNOWN),
    ],
)
def test_where_both_sat_at_a_table_what_either_knew_is_said(
    former: SeatState, successor: SeatState, kept: SeatState
) -> None:
    case = a_case(tables=(a_table((OM, former), (RVDK, successor)),))
    assert succeeded(case, OM, RVDK).tables[TABLE].seats == {RVDK: kept}


# What stood open between two that are now one


def begun(name: str, about: UUID) -> e.TermStarted:
    rule = TERMS.named(name)
    return e.TermStarted(MONDAY, name, rule.length, rule.unit, about, MONDAY, MONDAY)


def with_terms(case: Case, *running: tuple[str, UUID]) -> Case:
    found = fold(case, [begun(name, about) for name, about in running])
    assert found is not None
    return found


def settled(case: Case, former: Oin, successor: Oin) -> tuple[Case, list[UUID], list[str]]:
    """The case after the merger, what is settled by it, and the names of the terms that end."""
    events = successions(case, {former: successor}.get, MONDAY)
    about = [event.about for event in events if isinstance(event, e.Settled)]
    ended = [event.name for event in events if isinstance(event, e.TermEnded)]
    return succeeded(case, former, successor), about, ended


def left_to_do(case: Case) -> list[str]:
    """But the assessment of the report, which every case here still owes."""
    return [step.type for step in open_steps(case) if step.about != REPORT]


@pytest.mark.parametrize("state", [OPEN, CandidacyState.MORE_ASKED])
def test_nobody_is_offered_what_it_has(state: CandidacyState) -> None:
    case = with_terms(a_case(offers=(an_offer((VT_ELSEWHERE, state)),)), (t.OFFER_ANSWER, OFFER), (t.MORE_ASKED, OFFER))
    after, about, ended = settled(case, VT, VT_ELSEWHERE)
    assert (about, ended) == ([OFFER], [t.OFFER_ANSWER, t.MORE_ASKED])
    assert left_to_do(after) == []
    assert refusal(after, c.Accept(OFFER, LATEST), a_context(VT_ELSEWHERE))[0] is Code.STEP_NOT_ALLOWED


def test_the_others_that_were_asked_may_still_say_yes() -> None:
    case = with_terms(a_case(offers=(an_offer((VT_ELSEWHERE, OPEN), (TEAM_A, OPEN)),)), (t.OFFER_ANSWER, OFFER))
    after, about, ended = settled(case, VT_ELSEWHERE, VT)
    assert (about, ended) == ([OFFER], [])
    assert play(after, c.Accept(OFFER, LATEST), a_context(TEAM_A)).case.holder == TEAM_A


def test_nobody_gives_itself_a_full_part_again() -> None:
    offer = replace(an_offer((TEAM_A, YES)), full_wanted=True)
    case = with_terms(a_case(holder=TEAM_A, offers=(offer,)), (t.MORE_ASKED, OFFER))
    after, about, ended = settled(case, VT, TEAM_A)
    assert (about, ended, after.handovers[OFFER].full_wanted) == ([OFFER], [t.MORE_ASKED], False)


def test_a_term_of_an_offer_ends_when_the_only_one_that_was_silent_is_one_that_has_answered() -> None:
    case = with_terms(a_case(offers=(an_offer((TEAM_A, OPEN), (TEAM_B, NO)),)), (t.OFFER_ANSWER, OFFER))
    assert settled(case, TEAM_A, TEAM_B)[1:] == ([], [t.OFFER_ANSWER])


def test_a_chair_has_no_seat_at_its_own_table_and_needs_not_say_yes_to_its_own_action() -> None:
    table = a_table((OM, INVITED), chair=RVDK, actions=(an_action(OM),))
    case = with_terms(a_case(tables=(table,)), (t.CONTRIBUTION, TABLE), (t.ACTION_ANSWER, ACTION))
    for former, successor in ((OM, RVDK), (RVDK, OM)):
        after, about, ended = settled(case, former, successor)
        assert (about, ended) == ([TABLE, ACTION], [t.CONTRIBUTION, t.ACTION_ANSWER])
        assert (after.tables[TABLE].chair, dict(after.tables[TABLE].seats)) == (successor, {})
        assert after.tables[TABLE].actions[ACTION].state is ActionState.ACCEPTED
        assert left_to_do(after) == []


def test_who_holds_and_watches_is_not_asked_by_itself_how_safe_it_is() -> None:
    taken = an_offer((TEAM_A, YES))
    running = (t.MONITORING_FIRST, OFFER), (t.MONITORING_QUESTION, CASE), (t.MONITORING_ANSWER, QUESTION)
    case = with_terms(a_case(holder=TEAM_A, offers=(taken,), questions=(a_question(),)), *running)
    after, about, ended = settled(replace(case, attention=True), TEAM_A, VT)
    assert (about, ended) == ([CASE, QUESTION], [name for name, _ in running])
    assert (after.attention, left_to_do(after)) == (False, [])


def test_reporters_that_become_one_need_no_contact_with_each_other() -> None:
    found = replace(a_coincidence(told=(VT, POLICE, OM)), reporters=(OM,))
    case = with_terms(a_case(coincidences=(found,)), (t.CONTACT, COINCIDENCE))
    assert settled(case, OM, POLICE)[1:] == ([COINCIDENCE], [t.CONTACT])
    others = replace(case, coincidences={COINCIDENCE: replace(found, reporters=(OM, RVDK))})
    assert settled(others, OM, POLICE)[1:] == ([], [])


def test_a_report_of_what_has_become_its_triage_is_still_to_be_recorded_and_moves_nothing() -> None:
    """Nobody has looked at it yet: that it need not be offered to itself does not make the child safer."""
    report = a_report(ReportState.OFFERED, lane=Lane.ACUTE)
    case = with_terms(a_case(holder=POLICE, reports=(report,)), (t.ACUTE_RECORDING, REPORT))
    after, about, ended = settled(case, POLICE, VT)
    assert (about, ended, after.holder) == ([], [], VT)
    played = play(after, c.Assess(REPORT, Outcome.TURNED_INTO_ADVICE, SECOND_OFFER), a_context(VT))
    assert not [event for event in played.events if isinstance(event, e.HolderMoved | e.HandoverOffered)]
    assert played.notices == ()


def test_what_was_merged_before_there_was_such_a_fact_is_settled_when_the_case_is_next_touched() -> None:
    case = a_case(offers=(an_offer((VT, OPEN)),))
    assert successions(case, {}.get, MONDAY) == (e.Settled(MONDAY, OFFER),)


def test_a_successor_that_is_a_party_already_is_named_once() -> None:
    case = a_case(coincidences=(a_coincidence(told=(TEAM_A, VT, TEAM_B)),))
    case = replace(case, held=(TEAM_A, VT, TEAM_B), desks=(TEAM_A, TEAM_B))
    after = succeeded(case, TEAM_A, TEAM_B)
    assert (after.held, after.desks, after.coincidences[COINCIDENCE].told) == ((TEAM_B, VT), (TEAM_B,), (TEAM_B, VT))


def test_what_is_named_by_the_case_and_by_nobody_else_is_left() -> None:
    case = on_every_role(TEAM_A)
    after = succeeded(case, TEAM_A)
    assert (after.terms, after.links, after.research, after.id) == (case.terms, case.links, case.research, case.id)


def test_the_numbers_of_who_nothing_else_names_any_more_go_on_too() -> None:
    case = replace(a_case(), told={**a_case().told, OM: 7})
    (succeeded,) = successions(case, {OM: PROBATION}.get, MONDAY)
    after = fold(case, (succeeded,))
    assert after is not None
    assert (OM in after.told, after.told[PROBATION]) == (False, 7)
