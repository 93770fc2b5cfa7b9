"""What the radar finds beside a report: who hears of whom, never what, and that contact was made."""

from dataclasses import replace
from uuid import UUID

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import MatchGround
from hub.canonical.terms import CONTACT
from hub.cases import events as e
from hub.cases.case import Case, Link
from hub.cases.coincidences import mirrored
from hub.cases.context import Radar
from hub.cases.states import CandidacyState, CoincidenceState, ReportState
from hub.errors import Code
from hub.ids import CaseId, Oin, ReportId
from tests.unit.cases.builders import (
    CASE,
    COINCIDENCE,
    JOINED,
    MONDAY,
    OM,
    POLICE,
    PROBATION,
    REPORT,
    RVDK,
    TEAM_A,
    VT,
    VT_ELSEWHERE,
    Played,
    a_case,
    a_closed_case,
    a_coincidence,
    a_context,
    a_report,
    an_offer,
    happened,
    play,
    refusal,
)

OTHER_CASE = CaseId(UUID(int=0x07E4))
OF_OM, OF_PROBATION, MINE = ReportId(UUID(int=0x03)), ReportId(UUID(int=0x04)), ReportId(UUID(int=0x05))
BSN, ADDRESS = (MatchGround.BSN,), (MatchGround.ADDRESS,)
PAIRS = {frozenset({POLICE, RVDK}), frozenset({POLICE, OM})}
"""Which reporters may hear of each other."""


def a_hit(reporter: Oin, report: ReportId, grounds: tuple[MatchGround, ...] = BSN) -> n.Hit:
    return n.Hit(reporter, report, grounds, sure=MatchGround.BSN in grounds, phone="070-0000009")


def a_radar(*hits: n.Hit, links: tuple[CaseId, ...] = (), elsewhere: Oin | None = None) -> Radar:
    return Radar(
        hits=hits,
        links=tuple(Link(case, BSN) for case in links),
        pairs=lambda one, other: frozenset({one, other}) in PAIRS,
        elsewhere=elsewhere,
    )


def reported(case: Case | None, radar: Radar, sender: Oin = POLICE) -> Played:
    return play(case, c.Report(None), a_context(sender, radar=radar))


def heard(played: Played) -> dict[Oin, tuple[Oin, ...]]:
    """Of whom each party hears."""
    return {
        notice.to: tuple(hit.reporter for hit in notice.body.hits)
        for notice in played.notices
        if isinstance(notice.body, n.Coincidence)
    }


def found(played: Played) -> e.CoincidenceFound:
    (event,) = (event for event in played.events if isinstance(event, e.CoincidenceFound))
    return event


def reports(*others: tuple[Oin, ReportId]) -> Case:
    """A case that the RvdK opened, with reports of others that joined it."""
    first = a_report(number=JOINED, reporter=RVDK)
    return a_case(reports=(first, *(a_report(number=id_, reporter=oin, opened=False) for oin, id_ in others)))


# On the case of the new report


def test_no_other_report_is_no_coincidence() -> None:
    played = reported(None, a_radar())
    assert heard(played) == {}
    assert played.case.coincidences == {}
    assert list(played.case.running()) == []


@pytest.mark.parametrize(
    ("sender", "hits", "expected"),
    [
        pytest.param(PROBATION, (OM, RVDK), {VT: (OM, RVDK)}, id="no pair allows it: the triage alone"),
        pytest.param(POLICE, (OM, PROBATION, RVDK), {VT: (OM, PROBATION, RVDK), POLICE: (OM, RVDK)}, id="some pairs"),
        pytest.param(POLICE, (PROBATION,), {VT: (PROBATION,)}, id="another than the pairs allow"),
        pytest.param(POLICE, (POLICE, OM), {VT: (OM,), POLICE: (OM,)}, id="an earlier one of its own is no other"),
        pytest.param(POLICE, (POLICE,), {}, id="only its own"),
    ],
)
def test_the_triage_hears_of_all_and_the_reporter_of_whom_its_pair_allows(
    sender: Oin, hits: tuple[Oin, ...], expected: dict[Oin, tuple[Oin, ...]]
) -> None:
    radar = a_radar(*(a_hit(oin, ReportId(UUID(int=number))) for number, oin in enumerate(hits, 1)))
    assert heard(reported(None, radar, sender)) == expected


def test_what_is_told_is_who_and_on_which_ground_and_how_to_reach_them() -> None:
    hit = a_hit(RVDK, JOINED, ADDRESS)
    played = reported(None, a_radar(hit))
    told = n.Coincidence(found(played).coincidence, found(played).report, (hit,))
    assert [body for body in played.told(POLICE) if isinstance(body, n.Coincidence)] == [told]
    assert not hit.sure


def test_each_is_told_under_the_name_it_knows() -> None:
    case = reports((OM, OF_OM))
    played = reported(case, a_radar(a_hit(RVDK, JOINED), a_hit(OM, OF_OM)))
    names = {one.to: one.correlation for one in played.notices if isinstance(one.body, n.Coincidence)}
    assert names == {VT: CASE, POLICE: played.decision.reference, RVDK: JOINED, OM: OF_OM}


def test_earlier_reporters_on_the_case_hear_of_the_new_one_only() -> None:
    case = reports((OM, OF_OM), (PROBATION, OF_PROBATION))
    hits = (a_hit(RVDK, JOINED), a_hit(OM, OF_OM), a_hit(PROBATION, OF_PROBATION))
    assert heard(reported(case, a_radar(*hits))) == {
        VT: (RVDK, OM, PROBATION),
        POLICE: (RVDK, OM),
        RVDK: (POLICE,),
        OM: (POLICE,),
    }


def test_a_reporter_whose_report_was_taken_apart_from_the_case_hears_nothing_on_it() -> None:
    """It hears on the case where its report is now."""
    case = a_case(reports=(a_report(), a_report(ReportState.DETACHED, number=JOINED, reporter=RVDK, opened=False)))
    played = reported(case, a_radar(a_hit(RVDK, JOINED)))
    assert heard(played) == {VT: (RVDK,), POLICE: (RVDK,)}
    assert found(played).told == (VT, POLICE)


def test_the_triage_of_the_region_that_the_report_names_hears_it_too_and_is_no_party() -> None:
    played = reported(reports(), a_radar(a_hit(RVDK, JOINED), elsewhere=VT_ELSEWHERE))
    assert heard(played)[VT_ELSEWHERE] == (RVDK,)
    assert VT_ELSEWHERE not in found(played).told
    (notice,) = (notice for notice in played.notices if notice.to == VT_ELSEWHERE)
    assert (notice.correlation, notice.version, notice.holder) == (None, None, None)


def test_a_triage_of_both_regions_hears_it_once_and_is_told() -> None:
    played = reported(reports(), a_radar(a_hit(RVDK, JOINED), elsewhere=VT))
    assert [notice.to for notice in played.notices if isinstance(notice.body, n.Coincidence)].count(VT) == 1
    assert VT in found(played).told


def test_contact_is_awaited_of_whoever_was_told() -> None:
    played = reported(None, a_radar(a_hit(RVDK, JOINED)))
    assert found(played).told == (VT, POLICE)
    assert found(played).others == (JOINED,)
    assert [(term.name, term.about) for term in played.case.running()] == [(CONTACT, found(played).coincidence)]


def test_the_cases_of_the_others_are_linked_and_nothing_is_joined() -> None:
    played = reported(None, a_radar(a_hit(RVDK, JOINED), links=(OTHER_CASE,)))
    assert played.case.links == (Link(OTHER_CASE, BSN),)
    assert played.case.id != OTHER_CASE


# On the other case


def beside(other: Case, radar: Radar, triage: Oin = VT, sender: Oin = POLICE) -> Played:
    """What a report of the police on a case of this triage does to another case."""
    ctx = a_context(sender, radar=radar)
    return happened(other, mirrored(other, OTHER_CASE, a_hit(sender, MINE), triage, ctx), ctx)


def test_the_other_side_is_linked_and_its_reporter_hears_where_the_pair_allows() -> None:
    played = beside(reports(), a_radar(a_hit(RVDK, JOINED)))
    assert played.case.links == (Link(OTHER_CASE, BSN),)
    assert heard(played) == {RVDK: (POLICE,)}
    assert [notice.correlation for notice in played.notices] == [JOINED]


def test_every_reporter_there_that_was_found_hears_it() -> None:
    case = reports((OM, OF_OM), (PROBATION, OF_PROBATION))
    radar = a_radar(a_hit(RVDK, JOINED), a_hit(OM, OF_OM), a_hit(PROBATION, OF_PROBATION))
    assert heard(beside(case, radar)) == {RVDK: (POLICE,), OM: (POLICE,)}


def test_each_hears_it_on_the_ground_that_its_own_report_gave_and_how_to_reach_the_other() -> None:
    """Not on what another's report gave: by an address alone it is not necessarily the same person."""
    case = reports((OM, OF_OM))
    radar = a_radar(a_hit(RVDK, JOINED, ADDRESS), a_hit(OM, OF_OM))
    for played, report in ((beside(case, radar), MINE), (reported(case, radar), None)):
        (told,) = (body for body in played.told(RVDK) if isinstance(body, n.Coincidence))
        assert [(hit.grounds, hit.sure, hit.phone is None) for hit in told.hits] == [(ADDRESS, False, False)]
        assert report in (None, told.hits[0].report)


def test_another_triage_hears_it_for_its_own_case() -> None:
    played = beside(reports(), a_radar(a_hit(RVDK, JOINED)), VT_ELSEWHERE)
    assert heard(played) == {VT: (POLICE,), RVDK: (POLICE,)}
    assert found(played).told == (VT, RVDK)


def test_the_same_triage_is_not_told_twice() -> None:
    played = beside(reports(), a_radar(a_hit(RVDK, JOINED)), sender=PROBATION)
    assert (heard(played), played.case.coincidences) == ({}, {})
    assert played.case.links == (Link(OTHER_CASE, BSN),)


def test_a_reporter_does_not_hear_of_itself_on_its_other_case() -> None:
    assert heard(beside(a_case(), a_radar(a_hit(POLICE, REPORT)))) == {}


def test_a_report_that_has_left_the_other_case_leads_to_nothing_there_but_a_link() -> None:
    case = a_case(reports=(a_report(), a_report(ReportState.DETACHED, number=JOINED, reporter=RVDK, opened=False)))
    played = beside(case, a_radar(a_hit(RVDK, JOINED)), VT_ELSEWHERE)
    assert [type(event) for event in played.events] == [e.CaseLinked]


def test_who_reported_on_a_case_that_is_closed_hears_it_and_can_say_that_there_was_contact() -> None:
    closed = replace(a_closed_case(), reports={JOINED: a_report(ReportState.ASSESSED, number=JOINED, reporter=RVDK)})
    played = beside(closed, a_radar(a_hit(RVDK, JOINED)))
    assert heard(played) == {RVDK: (POLICE,)}
    assert list(played.case.running()) == []
    confirmed = play(played.case, c.ConfirmContact(found(played).coincidence), a_context(RVDK)).case
    assert [one.state for one in confirmed.coincidences.values()] == [CoincidenceState.CONTACTED]


# Contact


@pytest.mark.parametrize("by", [VT, POLICE, RVDK])
def test_whoever_was_told_may_say_that_there_was_contact_and_the_term_is_met(by: Oin) -> None:
    case = reported(reports(), a_radar(a_hit(RVDK, JOINED))).case
    (id_,) = case.coincidences
    played = play(case, c.ConfirmContact(id_), a_context(by))
    assert played.decision.events == (e.ContactMade(MONDAY, id_, by), e.TermMet(MONDAY, CONTACT, id_))
    assert played.case.coincidences[id_].state is CoincidenceState.CONTACTED
    assert played.notices == ()


def test_a_second_word_of_contact_is_accepted() -> None:
    case = a_case(coincidences=(a_coincidence(CoincidenceState.CONTACTED, told=(VT, POLICE)),))
    assert play(case, c.ConfirmContact(COINCIDENCE), a_context(VT)).case.coincidences == case.coincidences


@pytest.mark.parametrize("sender", [OM, TEAM_A, POLICE])
def test_nobody_else_may(sender: Oin) -> None:
    taken = an_offer((TEAM_A, CandidacyState.ACCEPTED))
    case = a_case(holder=TEAM_A, offers=(taken,), coincidences=(a_coincidence(told=(VT, RVDK)),))
    refused = refusal(case, c.ConfirmContact(COINCIDENCE), a_context(sender))
    assert refused == (Code.STEP_NOT_ALLOWED, ("/data/samenloop",))


def test_there_is_no_contact_about_what_was_not_found() -> None:
    refused = refusal(a_case(), c.ConfirmContact(COINCIDENCE), a_context(VT))
    assert refused == (Code.STEP_NOT_ALLOWED, ("/data/samenloop",))
