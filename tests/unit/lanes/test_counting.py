"""What counts for the region: which event as what, by whose role, in which month, in time or not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hub.canonical import codes
from hub.canonical import terms as t
from hub.canonical.codes import Lane, Outcome, RefusalReason, ResearchOutcome, TermUnit, WithdrawalReason
from hub.canonical.partners import Directory, Partner, Role
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.evolve import fold
from hub.ids import CaseId, HandoverId, MessageId, Oin, PartnerId, QuestionId, RegionId, ReportId
from hub.lanes.counting import advice_counted, counted
from hub.ports import Count

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
VT, POLICE, PROBATION, TEAM = (Oin(f"00000099{number:012d}") for number in (1, 2, 3, 4))
NORTH, SOUTH = RegionId("noord"), RegionId("zuid")
CASE, REPORT, JOINED = CaseId(UUID(int=1)), ReportId(UUID(int=2)), ReportId(UUID(int=3))
OFFER, QUESTION = HandoverId(UUID(int=4)), QuestionId(UUID(int=5))
PASSED_ON = "nl.ketenhub.meldingen.zorgmelding.v1"
OPENED = (e.CaseOpened(NOW, CASE, NORTH, VT, POLICE), e.ReportReceived(NOW, REPORT, POLICE, Lane.ROUTINE, True))
JOINS = e.ReportReceived(NOW, JOINED, PROBATION, Lane.ROUTINE, False)
OFFERED = e.HandoverOffered(NOW, OFFER, VT, (TEAM,), NOW, acute=False)


def a_partner(id_: str, oin: Oin, role: Role, valid_to: datetime | None = None) -> Partner:
    return Partner(PartnerId(id_), oin, role, (NORTH,), (), NOW - timedelta(days=900), valid_to)


def a_directory(*partners: Partner) -> Directory:
    return Directory(1, Oin("00000099000000000000"), {one.id: one for one in partners})


DIRECTORY = a_directory(
    a_partner("vt", VT, Role.VEILIG_THUIS),
    a_partner("politie", POLICE, Role.POLICE),
    a_partner("reclassering", PROBATION, Role.PROBATION),
    a_partner("wijkteam", TEAM, Role.LOCAL_TEAM),
)


def after(*events: e.Event, before: Case | None = None) -> Case:
    case = fold(before, events)
    assert case is not None
    return case


def running(name: str, about: UUID, due: datetime) -> e.TermStarted:
    return e.TermStarted(NOW, name, 5, TermUnit.WORKING_DAYS, about, due)


def counts(before: Case | None, *events: e.Event, now: datetime = NOW, directory: Directory = DIRECTORY) -> list[Count]:
    return list(counted(PASSED_ON, events, before, after(*events, before=before), now, directory))


def kinds(found: Sequence[Count]) -> list[tuple[str, str, str, str]]:
    return [(one.type, one.role, one.outcome, one.within) for one in found]


def test_a_report_counts_under_its_own_type_by_the_role_of_its_reporter() -> None:
    assert counts(None, *OPENED) == [Count("2026-03", NORTH, "meldingen.zorgmelding", "politie")]
    assert kinds(counts(after(*OPENED), JOINS)) == [("meldingen.zorgmelding", "reclassering", "", "")]


def test_an_assessment_counts_by_the_role_of_the_report_it_is_about() -> None:
    case = after(*OPENED, JOINS)

    found = counts(
        case,
        e.ReportAssessed(NOW, REPORT, Outcome.HANDOVER),
        e.ReportAssessed(NOW, JOINED, Outcome.NO_FOLLOW_UP),
    )

    assert kinds(found) == [
        ("triage.veiligheidsbeoordeling", "politie", "overdracht", "binnen"),
        ("triage.veiligheidsbeoordeling", "reclassering", "geen-vervolg", "binnen"),
    ]


@pytest.mark.parametrize(
    ("due", "within"),
    [(NOW + timedelta(days=3), "binnen"), (NOW, "binnen"), (NOW - timedelta(seconds=1), "buiten"), (None, "binnen")],
    ids=["before its end", "at its end", "after its end", "before it began"],
)
@pytest.mark.parametrize(
    ("event", "term", "about"),
    [
        (e.ReportAssessed(NOW, REPORT, Outcome.RESEARCH), t.SAFETY_ASSESSMENT, REPORT),
        (e.ResearchConcluded(NOW, (ResearchOutcome.MOVED,)), t.RESEARCH, CASE),
        (e.HandoverAccepted(NOW, OFFER, TEAM, MessageId(UUID(int=9))), t.OFFER_ANSWER, OFFER),
        (e.HandoverRefused(NOW, OFFER, TEAM, RefusalReason.CAPACITY), t.OFFER_ANSWER_ACUTE, OFFER),
        (e.HandoverWithdrawn(NOW, OFFER, TEAM, WithdrawalReason.BY_GIVER), t.OFFER_ANSWER, OFFER),
        (e.MonitoringAnswered(NOW, QUESTION, VT, codes.MonitoringResult.SAFE), t.MONITORING_ANSWER, QUESTION),
    ],
    ids=["assessed", "researched", "accepted", "refused", "withdrawn", "monitored"],
)
def test_what_a_term_waits_for_counts_as_in_time_or_not(
    event: e.Event, term: str, about: UUID, due: datetime | None, within: str
) -> None:
    asked = (e.MonitoringAsked(NOW, QUESTION, VT, NOW), e.ResearchStarted(NOW, REPORT))
    terms = () if due is None else (running(term, about, due),)
    others = (running(t.SAFETY_ASSESSMENT, JOINED, NOW - timedelta(days=9)),)

    (found,) = counts(after(*OPENED, OFFERED, *asked, *others, *terms), event)

    assert (found.within, found.role) == (within, "politie")


def test_a_second_term_of_the_same_name_is_the_one_that_counts() -> None:
    first = running(t.RESEARCH, CASE, NOW - timedelta(days=9))
    case = after(
        *OPENED, e.ResearchStarted(NOW, REPORT), first, e.TermMet(NOW, t.RESEARCH, CASE), running(t.RESEARCH, CASE, NOW)
    )

    assert [one.within for one in counts(case, e.ResearchConcluded(NOW, (ResearchOutcome.MOVED,)))] == ["binnen"]


def test_each_outcome_of_research_counts_once() -> None:
    outcomes = (ResearchOutcome.DOMESTIC_VIOLENCE_CONFIRMED, ResearchOutcome.NO_CHILD_ABUSE)
    found = counts(after(*OPENED, e.ResearchStarted(NOW, REPORT)), e.ResearchConcluded(NOW, outcomes))

    assert [one.outcome for one in found] == ["hg-bevestigd", "geen-km"]


def test_answers_to_offers_count_by_their_reason() -> None:
    case = after(*OPENED, OFFERED)

    assert kinds(counts(case, e.HandoverRefused(NOW, OFFER, TEAM, RefusalReason.CAPACITY))) == [
        ("overdrachten.geweigerd", "politie", "capaciteit", "binnen")
    ]
    assert kinds(counts(case, e.HandoverWithdrawn(NOW, OFFER, TEAM, WithdrawalReason.ACCEPTED_ELSEWHERE))) == [
        ("overdrachten.ingetrokken", "politie", "elders-aanvaard", "binnen")
    ]


def test_a_closing_counts_by_its_reason_and_waits_for_no_term() -> None:
    assert kinds(counts(after(*OPENED), e.CaseClosed(NOW, VT, "overleden"))) == [
        ("triage.zaak-gesloten", "politie", "overleden", "")
    ]


def test_a_yes_that_moves_the_case_counts_for_the_region_that_offered_it() -> None:
    yes = e.HandoverAccepted(NOW, OFFER, TEAM, MessageId(UUID(int=9)))

    assert [one.region for one in counts(after(*OPENED, OFFERED), yes, e.RegionMoved(NOW, SOUTH, TEAM))] == [NORTH]


def test_what_is_no_step_to_report_counts_nothing() -> None:
    case = after(*OPENED)
    assert counts(case, e.ReportRecorded(NOW, REPORT, False), e.HolderMoved(NOW, POLICE, VT, REPORT), OFFERED) == []


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2026, 1, 31, 22, 59, tzinfo=UTC), "2026-01"),
        (datetime(2026, 1, 31, 23, 0, tzinfo=UTC), "2026-02"),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), "2026-07"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "2027-01"),
    ],
)
def test_the_month_is_the_one_in_amsterdam(moment: datetime, month: str) -> None:
    assert [one.month for one in counts(None, *OPENED, now=moment)] == [month]


def test_a_reporter_that_has_ended_still_has_its_role() -> None:
    ended = a_partner("politie-oud", POLICE, Role.POLICE, NOW - timedelta(days=1))
    assert [one.role for one in counts(None, *OPENED, directory=a_directory(ended))] == ["politie"]


def test_a_reporter_that_nobody_knows_has_none() -> None:
    assert [one.role for one in counts(None, *OPENED, directory=a_directory())] == [""]


def test_a_request_for_advice_counts_by_the_role_of_who_asks() -> None:
    assert advice_counted(Role.REPORTER, NORTH, NOW) == Count("2026-03", NORTH, "adviezen.adviesvraag", "melder")
