"""What stands on a case is told, and seen, under the name by which its party takes part in it, and under no other.

A number of one report that turned up beside what is tied to another would say that both are on one case.
"""

from dataclasses import replace
from uuid import UUID

import pytest

from hub.canonical import commands as c
from hub.canonical.codes import Contribution, TableKind
from hub.canonical.terms import ACTION_ANSWER, CONTACT, CONTRIBUTION
from hub.cases.case import Case
from hub.cases.stand import stand_for
from hub.cases.states import SeatState
from hub.errors import Code
from hub.ids import Oin, ReportId, TableId
from tests.unit.cases.builders import (
    ACTION,
    CASE,
    COINCIDENCE,
    HUB,
    JOINED,
    MONDAY,
    OM,
    POLICE,
    PROBATION,
    REPORT,
    TABLE,
    VT,
    a_case,
    a_closed_case,
    a_coincidence,
    a_context,
    a_report,
    a_table,
    an_action,
    play,
    refusal,
)

LATER = ReportId(UUID(int=0x4))
WEEKS_LATER = MONDAY.replace(month=6)


def of_two_reports(*, chair: Oin = OM, tie: ReportId | None = JOINED, seat: Oin = PROBATION) -> Case:
    """OM has two reports on the case, and a table under the first of them; or a seat, where somebody else chairs."""
    mine, again = (a_report(number=id_, reporter=OM, opened=False) for id_ in (JOINED, LATER))
    table = replace(a_table((seat, SeatState.INVITED), chair=chair), ties={OM: tie} if tie else {})
    return a_case(reports=(a_report(), mine, again), tables=(table,))


def names(case: Case, command: c.CaseCommand, sender: Oin) -> set[UUID | None]:
    late = a_context(sender, now=WEEKS_LATER) if sender == HUB else a_context(sender)
    return {one.correlation for one in play(case, command, late).notices if one.to == OM}


def test_a_chair_hears_of_its_table_under_the_report_that_it_put_it_under() -> None:
    assert names(of_two_reports(), c.Contribute(TABLE, Contribution.KNOWN), PROBATION) == {JOINED}


def test_a_seat_hears_of_the_table_under_the_name_that_it_was_invited_under() -> None:
    said = c.Contribute(TABLE, Contribution.KNOWN)
    by_report = replace(of_two_reports(chair=VT, seat=OM), reports=of_two_reports().reports)
    seats = {OM: SeatState.INVITED, PROBATION: SeatState.INVITED}
    for tie, name in ((JOINED, JOINED), (None, CASE)):
        table = replace(by_report.tables[TABLE], seats=seats, ties={OM: tie} if tie else {})
        assert names(replace(by_report, tables={TABLE: table}), said, PROBATION) == {name}


@pytest.mark.parametrize(("term", "about"), [(CONTRIBUTION, TABLE), (ACTION_ANSWER, ACTION)])
def test_so_it_is_reminded_and_alarmed(term: str, about: UUID) -> None:
    opened = c.OpenTable(TableId(UUID(int=0x99)), TableKind.ACTION, (OM,), None)
    case = play(of_two_reports(chair=VT, seat=OM), opened, a_context(VT)).case
    table = replace(case.tables[TABLE], actions={ACTION: an_action(OM)}, ties={OM: JOINED})
    run = next(one for one in case.terms if one.name == CONTRIBUTION)
    case = replace(case, tables={TABLE: table}, terms=(replace(run, name=term, about=about),))
    assert names(case, c.TermReached(term, about), HUB) == {JOINED}


def test_contact_is_awaited_under_the_report_that_it_is_about() -> None:
    found = replace(a_coincidence(told=(VT, OM), report=JOINED), reporters=(POLICE,), others=(REPORT,))
    case = replace(of_two_reports(), coincidences={COINCIDENCE: found})
    opened = play(case, c.OpenTable(TableId(UUID(int=0x99)), TableKind.ACTION, (PROBATION,), None), a_context(VT)).case
    run = next(one for one in opened.terms if one.name == CONTRIBUTION)
    case = replace(case, terms=(replace(run, name=CONTACT, about=COINCIDENCE),))
    assert names(case, c.TermReached(CONTACT, COINCIDENCE), HUB) == {JOINED}


def test_it_is_seen_under_that_name_and_no_other() -> None:
    case = of_two_reports()
    seen = {name: [step.about for step in stand_for(case, OM, MONDAY, named=name).steps] for name in (JOINED, LATER)}
    assert seen == {JOINED: [TABLE], LATER: []}


def test_who_sits_there_by_the_case_does_not_see_under_a_report_that_it_is_the_same_case() -> None:
    case = of_two_reports(chair=VT, tie=None, seat=OM)
    stands = {name: [step.about for step in stand_for(case, OM, MONDAY, named=name).steps] for name in (CASE, JOINED)}
    assert stands == {CASE: [TABLE], JOINED: []}


def test_nor_by_the_refusal_that_the_case_is_closed() -> None:
    closed = a_closed_case()
    mine = a_report(number=JOINED, reporter=OM, opened=False)
    table = a_table((OM, SeatState.INVITED))
    without, seated = (
        replace(closed, reports={**closed.reports, JOINED: mine}, tables=tables) for tables in ({}, {TABLE: table})
    )
    command, ctx = c.Contribute(TABLE, Contribution.KNOWN), a_context(OM, called=JOINED)
    assert refusal(seated, command, ctx)[0] is refusal(without, command, ctx)[0] is Code.STEP_NOT_ALLOWED


def test_where_the_report_has_left_it_goes_on_under_the_other() -> None:
    """It keeps its seat by that."""
    case = of_two_reports(chair=VT, seat=OM)
    left = play(case, c.Detach(JOINED), a_context(VT)).case
    assert names(left, c.TermReached(CONTRIBUTION, TABLE), HUB) <= {LATER}
    assert [step.about for step in stand_for(left, OM, MONDAY, named=LATER).steps] == [TABLE]
    told = play(left, c.Agree(TABLE, (c.AgreedAction(ACTION, OM, None),)), a_context(VT))
    assert [one.correlation for one in told.notices if one.to == OM] == [LATER]


def test_who_is_at_a_table_by_its_report_may_not_call_it_by_the_case() -> None:
    """It was never told so; by which name it asks says nothing of other reports."""
    assert [of_two_reports(tie=tie).may_call_it(OM, CASE) for tie in (JOINED, None)] == [False, True]
