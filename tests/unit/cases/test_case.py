"""What a party may call a case, and what it may know of it."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from hub.cases.case import Case
from hub.cases.states import CandidacyState, ReportState, SeatState
from hub.ids import Oin
from tests.unit.cases.builders import (
    CASE,
    JOINED,
    OM,
    POLICE,
    REPORT,
    RVDK,
    STRANGER,
    TEAM_A,
    TEAM_B,
    VT,
    VT_ELSEWHERE,
    a_case,
    a_report,
    a_table,
    an_offer,
)


def a_known_case() -> Case:
    """Police and RvdK reported, team A was asked and refused, team B holds."""
    joined = a_report(number=JOINED, reporter=RVDK, opened=False)
    offer = an_offer((TEAM_A, CandidacyState.REFUSED), (TEAM_B, CandidacyState.ACCEPTED))
    return a_case(holder=TEAM_B, reports=(a_report(), joined), offers=(offer,))


@pytest.mark.parametrize(
    ("party", "name"),
    [(VT, CASE), (TEAM_A, CASE), (TEAM_B, CASE), (POLICE, REPORT), (RVDK, JOINED), (STRANGER, None)],
)
def test_a_party_knows_the_case_by_one_name(party: Oin, name: UUID | None) -> None:
    assert a_known_case().known_as(party) == name


@pytest.mark.parametrize(
    ("party", "names"),
    [(VT, {CASE}), (TEAM_A, {CASE}), (POLICE, {REPORT}), (RVDK, {JOINED}), (STRANGER, set())],
)
def test_a_party_may_use_its_own_names_only(party: Oin, names: set[UUID]) -> None:
    case = a_known_case()
    assert {name for name in (CASE, REPORT, JOINED, uuid4()) if case.may_call_it(party, name)} == names


def test_a_reporter_that_was_asked_to_take_over_may_use_both_names() -> None:
    case = a_case(offers=(an_offer((POLICE, CandidacyState.OFFERED)),))
    assert case.known_as(POLICE) == CASE
    assert case.may_call_it(POLICE, REPORT)


def test_a_reporter_of_two_reports_may_use_both_and_is_told_the_latest() -> None:
    case = a_case(reports=(a_report(), a_report(number=JOINED, opened=False)))
    assert (case.may_call_it(POLICE, REPORT), case.known_as(POLICE)) == (True, JOINED)


def seated(*, chair: Oin = VT) -> Case:
    """OM and the RvdK sit at a table; the RvdK had reported too."""
    reports = (a_report(), a_report(number=JOINED, reporter=RVDK, opened=False))
    table = a_table((OM, SeatState.INVITED), (RVDK, SeatState.INVITED), chair=chair)
    return a_case(reports=reports, tables=(table,))


@pytest.mark.parametrize(
    ("party", "known", "names"), [(OM, CASE, {CASE}), (RVDK, JOINED, {CASE, JOINED}), (TEAM_A, None, set())]
)
def test_who_sits_at_a_table_may_name_the_case_and_a_reporter_there_is_told_by_its_report(
    party: Oin, known: UUID | None, names: set[UUID]
) -> None:
    case = seated()
    assert case.known_as(party) == known
    assert {name for name in (CASE, REPORT, JOINED) if case.may_call_it(party, name)} == names


def test_a_report_that_was_taken_apart_names_the_case_no_more() -> None:
    reports = (a_report(), a_report(ReportState.DETACHED, number=JOINED, reporter=RVDK, opened=False))
    case = a_case(reports=reports)
    assert (case.known_as(RVDK), case.may_call_it(RVDK, JOINED), list(case.own_reports())) == (
        None,
        False,
        [case.reports[REPORT]],
    )


def test_a_reporter_with_one_report_left_is_told_by_that() -> None:
    reports = (a_report(), a_report(ReportState.DETACHED, number=JOINED, opened=False))
    assert a_case(reports=reports).known_as(POLICE) == REPORT


def test_a_desk_that_had_the_case_before_its_region_moved_knows_it_still() -> None:
    case = replace(a_case(), triage=VT_ELSEWHERE, desks=(VT,))
    assert (case.known_as(VT), case.known_as(VT_ELSEWHERE)) == (CASE, CASE)
