"""While the hub recovers: who opened a case whose reports come again in another order, and which offer a yes is to."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import RefusalReason
from hub.cases import events as e
from hub.cases.case import Candidacy, Case, Handover
from hub.cases.context import Context, address
from hub.cases.evolve import evolve
from hub.cases.states import CandidacyState, ReportState
from hub.errors import Code
from hub.ids import CaseId, MessageId, Oin
from tests.unit.cases.builders import (
    CASE,
    LATEST,
    MONDAY,
    OFFER,
    OLDER,
    POLICE,
    PROBATION,
    REPORT,
    TEAM_A,
    VT,
    Played,
    a_case,
    a_context,
    a_report,
    an_offer,
    play,
    refusal,
)

BEFORE, AFTER = MONDAY - timedelta(hours=2), MONDAY - timedelta(hours=1)
LOST = "c" * 64
FIRST, SECOND = MessageId(UUID(int=1)), MessageId(UUID(int=2))


def opened_now(state: ReportState = ReportState.OFFERED, resent: datetime | None = AFTER) -> Case:
    """A case that a report of probation opened while the hub recovers."""
    report = replace(a_report(state, reporter=PROBATION), resent=resent)
    return a_case(holder=PROBATION if state is ReportState.OFFERED else VT, reports=(report,))


def recovering(sender: Oin, signed: datetime | None, follows: UUID | None = None) -> Context:
    return replace(a_context(sender), resent=signed, follows=follows)


def report_comes(case: Case, signed: datetime | None = BEFORE, sender: Oin = POLICE) -> Played:
    return play(case, c.Report(None), recovering(sender, signed))


def test_of_two_reports_that_come_again_the_one_that_was_signed_first_opened_the_case() -> None:
    played = report_comes(opened_now())
    mine = played.case.report_of(POLICE)
    assert mine is not None

    assert [report.opened for report in played.case.reports.values()] == [False, True]
    assert played.case.holder == POLICE
    assert played.case.called in played.case.names
    assert played.case.known_as(VT) == played.case.called != played.case.id
    recorded = play(played.case, c.Record(mine.id), recovering(VT, AFTER))
    assert recorded.case.holder == VT
    assert recorded.decision.reference == played.case.called


def test_a_triage_that_has_recorded_already_goes_on_holding() -> None:
    played = report_comes(opened_now(ReportState.RECORDED))

    assert played.case.holder == VT
    assert played.case.called is not None


@pytest.mark.parametrize(
    ("case", "signed"),
    [(opened_now(), AFTER + timedelta(seconds=1)), (opened_now(), None), (opened_now(resent=None), BEFORE)],
    ids=["it was signed later", "the hub does not recover", "the case was there before"],
)
def test_otherwise_the_report_that_opened_it_did(case: Case, signed: datetime | None) -> None:
    played = report_comes(case, signed)

    assert [report.opened for report in played.case.reports.values()] == [True, False]
    assert (played.case.holder, played.case.called) == (PROBATION, None)
    assert played.case.known_as(VT) == CASE


def test_whoever_calls_it_by_the_case_may_use_the_name_that_a_joined_report_would_have_given_it_and_nobody_else() -> (
    None
):
    case = report_comes(a_case(), None).case
    (name,) = case.names

    assert case.may_call_it(VT, name)
    assert not case.may_call_it(POLICE, name)
    assert not case.may_call_it(TEAM_A, name)
    assert name in case.numbers()


def test_what_is_said_about_the_case_itself_names_it_as_its_parties_do() -> None:
    case = replace(a_case(), called=CaseId(UUID(int=7)))
    step, about = "triage.onderzoeksuitkomst", UUID(int=9)
    stand = n.Stand("open", None, 1, (n.OpenStep(step, VT, CASE), n.OpenStep(step, VT, about)), ())

    said = address(case, (VT, n.Reminder("onderzoek", step, CASE, MONDAY)))
    assert isinstance(said.body, n.Reminder)
    assert (said.body.about, said.correlation) == (case.called, case.called)
    shown = address(case, (VT, stand)).body
    assert isinstance(shown, n.Stand)
    assert [one.about for one in shown.steps] == [case.called, about]


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_case_version_lies_above_what_was_told_and_above_all_that_was_before_a_recovery(
    told: int, recovery: int
) -> None:
    case = replace(a_case(), told={VT: told})
    version = address(case, (VT, n.PassOn()), recovery).version

    assert version == max(told, recovery) + 1


def rebuilt(*offers: tuple[MessageId, datetime], before: str | None = None) -> Case:
    """A case with an offer to a team, made as often as these say, each signed then, while the hub recovers."""
    candidacy = Candidacy(CandidacyState.OFFERED, before)
    case = a_case(offers=(Handover(OFFER, VT, MONDAY, False, {TEAM_A: candidacy}),))
    for version, (message, signed) in enumerate(offers, 1):
        case = evolve(case, e.NoticeIssued(MONDAY, TEAM_A, version, message, f"{version}" * 64, OFFER, signed))
    return case


ONCE, TWICE = rebuilt((FIRST, BEFORE)), rebuilt((FIRST, BEFORE), (SECOND, AFTER))
LATER = AFTER + timedelta(minutes=1)
BETWEEN = BEFORE + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("case", "hash_", "signed", "follows", "taken"),
    [
        (ONCE, LOST, BETWEEN, None, True),
        (ONCE, LOST, BETWEEN, FIRST, True),
        (ONCE, "1" * 64, BETWEEN, None, True),
        (ONCE, LOST, None, FIRST, False),
        (ONCE, LOST, BEFORE - timedelta(minutes=1), None, False),
        (TWICE, LOST, LATER, None, True),
        (TWICE, LOST, BETWEEN, None, False),
        (TWICE, LOST, LATER, FIRST, False),
        (TWICE, LOST, BETWEEN, SECOND, True),
        (TWICE, "1" * 64, LATER, None, False),
        (rebuilt((SECOND, AFTER), before=OLDER), OLDER, LATER, None, False),
        (rebuilt((SECOND, AFTER), before=OLDER), LOST, LATER, None, True),
        (a_case(offers=(an_offer(),)), LOST, LATER, None, False),
        (a_case(offers=(an_offer(),)), LATEST, LATER, None, True),
    ],
)
def test_a_yes_is_to_the_offer_that_it_follows_or_to_the_last_that_was_signed_before_it(
    case: Case, hash_: str, signed: datetime | None, follows: UUID | None, taken: bool
) -> None:
    ctx, yes = recovering(TEAM_A, signed, follows), c.Accept(OFFER, hash_)
    if taken:
        assert play(case, yes, ctx).case.holder == TEAM_A
    else:
        assert refusal(case, yes, ctx) == (Code.OFFER_CHANGED, ("/data/aanbodHash",))


def test_when_an_offer_is_made_again_after_the_recovery_only_its_own_hash_counts() -> None:
    case = evolve(ONCE, e.NoticeIssued(MONDAY, TEAM_A, 9, SECOND, LATEST, OFFER))

    assert refusal(case, c.Accept(OFFER, LOST), recovering(TEAM_A, LATER)) == (
        Code.OFFER_CHANGED,
        ("/data/aanbodHash",),
    )


@pytest.mark.parametrize("state", [CandidacyState.WITHDRAWN, CandidacyState.ACCEPTED])
def test_a_no_that_comes_again_after_the_yes_is_passed_on_and_changes_nothing(state: CandidacyState) -> None:
    case = a_case(offers=(an_offer((TEAM_A, state)),))
    no = c.Refuse(OFFER, next(iter(RefusalReason)), None)

    played = play(case, no, recovering(TEAM_A, AFTER))
    assert played.decision.events == ()
    assert [notice.to for notice in played.notices] == [VT]
    assert refusal(case, no, a_context(TEAM_A))[0] is Code.STEP_NOT_ALLOWED


def test_an_end_that_a_giver_set_is_not_judged_again() -> None:
    offer = c.Offer(OFFER, (TEAM_A,), BEFORE)

    assert refusal(a_case(), offer, a_context(VT))[0] is Code.SCHEMA_INVALID
    assert play(a_case(), offer, recovering(VT, BEFORE)).case.handovers[OFFER].answer_by == BEFORE


def test_the_report_number_is_the_reference_whoever_opened_the_case() -> None:
    assert report_comes(opened_now()).decision.reference not in (None, REPORT)
