"""What is tied to a report goes along with it or ends; what is tied to the case, or to another, stays."""

import json
from dataclasses import replace
from uuid import UUID

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Change, NoteReason, WithdrawalReason
from hub.canonical.terms import CONTACT, CONTRIBUTION, OFFER_ANSWER, REGION_HANDOVER, SAFETY_ASSESSMENT
from hub.cases.apart import taken_apart, ties_of
from hub.cases.case import Case, Table
from hub.cases.coincidences import contacted
from hub.cases.evolve import fold
from hub.cases.stand import stand_for
from hub.cases.states import ActionState, CandidacyState, CoincidenceState, ReportState, SeatState
from hub.cases.succession import successions
from hub.errors import Code
from hub.ids import CaseId, HandoverId, Oin, RegionId, ReportId
from hub.store.mapper import case_document, event_document, event_from
from tests.unit.cases.builders import (
    ACTION,
    COINCIDENCE,
    JOINED,
    MONDAY,
    OFFER,
    OM,
    POLICE,
    PROBATION,
    REPORT,
    RETIRED,
    RVDK,
    TABLE,
    TEAM_A,
    VT,
    VT_ELSEWHERE,
    a_case,
    a_coincidence,
    a_context,
    a_report,
    a_table,
    an_action,
    an_offer,
    hash_of,
    play,
    refusal,
)

ELSEWHERE = ReportId(UUID(int=77))
MISTAKE = a_report(number=JOINED, reporter=RVDK, opened=False)


def a_mistake(*tables: Table, others: tuple[ReportId, ...] = (), **changes: object) -> Case:
    """The police opened the case; the Board's report was joined wrongly."""
    found = replace(a_coincidence(told=(VT, RVDK, POLICE), report=JOINED), others=others)
    case = a_case(reports=(a_report(), MISTAKE), tables=tables, coincidences=(found,) if others else ())
    return replace(case, **changes)  # type: ignore[arg-type]


def apart(case: Case) -> tuple[Case, Case]:
    own, decision = taken_apart(case, case.reports[JOINED], a_context(VT))
    left = fold(case, decision.events)
    assert left is not None
    return left, own


def test_a_table_goes_where_its_chair_put_it_under_the_report() -> None:
    table = replace(a_table((OM, SeatState.INVITED), chair=RVDK), ties={RVDK: JOINED})
    left, own = apart(a_mistake(table))
    assert (left.tables, own.tables) == ({}, {TABLE: table})
    assert left.gone == {TABLE: own.id}
    assert TABLE in left.numbers(), "its number stands for it"


def test_a_table_of_the_case_stays_without_who_was_there_by_the_report() -> None:
    seats = ((RVDK, SeatState.KNOWN), (POLICE, SeatState.KNOWN))
    table = replace(a_table(*seats, actions=[an_action(RVDK)]), ties={RVDK: JOINED, POLICE: REPORT})
    left, own = apart(a_mistake(table))
    assert (list(left.tables[TABLE].seats), own.tables) == ([POLICE], {})
    assert left.tables[TABLE].actions[ACTION].state is ActionState.MOOT
    assert left.known_as(RVDK) is None


@pytest.mark.parametrize("by", ["another report", "the case"])
def test_who_is_there_by_something_else_keeps_its_seat(by: str) -> None:
    ties = {RVDK: JOINED} if by == "another report" else {}
    table = replace(a_table((RVDK, SeatState.KNOWN)), ties=ties)
    case = a_mistake(table)
    if by == "another report":
        other = a_report(number=ELSEWHERE, reporter=RVDK, opened=False)
        case = replace(case, reports={**case.reports, ELSEWHERE: other})
    left, _ = apart(case)
    assert list(left.tables[TABLE].seats) == [RVDK]


def test_a_chair_that_loses_its_last_guest_hears_that_the_table_is_over() -> None:
    table = replace(a_table((RVDK, SeatState.INVITED), chair=TEAM_A), ties={RVDK: JOINED})
    played = play(a_mistake(table), c.Detach(JOINED), a_context(VT))
    assert played.told(TEAM_A) == [n.Changed(TABLE, Change.ENDED)]


def test_contact_about_the_mistake_ends() -> None:
    left, own = apart(a_mistake(others=(REPORT,)))
    assert (left.coincidences[COINCIDENCE].state, own.coincidences) == (CoincidenceState.MOOT, {})


def test_contact_with_reports_elsewhere_goes_along_to_who_is_a_party_there() -> None:
    left, own = apart(a_mistake(others=(REPORT, ELSEWHERE)))
    found = own.coincidences[COINCIDENCE]
    assert (left.coincidences, found.others, found.told) == ({}, (ELSEWHERE,), (VT, RVDK))


def test_contact_that_was_made_is_over_and_stays_so() -> None:
    case = a_mistake(others=(REPORT, ELSEWHERE))
    made = replace(case.coincidences[COINCIDENCE], state=CoincidenceState.CONTACTED)
    left, _ = apart(replace(case, coincidences={COINCIDENCE: made}))
    assert left.coincidences[COINCIDENCE].state is CoincidenceState.CONTACTED


def test_of_advice_contact_is_awaited_on() -> None:
    case = a_mistake(others=(REPORT,))
    own, _ = taken_apart(case, case.reports[JOINED], a_context(VT), advice=HandoverId(UUID(int=5)))
    assert own.coincidences[COINCIDENCE].others == (REPORT,)
    assert (own.advice, own.apart_from) == (True, case.id)


@pytest.mark.parametrize(("others", "along"), [((POLICE,), False), ((POLICE, PROBATION), True)])
def test_of_what_a_version_before_found_who_reported_says_where_the_others_are(
    others: tuple[str, ...], along: bool
) -> None:
    case = a_mistake(others=(REPORT,))
    before = replace(case.coincidences[COINCIDENCE], others=(), reporters=others)  # type: ignore[arg-type]
    ties = ties_of(replace(case, coincidences={COINCIDENCE: before}), MISTAKE)
    assert bool(ties.coincidences) is along


def test_what_ran_for_a_table_runs_on_with_it() -> None:
    case = play(a_mistake(), c.OpenTable(TABLE, a_table().kind, (OM,), None), a_context(RVDK, called=JOINED)).case
    left, own = apart(case)
    assert not [term for term in left.running() if term.name == CONTRIBUTION]
    assert [(term.about, term.due) for term in own.running() if term.name == CONTRIBUTION] == [
        (TABLE, case.term(CONTRIBUTION, TABLE).due)  # type: ignore[union-attr]
    ]


def test_the_names_of_the_report_go_with_it_but_not_what_its_parties_call_the_case() -> None:
    mine, called = CaseId(UUID(int=5)), CaseId(UUID(int=6))
    named = replace(MISTAKE, names=(mine, called))
    left, own = apart(a_mistake(reports={REPORT: a_report(), JOINED: named}, called=called))
    assert (left.names, own.names) == ((called,), (mine,))


def test_a_table_says_by_what_each_is_at_it() -> None:
    case = a_mistake(handovers={o.id: o for o in (an_offer((TEAM_A, CandidacyState.OFFERED)),)})
    put = c.OpenTable(TABLE, a_table().kind, (POLICE, TEAM_A, OM), None)
    assert play(case, put, a_context(RVDK, called=JOINED)).case.tables[TABLE].ties == {RVDK: JOINED, POLICE: REPORT}
    assert play(case, put, a_context(VT, called=case.id)).case.tables[TABLE].ties == {POLICE: REPORT}


def test_a_desk_that_the_case_has_left_is_awaited_no_more_the_triage_is() -> None:
    found = a_coincidence(told=(VT, POLICE))
    case = replace(a_case(coincidences=(found,)), desks=(VT,), triage=VT_ELSEWHERE)
    assert case.awaited(found) == (VT_ELSEWHERE, POLICE)
    made = contacted(case, c.ConfirmContact(COINCIDENCE), a_context(VT_ELSEWHERE))
    assert made.events


def test_a_desk_that_was_told_itself_is_awaited_as_it_was() -> None:
    found = a_coincidence(told=(VT, VT_ELSEWHERE))
    case = replace(a_case(coincidences=(found,)), desks=(VT_ELSEWHERE,))
    assert case.awaited(found) == (VT, VT_ELSEWHERE)


def test_contact_ends_with_its_term() -> None:
    case = a_mistake(others=(REPORT,))
    running = [term.name for term in apart(case)[0].running()]
    assert CONTACT not in running
    assert case.reports[JOINED].state is ReportState.RECORDED


def test_what_the_register_says_of_it_gives_the_same_case_whatever_order_its_fields_are_kept_in() -> None:
    """A database keeps events with the names in an order of its own."""
    seats = ((POLICE, SeatState.KNOWN), (OM, SeatState.INVITED), (VT, SeatState.INVITED))
    table = replace(a_table(*seats, chair=RVDK, actions=[an_action(OM)]), ties={RVDK: JOINED})
    case = a_mistake(table, others=(REPORT, ELSEWHERE))
    _, decision = taken_apart(case, case.reports[JOINED], a_context(VT))
    assert decision.opens is not None
    kept = [json.dumps(json.loads(event_document(one)), sort_keys=True) for one in decision.opens.events]
    kinds = [type(one).__name__ for one in decision.opens.events]
    again = fold(None, [event_from(kind, json.loads(one)) for kind, one in zip(kinds, kept, strict=True)])
    own = fold(None, decision.opens.events)
    assert again is not None
    assert own is not None
    assert case_document(again) == case_document(own)
    assert list(own.tables[TABLE].seats) == [POLICE, OM, VT]


# The report that opened the case


def test_the_report_that_opened_the_case_may_be_the_one_that_is_wrong() -> None:
    """A mistyped number opens a case, and those whose number it is join that."""
    played = play(a_mistake(), c.Detach(REPORT), a_context(VT))
    opens = played.decision.opens
    assert opens is not None
    own = fold(None, opens.events)
    assert own is not None
    assert ([one.id for one in own.own_reports()], own.holder) == ([REPORT], VT)
    assert ([one.id for one in played.case.own_reports()], played.case.holder) == ([JOINED], VT)
    assert opens.drafts == (), "its reporter goes on under its report"


def test_who_held_by_it_alone_holds_no_more() -> None:
    opened = a_report(ReportState.OFFERED)
    case = replace(a_mistake(), reports={REPORT: opened, JOINED: MISTAKE}, holder=POLICE, held=(POLICE,))
    played = play(case, c.Detach(REPORT), a_context(VT))
    assert (played.case.holder, played.case.held) == (VT, (VT,))
    assert played.decision.opens is not None
    assert played.decision.opens.drafts == ((POLICE, n.RecordedFor(REPORT)),)


def test_whoever_holds_by_a_yes_goes_on_holding() -> None:
    taken = an_offer((TEAM_A, CandidacyState.ACCEPTED))
    case = replace(a_mistake(), holder=TEAM_A, handovers={taken.id: taken})
    assert play(case, c.Detach(REPORT), a_context(VT)).case.holder == TEAM_A


@pytest.mark.parametrize("opened", [True, False])
def test_the_only_report_on_its_case_is_not_taken_out(opened: bool) -> None:
    case = a_case(reports=(a_report(opened=opened),))
    assert refusal(case, c.Detach(REPORT), a_context(VT)) == (Code.STEP_NOT_ALLOWED, ("/data/melding",))


# Where it belongs


def a_mistake_of(
    named: str, desk: Oin | None, *, assumed: bool | None = False, guessed: bool = False, **changes: object
) -> Case:
    mistake = replace(MISTAKE, region=RegionId(named), desk=desk, assumed=assumed)
    return replace(a_mistake(reports={REPORT: a_report(), JOINED: mistake}, **changes), assumed=guessed)


def test_a_report_that_names_another_region_is_owed_to_the_desk_of_that_one() -> None:
    """By itself it would have gone there."""
    played = play(a_mistake_of("utrecht", VT_ELSEWHERE), c.Detach(JOINED), a_context(VT))
    opens = played.decision.opens
    assert opens is not None
    own = fold(None, opens.events)
    assert own is not None
    assert (own.triage, own.named_desk) == (VT, VT_ELSEWHERE)
    assert [term.about for term in own.running() if term.name == REGION_HANDOVER] == [own.id]
    assert [(to, body.reason, body.desk) for to, body in opens.drafts if isinstance(body, n.ReportNoted)] == [
        (VT_ELSEWHERE, NoteReason.REGION_NAMED, VT)
    ]


def test_so_it_is_where_the_other_family_has_moved_since() -> None:
    case = a_mistake_of("haaglanden", VT, triage=VT_ELSEWHERE, region=RegionId("utrecht"), desks=(VT,))
    own, _ = taken_apart(case, case.reports[JOINED], a_context(VT_ELSEWHERE))
    assert (own.triage, own.named_desk, own.desks) == (VT_ELSEWHERE, VT, ())


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(a_mistake_of("haaglanden", VT), id="it is that of the case"),
        pytest.param(a_mistake_of("utrecht", RETIRED), id="its desk has ended"),
        pytest.param(a_mistake_of("utrecht", VT_ELSEWHERE, assumed=True), id="nothing said which"),
        pytest.param(a_mistake_of("utrecht", VT_ELSEWHERE, assumed=None, guessed=True), id="a version before guessed"),
    ],
)
def test_else_it_is_owed_to_nobody(case: Case) -> None:
    own, _ = taken_apart(case, case.reports[JOINED], a_context(VT))
    assert (own.named_desk, [term.name for term in own.running()]) == (None, [SAFETY_ASSESSMENT])


@pytest.mark.parametrize("assumed", [True, False])
def test_whether_its_region_is_assumed_is_its_own(assumed: bool) -> None:
    case = a_mistake_of("haaglanden", VT, assumed=assumed)
    for of_the_case in (True, False):
        own, _ = taken_apart(replace(case, assumed=of_the_case), case.reports[JOINED], a_context(VT))
        assert own.assumed is assumed


# Where two organisations on the case have become one


@pytest.mark.parametrize(("seats", "stays"), [((POLICE, RVDK), True), ((RVDK,), False)])
def test_who_sat_there_by_the_case_too_stays(seats: tuple[Oin, ...], stays: bool) -> None:
    """The Board by its report, and the police by the case: one organisation now."""
    table = a_table(*((oin, SeatState.KNOWN) for oin in seats), (OM, SeatState.KNOWN))
    case = a_mistake(replace(table, ties={RVDK: JOINED}), reports={REPORT: a_report(reporter=OM), JOINED: MISTAKE})
    merged = fold(case, successions(case, {RVDK: POLICE}.get, MONDAY))
    assert merged is not None
    assert (POLICE in apart(merged)[0].tables[TABLE].seats) is stays


# Who was asked to take over


def asked(case: Case, *candidates: Oin) -> Case:
    return play(case, c.Offer(OFFER, candidates, None), a_context(VT)).case


def test_a_reporter_that_was_asked_as_nothing_else_is_asked_no_more() -> None:
    """The giver may have had it in mind for its report; it hears, and may ask again."""
    case = asked(a_mistake(), RVDK)
    played = play(case, c.Detach(JOINED), a_context(VT))
    assert played.told(RVDK) == [n.OfferWithdrawn(OFFER, WithdrawalReason.REPORT_DETACHED)]
    assert n.Changed(OFFER, Change.ENDED) in played.told(VT)
    assert played.case.handovers[OFFER].in_state(CandidacyState.WITHDRAWN) == (RVDK,)
    assert not [term for term in played.case.running() if term.about == OFFER]
    assert refusal(played.case, c.Accept(OFFER, hash_of(played.case.id)), a_context(RVDK))[0] is Code.STEP_NOT_ALLOWED
    assert (stand_for(played.case, RVDK, MONDAY).status, stand_for(played.case, RVDK, MONDAY).steps) == (
        "ingetrokken",
        (),
    )


def test_the_others_are_asked_on() -> None:
    played = play(asked(a_mistake(), RVDK, TEAM_A), c.Detach(JOINED), a_context(VT))
    assert played.case.handovers[OFFER].open_candidates() == (TEAM_A,)
    assert played.told(VT) == []
    assert [term.name for term in played.case.running() if term.about == OFFER] == [OFFER_ANSWER]


@pytest.mark.parametrize("by", ["another report of its own", "no report when it was asked", "its yes"])
def test_who_has_more_to_do_with_the_case_stays_asked_and_who_said_yes_holds(by: str) -> None:
    case = a_mistake()
    if by == "another report of its own":
        case = asked(replace(case, reports={**case.reports, ELSEWHERE: replace(MISTAKE, id=ELSEWHERE)}), RVDK)
    elif by == "no report when it was asked":
        case = replace(asked(a_case(), RVDK), reports=case.reports)
    else:
        case = asked(case, RVDK)
        yes = c.Accept(OFFER, case.handovers[OFFER].candidates[RVDK].offer_hash or "")
        case = play(case, yes, a_context(RVDK)).case
    left, _ = apart(case)
    assert left.handovers[OFFER].candidates[RVDK].state is case.handovers[OFFER].candidates[RVDK].state
    assert left.holder == case.holder


def test_of_advice_it_is_asked_on() -> None:
    """Its report was no mistake."""
    case = asked(a_mistake(), RVDK)
    _, decision = taken_apart(case, case.reports[JOINED], a_context(VT), advice=HandoverId(UUID(int=5)))
    left = fold(case, decision.events)
    assert left is not None
    assert left.handovers[OFFER].open_candidates() == (RVDK,)
