"""Who sees which part of a case, cell by cell: a party with one tie to a case on which everything is open."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical import terms as t
from hub.canonical.codes import Contribution, TableKind, TermUnit, WithdrawalReason
from hub.cases.case import Case, TermOnCase
from hub.cases.context import Radar
from hub.cases.decide import decide
from hub.cases.sight import GROUNDS, PART_OF, TABLE, WHY_NOT, Part, Sees, sight_of
from hub.cases.stand import stand_for
from hub.cases.states import ActionState, CandidacyState, CaseState, ReportState, ResearchState, SeatState
from hub.cases.ties import Tie, ties
from hub.errors import Code
from hub.ids import HandoverId, ReportId, TableId
from tests.unit.cases.builders import (
    ACTION,
    CASE,
    COINCIDENCE,
    HUB,
    JOINED,
    MONDAY,
    OFFER,
    OM,
    POLICE,
    PROBATION,
    QUESTION,
    RVDK,
    SECOND_OFFER,
    TEAM_A,
    TEAM_B,
    VT,
    VT_ELSEWHERE,
    a_case,
    a_coincidence,
    a_context,
    a_question,
    a_report,
    a_table,
    an_action,
    an_offer,
    an_oin,
    play,
    refusal,
)
from tests.unit.cases.builders import TABLE as ONE_TABLE

WHO = an_oin(50)
BEFORE, NEW = HandoverId(UUID(int=0x0FFE0)), TableId(UUID(int=0x2AB1E))
YES, OPEN = CandidacyState.ACCEPTED, CandidacyState.OFFERED
ABOUT = {
    t.SAFETY_ASSESSMENT: JOINED,
    t.ACUTE_RECORDING: JOINED,
    t.OFFER_ANSWER: OFFER,
    t.CONTACT: COINCIDENCE,
    t.CONTRIBUTION: ONE_TABLE,
    t.ACTION_ANSWER: ACTION,
    t.MONITORING_ANSWER: QUESTION,
    t.RESEARCH: CASE,
    t.MDA_TABLE: CASE,
}


def busy() -> Case:
    """Team A holds, by VT's offer, after WHO is nowhere on it; everything that can be open is."""
    joined = replace(a_report(ReportState.OFFERED, number=JOINED, reporter=RVDK, opened=False), desk=VT_ELSEWHERE)
    taken, offer = an_offer((TEAM_A, YES), number=SECOND_OFFER), an_offer((TEAM_B, OPEN), giver=TEAM_A)
    table = a_table((PROBATION, SeatState.INVITED), (RVDK, SeatState.KNOWN), chair=OM, actions=(an_action(RVDK),))
    case = a_case(
        holder=TEAM_A,
        reports=(a_report(), joined),
        offers=(taken, offer),
        tables=(table,),
        questions=(a_question(),),
        coincidences=(a_coincidence(told=(VT, POLICE)),),
    )
    terms = tuple(TermOnCase(name, 1, TermUnit.DAYS, about, MONDAY) for name, about in ABOUT.items())
    return replace(case, terms=terms, research=ResearchState.RUNNING, attention=True)


def with_offer(case: Case, **changes: object) -> Case:
    return replace(case, handovers={**case.handovers, OFFER: replace(case.handovers[OFFER], **changes)})  # type: ignore[arg-type]


def asked(state: CandidacyState) -> Case:
    case = busy()
    candidates = {**case.handovers[OFFER].candidates, **an_offer((WHO, state)).candidates}
    return with_offer(case, candidates=candidates)


def tied(tie: Tie) -> Case:
    """The same case, on which WHO has this tie."""
    case = busy()
    table = case.tables[ONE_TABLE]
    match tie:
        case Tie.TRIAGE:
            return replace(case, triage=WHO)
        case Tie.FORMER_TRIAGE:
            return replace(case, desks=(WHO,))
        case Tie.HOLDER:
            taken = an_offer((WHO, YES), number=SECOND_OFFER)
            return replace(case, holder=WHO, handovers={SECOND_OFFER: taken, OFFER: case.handovers[OFFER]})
        case Tie.GIVER:
            taken = an_offer((TEAM_A, YES), number=SECOND_OFFER, giver=WHO)
            return replace(case, handovers={SECOND_OFFER: taken, OFFER: case.handovers[OFFER]})
        case Tie.HELD_BEFORE:
            return replace(case, handovers={BEFORE: an_offer((WHO, YES), number=BEFORE), **case.handovers})
        case Tie.ASKED | Tie.REFUSED | Tie.WITHDRAWN:
            states = {Tie.ASKED: OPEN, Tie.REFUSED: CandidacyState.REFUSED, Tie.WITHDRAWN: CandidacyState.WITHDRAWN}
            return asked(states[tie])
        case Tie.REPORTER:
            return replace(case, reports={**case.reports, JOINED: replace(case.reports[JOINED], reporter=WHO)})
        case Tie.CHAIR:
            return replace(case, tables={ONE_TABLE: replace(table, chair=WHO)})
        case Tie.SEAT:
            return replace(case, tables={ONE_TABLE: replace(table, seats={**table.seats, WHO: SeatState.KNOWN})})
        case Tie.DECLINED:
            return replace(case, tables={ONE_TABLE: replace(table, seats={**table.seats, WHO: SeatState.DECLINED})})
        case Tie.SAT:
            actions = {ACTION: an_action(WHO, ActionState.ACCEPTED)}
            over = replace(table, chair=WHO, actions=actions, ended=True)
            return replace(case, tables={ONE_TABLE: over})
        case Tie.SAT_LAST:
            return replace(tied(Tie.SEAT), state=CaseState.CLOSED, holder=None)
        case Tie.RESPONSIBLE:
            return replace(case, tables={ONE_TABLE: replace(table, actions={ACTION: an_action(WHO)})})
        case Tie.QUESTIONED:
            return replace(tied(Tie.HOLDER), questions={QUESTION: a_question(of=WHO)})
        case Tie.TOLD:
            return replace(tied(Tie.REPORTER), coincidences={COINCIDENCE: a_coincidence(told=(VT, WHO))})
        case Tie.ROUTED:
            return case


ALONE = [tie for tie in Tie if tie not in (Tie.QUESTIONED, Tie.TOLD, Tie.ROUTED, Tie.SAT_LAST)]
"""Who is asked how safe it is holds; who was told can name the case by something else; a route is no tie to a case; who
sat at a table last, did so on a case that is closed.
"""
HEAR = (Tie.DECLINED,)
"""That the table, and with it the case, is over: by `zaken.wijziging`."""
REPORTS, OFFERS, TABLES = {t.SAFETY_ASSESSMENT, t.ACUTE_RECORDING}, {t.OFFER_ANSWER}, {t.CONTRIBUTION, t.ACTION_ANSWER}
MDA, ASKING, RADAR, RESEARCH = {t.MDA_TABLE}, {t.MONITORING_ANSWER}, {t.CONTACT}, {t.RESEARCH}
ALL = REPORTS | OFFERS | TABLES | MDA | ASKING | RADAR | RESEARCH
WHOLE = REPORTS | OFFERS | ASKING | RESEARCH
# status, houder, aandacht; terms in its stand; alarms it hears; whether news comes, and may come of it; a table
EXPECTED: dict[Tie, tuple[str, bool, bool, set[str], set[str], bool, bool, bool]] = {
    Tie.TRIAGE: ("open", True, True, ALL, {*REPORTS, *RESEARCH, *MDA, *TABLES, *RADAR, *ASKING}, True, True, True),
    Tie.FORMER_TRIAGE: ("overgedragen", False, False, set(), set(), False, False, False),
    Tie.HOLDER: ("open", True, True, WHOLE, WHOLE, True, True, True),
    Tie.GIVER: ("overgedragen", True, False, set(), set(), False, False, False),
    Tie.HELD_BEFORE: ("overgedragen", False, False, set(), set(), False, False, False),
    Tie.ASKED: ("open", False, False, OFFERS, OFFERS, False, True, False),
    Tie.REFUSED: ("geweigerd", False, False, set(), set(), False, False, False),
    Tie.WITHDRAWN: ("ingetrokken", False, False, set(), set(), False, False, False),
    Tie.REPORTER: ("nog-niet-vastgelegd", False, False, REPORTS, REPORTS, False, True, True),
    Tie.CHAIR: ("open", False, False, TABLES, set(), False, True, False),
    Tie.SEAT: ("open", False, False, TABLES, set(), False, True, False),
    Tie.DECLINED: ("neemt-niet-deel", False, False, set(), set(), False, False, False),
    Tie.SAT: ("beeindigd", False, False, set(), set(), False, False, False),
    Tie.RESPONSIBLE: ("open", False, False, {t.ACTION_ANSWER}, {t.ACTION_ANSWER}, False, True, False),
}


@pytest.mark.parametrize("tie", ALONE)
def test_the_case_gives_the_tie_that_it_is_named_for_and_no_other(tie: Tie) -> None:
    assert list(ties(tied(tie), WHO)) == [tie]


@pytest.mark.parametrize("tie", ALONE)
def test_its_stand_shows(tie: Tie) -> None:
    case = tied(tie)
    stand = stand_for(case, WHO, MONDAY)
    status, holder, attention, terms = EXPECTED[tie][:4]
    assert (stand.status, stand.holder is not None, stand.attention) == (status, holder, attention)
    assert {term.name for term in stand.terms} == terms
    assert {PART_OF[name] for name in terms} >= {_part(step) for step in stand.steps}


@pytest.mark.parametrize("tie", ALONE)
def test_it_hears_the_alarms(tie: Tie) -> None:
    case, late = tied(tie), a_context(HUB, now=MONDAY + timedelta(days=30))
    said = [(name, decide(case, c.TermReached(name, about), late).drafts) for name, about in ABOUT.items()]
    heard = {name for name, drafts in said for to, body in drafts if to == WHO and isinstance(body, n.Escalation)}
    assert heard == EXPECTED[tie][4]


@pytest.mark.parametrize("tie", ALONE)
def test_it_hears_the_news_of_others(tie: Tie) -> None:
    told = play(tied(tie), c.Update(None), a_context(POLICE)).notices
    assert (WHO in [one.to for one in told]) is EXPECTED[tie][5]


@pytest.mark.parametrize("tie", ALONE)
def test_what_the_route_brings_is_named_as_of_the_case_to_who_sees_it_or_sits_on_it(tie: Tie) -> None:
    ctx = a_context(POLICE, tell=(WHO,), radar=Radar(pairs=lambda _one, _other: False))
    (notice,) = [
        one
        for one in play(tied(tie), c.Report(None), ctx).notices
        if one.to == WHO and isinstance(one.body, n.PassOn | n.PresentReport)
    ]
    assert getattr(notice.body, "apart", False) is (tie not in (Tie.TRIAGE, Tie.HOLDER, Tie.GIVER, Tie.CHAIR, Tie.SEAT))


@pytest.mark.parametrize("tie", ALONE)
def test_it_brings_news_to_the_case_and_puts_a_table(tie: Tie) -> None:
    case = tied(tie)
    for command, may in ((c.Update(None), EXPECTED[tie][6]), (open_table(), EXPECTED[tie][7])):
        if may:
            decide(case, command, a_context(WHO))
        else:
            assert refusal(case, command, a_context(WHO))[0] is Code.STEP_NOT_ALLOWED


@pytest.mark.parametrize("tie", [tie for tie in ALONE if EXPECTED[tie][0] != "open" and tie not in HEAR])
def test_who_may_not_know_that_the_case_is_closed_reads_and_is_refused_as_before(tie: Tie) -> None:
    case = tied(tie)
    closed = replace(case, state=CaseState.CLOSED, holder=None)
    assert stand_for(closed, WHO, MONDAY).status == stand_for(case, WHO, MONDAY).status
    for command in (
        c.Close(),
        c.Offer(BEFORE, (OM,), None),
        c.Contribute(ONE_TABLE, Contribution.KNOWN),
        c.Withdraw(OFFER, WithdrawalReason.BY_GIVER),
    ):
        assert refusal(closed, command, a_context(WHO)) == refusal(case, command, a_context(WHO))


def test_who_holds_is_asked_how_safe_it_is_and_who_was_told_makes_contact() -> None:
    assert Tie.QUESTIONED in ties(tied(Tie.QUESTIONED), WHO)
    assert Tie.TOLD in ties(tied(Tie.TOLD), WHO)
    steps = stand_for(tied(Tie.TOLD), WHO, MONDAY).steps
    assert [(step.type, step.by) for step in steps if step.about == COINCIDENCE] == [("radar.contact-gelegd", WHO)]


def test_who_was_at_a_table_when_the_case_was_closed_reads_that_and_nothing_else() -> None:
    case = tied(Tie.SAT_LAST)
    stand = stand_for(case, WHO, MONDAY)
    assert list(ties(case, WHO)) == [Tie.SAT_LAST]
    assert (stand.status, stand.steps, stand.terms, stand.holder, sight_of(case, WHO).is_over) == (
        *("gesloten", (), (), None),
        True,
    )


def test_the_last_holder_reads_that_its_case_is_closed() -> None:
    closed = replace(tied(Tie.HOLDER), state=CaseState.CLOSED, holder=None)
    assert (stand_for(closed, WHO, MONDAY).status, stand_for(closed, WHO, MONDAY).steps) == ("gesloten", ())


def test_who_gave_it_to_the_holder_sees_it_no_more_once_that_one_has_handed_on() -> None:
    case = tied(Tie.GIVER)
    later = replace(case.handovers[OFFER], candidates=an_offer((TEAM_B, YES)).candidates)
    moved = replace(case, holder=TEAM_B, handovers={**case.handovers, OFFER: later})
    assert list(ties(moved, WHO)) == [Tie.HELD_BEFORE]
    assert stand_for(moved, WHO, MONDAY).holder is None


def test_a_reporter_of_two_reports_is_told_of_each_by_itself() -> None:
    case, other = tied(Tie.REPORTER), ReportId(UUID(int=0x4))
    case = replace(
        case, reports={**case.reports, other: replace(a_report(number=other, reporter=WHO, opened=False), desk=VT)}
    )
    stands = [stand_for(case, WHO, MONDAY, named=name) for name in (JOINED, other)]
    assert [(stand.status, [step.about for step in stand.steps]) for stand in stands] == [
        ("nog-niet-vastgelegd", [JOINED]),
        ("vastgelegd", [other]),
    ]
    assert [step.by for step in stands[0].steps] == [VT_ELSEWHERE]


def test_every_tie_and_part_has_a_cell_with_its_ground() -> None:
    assert list(TABLE) == list(GROUNDS) == list(Tie)
    assert {part.value for part in Part} <= WHY_NOT.keys()
    assert set(PART_OF) == set(t.TERMS)
    assert all(row.stand.of(part) in Sees and row.alarms.of(part) in Sees for row in TABLE.values() for part in Part)


def test_who_has_nothing_to_do_with_it_sees_nothing() -> None:
    assert sight_of(busy(), WHO).ties == {}


def open_table() -> c.OpenTable:
    return c.OpenTable(NEW, TableKind.ACTION, (PROBATION,), None)


def _part(step: n.OpenStep) -> Part:
    parts = {"triage.onderzoeksuitkomst": Part.RESEARCH, "actieoverleg.aanmelding": Part.TABLES}
    by_group = {"triage": Part.REPORTS, "overdrachten": Part.OFFERS, "actieoverleg": Part.TABLES}
    group = step.type.split(".")[0]
    return parts.get(step.type) or by_group.get(group) or (Part.MONITORING if group == "monitoring" else Part.RADAR)
