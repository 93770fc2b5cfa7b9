"""Who sent what to whom is known for six months; what still has to come to something stays, and the sum still fits."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from hub.canonical.codes import Lane
from hub.ids import PartnerId
from hub.schemas.samples import sample
from hub.store.account import Account, account
from hub.store.engine import transaction
from hub.store.traffic import sweep
from tests.clock import Clock, clock_of
from tests.databases import one, rows
from tests.kit import Kit
from tests.talk import (
    ASSESSED,
    CLOSED,
    PROCESSED,
    RECEIPT,
    RECORDED,
    REPORT,
    STAND,
    OnCase,
    a_case,
    a_report,
    assessment,
    processed,
    recording,
    timers,
    upkeep,
    waits,
)

HALF_A_YEAR = timedelta(days=184)
TABLES = ("inbox", "journal", "outbox", "batch")


async def a_closed_case(kit: Kit) -> OnCase:
    """One on which everything is said, delivered, confirmed and over."""
    reported = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(reported), correlationid=reported.case)
    await closed(kit, reported)
    return reported


async def closed(kit: Kit, reported: OnCase) -> None:
    told = await kit.tell("vt-test", CLOSED, sample(CLOSED), correlationid=reported.case)
    told.one("vt-test", RECEIPT)


async def all_delivered(kit: Kit) -> None:
    """Every message of the hub is published, and confirmed where that is owed."""
    while True:
        sent = await rows(kit.engine, "select id, partner, owes_confirmation from outbox where next_at is not null")
        await kit.store.published([row["id"] for row in sent], 60.0, 60.0)
        owed = [row for row in sent if row["owes_confirmation"]]
        for row in owed:
            await kit.tell(row["partner"], PROCESSED, processed(row["id"]))
        if not owed:
            return


async def left(kit: Kit) -> dict[str, int]:
    return {table: await one(kit.engine, f"select count(*) from {table}") for table in TABLES}


async def swept(kit: Kit, most: int = 1_000) -> int:
    """All sweeps until one begins again; how many rows are gone."""
    kept, after, gone = kit.setting.limits.traffic_kept.total_seconds(), 0, 0
    while True:
        ended = await kit.store.end_traffic(kept, most, after)
        after, gone = ended.after, gone + ended.rows
        if after == 0:
            return gone


async def known(kit: Kit) -> Account:
    return await account(kit.engine)


async def test_all_that_a_closed_case_left_in_traffic_goes_after_six_months(kit: Kit, clock: Clock) -> None:
    await a_closed_case(kit)
    await all_delivered(kit)
    await kit.tell("politie-test", REPORT, {})
    await all_delivered(kit)
    before = await known(kit)

    assert await swept(kit) == 0
    await clock.put_ahead(HALF_A_YEAR)
    assert await swept(kit) > 0

    assert await left(kit) == dict.fromkeys(TABLES, 0)
    assert await known(kit) == before


MOMENTS = """
select decided_at as at from inbox union select created from outbox union select at from case_event
union select at from batch order by at
"""
AROUND = [timedelta(seconds=one) for one in (-1, -0.5, -1e-6, 0, 1e-6, 0.3, 0.999999)]


async def horizons(kit: Kit) -> list[datetime]:
    """Before, at and after everything that happened, to the microsecond."""
    moments = [row["at"] for row in await rows(kit.engine, MOMENTS)]
    chosen = [*moments[:: max(1, len(moments) // 8)], moments[-1]]
    return sorted({at + by for at in chosen for by in AROUND})


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(hours=1)], ids=["as it was", "register ahead of the clock"])
async def test_the_sum_fits_after_a_sweep_that_ends_at_any_moment(meddled: Kit, ahead: timedelta) -> None:
    kit = meddled
    await a_case(kit)
    await a_closed_case(kit)
    await an_alarmed_and_closed_case(kit)
    ends = [one + by for one in await horizons(kit) for by in {timedelta(0), ahead}]
    # As where a wrong clock was believed when its case was opened.
    await rows(kit.engine, "update case_event set at = at + :ahead", ahead=ahead)
    before, gone = await known(kit), 0
    for horizon in sorted(ends):
        async with transaction(kit.engine) as connection:
            gone += (await sweep(connection, horizon, 0.0, 1_000, 0)).rows
        found = await known(kit)
        assert found.fits, (horizon, found.differences)
        assert found == before
    assert gone > 0
    closed_ = """select count(*) from outbox o join cases c on c.id = o."case" where c.state <> 'open'"""
    assert await one(kit.engine, closed_) == 0


async def an_alarmed_and_closed_case(kit: Kit) -> None:
    """One on which a term passed: what that led to followed from no message."""
    async with clock_of(kit.engine, kit.own) as clock:
        kit.clock = clock
        reported = await a_case(kit)
        await clock.pass_next("veiligheidsbeoordeling")
        await timers(kit).look()
        await kit.tell("vt-test", ASSESSED, assessment(reported), correlationid=reported.case)
        await closed(kit, reported)
        await all_delivered(kit)


async def test_what_a_closed_case_says_was_told_is_looked_for_before_any_sweep_too(meddled: Kit) -> None:
    reported = await a_closed_case(meddled)
    await rows(meddled.engine, "delete from outbox where id = :id", id=reported.presented)
    assert (await known(meddled)).differences["untold"] == 1


async def test_what_a_version_before_let_go_of_in_the_last_second_of_its_sweep_is_known_to_be_gone(
    meddled: Kit,
) -> None:
    """It wrote down the second in which the sweep ended; rows of that second were gone."""
    await a_closed_case(meddled)
    await all_delivered(meddled)
    last = await one(meddled.engine, "select max(at) from case_event")
    async with transaction(meddled.engine) as connection:
        await sweep(connection, last + timedelta(microseconds=1), 0.0, 1_000, 0)
    await rows(meddled.engine, "update case_event set inbox = null")
    assert (await known(meddled)).fits


async def test_the_register_of_the_case_is_no_traffic(kit: Kit, clock: Clock) -> None:
    reported = await a_closed_case(kit)
    await all_delivered(kit)
    events = await rows(kit.engine, "select * from case_event order by version")

    await clock.put_ahead(HALF_A_YEAR)
    await swept(kit)

    assert await rows(kit.engine, "select * from case_event order by version") == events
    assert await one(kit.engine, "select id from cases") == reported.case


async def test_of_an_open_case_every_message_can_still_be_named_as_a_cause(kit: Kit, clock: Clock) -> None:
    reported = await a_case(kit)
    await all_delivered(kit)
    there = await left(kit)
    await clock.put_ahead(HALF_A_YEAR)

    await swept(kit)

    assert (await left(kit))["outbox"] == there["outbox"]
    asked = await kit.tell("vt-test", STAND, {}, correlationid=reported.case, causationid=reported.presented)
    assert asked.one("vt-test", "zaken.stand")["causationid"]


async def test_what_a_partner_has_not_confirmed_stays_with_all_that_led_to_it(kit: Kit, clock: Clock) -> None:
    await a_closed_case(kit)
    await clock.put_ahead(HALF_A_YEAR)

    await swept(kit)

    undelivered = await rows(kit.engine, "select origin from outbox where owes_confirmation and origin is not null")
    assert len(undelivered) > 0
    for row in undelivered:
        assert await one(kit.engine, "select count(*) from inbox where id = :id", id=row["origin"]) == 1


async def test_what_was_said_on_an_open_case_stays_though_the_message_that_led_to_it_is_about_a_closed_one(
    kit: Kit, clock: Clock
) -> None:
    still_open, reported = await a_case(kit), await a_closed_case(kit)
    await all_delivered(kit)
    beside = 'update outbox set "case" = :case where id = :id'
    await rows(kit.engine, beside, case=still_open.case, id=reported.presented)
    await clock.put_ahead(HALF_A_YEAR)

    await swept(kit)

    assert await one(kit.engine, "select count(*) from outbox where id = :id", id=reported.presented) == 1


@pytest.mark.parametrize("years", [1, 2.1])
async def test_a_question_to_a_triage_can_be_answered_for_two_years(kit: Kit, clock: Clock, years: float) -> None:
    """No case says who asked: its traffic is all there is."""
    told = await kit.tell("wijkteam-test", "adviezen.adviesvraag")
    asked = told.one("vt-test", "adviezen.adviesvraag")["id"]
    await all_delivered(kit)
    await clock.put_ahead(timedelta(days=365 * years))
    await swept(kit)
    answer = await kit.limited(early_step_wait=waits(0)).tell("vt-test", "adviezen.advies", causationid=UUID(asked))

    assert bool(answer.to("wijkteam-test", "adviezen.advies")) == (years < 2)
    assert (await one(kit.engine, "select count(*) from inbox where type like '%adviesvraag%'") > 0) == (years < 2)
    assert (await known(kit)).fits


async def test_what_is_undecided_stays_however_old_it_is(kit: Kit, clock: Clock) -> None:
    early = kit.event("vt-test", STAND, {}, correlationid=uuid4(), causationid=uuid4())
    await kit.decide([kit.delivery("vt-test", early)])
    await clock.put_ahead(HALF_A_YEAR)

    await swept(kit)

    assert await one(kit.engine, "select count(*) from inbox where fate = 'opnieuw'") == 1


async def test_alarms_go_too_though_no_message_led_to_them(kit: Kit, clock: Clock) -> None:
    reported = await a_case(kit)
    await clock.pass_next("veiligheidsbeoordeling")
    await timers(kit).look()
    assert await one(kit.engine, "select count(*) from outbox where origin is null") > 0
    await kit.tell("vt-test", ASSESSED, assessment(reported), correlationid=reported.case)
    await closed(kit, reported)
    await all_delivered(kit)
    before = await known(kit)
    await clock.put_ahead(HALF_A_YEAR)

    await swept(kit)

    assert (await left(kit))["outbox"] == 0
    assert await known(kit) == before


async def test_an_attempt_that_its_worker_did_not_live_to_forget_goes_too(kit: Kit, clock: Clock) -> None:
    await kit.store.attempt(PartnerId("politie-test"), "00" * 32)

    assert await swept(kit) == 0
    await clock.put_ahead(HALF_A_YEAR)

    assert await swept(kit) == 1
    assert await one(kit.engine, "select count(*) from attempt") == 0


@pytest.mark.parametrize("most", [1, 3])
async def test_a_sweep_looks_at_no_more_than_it_may_and_the_next_goes_on_there(
    kit: Kit, clock: Clock, most: int
) -> None:
    await a_case(kit)
    await a_closed_case(kit)
    await all_delivered(kit)
    kept = kit.setting.limits.traffic_kept.total_seconds()
    await clock.put_ahead(HALF_A_YEAR)
    held = await one(kit.engine, "select count(*) from journal")

    ended = await kit.store.end_traffic(kept, most, 0)
    assert held - await one(kit.engine, "select count(*) from journal") <= most
    assert ended.after > 0
    await swept(kit, most)

    stayed = await rows(kit.engine, 'select distinct "case" from inbox where "case" is not null')
    assert [row["case"] for row in stayed] == [await one(kit.engine, "select id from cases where state = 'open'")]


async def test_a_message_that_comes_again_after_that_has_lapsed_and_is_refused(kit: Kit, clock: Clock) -> None:
    told = await kit.tell("politie-test", REPORT, {})
    await all_delivered(kit)
    await clock.put_ahead(HALF_A_YEAR)
    await swept(kit)

    again = await kit.decide([kit.delivery("politie-test", told.payload)])

    (row,) = again.inbox
    assert (row.fate.value, row.code) == ("geweigerd", "verlopen")
    assert isinstance(row.id, UUID)


async def test_a_round_of_upkeep_sweeps_all_that_has_lapsed(kit: Kit, clock: Clock) -> None:
    await a_closed_case(kit)
    await all_delivered(kit)
    await clock.put_ahead(HALF_A_YEAR)

    await upkeep(kit).keep_house()

    assert await left(kit) == dict.fromkeys(TABLES, 0)


async def test_an_alarm_that_another_took_the_place_of_stays_counted_when_it_has_lapsed(kit: Kit, clock: Clock) -> None:
    reported = await a_report(kit, urgentie=Lane.ACUTE)
    for _ in range(4):
        await clock.put_ahead(timedelta(minutes=16))
        await timers(kit).look()
    await kit.tell("vt-test", RECORDED, recording(reported), correlationid=reported.case)
    await kit.tell("vt-test", ASSESSED, assessment(reported), correlationid=reported.case)
    await closed(kit, reported)
    await all_delivered(kit)
    before = (await known(kit)).partners["vt-test"]
    assert (before["replaced"], before["undelivered"]) == (2, 0)
    await clock.put_ahead(HALF_A_YEAR)
    await swept(kit)

    assert await one(kit.engine, "select count(*) from outbox where replaced_by is not null") == 0
    after = (await known(kit)).partners["vt-test"]
    assert {name: after[name] for name in ("replaced", "outgoing", "delivered")} == {
        name: before[name] for name in ("replaced", "outgoing", "delivered")
    }
