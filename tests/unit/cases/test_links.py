"""Two cases that the radar finds beside each other at every report are linked once, by each ground."""

from dataclasses import replace
from uuid import UUID

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import MatchGround, Trait
from hub.cases.case import Case, Link
from hub.cases.coincidences import mirrored
from hub.cases.context import Context, Radar
from hub.ids import CaseId, ReportId
from tests.unit.cases.builders import POLICE, RVDK, VT, a_case, a_context, happened, play

OTHER = CaseId(UUID(int=0x07E4))
THERE = ReportId(UUID(int=0x03))
BSN, ADDRESS = MatchGround.BSN, MatchGround.ADDRESS


def found(*grounds: MatchGround) -> Context:
    hit = n.Hit(RVDK, THERE, grounds, sure=BSN in grounds)
    return a_context(POLICE, radar=Radar(hits=(hit,), links=(Link(OTHER, grounds),)))


def reported(case: Case, *grounds: MatchGround) -> Case:
    return play(case, c.Report(None), found(*grounds)).case


def test_a_second_report_adds_no_link_that_is_there() -> None:
    case = reported(reported(a_case(), BSN), BSN)
    assert case.links == (Link(OTHER, (BSN,)),)


def test_a_ground_that_is_new_is_added() -> None:
    case = reported(reported(a_case(), BSN), BSN, ADDRESS)
    assert case.links == (Link(OTHER, (BSN,)), Link(OTHER, (ADDRESS,)))


def test_on_the_other_side_too_and_then_nothing_has_happened_there() -> None:
    ctx = found(BSN)
    new = n.Hit(POLICE, ReportId(UUID(int=0x09)), (BSN,), sure=True)
    first = happened(a_case(), mirrored(a_case(), OTHER, new, VT, ctx), ctx).case
    again = happened(first, mirrored(first, OTHER, new, VT, ctx), ctx)
    assert (again.events, again.case) == ((), first)


def test_a_link_to_another_case_is_another_link() -> None:
    linked = replace(a_case(), links=(Link(CaseId(UUID(int=0x08E4)), (BSN,)),))
    assert [link.case for link in reported(linked, BSN).links] == [linked.links[0].case, OTHER]


def test_a_number_on_both_that_is_of_two_people_is_said_once_also_where_they_were_linked_by_it_before() -> None:
    linked = reported(a_case(), BSN)
    against = Link(OTHER, (BSN,), (Trait.SEX,))
    hit = n.Hit(RVDK, THERE, (BSN,), sure=False, contradicts=against.contradicts)
    ctx = a_context(POLICE, radar=Radar(hits=(hit,), links=(against,)))
    new = n.Hit(POLICE, ReportId(UUID(int=0x09)), (BSN,), sure=False, contradicts=against.contradicts)
    case = play(play(linked, c.Report(None), ctx).case, c.Report(None), ctx).case
    there = happened(linked, mirrored(linked, OTHER, new, VT, ctx), ctx).case

    assert case.links == there.links == (Link(OTHER, (BSN,)), Link(OTHER, (), (Trait.SEX,)))
