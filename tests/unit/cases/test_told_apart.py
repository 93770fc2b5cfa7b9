"""A message that the route brings to a reporter on the same case: whether it may hear that it is the same case."""

from dataclasses import replace
from uuid import UUID

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.cases.case import Case
from hub.cases.context import Context, Radar
from hub.cases.states import CandidacyState, ReportState, SeatState
from hub.ids import Oin, ReportId
from tests.unit.cases.builders import (
    JOINED,
    OM,
    POLICE,
    REPORT,
    RVDK,
    VT,
    a_case,
    a_context,
    a_report,
    a_table,
    an_offer,
    play,
)

THIRD = ReportId(UUID(int=0x3))
ALLOWED = frozenset({POLICE, OM})
"""The one pair of reporters that may hear of each other."""
COMMANDS = (c.Report(None), c.Update(None))


def by_om(*tell: Oin) -> Context:
    return a_context(OM, tell=tell, radar=Radar(pairs=lambda one, other: {one, other} == ALLOWED))


def reported_by_both(holder: Oin = VT) -> Case:
    joined, by_om = (a_report(number=id_, reporter=oin, opened=False) for id_, oin in ((JOINED, RVDK), (THIRD, OM)))
    return a_case(holder=holder, reports=(a_report(), joined, by_om))


def to(played_to: Oin, case: Case, command: c.CaseCommand) -> n.Notice:
    (notice,) = [one for one in play(case, command, by_om(POLICE, RVDK)).notices if one.to == played_to]
    return notice


@pytest.mark.parametrize("command", COMMANDS, ids=["report", "update"])
def test_a_reporter_hears_under_its_own_reference_of_whom_its_pair_allows(command: c.CaseCommand) -> None:
    notice = to(POLICE, reported_by_both(), command)
    assert (notice.correlation, notice.version) == (REPORT, 1)


@pytest.mark.parametrize("command", COMMANDS, ids=["report", "update"])
def test_of_any_other_it_hears_what_the_route_brings_it_and_not_that_it_is_about_its_case(
    command: c.CaseCommand,
) -> None:
    notice = to(RVDK, reported_by_both(), command)
    assert (notice.correlation, notice.version, notice.holder) == (None, None, None)


def test_a_reporter_that_holds_or_held_does_not_hear_who_holds_in_what_names_no_case() -> None:
    case = a_case(
        holder=RVDK, reports=(a_report(ReportState.OFFERED, reporter=RVDK), a_report(number=THIRD, reporter=OM))
    )
    assert to(RVDK, replace(case, held=(RVDK,)), c.Update(None)).holder is None


def test_who_sits_with_it_at_a_table_hears_it_on_the_case() -> None:
    case = replace(a_case(tables=(a_table((RVDK, SeatState.INVITED)),)), reports=reported_by_both().reports)
    assert to(RVDK, case, c.Update(None)).correlation == JOINED


@pytest.mark.parametrize(
    "state", [CandidacyState.OFFERED, CandidacyState.REFUSED, CandidacyState.WITHDRAWN, CandidacyState.ACCEPTED]
)
def test_who_was_asked_to_take_over_and_does_not_hold_hears_it_as_anyone(state: CandidacyState) -> None:
    case = replace(a_case(offers=(an_offer((RVDK, state)),)), reports=reported_by_both().reports)
    assert to(RVDK, case, c.Update(None)).correlation is None
