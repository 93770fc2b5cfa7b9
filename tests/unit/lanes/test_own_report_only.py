"""What a party by a report only receives is a function of that report's own history: to the words of the wire.

For every pair of roles, with that pair taken out of the table of who hears of whom, and with no pair in it at all.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.canonical.codes import Lane, Outcome
from hub.canonical.partners import Role
from hub.routing.radar import RolePairs
from tests.kit import kit_without_database
from tests.unit.lanes.two_worlds import (
    ELSE,
    ME,
    OTHER,
    OWN,
    REPORTS,
    THERE,
    Move,
    World,
    as_heard,
    by_triage,
    elses,
    outcome,
    own,
)

ALL = [(reporter, other) for reporter in REPORTS for other in REPORTS]
numbers = st.integers(0, 59)
OFTEN = ("reports", "reports", "is triaged", "is triaged", "asks", "time", *OWN)
ELSE_OFTEN = ("report", "report", "triage", "moves", "closes", "is handed over", *ELSE)
mine = st.tuples(st.just(True), st.tuples(st.sampled_from(OFTEN), numbers, numbers))
theirs = st.tuples(st.just(False), st.tuples(st.sampled_from(ELSE_OFTEN), numbers, numbers))
scripts = st.lists(st.one_of(mine, theirs, theirs), min_size=6, max_size=24)
Script = Sequence[tuple[bool, Move]]
# Its desk has stored the report only after another desk took the case over, which heard of it by a note.
STORED_ELSEWHERE: Script = (
    (False, ("report", 0, 29)),
    (True, ("reports", 34, 0)),
    (False, ("moves", 0, 0)),
    (True, ("is triaged", 0, 20)),
    (True, ("time", 0, 17)),
)


def same_in_both(script: Script, reporter: Role, other: Role, pairs: RolePairs) -> tuple[World, World]:
    quiet, busy = (World.new(reporter, other, pairs) for _ in range(2))
    for step, (is_own, move) in enumerate(script):
        for world in (quiet, busy) if is_own else (busy,):
            world.next_step(step)
            (own if is_own else elses)(world, move)
        assert list(as_heard(quiet)) == list(as_heard(busy)), (step, move)
    return quiet, busy


@settings(max_examples=25, deadline=None)
@given(scripts, st.sampled_from(ALL))
@example(STORED_ELSEWHERE, (Role.POLICE, Role.POLICE))
def test_a_reporter_receives_the_same_whatever_else_happens(script: Script, roles: tuple[Role, Role]) -> None:
    same_in_both(script, *roles, RolePairs())


ACUTE, ROUTINE, ELSEWHERE = ("reports", 0, 0), ("reports", 1, 1), ("reports", 0, 2)
OTHER_CHILD, SAME_CASE = ("reports", 4, 1), ("reports", 2, 1)
RECORDED, ADVICE, ASSESSED = ("is triaged", 0, 0), ("is triaged", 0, 4), ("is dealt with", 0, 0)
A_WHILE, DAYS, STAND, AGAIN = ("time", 0, 0), ("time", 0, 2), ("asks", 0, 0), ("says again", 0, 0)
LIFE: Script = (
    (False, ("report", 0, 1)),
    (True, ACUTE),
    (False, ("triage", 0, 0)),
    (True, STAND),
    (True, A_WHILE),
    (False, ("moves", 0, 0)),
    (True, A_WHILE),
    (True, RECORDED),
    (True, AGAIN),
    (False, ("report", 1, 0)),
    (True, ROUTINE),
    (True, DAYS),
    (True, ASSESSED),
    (False, ("closes", 0, 0)),
    (True, STAND),
    *((True, ("says", which, which)) for which in range(0, 60, 7)),
    (True, ("withdraws", 0, 0)),
    (True, STAND),
)
"""Another reports first; the case goes to another region, and is closed."""


@pytest.mark.parametrize(("reporter", "other"), ALL)
def test_so_it_is_between_every_two_roles_that_may_not_hear_of_each_other(reporter: Role, other: Role) -> None:
    configured = kit_without_database().setting.pairs.pairs
    _, busy = same_in_both(LIFE, reporter, other, RolePairs(configured - {frozenset((reporter, other))}))
    assert busy.case_of(busy.reports[0]).desks, "its case has been elsewhere"


TABLE, GUEST = ("puts a table", 0, 0), ("guests say", 0, 0)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            (
                (False, ("report", 0, 1)),
                (True, ELSEWHERE),
                (True, ("reports", 0, 1)),
                (True, ("organisations", 4, 0)),
                (True, STAND),
            ),
            id="the desk it reported to merges, and has another role that goes on",
        ),
        pytest.param(
            ((False, ("report", 0, 1)), (True, ROUTINE), (True, TABLE), (True, DAYS), (True, GUEST), (True, DAYS)),
            id="at its own table, whether it holds or joined",
        ),
        pytest.param(
            (
                (False, ("report", 0, 1)),
                (True, OTHER_CHILD),
                (True, TABLE),
                (True, SAME_CASE),
                (True, ("reports", 0, 1)),
                (True, GUEST),
                (True, DAYS),
            ),
            id="at its own table, with other reports of its own on that case or another",
        ),
        pytest.param(
            (
                (False, ("report", 0, 1)),
                (True, ACUTE),
                (False, ("report", 0, 2)),
                (True, ADVICE),
                (True, ("answers", 0, 1)),
                (True, ("is triaged", 0, 1)),
                (True, DAYS),
            ),
            id="turned into advice, and taken back",
        ),
    ],
)
def test_so_it_is_where_it_was_not(script: Script) -> None:
    same_in_both(script, Role.PROBATION, Role.CERTIFIED_INSTITUTION, RolePairs())


def test_what_waits_for_its_cause_waits_as_long_whether_or_not_an_old_case_runs() -> None:
    """The cause of a step on an old case counts as known, as it may have lapsed: by the reporter's own report only."""
    quiet, busy = (World.new(Role.REPORTER, Role.POLICE, RolePairs()) for _ in range(2))
    busy.report(OTHER, Role.POLICE, 0, Lane.ROUTINE)
    by_triage(busy, "triage.veiligheidsbeoordeling", outcome(Outcome.NO_FOLLOW_UP), busy.others[0])
    for world in (quiet, busy):
        world.next_step(1)
        world.until(timedelta(days=200))
        world.report(ME, Role.REPORTER, 0, Lane.ROUTINE)
        world.say(ME, "overdrachten.geweigerd", NO, world.reports[0], causationid=UUID(int=77))
        world.until(timedelta(hours=2))
    assert busy.case_of(busy.reports[0]).id == busy.case_of(busy.others[0]).id
    assert list(as_heard(quiet)) == list(as_heard(busy))
    codes = [event["data"].get("code") for _, event in as_heard(busy)]
    assert "oorzaak-onbekend" in codes


NO = {"overdracht": str(UUID(int=78)), "code": "capaciteit"}


def test_whom_to_call_at_its_desk_is_whoever_answers_there_as_veilig_thuis() -> None:
    """Also where that organisation has reported itself, in another of its roles, and the case is elsewhere."""
    quiet, busy = (World.new(Role.REPORTER, Role.POLICE, RolePairs()) for _ in range(2))
    busy.report("vt-test-gi", Role.CERTIFIED_INSTITUTION, 0, Lane.ROUTINE, gemeente=THERE)
    for world in (quiet, busy):
        world.next_step(1)
        world.report(ME, Role.REPORTER, 0, Lane.ACUTE)
        world.until(timedelta(minutes=16))
    assert busy.case_of(busy.reports[0]).triage == busy.batch.oin("vt-utrecht")
    assert list(as_heard(quiet)) == list(as_heard(busy))


def test_one_report_of_its_own_is_not_withdrawn_by_another() -> None:
    """Whether both are on one case is not the reporter's to know."""
    world = World.new(Role.REPORTER, Role.POLICE, RolePairs())
    for step in (1, 2):
        world.next_step(step)
        world.report(ME, Role.REPORTER, 0, Lane.ROUTINE)
    first, second = world.reports
    assert world.case_of(first).id == world.case_of(second).id
    taken_out = {"melding": str(first), "reden": "onterecht"}
    assert world.say(ME, "radar.intrekking", taken_out, second).code == "stap-niet-toegestaan"
    assert world.say(ME, "radar.intrekking", taken_out, first).code is None


def test_the_worlds_do_differ() -> None:
    """The same script is played on one case with others, or on none but its own."""
    quiet, busy = same_in_both(LIFE, Role.REPORTER, Role.POLICE, RolePairs())
    alone, together = (len(list(world.case_of(world.reports[0]).own_reports())) for world in (quiet, busy))
    assert (quiet.case_of(quiet.reports[0]).desks, alone < together) == ((), True)
    assert {event["type"].split(".")[3] for _, event in as_heard(busy)} >= {"escalatie", "stand", "foutmelding"}
