"""The fold: events alone give the case."""

import pytest

from hub.canonical.codes import Outcome
from hub.cases import events as e
from hub.cases.evolve import evolve, fold
from hub.cases.states import ReportState
from hub.ids import MessageId
from tests.unit.cases.builders import (
    CASE,
    JOINED,
    LATEST,
    MONDAY,
    OFFER,
    POLICE,
    REPORT,
    TEAM_A,
    VT,
    a_case,
    a_closed_case,
    an_offer,
)

OPENED = e.CaseOpened(MONDAY, CASE, a_case().region, VT, POLICE)


def test_a_case_begins_with_its_reporter_holding() -> None:
    case = fold(None, (OPENED,))
    assert case is not None
    assert (case.id, case.holder, case.held, case.version) == (CASE, POLICE, (POLICE,), 1)


def test_nothing_comes_before_the_opening() -> None:
    with pytest.raises(AssertionError):
        evolve(None, e.CaseClosed(MONDAY, VT))


def test_every_event_is_counted_and_leaves_the_case_before_it_as_it_was() -> None:
    case = evolve(None, OPENED)
    later = evolve(case, e.HolderMoved(MONDAY, POLICE, VT, REPORT))
    assert (case.version, case.holder, later.version, later.holder) == (1, POLICE, 2, VT)


def test_who_held_stays_known_once() -> None:
    case = a_case()
    for giver, receiver in ((VT, TEAM_A), (TEAM_A, VT), (VT, TEAM_A)):
        case = evolve(case, e.HolderMoved(MONDAY, giver, receiver, OFFER))
    assert case.held == (POLICE, VT, TEAM_A)


def test_an_issued_offer_leaves_its_hash_with_its_candidate() -> None:
    case = fold(None, (OPENED, e.HandoverOffered(MONDAY, OFFER, VT, (TEAM_A, VT), MONDAY, False)))
    assert case is not None
    case = evolve(case, e.NoticeIssued(MONDAY, TEAM_A, 1, MessageId(JOINED), LATEST, OFFER))
    assert case.told == {TEAM_A: 1}
    assert {oin: one.offer_hash for oin, one in case.handovers[OFFER].candidates.items()} == {TEAM_A: LATEST, VT: None}


def test_any_other_notice_leaves_the_hash() -> None:
    case = a_case(offers=(an_offer(),))
    case = evolve(case, e.NoticeIssued(MONDAY, TEAM_A, 7, MessageId(JOINED), "c" * 64))
    assert (case.told, case.handovers[OFFER].candidates[TEAM_A].offer_hash) == ({TEAM_A: 7}, LATEST)


def test_a_report_on_a_closed_case_begins_a_case_of_its_own() -> None:
    assert evolve(a_closed_case(), OPENED).reports == {}


def test_a_recording_after_the_assessment_leaves_the_decision() -> None:
    case = fold(a_case(), (e.ReportAssessed(MONDAY, REPORT, Outcome.RESEARCH), e.ReportRecorded(MONDAY, REPORT, False)))
    assert case is not None
    assert (case.reports[REPORT].state, case.reports[REPORT].outcome) == (ReportState.ASSESSED, Outcome.RESEARCH)
