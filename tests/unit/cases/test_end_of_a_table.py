"""A right by a joint table ends with that: it was declined, nothing is said there any more, or the case is over."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Change, Contribution, Outcome, TableKind
from hub.canonical.terms import MDA_TABLE, TABLE_SILENCE
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.decide import decide
from hub.cases.evolve import fold
from hub.cases.sight import sight_of
from hub.cases.stand import stand_for
from hub.cases.states import ActionState, ReportState, SeatState
from hub.errors import Code
from hub.ids import Oin
from tests.unit.cases.builders import (
    ACTION,
    CASE,
    HUB,
    JOINED,
    MONDAY,
    OM,
    POLICE,
    PROBATION,
    REPORT,
    RVDK,
    TABLE,
    VT,
    Played,
    a_case,
    a_context,
    a_report,
    a_table,
    an_action,
    play,
    refusal,
)

SAYS = c.Contribute(TABLE, Contribution.KNOWN)
DECLINES = c.Contribute(TABLE, Contribution.DECLINED)
HALF_A_YEAR = timedelta(days=190)


def put(*, kind: TableKind = TableKind.ACTION, decision_by: datetime | None = None) -> Case:
    """OM and probation at a table of the triage."""
    command = c.OpenTable(TABLE, kind, (OM, PROBATION), None, decision_by=decision_by)
    return play(a_case(), command, a_context(VT)).case


def after(case: Case, *said: tuple[Oin, c.CaseCommand], at: datetime = MONDAY) -> Case:
    for sender, command in said:
        case = play(case, command, a_context(sender, now=at)).case
    return case


def answered() -> Case:
    return after(put(), (OM, SAYS), (PROBATION, SAYS))


def at(case: Case, moment: datetime) -> Played:
    return play(case, c.TermReached(TABLE_SILENCE, TABLE), a_context(HUB, now=moment))


# Who takes no part


def test_who_takes_no_part_hears_no_more_of_what_is_said_there() -> None:
    case = after(put(), (PROBATION, DECLINES))
    said = play(case, SAYS, a_context(OM))
    assert {one.to for one in said.notices} == {VT}
    agreed = play(said.case, c.Agree(TABLE, (c.AgreedAction(ACTION, OM, None),)), a_context(VT))
    assert {one.to for one in agreed.notices} == {OM, VT}


def test_it_sees_that_it_takes_no_part_and_nothing_else() -> None:
    stand = stand_for(after(put(), (PROBATION, DECLINES)), PROBATION, MONDAY)
    assert (stand.status, stand.steps, stand.terms, stand.holder) == ("neemt-niet-deel", (), (), None)


def test_it_brings_nothing_to_the_case() -> None:
    case = after(put(), (PROBATION, DECLINES))
    assert sight_of(case, PROBATION).is_over
    assert refusal(case, c.Update(None), a_context(PROBATION))[0] is Code.STEP_NOT_ALLOWED


def test_it_may_say_more_later_and_is_at_the_table_again() -> None:
    case = after(put(), (PROBATION, DECLINES), (PROBATION, SAYS))
    assert {one.to for one in play(case, SAYS, a_context(OM)).notices} == {VT, PROBATION}


def test_an_action_of_its_own_it_hears_of() -> None:
    case = after(put(), (PROBATION, DECLINES))
    agreed = play(case, c.Agree(TABLE, (c.AgreedAction(ACTION, PROBATION, None),)), a_context(VT))
    assert PROBATION in {one.to for one in agreed.notices}
    assert [step.about for step in stand_for(agreed.case, PROBATION, MONDAY).steps] == [ACTION]


def test_it_hears_that_the_table_is_over() -> None:
    case = replace(after(put(), (OM, SAYS), (PROBATION, DECLINES)), reports={REPORT: a_report(ReportState.ASSESSED)})
    assert play(case, c.Close(), a_context(VT)).told(PROBATION) == [n.Changed(TABLE, Change.ENDED)]


# Where nothing is said any more


def test_a_table_at_which_nothing_is_said_for_so_long_is_over_and_everybody_at_it_hears_so() -> None:
    ended = at(answered(), MONDAY + HALF_A_YEAR)
    assert {one.to: one.body for one in ended.notices} == dict.fromkeys(
        (VT, OM, PROBATION), n.Changed(TABLE, Change.ENDED)
    )
    assert ended.case.tables[TABLE].ended
    assert not [term for term in ended.case.running() if term.about == TABLE]


def test_every_word_at_it_counts_anew() -> None:
    later = MONDAY + timedelta(days=100)
    case = after(answered(), (OM, SAYS), at=later)
    (term,) = [one for one in at(case, MONDAY + HALF_A_YEAR).case.running() if one.name == TABLE_SILENCE]
    assert term.due > MONDAY + HALF_A_YEAR
    assert at(at(case, MONDAY + HALF_A_YEAR).case, later + HALF_A_YEAR).case.tables[TABLE].ended


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(after(put(), (OM, SAYS)), id="somebody has not said its part"),
        pytest.param(
            after(answered(), (VT, c.Agree(TABLE, (c.AgreedAction(ACTION, OM, None),)))), id="an action is not taken on"
        ),
        pytest.param(
            after(put(decision_by=MONDAY + timedelta(days=14)), (OM, SAYS), (PROBATION, SAYS)), id="custody runs"
        ),
    ],
)
def test_it_goes_on_while_somebody_is_awaited_or_a_custody_clock_runs(case: Case) -> None:
    custody = case.tables[TABLE].decision_by
    moment = MONDAY + HALF_A_YEAR
    if custody is not None:
        # As far off as a party may set it is nearer than that: the clock that runs is one of today.
        case = replace(case, tables={TABLE: replace(case.tables[TABLE], decision_by=moment + timedelta(days=1))})
    looked = at(case, moment)
    assert not looked.case.tables[TABLE].ended
    assert not looked.notices
    (term,) = [one for one in looked.case.running() if one.name == TABLE_SILENCE]
    assert term.due > moment


def test_it_does_not_end_by_a_clock_that_is_doubted() -> None:
    ctx = replace(a_context(HUB, now=MONDAY + HALF_A_YEAR), doubted=True)
    assert not play(answered(), c.TermReached(TABLE_SILENCE, TABLE), ctx).case.tables[TABLE].ended


@pytest.mark.parametrize("oin", [OM, PROBATION])
def test_who_was_at_it_sees_that_it_is_over_and_nothing_else(oin: Oin) -> None:
    case = at(answered(), MONDAY + HALF_A_YEAR).case
    stand = stand_for(case, oin, MONDAY)
    assert (stand.status, stand.steps, stand.terms) == ("beeindigd", (), ())
    assert sight_of(case, oin).is_over
    for command in (SAYS, c.AcceptAction(TABLE, ACTION), c.Agree(TABLE, ())):
        assert refusal(case, command, a_context(oin)) == (Code.STEP_NOT_ALLOWED, ("/data/overleg",))


def test_its_chair_puts_another_for_what_comes_after() -> None:
    case = at(answered(), MONDAY + HALF_A_YEAR).case
    assert refusal(case, SAYS, a_context(OM))[0] is Code.STEP_NOT_ALLOWED
    assert refusal(case, c.OpenTable(TABLE, TableKind.ACTION, (OM,), None), a_context(VT))[0] is Code.STEP_NOT_ALLOWED


def test_an_mda_table_that_is_over_is_awaited_again() -> None:
    case = after(put(kind=TableKind.MDA), (OM, SAYS), (PROBATION, SAYS))
    case = at(case, MONDAY + HALF_A_YEAR).case
    case = play(case, c.Assess(REPORT, Outcome.NO_FOLLOW_UP, None, mda=True), a_context(VT)).case
    assert MDA_TABLE in [term.name for term in case.running()]


def test_a_table_of_a_version_before_counts_from_the_next_word_at_it() -> None:
    table = a_table((OM, SeatState.KNOWN), (PROBATION, SeatState.KNOWN))
    case = a_case(tables=(table,))
    assert [one.name for one in after(case, (OM, SAYS)).running()] == [TABLE_SILENCE]
    assert at(after(case, (OM, SAYS)), MONDAY + HALF_A_YEAR).case.tables[TABLE].ended


def test_whoever_has_ended_is_not_written_to() -> None:
    ctx = replace(a_context(HUB, now=MONDAY + HALF_A_YEAR), connected=lambda oin: oin != OM)
    assert {one.to for one in play(answered(), c.TermReached(TABLE_SILENCE, TABLE), ctx).notices} == {VT, PROBATION}


# With its case, or with a report


@pytest.mark.parametrize("oin", [OM, PROBATION])
def test_with_its_case_every_right_by_it_ends(oin: Oin) -> None:
    case = replace(answered(), reports={REPORT: a_report(ReportState.ASSESSED)})
    closed = play(case, c.Close(), a_context(VT)).case
    stand = stand_for(closed, oin, MONDAY)
    assert (stand.status, stand.steps) == ("gesloten", ())
    assert sight_of(closed, oin).is_over
    assert refusal(closed, SAYS, a_context(oin))[0] is Code.CASE_CLOSED


def test_whose_table_was_over_before_does_not_see_that_the_case_is_closed() -> None:
    over = at(answered(), MONDAY + HALF_A_YEAR).case
    closed = play(replace(over, reports={REPORT: a_report(ReportState.ASSESSED)}), c.Close(), a_context(VT)).case
    assert [stand_for(case, OM, MONDAY).status for case in (over, closed)] == ["beeindigd", "beeindigd"]
    assert refusal(closed, SAYS, a_context(OM)) == refusal(over, SAYS, a_context(OM))


def test_a_table_that_is_over_already_ends_once() -> None:
    over = at(answered(), MONDAY + HALF_A_YEAR).case
    case = replace(over, reports={REPORT: a_report(ReportState.ASSESSED)})
    assert play(case, c.Close(), a_context(VT)).notices == ()


def test_it_goes_along_with_its_report_and_nobody_hears_of_it_again() -> None:
    mine = a_report(number=JOINED, reporter=RVDK, opened=False)
    table = replace(a_table((OM, SeatState.KNOWN), chair=RVDK), ties={RVDK: JOINED}, ended=True)
    played = play(a_case(reports=(a_report(), mine), tables=(table,)), c.Detach(JOINED), a_context(VT))
    assert played.decision.opens is not None
    own = fold(None, played.decision.opens.events)
    assert own is not None
    assert (own.tables[TABLE].ended, played.decision.opens.drafts) == (True, ())


def test_what_runs_for_it_goes_along_too() -> None:
    mine = a_report(number=JOINED, reporter=RVDK, opened=False)
    opened = c.OpenTable(TABLE, TableKind.ACTION, (OM,), None)
    case = play(a_case(reports=(a_report(), mine)), opened, a_context(RVDK, called=JOINED)).case
    played = play(case, c.Detach(JOINED), a_context(VT))
    assert played.decision.opens is not None
    own = fold(None, played.decision.opens.events)
    assert own is not None
    (term,) = [one for one in own.running() if one.name == TABLE_SILENCE]
    assert (term.about, own.tables[TABLE].said_at) == (TABLE, MONDAY)
    assert TABLE_SILENCE not in [one.name for one in played.case.running()]


def test_a_seat_that_was_there_with_others_tells_nothing_of_the_case_by_what_it_owed() -> None:
    """Who was responsible for an action that it took on, and declined since the table is over, sees nothing of it."""
    table = a_table((POLICE, SeatState.KNOWN), actions=(an_action(POLICE, ActionState.ACCEPTED),))
    case = a_case(reports=(a_report(reporter=OM),), tables=(replace(table, ended=True),))
    assert (stand_for(case, POLICE, MONDAY).status, case.known_as(POLICE)) == ("beeindigd", CASE)


@pytest.mark.parametrize(("days", "shortened"), [(10, False), (90, True)])
def test_its_chair_hears_that_a_custody_clock_counts_no_further_than_a_party_may_set_one(
    days: int, shortened: bool
) -> None:
    until, soon = MONDAY + timedelta(days=days), MONDAY + timedelta(days=1)
    command = c.OpenTable(TABLE, TableKind.ACTION, (OM,), soon, decision_by=until)
    decision = decide(a_case(), command, a_context(VT))
    assert decision.shortened is shortened
    (opened,) = [event for event in decision.events if isinstance(event, e.TableOpened)]
    assert (opened.decision_by == until, opened.answer_by) == (not shortened, soon)


def test_silence_counts_from_the_clock_where_the_last_word_is_ahead_of_it() -> None:
    """A clock that was ahead has moved the register; nothing counts from that."""
    ahead = MONDAY + timedelta(days=400)
    case = play(put(), SAYS, a_context(OM, now=ahead, clock=MONDAY)).case
    silence, now = c.TermReached(TABLE_SILENCE, TABLE), a_context(HUB, now=ahead, clock=MONDAY + HALF_A_YEAR)
    fired = play(case, silence, now).case
    (term,) = [one for one in fired.running() if one.name == TABLE_SILENCE]
    assert term.due <= MONDAY + 2 * HALF_A_YEAR
    assert decide(fired, silence, now).events == (), "asked twice, it fires once"
