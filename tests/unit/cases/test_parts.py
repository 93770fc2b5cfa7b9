"""In which of its roles an organisation is spoken to, and what it may know of a case in each."""

from dataclasses import replace
from typing import get_args
from uuid import UUID

import pytest

from hub.canonical import notices as n
from hub.canonical.codes import Change, FeedbackStep, MoreReason, NoteReason, WithdrawalReason
from hub.canonical.partners import Role
from hub.cases.case import Case
from hub.cases.context import address
from hub.cases.parts import asked_as, held_as, roles_on, spoken_to_as
from hub.cases.sight import sight_of
from hub.cases.stand import stand_for
from hub.cases.states import CandidacyState, SeatState
from hub.cases.table_stand import table_stand
from hub.ids import CaseId, Oin
from tests.unit.cases.builders import (
    ACTION,
    CASE,
    COINCIDENCE,
    JOINED,
    MONDAY,
    OFFER,
    OM,
    POLICE,
    QUESTION,
    REPORT,
    TABLE,
    TEAM_A,
    TEAM_B,
    VT,
    a_case,
    a_coincidence,
    a_question,
    a_report,
    a_table,
    an_action,
    an_offer,
)

DESK, GI, TEAM, PROSECUTION = (
    Role.VEILIG_THUIS,
    Role.CERTIFIED_INSTITUTION,
    Role.LOCAL_TEAM,
    Role.PROSECUTION,
)
BUT_THE_DESK, BUT_GI = frozenset({DESK}), frozenset({GI})


def a_crowded_case() -> Case:
    """VT is the triage, and has reported as an institution; team A holds as a team, and sits as an institution."""
    mine = replace(a_report(number=JOINED, reporter=VT, opened=False), desk=VT)
    offer = replace(an_offer((TEAM_A, CandidacyState.ACCEPTED), (TEAM_B, CandidacyState.OFFERED)), giver=VT)
    table = replace(a_table((TEAM_A, SeatState.INVITED)), chair=OM, actions={ACTION: an_action(TEAM_A)})
    found = a_coincidence(told=(VT, POLICE))
    parts: dict[UUID, dict[Oin, Role]] = {
        REPORT: {POLICE: Role.POLICE},
        JOINED: {VT: GI},
        OFFER: {VT: DESK, TEAM_A: TEAM, TEAM_B: GI},
        TABLE: {OM: PROSECUTION, TEAM_A: GI},
    }
    return replace(
        a_case(holder=TEAM_A, reports=(a_report(), mine), offers=(offer,)),
        tables={TABLE: table},
        questions={QUESTION: a_question()},
        coincidences={COINCIDENCE: found},
        parts=parts,
        held=(VT, TEAM_A),
    )


ALARM = n.Escalation("a", "b", OFFER, MONDAY, (TEAM_B,), 1)
SAID: tuple[tuple[Oin, n.Body, Role | None], ...] = (
    (VT, n.PresentReport(JOINED, MONDAY, ()), DESK),
    (TEAM_A, n.ReportNoted(JOINED, MONDAY, NoteReason.HOLDS, POLICE, VT), TEAM),
    (TEAM_B, n.ReportNoted(JOINED, MONDAY, NoteReason.REGION_NAMED, POLICE, VT), DESK),
    (VT, n.RecordedFor(JOINED), GI),
    (POLICE, n.RecordedFor(REPORT), Role.POLICE),
    (VT, n.StepsTaken(JOINED, FeedbackStep.RESEARCHED), GI),
    (VT, n.Coincidence(COINCIDENCE, REPORT, ()), DESK),
    (VT, n.Coincidence(COINCIDENCE, JOINED, ()), DESK),
    (POLICE, n.Coincidence(COINCIDENCE, REPORT, ()), Role.POLICE),
    (TEAM_B, n.OfferMade(OFFER, MONDAY), GI),
    (TEAM_A, n.OfferBack(OFFER, VT, MONDAY), TEAM),
    (TEAM_B, n.OfferSupplemented(OFFER, MONDAY), GI),
    (TEAM_B, n.OfferWithdrawn(OFFER, WithdrawalReason.CASE_CLOSED), GI),
    (VT, n.MoreAsked(OFFER), DESK),
    (VT, n.MoreWanted(OFFER, MoreReason.FULL_PART_LAPSED), DESK),
    (TEAM_A, n.Dossier(OFFER), TEAM),
    (OM, table_stand(a_table((TEAM_A, SeatState.INVITED)), MONDAY), PROSECUTION),
    (TEAM_B, n.Reminder("a", "b", OFFER, MONDAY), GI),
    (TEAM_A, n.Reminder("a", "b", TABLE, MONDAY), GI),
    (TEAM_A, n.Reminder("a", "b", ACTION, MONDAY), GI),
    (TEAM_A, n.Reminder("a", "b", QUESTION, MONDAY), TEAM),
    (POLICE, n.Reminder("a", "b", COINCIDENCE, MONDAY), Role.POLICE),
    (VT, n.Reminder("a", "b", JOINED, MONDAY), DESK),
    (TEAM_B, ALARM, GI),
    (TEAM_A, ALARM, TEAM),
    (VT, ALARM, DESK),
    (TEAM_A, n.PassOn(), TEAM),
    (TEAM_A, n.PassOn(about=TABLE), GI),
    (TEAM_B, n.PassOn(about=OFFER), GI),
    (VT, n.PassOn(), DESK),
    (VT, n.Stand("open", None, 1, (), ()), None),
    (TEAM_A, n.Changed(TABLE, Change.MOVED), GI),
    (POLICE, n.Changed(COINCIDENCE, Change.ENDED), Role.POLICE),
    (VT, n.Changed(COINCIDENCE, Change.ENDED), DESK),
)


@pytest.mark.parametrize(("to", "body", "role"), SAID, ids=lambda one: type(one).__name__)
def test_each_notice_is_for_one_of_its_roles(to: Oin, body: n.Body, role: Role | None) -> None:
    assert spoken_to_as(a_crowded_case(), to, body) is role


def test_every_kind_of_notice_is_among_them() -> None:
    assert {type(body) for _, body, _ in SAID} == set(get_args(n.Body))


@pytest.mark.parametrize(("to", "body", "_role"), SAID, ids=lambda one: type(one).__name__)
def test_of_what_an_older_version_wrote_only_the_triage_is_known(to: Oin, body: n.Body, _role: Role | None) -> None:
    assert spoken_to_as(replace(a_crowded_case(), parts={}), to, body) in (None, DESK)


def test_an_organisation_is_asked_as_it_holds_reports_or_oversees() -> None:
    case = a_crowded_case()

    assert held_as(case, TEAM_A) is TEAM
    assert held_as(case, VT) is DESK
    assert held_as(case, POLICE) is Role.POLICE
    assert asked_as(case, TEAM_A, CaseId(CASE)) is TEAM
    assert roles_on(case, VT) == (DESK, GI)
    assert roles_on(case, TEAM_A) == (GI, TEAM)


# --- what it may know ----------------------------------------------------------------------------------------------


def test_each_connection_knows_the_case_by_what_is_said_to_it() -> None:
    case = a_crowded_case()

    assert (case.known_as(VT, BUT_GI), case.known_as(VT, BUT_THE_DESK)) == (CASE, JOINED)
    assert (case.may_call_it(VT, CASE, BUT_GI), case.may_call_it(VT, CASE, BUT_THE_DESK)) == (True, False)
    assert case.may_call_it(VT, JOINED, BUT_THE_DESK)
    assert [sight_of(case, VT, but).knows_holder for but in (BUT_GI, BUT_THE_DESK)] == [True, False]
    assert [sight_of(case, TEAM_A, but).knows_holder for but in (BUT_GI, frozenset({TEAM}))] == [True, False]


def test_who_has_one_connection_knows_all_that_its_organisation_may() -> None:
    case = a_crowded_case()

    assert case.known_as(VT) == CASE
    assert sight_of(case, VT).knows_holder
    assert stand_for(case, VT, MONDAY) == stand_for(case, VT, MONDAY, frozenset())


def test_as_an_institution_the_triages_organisation_sees_only_its_own_report() -> None:
    """What the triage owes about it is what any reporter sees."""
    case = a_crowded_case()
    whole, own = stand_for(case, VT, MONDAY, BUT_GI), stand_for(case, VT, MONDAY, BUT_THE_DESK)

    assert {step.about for step in own.steps} == {JOINED}
    assert own.holder is None
    assert {REPORT, JOINED, OFFER, TABLE, ACTION} <= {step.about for step in whole.steps}
    assert whole.holder == TEAM_A


def test_a_reporter_hears_under_its_report_without_the_holder_though_its_organisation_is_the_triage() -> None:
    case = a_crowded_case()
    heard = address(case, (VT, n.RecordedFor(JOINED)), but=BUT_THE_DESK)

    assert (heard.correlation, heard.holder) == (JOINED, None)


def test_what_the_register_has_no_role_of_is_every_connections() -> None:
    """A successor of another role, or a case of an older version: nobody is locked out."""
    case = replace(a_crowded_case(), parts={})

    assert case.known_as(TEAM_A, BUT_GI) == case.known_as(TEAM_A, frozenset({TEAM})) == CASE


def test_a_table_at_which_it_sits_in_one_role_is_not_its_other_connections_to_see() -> None:
    """Nor that there is one: that connection may not name the case by it."""
    case = replace(a_case(tables=(a_table((OM, SeatState.INVITED)),)), parts={TABLE: {OM: PROSECUTION}})
    as_itself, as_another = frozenset({TEAM}), frozenset({PROSECUTION})
    assert [bool(sight_of(case, OM, but).ties) for but in (as_itself, as_another)] == [True, False]
    assert [case.may_call_it(OM, CASE, but) for but in (as_itself, as_another)] == [True, False]
    assert [case.known_as(OM, but) for but in (as_itself, as_another)] == [CASE, None]
    unknown = replace(case, parts={})
    assert case.may_call_it(OM, CASE)
    assert unknown.may_call_it(OM, CASE, as_another), "what the register has no role of is every connection's"
