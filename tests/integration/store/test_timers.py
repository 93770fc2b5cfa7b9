"""Timers: written with the case, taken by one process at a time, free again when its lease ends, gone when met."""

import asyncio

from sqlalchemy import text

from hub.canonical.terms import SAFETY_ASSESSMENT
from hub.store.engine import transaction
from tests.kit import Kit
from tests.talk import ASSESSED, PROCESSED, a_case, a_report, assessment, processed

LONG = 60.0


async def pass_the_terms(kit: Kit) -> None:
    """As if every running term had passed an hour ago."""
    async with transaction(kit.engine) as connection:
        await connection.execute(text("update timer set due = now() - interval '1 hour'"))


async def let_the_leases_end(kit: Kit) -> None:
    async with transaction(kit.engine) as connection:
        await connection.execute(text("update timer set lease_until = now() - interval '1 second'"))


async def test_a_term_that_still_runs_is_not_taken(kit: Kit) -> None:
    await a_case(kit)
    assert await kit.store.due_timers(10, LONG) == []


async def test_a_passed_term_says_which_case_and_report_it_is_about(kit: Kit) -> None:
    opened = await a_case(kit)
    await pass_the_terms(kit)

    (due,) = await kit.store.due_timers(10, LONG)
    assert (due.case, due.name) == (opened.case, SAFETY_ASSESSMENT)
    assert str(due.about) == str(opened.report)


async def test_each_timer_is_taken_by_one_of_many_and_again_when_its_lease_has_ended(kit: Kit) -> None:
    for _ in range(6):
        await a_case(kit)
    await pass_the_terms(kit)

    taken = await asyncio.gather(*(kit.store.due_timers(4, LONG) for _ in range(4)))
    cases = [one.case for some in taken for one in some]
    assert len(cases) == len(set(cases))
    rest = await kit.store.due_timers(10, LONG)
    assert len(cases) + len(rest) == 6
    assert await kit.store.due_timers(10, LONG) == []

    await let_the_leases_end(kit)
    assert len(await kit.store.due_timers(10, LONG)) == 6


async def test_what_meets_a_term_takes_its_timer_away(kit: Kit) -> None:
    opened = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(opened), correlationid=opened.case)
    await pass_the_terms(kit)

    assert await kit.store.due_timers(10, LONG) == []


async def test_the_triage_system_storing_a_report_starts_its_timer(kit: Kit) -> None:
    opened = await a_report(kit)
    await pass_the_terms(kit)
    assert await kit.store.due_timers(10, LONG) == []

    await kit.tell("vt-test", PROCESSED, processed(opened.presented))
    await pass_the_terms(kit)
    assert [one.name for one in await kit.store.due_timers(10, LONG)] == [SAFETY_ASSESSMENT]
