"""MDA++ is owed for a report: where that was joined wrongly, it is owed on its own case and no longer on the other."""

from uuid import UUID

import pytest

from hub.canonical import commands as c
from hub.canonical.codes import Outcome, TableKind
from hub.canonical.terms import MDA_TABLE
from hub.cases.case import Case
from hub.cases.decide import decide
from hub.cases.evolve import fold
from hub.cases.states import ReportState
from hub.ids import TableId
from tests.unit.cases.builders import JOINED, OM, REPORT, RVDK, VT, a_case, a_context, a_report, play

FIRST = c.Assess(REPORT, Outcome.NO_FOLLOW_UP, None, mda=True)
SECOND = c.Assess(JOINED, Outcome.NO_FOLLOW_UP, None, mda=True)
TABLE = c.OpenTable(TableId(UUID(int=9)), TableKind.MDA, (OM,), None)


def apart(*before: c.CaseCommand) -> tuple[Case, Case]:
    """The case and that of the report that was joined wrongly, after these steps of the triage."""
    case = a_case(reports=(a_report(), a_report(ReportState.RECORDED, number=JOINED, reporter=RVDK, opened=False)))
    for command in before:
        case = play(case, command, a_context(VT)).case
    decision = decide(case, c.Detach(JOINED), a_context(VT))
    left = fold(case, decision.events)
    new = fold(None, decision.opens.events) if decision.opens else None
    assert left
    assert new
    return left, new


def owed(case: Case) -> bool:
    return any(term.name == MDA_TABLE for term in case.running())


@pytest.mark.parametrize(
    ("before", "left", "new"),
    [
        ((), False, False),
        ((FIRST,), True, False),
        ((SECOND,), False, True),
        ((FIRST, SECOND), True, True),
        ((SECOND, TABLE), False, True),
        ((FIRST, SECOND, TABLE), False, True),
    ],
    ids=[
        "of none",
        "of the other",
        "of this one",
        "of both",
        "of this one, on a table of the case",
        "of both, on a table of the case",
    ],
)
def test_it_is_owed_where_the_report_is(before: tuple[c.CaseCommand, ...], left: bool, new: bool) -> None:
    assert tuple(map(owed, apart(*before))) == (left, new)


def test_the_term_goes_on_as_it_ran() -> None:
    case = play(a_case(), FIRST, a_context(VT)).case
    _, new = apart(SECOND)
    assert [term.due for term in new.running()] == [term.due for term in case.running()]
