"""Who is told what, cell by cell: whoever has one tie to a case, and each kind of notice, about its own and another's.

What is expected is written here once more, by the words of decision 44 and not by the table.
"""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from hub.canonical import notices as n
from hub.canonical import terms as t
from hub.canonical.codes import Change, FeedbackStep, MoreReason, NoteReason, TableKind, WithdrawalReason
from hub.canonical.notices import Passed
from hub.cases.case import Case
from hub.cases.hearing import NOTICES, WHY_NOT, Told, heard, kind_of, may_hear
from hub.cases.sight import GROUNDS
from hub.cases.states import CandidacyState
from hub.cases.ties import Tie, ties
from hub.ids import HandoverId, Oin, ReportId, TableId
from tests.unit.cases.builders import (
    ACTION,
    COINCIDENCE,
    JOINED,
    MONDAY,
    OFFER,
    QUESTION,
    REPORT,
    SECOND_OFFER,
    TABLE,
    TEAM_A,
    TEAM_B,
    VT,
    a_case,
    a_coincidence,
    an_offer,
)
from tests.unit.cases.test_sight import BEFORE, WHO, tied

ELSE = UUID(int=0xE15E)
GAVE = HandoverId(UUID(int=0x6A7E))

OFFER_OF: dict[Tie, HandoverId] = {Tie.GIVER: SECOND_OFFER, Tie.HELD_BEFORE: BEFORE}
HEARS: dict[Tie, set[Told]] = {
    Tie.TRIAGE: {
        Told.PRESENTED,
        Told.NOTED,
        Told.FULL,
        Told.MORE,
        Told.ANSWER,
        Told.SAFETY,
        Told.FOUND,
        Told.CHANGED,
        Told.NEWS,
    },
    Tie.FORMER_TRIAGE: {Told.NOTED, Told.ANSWER},
    Tie.HOLDER: {Told.NOTED, Told.FULL, Told.MORE, Told.ANSWER, Told.CLOSED, Told.CHANGED, Told.NEWS},
    Tie.GIVER: {Told.MORE, Told.ANSWER},
    Tie.HELD_BEFORE: {Told.MORE, Told.ANSWER},
    Tie.ASKED: {Told.OFFER, Told.FULL},
    Tie.REFUSED: set(),
    Tie.WITHDRAWN: {Told.WITHDRAWN},
    Tie.REPORTER: {Told.STEPS, Told.FOUND, Told.CHANGED},
    Tie.CHAIR: {Told.TABLE, Told.SEATS, Told.CHANGED},
    Tie.SEAT: {Told.TABLE, Told.CHANGED},
    Tie.DECLINED: {Told.CHANGED},
    Tie.SAT: {Told.CHANGED},
    Tie.SAT_LAST: {Told.CHANGED},
    Tie.RESPONSIBLE: {Told.TABLE, Told.CHANGED},
    Tie.QUESTIONED: {Told.QUESTION},
    Tie.TOLD: {Told.CHANGED},
    Tie.ROUTED: {Told.NOTED, Told.FOUND, Told.NEWS, Told.ROUTE},
}
WHOLE = {
    Tie.TRIAGE: HEARS[Tie.TRIAGE],
    Tie.FORMER_TRIAGE: HEARS[Tie.FORMER_TRIAGE],
    Tie.HOLDER: HEARS[Tie.HOLDER],
    Tie.REPORTER: {Told.CHANGED},
}
"""What is heard of the whole case, and not only of what somebody has to do with."""


def said(told: Told, about: UUID) -> Iterator[n.Body]:
    """Every body of this kind, about this."""
    report, offer = ReportId(about), HandoverId(about)
    match told:
        case Told.PRESENTED:
            yield n.PresentReport(report, MONDAY, ())
        case Told.NOTED:
            reasons = (NoteReason.HOLDS, NoteReason.REGION_LEFT, NoteReason.REGION_TAKEN)
            yield from (n.ReportNoted(report, MONDAY, one, VT, VT) for one in reasons)
        case Told.STEPS:
            yield from (n.RecordedFor(report), n.StepsTaken(report, FeedbackStep.ASSESSED))
        case Told.OFFER:
            yield from (n.OfferMade(offer, MONDAY), n.OfferBack(offer, VT, MONDAY), n.OfferSupplemented(offer, MONDAY))
        case Told.WITHDRAWN:
            yield n.OfferWithdrawn(offer, WithdrawalReason.CASE_CLOSED)
            yield n.PassOn(about=about, of=Passed.WITHDRAWAL)
        case Told.FULL:
            yield n.Dossier(offer)
        case Told.MORE:
            yield from (n.MoreAsked(offer), n.MoreWanted(offer, MoreReason.FULL_PART_LAPSED))
        case Told.ANSWER:
            yield n.PassOn(about=about, of=Passed.ANSWER)
        case Told.TABLE:
            yield n.PassOn(about=about, of=Passed.TABLE)
        case Told.SEATS:
            yield n.TableStand(TableId(about), TableKind.ACTION, MONDAY, (), ())
        case Told.QUESTION:
            yield n.PassOn(about=about, of=Passed.QUESTION)
        case Told.SAFETY:
            yield n.PassOn(of=Passed.SAFETY)
        case Told.CLOSED:
            yield n.PassOn(of=Passed.CLOSING)
        case Told.FOUND:
            yield n.Coincidence(COINCIDENCE, report, ())
        case Told.CHANGED:
            yield from (n.Changed(about, change) for change in Change)
        case Told.NEWS:
            yield n.PassOn(of=Passed.NEWS)
        case Told.ROUTE:
            yield n.PassOn(of=Passed.ROUTE)


def own(tie: Tie, told: Told) -> UUID:
    """What this tie is a tie to, as far as this kind of notice may be about it."""
    if told in (Told.OFFER, Told.WITHDRAWN, Told.FULL, Told.MORE, Told.ANSWER):
        return OFFER_OF.get(tie, OFFER)
    if told in (Told.STEPS, Told.FOUND, Told.PRESENTED, Told.NOTED):
        return JOINED
    return {Tie.QUESTIONED: QUESTION, Tie.TOLD: COINCIDENCE}.get(tie, TABLE)


def alone(case: Case, tie: Tie) -> bool:
    return list(ties(case, WHO)) == [tie]


ALONE = [tie for tie in Tie if tie not in (Tie.QUESTIONED, Tie.TOLD, Tie.ROUTED)]


@pytest.mark.parametrize("told", Told, ids=lambda told: told.name)
@pytest.mark.parametrize("tie", ALONE, ids=lambda tie: tie.name)
def test_it_hears_of_its_own_what_its_tie_gives(tie: Tie, told: Told) -> None:
    case = tied(tie)
    assert alone(case, tie)
    for body in said(told, own(tie, told)):
        assert kind_of(body) is told
        assert may_hear(case, WHO, body) is (told in HEARS[tie] or told is Told.ROUTE)


@pytest.mark.parametrize("told", [told for told in Told if told is not Told.ROUTE], ids=lambda told: told.name)
@pytest.mark.parametrize("tie", ALONE, ids=lambda tie: tie.name)
def test_and_of_anything_else_only_what_it_hears_of_the_whole_case(tie: Tie, told: Told) -> None:
    for body in said(told, ELSE):
        assert may_hear(tied(tie), WHO, body) is (told in WHOLE.get(tie, set()))


@pytest.mark.parametrize("told", [Told.QUESTION, Told.CHANGED], ids=lambda told: told.name)
def test_who_is_asked_or_was_told_hears_of_that(told: Told) -> None:
    tie = Tie.QUESTIONED if told is Told.QUESTION else Tie.TOLD
    for body in said(told, own(tie, told)):
        assert may_hear(tied(tie), WHO, body)
    assert NOTICES[tie][told].value == "own"


@pytest.mark.parametrize(
    "body",
    [
        n.PassOn(of=Passed.ROUTE),
        n.PassOn(of=Passed.NEWS, routed=True),
        n.ReportNoted(JOINED, MONDAY, NoteReason.REGION_NAMED, VT, VT),
        n.Coincidence(COINCIDENCE, JOINED, (), routed=True),
    ],
    ids=["a message", "news", "a report that names its region", "what the radar found"],
)
@pytest.mark.parametrize("tie", ALONE, ids=lambda tie: tie.name)
def test_whom_the_route_names_hears_what_it_brings_whatever_else_it_is(tie: Tie, body: n.Body) -> None:
    assert may_hear(tied(tie), WHO, body)
    assert may_hear(tied(Tie.ROUTED), WHO, body)
    assert kind_of(body) in HEARS[Tie.ROUTED]


@pytest.mark.parametrize("told", [told for told in Told if told is not Told.ROUTE], ids=lambda told: told.name)
def test_who_has_nothing_to_do_with_it_hears_nothing(told: Told) -> None:
    for about in (JOINED, OFFER, TABLE, QUESTION, COINCIDENCE):
        assert not any(may_hear(tied(Tie.ROUTED), WHO, body) for body in said(told, about))


@pytest.mark.parametrize(
    ("tie", "term", "about", "reminded"),
    [
        (Tie.TRIAGE, t.SAFETY_ASSESSMENT, JOINED, True),
        (Tie.FORMER_TRIAGE, t.SAFETY_ASSESSMENT, JOINED, False),
        (Tie.ASKED, t.OFFER_ANSWER, OFFER, True),
        (Tie.REFUSED, t.OFFER_ANSWER, OFFER, False),
        (Tie.WITHDRAWN, t.OFFER_ANSWER, OFFER, False),
        (Tie.GIVER, t.MORE_ASKED, SECOND_OFFER, True),
        (Tie.HELD_BEFORE, t.MORE_ASKED, BEFORE, False),
        (Tie.SEAT, t.CONTRIBUTION, TABLE, True),
        (Tie.DECLINED, t.CONTRIBUTION, TABLE, False),
        (Tie.SAT, t.CONTRIBUTION, TABLE, False),
        (Tie.RESPONSIBLE, t.ACTION_ANSWER, ACTION, True),
        (Tie.QUESTIONED, t.MONITORING_ANSWER, QUESTION, True),
        (Tie.TOLD, t.CONTACT, COINCIDENCE, True),
    ],
)
def test_it_is_reminded_and_alarmed_of_what_it_is_to_do_itself(
    tie: Tie, term: str, about: UUID, reminded: bool
) -> None:
    case = tied(tie)
    assert may_hear(case, WHO, n.Reminder(term, "", about, MONDAY)) is reminded
    assert may_hear(case, WHO, n.Escalation(term, "", about, MONDAY, (WHO,), 1)) is reminded


def test_a_candidate_hears_no_alarm_about_another() -> None:
    assert not may_hear(tied(Tie.ASKED), WHO, n.Escalation(t.OFFER_ANSWER, "", OFFER, MONDAY, (TEAM_A,), 1))


def test_whom_a_step_means_hears_nothing_once_its_tie_has_ended() -> None:
    """It is asked after the step: a full part goes to nobody whose candidacy is over by then."""
    case = tied(Tie.ASKED)
    over = replace(case, handovers={OFFER: an_offer((WHO, CandidacyState.WITHDRAWN), acute=True)})
    drafts: list[tuple[Oin, n.Body]] = [(WHO, n.Dossier(OFFER)), (VT, n.PassOn(of=Passed.ANSWER))]
    assert list(heard(case, drafts)) == drafts
    assert list(heard(over, drafts)) == drafts[1:]


def test_every_tie_and_kind_has_a_cell_with_its_ground() -> None:
    assert list(NOTICES) == list(GROUNDS) == list(Tie)
    assert all(set(row) == set(Told) for row in NOTICES.values())
    assert list(WHY_NOT) == list(Told)


def test_what_goes_or_ends_by_the_step_itself_whoever_took_part_in_it_until_then_hears() -> None:
    before = a_case(coincidences=(a_coincidence(told=(TEAM_A, VT)),), offers=(an_offer(),))
    after = replace(before, coincidences={})
    gone, more = n.Changed(COINCIDENCE, Change.MOVED), n.Coincidence(COINCIDENCE, REPORT, ())
    assert [*heard(after, ((TEAM_A, gone),), before)] == [(TEAM_A, gone)]
    assert [*heard(after, ((TEAM_A, gone),))] == []
    assert [*heard(after, ((TEAM_B, gone),), before)] == []
    assert [*heard(after, ((TEAM_A, more),), before)] == []
