"""The register of a case goes forward in time, whatever a clock says; what counts time counts by the clock."""

from datetime import timedelta
from uuid import UUID

import pytest

from hub.canonical.codes import Lane
from hub.errors import Clash
from hub.lanes.arrival import arrive
from hub.lanes.batch import _claimed
from hub.lanes.settling import settle
from hub.ports import OutboxRow
from hub.schemas.message import wire_type
from hub.schemas.samples import sample
from hub.store.views import case_view
from tests.clock import Clock
from tests.databases import UNDATED, one, rows
from tests.kit import Kit, started_again
from tests.talk import (
    ALARM,
    ASSESSED,
    DETACHED,
    OFFER,
    REPORT,
    YES,
    OnCase,
    a_case,
    a_report,
    a_yes,
    about,
    an_offer,
    assessment,
    family,
    timers,
)

BACK = timedelta(days=-8)


async def moments(kit: Kit, case: UUID) -> list[object]:
    found = await rows(kit.engine, 'select at from case_event where "case" = :case order by version', case=case)
    return [row["at"] for row in found]


async def is_in_order(kit: Kit, case: UUID) -> None:
    found = await moments(kit, case)
    assert found == sorted(found), "the register goes forward"  # type: ignore[type-var]


async def went_back(kit: Kit, clock: Clock, by: timedelta) -> None:
    """All clocks, partners' too, and nobody is left who knew better: so they are believed."""
    clock.ahead += by
    kit.own.ahead += by
    await clock.jump(timedelta(0))
    await rows(kit.engine, "insert into clock (believed) values (now())")
    kit.store = started_again(kit)
    assert not (await kit.store.moment()).doubted


async def an_offered_case(kit: Kit) -> tuple[OnCase, dict[str, object], str]:
    case = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(case), correlationid=case.case)
    offer = an_offer(kit)
    made = await kit.tell("vt-test", OFFER, offer, correlationid=case.case)
    return case, offer, made.row("wijkteam-test", OFFER).sha256


async def test_a_batch_that_began_early_and_got_the_case_late_writes_after_what_it_waited_for(kit: Kit) -> None:
    case = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(case), correlationid=case.case)
    async with kit.store.unit() as early:
        offer = an_offer(kit)
        made = (await kit.tell("vt-test", OFFER, offer, correlationid=case.case)).row("wijkteam-test", OFFER)
        await kit.tell("wijkteam-test", YES, a_yes(offer, made), correlationid=case.case)
        late = kit.event("wijkteam-test", OFFER, an_offer(kit, "vt-test"), correlationid=case.case)
        arrived = [arrive(kit.delivery("wijkteam-test", late), early.directory, early.now, kit.setting)]
        await settle(await _claimed(arrived, early), (), early, Lane.ROUTINE, kit.setting)

    await is_in_order(kit, case.case)


async def test_a_case_whose_clock_went_back_goes_on_in_order_and_its_new_terms_count_by_the_clock(
    kit: Kit, clock: Clock
) -> None:
    case, offer, made = await an_offered_case(kit)
    ahead = (await moments(kit, case.case))[-1]
    await went_back(kit, clock, BACK)

    yes = await kit.tell("wijkteam-test", YES, a_yes(offer, made), correlationid=case.case)
    back = an_offer(kit, "vt-test")
    await kit.tell("wijkteam-test", OFFER, back, correlationid=case.case)

    assert yes.to("vt-test", YES)
    await is_in_order(kit, case.case)
    assert (await moments(kit, case.case))[-1] == ahead
    query = "select due - now() from timer where name = 'antwoord-aanbod' and about = :offer"
    assert await one(kit.engine, query, offer=UUID(back["overdracht"])) < timedelta(days=8)
    view = await case_view(kit.engine, case.case)
    assert view is not None
    assert view.case.next_at(view.at) > view.at, "what is ahead is known as such"


async def test_an_alarm_is_in_order_though_the_clock_is_behind_its_case(kit: Kit, clock: Clock) -> None:
    people = family(kit)
    case = await a_report(kit, urgentie=Lane.ACUTE, data=about(REPORT, *people))
    await clock.put_ahead(timedelta(hours=3))
    await a_report(kit, data=about(REPORT, *people))
    await went_back(kit, clock, timedelta(hours=-1))

    said: list[OutboxRow] = []
    await timers(kit, said).look()

    assert {row.type for row in said} == {wire_type(ALARM)}
    await is_in_order(kit, case.case)


async def test_a_case_taken_apart_behind_its_clock_is_in_order_on_both_sides(kit: Kit, clock: Clock) -> None:
    people = family(kit)
    first = await a_report(kit, data=about(REPORT, *people))
    second = await a_report(kit, data=about(REPORT, *people))
    assert first.case == second.case
    await went_back(kit, clock, BACK)

    apart = sample(DETACHED) | {"melding": str(second.report)}
    told = await kit.tell("vt-test", DETACHED, apart, correlationid=first.case)

    (new,) = {change.case.id for change in told.changes.cases} - {first.case}
    await is_in_order(kit, first.case)
    await is_in_order(kit, new)


async def test_of_a_case_that_a_version_before_wrote_the_register_says_the_newest_moment(
    kit: Kit, clock: Clock
) -> None:
    case, offer, made = await an_offered_case(kit)
    await rows(kit.engine, UNDATED)
    assert await one(kit.engine, """select count(*) from cases where document like '%"at":%'""") == 0
    await went_back(kit, clock, BACK)

    await kit.tell("wijkteam-test", YES, a_yes(offer, made), correlationid=case.case)

    await is_in_order(kit, case.case)


async def test_the_database_refuses_an_event_before_the_one_it_follows_and_the_batch_is_run_again(meddled: Kit) -> None:
    case = await a_case(meddled)
    before = await moments(meddled, case.case)
    add = """insert into case_event select "case", version + 1, at + cast(:later as interval), kind, document, inbox
             from case_event where "case" = :case order by version desc limit 1"""

    with pytest.raises(Clash):
        await rows(meddled.engine, add, case=case.case, later=timedelta(microseconds=-1))
    assert await moments(meddled, case.case) == before

    await rows(meddled.engine, add, case=case.case, later=timedelta(0))
    assert len(await moments(meddled, case.case)) == len(before) + 1
