"""`zaken.stand`: each party hears what it may know."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.canonical import commands as c
from hub.canonical import terms as t
from hub.canonical.codes import Lane, RefusalReason, TermUnit
from hub.canonical.notices import OpenStep, Stand
from hub.cases.case import Case, TermOnCase
from hub.cases.stand import open_steps, stand_for
from hub.cases.states import CandidacyState, CaseState, ReportState, ResearchState, SeatState
from hub.ids import Oin
from hub.routing.rules import RULES
from hub.schemas.message import wire_type
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
    RVDK,
    SECOND_OFFER,
    TABLE,
    TEAM_A,
    TEAM_B,
    VT,
    a_case,
    a_coincidence,
    a_context,
    a_question,
    a_report,
    a_table,
    an_action,
    an_offer,
    play,
)

OPEN = CandidacyState.OFFERED
RESEARCH = OpenStep("triage.onderzoeksuitkomst", VT, CASE)
FULL_PART = OpenStep("overdrachten.aanvulling-gegeven", VT, SECOND_OFFER)
SAY = OpenStep("actieoverleg.inbreng", OM, TABLE)
ACCEPT_ACTION = OpenStep("actieoverleg.afspraak-aanvaard", RVDK, ACTION)
HOW_SAFE = OpenStep("monitoring.antwoord", TEAM_A, QUESTION)
RECORD_JOINED = OpenStep("triage.melding-vastgelegd", VT, JOINED)
ASSESS_FIRST = OpenStep("triage.veiligheidsbeoordeling", VT, REPORT)
ANSWER = OpenStep("overdrachten.aanvaard", TEAM_B, OFFER)
WHOLE = {RECORD_JOINED, ASSESS_FIRST, RESEARCH, FULL_PART, ANSWER, SAY, ACCEPT_ACTION, HOW_SAFE}


def contact(by: Oin) -> OpenStep:
    return OpenStep("radar.contact-gelegd", by, COINCIDENCE)


def busy() -> Case:
    """Two reports, of the police and the RvdK; VT handed over to team A, which offers to team B.

    OM and the RvdK sit at a table of the police; the radar found something that police and RvdK may know.
    """
    joined = replace(a_report(ReportState.OFFERED, number=JOINED, reporter=RVDK, opened=False), desk=VT)
    taken = replace(an_offer((TEAM_A, CandidacyState.ACCEPTED), number=SECOND_OFFER), full_wanted=True)
    offer = an_offer((TEAM_B, CandidacyState.OFFERED), giver=TEAM_A)
    table = a_table((OM, SeatState.INVITED), (RVDK, SeatState.KNOWN), chair=POLICE, actions=(an_action(RVDK),))
    table = replace(table, ties={POLICE: REPORT, RVDK: JOINED})
    case = a_case(
        holder=TEAM_A,
        reports=(a_report(), joined),
        offers=(taken, offer),
        tables=(table,),
        questions=(a_question(),),
        coincidences=(a_coincidence(told=(VT, POLICE, RVDK)),),
    )
    return replace(case, research=ResearchState.RUNNING)


@pytest.mark.parametrize(
    ("asker", "steps"),
    [
        pytest.param(VT, WHOLE | {contact(VT), contact(POLICE), contact(RVDK)}, id="the triage: everything"),
        pytest.param(
            TEAM_A, WHOLE - {SAY, ACCEPT_ACTION}, id="the holder: everything but tables, and what the radar found"
        ),
        pytest.param(TEAM_B, {ANSWER}, id="a candidate: what it is asked"),
        pytest.param(POLICE, {ASSESS_FIRST, SAY, ACCEPT_ACTION, contact(POLICE)}, id="a reporter and chair: its own"),
        pytest.param(RVDK, {RECORD_JOINED, SAY, ACCEPT_ACTION, contact(RVDK)}, id="a reporter at the table"),
        pytest.param(OM, {SAY, ACCEPT_ACTION}, id="at the table only"),
    ],
)
def test_each_sees_the_open_steps_that_it_may_know(asker: Oin, steps: set[OpenStep]) -> None:
    assert set(stand_for(busy(), asker, MONDAY).steps) == steps


def test_the_triage_sees_every_open_step_and_every_running_term() -> None:
    abouts = {
        t.SAFETY_ASSESSMENT: REPORT,
        t.ACUTE_RECORDING: JOINED,
        t.OFFER_ANSWER: OFFER,
        t.OFFER_ANSWER_ACUTE: OFFER,
        t.MORE_ASKED: SECOND_OFFER,
        t.CONTACT: COINCIDENCE,
        t.CONTRIBUTION: TABLE,
        t.ACTION_ANSWER: ACTION,
        t.MONITORING_FIRST: SECOND_OFFER,
        t.MONITORING_SECOND: SECOND_OFFER,
        t.MONITORING_ANSWER: QUESTION,
    }
    terms = tuple(TermOnCase(name, 1, TermUnit.DAYS, abouts.get(name, CASE), MONDAY) for name in t.TERMS)
    case = replace(busy(), terms=terms)
    stand = stand_for(case, VT, MONDAY)
    assert set(stand.steps) == set(open_steps(case))
    assert [term.name for term in stand.terms] == list(t.TERMS)


@pytest.mark.parametrize(
    ("name", "step"), [(t.MDA_TABLE, "actieoverleg.aanmelding"), (t.MONITORING_QUESTION, "monitoring.vraag")]
)
def test_what_only_a_term_says_that_the_triage_owes_is_an_open_step_too(name: str, step: str) -> None:
    taken = an_offer((TEAM_A, CandidacyState.ACCEPTED))
    case = a_case(holder=TEAM_A, reports=(a_report(ReportState.ASSESSED),), offers=(taken,))
    case = replace(case, terms=(TermOnCase(name, 1, TermUnit.DAYS, CASE, MONDAY),))
    assert list(open_steps(case)) == [OpenStep(step, VT, CASE)]


def test_every_open_step_is_a_message_that_somebody_can_send() -> None:
    assert all(RULES[wire_type(step.type)].senders for step in open_steps(busy()))


def test_a_question_to_who_no_longer_holds_is_not_owed_any_more() -> None:
    case = a_case(offers=(an_offer((TEAM_A, CandidacyState.ACCEPTED)),), questions=(a_question(),))
    assert HOW_SAFE not in set(open_steps(case))
    assert HOW_SAFE in set(open_steps(replace(case, holder=TEAM_A)))


@pytest.mark.parametrize(
    ("asker", "holder"), [(VT, TEAM_A), (TEAM_A, TEAM_A), (POLICE, None), (TEAM_B, None), (RVDK, None), (OM, None)]
)
def test_the_holder_is_named_to_the_triage_and_the_holder_and_to_no_reporter(asker: Oin, holder: Oin | None) -> None:
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


def test_a_closed_case_has_no_holder_and_nothing_open_whatever_was_left_unsaid() -> None:
    case = replace(busy(), state=CaseState.CLOSED, holder=None)
    stand = stand_for(case, VT, MONDAY)
    assert (stand.status, stand.holder, stand.steps, stand.terms) == ("gesloten", None, (), ())


@pytest.mark.parametrize(("asker", "hears"), [(VT, True), (TEAM_A, True), (POLICE, False), (TEAM_B, False)])
def test_triage_and_holder_see_that_the_case_asks_for_attention(asker: Oin, hears: bool) -> None:
    assert stand_for(replace(busy(), attention=True), asker, MONDAY).attention is hears


def test_a_reporter_that_still_holds_is_not_told_that_others_ask_for_attention() -> None:
    case = replace(a_case(holder=POLICE, reports=(a_report(ReportState.OFFERED),)), attention=True)
    assert stand_for(case, POLICE, MONDAY).attention is False
