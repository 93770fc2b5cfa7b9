"""The joint table: invited, heard, agreed; each action has one party, which says yes to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Change, Contribution, TableKind
from hub.canonical.terms import ACTION_ANSWER, CONTRIBUTION, TABLE_SILENCE
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.states import ActionState, CandidacyState, SeatState
from hub.cases.table_stand import table_stand
from hub.errors import Code
from hub.ids import ActionId, Oin, TableId
from tests.unit.cases.builders import (
    ACTION,
    CASE,
    JOINED,
    MONDAY,
    OM,
    POLICE,
    PROBATION,
    REPORT,
    RETIRED,
    RVDK,
    STRANGER,
    TABLE,
    TEAM_A,
    VT,
    Played,
    a_case,
    a_closed_case,
    a_context,
    a_report,
    a_table,
    an_action,
    an_offer,
    happened,
    play,
    refusal,
)

THURSDAY_NIGHT = datetime(2026, 3, 5, 22, 59, 59, tzinfo=UTC)
"""The end of the third working day after `MONDAY`."""
ACTION_2 = ActionId(UUID(int=0x2AC710))
INVITED, KNOWN, NOTHING, DECLINED = SeatState
SAID = {KNOWN: Contribution.KNOWN, NOTHING: Contribution.NOTHING_KNOWN, DECLINED: Contribution.DECLINED}


def opened(*participants: Oin, by: Oin = VT, kind: TableKind = TableKind.ACTION, case: Case | None = None) -> Played:
    return play(case or a_case(), c.OpenTable(TABLE, kind, participants, None), a_context(by))


def seated(*seats: tuple[Oin, SeatState], chair: Oin = VT) -> Case:
    return a_case(tables=(a_table(*seats, chair=chair),))


def says(case: Case, by: Oin, what: Contribution, now: datetime = MONDAY) -> Played:
    return play(case, c.Contribute(TABLE, what), a_context(by, now=now))


def stand_in(played: Played, chair: Oin = VT) -> n.TableStand:
    (stand,) = (body for body in played.told(chair) if isinstance(body, n.TableStand))
    return stand


def running(case: Case) -> list[tuple[str, object]]:
    """But how long nothing is said there: `test_end_of_a_table.py`."""
    return [(term.name, term.about) for term in case.running() if term.name != TABLE_SILENCE]


# Invited


def test_each_that_is_invited_hears_it_under_the_case_and_the_holder_stays_unnamed() -> None:
    played = opened(OM, RVDK)
    assert [(one.to, one.body, one.correlation, one.holder) for one in played.notices] == [
        (OM, n.PassOn(), CASE, None),
        (RVDK, n.PassOn(), CASE, None),
    ]
    assert played.case.holder == VT


def test_a_reporter_that_is_invited_is_told_by_its_own_report() -> None:
    case = a_case(reports=(a_report(), a_report(number=JOINED, reporter=RVDK, opened=False)))
    assert [one.correlation for one in opened(OM, RVDK, case=case).notices] == [CASE, JOINED]


@pytest.mark.parametrize("chair", [VT, POLICE, TEAM_A])
def test_triage_holder_and_reporters_may_put_the_case_on_the_table_and_chair_it(chair: Oin) -> None:
    case = a_case(holder=TEAM_A, offers=(an_offer((TEAM_A, CandidacyState.ACCEPTED)),))
    played = opened(OM, by=chair, case=case)
    assert played.case.tables[TABLE].chair == chair
    assert played.decision.reference == (REPORT if chair == POLICE else CASE)


def test_it_is_to_be_answered_within_the_term_unless_the_chair_names_a_moment() -> None:
    custody = MONDAY + timedelta(hours=9)
    named = play(a_case(), c.OpenTable(TABLE, TableKind.ACTION, (RVDK,), custody), a_context(VT)).case
    by_term = opened(OM).case
    for case, moment in ((by_term, THURSDAY_NIGHT), (named, custody)):
        due = [one.due for one in case.running() if one.name == CONTRIBUTION]
        assert (case.tables[TABLE].answer_by, due) == (moment, [moment])


@pytest.mark.parametrize(
    ("participants", "field"),
    [
        pytest.param((OM, VT), "/data/deelnemers/1", id="the chair"),
        pytest.param((RETIRED,), "/data/deelnemers/0", id="no partner"),
        pytest.param((OM, RVDK, OM), "/data/deelnemers/2", id="named twice"),
    ],
)
def test_a_participant_that_cannot_be_one_is_pointed_at(participants: tuple[Oin, ...], field: str) -> None:
    command = c.OpenTable(TABLE, TableKind.ACTION, participants, None)
    assert refusal(a_case(), command, a_context(VT)) == (Code.SCHEMA_INVALID, (field,))


@pytest.mark.parametrize("answer_by", [None, MONDAY, MONDAY + timedelta(hours=9)])
def test_a_custody_clock_that_has_run_out_is_none(answer_by: datetime | None) -> None:
    command = c.OpenTable(TABLE, TableKind.ACTION, (RVDK,), answer_by, decision_by=MONDAY)
    assert refusal(a_case(), command, a_context(VT)) == (Code.SCHEMA_INVALID, ("/data/besluitVoor",))


def test_a_moment_that_has_passed_is_none_to_answer_by() -> None:
    command = c.OpenTable(TABLE, TableKind.ACTION, (OM,), MONDAY)
    assert refusal(a_case(), command, a_context(VT)) == (Code.SCHEMA_INVALID, ("/data/antwoordVoor",))


def test_a_number_of_a_table_is_used_once() -> None:
    command = c.OpenTable(TABLE, TableKind.MDA, (OM,), None)
    assert refusal(seated((OM, INVITED)), command, a_context(VT)) == (Code.STEP_NOT_ALLOWED, ("/data/overleg",))


# Heard


def test_a_contribution_goes_at_once_to_the_others_and_the_chair_sees_the_stand_after_it() -> None:
    played = says(opened(OM, RVDK).case, OM, Contribution.KNOWN)
    assert [(one.to, type(one.body)) for one in played.notices] == [
        (VT, n.PassOn),
        (RVDK, n.PassOn),
        (VT, n.TableStand),
    ]
    assert stand_in(played).seats == (n.Seat(OM, Contribution.KNOWN, False), n.Seat(RVDK, None, False))


def test_the_term_runs_until_the_last_has_answered() -> None:
    case = says(opened(OM, RVDK).case, OM, Contribution.NOTHING_KNOWN).case
    assert running(case) == [(CONTRIBUTION, TABLE)]
    assert running(says(case, RVDK, Contribution.DECLINED).case) == []


@pytest.mark.parametrize(("state", "then"), [*product(SeatState, SAID)], ids=str)
def test_a_party_may_say_more_later_and_nothing_makes_what_it_said_unsaid(state: SeatState, then: SeatState) -> None:
    """Who declined or knew nothing may still know something; who knew something does not know it any less."""
    said_before = {INVITED: 0, DECLINED: 1, NOTHING: 2, KNOWN: 3}
    case = seated((OM, state))
    more = said_before[then] > said_before[state] or then is state is KNOWN
    if more:
        assert says(case, OM, SAID[then]).case.tables[TABLE].seats == {OM: then}
    else:
        refused = refusal(case, c.Contribute(TABLE, SAID[then]), a_context(OM))
        assert refused == (Code.STEP_NOT_ALLOWED, ("/data/antwoord",))


def test_who_is_silent_is_missing_from_the_deadline_on_and_may_still_answer() -> None:
    case = opened(OM, RVDK, PROBATION).case
    late = says(case, OM, Contribution.KNOWN, THURSDAY_NIGHT)
    assert [(seat.party, seat.missing) for seat in stand_in(late).seats] == [
        (OM, False),
        (RVDK, True),
        (PROBATION, True),
    ]
    later = says(late.case, RVDK, Contribution.NOTHING_KNOWN, THURSDAY_NIGHT + timedelta(days=9))
    assert [(seat.party, seat.missing) for seat in stand_in(later).seats] == [
        (OM, False),
        (RVDK, False),
        (PROBATION, True),
    ]


def test_nobody_is_missing_before_the_deadline() -> None:
    table = opened(OM).case.tables[TABLE]
    before, at = (table_stand(table, THURSDAY_NIGHT - timedelta(seconds=late)) for late in (1, 0))
    assert [seat.missing for one in (before, at) for seat in one.seats] == [False, True]


@pytest.mark.parametrize("sender", [POLICE, STRANGER, TEAM_A])
@pytest.mark.parametrize(
    "command",
    [
        c.Contribute(TABLE, Contribution.KNOWN),
        c.Agree(TABLE, (c.AgreedAction(ACTION, OM, None),)),
        c.AcceptAction(TABLE, ACTION),
        c.Contribute(TableId(UUID(int=1)), Contribution.KNOWN),
    ],
)
def test_who_was_not_invited_has_no_such_table(sender: Oin, command: c.CaseCommand) -> None:
    case = seated((OM, KNOWN))
    assert refusal(case, command, a_context(sender)) == (Code.STEP_NOT_ALLOWED, ("/data/overleg",))


def test_the_chair_speaks_by_putting_the_case_there() -> None:
    case = seated((OM, INVITED))
    refused = refusal(case, c.Contribute(TABLE, Contribution.KNOWN), a_context(VT))
    assert refused == (Code.STEP_NOT_ALLOWED, ("/data/antwoord",))


# Agreed


def agreed(*actions: tuple[ActionId, Oin], case: Case | None = None, by: Oin = VT) -> Played:
    command = c.Agree(TABLE, tuple(c.AgreedAction(id_, oin, MONDAY) for id_, oin in actions))
    return play(case or seated((OM, KNOWN), (RVDK, INVITED)), command, a_context(by))


def test_each_action_has_one_party_that_is_chased_for_its_yes() -> None:
    played = agreed((ACTION, OM), (ACTION_2, RVDK))
    assert {id_: (one.responsible, one.state) for id_, one in played.case.tables[TABLE].actions.items()} == {
        ACTION: (OM, ActionState.AGREED),
        ACTION_2: (RVDK, ActionState.AGREED),
    }
    assert running(played.case) == [(ACTION_ANSWER, ACTION), (ACTION_ANSWER, ACTION_2)]


def test_everybody_at_the_table_hears_what_was_agreed_and_the_chair_sees_the_stand() -> None:
    played = agreed((ACTION, OM))
    assert [(one.to, type(one.body)) for one in played.notices] == [
        (OM, n.PassOn),
        (RVDK, n.PassOn),
        (VT, n.TableStand),
    ]
    assert stand_in(played).actions == (n.ActionStand(ACTION, OM, False),)


def test_the_chair_says_yes_to_its_own_action_by_writing_it_down() -> None:
    played = agreed((ACTION, VT))
    assert [type(event) for event in played.decision.events[:2]] == [e.ActionAgreed, e.ActionAccepted]
    assert stand_in(played).actions == (n.ActionStand(ACTION, VT, True),)
    assert running(played.case) == []


def test_a_table_may_agree_more_later() -> None:
    case = agreed((ACTION, OM)).case
    assert set(agreed((ACTION_2, RVDK), case=case).case.tables[TABLE].actions) == {ACTION, ACTION_2}


@pytest.mark.parametrize(
    ("actions", "field"),
    [
        pytest.param(((ACTION_2, STRANGER),), "/data/afspraken/0", id="not at the table"),
        pytest.param(((ACTION_2, OM), (ACTION, OM)), "/data/afspraken/1", id="used before"),
        pytest.param(((ACTION_2, OM), (ACTION_2, RVDK)), "/data/afspraken/1", id="two parties for one action"),
    ],
)
def test_an_action_that_cannot_be_one_is_pointed_at(actions: tuple[tuple[ActionId, Oin], ...], field: str) -> None:
    case = agreed((ACTION, OM)).case
    command = c.Agree(TABLE, tuple(c.AgreedAction(id_, oin, None) for id_, oin in actions))
    assert refusal(case, command, a_context(VT)) == (Code.SCHEMA_INVALID, (field,))


def test_an_action_of_another_table_is_used_too() -> None:
    second = replace(a_table((OM, KNOWN)), id=TableId(UUID(int=2)))
    case = a_case(tables=(a_table((OM, KNOWN), actions=(an_action(OM),)), second))
    command = c.Agree(second.id, (c.AgreedAction(ACTION, OM, None),))
    assert refusal(case, command, a_context(VT))[0] is Code.SCHEMA_INVALID


def test_only_the_chair_writes_down_what_was_agreed() -> None:
    command = c.Agree(TABLE, (c.AgreedAction(ACTION, OM, None),))
    assert refusal(seated((OM, KNOWN)), command, a_context(OM)) == (Code.STEP_NOT_ALLOWED, ("/data/overleg",))


def test_each_action_is_accepted_by_itself() -> None:
    case = agreed((ACTION, OM), (ACTION_2, OM)).case
    played = play(case, c.AcceptAction(TABLE, ACTION), a_context(OM))
    assert [(one.to, type(one.body)) for one in played.notices] == [
        (VT, n.PassOn),
        (RVDK, n.PassOn),
        (VT, n.TableStand),
    ]
    assert stand_in(played).actions == (n.ActionStand(ACTION, OM, True), n.ActionStand(ACTION_2, OM, False))
    assert running(played.case) == [(ACTION_ANSWER, ACTION_2)]


@pytest.mark.parametrize(("sender", "action"), [(RVDK, ACTION), (VT, ACTION), (OM, ACTION_2)])
def test_only_its_one_party_accepts_an_action(sender: Oin, action: ActionId) -> None:
    case = agreed((ACTION, OM)).case
    refused = refusal(case, c.AcceptAction(TABLE, action), a_context(sender))
    assert refused == (Code.STEP_NOT_ALLOWED, ("/data/afspraak",))


def test_an_action_is_accepted_once() -> None:
    case = play(agreed((ACTION, OM)).case, c.AcceptAction(TABLE, ACTION), a_context(OM)).case
    assert refusal(case, c.AcceptAction(TABLE, ACTION), a_context(OM))[0] is Code.STEP_NOT_ALLOWED


def test_nothing_at_a_table_moves_the_holder() -> None:
    case = opened(OM, RVDK).case
    case = says(case, OM, Contribution.KNOWN).case
    case = agreed((ACTION, RVDK), case=case).case
    case = play(case, c.AcceptAction(TABLE, ACTION), a_context(RVDK)).case
    assert (case.holder, case.held) == (VT, (POLICE, VT))


def test_a_reporter_that_cannot_know_that_its_case_is_closed_puts_its_table_all_the_same() -> None:
    """Its report goes into a case of its own for that, which the triage holds, and hears of."""
    command, ctx = c.OpenTable(TABLE, TableKind.ACTION, (OM,), None), a_context(POLICE, called=REPORT)
    left = play(a_closed_case(), command, ctx)
    assert left.decision.opens is not None
    own = happened(None, left.decision.opens, ctx)

    assert (left.decision.reference, left.notices, list(left.case.own_reports())) == (REPORT, (), [])
    assert (own.case.linked, own.case.holder, own.case.triage) == (CASE, VT, VT)
    assert (own.case.tables[TABLE].chair, own.case.tables[TABLE].ties) == (POLICE, {POLICE: REPORT})
    assert own.told(VT) == [n.Changed(REPORT, Change.MOVED)]
    assert own.told(OM) == [n.PassOn()]
    assert own.told(POLICE) == []
    assert own.case.takes_reports


def test_the_number_of_a_table_is_used_up_by_the_case_that_was_closed_too() -> None:
    used = replace(a_closed_case(), tables={TABLE: a_table((OM, KNOWN), chair=VT)})
    put = c.OpenTable(TABLE, TableKind.ACTION, (OM,), None)
    assert refusal(used, put, a_context(POLICE, called=REPORT)) == (Code.STEP_NOT_ALLOWED, ("/data/overleg",))


def test_a_reporter_hears_of_its_table_under_the_report_by_which_it_put_it() -> None:
    """Whatever report of its own joins the case after that."""
    case = play(a_case(), c.OpenTable(TABLE, TableKind.ACTION, (OM,), None), a_context(POLICE, called=REPORT)).case
    later = a_report(number=JOINED, opened=False)
    case = replace(case, reports={**case.reports, JOINED: later})
    said = play(case, c.Contribute(TABLE, Contribution.KNOWN), a_context(OM))
    assert {notice.correlation for notice in said.notices if notice.to == POLICE} == {REPORT}
    assert not case.may_call_it(POLICE, CASE)
