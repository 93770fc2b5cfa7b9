"""What is tied to a report goes along with it or ends; what is tied to the case, or to another, stays."""

import json
from dataclasses import replace
from uuid import UUID

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Change
from hub.canonical.terms import CONTACT, CONTRIBUTION
from hub.cases.apart import taken_apart, ties_of
from hub.cases.case import Case, Table
from hub.cases.coincidences import contacted
from hub.cases.evolve import fold
from hub.cases.states import ActionState, CandidacyState, CoincidenceState, ReportState, SeatState
from hub.ids import CaseId, HandoverId, ReportId
from hub.store.mapper import case_document, event_document, event_from
from tests.unit.cases.builders import (
    ACTION,
    COINCIDENCE,
    JOINED,
    OM,
    POLICE,
    PROBATION,
    REPORT,
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
    play,
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
