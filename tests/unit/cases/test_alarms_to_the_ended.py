"""One that ended without a successor answers nothing any more: no alarm is written to it, round after round."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.terms import CONTRIBUTION, MONITORING_ANSWER, OFFER_ANSWER
from hub.cases.case import Case, TermOnCase
from hub.cases.states import CandidacyState, SeatState
from hub.ids import Oin
from tests.unit.cases.builders import (
    HUB,
    MONDAY,
    OFFER,
    QUESTION,
    RETIRED,
    RVDK,
    TABLE,
    TEAM_A,
    TERMS,
    VT,
    a_case,
    a_context,
    a_question,
    a_table,
    an_offer,
    play,
)

OPEN = CandidacyState.OFFERED
ASKED_BOTH = an_offer((TEAM_A, OPEN), (RETIRED, OPEN))


def case_with(name: str, holder: Oin = VT) -> Case:
    about = {OFFER_ANSWER: OFFER, CONTRIBUTION: TABLE, MONITORING_ANSWER: QUESTION}[name]
    rule = TERMS.named(name)
    case = a_case(
        holder=holder,
        offers=(ASKED_BOTH,) if name == OFFER_ANSWER else (an_offer((RETIRED, CandidacyState.ACCEPTED)),),
        tables=(a_table((RETIRED, SeatState.INVITED), chair=RVDK),),
        questions=(a_question(of=RETIRED),),
    )
    return replace(case, terms=(TermOnCase(name, rule.length, rule.unit, about, MONDAY),))


def heard(case: Case, at: datetime) -> dict[Oin, n.Body]:
    (term,) = case.terms
    return {
        one.to: one.body for one in play(case, c.TermReached(term.name, term.about), a_context(HUB, now=at)).notices
    }


def test_the_others_that_were_asked_and_the_giver_hear_the_alarm() -> None:
    alarms = heard(case_with(OFFER_ANSWER), MONDAY + timedelta(days=1))
    assert set(alarms) == {TEAM_A, VT}
    told = alarms[VT]
    assert isinstance(told, n.Escalation)
    assert told.by == (TEAM_A, RETIRED)


@pytest.mark.parametrize("name", [CONTRIBUTION, MONITORING_ANSWER])
def test_the_triage_hears_it_where_nobody_else_is_left(name: str) -> None:
    assert {to for to, body in heard(case_with(name, RETIRED), MONDAY + timedelta(days=1)).items()} - {RVDK} == {VT}


def test_nobody_is_reminded_that_is_not_there() -> None:
    case = case_with(OFFER_ANSWER)
    near = replace(case, terms=(replace(case.terms[0], due=MONDAY + timedelta(days=1), next=MONDAY),))
    assert set(heard(near, MONDAY)) == {TEAM_A}
