"""What a party by a report only receives is a function of that report's own history, whatever else happens."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.canonical import commands as c
from hub.canonical.codes import Contribution, Lane, Outcome, RadarWithdrawal, RefusalReason, TableKind
from hub.cases.case import Case
from hub.cases.states import CandidacyState
from hub.ids import HandoverId, Oin, ReportId, TableId
from tests.unit.cases.builders import OM, PROBATION, RVDK, TEAM_A, TEAM_B, VT_ELSEWHERE
from tests.unit.cases.towns import SCHOOL, Town, dialogue

MOVES = ("report", "report", "says", "says", "says", "triage", "triage", "time")
ELSE = ("report", "triage", "offer", "yes", "no", "table", "joins in", "apart", "withdraw", "news", "moves", "closes")
numbers = st.integers(0, 60)
moves = st.tuples(st.just("own"), st.sampled_from(MOVES), numbers, numbers)
others = st.tuples(st.just("else"), st.sampled_from(ELSE), numbers, numbers)


@settings(max_examples=250)
@given(st.lists(st.one_of(moves, others, others), min_size=6, max_size=40))
def test_a_reporter_receives_the_same_whether_or_not_anything_else_happens(
    happens: Sequence[tuple[str, str, int, int]],
) -> None:
    same_in_both(happens)


REPORTS, ELSE_REPORTS = ("own", "report", 0, 1), ("else", "report", 0, 0)
RECORDED, ASSESSED = ("own", "triage", 0, 1), ("own", "triage", 0, 3)
LATER, DAYS_LATER = ("own", "time", 0, 0), ("own", "time", 0, 2)
EVERYTHING = tuple(("own", "says", 0, which) for which in range(48))


@pytest.mark.parametrize(
    "happens",
    [
        pytest.param((ELSE_REPORTS, REPORTS, ASSESSED, ("else", "closes", 0, 0), *EVERYTHING), id="closed since"),
        pytest.param(
            (REPORTS, ASSESSED, ELSE_REPORTS, ("else", "closes", 0, 0), *EVERYTHING), id="closed, opened by it"
        ),
        pytest.param((ELSE_REPORTS, REPORTS, ("else", "moves", 0, 0), *EVERYTHING, RECORDED, DAYS_LATER), id="moved"),
        pytest.param(
            (ELSE_REPORTS, ("own", "report", 0, 0), LATER, LATER, DAYS_LATER), id="an acute one nobody records"
        ),
        pytest.param((ELSE_REPORTS, REPORTS, REPORTS, ("own", "triage", 1, 1), DAYS_LATER), id="one of two recorded"),
        pytest.param((ELSE_REPORTS, REPORTS, ("own", "triage", 0, 0), DAYS_LATER, DAYS_LATER), id="not assessed"),
    ],
)
def test_so_it_is_where_it_was_not(happens: Sequence[tuple[str, str, int, int]]) -> None:
    same_in_both(happens)


def same_in_both(happens: Sequence[tuple[str, str, int, int]]) -> None:
    quiet, busy = Town(), Town()
    for whose, what, one, other in happens:
        if whose == "own":
            for town in (quiet, busy):
                dialogue(town, (what, one, other))
        else:
            something_else(busy, what, one, other)
    assert quiet.heard == busy.heard


def test_the_towns_do_differ() -> None:
    """The holder moved, the case went to another region, others reported: all of it beside one report."""
    town = Town()
    town.report(OM, 0)
    dialogue(town, ("report", 0, 1))
    (report,) = town.own
    for which in (1, 3):
        dialogue(town, ("triage", 0, which))
    for what in ("triage", "triage", "offer", "yes"):
        something_else(town, what, 0, 0)
    case = town.on(report)
    assert case is not None
    assert (case.triage, case.holder, len(case.reports)) == (VT_ELSEWHERE, VT_ELSEWHERE, 2)


def something_else(town: Town, what: str, one: int, other: int) -> None:
    """An act of somebody else, on a report of somebody else or on the case that it is on; if it is allowed."""
    theirs = [report for report in town.children if report not in town.own]
    if what == "report" or not theirs:
        town.report((OM, RVDK)[one % 2], other % 5 // 4, (Lane.ROUTINE, Lane.ACUTE)[one % 3 // 2])
        return
    report = theirs[one % len(theirs)]
    case = town.on(report)
    assert case is not None
    if what in ("moves", "closes"):
        _handed_to(town, report, VT_ELSEWHERE if what == "moves" else case.triage)
        _assessed(town, report)
        town.say(case.triage, report, c.Close(), case.id) if what == "closes" else None
        return
    sender, command = _act(town, case, report, what, other)
    if sender != SCHOOL:
        town.say(sender, report, command, case.id)


def _handed_to(town: Town, report: ReportId, to: Oin) -> None:
    """Offered by whoever holds, and taken."""
    case = town.on(report)
    assert case is not None
    if case.holder in (None, SCHOOL, to):
        return
    handover = HandoverId(town.fresh())
    town.say(case.holder, report, c.Offer(handover, (to,), None), case.id)
    case = town.on(report)
    assert case is not None
    if handover in case.handovers:
        town.say(to, report, c.Accept(handover, case.handovers[handover].candidates[to].offer_hash or ""), case.id)


def _assessed(town: Town, report: ReportId) -> None:
    """Every report of somebody else on this case."""
    case = town.on(report)
    assert case is not None
    for one in case.own_reports():
        if one.reporter != SCHOOL:
            town.say(case.triage, one.id, c.Assess(one.id, Outcome.NO_FOLLOW_UP, None), case.id)


def _act(town: Town, case: Case, report: ReportId, what: str, other: int):  # type: ignore[no-untyped-def]
    to = (VT_ELSEWHERE, TEAM_A, TEAM_B)[other % 3]
    triage, holder = case.triage, case.holder or case.triage
    asked = [(id_, oin) for id_, one in case.handovers.items() for oin in one.in_state(CandidacyState.OFFERED)]
    handover, candidate = asked[other % len(asked)] if asked else (HandoverId(town.fresh()), TEAM_A)
    reporter = case.reports[report].reporter
    table = next(iter(case.tables), TableId(town.fresh()))
    match what:
        case "triage":
            outcome = (Outcome.RESEARCH, Outcome.NO_FOLLOW_UP)[other % 2]
            return triage, c.Record(report) if other % 3 == 0 else c.Assess(report, outcome, None)
        case "offer":
            return holder, c.Offer(HandoverId(town.fresh()), (to,), None)
        case "yes":
            hash_ = case.handovers[handover].candidates[candidate].offer_hash if asked else ""
            return candidate, c.Accept(handover, hash_ or "")
        case "no":
            return candidate, c.Refuse(handover, RefusalReason.CAPACITY, None)
        case "table":
            return reporter, c.OpenTable(TableId(town.fresh()), TableKind.ACTION, (PROBATION, triage), None)
        case "joins in":
            return PROBATION, c.Contribute(table, Contribution.KNOWN)
        case "close":
            return triage, c.Close()
        case "apart":
            return triage, c.Detach(report)
        case "withdraw":
            return reporter, c.WithdrawFromRadar(report, RadarWithdrawal.UNJUSTIFIED)
    return reporter, c.Update(None)
