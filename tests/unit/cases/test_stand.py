"""`zaken.stand`: each party hears what it may know."""

from datetime import timedelta

import pytest

from hub.canonical import commands as c
from hub.canonical.codes import Lane, RefusalReason
from hub.canonical.notices import OpenStep, Stand
from hub.cases.case import Case
from hub.cases.stand import stand_for
from hub.cases.states import CandidacyState, ReportState
from hub.ids import HandoverId, Oin
from tests.unit.cases.builders import (
    JOINED,
    MONDAY,
    OFFER,
    POLICE,
    REPORT,
    RVDK,
    TEAM_A,
    TEAM_B,
    VT,
    a_case,
    a_closed_case,
    a_context,
    a_report,
    an_offer,
    play,
)

OPEN = CandidacyState.OFFERED
RECORD_JOINED = OpenStep("triage.melding-vastgelegd", VT, JOINED)
ASSESS_FIRST = OpenStep("triage.veiligheidsbeoordeling", VT, REPORT)
ANSWER = OpenStep("overdrachten.aanvaard", TEAM_B, OFFER)


def busy() -> Case:
    """Two reports, of the police and the RvdK; VT handed over to team A, which offers to team B."""
    joined = a_report(ReportState.OFFERED, number=JOINED, reporter=RVDK, opened=False)
    taken = an_offer((TEAM_A, CandidacyState.ACCEPTED), number=HandoverId(REPORT))
    offer = an_offer((TEAM_B, CandidacyState.OFFERED), giver=TEAM_A)
    return a_case(holder=TEAM_A, reports=(a_report(), joined), offers=(taken, offer))


@pytest.mark.parametrize(
    ("asker", "steps"),
    [
        (VT, {RECORD_JOINED, ASSESS_FIRST, ANSWER}),
        (TEAM_A, {RECORD_JOINED, ASSESS_FIRST, ANSWER}),
        (TEAM_B, {ANSWER}),
        (POLICE, {ASSESS_FIRST}),
        (RVDK, {RECORD_JOINED}),
    ],
)
def test_triage_and_holder_see_every_open_step_others_their_own(asker: Oin, steps: set[OpenStep]) -> None:
    assert set(stand_for(busy(), asker, MONDAY).steps) == steps


@pytest.mark.parametrize(
    ("asker", "holder"), [(VT, TEAM_A), (TEAM_A, TEAM_A), (POLICE, TEAM_A), (TEAM_B, None), (RVDK, None)]
)
def test_the_holder_is_named_to_the_triage_and_to_who_holds_or_held(asker: Oin, holder: Oin | None) -> None:
    assert stand_for(busy(), asker, MONDAY).holder == holder


def test_a_candidate_does_not_hear_who_else_was_asked_and_the_giver_does() -> None:
    case = a_case(holder=TEAM_A, reports=(), offers=(an_offer((TEAM_B, OPEN), (RVDK, OPEN), giver=TEAM_A),))
    assert [step.by for step in stand_for(case, TEAM_B, MONDAY).steps] == [TEAM_B]
    assert [step.by for step in stand_for(case, TEAM_A, MONDAY).steps] == [TEAM_B, RVDK]


def test_a_candidate_sees_the_term_of_its_answer_until_it_has_answered() -> None:
    case = play(a_case(), c.Offer(OFFER, (TEAM_A, TEAM_B), None), a_context(VT)).case
    assert [term.about for term in stand_for(case, TEAM_A, MONDAY).terms] == [OFFER]
    refused = play(case, c.Refuse(OFFER, RefusalReason.CAPACITY, None), a_context(TEAM_A)).case
    assert stand_for(refused, TEAM_A, MONDAY).terms == ()
    assert [term.about for term in stand_for(refused, TEAM_B, MONDAY).terms] == [OFFER]


def test_a_reporter_that_holds_before_the_recording_sees_its_own_report_only() -> None:
    joined = a_report(ReportState.OFFERED, number=JOINED, reporter=RVDK, opened=False)
    case = a_case(holder=POLICE, reports=(a_report(ReportState.OFFERED), joined))
    assert [step.about for step in stand_for(case, POLICE, MONDAY).steps] == [REPORT]


def test_a_running_term_is_shown_with_whether_it_passed_and_a_met_one_is_not() -> None:
    case = play(None, c.Report(None), a_context(POLICE, lane=Lane.ACUTE)).case
    (report,) = case.reports
    before, after = (stand_for(case, VT, MONDAY + timedelta(minutes=late)).terms for late in (15, 16))
    assert [(term.about, term.overdue) for term in (*before, *after)] == [(report, False), (report, True)]
    recorded = play(case, c.Record(report), a_context(VT)).case
    assert [term.name for term in stand_for(recorded, VT, MONDAY).terms] == ["veiligheidsbeoordeling"]


def test_the_version_in_the_stand_is_the_one_it_is_sent_under() -> None:
    case = play(a_case(), c.AskStand(), a_context(VT)).case
    (notice,) = play(case, c.AskStand(), a_context(VT)).notices
    assert isinstance(notice.body, Stand)
    assert notice.body.version == notice.version == 2


def test_a_closed_case_has_no_holder_and_nothing_open() -> None:
    stand = stand_for(a_closed_case(), VT, MONDAY)
    assert (stand.status, stand.holder, stand.steps, stand.terms) == ("gesloten", None, (), ())
