"""Every kind of event has its words, and they hold codes, parties and times only."""

from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest

from hub.canonical import codes as k
from hub.cases import events as e
from hub.cases.states import ReportState
from hub.cli.wording import Names, names_of, words
from hub.ids import (
    ActionId,
    CaseId,
    CoincidenceId,
    HandoverId,
    MessageId,
    Oin,
    QuestionId,
    RegionId,
    ReportId,
    TableId,
)
from tests.unit.cli.story import DIRECTORY

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
A, B = Oin("00000099000000000001"), Oin("00000099000000000002")
CASE, OTHER = CaseId(UUID(int=1)), CaseId(UUID(int=2))
REPORT, OFFER, TABLE, ACTION = (
    ReportId(UUID(int=3)),
    HandoverId(UUID(int=4)),
    TableId(UUID(int=5)),
    ActionId(UUID(int=6)),
)
QUESTION, FOUND = QuestionId(UUID(int=7)), CoincidenceId(UUID(int=8))
NORTH = RegionId("noord")
NAMES = Names(
    {A: "a", B: "b"},
    {
        CASE: "the case",
        REPORT: "report 1",
        OFFER: "offer 1",
        TABLE: "table 1",
        ACTION: "action 1",
        QUESTION: "question 1",
        FOUND: "coincidence 1",
    },
)

SAID: list[tuple[e.Event, str]] = [
    (e.CaseOpened(AT, CASE, NORTH, A, B), "case opened in noord, triage a"),
    (e.CaseOpened(AT, CASE, NORTH, A, B, OTHER), f"case opened in noord, triage a, goes on from {OTHER}"),
    (e.CaseLinked(AT, OTHER, (k.MatchGround.ADDRESS,)), f"perhaps the same people as case {OTHER}: adres"),
    (
        e.CaseLinked(AT, OTHER, (k.MatchGround.BSN, k.MatchGround.ADDRESS), (k.Trait.BIRTH_DATE, k.Trait.SEX)),
        f"one number, two people: case {OTHER} (bsn, adres) says another geboortedatum and geslacht",
    ),
    (
        e.CaseLinked(AT, OTHER, (), (k.Trait.SEX,)),
        f"one number, two people: case {OTHER} says another geslacht",
    ),
    (e.HolderMoved(AT, A, B, REPORT), "sight on safety: a to b"),
    (
        e.CaseOpened(AT, CASE, NORTH, A, B, assumed=True),
        "case opened in noord (assumed: nothing named a region), triage a",
    ),
    (e.RegionMoved(AT, NORTH, B), "the case goes to region noord, triage b"),
    (e.RegionMoved(AT, NORTH, B, REPORT), "the case goes to region noord, triage b, as report 1 names it"),
    (e.RegionNamed(AT, REPORT, NORTH, B), "report 1 names region noord, triage b"),
    (e.PartySucceeded(AT, A, B), "b succeeds a"),
    (e.Settled(AT, OFFER), "offer 1: settled, nobody is asked for it any more"),
    (
        e.NoticeReissued(AT, A, MessageId(UUID(int=9)), MessageId(UUID(int=9)), ""),
        "told a again, for who is in its place",
    ),
    (e.CaseArranged(AT, k.Arrangement.CLIENT_SYSTEM), "follow-up arranged: clientsysteem"),
    (e.CaseClosed(AT, A), "case closed by a"),
    (e.CaseClosed(AT, A, "overleden"), "case closed by a: overleden"),
    (e.NoticeIssued(AT, A, 3, MessageId(UUID(int=9)), ""), "told a"),
    (e.OpenerFound(AT, REPORT, CASE), f"report 1 was signed first: it opened the case, as {CASE}"),
    (
        e.NoticeReissued(AT, A, MessageId(UUID(int=9)), MessageId(UUID(int=8)), ""),
        f"told a again, as {UUID(int=9)} instead of {UUID(int=8)}",
    ),
    (e.ReportReceived(AT, REPORT, A, k.Lane.ACUTE, True), "report 1 received from a (acuut), opens the case"),
    (
        e.ReportReceived(AT, REPORT, A, k.Lane.ROUTINE, False),
        "report 1 received from a (regulier), joins by its sender",
    ),
    (
        e.ReportReceived(AT, REPORT, A, k.Lane.ROUTINE, False, k.MatchGround.BSN),
        "report 1 received from a (regulier), joins by bsn",
    ),
    (e.ReportRecorded(AT, REPORT, False), "report 1 recorded"),
    (e.ReportRecorded(AT, REPORT, True), "report 1 recorded by its assessment"),
    (e.ReportAssessed(AT, REPORT, k.Outcome.NO_FOLLOW_UP), "report 1 assessed: geen-vervolg"),
    (
        e.ReportAssessed(AT, REPORT, k.Outcome.RESEARCH, acute=True, structural=True, mda=True),
        "report 1 assessed: onderzoek, acute unsafety, structural unsafety, MDA++",
    ),
    (e.ReportDetached(AT, REPORT, OTHER), f"report 1 is taken out, goes on as case {OTHER}"),
    (
        e.ReportDetached(AT, REPORT, OTHER, along=(TABLE,), over=(FOUND, CASE)),
        f"report 1 is taken out, goes on as case {OTHER}, with table 1; over with it: coincidence 1, attention",
    ),
    (
        e.ReportAttached(AT, REPORT, A, k.Lane.ROUTINE, AT, ReportState.RECORDED, None, OTHER),
        f"report 1 of a comes from case {OTHER}, vastgelegd",
    ),
    (e.ResearchStarted(AT, REPORT), "research started by report 1"),
    (
        e.ResearchConcluded(AT, (k.ResearchOutcome.MOVED, k.ResearchOutcome.NO_CHILD_ABUSE)),
        "research concluded: voortijdig-verhuisd, geen-km",
    ),
    (e.RadarWithdrawn(AT, REPORT, k.RadarWithdrawal.UNJUSTIFIED), "report 1 taken out of the radar: onterecht"),
    (
        e.CoincidenceFound(AT, FOUND, REPORT, (ReportId(OTHER),), (A, B)),
        "coincidence 1: 1 other report beside report 1; told a, b",
    ),
    (
        e.CoincidenceFound(AT, FOUND, REPORT, (ReportId(OTHER), ReportId(CASE)), ()),
        "coincidence 1: 2 other reports beside report 1; told nobody",
    ),
    (e.ContactMade(AT, FOUND, A), "coincidence 1: contact made, says a"),
    (
        e.TermStarted(AT, "onderzoek", 10, k.TermUnit.WEEKS, CASE, AT + timedelta(weeks=10)),
        "term onderzoek on the case runs until 2026-05-11 09:00Z",
    ),
    (e.TermReminded(AT, "onderzoek", CASE, AT), "reminded of term onderzoek on the case"),
    (e.TermEscalated(AT, "onderzoek", CASE, 2, AT), "alarm 2: term onderzoek on the case is over"),
    (e.TermMet(AT, "onderzoek", CASE), "term onderzoek on the case met"),
    (e.TermEnded(AT, "onderzoek", CASE), "term onderzoek on the case no longer applies"),
    (e.HandoverOffered(AT, OFFER, A, (B,), AT, False), "offer 1: a offers to b, answer by 2026-03-02 09:00Z"),
    (
        e.HandoverOffered(AT, OFFER, A, (B, A), AT, True, True),
        "offer 1: a offers back to b, a, acute, answer by 2026-03-02 09:00Z",
    ),
    (e.MoreAsked(AT, OFFER, B), "offer 1: b asks for more"),
    (e.MoreGiven(AT, OFFER, False), "offer 1: more given"),
    (e.MoreGiven(AT, OFFER, True), "offer 1: more given, with a full part"),
    (e.HandoverAccepted(AT, OFFER, B, MessageId(UUID(int=9))), "offer 1: yes of b"),
    (e.FullPartWanted(AT, OFFER), "offer 1: the full part had lapsed, its giver is asked again"),
    (e.HandoverRefused(AT, OFFER, B, k.RefusalReason.CAPACITY), "offer 1: no of b, capaciteit"),
    (
        e.HandoverRefused(AT, OFFER, B, k.RefusalReason.WRONG_ADDRESSEE, A),
        "offer 1: no of b, verkeerde-geadresseerde; it names a",
    ),
    (
        e.HandoverWithdrawn(AT, OFFER, B, k.WithdrawalReason.ACCEPTED_ELSEWHERE),
        "offer 1 withdrawn from b: elders-aanvaard",
    ),
    (e.HelpStarted(AT, OFFER, B), "offer 1: help started by b"),
    (e.HandoverCompleted(AT, OFFER, B), "offer 1: completed by b"),
    (
        e.TableOpened(AT, TABLE, k.TableKind.MDA, A, (B,), AT),
        "table 1 (mda-plus-plus) called by a: b, answer by 2026-03-02 09:00Z",
    ),
    (e.TableEnded(AT, TABLE), "table 1 is over: nothing has been said at it for long"),
    (e.ContributionGiven(AT, TABLE, B, k.Contribution.NOTHING_KNOWN), "table 1: b says niets-bekend"),
    (e.ActionAgreed(AT, TABLE, ACTION, B, None), "table 1: action 1 agreed, for b"),
    (e.ActionAgreed(AT, TABLE, ACTION, B, AT), "table 1: action 1 agreed, for b, by 2026-03-02 09:00Z"),
    (e.ActionAccepted(AT, TABLE, ACTION, B), "table 1: action 1 accepted by b"),
    (e.MonitoringAsked(AT, QUESTION, B, AT), "question 1 to b: how safe is it, answer by 2026-03-02 09:00Z"),
    (e.MonitoringAnswered(AT, QUESTION, B, k.MonitoringResult.CONCERNS), "question 1: b says zorgen"),
    (e.AttentionReopened(AT, REPORT), "attention: report 1 came while the case was only watched"),
]


@pytest.mark.parametrize(("event", "said"), SAID, ids=[said[:40] for _, said in SAID])
def test_an_event_is_said_in_words(event: e.Event, said: str) -> None:
    assert words(event, NAMES) == said


def test_every_kind_of_event_is_tried_here() -> None:
    assert {type(event) for event, _ in SAID} == set(get_args(e.Event))


def test_all_that_a_case_numbers_has_a_name() -> None:
    names = names_of([event for event, _ in SAID], DIRECTORY, AT)

    assert dict(names.things) == dict(NAMES.things)
    assert names.party(A) == "politie-delft"
    assert names.party(Oin("00000099000000000099")) == "00000099000000000099"
