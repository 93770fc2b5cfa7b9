"""Nothing is lost, refused or deleted by a wrong clock of the database, and all goes on by the right one after it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from hub.canonical.belief import CALM
from hub.canonical.codes import Lane
from hub.canonical.partners import Directory, KeyUse
from hub.ids import PartnerId
from hub.routing.changes import retire_partner
from hub.schemas.message import wire_type
from tests.clock import Clock
from tests.databases import one, rows
from tests.faults.clocks.excursion import A_BIT, EXCURSIONS, another, doubts, settled, wrong
from tests.kit import Kit, Told
from tests.talk import (
    ALARM,
    ASSESSED,
    CRIMINAL,
    DOSSIER,
    OFFER,
    PRESENTED,
    PROCESSED,
    RECEIPT,
    RECORDED,
    REFUSAL,
    REMINDER,
    REPORT,
    YES,
    a_case,
    a_report,
    a_yes,
    about,
    an_offer,
    assessment,
    family,
    processed,
    recording,
)

BOUNDED = ("six minutes back", "800 days ahead")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

every_excursion = pytest.mark.parametrize(
    "by",
    [
        pytest.param(by, id=name, marks=() if name in BOUNDED else pytest.mark.exhaustive)
        for name, by in EXCURSIONS.items()
    ],
)


async def number(kit: Kit, table: str) -> int:
    return int(await one(kit.engine, f"select count(*) from {table}"))


def code(told: Told) -> str | None:
    refusals = told.to("politie-test", REFUSAL)
    return refusals[0]["data"]["code"] if refusals else None


async def reported(kit: Kit, **changes: Any) -> Told:
    return await kit.tell("politie-test", REPORT, **changes)


@every_excursion
async def test_an_acute_report_is_accepted_and_presented(kit: Kit, clock: Clock, by: timedelta) -> None:
    async with wrong(kit, clock, by):
        for hub in (kit, another(kit)):
            told = await reported(hub, urgentie=Lane.ACUTE)
            assert told.to("politie-test", RECEIPT)
            assert told.to("vt-test", PRESENTED)
            assert abs(datetime.fromisoformat(told.to("politie-test", RECEIPT)[0]["time"]) - kit.now()) < 2 * A_BIT


@every_excursion
async def test_a_message_expires_by_the_right_clock(kit: Kit, clock: Clock, by: timedelta) -> None:
    until = kit.now() + HOUR
    async with wrong(kit, clock, by):
        assert code(await reported(kit, expirytime=until)) is None

    assert code(await reported(kit, expirytime=until)) is None
    await clock.put_ahead(2 * HOUR)
    assert code(await reported(kit, time=until - HOUR, expirytime=until)) == "verlopen"


@every_excursion
async def test_an_early_step_waits_for_its_cause(kit: Kit, clock: Clock, by: timedelta) -> None:
    case = await a_case(kit)
    cause = uuid4()
    async with wrong(kit, clock, by):
        early = await kit.tell("vt-test", RECORDED, recording(case), correlationid=case.case, causationid=cause)
        for _ in range(3):
            await clock.put_ahead(timedelta(minutes=11))
            await settled(kit)
        assert not early.to("vt-test")
        assert await number(kit, "inbox where fate = 'opnieuw'") == 1

    await settled(kit)
    assert await number(kit, "inbox where fate = 'geweigerd' and code = 'oorzaak-onbekend'") == 1


def with_keys(directory: Directory, name: str, **times: datetime) -> Directory:
    """The next version, in which the keys that this partner signs with have these moments."""
    owner = directory.partners[PartnerId(name)]
    keys = tuple(replace(key, **times) if key.use is KeyUse.SIGNING else key for key in owner.keys)
    changed = {**directory.partners, owner.id: replace(owner, keys=keys)}
    return replace(directory, version=directory.version + 1, partners=changed)


@every_excursion
async def test_a_key_and_a_partner_count_as_they_did(kit: Kit, clock: Clock, by: timedelta) -> None:
    until = kit.now() + DAY

    await kit.change(lambda directory: with_keys(directory, "politie-test", valid_to=until))
    async with wrong(kit, clock, by):
        for hub in (kit, another(kit)):
            assert code(await reported(hub)) is None

    assert code(await reported(kit)) is None
    await clock.put_ahead(DAY)
    assert (await reported(kit)).changes.inbox[0].code == "envelop-ongeldig"


@every_excursion
async def test_no_key_begins_or_ends_while_a_clock_is_doubted(kit: Kit, clock: Clock, by: timedelta) -> None:
    soon = kit.now() + HOUR
    await kit.change(lambda directory: with_keys(directory, "politie-test", valid_to=soon))
    await kit.change(lambda directory: with_keys(directory, "om-test", valid_from=soon))
    async with wrong(kit, clock, by):
        await clock.put_ahead(2 * HOUR)
        assert code(await reported(kit)) is None
        assert (await kit.tell("om-test", CRIMINAL)).changes.inbox[0].code == "envelop-ongeldig"

    assert (await reported(kit)).changes.inbox[0].code == "envelop-ongeldig"
    assert (await kit.tell("om-test", CRIMINAL)).to("om-test", RECEIPT)


@every_excursion
async def test_the_radar_finds_what_it_knows_and_keeps_it(kit: Kit, clock: Clock, by: timedelta) -> None:
    people = family(kit)
    first = await a_report(kit, data=about(REPORT, *people))
    known = await number(kit, "radar_entry")
    async with wrong(kit, clock, by):
        for hub in (kit, another(kit)):
            assert (await a_report(hub, data=about(REPORT, *people))).case == first.case

    assert await number(kit, "radar_entry") == 3 * known
    assert await number(kit, "radar_entry where expires > now() + interval '731 days'") == 0


@every_excursion
async def test_the_full_part_of_an_offer_is_kept_and_given(kit: Kit, clock: Clock, by: timedelta) -> None:
    case = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(case, "overdracht"), correlationid=case.case)
    offer, other = an_offer(kit), an_offer(kit, "rvdk-test")
    made = (await kit.tell("vt-test", OFFER, offer, correlationid=case.case)).row("wijkteam-test", OFFER)
    async with wrong(kit, clock, by):
        await kit.tell("vt-test", OFFER, other, correlationid=case.case)
        await settled(kit)
        assert await number(kit, "held") == 2
        assert await number(kit, "held where expires > pg_catalog.now() + interval '32 days'") == 0

    yes = await kit.tell("wijkteam-test", YES, a_yes(offer, made), correlationid=case.case)
    assert yes.to("wijkteam-test", DOSSIER)


@every_excursion
async def test_quarantine_is_kept(kit: Kit, clock: Clock, by: timedelta) -> None:
    async def spoiled() -> None:
        await kit.decide([kit.delivery("politie-test", kit.event("politie-test", REPORT), dead=True)])

    await spoiled()
    async with wrong(kit, clock, by):
        await spoiled()

    assert await number(kit, "stored_delivery") == 2
    await clock.put_ahead(31 * DAY)
    await settled(kit)
    assert await number(kit, "stored_delivery") == 0


@every_excursion
async def test_traffic_data_and_the_processing_log_are_kept(kit: Kit, clock: Clock, by: timedelta) -> None:
    told = await reported(kit)
    await kit.tell("vt-test", PROCESSED, processed(told.one("vt-test", PRESENTED)["id"]))
    tables = ("inbox", "journal", "outbox", "batch", "processing_log", "pg_inherits")
    before = {name: await number(kit, name) for name in tables}
    async with wrong(kit, clock, by):
        pass

    for name in tables:
        assert await number(kit, name) >= before[name]


@every_excursion
async def test_a_term_is_due_by_the_right_clock(kit: Kit, clock: Clock, by: timedelta) -> None:
    await reported(kit, urgentie=Lane.ACUTE)
    due = await one(kit.engine, "select due from timer")
    async with wrong(kit, clock, by):
        assert not await settled(kit), "nothing is alarmed that is not due"
        await reported(kit, urgentie=Lane.ACUTE)
        later = await one(kit.engine, "select max(due) from timer")
        assert timedelta(0) <= later - due < 2 * A_BIT

    await clock.put_ahead(max(later - kit.now(), timedelta(0)) + A_BIT)
    assert [row.type for row in await settled(kit)] == [wire_type(REMINDER)] * 2
    await clock.put_ahead(timedelta(minutes=6))
    assert {row.type for row in await settled(kit)} == {wire_type(ALARM)}


@every_excursion
async def test_a_message_of_the_hub_is_sent_again_by_the_right_clock(kit: Kit, clock: Clock, by: timedelta) -> None:
    async def due() -> int:
        found = [await kit.store.due_outgoing(lane, 200, 15.0, [*kit.directory.partners]) for lane in Lane]
        return sum(map(len, found))

    async with wrong(kit, clock, by):
        told = await reported(kit)
        assert not await due(), "its worker has it"
        await clock.put_ahead(A_BIT)
        assert await due() == len(told.changes.outbox), "its worker has died"

    assert await due() == len(told.changes.outbox)


async def test_several_organisations_that_are_ahead_of_us_are_not_refused_but_the_first_alone_is(
    kit: Kit, clock: Clock
) -> None:
    ahead = kit.now() + timedelta(minutes=6)
    assert code(await reported(kit, time=ahead)) == "tijd-in-toekomst"
    assert not await doubts(kit)

    told = await kit.tell("om-test", CRIMINAL, time=ahead)

    assert told.to("om-test", RECEIPT)
    assert await doubts(kit)
    assert code(await reported(kit, time=ahead)) is None


async def test_what_had_lapsed_from_the_radar_before_a_clock_went_wrong_is_not_found_again(
    kit: Kit, clock: Clock
) -> None:
    people = family(kit)
    first = await a_report(kit, data=about(REPORT, *people))
    async with wrong(kit, clock, timedelta(days=31)):
        await rows(kit.engine, "update radar_entry set expires = pg_catalog.now() - interval '2 hours'")
        assert (await a_report(kit, data=about(REPORT, *people))).case != first.case


@every_excursion
async def test_a_process_that_starts_while_both_clocks_are_wrong_ends_nothing_and_lets_no_moment_come(
    kit: Kit, clock: Clock, by: timedelta
) -> None:
    until, later = kit.now() + DAY, kit.now() + 2 * DAY
    await kit.change(lambda directory: with_keys(directory, "politie-test", valid_to=until))
    await kit.change(lambda directory: with_keys(directory, "om-test", valid_from=later))
    await reported(kit, urgentie=Lane.ACUTE)
    due = await one(kit.engine, "select due from timer")
    await settled(kit)
    clock.own.off = by
    await clock.jump(by)

    hub = another(kit)
    assert not await settled(hub), "nothing is alarmed that is not due"
    assert code(await reported(hub, urgentie=Lane.ACUTE)) is None
    told = await hub.tell("om-test", CRIMINAL)
    assert told.changes.inbox[0].code == "envelop-ongeldig", "its key is yet to come"
    assert timedelta(0) <= await one(kit.engine, "select max(due) from timer") - due < 3 * A_BIT
    await clock.put_ahead(HOUR)
    assert await doubts(hub)

    clock.own.off = timedelta(0)
    await clock.jump(-by)
    await hub.store.moment()
    await clock.put_ahead(CALM + A_BIT)
    assert not await doubts(hub)


async def test_two_that_have_become_one_organisation_have_one_voice(kit: Kit, clock: Clock) -> None:
    ahead = kit.now() + timedelta(minutes=6)
    at, successor = kit.now(), PartnerId("om-test")
    await kit.change(lambda directory: retire_partner(directory, PartnerId("politie-test"), at, successor))

    await reported(kit, time=ahead)
    await kit.tell("om-test", CRIMINAL, time=ahead)

    assert not await doubts(kit)


@pytest.mark.parametrize(
    ("whose", "off"),
    [
        ("own", -HOUR),
        ("database", 800 * DAY),
        *(pytest.param(whose, off, marks=pytest.mark.exhaustive)
          for whose, off in (("own", HOUR), ("own", -8 * DAY), ("database", HOUR), ("database", -8 * DAY))),
    ],
)  # fmt: skip
async def test_a_process_that_starts_after_days_of_doubt_goes_on_where_the_one_before_it_was(
    kit: Kit, clock: Clock, whose: str, off: timedelta
) -> None:
    await settled(kit)
    if whose == "own":
        clock.own.off = off
    else:
        await clock.jump(off)
    for _ in range(6):
        await clock.put_ahead(DAY / 2)
        assert await doubts(kit)
        await settled(kit)

    moment = await another(kit).store.moment()
    assert moment.doubted
    assert abs(moment.now - kit.now()) < 2 * A_BIT
